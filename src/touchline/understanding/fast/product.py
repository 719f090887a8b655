"""Matrix products whose rows do not hang on what else is in the batch.

A library of linear algebra takes other paths for one row than for many, and their last bits differ. Evidence must be
the same whatever batch a text came in. So both sides are rounded to whole numbers so small that every product and sum
stays under 2^24: in 32 bits these are exact, and no order of adding can make a difference.

What is read for good is written with two digits, each of which gets a product of its own: weights of 12 bits, and of
what is seen steps of 2^-6 and, of the rest, steps of 2^-12 or so. For a first look one digit will do: weights of 9
bits, steps of 2^-9. A row that is too loud, for which some sum could reach 2^24, gets steps twice as wide, and again,
until it fits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, log2
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.seen import Plain, Seen

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_MOST: Final = np.float32(2**24)
#: Weight of the loudest in a column, and steps of what is seen: with two digits, and with one.
_TWO: Final = (2.0**12, np.float32(2**6))
_ONE: Final = (2.0**9, np.float32(2**9))
#: Columns that a processor multiplies side by side.
_ABREAST: Final = 8
_NONE: Final = np.empty(0, np.int64)
#: Rows that are multiplied at a time: what is in work stays near the processor.
ROWS: Final = 512


@dataclass(frozen=True, slots=True)
class Grid:
    """Weights as whole numbers.

    Attributes:
        columns: How many outputs there are.
        whole: The numbers, shape (inputs, outputs), with columns of 0 behind them up to a multiple of `_ABREAST`; where
            what is seen is not below 0, the last of these is ``most``.
        most: The greatest of each row, without its sign, shape (inputs,).
        unit: What a product with each column is multiplied by, shape (outputs,).
        steps: Steps of what is seen, in 1.
        fine: Steps of the second digit in one of the first; 0 where there is none.
        positive: Whether what is seen is not below 0.
        finer: ``whole`` in those steps: as exact, as they are a power of 2.
    """

    columns: int
    whole: Floats
    most: Floats
    unit: Floats
    steps: np.float32
    fine: np.float32
    positive: bool
    finer: Floats

    def some(self, columns: Ints) -> Grid:
        """Return some of the columns: each says to the bit what it says among all."""
        spare = int(self.positive)
        whole, unit = (_abreast(table.take(columns, axis=-1), spare) for table in (self.whole, self.unit))
        return replace(self, columns=len(columns), unit=unit)._with(whole)

    def _with(self, whole: Floats) -> Grid:
        if self.positive:
            whole[:, -1] = self.most
        return replace(self, whole=whole, finer=whole / self.fine if self.fine else whole[:, :0])


def gridded(weights: npt.NDArray[np.floating], *, rough: bool = False, positive: bool = False) -> Grid:
    """Return weights on a grid, each column on one of its own.

    Args:
        weights: Shape (inputs, outputs).
        rough: Whether one digit will do.
        positive: Whether what is seen will not be below 0: the product then tells by itself which rows are loud.
    """
    exact = weights.astype(np.float64)
    loudest, steps = _ONE if rough else _TWO
    step = np.maximum(np.abs(exact).max(axis=0, initial=0), 1e-30) / loudest
    spare = int(positive)
    whole, unit = _abreast(np.rint(exact / step), spare), _abreast(step / float(steps), spare)
    most = np.abs(whole).max(axis=1, initial=0)
    # the second digit is half of its range at most
    fine = np.float32(0 if rough else 2 ** floor(log2(2**25 / max(float(most.sum()), 1))))
    return Grid(exact.shape[1], whole, most, unit, steps, fine, positive, whole)._with(whole)


def _abreast(table: npt.NDArray[np.floating], spare: int = 0) -> Floats:
    """Return a table with columns of 0 behind it, so many at least."""
    columns = table.shape[-1] + spare
    wide = np.zeros((*table.shape[:-1], -(-columns // _ABREAST) * _ABREAST), np.float32)
    wide[..., : table.shape[-1]] = table
    return wide


def product(left: Floats | Seen, right: Grid) -> Floats:
    """Return ``left @ weights``, each row bit for bit as it would be alone.

    Args:
        left: What is seen, shape (rows, inputs).
        right: From `gridded`.

    >>> rows = np.random.default_rng(0).random((70, 200), np.float32)
    >>> other = np.random.default_rng(1).random((200, 30))
    >>> together, alone = product(rows, gridded(other)), product(rows[-1:], gridded(other))
    >>> bool((together[-1] == alone[0]).all()), bool(np.abs(together - rows @ other).max() < 0.02)
    (True, True)
    """
    seen = left if isinstance(left, Seen) else Plain(left)
    out = np.empty((len(left), right.whole.shape[1]), np.float32)
    desk = Desk(len(left), right)
    for low in range(0, len(left), ROWS):
        some = slice(low, low + ROWS)
        desk.multiply(seen, some, out[some])
    return out[:, : right.columns]


class Desk:
    """Room for the rows of a product that are in work, up to `ROWS` at a time.

    Args:
        rows: How many there are in all.
        right: What they are multiplied by.
    """

    def __init__(self, rows: int, right: Grid) -> None:
        self._right = right
        shape = min(rows, ROWS), len(right.whole)
        self._seen, self._steps, self._plain = (np.empty(shape, np.float32) for _ in range(3))
        self._finer = np.empty((min(rows, ROWS) if right.fine else 0, right.whole.shape[1]), np.float32)

    def multiply(self, left: Seen | Plain, some: slice, out: Floats) -> None:
        """Write the `product` of some rows, with the grid's columns of 0 behind it."""
        right, seen = self._right, self._seen[: len(out)]
        left.write(some, right.steps, seen)
        steps = np.rint(seen, out=self._steps[: len(out)])
        np.matmul(steps, right.whole, out=out)
        loud = _reaching(out[:, -1] if right.positive else np.abs(steps, out=self._plain[: len(out)]) @ right.most)
        if len(loud):
            wider = _wider(seen[loud], right)
            seen[loud] /= wider
            steps[loud] = np.rint(seen[loud])
            out[loud] = steps[loud] @ right.whole
        if right.fine:
            seen -= steps
            seen *= right.fine
            np.rint(seen, out=seen)
            out += np.matmul(seen, right.finer, out=self._finer[: len(out)])
        out *= right.unit
        if len(loud):
            out[loud] *= wider


def _reaching(sums: Floats) -> Ints:
    """Return the rows of which some sum could reach 2^24.

    The numbers added are whole and not below 0: a sum that stays below 2^24 is exact, and one that does not is at 2^24
    or above in any order.
    """
    return np.flatnonzero(sums >= _MOST) if sums.max(initial=0) >= _MOST else _NONE


def _wider(seen: Floats, right: Grid) -> Floats:
    """Return how much wider the steps of loud rows must be, shape (rows, 1): powers of 2."""
    wider = np.full((len(seen), 1), 2, np.float32)
    left = _reaching(np.abs(np.rint(seen / wider)) @ right.most)
    while len(left):
        wider[left] *= 2
        left = left[_reaching(np.abs(np.rint(seen[left] / wider[left])) @ right.most)]
    return wider
