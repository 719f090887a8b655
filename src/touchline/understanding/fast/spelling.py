"""Sentiment from the spelling of words, for languages whose words the vocabulary knows less well than English.

A linear model over runs of two to five letters, inverse document frequency and length 1 per text. It is additive over
words but for the length, so that each word's part is worked out once and remembered:

    logits = sum of parts / sqrt(sum of squares) + bias
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: Rows of the table of letter runs.
RUNS: Final = 2**17
LANGUAGES: Final = ("es", "de", "fr", "pt", "it")
_SIZES: Final = (2, 3, 4, 5)
_ROOM: Final = 200_000


def runs(word: str) -> Ints:
    """Return the rows of the runs of letters of a word, blanks around it.

    >>> len(runs("mal"))
    10
    """
    padded = f" {word} "
    found = [padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1)]
    return np.array([crc32(run.encode("utf-8", "surrogatepass")) % RUNS for run in found], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Spelling:
    """The trained model.

    Attributes:
        weights: Of the runs, inverse document frequency included, shape (`RUNS`, 3).
        frequency: Inverse document frequency of the runs, shape (`RUNS`,).
        bias: Shape (3,).
        share: What it counts beside the network, 0 to 1.
        scale: What its logits are multiplied by, so that confidence is right.
    """

    weights: Floats
    frequency: Floats
    bias: Floats
    share: float
    scale: float
    _parts: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: dict[str, npt.NDArray[Any]], numbers: dict[str, Any]) -> Spelling:
        """Read it from a weights file."""
        weights = tables["spelling"].astype(np.float32) * np.float32(numbers["spelling_unit"])
        frequency = tables["spelling_frequency"].astype(np.float32)
        return cls(weights, frequency, np.array(numbers["spelling_bias"], np.float32), numbers["spelling_share"],
                   numbers["spelling_scale"])  # fmt: skip

    def logits(self, words: Sequence[str], group: Ints, groups: int) -> Floats:
        """Return the logits of -1, 0, +1 per group of words.

        Args:
            words: Plain words.
            group: Group of each word.
            groups: How many groups there are.
        """
        parts = np.array([self._part(word) for word in words], np.float32).reshape(len(words), 4)
        sums = np.stack([np.bincount(group, parts[:, column], groups) for column in range(4)], axis=1)
        out: Floats = (sums[:, :3] / np.sqrt(np.maximum(sums[:, 3:], 1e-6)) + self.bias).astype(np.float32)
        return out

    def _part(self, word: str) -> Floats:
        part = self._parts.get(word)
        if part is None:
            rows = runs(word)
            squares = float((self.frequency[rows] ** 2).sum())
            part = np.append(self.weights[rows].sum(axis=0), squares).astype(np.float32)
            if len(self._parts) < _ROOM:
                self._parts[word] = part
        return part

    def joined(self, share: Floats, logits: Floats) -> Floats:
        """Return the network's distributions and these logits as one."""
        own = logits * np.float32(self.scale)
        own = own - np.log(np.exp(own).sum(axis=1, keepdims=True))
        both = (1 - self.share) * np.log(np.maximum(share, 1e-6)) + self.share * own
        both = np.exp(both - both.max(axis=1, keepdims=True))
        out: Floats = (both / both.sum(axis=1, keepdims=True)).astype(np.float32)
        return out
