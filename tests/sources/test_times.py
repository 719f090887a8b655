"""Times in any form, and the rules for what they leave open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.sources.times import day_first, parse_time, read_times

ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(lambda d: d.replace(microsecond=0))


def utc(*cells: str | None, zone: str = "UTC", how: str = "") -> list[str | None]:
    times = read_times(pa.array(cells, pa.string()), zone, how)
    return [
        None if bad or cell is None else (ORIGIN + timedelta(microseconds=int(m))).strftime("%Y-%m-%d %H:%M:%S")
        for m, bad, cell in zip(times.micros, times.bad, cells, strict=True)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 14:07:00",
        "2024-03-05T14:07",
        "2024-03-05T14:07:00Z",
        "2024-03-05T15:07:00+01:00",
        "2024-03-05T15:07:00+0100",
        "2024-03-05T14:07:00.0000000Z",
        "2024-03-05T15:07:00+01:00[Europe/Berlin]",
        "2024/03/05 14:07",
        "05.03.2024 14:07",
        "5.3.2024, 14:07 Uhr",
        "05/03/2024 2:07 PM",
        "5/3/24 14:07",
        "5 Mar 2024 2:07 p.m.",
        "05-Mar-2024 14:07",
        "Mar 5, 2024 2:07 PM",
        "March 5th, 2024 at 14:07",
        "5. März 2024 14:07",
        "5 de marzo de 2024 14:07",
        "Tue, 05 Mar 2024 15:07:00 +0100",
        "Tue, 5 Mar 2024 09:07:00 EST",
        "20240305T140700Z",
        "20240305140700",
        "1709647620",
        "1709647620000",
        "1709647620000000",
        "1709647620.0",
        "45356.588194444",
    ],
)
def test_a_time_in_any_form(text: str) -> None:
    assert utc(text) == ["2024-03-05 14:07:00"]


@pytest.mark.parametrize(
    "text", ["2024-02-30", "25:00", "0", "-1", "12", "1/2", "13/13/2024", "2024-01-01 25:00", "May be", "1e9", "٢٠٢٤"]
)
def test_what_is_no_time(text: str) -> None:
    assert parse_time(text) is None


def test_several_forms_in_one_column() -> None:
    assert utc("2024-03-25", None, "25/03/2024", "Mar 25, 2024", "1711324800") == [
        "2024-03-25 12:00:00", None, "2024-03-25 12:00:00", "2024-03-25 12:00:00", "2024-03-25 00:00:00",
    ]  # fmt: skip


def test_day_or_month_first() -> None:
    assert utc("03/04/2024", "13/04/2024", "04/13/2024", "03.04.2024", how="M/D/Y") == [
        "2024-03-04 12:00:00", "2024-04-13 12:00:00", "2024-04-13 12:00:00", "2024-04-03 12:00:00",
    ]  # fmt: skip
    assert utc("03/04/2024") == ["2024-04-03 12:00:00"]
    assert day_first(["03/04/2024", "03.13.2024"]) == (0, 0)


def test_a_stated_pattern_or_unit_decides() -> None:
    assert utc("24|03|05", how="%y|%m|%d") == ["2024-03-05 12:00:00"]
    assert utc("24|03|05 07h", how="%y|%m|%d %Hh") == ["2024-03-05 07:00:00"]
    assert utc("100", how="s") == ["1970-01-01 00:01:40"]
    assert utc("45356", how="excel") == ["2024-03-05 12:00:00"]
    assert utc("2024-03-05", how="%d.%m.%Y") == [None]


def test_zones_apply_to_times_that_tell_none() -> None:
    assert utc("2024-01-15 12:00", "2024-07-15 12:00", zone="Europe/Berlin") == [
        "2024-01-15 11:00:00",
        "2024-07-15 10:00:00",
    ]
    assert utc("2024-07-15 12:00Z", "2024-07-15 12:00", zone="Europe/Berlin") == [
        "2024-07-15 12:00:00",
        "2024-07-15 10:00:00",
    ]
    assert utc("2024-07-15", zone="Europe/Berlin") == ["2024-07-15 10:00:00"]  # noon there


def test_clocks_that_change() -> None:
    skipped, twice = "2024-03-31 02:30", "2024-10-27 02:30"
    assert utc(skipped, twice, zone="Europe/Berlin") == ["2024-03-31 01:30:00", "2024-10-27 00:30:00"]


@given(
    st.lists(MOMENTS, min_size=1, max_size=20),
    st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%SZ",
            "%d.%m.%Y %H:%M:%S",
            "%d %b %Y %I:%M:%S %p",
            "%a, %d %b %Y %H:%M:%S +0000",
        ]
    ),
)
def test_what_is_written_is_read(moments: list[datetime], form: str) -> None:
    assert utc(*(m.strftime(form) for m in moments)) == [m.strftime("%Y-%m-%d %H:%M:%S") for m in moments]


@given(
    st.lists(st.none() | MOMENTS, min_size=1, max_size=20),
    st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
)
def test_the_fast_way_and_the_slow_way_agree(moments: list[datetime | None], zone: str) -> None:
    cells = [m and m.isoformat() for m in moments]
    slow = utc(*cells, "1 Jan 2020", zone=zone)[:-1]  # the last one cannot be read the fast way
    assert utc(*cells, zone=zone) == slow
    expected = [m and m.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for m in moments]
    assert slow == expected
