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

from touchline.scores.bootstrap import REPLICATES, poisson_weights
from touchline.warehouse.index.journeys import Bools, Floats, Ints

MEASURES: Final = ("auc", "average precision", "brier", "calibration error")
_GROUPS: Final = 10
_TAILS: Final = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


def measures(p: Floats, lost: Bools, weights: Floats) -> Floats:
    """Return the four measures in every sample.

    Args:
        p: Probabilities of being lost, shape (n,).
        lost: Who was, shape (n,).
        weights: How often each counts, shape (n, samples).

    Returns:
        Shape (4, samples), in the order of `MEASURES`; NaN where a sample lacks one of both kinds.

    >>> measures(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]) > 0, np.ones((4, 1)))[:2].round(4).tolist()
    [[0.75], [0.8333]]
    """
    order = np.argsort(p, kind="stable")
    p, lost, weights = p[order], lost[order], weights[order]
    first = np.flatnonzero(np.concatenate([[True], p[1:] != p[:-1]]))
    yes = np.add.reduceat(weights * lost[:, None], first, axis=0)
    no = np.add.reduceat(weights * ~lost[:, None], first, axis=0)
    gone, stayed = yes.sum(axis=0), no.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (yes * (np.cumsum(no, axis=0) - no / 2)).sum(axis=0) / (gone * stayed)
        flagged = np.cumsum((yes + no)[::-1], axis=0)
        hits = np.cumsum(yes[::-1], axis=0)
        precision = np.divide(hits, flagged, out=np.zeros_like(hits), where=flagged > 0)
        average = (yes[::-1] * precision).sum(axis=0) / gone
        total = weights.sum(axis=0)
        brier = ((p - lost) ** 2) @ weights / total
        cut = np.unique(np.linspace(0, len(p), _GROUPS + 1).astype(np.int64)[:-1])
        gap = np.abs(np.add.reduceat(weights * (p - lost)[:, None], cut, axis=0)).sum(axis=0) / total
    either = (gone > 0) & (stayed > 0)
    return np.where(either, np.stack([auc, average, brier, gap]), np.nan)


def judged(p: Floats, lost: Bools, keys: Ints, *, replicates: int = REPLICATES) -> list[Estimate]:
    """Return the four measures with their intervals.

    Args:
        p: Probabilities, shape (n,).
        lost: Who was lost, shape (n,).
        keys: Customer keys, shape (n,).
        replicates: Samples behind the intervals.
    """
    point = measures(p, lost, np.ones((len(p), 1)))[:, 0]
    drawn = measures(p, lost, poisson_weights(keys, replicates).astype(np.float64))
    return [interval(value, samples) for value, samples in zip(point.tolist(), drawn, strict=True)]


def gains(p: Floats, other: Floats, lost: Bools, keys: Ints, *, replicates: int = REPLICATES) -> list[Estimate]:
    """Return by how much the measures differ from those of other probabilities, in the same samples."""
    weights = poisson_weights(keys, replicates).astype(np.float64)
    one = np.ones((len(p), 1))
    point = (measures(p, lost, one) - measures(other, lost, one))[:, 0]
    drawn = measures(p, lost, weights) - measures(other, lost, weights)
    return [interval(value, samples) for value, samples in zip(point.tolist(), drawn, strict=True)]


def interval(value: float, samples: Floats) -> Estimate:
    """Return a value with the 95 % percentile interval of samples, extended to contain it."""
    there = samples[np.isfinite(samples)]
    if not len(there) or not np.isfinite(value):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(there, _TAILS)
    return Estimate(value, min(value, float(low)), max(value, float(high)))
