"""The customers behind a number, those who stand lowest, and one customer's story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.errors import QuestionError
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import arrow, plain, plus_minus
from touchline.scores.base import Figure, Filters
from touchline.server.journey.marking import TONES, marked
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.reading import asked, known
from touchline.server.journey.rows import columns

_MOST: Final = 200


def _rows(figure: Figure, slug: str) -> tuple[list[str], list[dict[str, Any]]]:
    name = next(one for one in ("ref", "customer", "customer_ref") if one in figure.table.column_names)
    cells = [column for column in columns(figure) if column.name.lower() not in (name, "customers")]
    rows = [
        {
            "name": row[name] or _("anonymous"),
            "link": reverse("customer", args=[slug, row[name]]) if row[name] else "",
            "cells": [column.of(row) for column in cells],
        }
        for row in figure.to_dicts()
    ]
    return [_("Customer"), *(column.name for column in cells)], rows


@shown("journey/people.html", "Customers", audit="customers.seen")
def customers(visit: Visit) -> Mapping[str, Any]:
    """Return who stands lowest."""
    figure = visit.local.standing(Filters(segments=visit.chosen.filters.segments), limit=_MOST)
    columns, rows = _rows(figure, visit.workspace.slug)
    return {"title": _("Customers"), "heading": _("Who stands lowest"), "meaning": figure.meaning,
            "columns": columns, "rows": rows}  # fmt: skip


@shown("journey/people.html", "Customers", audit="customers.seen")
def who(visit: Visit) -> Mapping[str, Any]:
    """Return the customers behind a row of a question's figure."""
    question, row = visit.said("q"), visit.said("row")
    if not row.isdecimal():
        raise QuestionError("no row of a question is named", todo="follow a link of its table")
    figure = asked(known(question), visit).of(visit.local)
    found = visit.local.behind(figure, int(row), limit=_MOST)
    columns, rows = _rows(found, visit.workspace.slug)
    behind = ", ".join(
        str(value) for value in list(figure.to_dicts()[int(row)].values())[:2] if isinstance(value, str | int)
    )
    return {"title": _("Who is this?"), "heading": f"{question}: {behind}", "meaning": found.meaning,
            "columns": columns, "rows": rows}  # fmt: skip


@shown("journey/customer.html", "Customers", audit="customer.seen")
def customer(visit: Visit, ref: str) -> Mapping[str, Any]:
    """Return one customer's story."""
    figure = visit.local.timeline(ref)
    facts = figure.facts
    cells = [_kpi("JSI", plain(facts["jsi"]), plus_minus(facts["low"], facts["high"]), facts["band"] or "")]
    if facts.get("trend") is not None:
        cells.append(_kpi(_("In 28 days"), arrow(facts["trend"]), "", ""))
    cells.append(_kpi(_("Touches"), str(facts["touches"]), "", _("that count")))
    cells.append(_kpi(_("Interactions"), str(facts["n"]), "", ", ".join(facts["refs"])))
    return {
        "customer": ref,
        "about": figure.meaning,
        "meaning": _("newest first"),
        "standing": cells,
        "happened": [_happened(row) for row in figure.to_dicts()],
    }


def _kpi(label: str, value: str, margin: str, note: str) -> Markup:
    shown_ = tag("div", tag("strong", value), " ", tag("small", margin), class_="value")
    return tag("div", tag("h3", label), shown_, tag("p", note), class_="kpi")


def _happened(row: Mapping[str, Any]) -> dict[str, Any]:
    touches = row["touches"] or []
    total = sum(touch["s"] for touch in touches)
    what = [row["kind"], row["event"], row["channel"], row["programme"] or row["source"], row["position"]]
    chips = [
        {"text": f"{a['kind'].upper()} {a['value']:g}", "tone": TONES.get(a["sign"], "flat")}
        for a in row["answers"] or []
    ]
    chips += [
        {"text": f"{m['stage']}" + (f" · {m['theme']}" if m["theme"] else ""), "tone": TONES[m["sentiment"]]}
        for m in row["mentions"] or []
    ]
    text = row["text"] or ""
    return {
        "at": row["occurred_at"],
        "what": " · ".join(part for part in what if part),
        "text": text,
        "parts": marked(text, row["mentions"] or []),
        "chips": chips,
        "tone": TONES[(total > 0) - (total < 0)] if touches else "",
    }
