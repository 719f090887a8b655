"""Answers for programs: JSON and CSV."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from touchline.cli.console import write
from touchline.vocabulary.spreadsheets import csv_row

if TYPE_CHECKING:
    import pyarrow as pa

    from touchline.scores.base import Figure


@dataclass
class _Csv:
    """How this run of the program writes CSV."""

    exact: bool = False


_csv: Final = _Csv()


def write_exact_csv(exact: bool) -> None:
    """Write the cells of CSV as they are from now on, for programs; or defused, for spreadsheets."""
    _csv.exact = exact


def write_json(value: Any) -> None:
    """Write a value as JSON: dates as ISO 8601, NaN and infinities as null."""
    write(json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False))


def plain(value: Any) -> Any:
    """Return a value as JSON knows it.

    >>> plain({"a": float("nan"), "b": (1,)})
    {'a': None, 'b': [1]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def write_csv(table: pa.Table) -> None:
    """Write a table as CSV."""
    write(csv_text(table))


def csv_text(table: pa.Table, *, exact: bool | None = None) -> str:
    r"""Return a table as CSV; text that a spreadsheet would run gets a leading apostrophe.

    Args:
        table: What is written.
        exact: Whether cells stay as they are, for programs; by default as the program was started (``--exact-csv``).

    >>> import pyarrow as pa
    >>> csv_text(pa.table({"a": ["=1+1", "x"], "b": [-1, 2]}))
    "a,b\n'=1+1,-1\nx,2\n"
    """
    as_is = _csv.exact if exact is None else exact
    lines = [csv_row(table.column_names, exact=as_is)]
    lines += [csv_row((_cell(row[n]) for n in table.column_names), exact=as_is) for row in table.to_pylist()]
    return "".join(lines)


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        value = json.dumps(plain(value), ensure_ascii=False)
    return "" if value is None else plain(value)


def write_figure(figure: Figure, *, as_json: bool, as_csv: bool) -> bool:
    """Write a figure for programs if that was asked for; return whether it was."""
    if as_json:
        write_json(figure.as_json())
    elif as_csv:
        write_csv(figure.table)
    return as_json or as_csv
