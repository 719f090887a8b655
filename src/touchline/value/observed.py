"""What was measured of customers, one entry per observation: touches, answers, decisions, revenue per four weeks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.value.basis import Basis
from touchline.value.money import UNIT
from touchline.value.outcomes import examples, outcomes
from touchline.value.voices import DAY, until
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.index.journeys import Journeys

#: What can be measured, and in which unit.
MEASURES: Final = {
    "jsi": "JSI points, 0 to 100",
    "nps": "NPS points, -100 to 100",
    "churn": "share lost",
    "revenue": "per customer and four weeks",
}
#: Over how long revenue is added up.
REVENUE: Final = 28 * DAY


@dataclass(frozen=True)
class Observed:
    """Observations.

    Attributes:
        owner: The customer's number, shape (n,).
        at: When, microseconds, shape (n,).
        y: What was measured, shape (n,).
        weight: How much it counts, shape (n,).
        stage: Of what; code -1 for none.
        latest: Does only a customer's latest of a period count?
        spaced: Are they sums over four weeks?
    """

    owner: Ints
    at: Ints
    y: Floats
    weight: Floats
    stage: Coded
    latest: bool = False
    spaced: bool = False

    def __len__(self) -> int:
        """Return the number of observations."""
        return len(self.at)

    def of(self, rows: Bools | Ints) -> Observed:
        """Return some of them."""
        stage = Coded(self.stage.codes[rows], self.stage.names)
        return Observed(
            self.owner[rows], self.at[rows], self.y[rows], self.weight[rows], stage, self.latest, self.spaced
        )

    def once(self, period: Ints) -> Observed:
        """Return the latest of each customer and period where only that counts, else all.

        Args:
            period: Of each observation, shape (n,).
        """
        if not self.latest or not len(self):
            return self
        order = np.lexsort((self.at, period, self.owner))
        owner, of = self.owner[order], period[order]
        last = np.append((owner[1:] != owner[:-1]) | (of[1:] != of[:-1]), True)
        return self.of(np.sort(order[last]))


def clusters(journeys: Journeys) -> Ints:
    """Return the key of what goes together, per customer: the account of the latest row, else the customer."""
    if "account" not in journeys.columns or not journeys.customers:
        return journeys.keys
    column = journeys.columns["account"]
    last = journeys.starts[1:] - 1
    if isinstance(column, Coded):
        account = column.codes[last].astype(np.int64) + 1
        return np.where(account > 0, -account, journeys.keys)
    raw = np.asarray(column)[last]
    keys: Ints = np.where(raw != 0, raw.astype(np.int64), journeys.keys)
    return keys


def observed(basis: Basis, of: str, warehouse: Warehouse | None = None, *, change: int = 0) -> Observed:
    """Return what was measured.

    Args:
        basis: The customers.
        of: One of `MEASURES`.
        warehouse: Where the answers are; without one, NPS is read from the column ``nps``.
        change: Periods of revenue are cut at this moment.

    Raises:
        QuestionError: Another measure, or nothing of the kind was measured.
    """
    if of not in MEASURES:
        raise unknown("measure", of, MEASURES)
    if of == "jsi":
        found = _touches(basis)
    elif of == "churn":
        found = _decisions(basis)
    else:
        found = _revenue(basis, change) if of == "revenue" else _answers(basis, warehouse)
    found = found.of(basis.within(found.at))
    if not len(found):
        raise QuestionError(
            phrase("nothing was measured of {of}", of=of), todo=phrase("look at another measure, or at more time")
        )
    return found


def _touches(basis: Basis) -> Observed:
    voices = basis.voices
    owner = np.repeat(np.arange(basis.journeys.customers), np.diff(voices.starts))
    return Observed(owner, voices.at, 50 * (1 + voices.s), voices.weight, voices.stage)


def _answers(basis: Basis, warehouse: Warehouse | None) -> Observed:
    journeys = basis.journeys
    if warehouse is None:
        if "nps" not in journeys.columns:
            raise unknown("column", "nps", sorted(journeys.columns))
        raw = np.asarray(journeys.numbers("nps"), dtype=np.float64)
        rows = np.flatnonzero(~np.isnan(raw))
        stage = journeys.coded("stage").take(rows) if "stage" in journeys.columns else Coded(np.full(len(rows), -1), ())
        owner, at = journeys.owner[rows].astype(np.int64), journeys.at[rows]
        return Observed(owner, at, _nps(raw[rows]), np.ones(len(rows)), stage, latest=True)

    def build() -> ir.Table:
        answers = warehouse.table("answers")
        told = answers.filter(answers.identified, answers.kind == "nps", answers.sign.notnull())
        told = told.filter((told.purpose != "recovery").fill_null(True))
        return told.select("customer_key", "occurred_at", "sign", "stage", "interaction_id", "question")

    table = warehouse.ask(("value", "nps"), build)
    keys = table["customer_key"].to_numpy()
    owner = np.searchsorted(journeys.keys, keys)
    there = owner < journeys.customers
    there[there] = journeys.keys[owner[there]] == keys[there]
    at = table["occurred_at"].cast(pa.int64()).to_numpy()
    tie = (Coded.of(table["question"]).codes, Coded.of(table["interaction_id"]).codes)
    order = np.lexsort((*tie, at, owner))
    order = order[there[order]]
    sign = table["sign"].to_numpy().astype(np.float64)[order]
    stage = Coded.of(table["stage"]).take(order)
    return Observed(owner[order].astype(np.int64), at[order], 100 * sign, np.ones(len(order)), stage, latest=True)


def _nps(score: Floats) -> Floats:
    """Return 100 for promoters, -100 for detractors, else 0."""
    return 100.0 * ((score >= 9).astype(np.float64) - (score <= 6))


def _decisions(basis: Basis) -> Observed:
    found = outcomes(basis)
    made = examples(basis, found)
    at = made.moment + (int(basis.value.lead * DAY) if found.how == "contract" else 0)
    journeys = basis.journeys
    stage = Coded(np.full(len(made), -1), ())
    if "stage" in journeys.columns:
        rows = until(journeys.starts, journeys.at, made.owner, made.moment) - 1
        stage = journeys.coded("stage").take(rows)
    return Observed(made.owner, at, made.lost.astype(np.float64), np.ones(len(made)), stage)


def _revenue(basis: Basis, change: int) -> Observed:
    """Return every customer's revenue of every four weeks, before and after the change, since they were first seen."""
    journeys, money = basis.journeys, basis.money
    if not money.there.any():
        raise QuestionError(
            phrase("no interaction carries a value"), where="revenue", todo=phrase("map a column to value")
        )
    begin, end = journeys.observed
    first = -((change - begin) // REVENUE)
    edges = change + REVENUE * np.arange(first, (end - change) // REVENUE + 1)
    if len(edges) < 2:
        raise QuestionError(
            phrase("less than eight weeks are known"), where="revenue", todo=phrase("look at more time")
        )
    many = len(edges) - 1
    place = np.searchsorted(edges, journeys.at, side="right") - 1
    inside = (place >= 0) & (place < many)
    cell = journeys.owner.astype(np.int64) * many + place
    paid = np.bincount(cell[inside], money.amounts[inside] / UNIT, journeys.customers * many).astype(np.float64)
    seen = journeys.at[journeys.starts[:-1]]
    owner, period = np.divmod(np.arange(journeys.customers * many), many)
    rows = np.flatnonzero(seen[owner] <= edges[period])
    at = edges[period[rows]]
    return Observed(owner[rows], at, paid[rows], np.ones(len(rows)), Coded(np.full(len(rows), -1), ()), spaced=True)
