"""A play as a person writes it: YAML with a trigger, conditions, limits, steps and messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from touchline.errors import InputError, QuestionError
from touchline.sequences.due import Happening
from touchline.server.plays.fields import among as _among
from touchline.server.plays.fields import number as _number
from touchline.server.plays.fields import table as _object
from touchline.server.plays.fields import text as _text
from touchline.server.plays.fields import texts as _texts
from touchline.settings.cases import PRIORITIES, Length
from touchline.words import Number, phrase

#: What starts a play.
TRIGGERS: Final = ("answer", "severe", "jsi_below", "jsi_falls", "alert", "gate", "journey")
#: What a step is. The case's own history ends `acknowledge` and `resolve`; people end the others.
DOINGS: Final = ("acknowledge", "call", "write", "check", "resolve", "ask again")
#: Steps that speak to the customer: not where they do not want to be contacted.
CONTACTS: Final = frozenset({"acknowledge", "call", "write", "ask again"})
ASSIGNMENTS: Final = ("nobody", "round robin", "load", "segment", "account owner")
#: What a message may name: ``{stage}``.
NAMES: Final = ("company", "stage", "cause", "owner", "reference")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_PLACE: Final = re.compile(r"\{(\w*)\}")
_LONGEST: Final = 60_000
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TRIGGER: Final = (
    "on", "kinds", "stages", "themes", "severity", "below", "by", "within", "does", "after", "unless", "at",
)  # fmt: skip
_KEYS: Final = (
    "play", "name", "about", "stage", "cause", "trigger", "when", "limits", "hold_out", "priority", "due", "assign",
    "steps", "messages", "tell", "quiet", "opens",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a play.

    Attributes:
        on: Of `TRIGGERS`.
        kinds: For answers: ``nps``, ``csat``, ``ces``, ``rating``; all without one.
        stages: Only about these stages; all without one.
        themes: Only about these themes; all without one.
        severity: For severe items: the least.
        below: For ``jsi_below``: the standing JSI.
        by: For ``jsi_falls``: points.
        within: For ``jsi_falls``: days.
        does: For ``journey``: what a customer does or says.
        after: For ``journey``: how long after it.
        unless: For ``journey``: what they have not done since.
        at: For ``journey``: the progress stage that they are on; empty for any.
    """

    on: str
    kinds: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    severity: float = 3.0
    below: float = 40.0
    by: float = 15.0
    within: int = 28
    does: Happening | None = None
    after: Length | None = None
    unless: Happening | None = None
    at: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a play starts.

    Attributes:
        once: Whether it starts once per customer, ever.
        cool_down: Days after a run in which it does not start again for the same customer.
        a_day: Runs a day for the workspace, at most; what is above them is written down as left out.
        contacts: It does not start for a customer to whom plays together have had so many steps that speak to them
            within `contact_days`; 0 for no such limit.
        contact_days: Days.
    """

    once: bool = False
    cool_down: int = 30
    a_day: int = 200
    contacts: int = 0
    contact_days: int = 7


@dataclass(frozen=True, slots=True)
class Quiet:
    """When nothing starts, in the workspace's zone.

    Attributes:
        begins: Minute of the day.
        ends: Minute of the day; before `begins`, it is that of the next.
        days: Days that are quiet as a whole; Monday is 0.
    """

    begins: int = 0
    ends: int = 0
    days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Assign:
    """Who gets the case.

    Attributes:
        by: Of `ASSIGNMENTS`.
        among: Addresses to choose from; everybody who works on cases without one.
        segment: For ``segment``: its name.
        owners: For ``segment``: who has which value.
        team: Which team has it.
    """

    by: str = "nobody"
    among: tuple[str, ...] = ()
    segment: str = ""
    owners: tuple[tuple[str, str], ...] = ()
    team: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done.

    Attributes:
        do: Of `DOINGS`.
        words: What exactly; empty where `do` says it.
        within: By when, from the trigger on.
        message: The template that is drafted for it; empty without one.
    """

    do: str
    within: Length
    words: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A play.

    Attributes:
        slug: Its name in addresses.
        name: What people call it.
        about: Why, in a sentence.
        stage: The stage that it is for; empty for any.
        cause: The theme that it is for; empty for any.
        trigger: What starts it.
        segments: Only customers with one of these values in each of these segments.
        limits: How often.
        hold_out: The share of customers, 0 to 0.5, for whom nothing is done, so that the effect can be measured.
        priority: Of the case.
        due: How long the case may take; None takes the last step that resolves it.
        assign: Who gets it.
        steps: In order.
        messages: Templates: by name, then by language.
        tell: Targets of the outbox that are told.
        quiet: When it does not start; for triggers of journeys.
        opens: Whether a ``case`` is opened, or ``nothing``: the targets are told, and that is all.
    """

    slug: str
    name: str
    trigger: Trigger
    steps: tuple[Step, ...]
    about: str = ""
    stage: str = ""
    cause: str = ""
    segments: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limits: Limits = field(default_factory=Limits)
    hold_out: float = 0.1
    priority: str = "normal"
    due: Length | None = None
    assign: Assign = field(default_factory=Assign)
    messages: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    tell: tuple[str, ...] = ()
    quiet: Quiet | None = None
    opens: str = "case"

    @property
    def allowed(self) -> Length | None:
        """How long the case may take."""
        ends = [step.within for step in self.steps if step.do == "resolve"]
        return self.due or (ends[-1] if ends else None)

    def template(self, name: str, language: str) -> str:
        """Return a message's template in a language, in English where it is not written in that, else in any."""
        by_language = dict(dict(self.messages).get(name, ()))
        return by_language.get(language) or by_language.get("en") or next(iter(by_language.values()), "")


