"""What there is to beat: the commonest label, and VADER for sentiment."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: VADER's own advice on where neutral ends.
_NEUTRAL: Final = 0.05
_PACKAGE: Final = "vaderSentiment"


def majority(gold: Ints, classes: int) -> Ints:
    """Return the commonest class for every row; of two that are equally common the first.

    >>> majority(np.array([2, 1, 2]), 3).tolist()
    [2, 2, 2]
    """
    return np.full(len(gold), np.bincount(gold, minlength=classes).argmax(), dtype=np.int64)


def vader_available() -> bool:
    """Return whether the package ``vaderSentiment`` is installed; nothing but an evaluation uses it."""
    return find_spec(_PACKAGE) is not None


def vader(texts: Sequence[str]) -> Ints:
    """Return VADER's sentiment of each text: 0 negative, 1 neutral, 2 positive.

    Source: Hutto and Gilbert 2014, with the thresholds that they recommend.
    """
    analyser: Any = import_module(f"{_PACKAGE}.{_PACKAGE}").SentimentIntensityAnalyzer()
    compound = np.array([analyser.polarity_scores(text)["compound"] for text in texts], dtype=np.float64)
    return np.where(compound >= _NEUTRAL, 2, np.where(compound <= -_NEUTRAL, 0, 1)).astype(np.int64)
