"""Texts are read in runs, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt


def runs(sizes: npt.NDArray[np.integer], *, texts: int, characters: int) -> Iterator[slice]:
    """Cut a table of texts into runs.

    Args:
        sizes: Size of each text.
        texts: A run has no more texts than this,
        characters: and its texts are together no longer than this, unless it is one text.

    >>> list(runs(np.array([3, 3, 9, 1]), texts=2, characters=8))
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    """
    behind = np.cumsum(sizes)
    low = 0
    while low < len(sizes):
        most = characters + (int(behind[low - 1]) if low else 0)
        high = max(min(low + texts, int(np.searchsorted(behind, most, side="right"))), low + 1)
        yield slice(low, high)
        low = high
