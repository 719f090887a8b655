"""Months, quarters and years of the reporting zone, as moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from touchline.errors import unknown
from touchline.sequences.restricting import midnight
from touchline.warehouse.index.journeys import Ints

#: Names of periods, and how many months each lasts.
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Spans:
    """Periods one after the other.

    Attributes:
        firsts: The first day of each.
        edges: When each begins, and when the last one ends, microseconds, shape (periods + 1,).
    """

    firsts: tuple[date, ...]
    edges: Ints

    def __len__(self) -> int:
        """Return the number of periods."""
        return len(self.firsts)

    def of(self, moments: Ints) -> Ints:
        """Return the period of each moment; -1 before the first."""
        found: Ints = np.searchsorted(self.edges[:-1], moments, side="right") - 1
        return found


def spans(begin: int, end: int, by: str, zone: str) -> Spans:
    """Return the periods that touch a stretch of time.

    Args:
        begin: Its first moment, microseconds.
        end: Its last.
        by: month, quarter or year.
        zone: In which days begin.

    Raises:
        QuestionError: Another period.

    >>> spans(0, 100 * 86_400_000_000, "quarter", "UTC").firsts
    (datetime.date(1970, 1, 1), datetime.date(1970, 4, 1))
    """
    if by not in MONTHS:
        raise unknown("period", by, tuple(MONTHS))
    step, place = MONTHS[by], ZoneInfo(zone)
    first, last = (datetime.fromtimestamp(moment / 1e6, UTC).astimezone(place).date() for moment in (begin, end))
    number = (first.year * 12 + first.month - 1) // step * step
    firsts: list[date] = []
    while (day := date(number // 12, number % 12 + 1, 1)) <= last:
        firsts.append(day)
        number += step
    edges = [midnight(day, zone) for day in (*firsts, day)]
    return Spans(tuple(firsts), np.array(edges, dtype=np.int64))
