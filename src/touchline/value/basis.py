"""What every question of value is asked of: journeys, what was said, money, and what the workspace calls churn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Filters
from touchline.sequences.steps import step
from touchline.settings import Score, Value
from touchline.value.money import Money, Rates, money, read_rates
from touchline.value.voices import DAY, Voices, voices_from, voices_of
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.warehouse.base import Warehouse

#: Names of events that mean a renewal or an end where ``[value]`` names none.
RENEWALS: Final = ("renewed", "renewal", "contract_renewed", "subscription_renewed", "membership_renewed")
CANCELS: Final = (
    "cancelled", "canceled", "churned", "cancellation", "contract_cancelled", "subscription_cancelled",
    "subscription_canceled", "membership_cancelled",
)  # fmt: skip
#: Kinds of interaction with which a customer turns to the company.
CONTACTS: Final = ("ticket", "call", "chat", "message", "complaint")


@dataclass(frozen=True)
class Ends:
    """Dates of contracts' ends as they were stated, sorted by customer and statement.

    Attributes:
        owner: The customer's number.
        since: When it was stated, microseconds.
        end: The end, microseconds.
    """

    owner: Ints
    since: Ints
    end: Ints

    @classmethod
    def none(cls) -> Ends:
        """Return no statements."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, nothing)


@dataclass(frozen=True)
class Basis:
    """What questions of value are asked of.

    Attributes:
        journeys: Whole journeys.
        voices: What these customers said.
        value: ``[value]``.
        score: ``[score]``: half-life, bands, gate.
        ends: Stated ends of contracts.
        rates: To convert money by.
        segments: Columns of names by which customers are told apart.
        period: First and last moment that a question counts, microseconds; None is open.
    """

    journeys: Journeys
    voices: Voices
    value: Value = field(default_factory=Value)
    score: Score = field(default_factory=Score)
    ends: Ends = field(default_factory=Ends.none)
    rates: Rates | None = None
    segments: tuple[str, ...] = ()
    period: tuple[int | None, int | None] = (None, None)

    @property
    def end(self) -> int:
        """The moment up to which things are known, microseconds."""
        return self.journeys.observed[1]

    @cached_property
    def money(self) -> Money:
        """Revenue, row by row; all zeros where no interaction carries a value."""
        journeys = self.journeys
        if "value" not in journeys.columns:
            return Money(np.zeros(len(journeys), np.int64), np.zeros(len(journeys), np.bool_), "", {})
        rows = self.rows(self.value.revenue) if self.value.revenue else np.ones(len(journeys), dtype=np.bool_)
        return money(journeys, rows, currency=self.value.currency, rates=self.rates, hold=self.value.rate_days)

    @cached_property
    def active(self) -> Bools:
        """The rows that show that a customer is alive, shape (rows,)."""
        if self.value.active:
            return self.rows(self.value.active)
        if self.money.there.any():
            return self.money.there & (self.money.amounts >= 0)
        if "author" in self.journeys.columns:
            return _among(self.journeys.coded("author"), ("customer",))
        return np.ones(len(self.journeys), dtype=np.bool_)

    @cached_property
    def contacts(self) -> Bools:
        """The rows in which a customer turned to the company, shape (rows,)."""
        if "kind" not in self.journeys.columns:
            return np.zeros(len(self.journeys), dtype=np.bool_)
        found = _among(self.journeys.coded("kind"), CONTACTS)
        if "author" in self.journeys.columns:
            found &= _among(self.journeys.coded("author"), ("customer",))
        return found

    def rows(self, text: str) -> Bools:
        """Return the rows of a step, shape (rows,)."""
        return step(self.journeys, text).rows

    def usual(self, text: str, names: tuple[str, ...]) -> Bools:
        """Return the rows of a step, or those of the usual events where none is named."""
        return self.rows(text) if text else _among(self.journeys.coded("event"), names)

    def chosen(self, filters: Filters) -> Basis:
        """Return the customers that filters choose, with whole journeys, and the period that counts.

        Args:
            filters: ``since`` and ``until`` say what counts; segments choose customers by their latest value.

        Raises:
            QuestionError: Another filter: half a journey has no worth of its own.
        """
        from datetime import timedelta

        from touchline.sequences.restricting import midnight

        if filters == Filters():
            return self
        for name in ("stages", "touchpoints", "channels", "sources", "programmes", "methods", "themes"):
            if getattr(filters, name):
                raise QuestionError(
                    phrase("questions of value look at whole customers, not at some of their {name}", name=name),
                    todo=phrase("choose by segment, or by dates"),
                )
        zone = self.journeys.zone
        since = midnight(filters.since, zone) if filters.since else None
        end = midnight(filters.until + timedelta(days=1), zone) - 1 if filters.until else None
        keep = np.ones(self.journeys.customers, dtype=np.bool_)
        for name, wanted in filters.segments:
            latest, names = self.latest(name)
            for value in wanted:
                if value not in names:
                    raise unknown(name, value, names)
            keep &= np.isin(latest, [names.index(value) for value in wanted])
        return replace(self.of(keep), period=(since, end))

    def of(self, customers: Bools) -> Basis:
        """Return some customers.

        Args:
            customers: Shape (customers,).
        """
        if customers.all():
            return self
        number = np.cumsum(customers) - 1
        mine = customers[self.ends.owner]
        ends = Ends(number[self.ends.owner[mine]], self.ends.since[mine], self.ends.end[mine])
        return replace(self, journeys=self.journeys.of(customers), voices=self.voices.of(customers), ends=ends)

    def column(self, name: str) -> Coded:
        """Return a segment's column.

        Raises:
            QuestionError: There is none of that name.
        """
        name = name.removeprefix("segment:")
        for known in (f"seg_{name}", name):
            if isinstance(self.journeys.columns.get(known), Coded):
                return self.journeys.coded(known)
        raise unknown("segment", name, [known.removeprefix("seg_") for known in self.segments])

    def latest(self, name: str) -> tuple[Ints, tuple[str, ...]]:
        """Return each customer's latest value of a segment as a code, -1 for none, and what the codes mean."""
        coded = self.column(name)
        return coded.codes[self.journeys.starts[1:] - 1].astype(np.int64), coded.names

    def within(self, moment: Ints) -> Bools:
        """Return which moments lie in the period that counts."""
        since, end = self.period
        keep = np.ones(len(moment), dtype=np.bool_)
        if since is not None:
            keep &= moment >= since
        if end is not None:
            keep &= moment <= end
        return keep


