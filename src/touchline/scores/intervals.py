"""Intervals, differences and corrections for many tests: DESIGN section 5, vectorised.

All functions take and return NumPy arrays of equal length (one entry per group) and know nothing of tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from touchline.scores.moments import Cross, Moments

    Floats = NDArray[np.float64]

#: The prior's weight: m in DESIGN section 5.
PRIOR: Final = 1.0
_LEAST_K: Final = 0.05
_TAILS: Final = (0.025, 0.975)
_Z: Final = 1.959963984540054


def mean_interval(moments: Moments, *, m_point: float = 0.0) -> tuple[Floats, Floats, Floats]:
    """Return the weighted mean of s and its 95 % interval, each in -1 to 1.

    With m = 1, ``mu = sum(w s) / (sum(w) + m)`` and ``A_c = sum over cluster c of w (s - mu)``,

        SE^2 = (G/(G-1) sum(A_c^2) + m^2 (1 + mu^2)) / (sum(w) + m)^2        (factor 1 if G = 1)
        k = max((1 - mu^2)/SE^2 - 1, 0.05)

    the interval lies between the quantiles of ``2 Beta(k(1+mu)/2, k(1-mu)/2) - 1``, widened to the point.
    Coverage measured by simulation: .93 to .99; .91 with thirty customers of whom 85 % are happy; .82 with
    five strongly correlated clusters.

    Args:
        moments: Of the groups.
        m_point: The prior's weight in the point: 0 for a period's score, 1 for a standing one.

    Returns:
        Point, low and high. An empty group has the point NaN (with ``m_point`` 0) and the interval -1 to 1.

    Source: a Beta with the mean and the cluster-robust (sandwich) variance, shrunk by one unit of weight.
    """
    from scipy.special import betaincinv

    w, s, g = moments.w, moments.s, moments.clusters
    total = w + PRIOR
    mu = s / total
    spread = np.maximum(moments.ss - 2 * mu * moments.sw + mu**2 * moments.ww, 0.0)
    factor = np.where(g > 1, g / np.maximum(g - 1, 1), 1.0)
    variance = (factor * spread + PRIOR**2 * (1 + mu**2)) / total**2
    k = np.maximum((1 - mu**2) / variance - 1, _LEAST_K)
    low, high = (2 * betaincinv(k * (1 + mu) / 2, k * (1 - mu) / 2, tail) - 1 for tail in _TAILS)
    point = np.divide(s, w + m_point, out=np.full_like(w, np.nan), where=w + m_point > 0)
    return point, np.fmin(low, point), np.fmax(high, point)


def index(mean: ArrayLike) -> Floats:
    """Return the Journey Sentiment Index, 0 to 100, of means in -1 to 1.

    >>> [float(x) for x in index([-1, 0, 0.5])]
    [0.0, 50.0, 75.0]
    """
    return 50.0 * (1.0 + np.asarray(mean, dtype=np.float64))


def difference(a: Moments, b: Moments, cross: Cross, *, prior: float = PRIOR) -> tuple[Floats, Floats, Floats, Floats]:
    """Return ``mu_a - mu_b``, its 95 % interval and its two-sided p-value (normal).

    ``Var = sum over clusters of (A_c^a / W_a - A_c^b / W_b)^2``, where a customer on both sides is one
    cluster, so that shared customers are handled (DESIGN section 5). To it comes each side's prior term of
    the interval, ``m^2 (1 + mu^2) / (W + m)^2``: without it a side of equal answers would claim certainty.
    Measured, with nine in ten customers happy on both sides, false alarms at p < .05: 30 against 300
    customers 12.5 % without, 7.5 % with; 8 against 30: 15.6 % and 0.5 %; 100 against 100: 5.0 % and 4.1 %.

    Args:
        a: Moments of the one side.
        b: Moments of the other.
        cross: Their shared clusters.
        prior: m; 0 gives the bare formula.

    Returns:
        Difference, low, high, p; NaN where a side is empty.
    """
    from scipy.special import ndtr

    mu_a, mu_b = a.mean, b.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        own_a = (a.ss - 2 * mu_a * a.sw + mu_a**2 * a.ww) / a.w**2
        own_b = (b.ss - 2 * mu_b * b.sw + mu_b**2 * b.ww) / b.w**2
        shared = (cross.ss - mu_b * cross.sw - mu_a * cross.ws + mu_a * mu_b * cross.ww) / (a.w * b.w)
        variance = np.maximum(own_a + own_b - 2 * shared, 0.0)
        for side, mu in ((a, mu_a), (b, mu_b)):
            variance = variance + prior**2 * (1 + mu**2) / (side.w + prior) ** 2
        change, error = mu_a - mu_b, np.sqrt(variance)
        z = np.where(change == 0, 0.0, np.abs(change) / error)
    p = np.where(np.isnan(change), np.nan, 2 * ndtr(-z))
    return change, change - _Z * error, change + _Z * error, p


def benjamini_hochberg(p: ArrayLike, *, overlapping: bool = False) -> Floats:
    """Return p-values adjusted for the false discovery rate over one family; NaN stays NaN, uncounted.

    Args:
        p: The family's p-values.
        overlapping: True gives Benjamini-Yekutieli, which holds under any dependence.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(6).tolist()
    [0.03, 0.04, 0.04]
    >>> benjamini_hochberg([0.01, 0.04, 0.03], overlapping=True).round(6).tolist()
    [0.055, 0.073333, 0.073333]

    Source: Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001.
    """
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full_like(p, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    if not len(tested):
        return adjusted
    size = len(tested)
    order = tested[np.argsort(p[tested], kind="stable")]
    ranks = np.arange(1, size + 1)
    scaled = p[order] * size / ranks * (np.sum(1 / ranks) if overlapping else 1.0)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def wilson(hits: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return a share and Wilson's 95 % score interval, each in 0 to 1; NaN where n is 0.

    >>> [round(float(x), 4) for x in wilson(8, 10)]
    [0.8, 0.4902, 0.9433]

    Source: Wilson 1927.
    """
    hits, n = np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        middle = (hits + _Z**2 / 2) / (n + _Z**2)
        half = _Z / (n + _Z**2) * np.sqrt(hits * (n - hits) / n + _Z**2 / 4)
    low, high = np.fmin(middle - half, share), np.fmax(middle + half, share)
    empty = np.isnan(share)
    return share, np.where(empty, np.nan, np.maximum(low, 0)), np.where(empty, np.nan, np.minimum(high, 1))


def t_interval(n: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> tuple[Floats, Floats]:
    """Return Student's 95 % interval of a mean; NaN where n < 2.

    Args:
        n: Values.
        mean: Their mean.
        variance: Their sample variance (divided by n - 1).

    >>> [round(float(x), 4) for x in t_interval(4, 5.0, 10 / 3)]
    [2.0948, 7.9052]

    Source: Student 1908.
    """
    from scipy.special import stdtrit

    n, mean = np.asarray(n, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    variance = np.asarray(variance, dtype=np.float64)
    enough = np.maximum(n, 2)
    half = np.where(n > 1, stdtrit(enough - 1, 0.975) * np.sqrt(variance / enough), np.nan)
    return mean - half, mean + half
