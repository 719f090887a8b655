"""From the log's NumPy columns to Arrow's: names, times and codes; negative and NaN mean NULL."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.simulation.walk import COLUMNS, Column, Walk
from touchline.vocabulary.schemas import UTC

_DAY: Final = 86_400
#: A customer who cancels has this many days for last words.
_LAST_WORDS: Final = 0.5


def last_days(walk: Walk, who: Column) -> Column:
    """Return for each customer the day from which nothing is seen of them any more."""
    farewell = np.where(walk.cancelled, walk.churned + _LAST_WORDS, np.inf)
    days: Column = np.minimum(farewell, walk.story.days)[who]
    return days


def sorted_log(walk: Walk, count: int) -> dict[str, Column]:
    """Join what was logged about the first `count` customers, by customer and time, up to their last day."""
    log: dict[str, Column] = {}
    for name, (type_, none) in COLUMNS.items():
        parts = [
            np.asarray(rows[name], type_) if name in rows else np.full(len(rows["who"]), none, type_)
            for rows in walk.log
        ]
        log[name] = np.concatenate(parts)
    kept = np.flatnonzero((log["who"] < count) & (log["at"] < last_days(walk, log["who"])))
    kept = kept[np.lexsort((log["at"][kept], log["who"][kept]))]
    return {name: column[kept] for name, column in log.items()}


def codes(column: Column) -> pa.Array:
    """Return positions to take from a dictionary; negative ones are NULL.

    >>> pa.array(["a", "b"]).take(codes(np.array([1, -1]))).to_pylist()
    ['b', None]
    """
    return pa.array(column, mask=column < 0)


def names(letter: str, number: Column) -> pa.Array:
    """Return names of numbered things; a negative number has none.

    >>> names("C", np.array([7, -1])).to_pylist()
    ['C7', None]
    """
    return pc.binary_join_element_wise(letter, codes(number).cast(pa.string()), "")


def times(at: Column, start: date) -> pa.Array:
    """Return moments, to the second, of days from the start; NaN is NULL.

    >>> times(np.array([0.5, np.nan]), date(2026, 3, 1)).to_pylist()[0].isoformat()
    '2026-03-01T12:00:00+00:00'
    """
    midnight = np.datetime64(start, "s").astype(np.int64)
    missing = np.isnan(at)
    seconds = midnight + np.floor(np.where(missing, 0.0, at) * _DAY).astype(np.int64)
    return pa.array(seconds * 1_000_000, mask=missing).cast(UTC)
