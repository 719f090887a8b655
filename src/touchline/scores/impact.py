"""What a theme costs a stage: the points that would come back without it, alone and one after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NOTHING = 1e-9  # points: gains below this are rounding


@dataclass(frozen=True, slots=True)
class Carried:
    """A stage's touches and which of them carry which theme.

    Attributes:
        weight: Summed weight of all of the stage's touches.
        score: Summed weight * s of them.
        touches: How many they are.
        touch: For each (touch, theme) pair the touch, as a number from 0; a pair stands here once.
        theme: For each pair the theme, as a number from 0.
        weights: For each touch that appears in `touch`, its weight.
        scores: For each touch that appears in `touch`, its s.
    """

    weight: float
    score: float
    touches: int
    touch: NDArray[np.int64]
    theme: NDArray[np.int64]
    weights: NDArray[np.float64]
    scores: NDArray[np.float64]


def impacts(
    weight: NDArray[np.float64] | float,
    score: NDArray[np.float64] | float,
    theme_weight: NDArray[np.float64],
    theme_score: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the JSI points that come back if a theme's touches had the average s of the stage's others.

    With them gone to the others' average, the stage's JSI is the others' JSI: the impact is the difference
    of the two means (DESIGN, "Root cause impact"). All arguments are sums and broadcast; NaN where no other
    touch is.

    Args:
        weight: Sum of w over the stage's touches.
        score: Sum of w * s over them.
        theme_weight: Sum of w over the touches that carry the theme.
        theme_score: Sum of w * s over those.

    >>> impacts(4.0, 0.0, np.array([1.0]), np.array([-1.0])).round(2).tolist()
    [16.67]
    """
    rest = np.asarray(weight - theme_weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        points: NDArray[np.float64] = 50 * ((score - theme_score) / rest - np.divide(score, weight))
    return np.where(rest > _NOTHING, points, np.nan)


def pareto(stage: Carried, themes: int, limit: int) -> list[tuple[int, float]]:
    """Take themes greedily: the one that gives most back, then the one that adds most after it, and so on.

    After each step the touches of every theme so far have the average of the remaining ones, so that the
    gains add up to the impact of all of them together, whatever touches they share. Ends when nothing more
    comes back.

    Args:
        stage: The stage's touches and what they carry. To see what lifts, turn the sign of every s.
        themes: How many themes there are; ties go to the lowest number.
        limit: Take at most so many.

    Returns:
        (theme, points that it adds), in the order taken.
    """
    weight, score, left = stage.weight, stage.score, stage.touches
    touch, theme = stage.touch, stage.theme
    taken: list[tuple[int, float]] = []
    while len(taken) < limit and len(touch):
        w, s = stage.weights[touch], stage.scores[touch]
        carried, signed = (np.bincount(theme, part, themes).astype(np.float64) for part in (w, w * s))
        gains = impacts(weight, score, carried, signed)
        gains[np.bincount(theme, minlength=themes) >= left] = np.nan
        gains = np.where(np.isnan(gains), -np.inf, gains.round(9))
        best = int(gains.argmax())
        if gains[best] <= _NOTHING:
            break
        gone = np.zeros(len(stage.weights), dtype=bool)
        gone[touch[theme == best]] = True
        before = score / weight
        left -= int(gone.sum())
        weight -= float(stage.weights[gone].sum())
        score -= float((stage.weights[gone] * stage.scores[gone]).sum())
        taken.append((best, 50 * (score / weight - before)))
        keep = ~gone[touch]
        touch, theme = touch[keep], theme[keep]
    return taken
