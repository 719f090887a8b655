"""Sentiment from the spelling of words, for languages whose words the vocabulary knows less well than English.

A linear model over whole words and runs of two to six letters within them, each as loud as it is rare and one-sided,
and length 1 per text. Words that were known when it was made have their meaning beside, which a large encoder of many
languages told; of it only the three numbers per language are kept that it comes to. Each language has weights of its
own, learnt together with those of the others. The model is additive over words but for the length, so that each word's
part is worked out once and remembered:

    logits = sum of parts / sqrt(sum of squares) + bias
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: Rows of the table of letter runs.
RUNS: Final = 2**19
LANGUAGES: Final = ("es", "de", "fr", "pt", "it")
_SIZES: Final = (2, 3, 4, 5, 6)
_SIGNS: Final = 3


def runs(word: str) -> Ints:
    """Return the rows of a word and of its runs of letters, blanks around it.

    >>> len(runs("mal"))
    11
    """
    padded = f" {word} "
    found = [f"\x01{word}"]
    found += [padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1)]
    return np.array([crc32(run.encode("utf-8", "surrogatepass")) % RUNS for run in found], dtype=np.int64)


def number_of(word: str) -> int:
    """Return the number of 32 bits that a known word is found by."""
    return crc32(word.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Spelling:
    """The trained model.

    Attributes:
        weights: Of the runs in steps of ``step``, loudness included: -1, 0, +1 of the first
            language, then of the next; shape (`RUNS`, 3 x `LANGUAGES`).
        step: Per run, shape (`RUNS`,).
        loudness: Of the runs, shape (`RUNS`,).
        words: The known words, by `number_of`, ascending; shape (words,).
        meaning: What a known word's meaning adds, in steps of ``meaning_step``; shape (words, 3 x `LANGUAGES`).
        meaning_step: Per known word, shape (words,).
        bias: Per language, shape (`LANGUAGES`, 3).
        trust: Per language, what the network's log-shares count, and these logits; shape (`LANGUAGES`, 2).
    """

    weights: npt.NDArray[np.int8]
    step: Floats
    loudness: Floats
    words: npt.NDArray[np.uint32]
    meaning: npt.NDArray[np.int8]
    meaning_step: Floats
    bias: Floats
    trust: Floats

    @classmethod
    def of(cls, tables: dict[str, npt.NDArray[Any]], numbers: dict[str, Any]) -> Spelling:
        """Read it from a weights file."""
        names = ("spelling_step", "spelling_loudness", "spelling_meaning_step")
        step, loudness, meaning_step = (tables[name].astype(np.float32) for name in names)
        bias, trust = (np.array(numbers[name], np.float32) for name in ("spelling_bias", "spelling_trust"))
        words, meaning = tables["spelling_words"], tables["spelling_meaning"]
        return cls(tables["spelling"], step, loudness, words, meaning, meaning_step, bias, trust)

    def part(self, word: str) -> Floats:
        """Return what a plain word adds to the logits of each language, and its square; shape (3 x languages + 1,)."""
        rows = runs(word)
        added = (self.step[rows, None] * self.weights[rows]).sum(axis=0)
        number = number_of(word)
        at = int(np.searchsorted(self.words, np.uint32(number)))
        if at < len(self.words) and self.words[at] == number:
            added += self.meaning_step[at] * self.meaning[at]
        return np.append(added, (self.loudness[rows] ** 2).sum()).astype(np.float32)

    def logits(self, parts: Floats, rows: Ints, group: Ints, language: Ints) -> Floats:
        """Return the logits of -1, 0, +1 per group of words.

        Args:
            parts: Of all words known, from `part`, a row each.
            rows: Row of each word.
            group: Group of each word.
            language: Of each group, as a place in `LANGUAGES`.
        """
        many, width, flat = len(language), parts.shape[1], parts.ravel()
        opens = rows * width
        at = opens + language.take(group) * _SIGNS
        sums = [np.bincount(group, flat.take(at + sign), many) for sign in range(_SIGNS)]
        squares = np.bincount(group, flat.take(opens + width - 1), many)[:, None]
        logits = np.stack(sums, axis=1) / np.sqrt(np.maximum(squares, 1e-6)) + self.bias[language]
        out: Floats = logits.astype(np.float32)
        return out

    def joined(self, share: Floats, logits: Floats, language: Ints) -> Floats:
        """Return the network's distributions and these logits as one.

        Args:
            share: The network's, shape (groups, 3).
            logits: From `logits`, same shape.
            language: Of each group, as a place in `LANGUAGES`.
        """
        trust = self.trust[language]
        both = trust[:, :1] * np.log(np.maximum(share, 1e-6)) + trust[:, 1:] * logits
        both = np.exp(both - both.max(axis=1, keepdims=True))
        out: Floats = (both / both.sum(axis=1, keepdims=True)).astype(np.float32)
        return out
