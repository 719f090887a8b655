"""Rows as a plain HTML table, as a notebook shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import NOTHING
from touchline.words import Number, phrase

_MOST: Final = 30
#: Columns that say how a row is shown.
_PLUMBING: Final = frozenset({"hidden", "low_n"})


def sheet(picture: str, meaning: str, notes: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Return a picture, what it means, and its rows, the first 30 of them.

    >>> "<td>3</td>" in sheet("<svg></svg>", "All of them.", (), [{"n": 3}])
    True
    """
    columns = [name for name in (rows[0] if rows else ()) if name not in _PLUMBING]
    head = tag("tr", [tag("th", name.replace("_", " ")) for name in columns])
    body = [tag("tr", [tag("td", said(row[name])) for name in columns]) for row in rows[:_MOST]]
    more = tag("p", phrase("{n} more rows.", n=len(rows) - _MOST)) if len(rows) > _MOST else None
    table = tag("table", tag("thead", head), tag("tbody", body)) if rows else None
    return tag("div", Markup(picture), tag("p", meaning), [tag("p", note) for note in notes], table, more)


def said(value: Any) -> str:
    """Return a value as it is read: to three digits where it is not whole.

    >>> said(0.123456), said(None), said(1234567), said(True)
    ('0.123', '–', '1,234,567', 'yes')
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return phrase("yes") if value else phrase("no")
    if isinstance(value, int):
        return Number(f"{value:,}")
    if isinstance(value, float):
        return Number(f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}")
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else str(value)
