"""Answers for programs: JSON and CSV."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from touchline.cli.console import write

if TYPE_CHECKING:
    import pyarrow as pa

    from touchline.scores.base import Figure

_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")


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


def csv_text(table: pa.Table) -> str:
    r"""Return a table as CSV; text that a spreadsheet would run gets a leading apostrophe.

    >>> import pyarrow as pa
    >>> csv_text(pa.table({"a": ["=1+1", "x"], "b": [-1, 2]}))
    "a,b\n'=1+1,-1\nx,2\n"
    """
    import csv

    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow([_cell(row[name]) for name in table.column_names])
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        value = json.dumps(plain(value), ensure_ascii=False)
    if isinstance(value, str):
        return "'" + value if value.startswith(_RUNS) else value
    return "" if value is None else plain(value)


def write_figure(figure: Figure, *, as_json: bool, as_csv: bool) -> bool:
    """Write a figure for programs if that was asked for; return whether it was."""
    if as_json:
        write_json(figure.as_json())
    elif as_csv:
        write_csv(figure.table)
    return as_json or as_csv
