"""Deadlines: clock hours, business hours and business days, with holidays, pauses, time zones and daylight saving.

Everything here is a pure function of its arguments. Two sentences hold all of it:

- *Clock hours* run always; *business hours* run while the wall clock of the calendar's zone stands between opening and
  closing of a day that is worked. A deadline is the first moment at which so much time has run, pauses left out.
- *Business days* are counted after the day on which the clock was started: the n-th worked day whose close is not
  paused, and the deadline is that close. Whatever is started on a Friday, at noon or at night, with 1 business day to
  go, is due at Monday's close.

A wall clock that skips an hour in spring takes that hour from the day, and one that shows an hour twice in autumn adds
it, as it does for those who work then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from touchline.errors import InputError
from touchline.settings.cases import UNITS, Length, Unit
from touchline.words import phrase

__all__ = [
    "OFFICE", "UNITS", "Calendar", "Length", "Pause", "Unit", "due_at", "elapsed", "is_open", "opens_at",
]  # fmt: skip

#: A stretch of time in which the clock stands; the last may have no end yet.
Pause = tuple[datetime, datetime | None]
_Stretch = tuple[datetime, datetime]

#: Nine to five from Monday to Friday: seconds of the day.
OFFICE: Final = tuple(((9 * 3600, 17 * 3600),) if day < 5 else () for day in range(7))
_DAY: Final = timedelta(days=1)
#: How far ahead a deadline is looked for.
_FARTHEST: Final = 366 * 10


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody works.

    Attributes:
        zone: Whose wall clock counts, an IANA name.
        week: From and until, in seconds of the day, for each weekday from Monday on; several where there is a break.
        holidays: Days that are not worked, in that zone.

    Raises:
        InputError: The week has not seven days, or its hours are not in order within a day.

    >>> office = Calendar("Europe/Berlin", holidays=frozenset({date(2026, 12, 25)}))
    >>> due_at(datetime(2026, 12, 24, 15, tzinfo=UTC), Length(2, "business hours"), office).isoformat()
    '2026-12-28T09:00:00+00:00'
    """

    zone: str = "UTC"
    week: tuple[tuple[tuple[int, int], ...], ...] = OFFICE
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise InputError(phrase("a week has seven days"), where="week")
        for spans in self.week:
            edges = [edge for span in spans for edge in span]
            if edges != sorted(set(edges)) or (edges and not 0 <= edges[0] < edges[-1] <= 86_400):
                raise InputError(
                    phrase("the hours {spans} are not in order within a day", spans=str(spans)), where="week"
                )

    def works_on(self, day: date) -> bool:
        """Tell whether a day is worked."""
        return day not in self.holidays and bool(self.week[day.weekday()])


def due_at(start: datetime, length: Length, calendar: Calendar, pauses: Iterable[Pause] = ()) -> datetime | None:
    """Return when something is due, in UTC.

    Args:
        start: When the clock was started; with a zone.
        length: How long there is.
        calendar: When somebody works; clock hours do not look at it.
        pauses: When the clock stood. The last may be open.

    Returns:
        The deadline; None while the clock stands and will not reach it before it is started again.

    Raises:
        InputError: The start has no zone, or nobody works for ten years.
    """
    start = _utc(start)
    stood = _joined(pauses)
    if length.unit == "business days" and length.amount:
        return _closes(start, int(length.amount), calendar, stood)
    left = timedelta(hours=length.amount)
    if not left:
        return start
    for since, until in _running(start, length.unit, calendar, stood):
        if until is None or until - since >= left:
            return since + left
        left -= until - since
    return None


def elapsed(
    start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Pause] = (), unit: Unit = "clock hours"
) -> timedelta:
    """Return how much time ran between two moments.

    Args:
        start: From when; with a zone.
        end: Until when; nothing has run if it is before the start.
        calendar: When somebody works.
        pauses: When the clock stood.
        unit: Which time; business days count as business hours.
    """
    start, end = _utc(start), _utc(end)
    ran = timedelta()
    if end <= start:
        return ran
    kind: Unit = "clock hours" if unit == "clock hours" else "business hours"
    for since, until in _running(start, kind, calendar, _joined(pauses), end):
        if since >= end:
            break
        ran += min(end, until or end) - since
    return ran


def is_open(at: datetime, calendar: Calendar) -> bool:
    """Tell whether somebody works at a moment."""
    here = _utc(at).astimezone(ZoneInfo(calendar.zone))
    second = here.hour * 3600 + here.minute * 60 + here.second
    return calendar.works_on(here.date()) and any(a <= second < b for a, b in calendar.week[here.weekday()])


def opens_at(at: datetime, calendar: Calendar) -> datetime:
    """Return the moment itself if somebody works then, else the next at which they do.

    Raises:
        InputError: Nobody works for ten years.
    """
    at = _utc(at)
    for since, until in _worked(at, calendar):
        if until > at:
            return max(since, at)
    raise _never(calendar)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise InputError(
            phrase("a moment needs its time zone"), where=at.isoformat(), todo=phrase("give it with an offset")
        )
    return at.astimezone(UTC)


