"""Matrix products whose rows do not hang on what else is in the batch.

A library of linear algebra takes other paths for one row than for many, and their last bits differ. Evidence must be
the same whatever batch a text came in. So both sides are rounded to a grid on which every product and sum is exact in
64 bits: then no order of adding can make a difference.

    20 bits (below 2^8, steps of 2^-12) x 17 bits (below 2^3, steps of 2^-14), and 2^12 terms: 49 of 53 bits
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Exact = npt.NDArray[np.float64]

_SEEN: Final = 2.0**12
_MOST_SEEN: Final = 2.0**8
_WEIGHT: Final = 2.0**14
_MOST_WEIGHT: Final = 2.0**3


def gridded(weights: npt.NDArray[np.floating]) -> Exact:
    """Return weights on their grid."""
    wide = np.clip(weights.astype(np.float64), -_MOST_WEIGHT, _MOST_WEIGHT)
    out: Exact = np.rint(wide * _WEIGHT) / _WEIGHT
    return out


def product(left: npt.NDArray[np.floating], right: Exact) -> Floats:
    """Return ``left @ right``, each row bit for bit as it would be alone.

    Args:
        left: What is seen; rounded to its grid here.
        right: From `gridded`.

    >>> rows = np.random.default_rng(0).random((70, 200), np.float32)
    >>> other = gridded(np.random.default_rng(1).random((200, 30)))
    >>> bool((product(rows, other)[-1] == product(rows[-1:], other)[0]).all())
    True
    """
    wide = np.clip(left.astype(np.float64), -_MOST_SEEN, _MOST_SEEN)
    np.rint(wide * _SEEN, out=wide)
    out: Floats = ((wide @ right) / _SEEN).astype(np.float32)
    return out
