"""Which stage a mention is about: the words, the context and the position, weighed.

    log P(stage) = log evidence of the words + log prior of the context + log prior of the position + constant

Words that surely speak of another stage go there; else a declared stage wins. Below the threshold the stage is
unassigned, never guessed; and where the customer is, alone, names no stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.vocabulary.coded import Floats, Ints

#: Words alone must be this sure to overrule a declared stage.
SURE: Final = 0.8
#: Below this probability a stage is not named.
THRESHOLD: Final = 0.35
#: Odds by which the stage that the customer holds outweighs another, when nothing else speaks.
_HELD: Final = 2.0

_SILENT: Final = 1e-9

BY_WORDS, BY_CONTEXT, BY_POSITION, BY_NONE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class About:
    """Stages of mentions.

    Attributes:
        stage: Stage code; -1 for unassigned.
        confidence: Probability of that stage (of the best one, where unassigned), in (0, 1].
        by: Which part spoke loudest for it: BY_WORDS, BY_CONTEXT, BY_POSITION, BY_NONE.
        posterior: Shape (mentions, stages).
    """

    stage: Ints
    confidence: Floats
    by: Ints
    posterior: Floats


def weigh(words: Floats, context: Floats, declared: Ints, position: Ints) -> About:
    """Weigh words, context and position.

    Args:
        words: Log-likelihood per stage, shape (n, stages); equal values say nothing.
        context: Log prior per stage, shape (n, stages).
        declared: Stage code that the context declares; -1 for none.
        position: Stage code that the customer held; -1 for none.

    >>> flat = np.zeros((1, 3))
    >>> sure = np.log(np.array([[0.05, 0.9, 0.05]]))
    >>> weigh(flat, sure, np.array([1]), np.array([-1])).stage.tolist()
    [1]
    >>> weigh(flat, flat, np.array([-1]), np.array([2])).stage.tolist()
    [-1]
    """
    rows, stages = words.shape
    held = np.zeros((rows, stages))
    known = np.flatnonzero(position >= 0)
    held[known, position[known]] = np.log(_HELD)
    posterior = _softmax(words + context + held)
    spoken = _softmax(words)
    best = posterior.argmax(axis=1) if rows else np.zeros(0, np.int64)
    row = np.arange(rows)
    declared_wins = (declared >= 0) & ~((spoken.max(axis=1, initial=0) >= SURE) & (spoken.argmax(axis=1) != declared))
    spoken_for = np.where(declared >= 0, np.where(declared_wins, declared, spoken.argmax(axis=1)), best)
    confidence = np.where(
        declared >= 0,
        np.maximum(posterior[row, spoken_for], spoken[row, spoken_for]),
        posterior[row, spoken_for],
    )
    voices = np.stack([_voice(part, spoken_for) for part in (words, context, held)])
    spoken_of = voices[:2].max(axis=0) > _SILENT
    stage = np.where(((confidence >= THRESHOLD) & spoken_of) | (declared >= 0), spoken_for, -1)
    by = np.where(voices.max(axis=0) > _SILENT, voices.argmax(axis=0), BY_NONE)
    by = np.where(declared_wins, BY_CONTEXT, np.where((declared >= 0) & ~declared_wins, BY_WORDS, by))
    return About(stage.astype(np.int64), np.clip(confidence, 1e-6, 1.0), by.astype(np.int64), posterior)


def _voice(part: Floats, stage: Ints) -> Floats:
    """How much a part speaks for a stage: its log above the part's mean."""
    said: Floats = part[np.arange(len(stage)), stage] - part.mean(axis=1)
    return said


def _softmax(logits: Floats) -> Floats:
    if not logits.size:
        return logits
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    out: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return out
