"""Exact counts of whole numbers, cell by cell: they merge by adding, and every quantile follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from touchline.warehouse.index.journeys import Floats, Ints

#: Bits of a value: 2,000 years of seconds.
_BITS: Final = np.int64(36)
_VALUE: Final = np.int64((1 << 36) - 1)


@dataclass(frozen=True, slots=True)
class Exact:
    """How often each number was met in each cell.

    Attributes:
        keys: Cell and number in one, ascending, each once.
        counts: How often.
    """

    keys: Ints
    counts: Ints

    @classmethod
    def of(cls, cells: Ints, values: Ints) -> Self:
        """Count numbers.

        Args:
            cells: The cell of each, from 0.
            values: The numbers, 0 to 2^36 - 1.

        >>> counted = Exact.of(np.array([0, 0, 1, 0]), np.array([5, 5, 9, 7]))
        >>> (counted + counted).of_cell(0)
        (array([5, 7]), array([4, 2]))
        """
        keys = np.sort((cells.astype(np.int64) << _BITS) | values)
        new = np.ones(len(keys), dtype=np.bool_)
        new[1:] = keys[1:] != keys[:-1]
        first = np.flatnonzero(new)
        return cls(keys[first], np.diff(np.append(first, len(keys))))

    def __add__(self, other: Self) -> Self:
        """Return the counts of both."""
        keys, counts = np.concatenate([self.keys, other.keys]), np.concatenate([self.counts, other.counts])
        return type(self)(*_merged(keys, counts))

    def of_cell(self, cell: int) -> tuple[Ints, Ints]:
        """Return the numbers met in a cell, ascending, and how often each was."""
        low, high = np.searchsorted(self.keys, np.array([cell, cell + 1], dtype=np.int64) << _BITS)
        return self.keys[low:high] & _VALUE, self.counts[low:high]

    def of_cells(self, cells: list[int]) -> tuple[Ints, Ints]:
        """Return the numbers met in any of some cells, ascending, and how often each was."""
        if len(cells) == 1:
            return self.of_cell(cells[0])
        parts = [self.of_cell(cell) for cell in cells]
        return _merged(np.concatenate([values for values, _ in parts]), np.concatenate([n for _, n in parts]))


def quantile(counted: tuple[Ints, Ints], q: float) -> float:
    """Return a quantile of counted numbers, between two as NumPy's default; NaN of none.

    >>> quantile((np.array([1, 4]), np.array([1, 1])), 0.5)
    2.5
    """
    values, counts = counted
    total = int(counts.sum())
    if not total:
        return float("nan")
    place = (total - 1) * q
    upto = np.cumsum(counts)
    low = int(values[np.searchsorted(upto, int(place), side="right")])
    high = int(values[np.searchsorted(upto, min(int(place) + 1, total - 1), side="right")])
    return low + (high - low) * (place - int(place))


def _merged(keys: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Return runs of ascending numbers as one, equal ones added up."""
    order = np.argsort(keys, kind="stable")  # finds the runs and merges them
    keys, counts = keys[order], counts[order]
    new = np.ones(len(keys), dtype=np.bool_)
    new[1:] = keys[1:] != keys[:-1]
    first = np.flatnonzero(new)
    return keys[first], np.add.reduceat(counts, first) if len(first) else counts


def clustered_mean(sums: Floats, counts: Floats) -> tuple[float, float, float]:
    """Return a mean over rows and its 95 % interval, where rows of one customer go together.

    With S_c and n_c of customer c, r = sum(S_c) / sum(n_c) and
    ``SE^2 = G/(G-1) sum((S_c - r n_c)^2) / sum(n_c)^2``; Student's t with G - 1 degrees of freedom.

    Args:
        sums: ``G, sum(S), sum(S^2), sum(S n)`` of the customers, shape (4,).
        counts: ``sum(n), sum(n^2)``, shape (2,).

    Returns:
        Mean, low, high; NaN without rows, and an interval of NaN with fewer than two customers.

    Source: Cochran 1977, Sampling Techniques, 6.4 (the ratio of two means).
    """
    from scipy.special import stdtrit

    customers, total, squares, crossed = (float(x) for x in sums)
    rows, row_squares = (float(x) for x in counts)
    if not rows:
        return float("nan"), float("nan"), float("nan")
    ratio = total / rows
    if customers < 2:
        return ratio, float("nan"), float("nan")
    spread = max(squares - 2 * ratio * crossed + ratio * ratio * row_squares, 0.0)
    half = float(stdtrit(customers - 1, 0.975)) * (customers / (customers - 1) * spread) ** 0.5 / rows
    return ratio, ratio - half, ratio + half
