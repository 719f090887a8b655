"""Shares of customers, with intervals, also where units of one customer are alike, and the difference of two."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.scores.intervals import wilson

Floats = npt.NDArray[np.float64]

_LEAST: Final = 1e-12


def design_effect(hits: Floats, n: Floats, hh: Floats, hn: Floats, nn: Floats, clusters: Floats) -> Floats:
    """Return how much wider a share's variance is because units of one customer are alike; 1 at least.

        Var = G/(G-1) sum((x_c - p n_c)^2) / N^2        effect = Var / (p (1 - p) / N)

    Args:
        hits: Units that did, over all customers.
        n: Units.
        hh: Sum over customers of their hits squared.
        hn: Sum of hits times units.
        nn: Sum of units squared.
        clusters: Customers, G.

    Source: the linearised variance of a ratio; Kish 1965.

    >>> one = np.ones(1)
    >>> float(design_effect(40 * one, 80 * one, 160 * one, 160 * one, 320 * one, 20 * one)[0].round(2))
    4.21
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p = hits / n
        spread = np.maximum(hh - 2 * p * hn + p**2 * nn, 0.0) * clusters / (clusters - 1)
        effect = spread / n / (p * (1 - p))
    return np.where((clusters > 1) & (p * (1 - p) > _LEAST), np.maximum(np.nan_to_num(effect, nan=1.0), 1.0), 1.0)


def newcombe(
    hits_a: npt.ArrayLike, n_a: npt.ArrayLike, hits_b: npt.ArrayLike, n_b: npt.ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the difference of two independent shares, its 95 % interval and its two-sided p-value.

    The interval joins Wilson's of both sides (Newcombe 1998, method 10); p is that of the pooled score test.

    Returns:
        Difference, low, high, p; NaN where a side is empty.

    >>> [round(float(x), 4) for x in newcombe(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339, 0.008]
    """
    from scipy.special import ndtr

    hits_a, n_a, hits_b, n_b = (np.asarray(x, dtype=np.float64) for x in (hits_a, n_a, hits_b, n_b))
    a, low_a, high_a = wilson(hits_a, n_a)
    b, low_b, high_b = wilson(hits_b, n_b)
    change = a - b
    low = change - np.sqrt((a - low_a) ** 2 + (high_b - b) ** 2)
    high = change + np.sqrt((high_a - a) ** 2 + (b - low_b) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (hits_a + hits_b) / (n_a + n_b)
        z = np.abs(change) / np.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    p = np.where(np.isnan(change), np.nan, 2 * ndtr(-np.where(change == 0, 0.0, z)))
    return change, low, high, p
