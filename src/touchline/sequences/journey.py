"""The questions of order and time, and where they are asked: `Journey`."""

from __future__ import annotations

from typing import Any

from touchline.scores.base import Filters
from touchline.sequences.across import Across
from touchline.sequences.in_order import InOrder
from touchline.sequences.over_time import OverTime
from touchline.sequences.restricting import restricted
from touchline.warehouse.index.journeys import Journeys


class SequenceQuestions(InOrder, OverTime, Across):
    """The questions of order and time, one method each, the same for a workspace and for `read_events`.

    Methods import what they need when they are called, so that importing this costs nothing.
    """

    def _over(self, filters: Filters) -> Journeys:
        """Return the journeys that a question is about."""
        raise NotImplementedError


class Journey(SequenceQuestions):
    """Questions over customers' journeys; each answers with a `Figure`.

    Made by `touchline.read_events` from any table. A workspace answers the same questions (`touchline.open`).
    """

    def __init__(self, journeys: Journeys) -> None:
        self.journeys = journeys

    def __repr__(self) -> str:
        """Say how much there is."""
        return f"Journey({self.journeys.customers} customers, {len(self.journeys)} interactions)"

    def _over(self, filters: Filters) -> Journeys:
        return restricted(self.journeys, filters)


def read_events(
    frame: Any,
    *,
    customer: str = "customer",
    event: str = "event",
    time: str = "time",
    stages: tuple[str, ...] = (),
    zone: str = "UTC",
) -> Journey:
    """Ask questions of any table of events, without a workspace.

    Args:
        frame: A pandas or Polars frame, an Arrow table, or anything with ``__arrow_c_stream__``; further columns
            can be filtered and grouped by.
        customer: Column of who.
        event: Column of what.
        time: Column of when: timestamps (those without a zone are UTC), dates, ISO 8601 text.
        stages: Names of events in the order of progress, when there is one.
        zone: The reporting zone, for days and months.

    Raises:
        QuestionError: A column is missing, or a row lacks its customer or its time.

    >>> import pyarrow as pa
    >>> read_events(pa.table({"customer": ["a", "a"], "event": ["visit", "order"],
    ...                       "time": ["2026-01-01", "2026-01-02"]}))
    Journey(1 customers, 2 interactions)
    """
    from touchline.warehouse.index.frames import journeys_of

    return Journey(journeys_of(frame, customer=customer, event=event, time=time, stages=stages, zone=zone))
