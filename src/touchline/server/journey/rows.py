"""A figure's rows as a table for people: intervals in one column, shares in percent, times in a fitting unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from touchline.figures.headings import heading
from touchline.figures.names import called
from touchline.figures.numbers import between, day, half, percent, places, plain, span
from touchline.figures.tables import said
from touchline.vocabulary.named import named
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.scores.base import Figure

Row = Mapping[str, Any]
#: Columns that say how a row is shown, or are for programs.
_PLUMBING: Final = frozenset({"hidden", "low_n", "customer_key", "unfinished", "key", "censored", "unit"})
#: Columns for programs, where the second is there for people.
_NAMED: Final = (("metric", "metric_name"), ("stage", "stage_name"), ("theme", "theme_name"))
_SHARES: Final = (
    "share", "rate", "churn", "renewal", "negative", "positive", "survival", "probability", "retention", "utilisation",
    "dropoff", "gross", "net", "neutral", "sensitivity", "specificity", "held_lost", "passed_lost",
)  # fmt: skip
#: Columns of words that somebody chose: they are not made readable, they are.
_CHOSEN: Final = frozenset({"account", "currency", "customer", "example", "examples", "owner", "rule"})
#: Columns in seconds whose names do not say so.
_SECONDS: Final = ("seconds", "age_", "oldest")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SCORES: Final = frozenset({"jsi", "nps", "csat", "previous_jsi", "target"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Attributes:
        name: Its heading.
        of: What it says of a row.
        words: Whether it holds words, which stand to the left, and no numbers.
    """

    name: str
    of: Callable[[Row], str]
    words: bool = False


def columns(figure: Figure) -> list[Column]:
    """Return the columns worth reading, in the figure's order.

    >>> import pyarrow as pa
    >>> from touchline.scores.base import Figure
    >>> table = pa.table({"name": ["a"], "rate": [0.25], "low": [0.2], "high": [0.31], "seconds_median": [5400]})
    >>> made = columns(Figure("funnel", table, ""))
    >>> [(column.name, column.of(table.to_pylist()[0])) for column in made]
    [('Name', 'A'), ('Rate', '25 %'), ('95 % interval', '20 % to 31 %'), ('Median', '1.5 h')]
    """
    names = [name for name in figure.table.column_names if name not in _PLUMBING]
    names = [name for name in names if not any(name == one and other in names for one, other in _NAMED)]
    rows = figure.to_dicts()
    made = []
    for at, name in enumerate(names):
        if name == "name" and any(all(_same(row[name], row[other]) for row in rows) for other in names[:at]):
            continue  # the name is the key again
        first = next((row[name] for row in rows if row[name] is not None), None)
        if isinstance(first, list | dict) or (first is None and rows):
            continue
        low = name.removesuffix("high") + "low"
        if name in ("low", "high") or name.endswith(("_low", "_high")):
            if name.endswith("high") and low in names:
                made.append(Column(_("95 % interval"), _interval(name, low, names)))
            continue
        made.append(Column(_title(name), _cell(name, first), isinstance(first, str)))
    return made


def _same(name: Any, key: Any) -> bool:
    return name == key or (isinstance(key, str) and called(str(name)) == called(key))


def _title(name: str) -> str:
    return heading(name)


def _is_share(name: str) -> bool:
    return any(name == share or name.endswith(f"_{share}") or name.startswith(f"{share}_") for share in _SHARES)


def _is_time(name: str) -> bool:
    return any(part in name for part in _SECONDS)


def _interval(high: str, low: str, names: list[str]) -> Callable[[Row], str]:
    at = names.index(low)
    whose = names[at - 1] if at else ""

    def interval(row: Row) -> str:
        bottom, top = row[low], row[high]
        if bottom is None or top is None:
            return "–"
        if _is_share(whose) or row.get("unit") == "share":
            return phrase("{low} to {high}", low=percent(bottom), high=percent(top))
        if _is_time(whose) or row.get("unit") == "seconds":
            return phrase("{low} to {high}", low=span(bottom), high=span(top))
        if isinstance(bottom, int | float):
            margin = half(bottom, top) or 0.0
            if margin >= 0.5:
                return between(bottom, top)
        return phrase("{low} to {high}", low=_said(bottom), high=_said(top))

    return interval


def _cell(name: str, first: Any) -> Callable[[Row], str]:
    if name == "value" and isinstance(first, int | float):
        return _by_unit
    if isinstance(first, float) and _is_share(name):
        return lambda row: percent(row[name])
    if isinstance(first, int | float) and not isinstance(first, bool) and _is_time(name):
        return lambda row: span(row[name])
    if name in _SCORES and isinstance(first, int | float):
        return lambda row: plain(row[name], places(half(row.get("low"), row.get("high"))))
    if isinstance(first, str) and name not in _CHOSEN:
        return lambda row: called(_said(row[name] and named(name, row[name])))
    return lambda row: _said(row[name])


def _said(value: Any) -> str:
    """Return a value as it is read; a day also where a column of words holds it."""
    if isinstance(value, str) and _ISO.fullmatch(value):
        value = date.fromisoformat(value)
    if isinstance(value, date):
        return f"{day(value)}, {value:%H:%M}" if isinstance(value, datetime) else day(value)
    return said(float(value) if isinstance(value, Decimal) else value)


def _by_unit(row: Row) -> str:
    """Return a value in the unit that its row states."""
    value, unit = row["value"], row.get("unit")
    if unit == "share":
        return percent(value)
    return span(value) if unit == "seconds" else said(value)
