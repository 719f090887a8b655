"""The health score: one number, 0 to 100, of a customer who is there now, and what it is made of.

Five parts, each 0 (bad) to 100 (good):

    experience   the standing JSI; unknown without a word
    trend        50 + the trend of the JSI, within 0 and 100; unknown without a word 28 days before
    recency      100 (1 - days since active / limit), at least 0; the limit is ``inactive`` of [value]
    activity     100 now / (now + before): active steps of the last 91 days and the 91 before; unknown without either
    trouble      100 / (1 + touches of high effort or unresolved in the last half year)

    health = sum(weight * part) / sum(weight), over the parts that are known

The weights are those of ``[value.health]``. Learnt ones are proposed from what became of earlier customers: a
regularised logistic regression of staying on the parts (an unknown one stands at its mean), judged on later time like
the churn model; a part that speaks against what it means gets 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Figure
from touchline.scores.cells import column
from touchline.settings.value import HEALTH
from touchline.value.basis import Basis
from touchline.value.features import HALF_YEAR, QUARTER, since_active
from touchline.value.judging import Estimate, judged
from touchline.value.learning import parts as by_time
from touchline.value.logistic import logistic
from touchline.value.money import decimals
from touchline.value.outcomes import Outcomes, examples, outcomes
from touchline.value.voices import BANDS, standings, until
from touchline.value.worth import now
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import phrase

WEIGHTS: Final = ("declared", "learnt")
#: From customer keys to their references.
Names = Callable[[Ints], list[str]]
_STRENGTH: Final = 4.0


def health_parts(basis: Basis, owner: Ints, moment: Ints) -> tuple[Floats, Ints]:
    """Return the parts of customers' health at moments.

    Args:
        basis: The customers.
        owner: Their numbers, shape (n,); each has an interaction by the moment.
        moment: Microseconds, shape (n,).

    Returns:
        The parts, 0 to 100 or NaN where unknown, shape (n, 5) in the order of `HEALTH`; and places in `BANDS`.
    """
    journeys, voices, score = basis.journeys, basis.voices, basis.score
    stand = standings(
        voices, owner, moment, half_life=score.half_life_person, at_risk=score.at_risk, healthy=score.healthy
    )
    end = until(journeys.starts, journeys.at, owner, moment)
    active = np.concatenate([[0], np.cumsum(basis.active)])
    near = until(journeys.starts, journeys.at, owner, moment - QUARTER)
    far = until(journeys.starts, journeys.at, owner, moment - 2 * QUARTER)
    lately, before = (active[end] - active[near]).astype(float), (active[near] - active[far]).astype(float)
    both = lately + before
    trouble = np.concatenate([[0], np.cumsum(voices.hard | voices.unresolved)])
    told = trouble[until(voices.starts, voices.at, owner, moment)]
    told = told - trouble[until(voices.starts, voices.at, owner, moment - HALF_YEAR)]
    recency = 1 - since_active(basis, owner, moment, end) / basis.value.inactive
    found = np.column_stack(
        [
            stand.jsi,
            np.clip(50 + stand.trend, 0, 100),
            100 * np.clip(recency, 0, 1),
            np.divide(100 * lately, both, out=np.full(len(owner), np.nan), where=both > 0),
            100 / (1 + told),
        ]
    )
    return found, stand.band


def combined(parts: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of the parts that are known; NaN where none that weighs is.

    >>> combined(np.array([[80.0, np.nan], [80.0, 20.0]]), np.array([3.0, 1.0])).tolist()
    [80.0, 65.0]
    """
    there = ~np.isnan(parts) * weights
    total = there.sum(axis=1)
    out: Floats = np.divide(
        (np.nan_to_num(parts) * weights).sum(axis=1), total, out=np.full(len(parts), np.nan), where=total > 0
    )
    return out


@dataclass(frozen=True)
class Weights:
    """Weights learnt from what became of customers.

    Attributes:
        weights: In the order of `HEALTH`; they add up to 100.
        learnt: AUC of the learnt score on later time.
        declared: AUC of the declared score there.
        n: Later outcomes that they were judged by.
    """

    weights: Floats
    learnt: Estimate
    declared: Estimate
    n: int


def learnt_weights(basis: Basis, found: Outcomes) -> Weights:
    """Learn weights from earlier outcomes and judge them on later ones.

    Raises:
        QuestionError: Too little is known, or nothing speaks for staying.
    """
    made = examples(basis, found)
    first, middle, later = by_time(made)
    early = first | middle
    for mask, name in ((early, "learn from"), (later, "judge by")):
        lost = int(made.lost[mask].sum())
        if min(lost, int(mask.sum()) - lost) < 5:
            raise QuestionError(
                phrase(
                    "too little is known to {name}: {sum} outcomes, {lost} of them lost",
                    name=name,
                    sum=int(mask.sum()),
                    lost=lost,
                ),
                todo=phrase("it takes 5 lost and 5 kept; use the declared weights"),
            )
    parts, _ = health_parts(basis, made.owner, made.moment)
    keys = basis.journeys.keys[made.owner]
    weights = _fitted(parts[early], made.lost[early], keys[early])
    declared = np.array([getattr(basis.value.health, name) for name in HEALTH])
    scores = [_auc(combined(parts[later], w), made.lost[later], keys[later]) for w in (weights, declared)]
    return Weights(weights, scores[0], scores[1], int(later.sum()))


