"""A figure by itself: its rows as a file or as data for a chart, and what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from touchline.cli.writing import csv_text, plain
from touchline.client.asking import parameters
from touchline.errors import NotAllowed, QuestionError, TooSlow, TouchlineError
from touchline.figures.headings import titled
from touchline.server.api.facade import Asked, scoped
from touchline.server.journey.page import Visit, shown, visiting
from touchline.server.journey.reading import ASK, asked, known
from touchline.server.journey.showing import ask, figure_card
from touchline.server.people.facade import needs, noted, problem
from touchline.workspace.watched import watched

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_MOST_CHART_ROWS = 5_000


def _figure(visit: Visit) -> Figure:
    return asked(known(visit.said("q")), visit).of(visit.local)


def _refused(request: HttpRequest, error: TouchlineError) -> HttpResponse:
    kinds = {TooSlow: 503, NotAllowed: 403, QuestionError: 404}
    status = next((status for kind, status in kinds.items() if isinstance(error, kind)), 500)
    return problem(request, status, error.what, where=error.where, todo=error.todo)


@needs("read")
@require_safe
def figure_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Return a figure's rows as CSV; cells that a spreadsheet would run are defused."""
    try:
        figure = visiting(request, slug, _figure)
    except TouchlineError as error:
        return _refused(request, error)
    noted(request, "figure.exported", request.GET.urlencode()[:500])
    answer = HttpResponse(csv_text(figure.table, exact=False), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{figure.name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@needs("read")
@require_safe
def figure_json(request: HttpRequest, slug: str) -> HttpResponse:
    """Return a figure's rows as data for a chart in the browser."""
    try:
        figure = visiting(request, slug, _figure)
    except TouchlineError as error:
        return _refused(request, error)
    told = {"name": figure.name, "rows": figure.to_dicts()[:_MOST_CHART_ROWS], "facts": dict(figure.facts)}
    answer = HttpResponse(
        json.dumps(plain(told), ensure_ascii=False, allow_nan=False), content_type="application/json; charset=utf-8"
    )
    answer["Cache-Control"] = "private, no-cache"
    return answer


@shown("journey/what.html", "What is this?")
def what(visit: Visit) -> Mapping[str, Any]:
    """Return what a figure means, how it is asked elsewhere, and the queries behind it."""
    question = known(visit.said("q"))
    told = asked(question, visit)
    local, queries = watched(visit.unscoped)
    figure = told.of(scoped(local, visit.access))
    pairs = _pairs(told)
    return {
        "question": question, "figure": figure, "queries": queries,
        "http": "&".join(f"{name}={value}" for name, value in pairs), "python": _python(told),
        "options": [(option.name, option.about, dict(told.options).get(option.name)) for option in question.options],
        "title": titled(question.name), "none": _("nothing"),
    }  # fmt: skip


def _pairs(told: Asked) -> list[tuple[str, str]]:
    given: dict[str, Any] = dict(told.options)
    if told.question.filtered:
        given["filters"] = told.filters
    if told.question.compared:
        given["previous"] = told.previous
    return parameters(told.question.name, given)


def _python(told: Asked) -> str:
    default = type(told.filters)()
    fields = [
        f"{name}={getattr(told.filters, name)!r}"
        for name in told.filters.__slots__
        if getattr(told.filters, name) != getattr(default, name)
    ]
    parts = [f"{name}={value!r}" for name, value in told.options]
    if fields and told.question.filtered:
        parts.insert(0, f"filters=touchline.Filters({', '.join(fields)})")
    return f"touchline.open().{told.question.name}({', '.join(parts)})"


@shown("journey/one.html", "Figure")
def figure(visit: Visit) -> Mapping[str, Any]:
    """Return one figure with its rows, and the customers behind each."""
    question = known(visit.said("q"))
    options = {name.removeprefix(ASK): visit.said(name) for name in visit.request.GET if name.startswith(ASK)}
    made = ask(visit, question.name, **{name: value for name, value in options.items() if name in question.own})
    title = titled(question.name)
    return {"title": title, "card": figure_card(visit, made, title, open_=True)}
