"""How good foretold losses are: AUC, average precision, Brier score, calibration, with intervals over customers.

AUC: the chance that one who was lost had the higher probability, ties half. Average precision: precision at each
probability, weighed by the recall that it adds; compare it with the share lost. Brier: mean squared error. Calibration
error (ECE): mean gap between probability and share lost over ten groups of equal size. Intervals: whole customers drawn
again (Poisson).
Source: Hanley and McNeil 1982; Davis and Goadrich 2006; Brier 1950; Naeini, Cooper and Hauskrecht 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.scores.bootstrap import REPLICATES, resampled_sums
from touchline.warehouse.index.journeys import Bools, Floats, Ints

MEASURES: Final = ("auc", "average precision", "brier", "calibration error")
_GROUPS: Final = 10
_FINE: Final = 2_000
_TAILS: Final = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


def measures(p: Floats, lost: Bools) -> Floats:
    """Return the four measures, in the order of `MEASURES`; NaN where nobody was lost or nobody stayed.

    Args:
        p: Probabilities of being lost, shape (n,).
        lost: Who was, shape (n,).

    >>> measures(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]) > 0)[:2].round(4).tolist()
    [0.75, 0.8333]
    """
    _, place = np.unique(p, return_inverse=True)
    values = _values(p, lost)
    sums = np.stack([np.bincount(place, column, int(place.max()) + 1) for column in values.T[:2]], axis=1)
    tenth = _tenths(p)
    gaps = np.stack([np.bincount(tenth, column, _GROUPS) for column in values.T], axis=1)
    return _measured(sums[:, :, None].astype(np.float64), gaps[:, :, None].astype(np.float64))[:, 0]


def samples(p: Floats, lost: Bools, keys: Ints, replicates: int = REPLICATES) -> Floats:
    """Return the measures when whole customers are drawn again, shape (4, replicates).

    Of more than `_FINE` probabilities those next to each other count as equal: this is for the interval only.
    """
    _, place = np.unique(p, return_inverse=True)
    many = int(place.max(initial=0)) + 1
    if many > _FINE:
        place, many = place * _FINE // many, _FINE
    values = _values(p, lost)
    sums = resampled_sums(keys, place.astype(np.int64), values[:, :2], many, replicates=replicates)
    gaps = resampled_sums(keys, _tenths(p), values, _GROUPS, replicates=replicates)
    return _measured(sums, gaps)


def _values(p: Floats, lost: Bools) -> Floats:
    """Return per example: lost, kept, squared error, gap."""
    return np.column_stack([lost, ~lost, (p - lost) ** 2, p - lost]).astype(np.float64)


def _tenths(p: Floats) -> Ints:
    """Return which of ten groups of equal size each probability is in."""
    out = np.empty(len(p), dtype=np.int64)
    out[np.argsort(p, kind="stable")] = np.arange(len(p)) * _GROUPS // max(len(p), 1)
    return out


def _measured(sums: Floats, gaps: Floats) -> Floats:
    """Return the measures from sums of `_values` per probability, ascending, and per tenth; samples come last."""
    yes, no = sums[:, 0], sums[:, 1]
    gone, stayed = yes.sum(axis=0), no.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (yes * (np.cumsum(no, axis=0) - no / 2)).sum(axis=0) / (gone * stayed)
        flagged = np.cumsum((yes + no)[::-1], axis=0)
        hits = np.cumsum(yes[::-1], axis=0)
        precision = np.divide(hits, flagged, out=np.zeros_like(hits), where=flagged > 0)
        average = (yes[::-1] * precision).sum(axis=0) / gone
        total = gone + stayed
        brier = gaps[:, 2].sum(axis=0) / total
        gap = np.abs(gaps[:, 3]).sum(axis=0) / total
    found: Floats = np.where((gone > 0) & (stayed > 0), np.stack([auc, average, brier, gap]), np.nan)
    return found


def judged(p: Floats, lost: Bools, keys: Ints, *, replicates: int = REPLICATES) -> list[Estimate]:
    """Return the four measures with their intervals.

    Args:
        p: Probabilities, shape (n,).
        lost: Who was lost, shape (n,).
        keys: Customer keys, shape (n,).
        replicates: Samples behind the intervals.
    """
    drawn = samples(p, lost, keys, replicates)
    return [interval(value, one) for value, one in zip(measures(p, lost).tolist(), drawn, strict=True)]


def gains(p: Floats, other: Floats, lost: Bools, keys: Ints, *, replicates: int = REPLICATES) -> list[Estimate]:
    """Return by how much the measures differ from those of other probabilities, in the same samples."""
    point = measures(p, lost) - measures(other, lost)
    drawn = samples(p, lost, keys, replicates) - samples(other, lost, keys, replicates)
    return [interval(value, one) for value, one in zip(point.tolist(), drawn, strict=True)]


def interval(value: float, samples: Floats) -> Estimate:
    """Return a value with the 95 % percentile interval of samples, extended to contain it."""
    there = samples[np.isfinite(samples)]
    if not len(there) or not np.isfinite(value):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(there, _TAILS)
    return Estimate(value, min(value, float(low)), max(value, float(high)))
