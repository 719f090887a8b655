"""The period that a question is about, and the one before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from touchline.scores.filtering import filtered

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse


@dataclass(frozen=True, slots=True)
class Periods:
    """Two periods to compare; days are inclusive and in the reporting zone, None where there are no data.

    Attributes:
        now: Filters of the period asked about.
        before: Filters of the one to compare with, or None where there is none.
    """

    now: Filters
    since: date | None
    until: date | None
    before: Filters | None
    before_since: date | None
    before_until: date | None

    def facts(self) -> dict[str, date | None]:
        """Return the four days, as every figure that compares states them."""
        return {
            "since": self.since,
            "until": self.until,
            "previous_since": self.before_since,
            "previous_until": self.before_until,
        }


def span(warehouse: Warehouse, filters: Filters) -> tuple[date | None, date | None]:
    """Return the first and last day that resolved filters are about; open ends are those of the data."""
    if filters.since and filters.until:
        return filters.since, filters.until

    def build() -> ir.Table:
        touches = filtered(warehouse, "touches", filters)
        return touches.agg(since=touches.day.min(), until=touches.day.max())

    data = warehouse.ask(("span", filters), build).to_pylist()[0]
    return filters.since or data["since"], filters.until or data["until"]


def compare(warehouse: Warehouse, filters: Filters, previous: Filters | None) -> Periods:
    """Return the period of resolved filters and the one to compare it with.

    Args:
        warehouse: Knows where open periods begin and end.
        filters: The period asked about.
        previous: The period to compare with. None gives as many days right before ``filters.since``; a period
            without a first day has none before it.
    """
    since, until = span(warehouse, filters)
    if previous is None and filters.since and until and until >= filters.since:
        length = until - filters.since
        end = filters.since - timedelta(days=1)
        previous = replace(filters, since=end - length, until=end)
    before = span(warehouse, previous) if previous else (None, None)
    return Periods(filters, since, until, previous, *before)
