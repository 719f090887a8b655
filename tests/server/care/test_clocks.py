"""Deadlines against a clock that is walked minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import InputError
from touchline.server.care.clocks import OFFICE, UNITS, Calendar, Length, Pause, due_at, elapsed, is_open, opens_at

MINUTE = timedelta(minutes=1)
#: Days on which some zone turns its clocks, and a year's end.
TURNS = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2026, 12, 31),
)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")


def works(at: datetime, calendar: Calendar) -> bool:
    """The definition: what the wall clock shows decides."""
    here = at.astimezone(ZoneInfo(calendar.zone))
    second = here.hour * 3600 + here.minute * 60
    spans = () if here.date() in calendar.holidays else calendar.week[here.weekday()]
    return any(a <= second < b for a, b in spans)


def stands(at: datetime, pauses: Sequence[Pause]) -> bool:
    return any(a <= at and (b is None or at < b) for a, b in pauses)


def walked(start: datetime, length: Length, calendar: Calendar, pauses: Sequence[Pause], most: int) -> datetime | None:
    """The deadline by walking minutes; None if it is not reached in so many."""
    left, days, at = round(length.amount * 60), int(length.amount), start
    zone = ZoneInfo(calendar.zone)
    first = start.astimezone(zone).date()
    if not length.amount:
        return start
    for _ in range(most):
        if length.unit == "business days":
            day = at.astimezone(zone).date()
            if works(at, calendar) and day > first:
                rest = (at + n * MINUTE for n in range(1, 26 * 60))
                last = not works(at + MINUTE, calendar) and not any(
                    works(one, calendar) and one.astimezone(zone).date() == day for one in rest
                )
                last = last or (works(at + MINUTE, calendar) and (at + MINUTE).astimezone(zone).date() != day)
                if last and not stands(at + MINUTE, pauses):
                    days -= 1
                    if not days:
                        return at + MINUTE
        elif not stands(at, pauses) and (length.unit == "clock hours" or works(at, calendar)):
            left -= 1
            if not left:
                return at + MINUTE
        at += MINUTE
    return None


spans = st.lists(st.integers(0, 96), min_size=2, max_size=4, unique=True).map(
    lambda edges: tuple((a * 900, b * 900) for a, b in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
weeks = st.one_of(st.just(OFFICE), st.lists(st.one_of(spans, st.just(())), min_size=7, max_size=7).map(tuple))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[datetime, Calendar, list[Pause]]:
    turn = datetime.combine(draw(st.sampled_from(TURNS)), datetime.min.time(), UTC)
    start = turn + draw(st.integers(-3 * 1440, 1440)) * MINUTE
    holidays = draw(st.frozensets(st.integers(-2, 5).map(lambda n: turn.date() + timedelta(days=n)), max_size=3))
    calendar = Calendar(draw(st.sampled_from(ZONES)), draw(weeks), holidays)
    pauses: list[Pause] = []
    for since, long in draw(st.lists(st.tuples(st.integers(-300, 4000), st.integers(0, 2500)), max_size=3)):
        pauses.append((start + since * MINUTE, start + (since + long) * MINUTE))
    if draw(st.booleans()):
        pauses.append((start + draw(st.integers(0, 6000)) * MINUTE, None))
    return start, calendar, pauses


@given(worlds(), st.sampled_from(UNITS), st.integers(0, 18))
@settings(max_examples=150, deadline=None)
def test_a_deadline_is_where_a_walk_by_minutes_ends(
    world: tuple[datetime, Calendar, list[Pause]], unit: str, amount: int
) -> None:
    start, calendar, pauses = world
    length = Length(amount / 2 if unit != "business days" else amount % 4, unit)  # type: ignore[arg-type]
    most = 14 * 1440
    found = walked(start, length, calendar, pauses, most)
    try:
        told = due_at(start, length, calendar, pauses)
    except InputError:
        assert found is None
        return
    if found is not None:
        assert told == found
    else:
        assert told is None or told > start + most * MINUTE


@given(worlds(), st.integers(0, 5 * 1440), st.sampled_from(("clock hours", "business hours")))
@settings(max_examples=60, deadline=None)
def test_what_ran_is_what_a_walk_counts(world: tuple[datetime, Calendar, list[Pause]], long: int, unit: str) -> None:
    start, calendar, pauses = world
    minutes = [start + n * MINUTE for n in range(long)]
    ran = sum(not stands(at, pauses) and (unit == "clock hours" or works(at, calendar)) for at in minutes)
    assert elapsed(start, start + long * MINUTE, calendar, pauses, unit) == ran * MINUTE  # type: ignore[arg-type]


@given(worlds())
@settings(max_examples=40, deadline=None)
def test_opening_is_the_first_worked_minute(world: tuple[datetime, Calendar, list[Pause]]) -> None:
    at, calendar, _ = world
    assert is_open(at, calendar) == works(at, calendar)
    first = next((one for n in range(8 * 1440) if works(one := at + n * MINUTE, calendar)), None)
    if first is not None:
        assert opens_at(at, calendar) == first


BERLIN = Calendar("Europe/Berlin", holidays=frozenset({date(2026, 12, 25), date(2027, 1, 1)}))


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        (
            "2026-03-28T12:00+01:00",
            "24 h",
            "2026-03-29T13:00+02:00",
        ),  # an hour is skipped
        ("2026-03-27T16:00+01:00", "2 business hours", "2026-03-30T10:00+02:00"),  # over the weekend of the change
        ("2026-10-23T16:30+02:00", "1 business hour", "2026-10-26T09:30+01:00"),
        ("2026-11-20T18:30+01:00", "1 business day", "2026-11-23T17:00+01:00"),  # Friday night: Monday's close
        ("2026-11-20T08:30+01:00", "1 business day", "2026-11-23T17:00+01:00"),  # Friday morning: the same
        ("2026-12-24T10:00+01:00", "1 business day", "2026-12-28T17:00+01:00"),  # Christmas, then a weekend
        ("2026-11-23T16:00+01:00", "60 min", "2026-11-23T17:00+01:00"),
        (
            "2026-11-23T16:00+01:00",
            "1 business hour",
            "2026-11-23T17:00+01:00",
        ),  # at the close
    ],
)
def test_deadlines_that_people_would_name(start: str, length: str, due: str) -> None:
    told = due_at(datetime.fromisoformat(start), Length.parse(length), BERLIN)
    assert told == datetime.fromisoformat(due)


def test_a_clock_that_stands_has_no_deadline_until_it_goes_on() -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    stopped = start + timedelta(hours=1)
    four = Length(4)
    assert due_at(start, four, BERLIN, [(stopped, None)]) is None
    assert due_at(start, four, BERLIN, [(stopped, stopped + timedelta(hours=10))]) == start + timedelta(hours=14)
    assert due_at(start, four, BERLIN, [(start + timedelta(hours=5), None)]) == start + timedelta(hours=4)


@pytest.mark.parametrize("text", ["soon", "2.5 business days", "-1 h", "9000 h", "3 weeks"])
def test_what_is_no_length_is_told(text: str) -> None:
    with pytest.raises(InputError):
        Length.parse(text)


def test_a_calendar_in_which_nobody_works_is_told() -> None:
    with pytest.raises(InputError, match="nobody works"):
        due_at(datetime(2026, 1, 1, tzinfo=UTC), Length(1, "business hours"), Calendar(week=((),) * 7))
    with pytest.raises(InputError, match="zone"):
        due_at(datetime(2026, 1, 1), Length(1), BERLIN)
    with pytest.raises(InputError, match="not in order"):
        Calendar(week=(((3600, 60),), *((),) * 6))
