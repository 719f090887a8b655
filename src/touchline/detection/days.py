"""Days of the reporting zone, as numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from touchline.detection.base import DAY, Ints

#: Clocks are changed at quarters of an hour.
_QUARTER: Final = 900


def local_seconds(at: Ints, zone: str) -> Ints:
    """Return what the clocks of a zone show, as seconds since 1970-01-01 00:00 there.

    Args:
        at: Seconds since 1970 UTC, shape (n,).
        zone: A zone of the IANA database.

    >>> (local_seconds(np.array([0, 15_552_000]), "Europe/Berlin") - [0, 15_552_000]).tolist()
    [3600, 3600]
    """
    if zone == "UTC" or not len(at):
        return at
    quarters, which = np.unique(at // _QUARTER, return_inverse=True)
    offsets = np.fromiter((_offset(int(quarter), zone) for quarter in quarters), np.int64, len(quarters))
    found: Ints = at + offsets[which]
    return found


def local_days(at: Ints, zone: str) -> Ints:
    """Return the day that each moment lies in, counted from 1970-01-01 in the zone."""
    found: Ints = local_seconds(at, zone) // DAY
    return found


def weekday(day: Ints) -> Ints:
    """Return the weekday of days counted from 1970-01-01: 0 is Monday.

    >>> weekday(np.array([0, 4])).tolist()
    [3, 0]
    """
    found: Ints = (day + 3) % 7
    return found


def spans(days: Ints) -> list[tuple[int, int, int]]:
    """Return each day of ascending days, with its first place and one past its last.

    >>> spans(np.array([4, 4, 6]))
    [(4, 0, 2), (6, 2, 3)]
    """
    if not len(days):
        return []
    edges = (np.flatnonzero(np.diff(days)) + 1).tolist()
    pairs = zip([0, *edges], [*edges, len(days)], strict=True)
    return [(int(days[low]), low, high) for low, high in pairs]


def midnight(day: int, zone: str) -> int:
    """Return when a day begins in a zone, seconds since 1970 UTC.

    >>> midnight(1, "Europe/Berlin")
    82800
    """
    return int((datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(days=day)).timestamp())


@lru_cache(maxsize=65_536)
def _offset(quarter: int, zone: str) -> int:
    moment = datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(ZoneInfo(zone))
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
