"""Forecasts with prediction intervals: the model is the one that served best at origins in the past.

At up to twelve origins, spread over the later half of the series, each model foretells what was then still to come. The
one with the least mean absolute error is taken, the simpler one within 2 %. The same forecasts tell how wide the
intervals must be: where the errors were larger than the model says, it is stretched by as much (never shrunk).
Quantiles are Student's t with the degrees of freedom that are left. Source: Hyndman and Athanasopoulos 2021, sections
5.5 and 5.10; Hyndman and Koehler 2006 (MASE).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.errors import QuestionError
from touchline.value.smoothing import Model, Passed, first, passed
from touchline.warehouse.index.journeys import Floats
from touchline.words import phrase

#: From simple to less so.
_PLAIN: Final[tuple[Model, ...]] = ("level", "damped trend")
_SEASONAL: Final[tuple[Model, ...]] = ("seasonal naive", "level", "seasonal level", "seasonal damped trend")
_ORIGINS: Final = 12
_SIMPLER: Final = 0.02
LEVELS: Final = (0.80, 0.95)
_FEWEST: Final = {"week": 20, "day": 56}


@dataclass(frozen=True)
class Foretold:
    """What is to come of a series.

    Attributes:
        model: The model that was taken.
        value: Expected, shape (ahead,).
        low: Lower ends of the intervals of `LEVELS`, shape (2, ahead).
        high: Upper ends.
        error: Mean absolute error at the origins.
        scaled: The same, per mean absolute error of "as a season ago" (or "as the period before"): below 1 is better.
        covered: Share of past values inside each interval, of forecasts made before them, shape (2,).
        origins: How many origins there were.
    """

    model: Model
    value: Floats
    low: Floats
    high: Floats
    error: float
    scaled: float
    covered: Floats
    origins: int


@dataclass(frozen=True)
class Scale:
    """How values become such that errors are alike everywhere, and back.

    Attributes:
        counts: Counts go through the square root (Anscombe 1948).
        most: The largest value there is.
    """

    counts: bool = False
    most: float = np.inf

    def into(self, y: Floats) -> Floats:
        """Return values on the scale on which they are foretold."""
        return np.sqrt(y + 0.375) if self.counts else y

    def back(self, z: Floats) -> Floats:
        """Return limits as values."""
        out: Floats = np.clip(np.maximum(z, 0) ** 2 - 0.375 if self.counts else z, 0, self.most)
        return out

    def mean(self, z: Floats, spread: Floats) -> Floats:
        """Return expected values."""
        out: Floats = np.clip(z**2 + spread**2 - 0.375 if self.counts else z, 0, self.most)
        return out


def least(by: str, ahead: int) -> int:
    """Return how many periods of history a forecast takes.

    >>> least("week", 8), least("day", 28)
    (24, 77)
    """
    return max(_FEWEST[by], 2 * ahead + 8, ahead + first(7) + 28 if by == "day" else 0)


def foretell(y: Floats, *, ahead: int, m: int = 1, scale: Scale | None = None, needed: int = 20) -> Foretold:
    """Foretell a series.

    Args:
        y: Values of successive periods, shape (periods,); NaN where one is missing.
        ahead: How many periods are foretold.
        m: Length of the season; 1 for none.
        scale: What the values are.
        needed: Fewest values that are there.

    Raises:
        QuestionError: The history is too short; it says how long it is and how long it must be.
    """
    there = int(np.isfinite(y).sum())
    if there < needed:
        raise QuestionError(
            phrase("{there} periods are too short a history to foretell {ahead}", there=there, ahead=ahead),
            todo=phrase("it takes {needed}, or fewer ahead", needed=needed),
        )
    scale = scale or Scale()
    z = scale.into(y)
    begin = max(first(m) + 4, len(y) // 2)
    origins = np.unique(np.linspace(min(begin, len(y) - 1), len(y) - 1, _ORIGINS).astype(np.int64))
    best: tuple[float, Model, Passed, Floats, Floats] | None = None
    for model in _SEASONAL if m > 1 else _PLAIN:
        found = passed(z, model, m)
        errors, ratios = _tried(y, z, found, origins.tolist(), ahead, scale)
        error = float(np.nanmean(errors))
        if best is None or error < best[0] * (1 - _SIMPLER):
            best = error, model, found, errors, ratios
    assert best is not None  # noqa: S101  there are models
    error, model, found, _, ratios = best
    stretch = max(1.0, float(np.sqrt(np.nanmean(ratios**2))))
    free = max(int(found.counted[-1]) - found.free, 1)
    at, spread = found.foretold(len(y), ahead)
    quantiles = np.array([_t(free, level) for level in LEVELS])[:, None]
    gap = np.abs(y[max(m, 1) :] - y[: -max(m, 1)])
    naive = float(np.nanmean(gap)) if np.isfinite(gap).any() else np.nan
    return Foretold(
        model,
        scale.mean(at, spread),
        scale.back(at - quantiles * stretch * spread),
        scale.back(at + quantiles * stretch * spread),
        error,
        error / naive if naive else float("nan"),
        np.array([np.nanmean(np.abs(ratios[np.isfinite(ratios)]) <= q * stretch) for q in quantiles[:, 0]]),
        len(origins),
    )


def _tried(y: Floats, z: Floats, found: Passed, origins: list[int], ahead: int, scale: Scale) -> tuple[Floats, Floats]:
    """Return absolute errors in values, and errors per foretold deviation, of each origin and period ahead."""
    errors, ratios = np.full((len(origins), ahead), np.nan), np.full((len(origins), ahead), np.nan)
    for place, origin in enumerate(origins):
        at, spread = found.foretold(origin, ahead)
        many = min(ahead, len(y) - origin)
        here = slice(origin, origin + many)
        errors[place, :many] = np.abs(y[here] - scale.mean(at, spread)[:many])
        ratios[place, :many] = np.divide(
            z[here] - at[:many], spread[:many], out=np.zeros(many), where=spread[:many] > 0
        )
    return errors, ratios


def _t(free: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(free, 0.5 + level / 2))
