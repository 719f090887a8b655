"""Matrix products whose rows do not hang on what else is in the batch.

A library of linear algebra takes other paths for one row than for many, and their last bits differ. Evidence must be
the same whatever batch a text came in. So both sides are rounded to whole numbers so small that every product and sum
stays under 2^24: in 32 bits these are exact, and no order of adding can make a difference. One such number has too few
bits for what is seen, so it is written with two digits, each of which gets a product of its own:

    seen = coarse / 2^3 + fine / 2^11, both within 2^7; a column of weights adds up to 2^17 at most
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_DIGIT: Final = np.float32(2**7)
_COARSE: Final = np.float32(2**3)
_FINE: Final = np.float32(2**8)
_COLUMN: Final = 2.0**17
#: Rows that are multiplied at a time: what is in work stays near the processor.
_ROWS: Final = 256


@dataclass(frozen=True, slots=True)
class Grid:
    """Weights as whole numbers.

    Attributes:
        whole: The numbers, shape (inputs, outputs); their sizes in a column add up to 2^17 at most.
        unit: What a product with each column is multiplied by, shape (outputs,).
    """

    whole: Floats
    unit: Floats

    def columns(self, first: int) -> Grid:
        """Return the first columns."""
        return Grid(np.ascontiguousarray(self.whole[:, :first]), self.unit[:first])


def gridded(weights: npt.NDArray[np.floating]) -> Grid:
    """Return weights on a grid, each column on one of its own."""
    exact = weights.astype(np.float64)
    # rounding adds half a step per row at most
    room = _COLUMN - len(exact) / 2
    step = np.maximum(np.abs(exact).sum(axis=0), 1e-30) / room
    whole = np.ascontiguousarray(np.rint(exact / step), np.float32)
    return Grid(whole, (step / float(_COARSE)).astype(np.float32))


def product(left: Floats, right: Grid) -> Floats:
    """Return ``left @ weights``, each row bit for bit as it would be alone.

    Args:
        left: What is seen; within 16 on either side, steps of 2^-11.
        right: From `gridded`.

    >>> rows = np.random.default_rng(0).random((70, 200), np.float32)
    >>> other = np.random.default_rng(1).random((200, 30))
    >>> together, alone = product(rows, gridded(other)), product(rows[-1:], gridded(other))
    >>> bool((together[-1] == alone[0]).all()), bool(np.abs(together - rows @ other).max() < 0.1)
    (True, True)
    """
    out = np.empty((len(left), right.whole.shape[1]), np.float32)
    digits = np.empty((2, min(len(left), _ROWS), left.shape[1]), np.float32)
    for low in range(0, len(left), _ROWS):
        seen = left[low : low + _ROWS] * _COARSE
        coarse, fine = (digit[: len(seen)] for digit in digits)
        np.clip(seen, -_DIGIT, _DIGIT, out=seen)
        np.rint(seen, out=coarse)
        np.subtract(seen, coarse, out=fine)
        fine *= _FINE
        np.rint(fine, out=fine)
        sums, some = coarse @ right.whole, fine @ right.whole
        some /= _FINE
        sums += some
        np.multiply(sums, right.unit, out=out[low : low + _ROWS])
    return out
