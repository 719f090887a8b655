"""What if a theme were gone from a stage: the JSI that comes back, the customers that stay, and what they pay.

*JSI*: the touches that carry the theme have the average of the stage's other touches; that is the root cause impact.
*Churn*: today's customers as the churn model sees them now, and as it would had those touches been like the others;
that is true as far as what goes with churn also causes it. *Revenue*: what the customers that stay pay over the
horizon. The interval draws customers (Poisson), the model's weights (from their covariance) and what the touches would
have been.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.bootstrap import REPLICATES, poisson_weights
from touchline.scores.cells import column, hidden_note
from touchline.value.basis import Basis
from touchline.value.features import known as facts_of
from touchline.value.judging import Estimate, interval
from touchline.value.money import UNIT
from touchline.value.outcomes import Outcomes, outcomes, said
from touchline.value.removing import Sums, moved, without
from touchline.value.worth import Now, now, over, usual
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

#: How often the touches are drawn anew.
_DRAWS: Final = 10


@dataclass(frozen=True)
class Kept:
    """What staying would be without the theme, of today's customers.

    Attributes:
        chance: How much less likely each is lost, shape (n,).
        drawn: The same in every sample, shape (n, samples).
    """

    chance: Floats
    drawn: Floats


def whatif(
    basis: Basis,
    sums: Sums,
    carries: Bools,
    *,
    stage: str,
    theme: str,
    share: float = 1.0,
    cost: float | None = None,
    margin: float = 1.0,
    samples: int = REPLICATES,
    known: tuple[Outcomes, Now] | None = None,
) -> Figure:
    """Return what it would bring to remove a theme from a stage.

    Args:
        basis: The customers.
        sums: Of the touches, from `touchline.value.removing`.
        carries: Which of the basis' touches carry the theme.
        stage: The stage's id.
        theme: The theme's id.
        share: How much of the theme is removed, above 0 to 1.
        cost: What that costs over the horizon; without it there is no return.
        margin: Which part of revenue is gain, above 0 to 1.
        samples: Behind the intervals.
        known: What became of the basis' customers and how they stand now, where that is worked out already.

    Returns:
        One row per measure: measure (``jsi``: of the stage; ``jsi_all``: of the whole; ``churn``: share lost over the
        horizon; ``lost``: customers; ``revenue``: expected over the horizon; with a cost ``net``: gain less cost, and
        ``roi``: net / cost), before, after, change with low and high, n (touches that carry the theme, or customers
        there now), customers, hidden, low_n. Facts: ``chance``: how many of the samples bring more than the cost, and
        ``payback``, in days.

    Raises:
        QuestionError: A share, cost or margin that is none.
    """
    _check(share, cost, margin)
    spoke = sums.keys[sums.theme[:, 0] > 0]
    total, drawn = sums.totals(), sums.drawn(samples)
    rows: list[dict[str, Any]] = []
    for place, measure in enumerate(("jsi", "jsi_all")):
        found = interval(float(moved(*total, share)[place][0]), moved(*drawn, share)[place])
        base = total[1] if measure == "jsi" else total[0]
        rows.append(_row(measure, float(50 * (1 + base[1][0] / base[0][0])), found, sums.touches, spoke))
    found_outcomes, here = known or standing(basis, samples=samples)
    notes = [*basis.money.notes]
    facts: dict[str, Any] = {
        "stage": stage, "theme": theme, "share": share, "horizon": basis.value.horizon, "margin": margin,
        "currency": basis.money.currency, "how": found_outcomes.how, "chance": None, "payback": None,
    }  # fmt: skip
    if here.learned is None or here.drawn is None:
        notes.append(
            phrase("No churn model: {why_not}. So nothing is said of churn and revenue.", why_not=here.why_not)
        )
    else:
        kept = _kept(basis, here, carries, stage, share, samples)
        more, told = _money(basis, here, kept, cost, margin)
        rows += more
        facts |= told
    hide = np.array([row["hidden"] for row in rows], dtype=np.bool_)
    behinds = [row.pop("who") for row in rows]
    return Figure(
        "whatif",
        _table(rows, hide),
        phrase(
            "If {share} of {theme} were gone from {stage}, and the touches that carry it were "
            "like the stage's others: the JSI that comes back, and over the next {horizon} days "
            "the customers who stay and what they pay, each with a 95 % interval. {said}. Churn "
            "and revenue hold as far as what goes with a loss in the churn model also causes it.",
            share=Number(f"{share:.0%}"),
            theme=theme,
            stage=stage,
            horizon=Number(f"{basis.value.horizon:g}"),
            said=said(basis, found_outcomes.how),
        ),
        (*notes, *hidden_note(hide)),
        facts,
        lambda row: behinds[row],
    )


def standing(basis: Basis, *, samples: int = REPLICATES) -> tuple[Outcomes, Now]:
    """Return what every what-if of the same customers rests on: what became of them, and how they stand now."""
    found = outcomes(basis)
    return found, now(basis, found, samples=samples)


def _check(share: float, cost: float | None, margin: float) -> None:
    if not 0 < share <= 1:
        raise QuestionError(
            phrase("a share of {share} cannot be removed", share=Number(f"{share:g}")),
            where="share",
            todo=phrase("give more than 0, up to 1"),
        )
    if not 0 < margin <= 1:
        raise QuestionError(
            phrase("{margin} is no part of revenue", margin=Number(f"{margin:g}")),
            where="margin",
            todo=phrase("give more than 0, up to 1"),
        )
    if cost is not None and not cost > 0:
        raise QuestionError(
            phrase("{cost} is no cost", cost=Number(f"{cost:g}")),
            where="cost",
            todo=phrase("give more than 0, or leave it out"),
        )


def _kept(basis: Basis, here: Now, carries: Bools, stage: str, share: float, samples: int) -> Kept:
    """Foretell once more, of the customers whose touches would be others."""
    learned, before = here.learned, here.drawn
    assert learned is not None  # noqa: S101  the caller looked
    assert before is not None  # noqa: S101
    owners = np.repeat(np.arange(basis.journeys.customers), np.diff(basis.voices.starts))
    touched = np.zeros(basis.journeys.customers, dtype=np.bool_)
    touched[owners[carries]] = True
    rows = np.flatnonzero(touched[here.owner])
    chance, drawn = np.zeros(len(here.owner)), np.zeros_like(before)
    if not len(rows):
        return Kept(chance, drawn)
    owner, times = here.owner[rows], here.times[rows]
    moment = np.full(len(rows), basis.end)
    usually = usual(basis, learned.all)
    for draw in range(_DRAWS):
        other = replace(basis, voices=without(basis.voices, stage, carries, share, draw))
        what = facts_of(other, owner, moment, learned.today.levels)
        later = usually[what.standing.band]
        chance[rows] += (here.lost[rows] - over(learned.today.probabilities(what.x), times, later)) / _DRAWS
        columns = np.arange(draw, samples, _DRAWS)
        after = over(learned.today.drawn(what.x, samples)[:, columns], times[:, None], later[:, None])
        drawn[np.ix_(rows, columns)] = before[np.ix_(rows, columns)] - after
    return Kept(chance, drawn)


def _money(
    basis: Basis, here: Now, kept: Kept, cost: float | None, margin: float
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    keys = basis.journeys.keys[here.owner]
    weights = poisson_weights(keys, kept.drawn.shape[1]).astype(np.float64)
    money = here.next / UNIT
    n = len(keys)
    stay = (weights * kept.drawn).sum(axis=0)
    paid = (weights * kept.drawn * money[:, None]).sum(axis=0)
    moved_ = keys[kept.chance != 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = interval(float(-kept.chance.mean()) if n else float("nan"), -stay / weights.sum(axis=0))
    revenue = float((money * (1 - here.lost)).sum())
    gain = interval(float((money * kept.chance).sum()), paid)
    rows = [
        _row("churn", float(here.lost.mean()) if n else float("nan"), share, n, moved_),
        _row("lost", float(here.lost.sum()), interval(float(-kept.chance.sum()), -stay), n, moved_),
        _row("revenue", revenue, gain, n, moved_),
    ]
    if cost is None:
        return rows, {}
    net = interval(margin * gain.value - cost, margin * paid - cost)
    roi = Estimate(net.value / cost, net.low / cost, net.high / cost)
    rows += [_row("net", 0.0, net, n, moved_), _row("roi", 0.0, roi, n, moved_)]
    won = margin * gain.value
    return rows, {
        "cost": cost,
        "chance": float(np.mean(margin * paid > cost)),
        "payback": basis.value.horizon * cost / won if won > 0 else None,
    }


def _row(measure: str, before: float, change: Estimate, n: int, who: Ints) -> dict[str, Any]:
    return {
        "measure": measure, "before": before, "after": before + change.value, "change": change.value,
        "low": change.low, "high": change.high, "n": n, "customers": len(who), "hidden": len(who) < HIDDEN_N,
        "low_n": len(who) < LOW_N, "who": np.unique(who),
    }  # fmt: skip


def _table(rows: list[dict[str, Any]], hide: Bools) -> pa.Table:
    return pa.table(
        {
            "measure": pa.array([row["measure"] for row in rows], pa.string()),
            **{
                name: column(np.array([row[name] for row in rows], dtype=np.float64), hide)
                for name in ("before", "after", "change", "low", "high")
            },
            "n": pa.array([row["n"] for row in rows], pa.int64()),
            "customers": pa.array([row["customers"] for row in rows], pa.int64()),
            "hidden": pa.array(hide),
            "low_n": pa.array([row["low_n"] for row in rows], pa.bool_()),
        }
    )
