"""Visits: runs of rows at one stage (or with one value of any column), from entering it till entering the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.warehouse.index.journeys import Bools, Codes, Floats, Ints, Journeys

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND

#: Cells times customers that sums are gathered over at once.
_DENSE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits in order of customer and time; one entry each.

    Attributes:
        row: The row that enters it.
        code: Where: the column's code.
        owner: Number of the customer.
        entered: When, microseconds.
        left: When the next one was entered; -1 while it is open.
    """

    row: Ints
    code: Codes
    owner: npt.NDArray[np.int32]
    entered: Ints
    left: Ints

    def take(self, which: Bools) -> Visits:
        """Return some of them."""
        return Visits(self.row[which], self.code[which], self.owner[which], self.entered[which], self.left[which])

    @property
    def open(self) -> Bools:
        """Which were not left."""
        return self.left < 0


def visits(journeys: Journeys, column: str) -> Visits:
    """Return the visits of a column's values. A row without a value neither begins nor ends one.

    Raises:
        QuestionError: There is no such column of names.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> made = journeys_of(pa.table({"customer": ["a"] * 3, "event": ["x", "x", "y"],
    ...                              "time": ["2026-01-01", "2026-01-02", "2026-01-03"]}))
    >>> found = visits(made, "event")
    >>> found.row.tolist(), found.open.tolist()
    ([0, 2], [False, True])
    """
    codes = journeys.coded(column).codes
    known = codes >= 0
    if known.all():
        new = journeys.first.copy()
        new[1:] |= codes[1:] != codes[:-1]
        row = np.flatnonzero(new)
    else:
        there = np.flatnonzero(known)
        held, owner = codes.take(there), journeys.owner.take(there)
        new = np.ones(len(there), dtype=np.bool_)
        new[1:] = (held[1:] != held[:-1]) | (owner[1:] != owner[:-1])
        row = there[new]
    owner = journeys.owner.take(row)
    entered = journeys.at.take(row)
    left = np.empty_like(entered)
    left[:-1] = entered[1:]
    left[np.flatnonzero(owner[1:] != owner[:-1])] = -1
    left[-1:] = -1
    return Visits(row, codes.take(row), owner, entered, left)


def following(rows: Ints, ends: Ints, starts: Ints, owner: Ints | npt.NDArray[np.int32]) -> Ints:
    """Return the first end after each row within its customer; -1 where there is none.

    Args:
        rows: Rows, ascending.
        ends: Rows that are ends, ascending.
        starts: Where each customer's rows begin, and the number of rows.
        owner: Number of each of ``rows``'s customer.

    >>> following(np.array([0, 2]), np.array([0, 1, 3]), np.array([0, 2, 4]), np.array([0, 1])).tolist()
    [1, 3]
    """
    place = np.searchsorted(ends, rows, side="right")
    found = np.append(ends, starts[-1])[place]
    return np.where(found < starts[owner + 1], found, -1)


def first_of(rows: Ints, owner: Ints | npt.NDArray[np.int32]) -> Ints:
    """Return the first of each customer's rows.

    Args:
        rows: Ascending.
        owner: Number of each row's customer, shape (rows,).
    """
    if not len(rows):
        return rows
    who = owner[rows]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = who[1:] != who[:-1]
    return rows[new]


def per_customer(
    found: Visits, cell: npt.NDArray[Any], seconds: Ints, customers: int, cells: int
) -> tuple[Ints, Floats]:
    """Add up over customers what each has in each cell.

    Args:
        found: Visits, in order of customer.
        cell: The cell of each.
        seconds: How long each lasted.
        customers: How many customers.
        cells: How many cells.

    Returns:
        Customers with a visit per cell; and of those with visits that were left: how many, and sums over them of their
        seconds S, S squared, S times their visits v, v, and v squared, shape (6, cells).
    """
    anybody = np.zeros(cells, dtype=np.int64)
    sums = np.zeros((6, cells))
    chunk = max(1, _DENSE // max(cells, 1))
    lasted = seconds.astype(np.float64)
    still = np.flatnonzero(found.left < 0)
    lasted[still] = 0.0
    edges = np.searchsorted(found.owner, np.arange(0, customers + chunk, chunk, dtype=found.owner.dtype))
    for number, (low, high) in enumerate(pairwise(edges.tolist())):
        many = min(chunk, customers - number * chunk)
        key = np.multiply(cell[low:high], many, dtype=np.int64)
        key += found.owner[low:high] - number * chunk
        size = many * cells
        visited = np.bincount(key, minlength=size)
        s = np.bincount(key, lasted[low:high], size).reshape(cells, many)
        anybody += _there(visited.reshape(cells, many))
        visited[key.take(still[np.searchsorted(still, low) : np.searchsorted(still, high)] - low)] -= 1  # one each
        v = visited.reshape(cells, many)
        sums[0] += _there(v)
        sums[1] += s.sum(axis=1)
        sums[4] += v.sum(axis=1)
        v = v.astype(np.float64)
        for row, (one, other) in ((2, (s, s)), (3, (s, v)), (5, (v, v))):
            sums[row] += np.einsum("ij,ij->i", one, other)
    return anybody, sums


def _there(counts: Ints) -> Ints:
    """Return how many customers have anything in each cell, of counts of shape (cells, customers)."""
    return np.array([np.count_nonzero(row) for row in counts], dtype=np.int64)
