"""Any question: its picture, what it means, its rows, the customers behind each, and its options as a form."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import QuestionError
from touchline.server.journey.filtering import OWN
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.reading import ASK, known
from touchline.server.journey.showing import ask, figure_card
from touchline.words import phrase

#: Page to its questions, each with its name and, where it needs some, first options.
PAGES: Final[Mapping[str, tuple[tuple[str, Any, Mapping[str, str]], ...]]] = {
    "paths": (
        ("funnel", gettext_lazy("Funnel"), {}),
        ("dropoff", gettext_lazy("Drop-off"), {}),
        ("transitions", gettext_lazy("Transitions"), {}),
        ("sankey", gettext_lazy("Flow"), {}),
        ("variants", gettext_lazy("Variants"), {}),
        ("step_matrix", gettext_lazy("Step matrix"), {}),
        ("rework", gettext_lazy("Loops"), {}),
        ("dwell", gettext_lazy("Dwell"), {}),
        ("cohorts", gettext_lazy("Cohorts"), {}),
        ("survival", gettext_lazy("Survival"), {}),
        ("attribution", gettext_lazy("Attribution"), {}),
        ("clusters", gettext_lazy("Types of journey"), {}),
    ),
    "issues": (
        ("themes", gettext_lazy("Themes"), {}),
        ("issues", gettext_lazy("Across stages"), {}),
        ("compounding", gettext_lazy("Compounding"), {}),
        ("grievances", gettext_lazy("Open grievances"), {}),
        ("effort", gettext_lazy("Effort"), {}),
        ("drivers", gettext_lazy("Drivers"), {}),
        ("moments", gettext_lazy("Moments that matter"), {}),
        ("differences", gettext_lazy("Differences"), {}),
        ("changepoints", gettext_lazy("Change points"), {}),
        ("drift", gettext_lazy("Drift"), {}),
    ),
    "service": (
        ("service", gettext_lazy("Service"), {}),
        ("reasons", gettext_lazy("Contact reasons"), {}),
        ("fcr", gettext_lazy("First contact resolution"), {}),
        ("sla", gettext_lazy("SLA"), {}),
        ("backlog", gettext_lazy("Backlog"), {}),
    ),
    "value": (
        ("value", gettext_lazy("Value"), {}),
        ("revenue", gettext_lazy("Revenue"), {}),
        ("churn", gettext_lazy("Churn"), {}),
        ("health", gettext_lazy("Health"), {}),
        ("clv", gettext_lazy("Lifetime value"), {}),
        ("gate", gettext_lazy("Gate"), {}),
        ("forecast", gettext_lazy("Forecast"), {}),
        ("metrics", gettext_lazy("Own metrics"), {}),
    ),
    "programme": (
        ("programme", gettext_lazy("Response"), {}),
        ("distribution", gettext_lazy("Answers through time"), {}),
        ("nps_bridge", gettext_lazy("Why the NPS moved"), {}),
        ("metrics", gettext_lazy("Own metrics"), {}),
    ),
}

#: So many rows stand open below their picture; more are a wall of numbers.
_FEW: Final = 12
#: Questions that eight weeks of data seldom answer.
_LONG: Final = frozenset((
    "attribution", "changepoints", "clusters", "cohorts", "compounding", "drift", "forecast", "gate", "grievances",
    "issues", "moments", "survival",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """A field of the form."""

    name: str
    label: str
    value: str
    values: tuple[str, ...]
    hint: str


def page_of(
    visit: Visit, page: str, title: str, *, given: Mapping[str, str] | None = None, chart: str = "", first: str = ""
) -> dict[str, Any]:
    """Return what a page of questions shows: its tabs, the chosen one's options as a form, and its figure.

    Args:
        visit: Whose page.
        page: One of `PAGES`.
        title: Of the page.
        given: Options that stand where the address says nothing.
        chart: A chart that a browser may draw in the picture's place.
        first: The question of the page that is asked where the address names none.
    """
    tabs = [(name, label) for name, label, _first in PAGES[page]]
    question = visit.said("q", first or tabs[0][0])
    if question not in dict(tabs):
        raise QuestionError(
            phrase("there is no question {question} on this page", question=repr(question)),
            todo=phrase("choose one above"),
        )
    options = {}
    for option in known(question).options:
        own = "" if option.name in OWN else visit.said(option.name)
        text = (visit.said(ASK + option.name) or own).strip() or (given or {}).get(option.name, "")
        if text:
            options[option.name] = text
    made = ask(visit, question, **options)
    heading = dict(tabs)[question]
    return {
        "title": title, "heading": heading, "question": question,
        "tabs": [{"name": label, "on": name == question, "query": _query(visit, name)} for name, label in tabs],
        "options": _options(question, visit), "kept": [*visit.chosen.pairs, ("q", question)],
        "card": figure_card(visit, made, str(heading), chart=chart, open_=len(made.rows) <= _FEW), "shown": made,
    }  # fmt: skip


def _query(visit: Visit, question: str) -> str:
    """Return the address of a question: of all time where it needs a long history and no period was chosen."""
    chosen = dict(visit.chosen.pairs)
    if question in _LONG and not chosen.keys() & {"days", "since", "until"}:
        return visit.chosen.having(q=question, days="0")
    return visit.chosen.having(q=question)


@shown("journey/questions.html", "Service")
def service(visit: Visit) -> Mapping[str, Any]:
    """Return how contacts are dealt with."""
    return page_of(visit, "service", _("Service"))


@shown("journey/questions.html", "Value")
def value(visit: Visit) -> Mapping[str, Any]:
    """Return what it is worth."""
    return page_of(visit, "value", _("Value"))


def _options(question: str, visit: Visit) -> list[Option]:
    """Return the question's own options as fields of a form."""
    found = []
    for option in known(question).options:
        default = "" if option.default in (inspect.Parameter.empty, None) else _said(option.default)
        hint = _("needed") if option.required else default
        label = option.name.replace("_", " ").capitalize()
        field = ASK + option.name if option.name in OWN else option.name
        found.append(Option(field, label, visit.said(field, default), _values(option.kind), hint))
    return found


def _values(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return tuple(str(one) for one in get_args(kind))
    return ("True", "False") if kind is bool else ()


def _said(value: Any) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(map(str, value)) if isinstance(value, Sequence) else str(value)
