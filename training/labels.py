"""Labels as the heads see them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, INTENTS, RESOLUTIONS, SEVERITIES
from training.corpus.reading import STAGES, Labels

Floats = npt.NDArray[np.float32]

SENTIMENTS: Final = (-1, 0, 1)
#: What each head tells apart, in the order of its columns.
HEADS: Final[dict[str, tuple[object, ...]]] = {
    "stage": STAGES,
    "sentiment": SENTIMENTS,
    "emotion": EMOTIONS,
    "effort": EFFORTS,
    "resolution": RESOLUTIONS,
    "intent": INTENTS,
    "severity": SEVERITIES,
}


def codes(labels: list[Labels], head: str) -> npt.NDArray[np.int64]:
    """Return the column of each label."""
    places = {value: place for place, value in enumerate(HEADS[head])}
    return np.array([places[getattr(label, head)] for label in labels], dtype=np.int64)


def one_hot(columns: npt.NDArray[np.int64], size: int, smooth: float = 0.0) -> Floats:
    """Return distributions; a little goes to the other labels."""
    out = np.full((len(columns), size), smooth / size, np.float32)
    out[np.arange(len(columns)), columns] += 1 - smooth
    return out


def balance(columns: npt.NDArray[np.int64], size: int, power: float = 0.5) -> Floats:
    """Return a weight per example: rare labels count more; the mean is 1."""
    counts = np.bincount(columns, minlength=size)
    weight = (1 / np.maximum(counts, 1)[columns]) ** power
    out: Floats = (weight / weight.mean()).astype(np.float32)
    return out
