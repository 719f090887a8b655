"""Filters over journeys: which interactions a question is about."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Filters
from touchline.warehouse.index.journeys import Bools, Journeys
from touchline.words import phrase

#: Field of `Filters` to the column that it restricts; a stage is the one held then.
COLUMNS: Final = {
    "stages": "stage",
    "touchpoints": "touchpoint",
    "channels": "channel",
    "sources": "source",
    "programmes": "programme",
    "themes": "theme",
}


def restricted(journeys: Journeys, filters: Filters) -> Journeys:
    """Return the interactions that filters let through; customers without one are gone.

    What was observed stays what it was, so that an end is censored where the data end, not where a filter cuts.

    Args:
        journeys: All of them.
        filters: Days are of the reporting zone; segments are the customer's at that time.

    Raises:
        QuestionError: A name that does not exist, or a filter that journeys do not know.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> made = pa.table({"customer": ["a", "b"], "event": ["x", "x"], "time": ["2026-01-01", "2026-02-01"]})
    >>> restricted(journeys_of(made), Filters(since=date(2026, 1, 15))).names
    ('b',)
    """
    return journeys if filters == Filters() else journeys.through(partial(_kept, filters=filters))


def _kept(journeys: Journeys, filters: Filters) -> Journeys:
    return journeys.keep(let_through(journeys, filters))


def let_through(journeys: Journeys, filters: Filters) -> Bools:
    """Return which interactions filters let through, shape (rows,).

    For questions in which filters say what may begin, and the rest of the journey is looked at all the same.

    Raises:
        QuestionError: As `restricted`.
    """
    mask = np.ones(len(journeys), dtype=np.bool_)
    if filters == Filters():
        return mask
    if filters.methods:
        raise QuestionError(
            phrase("journeys are not read by a method"), where="method", todo=phrase("leave the filter out")
        )
    if filters.since is not None:
        mask &= journeys.at >= midnight(filters.since, journeys.zone)
    if filters.until is not None:
        mask &= journeys.at < midnight(filters.until + timedelta(days=1), journeys.zone)
    for field, column in COLUMNS.items():
        if wanted := getattr(filters, field):
            mask &= _among(journeys, column, wanted, field == "stages")
    for segment, wanted in filters.segments:
        column = f"seg_{segment}" if f"seg_{segment}" in journeys.columns else segment
        mask &= _among(journeys, column, wanted, known=False)
    return mask


def midnight(day: date, zone: str) -> int:
    """Return when a day begins in a zone, in microseconds since 1970, UTC."""
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp()) * 1_000_000


def _among(journeys: Journeys, column: str, wanted: tuple[str, ...], known: bool) -> Bools:
    coded = journeys.coded(column)
    table = np.zeros(len(coded.names) + 1, dtype=np.bool_)
    for value in wanted:
        if value in coded.names:
            table[coded.names.index(value)] = True
        elif not (known and value in journeys.stages):
            raise unknown(column.removeprefix("seg_"), value, coded.names)
    found: Bools = table[coded.codes]
    return found
