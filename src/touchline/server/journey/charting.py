"""What a browser's chart says: names, days and sentences in the reader's language, and how it writes numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.utils.formats import get_format

from touchline.figures.headings import heading
from touchline.figures.names import called
from touchline.figures.numbers import LOW, between, day, plain
from touchline.vocabulary.named import named
from touchline.words import Phrase, joined, phrase

Row = Mapping[str, Any]
Rows = Sequence[Row]


def chart_words(chart: str, rows: Rows) -> str:
    """Return what the chart of some rows says, as JSON for `charts.js`; "" for a kind that says nothing."""
    made = _SAID.get(chart)
    if made is None:
        return ""
    marks = {"decimal": get_format("DECIMAL_SEPARATOR"), "thousands": get_format("THOUSAND_SEPARATOR")}
    return json.dumps(marks | made(rows), ensure_ascii=False, default=str)


def driver_name(row: Row) -> str:
    """Return what a driver is called: a value of the schema with what it is of, a name of the company as it is."""
    known = named(row["kind"], row["value"])
    if isinstance(known, Phrase):
        return phrase("{kind}: {name}", kind=heading(row["kind"]), name=known)
    return called(row["name"])


def driver_tip(row: Row) -> str:
    """Return all that is known of a driver, in a line."""
    ends = between(row["low"], row["high"], 2)
    parts: list[str] = [phrase("importance {value} ({ends})", value=plain(row["importance"], 2), ends=ends)]
    parts += [f"JSI {plain(row['jsi'])}", f"n {plain(row['n'])}", *([LOW] if row["low_n"] else [])]
    name, facts = driver_name(row), joined(", ", parts)
    if isinstance(name, Phrase):
        return phrase("{name}: {facts}", name=name, facts=facts)
    return phrase("{name} ({kind}): {facts}", name=name, kind=heading(row["kind"]), facts=facts)


def _trend(rows: Rows) -> dict[str, Any]:
    return {
        "days": {str(row["period"]): str(day(row["period"], year=False)) for row in rows},
        "tips": {str(row["period"]): f"{day(row['period'])}\n{_score(row)}" for row in rows},
        "hidden": str(phrase("hidden")),
    }


def _score(row: Row) -> str:
    counted = f"n {plain(row['n'])}"
    if row["jsi"] is None:
        return f"{phrase('hidden')}, {counted}"
    told = [f"{plain(row['jsi'], 1)} ({between(row['low'], row['high'], 1)})", counted]
    told += [str(LOW)] if row["low_n"] else []
    told += [str(phrase("unfinished"))] if row.get("unfinished") else []
    return ", ".join(told)


def _scatter(rows: Rows) -> dict[str, Any]:
    shown = [row for row in rows if row["jsi"] is not None and row["importance"] is not None and not row["hidden"]]
    keys = [f"{row['kind']}|{row['value']}" for row in shown]
    return {
        "importance": str(phrase("importance")),
        "names": {key: str(driver_name(row)) for key, row in zip(keys, shown, strict=True)},
        "tips": {key: str(driver_tip(row)) for key, row in zip(keys, shown, strict=True)},
    }


def _sankey(rows: Rows) -> dict[str, Any]:
    states = {str(row[end]) for row in rows for end in ("source", "target") if row[end] is not None}
    return {"names": {state: str(called(state)) for state in states}}


_SAID: Final[Mapping[str, Callable[[Rows], dict[str, Any]]]] = {"trend": _trend, "scatter": _scatter, "sankey": _sankey}
