"""Days, weeks and months of the reporting zone, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from touchline.errors import unknown
from touchline.scores.trend import PERIODS, period_end, period_start
from touchline.sequences.restricting import midnight
from touchline.warehouse.index.journeys import Ints

Period = Literal["day", "week", "month"]

#: A quarter of an hour: the midnights of all zones in use lie on one.
_QUARTER: Final = 900_000_000


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods in a row.

    Attributes:
        firsts: The first day of each.
        edges: When each begins, and when the last one ends, microseconds, shape (periods + 1,).
    """

    firsts: tuple[date, ...]
    edges: Ints

    def __len__(self) -> int:
        """Return the number of periods."""
        return len(self.firsts)

    def numbers(self, at: Ints) -> npt.NDArray[np.int32]:
        """Return the number of the period that each moment lies in.

        Args:
            at: Microseconds, from the first edge to before the last.
        """
        lengths = np.diff(self.edges)
        since = at - self.edges[0]
        if (lengths == lengths[0]).all():
            since //= lengths[0]
            even: npt.NDArray[np.int32] = since.astype(np.int32)
            return even
        if (self.edges % _QUARTER).any():
            return (np.searchsorted(self.edges, at, side="right") - 1).astype(np.int32)
        table = np.repeat(np.arange(len(self), dtype=np.int32), lengths // _QUARTER)
        since //= _QUARTER
        found: npt.NDArray[np.int32] = table.take(since)
        return found


def calendar(begin: int, end: int, period: Period, zone: str) -> Calendar:
    """Return the periods from the one that holds a moment to the one that holds another.

    Args:
        begin: Microseconds since 1970, UTC.
        end: The same.
        period: ``day``, ``week`` (from Monday) or ``month``.
        zone: The reporting zone, in which they begin at midnight.

    Raises:
        QuestionError: Another period.

    >>> made = calendar(0, 40 * 86_400_000_000, "month", "Europe/Berlin")
    >>> [str(day) for day in made.firsts], made.numbers(np.array([0, 35 * 86_400_000_000])).tolist()
    (['1970-01-01', '1970-02-01'], [0, 1])
    """
    if period not in PERIODS:
        raise unknown("period", period, PERIODS)
    return _between(*(period_start(_day(moment, zone), period) for moment in (begin, end)), period, zone)


@lru_cache(maxsize=32)
def _between(first: date, last: date, period: Period, zone: str) -> Calendar:
    firsts = []
    while first <= last:
        firsts.append(first)
        first = period_end(first, period) + timedelta(days=1)
    return Calendar(tuple(firsts), np.array([midnight(day, zone) for day in (*firsts, first)], dtype=np.int64))


def _day(moment: int, zone: str) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(ZoneInfo(zone)).date()