def basis(
    journeys: Journeys,
    value: Value | None = None,
    *,
    score: Score | None = None,
    voices: Voices | None = None,
    rates: Rates | None = None,
    segments: tuple[str, ...] = (),
) -> Basis:
    """Return what questions of value need, from any journeys.

    Args:
        journeys: From `touchline.read_events` or a workspace. ``value`` is money, ``s`` what was felt.
        value: What money and churn mean.
        score: Half-life and bands.
        voices: What was said; without it the rows with ``s``.
        rates: To convert money by.
        segments: Columns of names that tell customers apart; ``seg_...`` columns always do.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> made = journeys_of(pa.table({"customer": ["a", "a"], "event": ["buy", "buy"], "value": [5.0, 6.0],
    ...     "time": ["2026-01-02", "2026-01-03"]}))
    >>> basis(made).money.amounts.tolist()
    [50000, 60000]
    """
    value = value or Value()
    known = (*(name for name in journeys.columns if name.startswith("seg_")), *segments)
    ends = Ends.none()
    if value.contract_end:
        ends = _stated(journeys, value.contract_end)
    return Basis(journeys, voices or voices_of(journeys), value, score or Score(), ends, rates, known)


def workspace_basis(warehouse: Warehouse, journeys: Journeys, settings: Settings) -> Basis:
    """Return what questions of value need, from a workspace.

    Raises:
        SettingsError: The rates file is wrong.
    """
    value = settings.value
    rates = read_rates((settings.folder or Path()) / value.rates) if value.rates else None
    known = tuple(name for name in journeys.columns if name.startswith("seg_"))
    ends = _attributed(warehouse, journeys, value.contract_end) if value.contract_end else Ends.none()
    return Basis(journeys, voices_from(warehouse, journeys), value, settings.score, ends, rates, known)


def _stated(journeys: Journeys, name: str) -> Ends:
    coded = journeys.coded(name if name in journeys.columns else f"seg_{name}")
    rows = np.flatnonzero(coded.codes >= 0)
    moments = _moments(coded.names, journeys.zone, name)
    return _changes(journeys.owner[rows].astype(np.int64), journeys.at[rows], moments[coded.codes[rows]])


def _attributed(warehouse: Warehouse, journeys: Journeys, name: str) -> Ends:
    def build() -> ir.Table:
        attributes = warehouse.table("attributes")
        said = attributes.filter(attributes.name == name)
        return said.select("customer_key", "value", "valid_from")

    table = warehouse.ask(("value", "ends", name), build)
    keys = table["customer_key"].to_numpy()
    owner = np.searchsorted(journeys.keys, keys)
    there = owner < journeys.customers
    there[there] = journeys.keys[owner[there]] == keys[there]
    coded = Coded.of(table["value"])
    since = table["valid_from"].cast(pa.int64()).to_numpy()
    order = np.lexsort((since, owner))
    order = order[there[order] & (coded.codes[order] >= 0)]
    moments = _moments(coded.names, journeys.zone, name)
    return _changes(owner[order], since[order], moments[coded.codes[order]])


def _moments(texts: tuple[str, ...], zone: str, name: str) -> Ints:
    """Return the end of each day that a text names, microseconds."""
    from datetime import date, timedelta

    from touchline.sequences.restricting import midnight

    out: list[int] = []
    for text in texts:
        try:
            day = date.fromisoformat(text.strip()[:10])
        except ValueError as error:
            raise QuestionError(
                phrase("{text} is no date", text=repr(text)),
                where=f"the attribute {name!r}",
                todo=phrase("give dates such as 2026-12-31"),
            ) from error
        out.append(midnight(day + timedelta(days=1), zone) - 1)
    return np.array(out, dtype=np.int64)


def _changes(owner: Ints, since: Ints, end: Ints) -> Ends:
    """Return the statements that say something new."""
    new = np.ones(len(owner), dtype=np.bool_)
    new[1:] = (owner[1:] != owner[:-1]) | (end[1:] != end[:-1])
    return Ends(owner[new].astype(np.int64), since[new], end[new])


def _among(coded: Coded, names: tuple[str, ...]) -> Bools:
    table = np.array([*(name.casefold() in names for name in coded.names), False])
    found: Bools = table[coded.codes]
    return found


def days(moments: Any) -> Any:
    """Return microseconds as days."""
    return np.asarray(moments) / DAY
