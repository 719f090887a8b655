"""JSI against money and churn, and the revenue at risk.

    revenue at risk = next revenue * (P(lost) - P(lost of the healthy))

summed over customers who are there now. *Next revenue* is what a customer pays over the horizon if nothing changes: the
last year's revenue scaled to the horizon (of customers known for less than a year, scaled up, from 90 days on). P(lost)
is over the horizon: ``1 - (1 - p) (1 - h)^(k - 1)``, with the model's p of the next decision (or look-ahead), k of them
within the horizon, and h the share that was lost per decision by customers of the same band: what is known of a
customer today says little of what comes after the next one. By contract, a customer whose end lies beyond the horizon
has no decision. P of the healthy is the mean over customers whose standing is healthy now. The interval draws both
customers (Poisson) and the model's weights (from their covariance).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import LOW_N, Figure
from touchline.scores.bootstrap import poisson_weights
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.intervals import wilson
from touchline.value.basis import Basis
from touchline.value.churn import yearly
from touchline.value.features import YEAR, known
from touchline.value.judging import Estimate, interval
from touchline.value.learning import Learned, learned
from touchline.value.logistic import Logistic, logistic
from touchline.value.money import UNIT, decimals
from touchline.value.outcomes import Examples, Outcomes, current, examples, outcomes, said
from touchline.value.voices import BANDS, DAY, Standings, standings
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

REPLICATES: Final = 200
_SHORTEST: Final = 90 * DAY
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Now:
    """Customers who are there now.

    Attributes:
        owner: Their numbers, ascending, shape (n,).
        times: Decisions or look-aheads within the horizon, shape (n,).
        next: Revenue over the horizon if nothing changes, ten-thousandths, shape (n,).
        standing: How they stand.
        lost: P(lost) over the horizon, shape (n,); NaN where no model could be learnt.
        drawn: The same under weights drawn, shape (n, samples); None without a model.
        learned: The model, where one could be learnt.
        why_not: Why none could.
    """

    owner: Ints
    times: Floats
    next: Ints
    standing: Standings
    lost: Floats
    drawn: Floats | None
    learned: Learned | None
    why_not: str


def now(basis: Basis, found: Outcomes, *, samples: int = REPLICATES) -> Now:
    """Return the customers who are there now, what they will pay and how likely they are lost.

    Args:
        basis: The customers.
        found: What became of them.
        samples: How often the model's weights are drawn; 0 for never.
    """
    owner, times = current(basis, found)
    moment = np.full(len(owner), basis.end)
    stand = _standings(basis, owner, moment)
    money = expected(basis, owner)
    try:
        model = learned(basis, found)
    except QuestionError as error:
        return Now(owner, times, money, stand, np.full(len(owner), np.nan), None, None, error.told)
    what = known(basis, owner, moment, model.today.levels)
    later = usual(basis, model.all)[stand.band]
    chance = over(model.today.probabilities(what.x), times, later)
    drawn = over(model.today.drawn(what.x, samples), times[:, None], later[:, None]) if samples else None
    return Now(owner, times, money, stand, chance, drawn, model, "")


def over(p: Floats, times: Floats, later: Floats) -> Floats:
    """Return the probability of being lost at one of several decisions.

    Args:
        p: At the next one.
        times: How many there are; of less than one, the part.
        later: At each further one.

    >>> over(np.array([0.1, 0.1]), np.array([2.0, 0.0]), np.array([0.5, 0.5])).round(4).tolist()
    [0.55, 0.0]
    """
    most = 1 - 1e-12
    stays = np.minimum(times, 1) * np.log1p(-np.minimum(p, most))
    found: Floats = -np.expm1(stays + np.maximum(times - 1, 0) * np.log1p(-np.minimum(later, most)))
    return found


def usual(basis: Basis, past: Examples) -> Floats:
    """Return the share lost per band, those of few customers pulled towards that of all."""
    band = _standings(basis, past.owner, past.moment).band
    n, lost = (np.bincount(band, weights, len(BANDS)) for weights in (None, past.lost.astype(float)))
    found: Floats = (lost + LOW_N * past.lost.mean()) / (n + LOW_N)
    return found


def expected(basis: Basis, owner: Ints) -> Ints:
    """Return what customers pay over the horizon if nothing changes, in ten-thousandths, shape (n,)."""
    moment = np.full(len(owner), basis.end)
    since = basis.end - basis.journeys.at[basis.journeys.starts[owner]]
    span = np.clip(since, _SHORTEST, YEAR)
    paid = yearly(basis, owner, moment)
    out: Ints = np.rint(paid * (basis.value.horizon * DAY / span)).astype(np.int64)
    return out


def worth(basis: Basis, *, by: str = "band", samples: int = REPLICATES) -> Figure:
    """Return money, churn and revenue at risk by how customers stand, or by segment.

    Args:
        basis: The customers.
        by: ``band``, or ``segment:NAME`` for every band within every value of a segment.
        samples: Behind the intervals.

    Returns:
        One row per band (and value): value, band, n (past outcomes), lost, churn with low and
        high (Wilson), renewal, customers (there now), revenue (theirs over the horizon, decimal), mean, foretold (mean
        P(lost) over the horizon), risk (revenue at risk) with risk_low and risk_high, hidden, low_n. Rows ``all`` add
        the bands up. Facts: the totals, the slopes of churn and revenue on the JSI with their intervals.

    Raises:
        QuestionError: Nothing says when a customer is lost, or there is no such segment.
    """
    found = outcomes(basis)
    past = examples(basis, found)
    stood = _standings(basis, past.owner, past.moment)
    here = now(basis, found, samples=samples)
    values, then, there = _values(basis, by, past.owner, here.owner)
    chance, risk, drawn = _risk(basis, here, samples)
    rows: list[dict[str, Any]] = []
    behinds: list[Ints] = []
    for value, name in enumerate(values):
        for band in (None, *range(len(BANDS))):
            mine_then, mine_now = then == value, there == value
            if band is not None:
                mine_then, mine_now = mine_then & (stood.band == band), mine_now & (here.standing.band == band)
            if not (mine_then.any() or mine_now.any()):
                continue
            behinds.append(basis.journeys.keys[here.owner[mine_now]])
            rows.append(
                {"value": name, "band": "all" if band is None else BANDS[band]}
                | _row(past.lost[mine_then], here.next[mine_now], chance[mine_now], risk, drawn, mine_now)
            )
    total = interval(float(risk.sum()), drawn.sum(axis=0)) if drawn is not None else _nothing(risk)
    notes = [*basis.money.notes, *hidden_note(np.array([row["hidden"] for row in rows], dtype=bool))]
    unknown_end = int((found.ends == 0).sum())
    if found.how == "contract" and unknown_end:
        notes.append(
            phrase(
                "{unknown_end} customers have no contract that is known, and are not counted.", unknown_end=unknown_end
            )
        )
    if not len(basis.voices):
        notes.append(
            phrase("No customer said anything: no score tells how they stand, and nobody is known to be healthy.")
        )
    if not here.next.any():
        notes.append(phrase("No interaction of these customers has a value: their revenue is not known."))
    if here.learned is None:
        notes.append(phrase("No churn model: {why_not}.", why_not=here.why_not))
    return Figure(
        "value",
        _table(rows),
        phrase(
            "{said}. Past churn by the JSI that customers had before, with a 95 % interval; and "
            "of today's customers the revenue of the next {horizon} days if nothing changes, the "
            "share expected to be lost, and the revenue at risk: what is lost beyond the churn "
            "of the healthy.",
            said=said(basis, found.how),
            horizon=Number(f"{basis.value.horizon:g}"),
        ),
        tuple(notes),
        {
            "how": found.how,
            "currency": basis.money.currency,
            "customers": len(here.owner),
            "revenue": _amount(here.next.sum()),
            "risk": total.value,
            "risk_low": total.low,
            "risk_high": total.high,
            **_slopes(basis, past, stood),
        },
        lambda row: behinds[row],
    )


def _standings(basis: Basis, owner: Ints, moment: Ints) -> Standings:
    score = basis.score
    return standings(
        basis.voices,
        owner,
        moment,
        half_life=score.half_life_person,
        at_risk=score.at_risk,
        healthy=score.healthy,
    )


def _values(basis: Basis, by: str, past: Ints, here: Ints) -> tuple[tuple[str, ...], Ints, Ints]:
    if by == "band":
        return ("all",), np.zeros(len(past), np.int64), np.zeros(len(here), np.int64)
    latest, names = basis.latest(by)
    latest = np.where(latest < 0, len(names), latest)
    return (*names, "(none)"), latest[past], latest[here]


def _risk(basis: Basis, here: Now, samples: int) -> tuple[Floats, Floats, Floats | None]:
    """Return P(lost), revenue at risk per customer, and the latter in every sample, times how often each is drawn."""
    healthy = here.standing.band == 2
    money = here.next / UNIT
    if here.learned is None or not healthy.any():
        return here.lost, np.full(len(here.owner), np.nan), None
    risk = money * (here.lost - here.lost[healthy].mean())
    if here.drawn is None:
        return here.lost, risk, None
    weights = poisson_weights(basis.journeys.keys[here.owner], samples).astype(np.float64)
    there = weights[healthy].sum(axis=0)
    of_healthy = np.divide(
        (weights[healthy] * here.drawn[healthy]).sum(axis=0), there, out=np.full(samples, np.nan), where=there > 0
    )
    return here.lost, risk, weights * money[:, None] * (here.drawn - of_healthy)


def _row(lost: Bools, money: Ints, chance: Floats, risk: Floats, drawn: Floats | None, mine: Bools) -> dict[str, Any]:
    found = interval(float(risk[mine].sum()), drawn[mine].sum(axis=0)) if drawn is not None else _nothing(risk[mine])
    share, low, high = wilson(lost.sum(), len(lost))
    return {
        "n": len(lost), "lost": int(lost.sum()), "churn": float(share), "low": float(low), "high": float(high),
        "customers": len(money), "revenue": int(money.sum()),
        "foretold": float(chance.mean()) if len(chance) else float("nan"),
        "risk": found.value, "risk_low": found.low, "risk_high": found.high,
        "hidden": bool(hidden(max(len(money), len(lost)))), "low_n": bool(low_n(len(lost))),
    }  # fmt: skip


def _nothing(risk: Floats) -> Estimate:
    return Estimate(float(risk.sum()) if len(risk) else float("nan"), float("nan"), float("nan"))


def _amount(amount: Any) -> float:
    return float(amount) / UNIT


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    past = np.array([hidden(row["n"]) for row in rows], dtype=bool)
    here = np.array([hidden(row["customers"]) for row in rows], dtype=bool)

    def numbers(name: str, hide: Bools) -> pa.Array:
        return column(np.array([row[name] for row in rows], dtype=np.float64), hide)

    money = decimals(np.array([row["revenue"] for row in rows], dtype=np.int64))
    mean = np.array([row["revenue"] / UNIT / max(row["customers"], 1) for row in rows])
    shown = [None if hide else one for hide, one in zip(here, money.to_pylist(), strict=True)]
    lost = np.array([row["lost"] for row in rows], dtype=np.int64)
    churn = np.array([row["churn"] for row in rows], dtype=np.float64)
    return pa.table(
        {
            "value": pa.array([row["value"] for row in rows], pa.string()),
            "band": pa.array([row["band"] for row in rows], pa.string()),
            "n": pa.array([row["n"] for row in rows], pa.int64()),
            "lost": pa.array(lost, mask=past),
            "churn": numbers("churn", past),
            "low": numbers("low", past),
            "high": numbers("high", past),
            "renewal": column(1 - churn, past),
            "customers": pa.array([row["customers"] for row in rows], pa.int64()),
            "revenue": pa.array(shown, money.type),
            "mean": column(mean, here),
            "foretold": numbers("foretold", here),
            "risk": numbers("risk", here),
            "risk_low": numbers("risk_low", here),
            "risk_high": numbers("risk_high", here),
            "hidden": pa.array([row["hidden"] for row in rows], pa.bool_()),
            "low_n": pa.array([row["low_n"] for row in rows], pa.bool_()),
        }
    )


def _slopes(basis: Basis, past: Examples, stood: Standings) -> dict[str, Any]:
    """Return what ten points of JSI more go with: the odds of being lost, and a year's revenue, with intervals."""
    spoke = stood.n > 0
    lost, jsi = past.lost[spoke], stood.jsi[spoke]
    keys = basis.journeys.keys[past.owner[spoke]]
    out: dict[str, Any] = {}
    nothing = float("nan")
    if min(lost.sum(), (~lost).sum()) >= 5 and jsi.std() > 0:
        model: Logistic = logistic(("JSI",), jsi[:, None] / 10, lost, keys, strength=1e-3)
        slope, error = model.weights[0] / model.spread[0], model.errors()[0] / model.spread[0]
        odds = [float(np.exp(slope + z * error)) for z in (0.0, -_Z, _Z)]
    else:
        odds = [nothing] * 3
    out |= dict(zip(("churn_odds", "churn_odds_low", "churn_odds_high"), odds, strict=True))
    rows = np.flatnonzero(spoke)[past.of(spoke).latest()]
    jsi, money = stood.jsi[rows], yearly(basis, past.owner[rows], past.moment[rows]) / UNIT
    line = _line(jsi / 10, money) if len(jsi) > 2 and jsi.std() > 0 else [nothing] * 3
    return out | dict(zip(("revenue_slope", "revenue_slope_low", "revenue_slope_high"), line, strict=True))


def _line(x: Floats, y: Floats) -> list[float]:
    """Return the slope of a straight line with its 95 % interval that allows for unequal spread (White 1980)."""
    z = x - x.mean()
    slope = float(z @ y / (z @ z))
    left = y - y.mean() - slope * z
    error = float(np.sqrt((z**2 @ left**2) * len(x) / (len(x) - 2)) / (z @ z))
    return [slope, slope - _Z * error, slope + _Z * error]