def _fitted(parts: Floats, lost: Bools, keys: Ints) -> Floats:
    filled = np.where(np.isnan(parts), np.nanmean(np.where(np.isnan(parts).all(axis=0), 50.0, parts), axis=0), parts)
    model = logistic(HEALTH, filled, lost, keys, strength=_STRENGTH)
    per_point = np.maximum(-model.weights / model.spread, 0)
    if not per_point.sum() > 0:
        raise QuestionError(
            phrase("no part of the health score speaks for staying"), todo=phrase("use the declared weights")
        )
    weights: Floats = 100 * per_point / per_point.sum()
    return weights


def _auc(score: Floats, lost: Bools, keys: Ints) -> Estimate:
    worse = 1 - np.nan_to_num(score, nan=50.0) / 100
    return judged(worse, lost, keys)[0]


def health(
    basis: Basis,
    *,
    weights: Literal["declared", "learnt"] = "declared",
    limit: int = 50,
    names: Names | None = None,
) -> Figure:
    """Return the health of the customers who are there now, lowest first.

    Args:
        basis: The customers.
        weights: Those declared in ``[value.health]``, or learnt ones.
        limit: How many are listed.
        names: From keys to references, where the journeys do not hold them.

    Returns:
        One row per customer: customer, key, health, band (of the JSI), the five parts, foretold (P(lost) over the
        horizon, where a churn model could be learnt), revenue (of the horizon, decimal), n (interactions), customers.
        Facts: the weights, ``mean``, and with learnt ones both scores' AUC on later time.

    Raises:
        QuestionError: Too little is known to learn weights; nothing says when a customer is lost.
    """
    if weights not in WEIGHTS:
        raise unknown("weights", weights, WEIGHTS)
    found = outcomes(basis)
    here = now(basis, found, samples=0)
    parts, band = health_parts(basis, here.owner, np.full(len(here.owner), basis.end))
    facts: dict[str, Any] = {}
    chosen = np.array([getattr(basis.value.health, name) for name in HEALTH])
    if weights == "learnt":
        learnt = learnt_weights(basis, found)
        chosen = learnt.weights
        facts |= {"n_judged": learnt.n}
        for name, auc in (("learnt", learnt.learnt), ("declared", learnt.declared)):
            facts |= {f"auc_{name}": auc.value, f"auc_{name}_low": auc.low, f"auc_{name}_high": auc.high}
    score = combined(parts, chosen)
    order = np.lexsort((here.owner, score))[: max(limit, 0)]
    keys = basis.journeys.keys[here.owner[order]]
    lengths = np.diff(basis.journeys.starts)[here.owner[order]]
    table = pa.table(
        {
            "customer": pa.array(references(basis, here.owner[order], names), pa.string()),
            "key": pa.array(keys, pa.int64()),
            "health": column(score[order]),
            "band": pa.array([BANDS[one] for one in band[order]], pa.string()),
            **{name: column(parts[order, place]) for place, name in enumerate(HEALTH)},
            "foretold": column(here.lost[order]),
            "revenue": decimals(here.next[order]),
            "n": pa.array(lengths, pa.int64()),
            "customers": pa.array(np.ones(len(order)), pa.int64()),
        }
    )
    shares = chosen / chosen.sum()
    told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in zip(HEALTH, shares, strict=True))
    why = () if here.learned else (phrase("Nothing is foretold: {why_not}.", why_not=here.why_not),)
    known = score[~np.isnan(score)]
    facts |= {
        "weights": {name: float(100 * share) for name, share in zip(HEALTH, shares, strict=True)},
        "customers": len(score), "mean": float(known.mean()) if len(known) else None,
        "currency": basis.money.currency,
    }  # fmt: skip
    return Figure(
        "health",
        table,
        phrase(
            "Health of the customers who are there now, 0 to 100, lowest first: {told} "
            "({weights} weights); unknown parts are left out.",
            told=told,
            weights=weights,
        ),
        why,
        facts,
        lambda row: keys[row : row + 1],
    )


def references(basis: Basis, owner: Ints, names: Names | None) -> list[str]:
    """Return how customers are called: as the journeys or ``names`` say, else their keys."""
    journeys = basis.journeys
    if journeys.names:
        return [journeys.names[number] for number in owner.tolist()]
    return names(journeys.keys[owner]) if names else [str(key) for key in journeys.keys[owner].tolist()]
