"""Whether a text is in a language that is read: a small linear model beside the network, with weights of its own.

A language is heard from runs of one to four letters, from the edges of words, and from whole words. Its classes are the
languages that are read, and families of others; what counts is the best of the others against the best of those read:

    doubt = max over others of logit - max over read of logit,  logits = sum over distinct words / sqrt(words) + bias

The weights are whole numbers, so that a sum is the same in any order; how sure a doubt is was calibrated by the number
of words, on texts that were not learnt from.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Parts = npt.NDArray[np.int16]

FILE: Final = "tongues.npz"
#: Rows of the table of runs, a power of 2.
ROWS: Final = 2**16
#: Languages that are read; the first classes. All other classes are families of languages that are not.
READ: Final = ("en", "es", "de", "fr", "pt", "it")
#: Texts are calibrated apart that have as many words as these, or up to the next.
WORDS: Final = (1, 2, 3, 4, 7)
#: From this certainty on a text is not understood, by its words as in `WORDS`; few words are lost less lightly. Chosen
#: by `python -m training.families`, on languages that were left out of what is learnt.
FOREIGN: Final = (0.8, 0.6, 0.45, 0.25, 0.1)
#: From this certainty on the words count more than a declared language.
SURELY: Final = 0.95
#: Nothing else is asked of texts whose words are on average so much English, or more: most of the English ones.
CLEAR: Final = -1.0
#: Words that are the same everywhere. Redaction puts them where something personal was: they say nothing of a language.
_EVERYWHERE: Final = frozenset({"email", "iban", "id", "ip", "url"})
_LONGEST_RUN: Final = 4
_TURN: Final = np.uint64(0x100000001B3)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - 16)


def speaks(word: str) -> bool:
    """Whether a plain word says anything of a language: it has a letter, and is not the same in all of them.

    >>> speaks("late"), speaks("000"), speaks("email")
    (True, False, False)
    """
    return word not in _EVERYWHERE and (word.isalpha() or any(map(str.isalpha, word)))


def runs(words: Sequence[str]) -> tuple[Ints, Ints]:
    """Return the rows of the runs of some words, and the word of each.

    >>> row, word = runs(["late", "on"])
    >>> len(row), int((word == 1).sum())
    (25, 8)
    """
    if not words:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    joined = "".join(f"<{word}>" for word in words)
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    size = np.fromiter(map(len, words), np.int64, len(words)) + 2
    of = np.repeat(np.arange(len(words)), size)
    inside = np.ones(len(letters), np.bool_)
    ends = np.cumsum(size)
    inside[ends - 1] = inside[ends - size] = False
    key = letters
    rows, holders = [_row(key[inside], 1)], [of[inside]]
    for length in range(2, _LONGEST_RUN + 1):
        key = key[: len(letters) - length + 1] * _TURN + letters[length - 1 :]
        same = of[: len(key)] == of[length - 1 :]
        rows.append(_row(key[same], length))
        holders.append(of[: len(key)][same])
        key = key[: len(letters) - length + 1]
    long = np.flatnonzero(size > _LONGEST_RUN)
    whole = [crc32(words[at].encode("utf-8", "surrogatepass")) for at in long.tolist()]
    rows.append(_row(np.array(whole, np.uint64), 5))
    return np.concatenate(rows), np.concatenate([*holders, long])


def _row(key: npt.NDArray[np.uint64], kind: int) -> Ints:
    mixed = (key + np.uint64(kind)) * _MIX
    mixed ^= mixed >> np.uint64(29)
    row: Ints = (mixed * _MIX >> _SHIFT).astype(np.int64)
    return row


@dataclass(frozen=True, slots=True)
class Tongues:
    """The trained model.

    Attributes:
        table: Whole weights of the runs, shape (`ROWS`, classes).
        step: What one of them is worth.
        bias: Of the classes, in logits.
        certainty: Slope and offset of the log-odds of a doubt, per number of words of `WORDS`.
        families: The languages of each class that is not read.
        version: Names the weights.
    """

    table: Floats
    step: float
    bias: Doubles
    certainty: Doubles
    families: tuple[tuple[str, ...], ...]
    version: str

    @classmethod
    def of(cls, held: dict[str, npt.NDArray[Any]], version: str) -> Tongues:
        """Read it from a file's arrays."""
        about = json.loads(held["about"].tobytes())
        bias, certainty = (np.array(about[name], np.float64) for name in ("bias", "certainty"))
        families = tuple(tuple(languages) for languages in about["families"])
        return cls(held["table"].astype(np.float32), about["step"], bias, certainty, families, version)

    def parts(self, words: Sequence[str]) -> Parts:
        """Return what plain words add to the logits, in steps; shape (words, classes)."""
        from scipy.sparse import csr_matrix

        row, word = runs(words)
        shape = (len(words), ROWS)
        # whole numbers below 2^24: exact in any order
        found = csr_matrix((np.ones(len(row), np.float32), (word, row)), shape=shape) @ self.table
        parts: Parts = found.astype(np.int16)
        return parts

    def logits(self, sums: Doubles, words: Ints) -> Doubles:
        """Return the logits of the classes of texts.

        Args:
            sums: Of the parts of their distinct words, shape (texts, classes).
            words: How many these are, at least 1.
        """
        logits: Doubles = sums * self.step / np.sqrt(words)[:, None] + self.bias
        return logits

    def doubts(self, logits: Doubles) -> Doubles:
        """Return how much more each text sounds like another language than like one that is read."""
        doubt: Doubles = logits[:, len(READ) :].max(axis=1) - logits[:, : len(READ)].max(axis=1)
        return doubt

    def certain(self, doubts: Doubles, words: Ints) -> Doubles:
        """Return how likely each text is in another language, given as many texts of either kind."""
        slope, offset = self.certainty[np.searchsorted(WORDS, words, side="right") - 1].T
        share: Doubles = 1 / (1 + np.exp(-np.clip(slope * doubts + offset, -30, 30)))
        return share

    def least(self, words: Ints) -> Doubles:
        """Return the certainty from which on texts of so many words are not understood."""
        least: Doubles = np.array(FOREIGN)[np.searchsorted(WORDS, words, side="right") - 1]
        return least

    def clear(self, parts: Parts) -> Floats:
        """Return by how much each word is more English than of the likeliest other language, in logits."""
        most = parts[:, len(READ) :].max(axis=1).astype(np.float32)
        # a whole number of steps: sums of it are exact
        out: Floats = parts[:, 0] - most
        return out


@cache
def _content() -> bytes:
    return (files("touchline.understanding.fast") / FILE).read_bytes()


@cache
def digest() -> str:
    """Return what names the shipped weights, without unpacking them."""
    return hashlib.sha256(_content()).hexdigest()[:6]


@cache
def tongues() -> Tongues:
    """Return the shipped weights, loaded once per process."""
    with np.load(io.BytesIO(_content())) as held:
        return Tongues.of(dict(held), digest())
