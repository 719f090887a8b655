"""Moments that matter and moments of delight: emotional load times the effect on the outcome; volume is only size.

The emotional load of a moment (a stage or touchpoint) is the share of its touches with words that carry an emotion; of
delight, one of satisfaction, gratitude or delight. The effect is a difference of outcomes of customers who were
there, all else equal by the driver model: for a moment that matters how much more is lost after a bad experience than
after a good one, for delight how much less after a good one than after neither. The outcome is losing the customer,
or the revenue of the days ahead. Intervals: customers drawn again, for load and effect together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.scores.base import LOW_N, Figure
from touchline.scores.bootstrap import REPLICATES, poisson_weights, resampled_sums
from touchline.scores.cells import column, hidden
from touchline.scores.excess import spread
from touchline.scores.groups import group_name
from touchline.scores.intervals import benjamini_hochberg
from touchline.value.basis import Basis
from touchline.value.designs import Design, of_churn
from touchline.value.drivers import CHANCE, contrast, fitted
from touchline.value.judging import Estimate
from touchline.value.money import UNIT
from touchline.value.outcomes import examples, outcomes
from touchline.value.voices import DAY, until
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.scores.touched import Touched
    from touchline.vocabulary.taxonomy import Taxonomy

Outcome = Literal["churn", "revenue"]
BY: Final = ("stage", "touchpoint")
#: Emotions that are none of a moment's load, and those of delight.
NEUTRAL: Final = "neutral"
DELIGHT: Final = ("satisfaction", "gratitude", "delight")
#: The pull of the linear model's standardised weights towards 0, in examples.
_PULL: Final = 10.0


def moments(
    data: Touched,
    taxonomy: Taxonomy,
    basis: Basis,
    *,
    by: str = "stage",
    outcome: Outcome = "churn",
    seed: int = 0,
) -> Figure:
    """Tell which moments matter, and which delight.

    Args:
        data: Touches, with the themes of all their mentions.
        taxonomy: Names stages and touchpoints.
        basis: The customers.
        by: ``stage`` or ``touchpoint``.
        outcome: ``churn``, or ``revenue`` of the look-ahead in ``[value]``.
        seed: Of the draws.

    Returns:
        Rows, the strongest first: moment (``matters``, ``delight``), value, name, score (load times effect) with low
        and high, load (0 to 1), effect (probability of losing the customer, or money) with effect_low and
        effect_high, p_adjusted (of the effect, Benjamini-Yekutieli), stands_out, jsi, n (touches), customers,
        examples (outcomes of customers who were there), hidden, low_n. Facts: ``outcome``, ``auc`` (of churn, on
        customers held out).

    Raises:
        QuestionError: Too little is known; nothing says when a customer is lost; an unknown breakdown or outcome.
    """
    if by not in BY:
        raise unknown("breakdown", by, BY)
    if outcome not in ("churn", "revenue"):
        raise unknown("outcome", outcome, ("churn", "revenue"))
    design = of_churn(data, basis, sides=by)
    model = _churn(design, seed) if outcome == "churn" else _revenue(design, basis, seed)
    found: list[_Moment] = []
    coded = data.columns[by]
    for code, name in enumerate(coded.names):
        found += _of(data, coded.codes == code, model, by, name, seed)
    if not found:
        raise QuestionError(
            phrase("at no {by} {low_n} customers had a good or bad experience before an outcome", by=by, low_n=LOW_N),
            todo=phrase("ask of a longer time or more segments"),
        )
    p = benjamini_hochberg(np.array([one.p for one in found]), overlapping=True)
    order = sorted(range(len(found)), key=lambda i: (-found[i].score, found[i].kind, found[i].value))
    chosen = [found[i] for i in order]
    customers = [np.unique(data.customer[one.mask]) for one in chosen]
    hide = hidden([len(keys) for keys in customers])

    def behind(row: int) -> Ints:
        return customers[row]

    def triple(name: str, ends: str) -> dict[str, Any]:
        first = np.array([getattr(one, name) for one in chosen])
        low, high = (np.array([getattr(one, ends)[i] for one in chosen]) for i in (0, 1))
        prefix = "" if name == "score" else f"{name}_"
        return {name: column(first, hide), f"{prefix}low": column(low, hide), f"{prefix}high": column(high, hide)}

    rows: dict[str, Any] = {
        "moment": pa.array([one.kind for one in chosen], pa.string()),
        "value": pa.array([one.value for one in chosen], pa.string()),
        "name": pa.array([group_name(taxonomy, by, one.value) for one in chosen], pa.string()),
        **triple("score", "span"),
        "load": column(np.array([one.load for one in chosen]), hide),
        **triple("effect", "ends"),
        "p_adjusted": column(p[order]),
        "stands_out": pa.array(p[order] < CHANCE),
        "jsi": column(np.array([one.jsi for one in chosen]), hide),
        "n": pa.array([int(one.mask.sum()) for one in chosen], pa.int64()),
        "customers": pa.array([len(keys) for keys in customers], pa.int64()),
        "examples": pa.array([one.examples for one in chosen], pa.int64()),
        "hidden": pa.array(hide),
        "low_n": pa.array([len(keys) < LOW_N for keys in customers]),
    }
    notes = [] if (p < CHANCE).any() else [phrase("No moment's effect stands out beyond chance.")]
    notes.append(phrase("An effect goes with the outcome, all else equal by the driver model; it need not cause it."))
    what = (
        phrase("losing the customer")
        if outcome == "churn"
        else phrase("the revenue of the next {ahead} days", ahead=Number(f"{basis.value.ahead:g}"))
    )
    facts: dict[str, Any] = {"by": by, "outcome": outcome, "examples": len(design), "replicates": REPLICATES}
    facts["seed"] = seed
    if model.auc is not None:
        facts |= {"auc": model.auc.value, "auc_low": model.auc.low, "auc_high": model.auc.high}
    return Figure(
        "moments",
        pa.table(rows),
        phrase(
            "Emotional load times the effect on {what}: of a bad experience against a good one "
            "(matters), and of a good one against neither (delight), all else equal, with 95 % "
            "intervals over customers. Volume is only size.",
            what=what,
        ),
        tuple(notes),
        facts,
        behind,
    )


@dataclass(frozen=True)
class _Model:
    """How the outcome changes with columns; ``effect`` gives the point and draws."""

    design: Design
    auc: Estimate | None
    made: Any
    linear: tuple[Floats, Floats] | None  # weights per unit, and in every draw

    def effect(self, rows: Ints, to: dict[int, float], other: dict[int, float]) -> tuple[float, Floats]:
        """Return how much worse the outcome is with columns set to ``to`` than to ``other``."""
        if self.linear is None:
            return contrast(self.made, rows, to, other)
        weights, drawn = self.linear
        places = list(to)
        change = np.array([other[place] - to[place] for place in places])  # less revenue is worse
        return float(change @ weights[places]), change @ drawn[places]


@dataclass(frozen=True)
class _Moment:
    kind: str
    value: str
    mask: Bools
    score: float
    span: tuple[float, float]
    load: float
    effect: float
    ends: tuple[float, float]
    p: float
    jsi: float
    examples: int


def _churn(design: Design, seed: int) -> _Model:
    made = fitted(design, seed)
    return _Model(made.design, made.auc, made, None)


def _revenue(design: Design, basis: Basis, seed: int) -> _Model:
    """Fit a linear model of the revenue of the days ahead, where these are over."""
    made = examples(basis, outcomes(basis))
    ahead = int(basis.value.ahead * DAY)
    journeys = basis.journeys
    over = made.moment + ahead <= basis.end
    total = np.concatenate([[0], np.cumsum(basis.money.amounts, dtype=np.int64)])
    begin = until(journeys.starts, journeys.at, made.owner, made.moment)
    end = until(journeys.starts, journeys.at, made.owner, made.moment + ahead)
    paid = (total[end] - total[begin]) / UNIT
    part = Design(
        design.drivers, design.x[over], design.there[over], design.outcome[over], design.keys[over], design.what
    )
    if len(part) < 100 or np.ptp(paid[over]) == 0:
        raise QuestionError(
            phrase("too little is known of the revenue ahead: {n} times at which it is over", n=len(part)),
            todo=phrase("it takes 100; ask of a longer time, or set a shorter ahead in [value]"),
        )
    people = np.unique(part.keys)
    kept = [i for i in range(part.x.shape[1]) if np.ptp(part.x[:, i]) > 0
            and len(np.unique(part.keys[part.there[:, i]])) >= LOW_N]  # fmt: skip
    drivers = tuple(part.drivers[i] for i in kept)
    x, y = part.x[:, kept], paid[over]
    middle, sd = x.mean(axis=0), x.std(axis=0)
    z = np.column_stack([np.ones(len(x)), (x - middle) / sd])
    bread = z.T @ z + np.diag([0.0] + [_PULL] * len(kept))
    weights = np.linalg.solve(bread, z.T @ y)
    score = np.zeros((len(people), z.shape[1]))
    np.add.at(score, np.searchsorted(people, part.keys), z * (y - z @ weights)[:, None])
    moved = score.T @ (poisson_weights(people, REPLICATES, seed).astype(np.float64) - 1)
    drawn = weights[:, None] + np.linalg.solve(bread, moved)
    shown = Design(drivers, x, part.there[:, kept], part.outcome, part.keys, part.what)
    return _Model(shown, None, None, (weights[1:] / sd, drawn[1:] / sd[:, None]))


def _of(data: Touched, mask: Bools, model: _Model, by: str, name: str, seed: int) -> list[_Moment]:
    """Return the moment that matters and the moment of delight of one stage or touchpoint, where there are any."""
    from scipy.special import ndtr

    design = model.design
    place = {d.side: i for i, d in enumerate(design.drivers) if d.kind == by and d.value == name}
    if not place:
        return []
    rows = np.flatnonzero(design.there[:, list(place.values())].any(axis=1))
    emotion = data.columns["emotion"]
    worded = mask & (emotion.codes >= 0)
    if not worded.any():
        return []
    w = data.weight[mask]
    jsi = float(50 * (1 + (w * data.s[mask]).sum() / w.sum()))
    found = []
    nothing = dict.fromkeys(place.values(), 0.0)
    for kind in ("matters", "delight"):
        if kind == "delight" and "good" not in place:
            continue
        if kind == "matters" and "bad" not in place:
            continue
        if kind == "matters":
            moved, other = nothing | {place["bad"]: 1.0}, dict(nothing)
            if "good" in place:
                other[place["good"]] = 1.0
            felt = [code for code, one in enumerate(emotion.names) if one != NEUTRAL]
        else:
            moved, other = dict(nothing), nothing | {place["good"]: 1.0}
            felt = [code for code, one in enumerate(emotion.names) if one in DELIGHT]
        effect, drawn = model.effect(rows, moved, other)
        load, loads = _load(data, worded, np.isin(emotion.codes, felt), seed)
        error = float(drawn.std())
        ends = spread(np.array([effect]), drawn[None])
        span = spread(np.array([load * effect]), (loads * drawn)[None])
        found.append(_Moment(
            kind, name, mask, load * effect, (float(span[0][0]), float(span[1][0])), load, effect,
            (float(ends[0][0]), float(ends[1][0])), float(2 * ndtr(-abs(effect) / error)) if error > 0 else 1.0, jsi,
            len(rows),
        ))  # fmt: skip
    return found


def _load(data: Touched, worded: Bools, felt: Bools, seed: int) -> tuple[float, Floats]:
    """Return the share of touches with words that carry an emotion, and that in every draw."""
    carries = felt[worded].astype(np.float64)
    values = np.stack([carries, np.ones(len(carries))], axis=1)
    drawn = resampled_sums(data.customer[worded], np.zeros(len(carries), dtype=np.int64), values, 1, seed=seed)[0]
    shares = np.divide(drawn[0], drawn[1], out=np.full(drawn.shape[1], np.nan), where=drawn[1] > 0)
    return float(carries.mean()), shares
