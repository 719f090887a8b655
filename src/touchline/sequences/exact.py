"""Exact counts of whole numbers, cell by cell: they merge by adding, and every quantile follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from touchline.warehouse.index.journeys import Floats, Ints

#: Bits of a value: 2,000 years of seconds.
_BITS: Final = np.int64(36)
_VALUE: Final = np.int64((1 << 36) - 1)
_NO: Final = np.zeros(0, dtype=np.int64)


#: Numbers that wait to be put in order; past it they are, so that what is added over and over takes no more memory.
_WAITING: Final = 4_000_000


@dataclass(frozen=True)
class Exact:
    """How often each number was met in each cell.

    Attributes:
        parts: Cell and number in one, and how often each was met; None where they are in no order, once each.
    """

    parts: tuple[tuple[Ints, Ints | None], ...]

    @classmethod
    def of(cls, cells: npt.NDArray[Any], values: Ints) -> Self:
        """Count numbers.

        Args:
            cells: The cell of each, from 0.
            values: The numbers, 0 to 2^36 - 1.

        >>> counted = Exact.of(np.array([0, 0, 1, 0]), np.array([5, 5, 9, 7]))
        >>> (counted + counted).of_cell(0)
        (array([5, 7]), array([4, 2]))
        """
        keys: Ints = np.left_shift(cells, _BITS, dtype=np.int64)
        keys |= values
        return cls(((keys, None),))

    def __add__(self, other: Self) -> Self:
        """Return the counts of both."""
        parts = (*self.parts, *other.parts)
        both = type(self)(parts)
        waiting = sum(len(keys) for keys, counts in parts if counts is None)
        return type(self)(((both.keys, both.counts),)) if waiting > _WAITING else both

    def __reduce__(self) -> tuple[type[Self], tuple[object]]:
        """Travel in order: it is smaller."""
        return type(self), (((self.keys, self.counts),),)

    @cached_property
    def _ordered(self) -> tuple[Ints, Ints]:
        """Return the keys, and how many numbers lie before each; all of them at the end."""
        bare = [keys for keys, counts in self.parts if counts is None]
        counted = [(keys, counts) for keys, counts in self.parts if counts is not None]
        if bare:
            every = np.concatenate(bare)
            every.sort()
            upto = _changes(every)
            keys = every if len(upto) > len(every) else every.take(upto[:-1])
            if not counted:
                return keys, upto
            counted.append((keys, np.diff(upto)))
        keys, counts = (np.concatenate(arrays) for arrays in zip(*counted, strict=True)) if counted else (_NO, _NO)
        keys, counts = _merged(keys, counts)
        return keys, np.append(0, np.cumsum(counts))

    @property
    def keys(self) -> Ints:
        """Cell and number in one, ascending, each once."""
        return self._ordered[0]

    @property
    def counts(self) -> Ints:
        """How often each of the keys was met."""
        return np.diff(self._ordered[1])

    def _rows(self, cell: int) -> tuple[int, int]:
        low, high = np.searchsorted(self._ordered[0], np.array([cell, cell + 1], dtype=np.int64) << _BITS)
        return int(low), int(high)

    def of_cell(self, cell: int) -> tuple[Ints, Ints]:
        """Return the numbers met in a cell, ascending, and how often each was."""
        low, high = self._rows(cell)
        keys, upto = self._ordered
        return keys[low:high] & _VALUE, np.diff(upto[low : high + 1])

    def of_cells(self, cells: list[int]) -> tuple[Ints, Ints]:
        """Return the numbers met in any of some cells, ascending, and how often each was."""
        if len(cells) == 1:
            return self.of_cell(cells[0])
        parts = [self.of_cell(cell) for cell in cells]
        return _merged(np.concatenate([values for values, _ in parts]), np.concatenate([n for _, n in parts]))

    def n(self, cell: int) -> int:
        """Return how many numbers a cell has."""
        low, high = self._rows(cell)
        upto = self._ordered[1]
        return int(upto[high] - upto[low])

    def quantile(self, cell: int, q: float) -> float:
        """Return a quantile of a cell's numbers, as `quantile` of `of_cell` does.

        >>> Exact.of(np.array([0, 1, 1]), np.array([9, 1, 4])).quantile(1, 0.5)
        2.5
        """
        low, high = self._rows(cell)
        keys, upto = self._ordered
        before, total = int(upto[low]), int(upto[high] - upto[low])
        if not total:
            return float("nan")
        place = (total - 1) * q
        ranks = before + np.array([int(place), min(int(place) + 1, total - 1)])
        first, last = (keys[np.searchsorted(upto, ranks, side="right") - 1] & _VALUE).tolist()
        return float(first + (last - first) * (place - int(place)))


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
    keys, counts = keys.take(order), counts.take(order)
    first = _changes(keys)[:-1]
    return (keys, counts) if len(first) == len(keys) else (keys.take(first), np.add.reduceat(counts, first))


def _changes(keys: Ints) -> Ints:
    """Return where ascending numbers begin anew; how many they are comes last."""
    new = np.ones(len(keys) + 1, dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:-1])
    return np.flatnonzero(new)


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
