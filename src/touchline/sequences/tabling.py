"""From rows of plain values to a figure's table: NaN is NULL, and what is over too few customers is hidden."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Journeys

SECONDS_PER_DAY: Final = 86_400

_TYPES: Final = {"text": pa.string(), "count": pa.int64(), "number": pa.float64(), "flag": pa.bool_()}


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pa.Table:
    """Return rows as a table, with ``hidden`` and ``low_n`` by their ``customers`` at the end.

    Args:
        rows: One mapping per row, ``customers`` among its keys.
        columns: Name to type: ``text``, ``count``, ``number`` (NULL where it is NaN, or the row is hidden) or ``flag``.

    >>> table([{"a": "x", "customers": 3, "v": 0.5}], {"a": "text", "customers": "count", "v": "number"}).to_pylist()
    [{'a': 'x', 'customers': 3, 'v': None, 'hidden': True, 'low_n': True}]
    """
    hide = [row["customers"] < HIDDEN_N for row in rows]
    made: dict[str, pa.Array] = {}
    for name, kind in columns.items():
        values = [row[name] for row in rows]
        if kind == "number":
            values = [
                None if hidden or value is None or not math.isfinite(value) else float(value)
                for value, hidden in zip(values, hide, strict=True)
            ]
        made[name] = pa.array(values, _TYPES[kind])
    made["hidden"] = pa.array(hide, pa.bool_())
    made["low_n"] = pa.array([row["customers"] < LOW_N for row in rows], pa.bool_())
    return pa.table(made)


def columns(schema: pa.Schema, *held: Sequence[Any] | np.ndarray[Any, Any]) -> pa.Table:
    """Return columns, in the order of a schema, as a table; NaN is NULL.

    >>> columns(pa.schema([("a", pa.string()), ("v", pa.float64())]), ["x"], [float("nan")]).to_pylist()
    [{'a': 'x', 'v': None}]
    """
    made = [pa.array(values, of.type, from_pandas=True) for values, of in zip(held, schema, strict=True)]
    return pa.Table.from_arrays(made, schema=schema)


def days(seconds: float) -> float:
    """Return seconds as days."""
    return seconds / SECONDS_PER_DAY


def ordered(journeys: Journeys, column: str, names: Sequence[str]) -> list[int]:
    """Return the codes of a column's names in the order of the journey: progress stages first, then by name."""
    place = {stage: number for number, stage in enumerate(journeys.stages)} if column == "stage" else {}
    return sorted(range(len(names)), key=lambda code: (place.get(names[code], len(place)), names[code]))
