"""Confusion, accuracy and F1, with bootstrap intervals over rows.

All of them hang on counts alone: drawing n rows with replacement draws the cells of a confusion from a multinomial with
their shares. So a bootstrap costs one draw of a small vector per replicate, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: From counts of shape (..., classes, classes) to numbers of shape (...).
Metric = Callable[[Ints], Floats]

REPLICATES: Final = 1000
_TAILS: Final = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval; all NaN where there are no rows."""

    value: float
    low: float
    high: float


def confusion(gold: Ints, predicted: Ints, classes: int) -> Ints:
    """Count rows by what they are (down) and what they were taken for (across).

    Args:
        gold: Class code of each row, 0 to classes - 1, shape (n,).
        predicted: The code that was predicted, same shape.
        classes: How many classes there are, k.

    Returns:
        Counts, shape (k, k).

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    counts: Ints = np.bincount(gold * classes + predicted, minlength=classes * classes).astype(np.int64)
    return counts.reshape(classes, classes)


def accuracy(counts: Ints) -> Floats:
    """Return the share of rows on the diagonal; NaN where there are none.

    Args:
        counts: Confusions, shape (..., k, k).
    """
    right = np.trace(counts, axis1=-2, axis2=-1).astype(np.float64)
    return _ratio(right, counts.sum(axis=(-2, -1)))


def precision(counts: Ints) -> Floats:
    """Return, per class, how many of those taken for it are it; NaN where none was. Shape (..., k)."""
    return _ratio(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-2))


def recall(counts: Ints) -> Floats:
    """Return, per class, how many of it were found; NaN where there is none. Shape (..., k)."""
    return _ratio(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1))


def f1(counts: Ints) -> Floats:
    """Return the F1 of each class, ``2 hits / (rows of it + rows taken for it)``. Shape (..., k).

    It is 0 for a class that is only there, or only predicted, and NaN for one that is neither.

    >>> f1(np.array([[1, 1], [0, 1]])).round(3).tolist()
    [0.667, 0.667]
    """
    hits = 2 * np.diagonal(counts, axis1=-2, axis2=-1)
    return _ratio(hits, counts.sum(axis=-2) + counts.sum(axis=-1))


def macro_f1(counts: Ints) -> Floats:
    """Return the mean F1 over the classes that are there or were predicted; NaN where there are none.

    Rare classes count as much as common ones. Source: the macro average of Manning, Raghavan and Schütze 2008,
    section 13.6, over the classes met.
    """
    each = f1(counts)
    met = ~np.isnan(each)
    return _ratio(np.where(met, each, 0.0).sum(axis=-1), met.sum(axis=-1))


def estimate(metric: Metric, counts: Ints, *, replicates: int = REPLICATES, seed: int = 0) -> Estimate:
    """Return a metric of a confusion with its 95 % percentile interval, extended to contain the point.

    Args:
        metric: `accuracy`, `macro_f1` ...
        counts: One confusion, shape (k, k).
        replicates: How many samples.
        seed: Another seed gives other samples.

    >>> certain = estimate(accuracy, np.array([[5, 0], [0, 5]]))
    >>> (certain.value, certain.low, certain.high)
    (1.0, 1.0, 1.0)
    """
    drawn = _resampled(counts.ravel(), replicates, seed).reshape(-1, *counts.shape)
    return _interval(float(metric(counts)), metric(drawn))


def difference(
    metric: Metric, gold: Ints, one: Ints, other: Ints, classes: int, *, replicates: int = REPLICATES, seed: int = 0
) -> Estimate:
    """Return how much better one prediction is than another on the same rows, with its 95 % interval.

    The rows are drawn once for both, so that what is hard for both does not widen the interval.

    Args:
        metric: `accuracy`, `macro_f1` ...
        gold: Class code of each row, shape (n,).
        one: The codes that the one predicted.
        other: The codes that the other predicted.
        classes: How many classes there are, k.
        replicates: How many samples.
        seed: Another seed gives other samples.
    """
    cells, counts = np.unique((gold * classes + one) * classes + other, return_counts=True)
    of_gold, of_one, of_other = cells // classes**2, cells // classes % classes, cells % classes

    def gain(drawn: Ints) -> Floats:
        return metric(_gathered(drawn, of_gold, of_one, classes)) - metric(_gathered(drawn, of_gold, of_other, classes))

    return _interval(float(gain(counts[None, :])[0]), gain(_resampled(counts, replicates, seed)))


def _gathered(drawn: Ints, gold: Ints, predicted: Ints, classes: int) -> Ints:
    """Add cells of shape (r, cells) up to confusions of shape (r, k, k)."""
    into = np.zeros((len(gold), classes * classes), dtype=np.int64)
    into[np.arange(len(gold)), gold * classes + predicted] = 1
    out: Ints = drawn @ into
    return out.reshape(-1, classes, classes)


def _resampled(cells: Ints, replicates: int, seed: int) -> Ints:
    n = int(cells.sum())
    if not n:
        return np.zeros((replicates, len(cells)), dtype=np.int64)
    drawn: Ints = np.random.default_rng(seed).multinomial(n, cells / n, size=replicates)
    return drawn


def _interval(value: float, replicates: Floats) -> Estimate:
    known = replicates[~np.isnan(replicates)]
    if np.isnan(value) or not len(known):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(known, _TAILS)
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    over, under = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    out: Floats = np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0)
    return out
