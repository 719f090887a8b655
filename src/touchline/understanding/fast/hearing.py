"""Languages over a batch: what each word of the vocabulary adds is kept in a table, by its number.

Most English texts are clearly English by one number per word; only the others are asked in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.tongues import CLEAR, READ, Tongues, speaks

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

#: One number per word holds that it has a letter, this much, and by how many steps it is more English than of another
#: language. Sums of it are whole, hence exact, and fall apart into the two again.
_SPEAKS: Final = 2.0**32


class Hearing:
    """The words of a vocabulary as `touchline.understanding.fast.tongues.Tongues` hears them.

    Args:
        by: The trained model.
    """

    def __init__(self, by: Tongues) -> None:
        self._by = by
        self._parts = np.zeros((0, len(by.bias)))
        self._worth = np.zeros(0)  # of each word, see `_SPEAKS`; not a number where it was not met

    def foreign(self, numbers: Ints, plain: Sequence[str], text: Ints, texts: int) -> tuple[Doubles, Ints]:
        """Return how likely each text is in a language that is not read, and which family of these it sounds like.

        Texts that pass as understood have the family -1; without letters, or clearly English, a likelihood of 0.

        Args:
            numbers: Numbers of the words.
            plain: Spelling of each number.
            text: Text of each word, ascending.
            texts: How many texts there are.
        """
        from scipy.sparse import csr_matrix

        self._grow(len(plain))
        worth = np.bincount(text, self._worth.take(numbers), texts)
        if np.isnan(worth).any():
            self._meet(numbers, plain)
            worth = np.bincount(text, self._worth.take(numbers), texts)
        size = np.floor(worth / _SPEAKS + 0.5)
        english = (worth - size * _SPEAKS) * self._by.step
        share, family = np.zeros(texts), np.full(texts, -1, np.int64)
        asked = np.flatnonzero((size > 0) & (english < CLEAR * size))
        if not len(asked):
            return share, family
        low, high = np.searchsorted(text, asked), np.searchsorted(text, asked, side="right")
        many = high - low
        at = np.repeat(high - np.cumsum(many), many) + np.arange(many.sum())
        at = at[self._worth[numbers[at]] != 0]
        # a word that is said again says nothing new
        room = len(self._worth)
        key = np.sort(text[at] * room + numbers[at])
        of, number = np.divmod(key[np.flatnonzero(np.diff(key, prepend=-1))], room)
        first = np.flatnonzero(np.diff(of, prepend=-1))
        ends = np.append(first, len(of)).astype(np.int32)
        each = csr_matrix((np.ones(len(of)), number.astype(np.int32), ends), shape=(len(first), room))
        sums: Doubles = each @ self._parts
        words = np.diff(first, append=len(of))
        logits = self._by.logits(sums, words)
        certain = self._by.certain(self._by.doubts(logits), words)
        share[of[first]] = certain
        sounds = logits[:, len(READ) :].argmax(axis=1)
        family[of[first]] = np.where(certain >= self._by.least(words), sounds, -1)
        return share, family

    def _grow(self, many: int) -> None:
        if many > len(self._worth):
            more = max(many, 2 * len(self._worth)) - len(self._worth)
            self._parts = np.concatenate((self._parts, np.zeros((more, self._parts.shape[1]))))
            self._worth = np.concatenate((self._worth, np.full(more, np.nan)))

    def _meet(self, numbers: Ints, plain: Sequence[str]) -> None:
        """Work out the words that were not met before."""
        met = np.unique(numbers[np.isnan(self._worth.take(numbers))])
        self._worth[met] = 0
        heard = met[[speaks(plain[number]) for number in met.tolist()]]
        parts = self._by.parts([plain[number] for number in heard.tolist()])
        self._parts[heard] = parts
        self._worth[heard] = _SPEAKS + self._by.clear(parts)
