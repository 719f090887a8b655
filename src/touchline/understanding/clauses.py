"""Cuts texts into clauses, and joins neighbours again that say the same thing: what is left are the mentions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.lexicon import lexicon
from touchline.understanding.matching import Hits
from touchline.understanding.tokens import (
    CLAUSE,
    COMMA,
    CONTRAST,
    LINE,
    LOUD,
    PAUSE,
    QUESTION,
    SENTENCE,
    STOP,
    WORD,
    Batch,
)  # fmt: skip

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LIMIT: Final = 12
#: What follows these weighs more than what came before.
TURNING: Final = ("but", "however", "yet", "unfortunately", "sadly", "nevertheless", "nonetheless", "except")
#: What follows these concedes, and weighs less.
CONCEDING: Final = ("although", "though", "while", "whereas", "despite")
JOINING: Final = ("and", "then", "plus", "also", "because")

_OPPOSED = 1.2  # score on either side that makes two clauses say opposite things
_FEW = 2  # a shorter clause is a fragment


@dataclass(frozen=True, slots=True)
class Clauses:
    """Clauses of a batch, in order.

    Attributes:
        of: Number of the clause of each word, shape (words,).
        first: First word of each clause, shape (clauses,).
        strength: Break before each clause: 9 a new text, 3 a new sentence, 2 a contrast, 1 a comma or "and".
        sentence: Number of the sentence of each word, shape (words,).
        turning: Whether the clause begins with "but" and the like.
        conceding: Whether it begins with "although" and the like.
    """

    of: Ints
    first: Ints
    strength: Ints
    sentence: Ints
    turning: Mask
    conceding: Mask


@cache
def _codes() -> npt.NDArray[np.int8]:
    words = lexicon().words
    codes = np.zeros(len(lexicon().known), np.int8)
    for code, group in enumerate((JOINING, TURNING, CONCEDING), start=1):
        codes[[words[w] for w in group if w in words]] = code
    codes[0] = 0
    return codes


def breaks(batch: Batch, words: Ints) -> Ints:
    """Return the strength of the break before each word, shape (words,)."""
    kind = batch.kind
    ahead = np.concatenate((kind[1:], [LINE]))
    apart = ahead != WORD
    strength = np.zeros(len(kind), np.int64)
    strength[(kind == LINE) | (kind == LOUD) | (kind == QUESTION) | ((kind == STOP) & apart)] = SENTENCE
    strength[(kind == PAUSE) & apart] = CONTRAST
    strength[(kind == COMMA) & apart] = CLAUSE
    codes = _codes()[words]
    strength[batch.word] = np.where(codes > 1, CONTRAST, codes)
    if not len(batch.word):
        return np.empty(0, np.int64)
    first = np.concatenate(([0], batch.word[:-1] + 1))
    between = np.maximum.reduceat(strength[: batch.word[-1] + 1], first)
    between[np.diff(batch.text, prepend=-1) > 0] = 9
    return between


def clauses(strength: Ints, words: Ints, hits: Hits) -> Clauses:
    """Cut at the breaks, but never inside a phrase of the lexicon ("nothing but praise")."""
    strength = strength.copy()
    inside = np.zeros(len(strength) + 1, np.int64)
    np.add.at(inside, hits.start + 1, 1)
    np.add.at(inside, hits.end + 1, -1)
    strength[(np.cumsum(inside)[:-1] > 0) & (strength < SENTENCE)] = 0
    first = np.flatnonzero(strength)
    codes = _codes()[words[first]]
    return Clauses(
        of=np.cumsum(strength > 0) - 1,
        first=first,
        strength=strength[first],
        sentence=np.cumsum(strength >= SENTENCE) - 1,
        turning=codes == 2,
        conceding=codes == 3,
    )


def mentions(strength: Ints, length: Ints, score: npt.NDArray[np.float64], stage: Ints, asks: Mask) -> Ints:
    """Join neighbouring clauses that agree, first within sentences, then across; return the mention of each clause.

    Args:
        strength: Break before each clause; 9 begins a new text.
        length: Words of each clause.
        score: Polarity sum of each clause.
        stage: Stage that it surely speaks of, -1 for none.
        asks: Whether it asks something.
    """
    heads = _join(strength, length, score, stage, asks, SENTENCE)
    unit = np.cumsum(heads) - 1
    at = np.flatnonzero(heads)
    if len(at) < len(heads):
        total = np.bincount(unit, score).astype(np.float64)
        longest = _surest(unit, stage, len(at))
        asked = np.bincount(unit, asks) > 0
        size = np.bincount(unit, length)
        heads_again = _join(strength[at], size.astype(np.int64), total, longest, asked, 9)
    else:
        heads_again = _join(strength, length, score, stage, asks, 9)
    number = _limited(heads_again, strength[at])
    return np.asarray(number[unit], np.int64)


def _surest(unit: Ints, stage: Ints, units: int) -> Ints:
    """Stage of each unit: the last sure one in it."""
    found = np.full(units, -1, np.int64)
    sure = stage >= 0
    found[unit[sure]] = stage[sure]
    return found


def _join(strength: Ints, length: Ints, score: npt.NDArray[np.float64], stage: Ints, asks: Mask, barrier: int) -> Mask:
    """Whether each clause begins something new; a break of ``barrier`` or more always does."""
    heads: list[bool] = []
    size, sum_, place, question = 0, 0.0, -1, False
    rows = zip(strength.tolist(), length.tolist(), score.tolist(), stage.tolist(), asks.tolist(), strict=True)
    for gap, words, value, where, asking in rows:
        new = gap >= barrier
        if not new and min(size, words) >= _FEW:
            opposed = sum_ * value < 0 and min(abs(sum_), abs(value)) >= _OPPOSED
            elsewhere = place >= 0 and where >= 0 and place != where and min(size, words) > _FEW
            spoken = (abs(sum_) >= _OPPOSED and abs(value) >= _OPPOSED) or (question != asking and gap >= SENTENCE)
            new = opposed or (elsewhere and spoken)
        heads.append(new)
        if new:
            size, sum_, place, question = words, value, where, asking
        else:
            size, sum_, question = size + words, sum_ + value, question or asking
            place = where if where >= 0 and (place < 0 or abs(value) > abs(sum_ - value)) else place
    return np.array(heads, np.bool_)


def _limited(heads: Mask, strength: Ints) -> Ints:
    """Number the mentions; a text's twelfth takes all that follows."""
    number = np.cumsum(heads)
    texts = np.cumsum(strength == 9) - 1
    base = number[np.flatnonzero(strength == 9)][texts]
    kept = np.minimum(number - base, LIMIT - 1)
    fresh = np.diff(texts * LIMIT + kept, prepend=-1) > 0
    return np.asarray(np.cumsum(fresh) - 1, np.int64)
