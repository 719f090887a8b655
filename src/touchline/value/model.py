"""How well losses are foretold, against what costs nothing, and which facts speak for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from touchline.scores.base import Figure
from touchline.scores.cells import column
from touchline.value.basis import Basis
from touchline.value.churn import moment_day
from touchline.value.judging import MEASURES, gains, judged
from touchline.value.learning import learned
from touchline.value.logistic import odds
from touchline.value.outcomes import outcomes, said
from touchline.warehouse.index.journeys import Ints
from touchline.words import phrase

#: Of these measures less is better.
_LESS = frozenset({"brier", "calibration error"})


def churn_model(basis: Basis) -> Figure:
    """Judge the churn model on later time, beside the base rate and recency alone.

    Args:
        basis: The customers.

    Returns:
        One row per measure: measure, better (``more`` or ``less``), model with low and high, base_rate, recency, and
        gain (model less recency alone, in the same samples) with gain_low and gain_high; n, customers, lost. AUC and
        average precision say who, Brier and calibration error how sure. Facts: the parts of time, the correction.

    Raises:
        QuestionError: Too little is known, or nothing says when a customer is lost.
    """
    found = outcomes(basis)
    made = learned(basis, found)
    later = made.all.of(made.later)
    keys = basis.journeys.keys[later.owner]
    p = made.judged.probabilities(made.what.x[made.later])
    lately = made.recency.probabilities(np.log1p(made.what.recency[made.later])[:, None])
    own, other = judged(p, later.lost, keys), judged(lately, later.lost, keys)
    base = judged(np.full(len(p), made.share), later.lost, keys, replicates=1)
    gain = gains(p, lately, later.lost, keys)
    many = len(np.unique(keys))
    table = pa.table(
        {
            "measure": pa.array(MEASURES, pa.string()),
            "better": pa.array(["less" if name in _LESS else "more" for name in MEASURES]),
            "model": column([one.value for one in own]),
            "low": column([one.low for one in own]),
            "high": column([one.high for one in own]),
            "base_rate": column([one.value for one in base]),
            "recency": column([one.value for one in other]),
            "gain": column([one.value for one in gain]),
            "gain_low": column([one.low for one in gain]),
            "gain_high": column([one.high for one in gain]),
            "n": pa.array([len(later)] * len(MEASURES), pa.int64()),
            "customers": pa.array([many] * len(MEASURES), pa.int64()),
            "lost": pa.array([int(later.lost.sum())] * len(MEASURES), pa.int64()),
        }
    )
    zone = basis.journeys.zone
    parts = {
        name: {
            "n": int(mask.sum()),
            "lost": int(made.all.lost[mask].sum()),
            "since": moment_day(int(made.all.moment[mask].min()), zone),
            "until": moment_day(int(made.all.moment[mask].max()), zone),
        }
        for name, mask in (("learnt", made.learnt), ("calibrated", made.middle), ("judged", made.later))
    }
    unsure = gain[0].low <= 0 <= gain[0].high
    return Figure(
        "churn_model",
        table,
        phrase(
            "{said}. A regularised logistic regression, learnt from earlier moments, calibrated "
            "on the middle and judged on later ones, with 95 % intervals over customers; beside "
            "it the base rate, and recency alone.",
            said=said(basis, found.how),
        ),
        (phrase("Who is lost is not foretold better than by recency alone, as far as these data tell."),)
        if unsure
        else (),
        {
            "how": found.how,
            "parts": parts,
            "slope": made.judged.slope,
            "shift": made.judged.shift,
            "strength": made.judged.strength,
            "left_out": int((~(made.learnt | made.middle | made.later)).sum()),
        },
        lambda _: np.unique(keys),
    )


def churn_weights(basis: Basis) -> Figure:
    """Tell which facts speak for losing a customer.

    Args:
        basis: The customers.

    Returns:
        One row per fact, strongest first: fact, weight (of the log odds, per standard deviation), odds (the odds ratio
        of one standard deviation more) with low and high, mean and deviation in what was learnt from, n, customers.

    Raises:
        QuestionError: Too little is known, or nothing says when a customer is lost.
    """
    found = outcomes(basis)
    made = learned(basis, found)
    model = made.judged.model
    ratio, low, high = odds(model)
    order = np.argsort(-np.abs(model.weights), kind="stable")
    learnt = made.all.of(made.learnt)
    keys = np.unique(basis.journeys.keys[learnt.owner])
    columns: dict[str, Any] = {
        "fact": pa.array([model.names[place] for place in order.tolist()], pa.string()),
        "weight": column(model.weights[order]),
        "odds": column(ratio[order]),
        "low": column(low[order]),
        "high": column(high[order]),
        "mean": column(model.middle[order]),
        "deviation": column(model.spread[order]),
        "n": pa.array([len(learnt)] * len(order), pa.int64()),
        "customers": pa.array([len(keys)] * len(order), pa.int64()),
    }

    def behind(_: int) -> Ints:
        return keys

    return Figure(
        "churn_weights",
        pa.table(columns),
        phrase(
            "{said}. Odds of being lost with one standard deviation more of a fact, all else "
            "equal, with 95 % intervals over customers; above 1 it speaks for losing the "
            "customer. It goes with the loss; it need not cause it.",
            said=said(basis, found.how),
        ),
        (),
        {"how": found.how, "strength": made.judged.strength},
        behind,
    )
