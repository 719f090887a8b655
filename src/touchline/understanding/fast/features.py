"""What is known of each word of a batch before any weight: its row, its pairs with neighbours, negation, counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.words import COMMA, Strengths, Texts, Vocabulary, Words, cut

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Counts = tuple[Ints, Ints, npt.NDArray[np.float64]]

#: Pairs of neighbours, and words behind a negation, share a table of this many rows.
PAIRS: Final = 2**16
#: Words that a negation reaches, within its clause.
SCOPE: Final = 4
DENSE: Final = 12
#: A group of so few words is said to be short.
FEW: Final = 3
_COUNTS: Final = DENSE - 3
_STRONG: Final = 4
_LENGTHS: Final = (np.log1p(np.arange(256)) / 3).astype(np.float32)
_NEGATED: Final = np.uint32(0x9E3779B1)
_MIX: Final = np.uint32(0x85EBCA6B)


@dataclass(frozen=True, slots=True)
class Lexical:
    """The vocabulary and what a lexicon says of its words.

    Attributes:
        vocabulary: Numbers pieces.
        valence: Polarity of each row, -4 to 4; 0 for words without one.
        negates: Whether a row is a negation ("not", "never", "without").
        mark: 1 for "!", 2 for "?", 3 for a number, 4 for a strengthening word, else 0.
    """

    vocabulary: Vocabulary
    valence: Floats
    negates: Mask
    mark: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Stream(Words):
    """The words of a batch with what is known of each; arrays over words unless said otherwise.

    Attributes:
        pair: Hashed pair with the word before, -1 where a text begins.
        turned: Hashed word behind a negation, -1 elsewhere.
        valence: Its polarity.
        mark: See `Lexical`.
        negates: Whether it negates.
        counted: What counts beside the length, see `counts`: words, columns, weights.
    """

    pair: Codes
    turned: Codes
    valence: Floats
    mark: npt.NDArray[np.int8]
    negates: Mask
    counted: Counts

    def pairs_of(self, keep: Mask) -> tuple[Ints, Ints]:
        """Return the hashed pairs and turned words among the words kept, and the text of each, ascending."""
        inside = keep & (self.pair >= 0) & np.concatenate(([False], keep[:-1]))
        turned = keep & (self.turned >= 0)
        at = np.concatenate((np.flatnonzero(inside), np.flatnonzero(turned)))
        values = np.concatenate((self.pair[inside], self.turned[turned]))
        order = np.argsort(at, kind="stable")
        return values[order].astype(np.int64), self.text[at[order]]

    def dense(self, of: Ints, sizes: Ints, keep: Mask | None = None) -> Floats:
        """Return counts by group, shape (groups, `DENSE`): polarity plain and negated, marks, length.

        Args:
            of: Group of each word.
            sizes: Words of each group.
            keep: The words that count; all by default.
        """
        at, column, weight = self.counted
        if keep is not None:
            at, column, weight = counts(self.text, self.valence, self.mark, self.negates, self.turned, keep)
        found = np.bincount(of[at] * DENSE + column, weight, len(sizes) * DENSE)
        told = np.flatnonzero(found != 0)
        dense = np.zeros((len(sizes), DENSE), np.float32)
        dense.ravel()[told] = np.log1p(found[told])
        dense[:, _COUNTS] = _LENGTHS[np.minimum(sizes, len(_LENGTHS) - 1)]
        long = np.flatnonzero(sizes >= len(_LENGTHS))
        dense[long, _COUNTS] = np.log1p(sizes[long]) / 3
        dense[:, _COUNTS + 1] = sizes <= FEW
        dense[:, _COUNTS + 2] = 1
        return dense


def counts(
    text: Ints, valence: Floats, mark: npt.NDArray[np.int8], negates: Mask, turned: Codes, keep: Mask | None = None
) -> Counts:
    """Return what words count for: their positions, the column of `Stream.dense`, and the weight.

    Few words count for more than the length. A word behind a strengthening one of its text counts for more.
    """
    heard = (valence != 0) | (mark > 0) | negates
    if keep is not None:
        heard &= keep
    at = np.flatnonzero(heard)
    value, marks, negated = valence[at], mark[at], negates[at]
    before = np.maximum(at - 1, 0)
    strong = (mark[before] == _STRONG) & (text[before] == text[at]) & (before < at)
    if keep is not None:
        strong &= keep[before]
    speaks, marked = np.flatnonzero(value), np.flatnonzero(marks)
    columns = (np.where(turned[at] >= 0, 2, 0) + (value < 0))[speaks], np.full(int(negated.sum()), 4), 4 + marks[marked]
    weight = np.ones(sum(map(len, columns)))
    weight[: len(speaks)] = np.abs(value * np.where(strong, 1.3, 1.0))[speaks]
    return np.concatenate((at[speaks], at[negated], at[marked])), np.concatenate(columns), weight


def stream(texts: Texts, lexical: Lexical) -> Stream:
    """Cut texts and look everything up."""
    words = cut(texts, lexical.vocabulary)
    hashed = words.hash
    pair = np.empty(len(hashed), np.int32)
    pair[1:] = _bucket(hashed[:-1] * _MIX ^ hashed[1:])
    pair[words.opens] = -1
    row = words.row
    valence, mark, negates = lexical.valence.take(row), lexical.mark.take(row), lexical.negates.take(row)
    turned = _turned(hashed, negates, words.strength)
    return Stream(
        **{name: getattr(words, name) for name in Words.__slots__},
        pair=pair,
        turned=turned,
        valence=valence,
        mark=mark,
        negates=negates,
        counted=counts(words.text, valence, mark, negates, turned),
    )


def _turned(hashed: npt.NDArray[np.uint32], negates: Mask, strength: Strengths) -> Codes:
    """Return the hashed words behind a negation, -1 elsewhere: it reaches `SCOPE` words, up to the next break."""
    turned = np.full(len(hashed), -1, np.int32)
    at = np.flatnonzero(negates)
    reached = [at[:0]]
    for _ in range(SCOPE):
        at = at[: np.searchsorted(at, len(hashed) - 1)] + 1
        at = at[(strength[at] < COMMA) & ~negates[at]]
        reached.append(at)
    every = np.concatenate(reached)
    turned[every] = _bucket(hashed[every] * _NEGATED)
    return turned


def _bucket(hashed: npt.NDArray[np.uint32]) -> Codes:
    mixed = (hashed ^ (hashed >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    mixed &= np.uint32(PAIRS - 1)
    return mixed.view(np.int32)
