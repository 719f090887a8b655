"""Foretelling losses: learnt from earlier moments, calibrated on the middle, judged on later ones.

The examples are cut by time into 50, 20 and 30 %. An example is learnt from only where its outcome was known before the
next part begins, so that nothing of a later part is in an earlier one. The penalty is the one of `STRENGTHS` that
serves the middle part best; there the log odds are also corrected by a line (Platt 1999). For today's customers the
same is done once more with all that is known: learnt from the first 70 %, calibrated on the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.errors import QuestionError
from touchline.value.basis import Basis
from touchline.value.features import Known, Levels, known, levels
from touchline.value.logistic import Logistic, logistic, sigmoid
from touchline.value.outcomes import Examples, Outcomes, examples
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import phrase

STRENGTHS: Final = (1.0, 10.0, 100.0)
#: The most examples that are learnt from or calibrated on: every so many-th in time of more.
MOST: Final = 40_000
#: Fewest examples, and fewest lost and kept among them, of each part.
_ENOUGH: Final = {"learn from": (60, 12), "calibrate on": (20, 5), "judge by": (30, 5)}


@dataclass(frozen=True)
class Foretelling:
    """A model and its correction.

    Attributes:
        model: The regression.
        levels: The columns of segments.
        slope: Of the correction of the log odds.
        shift: Of the correction.
        strength: The penalty that was chosen.
    """

    model: Logistic
    levels: Levels
    slope: float
    shift: float
    strength: float

    def logits(self, x: Floats) -> Floats:
        """Return corrected log odds, shape (n,)."""
        return self.slope * self.model.logits(x) + self.shift

    def probabilities(self, x: Floats) -> Floats:
        """Return the probability of being lost, shape (n,)."""
        return sigmoid(self.logits(x))

    def drawn(self, x: Floats, many: int, seed: int = 0) -> Floats:
        """Return probabilities under weights drawn from what the data leave open, shape (n, many)."""
        rng = np.random.default_rng(seed)
        size = len(self.model.weights) + 1
        root = np.linalg.cholesky(self.model.covariance + 1e-12 * np.eye(size))
        weights = np.append(self.model.bias, self.model.weights)[:, None] + root @ rng.standard_normal((size, many))
        return sigmoid(self.slope * (self.model.design(x) @ weights) + self.shift)


@dataclass(frozen=True)
class Learned:
    """A model with its judgement.

    Attributes:
        all: Every example, in order of time.
        learnt, middle, later: Which of them belong to which part, as masks.
        what: What was known at each, with the columns of the judged model.
        judged: Learnt from the earlier ones.
        recency: The same with nothing but the days since the customer was active.
        share: Share lost of the earlier ones.
        today: Learnt from all.
    """

    all: Examples
    learnt: Bools
    middle: Bools
    later: Bools
    what: Known
    judged: Foretelling
    recency: Foretelling
    share: float
    today: Foretelling


def learned(basis: Basis, found: Outcomes, made: Examples | None = None) -> Learned:
    """Learn to foretell losses.

    Args:
        basis: The customers.
        found: What became of them.
        made: The examples, where they are made already.

    Raises:
        QuestionError: Too little is known; it says how much there is and how much it takes.
    """
    made = made or examples(basis, found)
    learnt, middle, later = parts(made)
    for name, part in zip(_ENOUGH, (learnt, middle, later), strict=True):
        _enough(made.of(part), name, len(made))
    chosen = levels(basis, made.owner[learnt], made.moment[learnt])
    what = known(basis, made.owner, made.moment, chosen)
    keys = basis.journeys.keys[made.owner]
    judged = _foretelling(what.names, what.x, made.lost, keys, learnt, middle, chosen)
    lately = np.log1p(what.recency)[:, None]
    recency = _foretelling(("days since active",), lately, made.lost, keys, learnt, middle, Levels(()))
    before, rest = _two(made, 0.7)
    chosen_now = levels(basis, made.owner[before], made.moment[before])
    what_now = what if chosen_now == chosen else known(basis, made.owner, made.moment, chosen_now)
    today = _foretelling(what_now.names, what_now.x, made.lost, keys, before, rest, chosen_now)
    share = float(made.lost[learnt | middle].mean())
    return Learned(made, learnt, middle, later, what, judged, recency, share, today)


def parts(made: Examples) -> tuple[Bools, Bools, Bools]:
    """Cut examples by time: to learn from, to calibrate on, to judge by; those in between belong to none."""
    early, later = _two(made, 0.7)
    inside = made.of(early)
    first, second = _two(inside, 5 / 7)
    learnt, middle = np.zeros(len(made), dtype=np.bool_), np.zeros(len(made), dtype=np.bool_)
    learnt[np.flatnonzero(early)[first]] = True
    middle[np.flatnonzero(early)[second]] = True
    return learnt, middle, later


def _two(made: Examples, share: float) -> tuple[Bools, Bools]:
    """Cut at the moment before which the share lies; what was not known then is in neither part."""
    if not len(made):
        return np.zeros(0, np.bool_), np.zeros(0, np.bool_)
    moments = np.unique(made.moment)
    cut = made.moment[min(int(np.ceil(share * len(made))), len(made) - 1)]
    if cut == moments[0] and len(moments) > 1:
        cut = moments[1]
    later = made.moment >= cut
    return ~later & (made.known <= cut), later


def _enough(part: Examples, name: str, everything: int) -> None:
    least, each = _ENOUGH[name]
    lost = int(part.lost.sum())
    if len(part) < least or min(lost, len(part) - lost) < each:
        raise QuestionError(
            phrase(
                "too little is known to {name}: {n} outcomes, {lost} of them lost, of {everything} in all",
                name=name,
                n=len(part),
                lost=lost,
                everything=everything,
            ),
            todo=phrase(
                "it takes {least}, with {each} lost and {each} kept; a longer history, or a shorter "
                "ahead or lead in [value], gives more",
                least=least,
                each=each,
            ),
        )


def _foretelling(
    names: tuple[str, ...], x: Floats, lost: Bools, keys: Ints, learnt: Bools, middle: Bools, chosen: Levels
) -> Foretelling:
    learnt, middle = _thinned(learnt), _thinned(middle)
    best: tuple[float, float, Logistic] | None = None
    for strength in STRENGTHS:
        model = logistic(names, x[learnt], lost[learnt], keys[learnt], strength=strength)
        loss = _loss(model.logits(x[middle]), lost[middle])
        if best is None or loss < best[0]:
            best = loss, strength, model
    assert best is not None  # noqa: S101  there are strengths
    _, strength, model = best
    slope, shift = _line(model.logits(x[middle]), lost[middle])
    return Foretelling(model, chosen, slope, shift, strength)


def _thinned(part: Bools) -> Bools:
    rows = np.flatnonzero(part)
    if len(rows) <= MOST:
        return part
    found = np.zeros(len(part), dtype=np.bool_)
    found[rows[np.linspace(0, len(rows) - 1, MOST).astype(np.int64)]] = True
    return found


def _loss(logits: Floats, lost: Bools) -> float:
    return float(np.mean(np.logaddexp(0, np.where(lost, -logits, logits))))


def _line(logits: Floats, lost: Bools) -> tuple[float, float]:
    """Return slope and shift of log odds that fit what came out (Platt 1999), held a little at 1 and 0."""
    from scipy.optimize import minimize

    def loss(at: Floats) -> tuple[float, Floats]:
        z = at[0] * logits + at[1]
        gap = sigmoid(z) - lost
        value = float(np.logaddexp(0, np.where(lost, -z, z)).sum()) + (at[0] - 1) ** 2
        return value, np.array([gap @ logits + 2 * (at[0] - 1), gap.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.0, None), (None, None)])
    return float(found.x[0]), float(found.x[1])
