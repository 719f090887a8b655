"""Polarity of clauses: phrases of the lexicon, turned by negation, weighed by emphasis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.lexicon import SIGNALS, Lexicon
from touchline.understanding.matching import Hits
from touchline.understanding.tokens import SIGN, Batch

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SCOPE: Final = 4  # words that a negation reaches
FAR: Final = 8  # words within which "nobody ..." still denies what was expected
NOT_GOOD: Final = -0.8  # "not good" is nearly as bad as "good" is good
NOT_BAD: Final = -0.3  # "not bad" is faint praise
MISSING: Final = -1.8  # "has not arrived": what a customer counts on did not happen
SHOUTED: Final = 1.3
EXCLAIMED: Final = 1.15
ASKED: Final = 0.5  # praise inside a question praises little


@dataclass(frozen=True, slots=True)
class Valences:
    """Polarity of each phrase that counts, and sums by clause.

    Attributes:
        hits: The phrases.
        value: Polarity of each after negation and emphasis, shape (hits,).
        good: Sum of the positive ones by clause.
        bad: Sum of the negative ones by clause; negative.
        sarcastic: Whether a clause carries a mark of sarcasm.
        negated: Whether each word lies behind a negation in its clause, shape (words,).
    """

    hits: Hits
    value: Floats
    good: Floats
    bad: Floats
    sarcastic: Mask
    negated: Mask


def weigh(batch: Batch, lex: Lexicon, hits: Hits, clause: Ints, first: Ints, asks: Mask, loud: Mask) -> Valences:
    """Weigh the phrases of a batch.

    Args:
        batch: The texts, cut.
        lex: The lexicon.
        hits: Its polar phrases, not overlapping, in order.
        clause: Clause of each word, shape (words,).
        first: First word of each clause.
        asks: Whether the sentence of each clause is a question, shape (clauses,).
        loud: Whether it ends in an exclamation mark, shape (clauses,).
    """
    words, clauses = len(clause), len(first)
    begin = first[clause] if words else clause
    negator = _last(words, hits, lex.negator[hits.phrase])
    behind = np.arange(words) - negator
    negated = (negator >= begin) & (behind <= SCOPE)
    denied = (negator >= begin) & (behind <= FAR)
    at = hits.start
    thanks = lex.signals[hits.phrase, SIGNALS.index("emotion:gratitude")] > 0
    expected = lex.expected[hits.phrase]
    sign = batch.kind[batch.word[at]] == SIGN
    turned = (negated[at] | (denied[at] & expected)) & ~sign & ~thanks
    value = lex.valence[hits.phrase].copy()
    near = behind[at] <= 2
    value[turned] = np.select(
        [value[turned] > 0, value[turned] < 0],
        [NOT_GOOD * value[turned], np.where(near[turned], 2 * NOT_BAD, NOT_BAD) * value[turned]],
        np.where(expected[turned], MISSING, 0.0),
    )
    weak_turn = turned & expected & (value < 0) & (value > MISSING)
    value[weak_turn] = MISSING
    value *= _boost(words, lex, hits, begin) * np.where(_shouted(batch)[at], SHOUTED, 1.0)
    of = clause[at]
    value *= np.where(loud[of], EXCLAIMED, 1.0) * np.where(asks[of] & (value > 0), ASKED, 1.0)
    return Valences(
        hits=hits,
        value=value,
        good=np.bincount(of, np.maximum(value, 0), clauses).astype(np.float64),
        bad=np.bincount(of, np.minimum(value, 0), clauses).astype(np.float64),
        sarcastic=np.bincount(of[lex.sarcasm[hits.phrase]], minlength=clauses) > 0,
        negated=negated,
    )


def _last(words: int, hits: Hits, chosen: Mask) -> Ints:
    """Where the last chosen phrase before each word ended, far away for none."""
    ends = np.full(words + 1, -FAR - 1, np.int64)
    ends[hits.end[chosen] + 1] = hits.end[chosen]
    return np.maximum.accumulate(ends)[:words]


def _boost(words: int, lex: Lexicon, hits: Hits, begin: Ints) -> Floats:
    """Factor of the words right before each phrase."""
    factor = np.ones(words + 1)
    factor[hits.end] = lex.booster[hits.phrase]
    at = hits.start
    one = np.where(at - 1 >= begin[at], factor[at - 1], 1.0)
    two = np.where(at - 2 >= begin[at], factor[at - 2], 1.0)
    return one * (1 + (two - 1) / 2)


def _shouted(batch: Batch) -> Mask:
    """Words in capitals within a text that is not all capitals."""
    upper = np.concatenate(([0], np.cumsum(batch.points - np.uint32(65) < 26)))
    lower = np.concatenate(([0], np.cumsum(batch.points - np.uint32(97) < 26)))
    start, stop = batch.start[batch.word], batch.start[batch.word + 1]
    caps = (upper[stop] - upper[start] == stop - start) & (stop - start >= 3)
    low, high = batch.offset[:-1], np.minimum(batch.offset[1:], len(batch.points))
    quiet = lower[high] - lower[low] > upper[high] - upper[low]
    return np.asarray(caps & quiet[batch.text], np.bool_)


def ended(batch: Batch, sentence: Ints, kind: int) -> Mask:
    """Whether a mark of this kind ends each sentence, before the next word of the text.

    Args:
        batch: The texts, cut.
        sentence: Number of the sentence of each word, ascending, shape (words,).
        kind: ``tokens.LOUD`` or ``tokens.QUESTION``.
    """
    found = np.zeros(int(sentence[-1]) + 1 if len(sentence) else 0, np.bool_)
    marks = np.flatnonzero(batch.kind == kind)
    word = np.searchsorted(batch.word, marks) - 1
    marks, word = marks[word >= 0], word[word >= 0]
    same = batch.start[marks] < batch.offset[batch.text[word] + 1]
    found[sentence[word[same]]] = True
    return found
