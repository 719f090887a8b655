"""What is known of each word of a batch before any weight: its row, its pairs with neighbours, negation, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.words import COMMA, TEXT, Vocabulary, cut

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

#: Pairs of neighbours, and words behind a negation, share a table of this many rows.
PAIRS: Final = 2**16
#: Words that a negation reaches, within its clause.
SCOPE: Final = 4
DENSE: Final = 12
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
class Stream:
    """The words of a batch with what is known of each; arrays over words unless said otherwise.

    Attributes:
        texts: How many texts there are.
        row: Row of the word.
        text: Its text, ascending.
        strength: Break before it.
        start: Its first character.
        pair: Hashed pair with the word before, -1 where a text begins.
        turned: Hashed word behind a negation, -1 elsewhere.
        valence: Its polarity.
        mark: See `Lexical`.
        negates: Whether it negates.
        stem: What a taxonomy calls it.
        number: Its number in the vocabulary.
    """

    texts: int
    row: Ints
    text: Ints
    strength: Ints
    start: Ints
    pair: Ints
    turned: Ints
    valence: Floats
    mark: npt.NDArray[np.int8]
    negates: Mask
    stem: Ints
    number: Ints

    def pairs_of(self, keep: Mask) -> tuple[Ints, Ints]:
        """Return the hashed pairs and turned words among the words kept, and the text of each, ascending."""
        inside = keep & (self.pair >= 0) & np.concatenate(([False], keep[:-1]))
        turned = keep & (self.turned >= 0)
        at = np.concatenate((np.flatnonzero(inside), np.flatnonzero(turned)))
        values = np.concatenate((self.pair[inside], self.turned[turned]))
        order = np.argsort(at, kind="stable")
        return values[order], self.text[at[order]]

    def dense(self, of: Ints, many: int, keep: Mask | None = None) -> Floats:
        """Return counts by group, shape (many, `DENSE`): polarity plain and negated, marks, length."""
        kept = slice(None) if keep is None else keep
        of, value, mark = of[kept], self.valence[kept], self.mark[kept]
        negated = self.turned[kept] >= 0
        strong = np.concatenate(([False], mark[:-1] == 4)) if len(mark) else np.zeros(0, np.bool_)
        value = value * np.where(strong, 1.3, 1.0)
        n = np.bincount(of, minlength=many)
        columns = [
            np.bincount(of, np.where((value > 0) & ~negated, value, 0), many),
            np.bincount(of, np.where((value < 0) & ~negated, -value, 0), many),
            np.bincount(of, np.where((value > 0) & negated, value, 0), many),
            np.bincount(of, np.where((value < 0) & negated, -value, 0), many),
            np.bincount(of, self.negates[kept], many),
            *(np.bincount(of, mark == code, many) for code in (1, 2, 3, 4)),
        ]
        counts = np.log1p(np.stack(columns, axis=1))
        length = np.stack([np.log1p(n) / 3, (n <= 3).astype(np.float64), np.ones(many)], axis=1)
        dense: Floats = np.concatenate((counts, length), axis=1).astype(np.float32)
        return dense


def stream(texts: Sequence[str], lexical: Lexical) -> Stream:
    """Cut texts and look everything up."""
    words = cut(texts, lexical.vocabulary)
    hashed = words.hash
    at = np.arange(len(hashed))
    new = words.strength == TEXT
    before = np.concatenate((hashed[:1], hashed[:-1]))
    pair = np.where(new, -1, _bucket(before * _MIX ^ hashed))
    negates = lexical.negates[words.row]
    # the last negation before each word, and the last break: it reaches so far and no further
    last = np.maximum.accumulate(np.where(negates, at, -1)) if len(at) else at
    last = np.concatenate(([-1], last[:-1]))
    broken = np.maximum.accumulate(np.where(words.strength >= COMMA, at, -1)) if len(at) else at
    turned = (last >= 0) & (at - last <= SCOPE) & (last >= broken) & ~negates
    return Stream(
        texts=words.texts,
        row=words.row,
        text=words.text,
        strength=words.strength,
        start=words.start,
        pair=pair,
        turned=np.where(turned, _bucket(hashed * _NEGATED), -1),
        valence=lexical.valence[words.row],
        mark=lexical.mark[words.row],
        negates=negates,
        stem=words.stem,
        number=words.number,
    )


def _bucket(hashed: npt.NDArray[np.uint32]) -> Ints:
    mixed = (hashed ^ (hashed >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    buckets: Ints = (mixed % np.uint32(PAIRS)).astype(np.int64)
    return buckets
