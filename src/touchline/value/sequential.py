"""Tests that may be looked at whenever one likes: always-valid intervals and p-values of a difference of two means.

With d the difference so far and V its variance, the likelihood ratio of a normal mixture with variance tau^2 against no
difference is

    L = sqrt(V / (V + tau^2)) exp(tau^2 d^2 / (2 V (V + tau^2)))

By Ville's inequality it exceeds 1 / alpha at any time with a probability of at most alpha where there is none. So
``p = min(1, 1 / max over time of L)``, and the interval

    d +- sqrt(V (V + tau^2) / tau^2 * (2 log(1 / alpha) + log((V + tau^2) / V)))

holds at all times at once (asymptotically, as V is estimated: the first few customers do not count). Source: Robbins
1970; Johari, Koomen, Pekelis and Walsh 2022 ("Always valid inference"); Howard, Ramdas, McAuliffe and Sekhon 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.warehouse.index.journeys import Bools, Floats

#: Customers of each side before which nothing is said.
BURN_IN: Final = 50


@dataclass(frozen=True)
class Looks:
    """What one would have seen after each customer.

    Attributes:
        effect: Mean of the treated less that of the control, shape (n,); NaN before both are there.
        low: Lower end of the always-valid interval; -inf while nothing can be said.
        high: Upper end.
        p: Always-valid p-value, never rising.
        treated: How many were treated, shape (n,).
        control: How many were not.
    """

    effect: Floats
    low: Floats
    high: Floats
    p: Floats
    treated: Floats
    control: Floats


def looks(y: Floats, treated: Bools, tau: float, alpha: float = 0.05) -> Looks:
    """Return what one would have seen after each customer, in order.

    Args:
        y: What came out, shape (n,), in the order in which it became known.
        treated: Who was treated, shape (n,).
        tau: The size of effect that the test is best at, in the unit of y; fixed before.
        alpha: How often a test may cry without cause.

    >>> rng = np.random.default_rng(0)
    >>> seen = looks(rng.normal(size=2000) + np.tile([0, 0.5], 1000), np.tile([False, True], 1000), 0.2)
    >>> bool(seen.low[-1] > 0), bool(seen.p[-1] < 0.05)
    (True, True)
    """
    pooled = _pooled(y)
    sides = []
    for mine in (treated, ~treated):
        n = np.cumsum(mine).astype(np.float64)
        total, squares = np.cumsum(np.where(mine, y, 0.0)), np.cumsum(np.where(mine, y**2, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = total / n
            # One observation at the pooled spread more, so that equal answers are not taken for certainty.
            spread = (np.maximum(squares - n * mean**2, 0.0) + pooled) / n
        sides.append((n, mean, spread / np.maximum(n, 1)))
    (many, mean, variance), (others, usual, rest) = sides
    v = variance + rest
    effect = mean - usual
    said = (many >= BURN_IN) & (others >= BURN_IN)
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = v + tau**2
        half = np.sqrt(v * wide / tau**2 * (2 * np.log(1 / alpha) + np.log(wide / v)))
        log_ratio = 0.5 * np.log(v / wide) + tau**2 * effect**2 / (2 * v * wide)
    half = np.where(said & np.isfinite(half), half, np.inf)
    log_ratio = np.where(said & np.isfinite(log_ratio), log_ratio, -np.inf)
    p = np.minimum(1.0, np.exp(-np.maximum.accumulate(log_ratio))) if len(y) else np.zeros(0)
    low = np.where(np.isfinite(half), effect - half, -np.inf)
    high = np.where(np.isfinite(half), effect + half, np.inf)
    return Looks(effect, low, high, p, many, others)


def _pooled(y: Floats) -> Floats:
    """Return the variance of all that was seen by each customer."""
    n = np.arange(1, len(y) + 1)
    found: Floats = np.maximum(np.cumsum(y**2) / n - (np.cumsum(y) / n) ** 2, 0.0)
    return found


def half_width(v: float, tau: float, alpha: float = 0.05) -> float:
    """Return half the width of the interval where the difference has a variance.

    >>> round(half_width(1e-4, 0.02), 4)
    0.0308
    """
    wide = v + tau**2
    return float(np.sqrt(v * wide / tau**2 * (2 * np.log(1 / alpha) + np.log(wide / v))))
