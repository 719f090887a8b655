"""The letters of a word, hashed: what a word is known by that the vocabulary does not have."""

from __future__ import annotations

from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

#: Rows of the table of letters.
LETTERS: Final = 2**14
_SIZES: Final = (3, 4, 5)


def grams(word: str) -> npt.NDArray[np.int64]:
    """Return the rows of the runs of three to five letters of a word, with marks at its ends.

    >>> len(grams("late"))
    9
    """
    marked = f"<{word}>"
    runs = [marked[at : at + size] for size in _SIZES for at in range(len(marked) - size + 1)] or [marked]
    return np.array([crc32(run.encode("utf-8", "surrogatepass")) % LETTERS for run in runs], dtype=np.int64)
