"""Customer lifetime value: what each customer is expected to pay within the horizon, discounted.

Without contracts, BG/NBD of how often and Gamma-Gamma of how much (`buying`): purchases of one day count as one, and
the value is ``expected purchases (discounted) * expected amount``. By contract, the shifted beta-geometric
(`subscribing`) of how many terms a customer stays, times what a term brings: the last year's revenue scaled to a term;
what is paid already is not counted again. Intervals draw whole customers again (Poisson) and fit anew each time; of
more than `MOST` customers so many are drawn from, and the spread is scaled by the root of their share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.scores.bootstrap import poisson_weights
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.value.basis import Basis
from touchline.value.buying import ALIKE, BgNbd, GammaGamma, History, discounted, fit_bg_nbd, fit_gamma_gamma
from touchline.value.health import Names, references
from touchline.value.judging import Estimate, interval
from touchline.value.money import UNIT, local_days
from touchline.value.outcomes import Outcomes, how, outcomes
from touchline.value.subscribing import Geometric, fit_geometric, lifetime
from touchline.value.voices import DAY
from touchline.value.worth import expected
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

#: Samples behind the intervals, and the most customers that one is drawn from.
REPLICATES: Final = 50
MOST: Final = 2_000


@dataclass(frozen=True)
class Worths:
    """What customers are worth.

    Attributes:
        owner: Their numbers, shape (n,).
        columns: What the value is made of, each of shape (n,).
        value: In units of money, shape (n,).
        rows: Which of them the samples hold, as places, shape (m,).
        drawn: Their values in every sample, shape (m, samples).
        weights: How often each of them is drawn, shape (m, samples).
        facts: The parameters.
        notes: What a reader must know.
    """

    owner: Ints
    columns: dict[str, Floats]
    value: Floats
    rows: Ints
    drawn: Floats
    weights: Floats
    facts: dict[str, Any]
    notes: tuple[str, ...] = ()

    def total(self, mine: Bools) -> Estimate:
        """Return the value of some customers together.

        Args:
            mine: Shape (n,).
        """
        value = float(self.value[mine].sum())
        if not self.drawn.shape[1]:
            return Estimate(value, float("nan"), float("nan"))
        inside = mine[self.rows]
        share = len(self.rows) / max(len(self.owner), 1)
        sampled = (self.drawn[inside] * self.weights[inside]).sum(axis=0) / share
        middle = float(self.value[self.rows[inside]].sum()) / share
        return interval(value, value + np.sqrt(share) * (sampled - middle))


def clv(
    basis: Basis, *, by: str = "customer", limit: int = 50, names: Names | None = None, replicates: int = REPLICATES
) -> Figure:
    """Return what customers are worth over the horizon.

    Args:
        basis: The customers.
        by: ``customer`` for the most valuable ones, or ``segment:NAME``.
        limit: How many customers are listed.
        names: From keys to references, where the journeys do not hold them.
        replicates: Samples behind the intervals; 0 for none.

    Returns:
        By customer: customer, key, alive (the probability that they still buy; by contract, that they stay at the next
        end), purchases (expected within the horizon; by contract, ends of terms at which they stay), amount (expected
        of each), value with low and high, n (interactions), customers. By segment: name, customers, n, value (of all
        of them) with low and high, mean, hidden, low_n. Facts: the parameters with intervals, and the total.

    Raises:
        QuestionError: There is no money; too few bought again, left or stayed; no such segment.
    """
    if not basis.money.there.any():
        raise QuestionError(
            phrase("no interaction carries money that counts"),
            where="value",
            todo=phrase("import amounts, or set revenue in [value]"),
        )
    way = how(basis)
    found = _subscribing(basis, outcomes(basis), replicates) if way == "contract" else _buying(basis, replicates)
    total = found.total(np.ones(len(found.owner), dtype=np.bool_))
    facts = found.facts | {
        "how": way, "currency": basis.money.currency, "customers": len(found.owner),
        "value": total.value, "value_low": total.low, "value_high": total.high,
    }  # fmt: skip
    model = phrase("shifted beta-geometric") if way == "contract" else phrase("BG/NBD and Gamma-Gamma")
    meaning = phrase(
        "What customers are expected to pay within {horizon} days, discounted by {discount} "
        "% a year ({model}), with 95 % intervals.",
        horizon=Number(f"{basis.value.horizon:g}"),
        discount=Number(f"{100 * basis.value.discount:g}"),
        model=model,
    )
    if by != "customer":
        return _by_segment(basis, found, by, meaning, facts)
    order = np.lexsort((found.owner, -found.value))[: max(limit, 0)]
    low, high = _each(found, order)
    owner = found.owner[order]
    keys = basis.journeys.keys[owner]
    table = pa.table(
        {
            "customer": pa.array(references(basis, owner, names), pa.string()),
            "key": pa.array(keys, pa.int64()),
            **{name: column(values[order]) for name, values in found.columns.items()},
            "value": column(found.value[order]),
            "low": column(low),
            "high": column(high),
            "n": pa.array(np.diff(basis.journeys.starts)[owner], pa.int64()),
            "customers": pa.array(np.ones(len(order)), pa.int64()),
        }
    )
    notes = (*basis.money.notes, *found.notes)
    return Figure("clv", table, meaning, notes, facts, lambda row: keys[row : row + 1])


def _each(found: Worths, order: Ints) -> tuple[Floats, Floats]:
    """Return intervals of single customers, where they were in the samples."""
    place = np.full(len(found.owner), -1, dtype=np.int64)
    place[found.rows] = np.arange(len(found.rows))
    low, high = np.full(len(order), np.nan), np.full(len(order), np.nan)
    for number, row in enumerate(order.tolist()):
        if place[row] >= 0 and found.drawn.shape[1]:
            one = interval(float(found.value[row]), found.drawn[place[row]])
            low[number], high[number] = one.low, one.high
    return low, high


def _by_segment(basis: Basis, found: Worths, by: str, meaning: str, facts: dict[str, Any]) -> Figure:
    latest, names = basis.latest(by)
    code = latest[found.owner]
    code = np.where(code < 0, len(names), code)
    values = [value for value in range(len(names) + 1) if (code == value).any()]
    totals = [found.total(code == value) for value in values]
    size = np.array([int((code == value).sum()) for value in values], dtype=np.int64)
    lengths = np.diff(basis.journeys.starts)[found.owner]
    hide = hidden(size)
    point = np.array([total.value for total in totals])
    table = pa.table(
        {
            "name": pa.array([(*names, "(none)")[value] for value in values], pa.string()),
            "customers": pa.array(size),
            "n": pa.array([int(lengths[code == value].sum()) for value in values], pa.int64()),
            "value": column(point, hide),
            "low": column(np.array([total.low for total in totals]), hide),
            "high": column(np.array([total.high for total in totals]), hide),
            "mean": column(np.divide(point, size, out=np.zeros(len(size)), where=size > 0), hide),
            "hidden": pa.array(hide),
            "low_n": pa.array(low_n(size)),
        }
    )

    def behind(row: int) -> Ints:
        keys: Ints = basis.journeys.keys[found.owner[code == values[row]]]
        return keys

    return Figure("clv", table, meaning, (*basis.money.notes, *found.notes, *hidden_note(hide)), facts, behind)


def histories(basis: Basis) -> tuple[Ints, History]:
    """Return who bought, and their purchases in short; those of one day of the reporting zone count as one.

    A purchase for nothing is one, a refund is none.

    Weeks run from the day of the first purchase to the last, and to the last day of the data.
    """
    journeys = basis.journeys
    rows = np.flatnonzero(basis.money.there & (basis.money.amounts >= 0))
    owner = journeys.owner[rows].astype(np.int64)
    day = local_days(journeys.at[rows], journeys.zone)
    last_day = int(local_days(np.array([basis.end]), journeys.zone)[0])
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (owner[1:] != owner[:-1]) | (day[1:] != day[:-1])
    first = np.flatnonzero(new)
    paid = np.add.reduceat(basis.money.amounts[rows], first) / UNIT if len(first) else np.zeros(0)
    owner, day = owner[first], day[first]
    begins = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else np.zeros(0, np.int64)
    ends = np.append(begins[1:], len(owner)) - 1 if len(owner) else begins
    x = (ends - begins).astype(np.float64)
    total = np.add.reduceat(paid, begins) - paid[begins] if len(begins) else np.zeros(0)
    mean = np.divide(total, x, out=np.full(len(x), np.nan), where=x > 0)
    return owner[begins], History.of(x, (day[ends] - day[begins]) / 7, (last_day - day[begins]) / 7, mean)


def _buying(basis: Basis, replicates: int) -> Worths:
    owner, h = histories(basis)
    few = h.some(_places(len(owner)))
    often, much = fit_bg_nbd(h, fit_bg_nbd(few)), fit_gamma_gamma(h)
    weeks, yearly = basis.value.horizon / 7, basis.value.discount

    def worth(often: BgNbd, much: GammaGamma, h: History) -> Floats:
        found: Floats = discounted(often, h, weeks, yearly) * much.expected(h)
        return found

    rows, weights = _sample(basis, owner, replicates)
    part = h.some(rows)
    drawn = np.zeros((len(rows), replicates))
    parameters = np.zeros((7, replicates))
    for number in range(replicates):
        again = part.weighed(weights[:, number])
        one, other = fit_bg_nbd(again, often), fit_gamma_gamma(again, much)
        parameters[:, number] = (one.r, one.alpha, one.a, one.b, other.p, other.q, other.gamma)
        drawn[:, number] = worth(one, other, part)
    names = ("r", "alpha", "a", "b", "p", "q", "gamma")
    point = (often.r, often.alpha, often.a, often.b, much.p, much.q, much.gamma)
    facts = _parameters(names, point, parameters, len(rows) / max(len(owner), 1))
    columns = {"alive": often.alive(h), "purchases": often.expected(h, weeks), "amount": much.expected(h)}
    notes: tuple[str, ...] = ()
    if often.r >= ALIKE:
        notes = (phrase("Customers hardly differ in how often they buy: BG/NBD has little to tell them apart by."),)
    elif much.q <= 1:
        notes = (
            phrase("Amounts vary so much that a mean amount does not exist for customers without a repeat purchase."),
        )
    return Worths(owner, columns, worth(often, much, h), rows, drawn, weights, facts, notes)


def _subscribing(basis: Basis, found: Outcomes, replicates: int) -> Worths:
    value = basis.value
    many = basis.journeys.customers
    decided = np.bincount(found.owner, minlength=many)
    lost = np.bincount(found.owner, found.lost, many) > 0
    model = fit_geometric(*_tenures(decided, lost, np.ones(many)))
    owner = np.flatnonzero(found.ends > 0)
    # Who came back after a loss begins again: only what was decided since counts.
    stayed = _since_loss(found, many)[owner].astype(np.float64)
    wait = np.maximum(found.ends[owner] - basis.end, 0) / DAY
    amount = expected(basis, owner) / UNIT * value.term / value.horizon

    def terms(model: Geometric) -> Floats:
        return lifetime(model, stayed, wait, value.horizon, value.term, value.discount)

    rows, weights = _sample(basis, owner, replicates)
    everyone = poisson_weights(basis.journeys.keys, replicates).astype(np.float64)
    drawn, parameters = np.zeros((len(rows), replicates)), np.zeros((2, replicates))
    told = []
    for number in range(replicates):
        left, kept = _tenures(decided, lost, everyone[:, number])
        if not left.any() or (not kept.any() and not left[1:].any()):
            continue  # of those drawn nobody left, or nobody stayed: such a sample tells of no loyalty
        one = fit_geometric(left, kept)
        parameters[:, number] = one.alpha, one.beta
        drawn[:, number] = terms(one)[rows] * amount[rows]
        told.append(number)
    parameters, drawn, weights = parameters[:, told], drawn[:, told], weights[:, told]
    facts = _parameters(("alpha", "beta"), (model.alpha, model.beta), parameters, 1.0)
    undiscounted = lifetime(model, stayed, wait, value.horizon, value.term, 0.0)
    columns = {"alive": model.stays(stayed + 1), "purchases": undiscounted, "amount": amount}
    alone = (phrase("No customer was seen at two ends of a term: how loyalty grows is not known."),)
    notes: tuple[str, ...] = (
        phrase("Ends of terms before the data begin are not known: a customer's first one seen counts as the first."),
    )
    notes += alone if decided.max(initial=0) < 2 else ()
    return Worths(owner, columns, terms(model) * amount, rows, drawn, weights, facts, notes)


def _tenures(decided: Ints, lost: Bools, weights: Floats) -> tuple[Floats, Floats]:
    """Return how many left at the 1st, 2nd ... end of a term, and how many stayed at so many."""
    there = decided > 0
    size = int(decided.max(initial=0)) + 1
    left: Floats = np.bincount(decided[there & lost], weights[there & lost], size)[1:].astype(np.float64)
    stayed: Floats = np.bincount(decided[there & ~lost], weights[there & ~lost], size)[1:].astype(np.float64)
    return left, stayed


def _since_loss(found: Outcomes, many: int) -> Ints:
    """Return how many decisions to stay each customer has made since the last loss."""
    place = np.arange(len(found))
    last = np.full(many, -1, dtype=np.int64)
    np.maximum.at(last, found.owner[found.lost], place[found.lost])
    return np.bincount(found.owner[place > last[found.owner]], minlength=many)


def _places(many: int) -> Ints:
    """Return places of at most `MOST` of so many customers, evenly spaced."""
    found: Ints = np.unique(np.linspace(0, max(many - 1, 0), min(many, MOST)).astype(np.int64))
    return found


def _sample(basis: Basis, owner: Ints, replicates: int) -> tuple[Ints, Floats]:
    """Return which customers samples are drawn from, and how often each is drawn."""
    rows = _places(len(owner))
    return rows, poisson_weights(basis.journeys.keys[owner[rows]], replicates).astype(np.float64)


def _parameters(names: tuple[str, ...], point: tuple[float, ...], drawn: Floats, share: float) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, value, samples in zip(names, point, drawn, strict=True):
        spread = value * np.exp(np.sqrt(share) * np.log(samples / value)) if len(samples) else samples
        one = interval(value, spread)
        facts |= {name: value, f"{name}_low": one.low, f"{name}_high": one.high}
    return facts
