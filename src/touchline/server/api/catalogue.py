"""What can be asked, read off the code: a question's options from its signature, its words from the docstrings.

Routes, parameters, the OpenAPI document and the reference page are all made from this one list.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from touchline.client.asking import FILTERS, name_of, questions, signature
from touchline.protocol import Questions
from touchline.questions import Local
from touchline.scores.base import Figure, Filters
from touchline.sequences.attempts import Entry, Order
from touchline.sequences.calendar import Period
from touchline.sequences.cohorts import Measure
from touchline.sequences.sankey import Occurrence
from touchline.sequences.units import Unit
from touchline.value.drivers import Of
from touchline.value.moments import Outcome
from touchline.workspace import Status
from touchline.workspace.customers import Band, Sorting
from touchline.workspace.explaining import Explanation
from touchline.workspace.feedback import Order as Fit
from touchline.workspace.feedback import Tone

#: What the protocol imports for its types only.
_TYPES: Final[Mapping[str, Any]] = {
    "Entry": Entry, "Order": Order, "Period": Period, "Measure": Measure, "Occurrence": Occurrence, "Unit": Unit,
    "Of": Of, "Outcome": Outcome, "Status": Status, "Tone": Tone, "Fit": Fit,
    "Band": Band, "Sorting": Sorting, "Explanation": Explanation, "Sequence": Sequence, "date": date,
    "datetime": datetime, "Figure": Figure, "Filters": Filters,
}  # fmt: skip
_SEE: Final = re.compile(r"See\s+`(touchline[\w.]+)`|`(touchline[\w.]+)` tells the rest")
_ARGUMENT: Final = re.compile(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)

#: What each filter says.
ABOUT: Final[Mapping[str, str]] = {
    "since": "First day, in the reporting zone.",
    "until": "Last day, inclusive.",
    "stages": "A stage by id, name or alias; repeated, any of them.",
    "touchpoints": "A touchpoint; repeated, any of them.",
    "channels": "A channel; repeated, any of them.",
    "sources": "A source; repeated, any of them.",
    "programmes": "A survey programme; repeated, any of them.",
    "methods": "How a touch was read: survey, rule, model, llm, proxy ...; repeated, any of them.",
    "themes": "A theme's id; repeated, any of them.",
    "segments": "NAME:VALUE, the customer's at that time; repeated, values of one name are alternatives.",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a question.

    Attributes:
        name: As in Python and in the URL.
        kind: ``str``, ``int``, ``float``, ``bool``, ``datetime`` or a ``Literal``.
        many: Whether it may be repeated.
        default: What holds without it; `inspect.Parameter.empty` where it must be given.
        about: What it means.
    """

    name: str
    kind: Any
    many: bool
    default: Any
    about: str

    @property
    def required(self) -> bool:
        """Must it be given?"""
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        name: Of the method and of the route.
        summary: One sentence.
        returns: What the rows are, where the code tells.
        options: Its own, in order; filters and the period before are apart.
        filtered: Whether it takes filters.
        compared: Whether it takes the period before, and whether it must have one.
    """

    name: str
    summary: str
    returns: str
    options: tuple[Option, ...]
    filtered: bool
    compared: bool
    needs_before: bool

    @property
    def own(self) -> tuple[str, ...]:
        """The names of its options."""
        return tuple(option.name for option in self.options)

    def filter_names(self) -> dict[str, str]:
        """Return the field of `Filters` to the name of its parameter here."""
        return {field: name_of(field, self.own) for field in FILTERS} if self.filtered else {}


@cache
def catalogue() -> tuple[Question, ...]:
    """Return every question that answers with a figure and has a route of its name."""
    return tuple(_question(name) for name in questions())


@cache
def question_named(name: str) -> Question | None:
    """Return a question, or None if there is none of that name."""
    return next((one for one in catalogue() if one.name == name), None)


def _question(name: str) -> Question:
    hints = get_type_hints(getattr(Questions, name), localns=dict(_TYPES))
    parameters = signature(name).parameters
    about, returns = _told(name)
    options = tuple(
        Option(
            given.name,
            *_kind(hints[given.name]),
            given.default,
            about.get(given.name) or _WORDS.get((name, given.name), ""),
        )
        for given in parameters.values()
        if given.name not in ("filters", "previous")
    )
    before = parameters.get("previous")
    return Question(
        name=name,
        summary=inspect.getdoc(getattr(Questions, name)) or "",
        returns=returns,
        options=options,
        filtered="filters" in parameters,
        compared=before is not None,
        needs_before=before is not None and before.default is inspect.Parameter.empty,
    )


def _kind(hint: Any) -> tuple[Any, bool]:
    """Return the type of one value, and whether there may be several.

    >>> _kind(int | None), _kind(Sequence[str] | None)
    ((<class 'int'>, False), (<class 'str'>, True))
    """
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (inner for inner in get_args(hint) if inner is not type(None))
    if get_origin(hint) is not None and isinstance(get_origin(hint), type) and issubclass(get_origin(hint), Sequence):
        return get_args(hint)[0], True
    return hint, False


def _told(name: str) -> tuple[dict[str, str], str]:
    """Return what docstrings say of a question's options and rows: its method's, else those of what it calls."""
    about = {option: words for (question, option), words in _WORDS.items() if question == name}
    returns = ""
    for text in _docs(name):
        sections = re.split(r"^(Args|Returns|Raises):\n", text, flags=re.MULTILINE)
        told = dict(zip(sections[1::2], sections[2::2], strict=False))
        for match in _ARGUMENT.finditer(told.get("Args", "")):
            about.setdefault(match[1], _plain(match[2]))
        returns = returns or _plain(told.get("Returns", "").split("\n\n")[0])
    return about, returns


def _docs(name: str) -> list[str]:
    own = inspect.getdoc(getattr(Local, name)) or ""
    named = [match[1] or match[2] for match in _SEE.finditer(own)]
    texts = [own]
    for path in [*named, f"touchline.scores.{name}.{name}", *_ELSEWHERE.get(name, ())]:
        module, _, function = path.rpartition(".")
        try:
            found = getattr(importlib.import_module(module), function)
        except (ImportError, AttributeError):
            continue
        texts.append(inspect.getdoc(found) or "")
    return texts


#: What no docstring says.
_WORDS: Final[Mapping[tuple[str, str], str]] = {
    ("lifecycle", "at"): "As of this moment, UTC; the end of the data by default.",
    ("personas", "at"): "As of this moment, UTC; the end of the data by default.",
    ("quality", "at"): "As of when a source is fresh, UTC; the end of the data by default.",
    ("impact", "stage"): "Only what is about this stage.",
    ("forecast", "stage"): "Only this stage, or `all`.",
    ("metrics", "names"): "The metrics' ids; all of them by default.",
    ("metrics", "by"): "`stage`, `week` or `segment:NAME`; the whole by default.",
}
#: Functions that answer questions under another name.
_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "delights": ("touchline.scores.causes.causes",),
    "lifecycle": ("touchline.scores.rules.lifecycle",),
    "personas": ("touchline.scores.rules.personas",),
}


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
