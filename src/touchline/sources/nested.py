"""Attributes and answers: many columns folded into one, without a loop over rows."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from touchline.sources.mapping import ScoreRange
from touchline.vocabulary.schemas import ANSWER

_MAP: Final = pa.map_(pa.string(), pa.string())
_LIST: Final = pa.list_(ANSWER)


def attributes(columns: dict[str, pa.StringArray], rows: int) -> pa.MapArray:
    """Name to value of each row's filled cells; NULL for a row without any.

    >>> import pyarrow as pa
    >>> attributes({"tier": pa.array(["vip", None]), "plan": pa.array(["a", None])}, 2).to_pylist()
    [[('tier', 'vip'), ('plan', 'a')], None]
    """
    if not columns:
        return pa.nulls(rows, _MAP)
    filled = np.column_stack([_filled(c) for c in columns.values()])
    places, offsets, empty = _places(filled)
    # The cells of all columns one after another; row i of column j stands at j * rows + i.
    cells = pa.concat_arrays(list(columns.values()))
    row, column = places
    values = cells.take(pa.array(column * rows + row))
    keys = pa.array(list(columns), pa.string()).take(pa.array(column))
    return pa.MapArray.from_arrays(pa.array(offsets, mask=_mask(empty)), keys, values)


def answers(columns: list[tuple[str, ScoreRange, np.ndarray]], rows: int) -> pa.ListArray:
    """The answered questions of each row; NULL for a row without any.

    Args:
        columns: Question, what it measures, and float64 values with NaN for "not answered".
        rows: How many rows there are.
    """
    if not columns:
        return pa.nulls(rows, _LIST)
    values = np.column_stack([v for _, _, v in columns])
    (row, column), offsets, empty = _places(~np.isnan(values))
    which = pa.array(column)
    ranges = [scale for _, scale, _ in columns]
    children = [
        pa.array([q for q, _, _ in columns], pa.string()).take(which),
        pa.array([s.kind for s in ranges], pa.string()).take(which),
        pa.array(values[row, column]),
        _bounds([s.low for s in ranges], column),
        _bounds([s.high for s in ranges], column),
    ]
    structs = pa.StructArray.from_arrays(children, fields=list(ANSWER))
    return pa.ListArray.from_arrays(pa.array(offsets, mask=_mask(empty)), structs, type=_LIST)


def _bounds(bounds: list[float | None], column: np.ndarray) -> pa.Array:
    of_row = np.array([np.nan if b is None else b for b in bounds])[column]
    return pa.array(of_row, mask=np.isnan(of_row) if None in bounds else None)


def _filled(cells: pa.Array) -> np.ndarray:
    if not cells.null_count:
        return np.ones(len(cells), bool)
    filled: np.ndarray = cells.is_valid().to_numpy(zero_copy_only=False)
    return filled


def _places(filled: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """Row and column of each filled cell by row, where each row begins, and which rows are empty."""
    count = filled.sum(axis=1)
    offsets = np.zeros(len(count) + 1, np.int32)
    np.cumsum(count, out=offsets[1:])
    row, column = np.nonzero(filled)
    return (row, column), offsets, count == 0


def _mask(empty: np.ndarray) -> np.ndarray | None:
    """Arrow marks a NULL list by a NULL offset."""
    return np.append(empty, False) if empty.any() else None
