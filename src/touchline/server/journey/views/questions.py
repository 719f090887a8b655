"""Any question: its picture, what it means, its rows, the customers behind each, and its options as a form."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import QuestionError
from touchline.figures.markup import Markup, tag
from touchline.server.journey.filtering import OWN
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.reading import asked, known
from touchline.server.journey.rows import columns

if TYPE_CHECKING:
    from touchline.scores.base import Figure

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
}
_MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Option:
    """A field of the form."""

    name: str
    label: str
    value: str
    values: tuple[str, ...]
    hint: str


def _page(visit: Visit, page: str, title: str) -> Mapping[str, Any]:
    tabs = [(name, label) for name, label, _first in PAGES[page]]
    question = visit.said("q", tabs[0][0])
    if question not in dict(tabs):
        raise QuestionError(f"there is no question {question!r} on this page", todo="choose one above")
    made: dict[str, Any] = {
        "title": title,
        "heading": dict(tabs)[question],
        "tabs": [{"name": label, "on": name == question, "query": visit.chosen.having(q=name)} for name, label in tabs],
        "options": _options(question, visit),
        "kept": [*visit.chosen.pairs, ("q", question)],
    }
    try:
        figure = asked(known(question), visit).of(visit.local)
    except QuestionError as error:
        return {**made, "trouble": error}
    return {**made, "figure": figure, "picture": Markup(figure.plot().svg), "table": _table(figure, visit, question)}


@shown("journey/questions.html", "Paths")
def paths(visit: Visit) -> Mapping[str, Any]:
    """Return how customers move."""
    return _page(visit, "paths", _("Paths"))


@shown("journey/questions.html", "Issues")
def issues(visit: Visit) -> Mapping[str, Any]:
    """Return what customers raise, and where it resurfaces."""
    return _page(visit, "issues", _("Issues"))


@shown("journey/questions.html", "Service")
def service(visit: Visit) -> Mapping[str, Any]:
    """Return how contacts are dealt with."""
    return _page(visit, "service", _("Service"))


@shown("journey/questions.html", "Value")
def value(visit: Visit) -> Mapping[str, Any]:
    """Return what it is worth."""
    return _page(visit, "value", _("Value"))


def _options(question: str, visit: Visit) -> list[Option]:
    """Return the question's own options as fields of a form."""
    found = []
    for option in known(question).options:
        if option.name in OWN:
            continue
        default = "" if option.default in (inspect.Parameter.empty, None) else _said(option.default)
        hint = _("needed") if option.required else default
        label = option.name.replace("_", " ").capitalize()
        found.append(Option(option.name, label, visit.said(option.name, default), _values(option.kind), hint))
    return found


def _values(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return tuple(str(one) for one in get_args(kind))
    return ("True", "False") if kind is bool else ()


def _said(value: Any) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def _table(figure: Figure, visit: Visit, question: str) -> Markup:
    """Return the rows, with a link to the customers behind each where the figure can tell."""
    rows = figure.to_dicts()
    cells = columns(figure)
    link = reverse("who", args=[visit.workspace.slug])
    parameters = [
        pair for name in visit.request.GET for pair in ((name, one) for one in visit.request.GET.getlist(name))
    ]
    kept = [pair for pair in parameters if pair[0] != "q"]

    def who(at: int) -> Markup:
        return tag("a", _("who?"), href=f"{link}?{urlencode([*kept, ('q', question), ('row', str(at))])}", class_="who")

    told = figure.behind is not None
    head = [tag("th", column.name, scope="col") for column in cells]
    body = [
        tag(
            "tr",
            [tag("td" if i else "th", column.of(row), scope=None if i else "row") for i, column in enumerate(cells)],
            tag("td", who(at)) if told else None,
        )
        for at, row in enumerate(rows[:_MOST_ROWS])
    ]
    more = len(rows) - _MOST_ROWS
    csv = f"/api/v1/{question}?{urlencode([*kept, ('workspace', visit.workspace.slug), ('format', 'csv')])}"
    return tag(
        "div",
        tag(
            "div",
            tag(
                "table",
                tag("thead", tag("tr", head, tag("th", "") if told else None)),
                tag("tbody", body),
                class_="numbers",
            ),
            class_="scroll",
            tabindex="0",
            role="group",
            aria_label=_("Rows"),
        ),
        tag(
            "p",
            tag("span", _("and %(n)d more rows") % {"n": more}) if more > 0 else None,
            " ",
            tag("a", "CSV", href=csv),
            class_="known",
        ),
    )
