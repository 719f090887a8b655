"""How far to go from what is known: the strength that reads unseen parts of the labels best, and how well it does.

Labels are cut into five parts by the hash of their text. Each part is read by a correction learnt from the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.teaching.lesson import FOLDS
from touchline.understanding.teaching.regression import Fit, fit, log_softmax

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: Strengths that are tried, the strongest first: each search begins where the one before ended.
STRENGTHS: Final = (30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03)
#: With fewer labels nothing is chosen; this strength is taken, and nothing is said of what it brought.
FEW: Final = 20
USUAL: Final = 10.0
#: The strength is chosen on this many labels at most, so that it takes seconds.
MOST: Final = 4_000


@dataclass(frozen=True, slots=True)
class Rows:
    """What a fit is made from: features, log-probabilities before, what is right, and how much each row counts."""

    x: Floats
    base: Floats
    targets: Floats
    weights: Floats

    def taken(self, keep: Mask | Ints) -> Rows:
        """Return some of the rows."""
        return Rows(self.x[keep], self.base[keep], self.targets[keep], self.weights[keep])

    def plus(self, other: Rows | None) -> Rows:
        """Return these rows and more."""
        if other is None or not len(other.x):
            return self
        mine = (self.x, self.base, self.targets, self.weights)
        theirs = (other.x, other.base, other.targets, other.weights)
        return Rows(*(np.concatenate(pair) for pair in zip(mine, theirs, strict=True)))

    def fit(self, strength: float, start: Fit | None = None) -> Fit:
        """Fit a correction to them."""
        return fit(self.x, self.base, self.targets, self.weights, strength, start)


#: Gives more rows to learn from beside the labels that are kept, without a look at the others.
More = Callable[[Mask], Rows | None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What cross-validation found.

    Attributes:
        strength: That read unseen labels best; None where every one did clearly worse than what was known.
        known: Whether that was found by cross-validation; else there were too few labels for it.
        after: Log-probabilities of each row by the corrections that never saw it; those from before where all did
            worse, or where there were too few labels.
    """

    strength: float | None
    known: bool
    after: Floats


def check(rows: Rows, folds: Ints, more: More = lambda keep: None) -> Checked:
    """Choose the strength, and read every row by what the other parts teach.

    Args:
        rows: Labels.
        folds: Part of each row.
        more: Further rows to learn from.
    """
    before = log_softmax(rows.base)
    if len(rows.x) < FEW:
        return Checked(USUAL if len(rows.x) else None, False, before)
    judged = np.arange(len(rows.x)) < MOST  # rows come ordered by hash: any stretch of them is a fair draw
    parts = [part for part in range(FOLDS) if (folds == part).any() and (judged & (folds != part)).any()]
    learnt = [rows.taken(keep).plus(more(keep)) for keep in (judged & (folds != part) for part in parts)]
    states: list[Fit | None] = [None] * len(parts)
    known = _told(before, rows)
    best, chosen, after = np.full(len(rows.x), -np.inf), STRENGTHS[0], before
    for strength in STRENGTHS:
        logs = before.copy()
        for i, part in enumerate(parts):
            unseen = folds == part
            fitted = states[i] = learnt[i].fit(strength, states[i])
            logs[unseen] = fitted.logs(rows.x[unseen], rows.base[unseen])
        told = _told(logs, rows)
        if told.mean() <= best.mean():
            break  # what is weaker only learns more by heart
        best, chosen, after = told, strength, logs
    gain = best - known
    if gain.mean() + gain.std() / np.sqrt(len(gain)) < 0:
        return Checked(None, True, before)
    return Checked(chosen, True, after)


def _told(logs: Floats, rows: Rows) -> Floats:
    """Return, row by row, the log-probability of what is right, times how much the row counts."""
    told: Floats = (logs * rows.targets).sum(axis=1) * rows.weights
    return told
