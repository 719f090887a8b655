"""The story of a journey, written from what was measured by templates: nothing is in it that no figure or card says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from touchline.maps.measured import Measure, Overlay, StepMeasured
from touchline.maps.model import Map, Phase, Step
from touchline.maps.telling import titled
from touchline.overlay.running import Running
from touchline.overlay.sentences import Facts, interval, listed, part, passages, say
from touchline.overlay.values import PersonaSeen, Sentence, Story
from touchline.overlay.worded import feeling, shaped
from touchline.scores.base import HIDDEN_N, LOW_N
from touchline.words import Phrase, phrase

#: Emotions that no sentence is about.
_CALM: Final = frozenset({"neutral", ""})
#: From this share (0 to 1) on an emotion or a theme is worth a sentence.
_WORTH: Final = 0.05
_FINDINGS: Final = 4


def story(
    now: Map, measured: Overlay, *, persona: PersonaSeen | None = None, motto: str = "", theirs: bool = False
) -> Story:
    """Tell a journey from its first step to its last.

    Args:
        now: The map: who, what for, which steps, what customers do at them.
        measured: What was measured of it.
        persona: Whose story it is; None tells everybody's. Where ``measured`` is of all customers, the persona's own
            JSI per step is told if it is there (``personas=True``), and all else is said to be of all customers.
        motto: What the persona says of themselves.
        theirs: Whether ``measured`` is of the persona's customers alone (asked with `Narrowing.among`).

    Returns:
        A passage about who it is, one per phase, and what the machine noticed; every sentence names the question that
        holds its facts, or is what the map says.
    """
    name = persona.name if persona else ""
    mixed = persona is not None and not theirs
    own = measured.personas.get(name) if mixed else None
    whole = {step: one.jsi for step, one in measured.steps.items()}
    points = {step: jsi for step, jsi in (whole if own is None else own).items() if jsi.value is not None}
    voice = _Voice(name, points, of_all=mixed, points_of_all=mixed and own is None, running=Running(now))
    made: list[tuple[str, Iterable[Sentence], str]] = [
        (phrase("Who it is about"), _opening(now, measured, persona, motto), "")
    ]
    made += [(phase.name, list(_phase(now, phase, measured, voice)), phase.id) for phase in now.phases]
    added = phrase("What the data add, of all customers") if mixed else phrase("What the data add")
    made.append((added, _closing(now, measured), ""))
    title = phrase("{map}: the story", map=now.name)
    if name:
        title = phrase("{map}: the story of {persona}", map=now.name, persona=name)
    return Story(now.id, title, "story", name, measured.start, measured.end, passages(made))


@dataclass(frozen=True, slots=True)
class _Voice:
    """Of whom a story's figures are.

    Attributes:
        persona: Whose story it is; "" for everybody's.
        points: JSI per step.
        of_all: Whether words and ways are of all customers though the story is a persona's.
        points_of_all: Whether the JSI is too.
        running: Runs the map's words into sentences.
    """

    persona: str
    points: Mapping[str, Measure]
    of_all: bool
    points_of_all: bool
    running: Running


def _opening(now: Map, measured: Overlay, persona: PersonaSeen | None, motto: str) -> Iterator[Sentence]:
    if persona is None:
        who = listed(now.personas) if now.personas else phrase("the customers")
        yield say("This is the journey of {who}.", who=who)
    elif persona.share is not None and not persona.hidden:
        yield say(
            "{persona} stands for {customers} customers today, {share} % of all.", "personas",
            persona=persona.name, customers=persona.customers, share=100 * persona.share,
        )  # fmt: skip
    if motto:
        yield say("They would say: “{motto}”", motto=motto)
    if now.scenario:
        yield say("{scenario}", scenario=_closed(now.scenario))
    if now.goal:
        yield say("Their goal: {goal}", goal=_closed(Running(now).one(now.goal)))
    if measured.start and measured.end:
        yield say(
            "What was measured is from {start:day} to {end:day}.", "stages",
            start=measured.start.isoformat(), end=measured.end.isoformat(),
        )  # fmt: skip
    if persona is not None and persona.jsi.value is not None:
        yield _against_all(persona)
    if persona is not None and persona.path:
        yield say(
            "The most common whole way of theirs is {path}: {share:1} % take exactly that one.", "variants",
            path=" → ".join(map(titled, persona.path)), share=persona.path_share.value or 0.0,
        )  # fmt: skip


def _against_all(persona: PersonaSeen) -> Sentence:
    mine, everyone = persona.jsi, persona.everyone
    facts: Facts = {**interval(mine, "jsi"), "n": mine.n}
    parts = {"ends": part("{jsi_low} to {jsi_high}, ", facts) if "jsi_low" in facts else ""}
    if everyone.value is None:
        return say("Their JSI over the whole journey is {jsi} ({ends}{n} comments).", "stages", parts=parts, **facts)
    return say(
        "Their JSI over the whole journey is {jsi} ({ends}{n} comments); everybody's is {everyone}.", "stages",
        parts=parts, **facts, everyone=everyone.value,
    )  # fmt: skip


def _phase(now: Map, phase: Phase, measured: Overlay, voice: _Voice) -> Iterator[Sentence]:
    for step in phase.steps:
        yield from _step(now, step, measured.steps.get(step.id, StepMeasured(step.id)), voice)


def _step(now: Map, step: Step, here: StepMeasured, voice: _Voice) -> Iterator[Sentence]:
    did = [card for card in now.cards_of("actions", "does") if card.step == step.id and card.text]
    if did:
        yield say(
            "{name}: {did}.", step=step.id, card=did[0].id,
            name=step.name, did=voice.running.together(card.text for card in did),
        )  # fmt: skip
    jsi = voice.points.get(step.id)
    if jsi is not None:
        yield _scored(step, jsi, voice)
        if not voice.points_of_all:
            yield from _believed(step, jsi, voice.persona)
    elif here.bound:
        parts = {"name": _quoted(step.name)}
        yield say(
            "Too few speak of {name} to tell how it is.", "stages", step=step.id, parts=parts, name=step.name
        )  # fmt: skip
    yield from _felt(step, here, voice.of_all)
    yield from _went(step, here, voice.of_all)


def _scored(step: Step, jsi: Measure, voice: _Voice) -> Sentence:
    values = [one.value for one in voice.points.values() if one.value is not None and one.customers >= LOW_N]
    facts: Facts = {"name": step.name, "n": jsi.n, "customers": jsi.customers, **interval(jsi, "jsi")}
    rank = ""
    if jsi.customers < LOW_N:
        rank = phrase(", which is few")
    elif len(values) > 2 and jsi.value == min(values):
        rank = phrase(", the lowest of the journey")
    elif len(values) > 2 and jsi.value == max(values):
        rank = phrase(", the highest of the journey")
    known = "jsi_low" in facts and "jsi_high" in facts
    parts = {
        "kinds": phrase(", of all kinds,") if voice.points_of_all else "",
        "ends": part(" ({jsi_low} to {jsi_high})", facts) if known else "",
        "rank": rank,
        "name": _quoted(step.name),
    }
    return say(
        "At {name} {n} comments of {customers} customers{kinds} give a JSI of {jsi}{ends}{rank}.", "stages",
        step=step.id, parts=parts, **facts,
    )  # fmt: skip


def _believed(step: Step, jsi: Measure, persona: str) -> Iterator[Sentence]:
    believed = step.belief(persona).jsi
    if believed is None or jsi.low is None or jsi.high is None or jsi.value is None or jsi.customers < LOW_N:
        return
    if jsi.low <= believed <= jsi.high:
        yield say("That is what the team believed ({believed}).", "stages", step=step.id, believed=believed)
    else:
        way = "fewer" if jsi.value < believed else "more"
        yield say(
            "The team believed {believed}: the data say {apart} points {way}.", "stages", step=step.id,
            parts={"way": phrase("fewer") if way == "fewer" else phrase("more")},
            believed=believed, apart=abs(believed - jsi.value), way=way,
        )  # fmt: skip


def _felt(step: Step, here: StepMeasured, of_all: bool) -> Iterator[Sentence]:
    strong = next(((name, share) for name, share in here.emotions if name not in _CALM), None)
    if strong and strong[1] >= _WORTH and here.customers >= HIDDEN_N:
        facts: Facts = {"emotion": strong[0].replace("_", " "), "share": 100 * strong[1]}
        parts = {"emotion": feeling(strong[0])}
        yield (
            say("The feeling most often in all customers' words there is {emotion} ({share} % of them).", "jsi",
                step=step.id, parts=parts, **facts)
            if of_all
            else say("The feeling most often in their words there is {emotion} ({share} % of them).", "jsi",
                     step=step.id, parts=parts, **facts)
        )  # fmt: skip
    topic = max(here.topics, key=lambda one: one.n * one.negative, default=None)
    if topic and topic.n >= HIDDEN_N and topic.negative > 0:
        yield say(
            "{who}: “{theme}”, in {n} comments ({share:1} %), {negative} % of them negative.", "jsi", step=step.id,
            parts={
                "who": phrase("What all customers complain of most") if of_all else phrase("What they complain of most")
            },
            theme=topic.title, n=topic.n, share=100 * topic.share, negative=100 * topic.negative,
        )  # fmt: skip
    if here.said:
        quote, words = here.said[0], here.said[0].text.strip(" ,;:")
        about: Facts = {"words": words, "interaction": quote.interaction}
        if of_all:
            yield say("A customer wrote: “{words}”", "feedback", step=step.id, **about)
        else:
            yield say("One of them wrote: “{words}”", "feedback", step=step.id, **about)


def _went(step: Step, here: StepMeasured, of_all: bool) -> Iterator[Sentence]:
    lost = here.metrics.get("dropoff", Measure())
    if lost.value is not None and lost.value >= 100 * _WORTH:
        facts: Facts = {**interval(lost, "dropoff"), "n": lost.n}
        known = "dropoff_low" in facts and "dropoff_high" in facts
        parts = {"ends": part(" ({dropoff_low} to {dropoff_high} %)", facts) if known else ""}
        yield (
            say("{dropoff} % of all customers who come to this stage reach no later one in time{ends}.", "dropoff",
                step=step.id, parts=parts, **facts)
            if of_all
            else say("{dropoff} % of those who come to this stage reach no later one in time{ends}.", "dropoff",
                     step=step.id, parts=parts, **facts)
        )  # fmt: skip
    dwell = here.metrics.get("dwell", Measure())
    if dwell.value is not None and dwell.value > 0:
        if of_all:
            yield say(
                "Half of all customers there stay longer than {dwell:span}.", "dwell", step=step.id, dwell=dwell.value
            )
        else:
            yield say("Half of them stay longer than {dwell:span}.", "dwell", step=step.id, dwell=dwell.value)
        believed = step.belief().minutes
        if believed:
            yield say("The team expected {expected:span}.", step=step.id, expected=believed)


def _closing(now: Map, measured: Overlay) -> Iterator[Sentence]:
    names = {step.id: step.name for step in now.steps()}
    for shape, steps in measured.shapes:
        there = [names[step] for step in steps if step in names]
        if there:
            yield say(
                "The measured line shows a {shape}: {steps}.",
                "stages",
                parts={"shape": shaped(shape)},
                shape=shape,
                steps=" → ".join(there),
            )
    for found in measured.findings[:_FINDINGS]:
        yield say(
            "{title}: {text}", found.question, step=found.step, card=found.card,
            title=found.title, text=_closed(found.text),
        )  # fmt: skip
    if measured.validation is not None:
        yield say("Data back {share} % of the map's claims.", "stages", share=100 * measured.validation)


def _closed(text: str) -> str:
    """Return words with a full stop."""
    words = " ".join(text.split())
    if text.strip()[-1:] in (".", "!", "?", "…", "”", '"'):
        return text if isinstance(text, Phrase) else words
    return phrase("{text}.", text=text if isinstance(text, Phrase) else words)


def _quoted(name: str) -> str:
    """Return a step's name as one reads it within a sentence.

    >>> _quoted("Waits for the parcel")
    '“Waits for the parcel”'
    """
    return f"“{name.strip('“”')}”"
