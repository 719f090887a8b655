"""Where a text may say something else: clauses; and which neighbours say the same after all: mentions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.features import Stream
from touchline.understanding.fast.shares import best
from touchline.understanding.fast.words import COMMA, CONTRAST, SENTENCE, TEXT, Strengths

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

#: A text has no more mentions than this; what follows belongs to the last.
MOST: Final = 12
#: A break weaker than the end of a sentence needs this many words on both sides.
FEW: Final = 3


def clauses(said: Stream) -> tuple[Ints, Ints]:
    """Return the clause of each word, and the first word of each clause."""
    strength = said.strength
    cuts = np.flatnonzero(strength >= COMMA)
    if not len(cuts):
        return np.empty(0, np.int64), cuts
    for _ in range(2):  # dropping a cut may leave another one good
        size = np.diff(np.append(cuts, len(strength)))
        weak = (strength[cuts] < SENTENCE) & ((size < FEW) | (np.concatenate(([FEW], size[:-1])) < FEW))
        cuts = cuts[~weak]
    of = np.zeros(len(strength), np.int64)
    of[cuts] = 1
    return np.cumsum(of) - 1, cuts


def mentions(
    text: Ints, stage: Floats, feeling: Floats, strength: Strengths, size: Ints, numbers: Mapping[str, Any]
) -> Ints:
    """Join neighbouring clauses that say the same; return the mention of each clause.

    Args:
        text: Text of each clause, ascending.
        stage: What the words of each say of the stage, distributions; the last column is "unassigned".
        feeling: The same of sentiment: -1, 0, +1.
        strength: Break before each clause.
        size: Words in each.
        numbers: ``opposed``: how far sentiments must lie apart on either side; ``elsewhere``: how sure both stages
            must be to part clauses of one sentiment.
    """
    if not len(text):
        return text
    mood = feeling[:, 2] - feeling[:, 0]
    sign = np.where(np.abs(mood) >= numbers["opposed"], np.sign(mood), 0).astype(np.int64)
    sure = (stage[:, :-1].max(axis=1) >= numbers["elsewhere"]) & (size >= FEW) & (strength >= CONTRAST)
    nearest = np.zeros(len(text), np.int64)
    at = np.flatnonzero(sure)
    nearest[at] = best(stage.T[:-1].take(at, axis=1).T)
    new = strength == TEXT
    feels = _latest(sign, sign != 0, new)
    place = _latest(nearest + 1, sure, new)
    turns = (sign != 0) & (feels != 0) & (sign != feels)
    moves = sure & (place != 0) & (place != nearest + 1)
    opens = new | turns | moves
    number = np.cumsum(opens)
    nth = number - np.maximum.accumulate(np.where(new, number, 0))  # of the mention within its text
    return np.cumsum(opens & (nth < MOST)) - 1


def _latest(values: Ints, told: npt.NDArray[np.bool_], new: npt.NDArray[np.bool_]) -> Ints:
    """Return the latest told value before each clause within its text, 0 where there is none."""
    at = np.arange(len(values))
    last = np.concatenate(([-1], np.maximum.accumulate(np.where(told, at, -1))[:-1]))
    opened = np.maximum.accumulate(np.where(new, at, 0))
    return np.where((last >= opened) & (last >= 0), values[np.maximum(last, 0)], 0)
