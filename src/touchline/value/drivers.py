"""What drives a bad score or the loss of a customer, all else equal: a regularised logistic regression.

Importance is the size of a driver's weight (log odds per standard deviation): how far it moves the outcome, as often
as it is met. The average marginal effect is how much likelier the outcome is with it than without, on average over
all rows with everything else as it was; for numbers, with one standard deviation more. Intervals: customers drawn
again.

Importance against performance (Martilla and James 1977): of stages and themes, those more important than the mean of
their kind (beyond doubt: their interval excludes 0) are to *fix* where the JSI of what was said of them is below that
of all, else to *keep*; of the others those below are to *watch*, and the rest to *ignore*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa

from touchline.errors import unknown
from touchline.scores.base import LOW_N, Figure
from touchline.scores.bootstrap import REPLICATES
from touchline.scores.cells import column
from touchline.scores.excess import spread
from touchline.scores.groups import group_name
from touchline.scores.intervals import benjamini_hochberg
from touchline.value.designs import Design, Driver, of_churn, of_score
from touchline.value.judging import Estimate, judged
from touchline.value.learning import MOST, STRENGTHS
from touchline.value.logistic import Logistic, logistic, redrawn, sigmoid
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.scores.touched import Touched
    from touchline.value.basis import Basis
    from touchline.vocabulary.taxonomy import Taxonomy

Of = Literal["score", "churn"]
CHANCE: Final = 0.05
#: Rows over which the intervals of marginal effects are averaged: every so many-th of more.
_ROWS: Final = 1500
_HELD_OUT: Final = 0.3
_FOLDS: Final = 3
_SIDED: Final = ("stage", "theme")


@dataclass(frozen=True)
class Fitted:
    """A model of an outcome with its judgement.

    Attributes:
        design: What it was fitted to.
        model: The regression, over all rows.
        strength: Its penalty, chosen by customers left out in turn.
        drawn: Bias and weights with customers drawn again, shape (1 + columns, draws).
        auc: On customers that the judged model had not seen.
        held_out: How many they are.
    """

    design: Design
    model: Logistic
    strength: float
    drawn: Floats
    auc: Estimate
    held_out: int


def fitted(design: Design, seed: int = 0) -> Fitted:
    """Fit and judge a model.

    Three in ten customers are held out to judge it; its penalty is the one that foretells best those left out in turn
    of the others. The model that is told is fitted to all.
    """
    design = design.enough()
    names = tuple(":".join(x for x in (d.kind, d.value, d.side) if x) for d in design.drivers)
    known, of = np.unique(design.keys, return_inverse=True)
    place = np.random.default_rng(seed).permutation(len(known))[of]
    held = place < _HELD_OUT * len(known)
    fold = place % _FOLDS
    learnt = ~held
    losses = []
    for strength in STRENGTHS:
        loss = 0.0
        for part in range(_FOLDS):
            model = _fit(names, design, learnt & (fold != part), strength)
            rest = learnt & (fold == part)
            z = model.logits(design.x[rest])
            loss += float(np.logaddexp(0, np.where(design.outcome[rest], -z, z)).sum())
        losses.append(loss)
    strength = STRENGTHS[int(np.argmin(losses))]
    early = _fit(names, design, learnt, strength)
    p = sigmoid(early.logits(design.x[held]))
    auc = judged(p, design.outcome[held], design.keys[held])[0]
    every = np.ones(len(design), dtype=np.bool_)
    model = _fit(names, design, every, strength)
    rows = _thinned(every)
    drawn = redrawn(model, design.x[rows], design.outcome[rows], design.keys[rows], strength=strength, seed=seed)
    return Fitted(design, model, strength, drawn, auc, len(np.unique(design.keys[held])))


def _fit(names: tuple[str, ...], design: Design, part: Bools, strength: float) -> Logistic:
    """Fit without a covariance: intervals are those of customers drawn again."""
    rows = _thinned(part)
    return logistic(names, design.x[rows], design.outcome[rows], design.keys[rows], strength=strength, errors=False)


def _thinned(part: Bools) -> Ints:
    rows = np.flatnonzero(part)
    return rows if len(rows) <= MOST else rows[np.linspace(0, len(rows) - 1, MOST).astype(np.int64)]


def contrast(
    made: Fitted,
    rows: Ints,
    to: Mapping[int, float],
    other: Mapping[int, float],
    around: tuple[Floats, Floats] | None = None,
) -> tuple[float, Floats]:
    """Return how much likelier the outcome is with some columns set to one value than to another.

    Args:
        made: The model.
        rows: Over which customers to average, everything else as it was.
        to: Column to value.
        other: Column to value of the comparison.
        around: What `unchanged` tells of the same rows, where several contrasts are asked over them.

    Returns:
        The mean difference of probabilities, and the same in every draw (over at most some of the rows).
    """
    if not len(rows):
        return float("nan"), np.full(made.drawn.shape[1], np.nan)
    model, x, some = made.model, made.design.x, _some(rows)
    base, drawn_base = around or unchanged(made, rows)
    points, draws = [], []
    for values in (to, other):
        z, drawn = base.copy(), drawn_base.copy()
        for place, value in values.items():
            z += model.weights[place] * (value - x[rows, place]) / model.spread[place]
            drawn += ((value - x[some, place]) / model.spread[place])[:, None] * made.drawn[1 + place]
        points.append(float(sigmoid(z).mean()))
        draws.append(sigmoid(drawn).mean(axis=0))
    return points[0] - points[1], draws[0] - draws[1]


def unchanged(made: Fitted, rows: Ints) -> tuple[Floats, Floats]:
    """Return log odds of rows as they are, and of some of them in every draw."""
    x = made.design.x
    return made.model.logits(x[rows]), made.model.design(x[_some(rows)]) @ made.drawn


def _some(rows: Ints) -> Ints:
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), _ROWS)).astype(np.int64)]


def drivers(
    data: Touched, taxonomy: Taxonomy, *, of: Of = "score", basis: Basis | None = None, seed: int = 0
) -> Figure:
    """Tell what drives a bad score or churn.

    Args:
        data: Touches with the themes of all their mentions.
        taxonomy: Names stages and themes.
        of: ``score``: a touch of sentiment -1; ``churn``: losing the customer.
        basis: The customers, for churn.
        seed: Of the draws and of who is held out.

    Returns:
        Rows, most important first: kind (theme, stage, channel, effort, resolution, waiting, other), value, name,
        importance with low and high, weight (of the log odds per standard deviation; above 0 it speaks for the bad
        outcome) with weight_low and weight_high, effect (average marginal effect on the probability) with effect_low
        and effect_high, p_adjusted (Benjamini-Yekutieli), stands_out, jsi (of what was said with it), quadrant
        (``fix``, ``keep``, ``watch``, ``ignore``; of stages and themes), n (outcomes that it is met in), customers,
        hidden, low_n. Facts: ``auc`` with ``auc_low`` and ``auc_high`` on customers held out, ``held_out``, ``base``
        (the share of bad outcomes), ``strength``.

    Raises:
        QuestionError: Too little is known; nothing says when a customer is lost.
    """
    if of not in ("score", "churn"):
        raise unknown("outcome", of, ("score", "churn"))
    if of == "churn" and basis is None:
        raise ValueError("drivers of churn need a basis")
    design = of_score(data) if basis is None or of == "score" else of_churn(data, basis)
    made = fitted(design, seed)
    design = made.design
    weights, drawn = made.model.weights, made.drawn[1:]
    low, high = spread(weights, drawn)
    error = drawn.std(axis=1)
    p = np.array([_p(w, e) for w, e in zip(weights.tolist(), error.tolist(), strict=True)])
    adjusted = benjamini_hochberg(p, overlapping=True)
    importance = np.abs(weights)
    least = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    most = np.maximum(np.abs(low), np.abs(high))
    all_rows = _thinned(np.ones(len(design), dtype=np.bool_))
    around = unchanged(made, all_rows)
    effects = np.array([_effect(made, all_rows, around, place) for place in range(len(weights))]).reshape(-1, 3)
    customers = [np.unique(design.keys[design.there[:, place]]) for place in range(len(weights))]
    jsi = np.array([_jsi(data, driver) for driver in design.drivers])
    overall = _mean(data, np.ones(len(data), dtype=np.bool_))
    quadrants = _quadrants(design.drivers, importance, least > 0, jsi, overall)
    order = np.lexsort((np.arange(len(weights)), -importance))
    names = [design.drivers[place] for place in order.tolist()]
    rows: dict[str, Any] = {
        "kind": pa.array([d.kind for d in names], pa.string()),
        "value": pa.array([d.value for d in names], pa.string()),
        "name": pa.array([group_name(taxonomy, d.kind, d.value) for d in names], pa.string()),
        "importance": column(importance[order]),
        "low": column(least[order]),
        "high": column(most[order]),
        "weight": column(weights[order]),
        "weight_low": column(low[order]),
        "weight_high": column(high[order]),
        "effect": column(effects[order, 0]),
        "effect_low": column(effects[order, 1]),
        "effect_high": column(effects[order, 2]),
        "p_adjusted": column(adjusted[order]),
        "stands_out": pa.array((adjusted < CHANCE)[order]),
        "jsi": column(jsi[order]),
        "quadrant": pa.array([quadrants[place] for place in order.tolist()], pa.string()),
        "n": pa.array(design.there.sum(axis=0)[order], pa.int64()),
        "customers": pa.array([len(customers[place]) for place in order.tolist()], pa.int64()),
        "hidden": pa.array([False] * len(names)),
        "low_n": pa.array([len(customers[place]) < LOW_N for place in order.tolist()]),
    }
    keys = [customers[place] for place in order.tolist()]

    def behind(row: int) -> Ints:
        who: Ints = keys[row]
        return who

    unsure = made.auc.low <= 0.5
    return Figure(
        "drivers",
        pa.table(rows),
        phrase(
            "What drives {what}, all else equal: a regularised logistic regression over {n} "
            "outcomes, with 95 % intervals over customers. It goes with the outcome; it need not "
            "cause it.",
            what=design.what,
            n=len(design),
        ),
        _notes(of, unsure=unsure, some=bool((adjusted < CHANCE).any())),
        {
            "of": of,
            "auc": made.auc.value,
            "auc_low": made.auc.low,
            "auc_high": made.auc.high,
            "held_out": made.held_out,
            "base": float(design.outcome.mean()),
            "jsi": overall,
            "n": len(design),
            "customers": len(np.unique(design.keys)),
            "strength": made.strength,
            "replicates": REPLICATES,
            "seed": seed,
        },
        behind,
    )


def _notes(of: str, *, unsure: bool, some: bool) -> tuple[str, ...]:
    notes = [phrase("Drivers that fewer than {low_n} customers speak of are left out.", low_n=LOW_N)]
    if of == "score":
        notes.append(phrase("Themes, effort and resolution are read from the words that often make the score, too."))
    if not some:
        notes.append(phrase("No driver stands out beyond chance."))
    if unsure:
        notes.append(
            phrase("The outcome is not told better than by tossing a coin on customers held out: trust no driver.")
        )
    return tuple(notes)


def _p(weight: float, error: float) -> float:
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(weight) / error)) if error > 0 else 1.0


def _effect(made: Fitted, rows: Ints, around: tuple[Floats, Floats], place: int) -> tuple[float, float, float]:
    x = made.design.x[:, place]
    if np.isin(x, (0.0, 1.0)).all():
        point, drawn = contrast(made, rows, {place: 1.0}, {place: 0.0}, around)
    else:
        middle, sd = float(made.model.middle[place]), float(made.model.spread[place])
        point, drawn = contrast(made, rows, {place: middle + sd / 2}, {place: middle - sd / 2}, around)
    low, high = spread(np.array([point]), drawn[None])
    return point, float(low[0]), float(high[0])


def _jsi(data: Touched, driver: Driver) -> float:
    """Return the JSI of what was said with a driver; NaN where that is no set of touches."""
    if driver.kind == "theme":
        return _mean(data, data.carries(data.theme.names.index(driver.value)))
    if driver.kind in data.columns:
        coded = data.columns[driver.kind]
        return _mean(data, coded.codes == coded.names.index(driver.value))
    return float("nan")


def _mean(data: Touched, rows: Bools) -> float:
    w = data.weight[rows]
    return float(50 * (1 + (w * data.s[rows]).sum() / w.sum())) if w.sum() > 0 else float("nan")


def _quadrants(
    drivers: tuple[Driver, ...], importance: Floats, sure: Bools, jsi: Floats, overall: float
) -> list[str | None]:
    out: list[str | None] = [None] * len(drivers)
    for kind in _SIDED:
        mine = [place for place, driver in enumerate(drivers) if driver.kind == kind]
        if not mine:
            continue
        cut = float(importance[mine].mean())
        for place in mine:
            below = jsi[place] < overall
            matters = importance[place] >= cut and sure[place]
            out[place] = ("fix" if below else "keep") if matters else ("watch" if below else "ignore")
    return out
