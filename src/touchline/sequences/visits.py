"""Visits: runs of rows at one stage (or with one value of any column), from entering it till entering the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys

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
    code: Ints
    owner: Ints
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
        held, owner = codes[there], journeys.owner[there]
        new = np.ones(len(there), dtype=np.bool_)
        new[1:] = (held[1:] != held[:-1]) | (owner[1:] != owner[:-1])
        row = there[new]
    owner = journeys.owner[row]
    entered = journeys.at[row]
    left = np.full(len(row), -1, dtype=np.int64)
    goes_on = owner[1:] == owner[:-1]
    left[:-1][goes_on] = entered[1:][goes_on]
    return Visits(row, codes[row].astype(np.int64), owner.astype(np.int64), entered, left)


def following(rows: Ints, ends: Ints, starts: Ints, owner: Ints) -> Ints:
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


def per_customer(found: Visits, cell: Ints, seconds: Ints, customers: int, cells: int) -> tuple[Ints, Floats]:
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
    left = found.left >= 0
    edges = np.searchsorted(found.owner, np.arange(0, customers + chunk, chunk))
    for number, (low, high) in enumerate(pairwise(edges.tolist())):
        many = min(chunk, customers - number * chunk)
        key = (found.owner[low:high] - number * chunk) * cells + cell[low:high]
        gone = left[low:high]
        ended = key[gone]
        anybody += np.count_nonzero(np.bincount(key, minlength=many * cells).reshape(many, cells), axis=0)
        v = np.bincount(ended, minlength=many * cells).reshape(many, cells).astype(np.float64)
        s = np.bincount(ended, seconds[low:high][gone], many * cells).reshape(many, cells)
        sums[0] += np.count_nonzero(v, axis=0)
        sums[1] += s.sum(axis=0)
        sums[4] += v.sum(axis=0)
        for row, (one, other) in ((2, (s, s)), (3, (s, v)), (5, (v, v))):
            sums[row] += np.einsum("ij,ij->j", one, other)
    return anybody, sums