class _Loader(yaml.SafeLoader):
    """Reads YAML 1.2's booleans only: ``on`` is a key here, and ``no`` is Norwegian."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def read(text: str, where: str = "play.yaml") -> Recipe:
    """Read a play.

    Args:
        text: YAML.
        where: Named by errors.

    Raises:
        InputError: It cannot be used; the error says which key and what to do.
    """
    if len(text) > _LONGEST:
        raise InputError(
            phrase("a play has at most {longest} characters", longest=Number(f"{_LONGEST:,}")), where=where,
            todo=phrase("shorten it"),
        )  # fmt: skip
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise InputError(phrase("a play refers to no other place (*)"), where=where, todo=phrase("write it out"))
        said = yaml.load(text, _Loader)  # noqa: S506  it is a safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"{where}:{mark.line + 1}" if mark else where
        raise InputError(
            phrase("this is no YAML: {value}", value=str(getattr(error, "problem", error))), where=line,
            todo=phrase("indent it"),
        ) from None  # fmt: skip
    return of(said, where)


def of(said: Any, where: str = "play") -> Recipe:
    """Return a play from what was read of YAML or JSON.

    Raises:
        InputError: It cannot be used.
    """
    top = _object(said, where, _KEYS)
    slug = _text(top, "play", where, needed=True)
    if not _NAME.fullmatch(slug):
        raise InputError(
            phrase("{slug} is no name of a play", slug=repr(slug)), where=f"{where}: play",
            todo=phrase("use a-z, 0-9, - and _"),
        )  # fmt: skip
    messages = _messages(top.get("messages"), f"{where}: messages")
    steps = _steps(top.get("steps"), f"{where}: steps", dict(messages))
    hold_out = _number(top, "hold_out", where, 0.1, 0.0, 0.5)
    priority = _among(top, "priority", where, PRIORITIES, "normal")
    trigger, tell = _trigger(top.get("trigger"), f"{where}: trigger"), _texts(top, "tell", where)
    opens = _among(top, "opens", where, ("case", "nothing"), "case")
    if opens == "nothing" and (trigger.on != "journey" or not tell):
        raise InputError(
            phrase("without a case somebody has to be told"), where=f"{where}: opens",
            todo="write trigger: {on: journey}, tell",
        )  # fmt: skip
    quiet = _quiet(top["quiet"], f"{where}: quiet") if top.get("quiet") else None
    if quiet and trigger.on != "journey":
        raise InputError(
            phrase("only a trigger of journeys can wait"), where=f"{where}: quiet", todo="write trigger: {on: journey}"
        )
    return Recipe(
        slug, _text(top, "name", where, needed=True), trigger, steps,
        _text(top, "about", where), _text(top, "stage", where), _text(top, "cause", where),
        _segments(top.get("when"), f"{where}: when"), _limits(top.get("limits"), f"{where}: limits"), hold_out,
        priority, _length(top["due"], f"{where}: due") if top.get("due") else None,
        _assign(top.get("assign"), f"{where}: assign"), messages, tell, quiet, opens,
    )  # fmt: skip


def _trigger(said: Any, where: str) -> Trigger:
    top = _object(said, where, _TRIGGER)
    kinds = _texts(top, "kinds", where)
    for one in kinds:
        if one not in ("nps", "csat", "ces", "rating"):
            raise InputError(
                phrase("there is no kind of answer {one}", one=repr(one)), where=f"{where}.kinds",
                todo=phrase("nps, csat, ces, rating"),
            )  # fmt: skip
    on = _among(top, "on", where, TRIGGERS)
    if (on == "journey") != ("does" in top):
        raise InputError(
            phrase("a trigger of journeys says what a customer does"), where=where, todo="on: journey, does: {}"
        )
    after = _length(top["after"], f"{where}.after") if top.get("after") else None
    if after is not None and after.unit != "clock hours":
        raise InputError(
            phrase("customers have no business hours"), where=f"{where}.after",
            todo=phrase("write 72 clock hours or 3 d"),
        )  # fmt: skip
    return Trigger(
        on, kinds, _texts(top, "stages", where), _texts(top, "themes", where),
        _number(top, "severity", where, 3, 0.5, 3), _number(top, "below", where, 40, 0, 100),
        _number(top, "by", where, 15, 1, 100), int(_number(top, "within", where, 28, 1, 366)),
        _happening(top["does"], f"{where}.does") if "does" in top else None, after,
        _happening(top["unless"], f"{where}.unless") if "unless" in top else None, _text(top, "at", where),
    )  # fmt: skip


def _happening(said: Any, where: str) -> Happening:
    top = _object(said, where, [one.name for one in fields(Happening)])
    try:
        made = Happening(**{name: _text(top, name, where) for name in top})
    except QuestionError as error:
        raise InputError(error.what, where=f"{where}.feels", todo=error.todo) from None
    if made.anything:
        raise InputError(
            phrase("this may be anything"), where=where, todo=phrase("write event: signed_up, or theme: late_delivery")
        )
    return made


def _quiet(said: Any, where: str) -> Quiet:
    top = _object(said, where, ("from", "to", "days"))
    days = _texts(top, "days", where)
    for day in days:
        if day not in _DAYS:
            raise InputError(
                phrase("there is no day {day}", day=repr(day)),
                where=f"{where}.days",
                todo=phrase("one of {names}", names=", ".join(_DAYS)),
            )
    if ("from" in top) != ("to" in top) or not top:
        raise InputError(
            phrase("quiet hours have a beginning and an end"), where=where,
            todo=phrase('write from: "20:00", to: "08:00"'),
        )  # fmt: skip
    begins, ends = (_minute(top[key], f"{where}.{key}") if key in top else 0 for key in ("from", "to"))
    return Quiet(begins, ends, frozenset(_DAYS.index(day) for day in days))


def _minute(said: Any, where: str) -> int:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", said) if isinstance(said, str) else None
    if found is None:
        raise InputError(
            phrase("{said} is no time of day", said=repr(said)), where=where, todo=phrase('write "20:00", in quotes')
        )
    return int(found[1]) * 60 + int(found[2])


def _steps(said: Any, where: str, messages: Mapping[str, Any]) -> tuple[Step, ...]:
    if not isinstance(said, Sequence) or isinstance(said, str) or not 1 <= len(said) <= 20:
        raise InputError(
            phrase("a play has 1 to 20 steps"), where=where, todo=phrase("write - do: call, within: 24 clock hours")
        )
    made = []
    for number, one in enumerate(said, 1):
        here = f"{where}[{number}]"
        top = _object(one, here, ("do", "within", "words", "message"))
        if "within" not in top:
            raise InputError(
                phrase("a step says by when"), where=here, todo=phrase("add within: 4 clock hours, or business hours")
            )
        message = _text(top, "message", here)
        if message and message not in messages:
            raise InputError(
                phrase("there is no message {message}", message=repr(message)), where=here,
                todo=phrase("write it under messages"),
            )  # fmt: skip
        step = Step(_among(top, "do", here, DOINGS), _length(top["within"], here), _text(top, "words", here), message)
        if message and step.do not in CONTACTS:
            raise InputError(
                phrase("a step that says {do} tells the customer nothing", do=repr(step.do)), where=here,
                todo=phrase("use write"),
            )  # fmt: skip
        made.append(step)
    return tuple(made)


def _messages(said: Any, where: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    found = []
    for name, texts in (_object(said, where) if said else {}).items():
        here = f"{where}.{name}"
        by_language = _object(texts, here)
        for language, text in by_language.items():
            if not _LANGUAGE.fullmatch(str(language)) or not isinstance(text, str) or not text.strip():
                raise InputError(
                    phrase("a message has its words by language"), where=here,
                    todo=phrase("write en: Dear customer ..."),
                )  # fmt: skip
            for place in _PLACE.findall(text):
                if place not in NAMES:
                    raise InputError(
                        phrase("a message cannot name {place}", place=f"{{{place}}}"),
                        where=here,
                        todo=phrase("there are: {names}", names=", ".join(NAMES)),
                    )
        found.append((str(name), tuple(sorted((str(key), str(text).strip()) for key, text in by_language.items()))))
    return tuple(found)


def _segments(said: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not said:
        return ()
    named = _object(_object(said, where, ("segments",)).get("segments") or {}, f"{where}.segments")
    return tuple(
        (str(name), tuple(map(str, values if isinstance(values, list) else [values]))) for name, values in named.items()
    )


def _limits(said: Any, where: str) -> Limits:
    top = _object(said, where, ("once", "cool_down", "a_day", "contacts", "contact_days")) if said else {}
    once = top.get("once", False)
    if not isinstance(once, bool):
        raise InputError(phrase("once is true or false"), where=where, todo=phrase("write once: true"))
    return Limits(
        once, int(_number(top, "cool_down", where, 30, 0, 3660)), int(_number(top, "a_day", where, 200, 1, 100_000)),
        int(_number(top, "contacts", where, 0, 0, 100)), int(_number(top, "contact_days", where, 7, 1, 366)),
    )  # fmt: skip


def _assign(said: Any, where: str) -> Assign:
    top = _object(said, where, ("by", "among", "segment", "owners", "team")) if said else {}
    owners = _object(top["owners"], f"{where}.owners") if top.get("owners") else {}
    made = Assign(
        _among(top, "by", where, ASSIGNMENTS, "nobody"), _texts(top, "among", where), _text(top, "segment", where),
        tuple((str(value), str(who)) for value, who in owners.items()), _text(top, "team", where),
    )  # fmt: skip
    if made.by == "segment" and not (made.segment and made.owners):
        raise InputError(
            phrase("who has which value of which segment?"), where=where, todo=phrase("give segment and owners")
        )
    return made


def _length(said: Any, where: str) -> Length:
    if not isinstance(said, str) or not re.search(r"clock|business|d(ays?)?$", said):
        raise InputError(
            phrase("{said} does not say which hours", said=repr(said)), where=where,
            todo=phrase("write 4 clock hours, 4 business hours or 2 business days"),
        )  # fmt: skip
    try:
        return Length.parse(said)
    except InputError as error:
        raise InputError(error.what, where=where, todo=error.todo) from None


@cache
def ready() -> dict[str, tuple[str, Recipe]]:
    """Return the plays that Touchline ships with, by name: their YAML, and what it says."""
    found = {}
    for file in sorted(files("touchline.server.plays").joinpath("ready").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            text = file.read_text(encoding="utf-8")
            made = read(text, file.name)
            found[made.slug] = (text, made)
    return found
