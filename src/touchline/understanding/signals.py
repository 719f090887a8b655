"""Emotion, effort, resolution, intent and severity of mentions, from the lexicon's phrases and the polarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.lexicon import SIGNALS, Lexicon
from touchline.understanding.matching import Hits

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]

#: How much one phrase of an emotion counts against one of another: rarer words tell more.
PAINFUL: Final = {"anger": 1.0, "frustration": 0.9, "disappointment": 0.95, "anxiety": 1.3, "confusion": 1.3}
PLEASED: Final = {"satisfaction": 0.6, "gratitude": 1.2, "delight": 1.0}

_SEVERE = -9.0  # polarity sum from which a complaint is serious by its tone alone
_MILD = -1.5


@dataclass(frozen=True, slots=True)
class Signals:
    """One value of each per mention, from the closed vocabularies of `touchline.vocabulary.schemas`."""

    emotion: Names
    effort: Names
    resolution: Names
    intent: Names
    severity: Floats


def count(lex: Lexicon, hits: Hits, negated: Mask, mention: Ints, mentions: int) -> Floats:
    """Count the phrases of each signal by mention, shape (mentions, signals).

    A negated sign of success speaks for its opposite ("was not resolved"); other negated signs do not count.
    """
    told = lex.signals[hits.phrase]
    off = negated[hits.start] & ~lex.negator[hits.phrase]
    resolved, unresolved = SIGNALS.index("resolution:resolved"), SIGNALS.index("resolution:unresolved")
    told[:, unresolved] += off * told[:, resolved]
    felt = [i for i, name in enumerate(SIGNALS) if name.startswith(("emotion", "effort")) or i == resolved]
    told[:, felt] *= ~off[:, None]
    of = mention[hits.start]
    return np.column_stack([np.bincount(of, column, mentions) for column in told.T])


def read(counts: Floats, sentiment: Ints, score: Floats, asks: Mask) -> Signals:
    """Decide the signals of each mention.

    Args:
        counts: What `count` returned.
        sentiment: -1, 0 or 1 of each mention.
        score: Its polarity sum.
        asks: Whether it asks a question.
    """
    told = dict(zip(SIGNALS, counts.T, strict=True))
    bad, good = sentiment < 0, sentiment > 0
    high = (told["effort:high"] > 0) & ~(good & (told["effort:low"] >= told["effort:high"]))
    low = ~high & (told["effort:low"] > 0) & good
    resolved = (told["resolution:resolved"] > 0) & ~(bad & (told["resolution:unresolved"] > 0))
    resolved &= ~bad | (told["resolution:resolved"] > 1)
    unresolved = ~resolved & bad & ((told["resolution:unresolved"] > 0) | (told["intent:request"] > 0))
    return Signals(
        emotion=_emotion(told, bad, good, high | unresolved),
        effort=np.select([high, low], ["high", "low"], "none"),
        resolution=np.select([resolved, unresolved], ["resolved", "unresolved"], "na"),
        intent=_intent(told, bad, good, asks),
        severity=_severity(told, bad, score, high & unresolved),
    )


def _emotion(told: dict[str, Floats], bad: Mask, good: Mask, hindered: Mask) -> Names:
    painful = np.column_stack([told[f"emotion:{name}"] * weight for name, weight in PAINFUL.items()])
    pleased = np.column_stack([told[f"emotion:{name}"] * weight for name, weight in PLEASED.items()])
    pain = np.array(list(PAINFUL))[painful.argmax(axis=1)]
    joy = np.array(list(PLEASED))[pleased.argmax(axis=1)]
    return np.select(
        [bad & (painful.max(axis=1) > 0), bad & hindered, bad, good & (pleased.max(axis=1) > 0), good],
        [pain, "frustration", "disappointment", joy, "satisfaction"],
        "neutral",
    )


def _intent(told: dict[str, Floats], bad: Mask, good: Mask, asks: Mask) -> Names:
    question = asks | (told["intent:question"] > 0)
    return np.select(
        [told["intent:cancel"] > 0, told["intent:suggestion"] > 0, bad, good & ~asks, asks, told["intent:request"] > 0,
         question],
        ["cancel", "suggestion", "complaint", "praise", "question", "request", "question"],
        "none",
    )  # fmt: skip


def _severity(told: dict[str, Floats], bad: Mask, score: Floats, stuck: Mask) -> Floats:
    serious = (told["severity:2"] > 0) | (score <= _SEVERE) | stuck
    mild = (told["severity:0.5"] > 0) & (score > 2 * _MILD) | (score > _MILD)
    return np.select([~bad, told["severity:3"] > 0, serious, mild], [0.5, 3.0, 2.0, 0.5], 1.0)
