"""How often each of very many cells was met: only those that were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
_DENSE: Final = 1 << 21  # cells up to which counting all of them is faster than sorting


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the cells that were met; adds up.

    Attributes:
        cells: Ascending, each once.
        n: How often each was met.
    """

    cells: Ints
    n: Ints

    @classmethod
    def of(cls, cells: npt.NDArray[Any], size: int) -> Tally:
        """Count cells.

        Args:
            cells: 0 to ``size`` - 1 each.
            size: How many cells there may be.

        >>> (Tally.of(np.array([3, 1, 3]), 5) + Tally.of(np.array([1]), 5)).n.tolist()
        [2, 2]
        """
        if size <= _DENSE:
            counts = np.bincount(cells, minlength=size)
            met = np.flatnonzero(counts)
            return cls(met, counts[met])
        met, n = np.unique(cells, return_counts=True)
        return cls(met.astype(np.int64), n.astype(np.int64))

    def __add__(self, other: Tally) -> Tally:
        cells, place = np.unique(np.concatenate([self.cells, other.cells]), return_inverse=True)
        return Tally(cells, np.bincount(place, np.concatenate([self.n, other.n]), len(cells)).astype(np.int64))


def distinct(owner: npt.NDArray[Any], cells: npt.NDArray[Any], size: int) -> Tally:
    """Count in how many owners each cell is met.

    Args:
        owner: Of each, from 0, ascending.
        cells: 0 to ``size`` - 1 each.
        size: How many cells there may be.

    >>> distinct(np.array([0, 0, 1]), np.array([4, 4, 4]), 5).n.tolist()
    [2]
    """
    base = keyed(owner, 0, size)
    key = base + cells.astype(base.dtype, copy=False)
    key.sort()
    new = np.append(True, key[1:] != key[:-1])[: len(key)]
    key -= base  # owners ascend: in order of the keys theirs are where they were
    return Tally.of(key[new], size)


def keyed(owner: npt.NDArray[Any], cells: npt.ArrayLike, size: int) -> npt.NDArray[Any]:
    """Return a number for each owner and cell, ``owner * size + cell``, in as few bytes as it needs.

    Args:
        owner: Of each, from 0, ascending.
        cells: 0 to ``size`` - 1 each.
        size: How many cells there may be.
    """
    many = int(owner[-1]) + 1 if len(owner) else 0
    key: npt.NDArray[Any] = np.multiply(
        owner, size, dtype=np.int32 if many * size < 2**31 else np.int64, casting="unsafe"
    )
    np.add(key, cells, out=key, casting="unsafe")
    return key
