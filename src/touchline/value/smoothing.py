"""Exponential smoothing of a series, with every set of weights at once, so that each origin in the past costs nothing.

    y_t = l_{t-1} + phi b_{t-1} + s_{t-m} + e_t        l_t = l_{t-1} + phi b_{t-1} + alpha e_t
    b_t = phi b_{t-1} + beta e_t                       s_t = s_{t-m} + gamma e_t

(additive errors, damped trend, additive season of m periods). The errors of a forecast h ahead have the variance
``sigma^2 (1 + sum over j < h of c_j^2)`` with ``c_j = alpha + beta (phi + ... + phi^j) + gamma [j divisible by m]``.
A missing value leaves the state as it was foretold. Source: Hyndman, Koehler, Ord and Snyder 2008, chapters 3 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

import numpy as np

from touchline.warehouse.index.journeys import Floats, Ints

Model = Literal["level", "damped trend", "seasonal level", "seasonal damped trend", "seasonal naive"]
_ALPHA: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8)
_BETA: Final = (0.05, 0.1, 0.3)  # of alpha
_PHI: Final = (0.8, 0.9, 0.97)
_GAMMA: Final = (0.0, 0.05, 0.1, 0.2)  # of 1 - alpha
#: How many cycles of a season the first state is made from, and how many values without a season.
CYCLES: Final = 3
_FIRST: Final = 6


@dataclass(frozen=True)
class Weights:
    """Sets of weights, each of shape (sets,)."""

    alpha: Floats
    beta: Floats
    phi: Floats
    gamma: Floats

    def errors(self, ahead: int, m: int) -> Floats:
        """Return the standard deviation of forecasts 1 to ``ahead`` periods ahead per sigma, shape (sets, ahead)."""
        j = np.arange(1, ahead)
        damped = np.cumsum(self.phi[:, None] ** j, axis=1)
        season = (j % m == 0).astype(np.float64) if m > 1 else np.zeros(len(j))
        c = self.alpha[:, None] + self.beta[:, None] * damped + self.gamma[:, None] * season
        ones = np.ones((len(self.alpha), 1))
        return np.sqrt(np.hstack([ones, 1 + np.cumsum(c**2, axis=1)]))


@dataclass(frozen=True)
class Passed:
    """A series after every set of weights went through it.

    Attributes:
        weights: The sets.
        m: Length of the season; 1 for none.
        losses: Sum of squared errors before each period, shape (periods + 1, sets); of the first ones none count.
        counted: How many errors that are, shape (periods + 1,).
        levels: The level before each period, shape (periods + 1, sets).
        trends: The trend.
        seasons: The season's part of each of the next m periods, shape (periods + 1, m, sets).
        free: How many numbers are fitted.
    """

    weights: Weights
    m: int
    losses: Floats
    counted: Ints
    levels: Floats
    trends: Floats
    seasons: Floats
    free: int

    def best(self, origin: int) -> int:
        """Return the set of weights that served best before an origin."""
        return int(np.argmin(self.losses[origin]))

    def foretold(self, origin: int, ahead: int) -> tuple[Floats, Floats]:
        """Return the forecasts made before a period, and their standard deviations, each of shape (ahead,).

        Args:
            origin: The first period that is foretold.
            ahead: How many are.
        """
        best = self.best(origin)
        w = self.weights
        j = np.arange(1, ahead + 1)
        trend = np.cumsum(w.phi[best] ** j) * self.trends[origin, best]
        season = self.seasons[origin, (j - 1) % self.m, best]
        left = max(int(self.counted[origin]) - self.free, 1)
        sigma = np.sqrt(self.losses[origin, best] / left)
        spread = Weights(*(part[best : best + 1] for part in (w.alpha, w.beta, w.phi, w.gamma))).errors(ahead, self.m)
        return self.levels[origin, best] + trend + season, sigma * spread[0]


def grid(model: Model) -> Weights:
    """Return the sets of weights that are tried of a model."""
    trend, season = "trend" in model, "season" in model
    if model == "seasonal naive":
        return Weights(*(np.array([value]) for value in (0.0, 0.0, 1.0, 1.0)))
    betas = (0.0, *_BETA) if trend else (0.0,)
    sets = np.array(list(product(_ALPHA, betas, _PHI if trend else (1.0,), _GAMMA if season else (0.0,))))
    alpha, beta, phi, gamma = sets.T
    return Weights(alpha, alpha * beta, phi, (1 - alpha) * gamma)


def first(m: int) -> int:
    """Return how many periods the first state takes."""
    return CYCLES * m if m > 1 else _FIRST


def passed(y: Floats, model: Model, m: int) -> Passed:
    """Go through a series with every set of weights of a model.

    Args:
        y: The series, shape (periods,); NaN where a value is missing.
        model: The model.
        m: Length of the season; models without one take no notice.

    >>> found = passed(np.full(20, 5.0), "level", 1).foretold(20, 2)
    >>> [part.round(6).tolist() for part in found]
    [[5.0, 5.0], [0.0, 0.0]]
    """
    if "season" not in model:
        m = 1
    w = grid(model)
    sets, n, start = len(w.alpha), len(y), min(first(m), len(y))
    usual, season = _first_state(y[:start], m)
    level, trend = np.full(sets, usual), np.zeros(sets)
    seasons = np.repeat(season[:, None], sets, axis=1)
    loss, many = np.zeros(sets), 0
    losses, counted = np.zeros((n + 1, sets)), np.zeros(n + 1, dtype=np.int64)
    levels, trends, held = np.zeros((n + 1, sets)), np.zeros((n + 1, sets)), np.zeros((n + 1, m, sets))
    for t in range(n + 1):
        losses[t], counted[t] = loss, many
        levels[t], trends[t] = level, trend
        held[t] = np.roll(seasons, -(t % m), axis=0)
        if t == n:
            break
        moved = w.phi * trend
        here = t % m
        if np.isnan(y[t]):
            level, trend = level + moved, moved
            continue
        error = y[t] - level - moved - seasons[here]
        level, trend = level + moved + w.alpha * error, moved + w.beta * error
        seasons[here] += w.gamma * error
        if t >= m:
            loss = loss + error**2
            many += 1
    free = {"level": 2, "damped trend": 5, "seasonal level": 3, "seasonal damped trend": 6, "seasonal naive": 0}[model]
    return Passed(w, m, losses, counted, levels, trends, held, free)


def _first_state(y: Floats, m: int) -> tuple[float, Floats]:
    """Return the level and the season that the first values suggest; what is missing is taken for usual."""
    level = float(np.nanmean(y)) if np.isfinite(y).any() else 0.0
    if m == 1:
        return level, np.zeros(1)
    season = np.zeros(m)
    for place in range(m):
        here = y[place::m]
        if np.isfinite(here).any():
            season[place] = np.nanmean(here) - level
    return level, season - season.mean()
