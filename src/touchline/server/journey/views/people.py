"""Lists of people: the customers, the accounts, and the customers behind a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import QuestionError
from touchline.figures.numbers import arrow, day, plain, plus_minus
from touchline.scores.base import Figure, Filters
from touchline.scores.standing import ORDERS as STANDINGS
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.reading import asked, known
from touchline.server.journey.rows import columns
from touchline.words import phrase
from touchline.workspace.customers import BANDS, ORDERS

if TYPE_CHECKING:
    from touchline.workspace.customers import Band, Sorting

PAGE: Final = 50
_MOST: Final = 200
_BANDS: Final = {"at risk": gettext_lazy("At risk"), "watch": gettext_lazy("Watch"),
                 "healthy": gettext_lazy("Healthy"), "no data": gettext_lazy("No data")}  # fmt: skip
_ORDERS: Final = {
    "lowest": gettext_lazy("Lowest JSI"), "highest": gettext_lazy("Highest JSI"),
    "falling": gettext_lazy("Falling most"),
    "rising": gettext_lazy("Rising most"), "value": gettext_lazy("Most paid"), "recent": gettext_lazy("Last seen"),
    "name": gettext_lazy("Reference"),
}  # fmt: skip
#: The colour of a band.
BAND_TONES: Final = {"at risk": "bad", "watch": "", "healthy": "good", "no data": "off"}


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


def money(value: float | None, currency: str) -> str:
    """Return an amount as people write it.

    >>> money(1234.6, "EUR"), money(None, "")
    ('1,235 EUR', '–')
    """
    return "–" if value is None else f"{plain(value)} {currency}".strip()


def band_name(band: str | None) -> str:
    """Return what a band is called."""
    return str(_BANDS.get(band or "no data", band or ""))


@shown("journey/customers.html", "Customers", audit="customers.seen")
def customers(visit: Visit) -> Mapping[str, Any]:
    """Return the customers, by reference, band and order."""
    find, band, order = visit.said("find").strip()[:200], visit.said("band"), visit.said("order", "lowest")
    page = visit.said("page", "1")
    if not page.isdecimal() or not 1 <= int(page) <= 100_000 or band not in ("", *BANDS) or order not in ORDERS:
        raise QuestionError(phrase("the order, the band or the page cannot be read"), todo=phrase("choose them above"))
    at, slug = int(page), visit.workspace.slug
    filters = Filters(segments=visit.chosen.filters.segments)
    figure = visit.local.customers(
        filters,
        find=find,
        band=cast("Band | None", band or None),
        order=cast("Sorting", order),
        limit=PAGE,
        skip=PAGE * (at - 1),
    )
    facts = figure.facts
    said = {name: value for name, value in (("find", find), ("band", band), ("order", visit.said("order"))) if value}
    return {
        "n": facts["customers"], "find": find, "meaning": figure.meaning, "kept": visit.chosen.pairs, "order": order,
        "bands": [
            {"name": name, "n": facts[key], "on": key == band, "tone": BAND_TONES[key],
             "query": visit.chosen.having(**{**said, "band": "" if key == band else key})}
            for key, name in _BANDS.items()
        ],
        "band": band, "orders": [(key, name, key == order) for key, name in _ORDERS.items()],
        "rows": [_customer(row, slug, facts["currency"]) for row in figure.to_dicts()],
        "earlier": visit.chosen.having(**said, page=str(at - 1)) if at > 1 else "",
        "later": visit.chosen.having(**said, page=str(at + 1)) if facts["customers"] > at * PAGE else "",
    }  # fmt: skip


def _customer(row: Mapping[str, Any], slug: str, currency: str) -> dict[str, Any]:
    return {
        "name": row["customer"], "link": reverse("customer", args=[slug, row["customer"]]),
        "account": row["account"], "role": (row["role"] or "").replace("_", " "),
        "account_link": reverse("account", args=[slug, row["account"]]) if row["account"] else "",
        "jsi": plain(row["jsi"]), "margin": plus_minus(row["low"], row["high"]), "trend": arrow(row["trend"]),
        "falls": (row["trend"] or 0) <= -0.5, "rises": (row["trend"] or 0) >= 0.5,
        "band": band_name(row["band"]), "tone": BAND_TONES[row["band"]], "touches": int(row["n"] or 0),
        "value": money(row["value"], currency), "seen": day(row["last_seen"]),
    }  # fmt: skip


@shown("journey/accounts.html", "Customers", audit="customers.seen")
def accounts(visit: Visit) -> Mapping[str, Any]:
    """Return the accounts, by how they stand."""
    find, order = visit.said("find").strip()[:200], visit.said("order", "lowest")
    if order not in STANDINGS:
        raise QuestionError(phrase("the order cannot be read"), todo=phrase("choose one above"))
    filters = Filters(segments=visit.chosen.filters.segments)
    figure = visit.local.standing(filters, of="account", limit=10_000)
    if order != "lowest":
        figure = replace(figure, table=_sorted(figure, order))
    rows = [row for row in figure.to_dicts() if row["ref"] and find.casefold() in row["ref"].casefold()]
    slug = visit.workspace.slug
    return {
        "n": len(rows), "find": find, "meaning": figure.meaning, "kept": visit.chosen.pairs,
        "orders": [(key, _ORDERS[key], key == order) for key in STANDINGS],
        "rows": [
            {"name": row["ref"], "link": reverse("account", args=[slug, row["ref"]]), "jsi": plain(row["jsi"]),
             "margin": plus_minus(row["low"], row["high"]), "trend": arrow(row["trend"]),
             "falls": (row["trend"] or 0) <= -0.5, "rises": (row["trend"] or 0) >= 0.5,
             "band": band_name(row["band"]), "tone": BAND_TONES[row["band"]], "people": row["customers"],
             "touches": int(row["n"]), "seen": day(row["last_touch"])}
            for row in rows[:_MOST]
        ],
        "more": max(0, len(rows) - _MOST),
    }  # fmt: skip


def _sorted(figure: Figure, order: str) -> Any:
    name, way = ("jsi" if order == "highest" else "trend"), "ascending" if order == "falling" else "descending"
    return figure.table.sort_by([(name, way), ("ref", "ascending")])


@shown("journey/people.html", "Customers", audit="customers.seen")
def who(visit: Visit) -> Mapping[str, Any]:
    """Return the customers behind a row of a question's figure."""
    question, row = visit.said("q"), visit.said("row")
    if not row.isdecimal():
        raise QuestionError(phrase("no row of a question is named"), todo=phrase("follow a link of its table"))
    figure = asked(known(question), visit).of(visit.local)
    found = visit.local.behind(figure, int(row), limit=_MOST)
    columns, rows = _rows(found, visit.workspace.slug)
    behind = ", ".join(
        str(value) for value in list(figure.to_dicts()[int(row)].values())[:2] if isinstance(value, str | int)
    )
    return {"title": _("Who is this?"), "heading": f"{question}: {behind}", "meaning": found.meaning,
            "columns": columns, "rows": rows}  # fmt: skip
