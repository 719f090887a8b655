"""Sentiment by spelling over a batch: what each word of the vocabulary adds is kept in a table, by its number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.spelling import LANGUAGES, Spelling

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Sounding:
    """The words of a vocabulary as `touchline.understanding.fast.spelling.Spelling` hears them.

    Args:
        by: The trained model.
    """

    def __init__(self, by: Spelling) -> None:
        self._by = by
        self._parts = np.zeros((0, 3 * len(LANGUAGES) + 1), np.float32)
        self._known = np.zeros(0, np.bool_)

    def logits(self, numbers: Ints, plain: Sequence[str], group: Ints, language: Ints) -> Floats:
        """Return the logits of -1, 0, +1 per group of words: those of `Spelling.logits`.

        Args:
            numbers: Numbers of the words.
            plain: Spelling of each number.
            group: Group of each word.
            language: Of each group, as a place in `touchline.understanding.fast.spelling.LANGUAGES`.
        """
        if len(plain) > len(self._known):
            room = max(len(plain), 2 * len(self._known)) - len(self._known)
            self._parts = np.concatenate((self._parts, np.zeros((room, self._parts.shape[1]), np.float32)))
            self._known = np.concatenate((self._known, np.zeros(room, np.bool_)))
        for number in np.unique(numbers[~self._known[numbers]]).tolist():
            self._parts[number] = self._by.part(plain[number])
            self._known[number] = True
        return self._by.logits(self._parts, numbers, group, language)
