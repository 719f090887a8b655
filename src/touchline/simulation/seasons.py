"""When people are busy: weeks, the year, and the hours at which one is awake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from touchline.simulation.pools import Floats, Ints

#: Relative activity from Monday to Sunday.
_WEEK: Final = (1.10, 1.04, 1.00, 0.98, 1.02, 0.82, 1.04)
#: Relative activity from January to December: Christmas is high, summer is low.
_YEAR: Final = (0.92, 0.86, 0.95, 0.98, 1.00, 0.94, 0.84, 0.82, 0.98, 1.04, 1.34, 1.33)
#: Local time minus UTC in hours, by region: emea, americas, apac.
_OFFSETS: Final = np.array([1.0, -5.0, 8.0])
#: Days beyond the end for which the calendar goes on, so that plans can be made past it.
_BEYOND: Final = 800


@dataclass(frozen=True, slots=True)
class Seasons:
    """The world's clock of activity: plans are made in busy time, which runs faster on busy days.

    Attributes:
        days: Length of the world.
        busy: Busy time that has passed at the beginning of each day.
        weekday: Of the first day, 0 for Monday.
    """

    days: int
    busy: Floats
    weekday: int

    def at_share(self, share: Floats) -> Floats:
        """Return the day by which a share (0 to 1) of the world's activity has passed."""
        at: Floats = np.interp(share * self.busy[self.days], self.busy, self._days())
        return at

    def later(self, at: Floats, wait: Floats) -> Floats:
        """Return the day that comes `wait` days of average activity after the day `at`."""
        days = self._days()
        then: Floats = np.interp(np.interp(at, days, self.busy) + wait, self.busy, days)
        return then

    def awake(self, at: Floats, region: Ints) -> Floats:
        """Move what would happen at night, local time, into the following morning; never back in time."""
        hour = (at * 24.0 + _OFFSETS[region]) % 24.0
        # From [0, 7) to [7, 10.5): the order of a customer's own acts is kept.
        return at + np.where(hour < 7.0, 7.0 - hour * 0.5, 0.0) / 24.0

    def _days(self) -> Floats:
        return np.arange(len(self.busy), dtype=np.float64)

    def weekday_of(self, at: Floats) -> Ints:
        """Return the weekday, 0 for Monday."""
        return (np.floor(at).astype(np.int64) + self.weekday) % 7


def seasons(start: date, days: int) -> Seasons:
    """Make the calendar of a world.

    Args:
        start: First day.
        days: Length.

    >>> calendar = seasons(date(2025, 11, 1), 365)
    >>> summer, winter = calendar.later(np.array([240.0, 30.0]), np.array([10.0, 10.0])) - [240.0, 30.0]
    >>> bool(summer > winter)
    True
    """
    calendar = [start + timedelta(day) for day in range(days + _BEYOND)]
    activity = [_WEEK[day.weekday()] * _YEAR[day.month - 1] for day in calendar]
    return Seasons(days, np.concatenate([[0.0], np.cumsum(activity)]), start.weekday())