def _joined(pauses: Iterable[Pause]) -> list[tuple[datetime, datetime | None]]:
    """Return pauses in order, those that meet as one; none goes on after an open one."""
    made: list[tuple[datetime, datetime | None]] = []
    for since, until in sorted(((_utc(a), _utc(b) if b else None) for a, b in pauses), key=lambda one: one[0]):
        if until is not None and until <= since:
            continue
        if made and (made[-1][1] is None or since <= made[-1][1]):
            last = made[-1][1]
            made[-1] = (made[-1][0], None if last is None or until is None else max(last, until))
        else:
            made.append((since, until))
    return made


def _running(
    start: datetime, unit: Unit, calendar: Calendar, stood: Sequence[Pause], end: datetime | None = None
) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield the stretches from a start on in which the clock runs; the last may have no end."""
    if unit == "clock hours":
        yield from _without([(start, None)], stood)
        return
    worked = ((max(since, start), until) for since, until in _worked(start, calendar, end) if until > start)
    yield from _without(worked, stood)
    if end is None and not (stood and stood[-1][1] is None):
        raise _never(calendar)


def _without(
    stretches: Iterable[tuple[datetime, datetime | None]], stood: Sequence[Pause]
) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield stretches less the pauses; nothing after a pause without an end."""
    for since, until in stretches:
        at: datetime = since
        for a, b in stood:
            if until is not None and a >= until:
                break
            if b is not None and b <= at:
                continue
            if a > at:
                yield at, a
            if b is None:
                return
            at = b
            if until is not None and at >= until:
                break
        if until is None or at < until:
            yield at, until


def _closes(start: datetime, days: int, calendar: Calendar, stood: Sequence[Pause]) -> datetime | None:
    first = start.astimezone(ZoneInfo(calendar.zone)).date()
    for ahead in range(1, _FARTHEST):
        windows = _windows(first + ahead * _DAY, calendar)
        if not windows:
            continue
        close = windows[-1][1]
        around = next(((a, b) for a, b in stood if a <= close and (b is None or close < b)), None)
        if around is not None:
            if around[1] is None:
                return None
            continue
        days -= 1
        if not days:
            return close
    raise _never(calendar)


def _worked(start: datetime, calendar: Calendar, end: datetime | None = None) -> Iterator[_Stretch]:
    """Yield the stretches that are worked, from the day before a moment on."""
    first = start.astimezone(ZoneInfo(calendar.zone)).date() - _DAY
    last = end.astimezone(ZoneInfo(calendar.zone)).date() if end else first + _FARTHEST * _DAY
    for ahead in range((last - first).days + 1):
        yield from _windows(first + ahead * _DAY, calendar)


def _windows(day: date, calendar: Calendar) -> tuple[_Stretch, ...]:
    return _opened(day, calendar.zone, calendar.week[day.weekday()]) if calendar.works_on(day) else ()


@lru_cache(maxsize=4096)
def _opened(day: date, zone: str, spans: tuple[tuple[int, int], ...]) -> tuple[_Stretch, ...]:
    """Return the stretches of a day in which its wall clock stands within spans, in the order of time."""
    made: list[_Stretch] = []
    midnight = datetime.combine(day, time(), UTC)
    for since, until, offset in _offsets(day, zone):
        for a, b in spans:
            low = max(since, midnight + timedelta(seconds=a) - offset)
            high = min(until, midnight + timedelta(seconds=b) - offset)
            if low < high:
                made.append((low, high))
    joined: list[_Stretch] = []
    for low, high in sorted(made):
        if joined and joined[-1][1] == low:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return tuple(joined)


def _offsets(day: date, zone: str) -> list[tuple[datetime, datetime, timedelta]]:
    """Return what a zone adds to UTC around a day, as stretches of one offset."""
    here = ZoneInfo(zone)
    middle = datetime.combine(day, time(12), UTC)
    looks = [middle + timedelta(hours=hours) for hours in range(-30, 31, 6)]
    edges = [looks[0]]
    for before, after in pairwise(looks):
        old = _offset(before, here)
        if old != _offset(after, here):
            seconds = range(int((after - before).total_seconds()) + 1)
            at = bisect_left(seconds, True, key=lambda s, b=before, o=old: _offset(b + timedelta(seconds=s), here) != o)  # type: ignore[misc]
            edges.append(before + timedelta(seconds=at))
    edges.append(looks[-1])
    return [(a, b, _offset(a, here)) for a, b in pairwise(edges)]


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _never(calendar: Calendar) -> InputError:
    return InputError(
        phrase("nobody works in the calendar of {zone} for ten years", zone=str(calendar.zone)),
        todo=phrase("declare hours"),
    )
