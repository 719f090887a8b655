"""Sentiment by spelling over a batch: what each word of the vocabulary adds is kept in a table, by its number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.spelling import Spelling, runs

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Sounding:
    """The words of a vocabulary as `touchline.understanding.fast.spelling.Spelling` hears them.

    Args:
        by: The trained model.
    """

    def __init__(self, by: Spelling) -> None:
        self._by = by
        self._parts = np.zeros((0, 4), np.float32)
        self._known = np.zeros(0, np.bool_)

    def logits(self, numbers: Ints, plain: Sequence[str], group: Ints, groups: int) -> Floats:
        """Return the logits of -1, 0, +1 per group of words: those of `Spelling.logits`.

        Args:
            numbers: Numbers of the words.
            plain: Spelling of each number.
            group: Group of each word.
            groups: How many groups there are.
        """
        if len(plain) > len(self._known):
            room = max(len(plain), 2 * len(self._known)) - len(self._known)
            self._parts = np.concatenate((self._parts, np.zeros((room, 4), np.float32)))
            self._known = np.concatenate((self._known, np.zeros(room, np.bool_)))
        for number in np.unique(numbers[~self._known[numbers]]).tolist():
            rows = runs(plain[number])
            self._parts[number, :3] = self._by.weights[rows].sum(axis=0)
            self._parts[number, 3] = float((self._by.frequency[rows] ** 2).sum())
            self._known[number] = True
        parts = self._parts[numbers]
        sums = np.stack([np.bincount(group, parts[:, column], groups) for column in range(4)], axis=1)
        out: Floats = (sums[:, :3] / np.sqrt(np.maximum(sums[:, 3:], 1e-6)) + self._by.bias).astype(np.float32)
        return out
