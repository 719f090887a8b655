"""Cohorts: equal to plain loops in any zone; what is not over yet is censored and never zero."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences import oracle_over_time as oracle
from tests.sequences.worlds_over_time import BEGIN, Row, by_customer, journey, rows

import touchline as tl
from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.intervals import wilson
from touchline.sequences.calendar import calendar
from touchline.sequences.cohorts import Question, kernel

ZONES = st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"))
PERIODS = st.sampled_from(("day", "week", "month"))
DAY = 86_400


def number(day: date, period: str) -> int:
    if period == "month":
        return day.year * 12 + day.month
    return day.toordinal() if period == "day" else (day.toordinal() - 1) // 7


@given(
    rows(), PERIODS, ZONES, st.sampled_from((None, "look", "chat")), st.sampled_from((None, "buy", "chat")),
    st.sampled_from(("retention", "unbounded", "score", "jsi", "revenue")), st.booleans(),
)  # fmt: skip
def test_cohorts_are_what_loops_find(
    world: list[Row], period: str, zone: str, first: str | None, returning: str | None, measure: str, by: bool
) -> None:
    known = {row.event for row in world}
    if {first, returning} - known - {None}:
        return
    unbounded, measure = measure == "unbounded", measure.replace("unbounded", "retention")
    figure = journey(world, zone).cohorts(
        first=first and f"event:{first}", returning=returning and f"event:{returning}", period=period,
        measure=measure, unbounded=unbounded,
        by="tier" if by else None,
    )  # fmt: skip
    expected = oracle.cohorts(world, first, returning, measure, period, zone, by)
    last = oracle.period_number(max(row.at for row in world), period, zone)
    names = journey(world, zone).journeys.names
    told = set()
    finished: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for i, row in enumerate(figure.to_dicts()):
        if row["cohort"] is None:
            continue
        key = (number(row["cohort"], period), row.get("segment", ""))
        told.add((*key, row["period"]))
        cohort = expected[key]
        cells = cohort.cells
        later = [p for p in cells if p >= row["period"]] if unbounded else [row["period"]]
        who = {customer for p in later for customer in cells.get(p, {})}
        entries = [x for p in later for found in cells.get(p, {}).values() for x in found]
        assert row["size"] == len(cohort.size)
        assert row["n"] == (len(entries) if measure in ("score", "jsi") else len(who))
        assert {names[key] for key in figure.customers(i)} == who
        assert number(row["begins"], period) == key[0] + row["period"]
        # The data end with an event, so that its own period is never over (but to the very last microsecond).
        assert row["censored"] == (key[0] + row["period"] >= last)
        if row["censored"]:
            assert row["value"] is None
            continue
        finished[key[1], row["period"]][0] += len(cohort.size)
        finished[key[1], row["period"]][1] += len(who)
        if measure == "retention":
            assert (row["value"], row["low"], row["high"]) == pytest.approx(
                tuple(float(x) for x in wilson(len(who), len(cohort.size)))
            )
        elif measure == "revenue":
            assert row["value"] == pytest.approx(sum(entries) / len(cohort.size))
        elif entries:
            mean = float(np.mean(entries))
            assert row["value"] == pytest.approx(mean if measure == "score" else 50 * (1 + mean))
            assert row["low"] <= row["value"] <= row["high"]
        else:
            assert row["value"] is None
    assert told == {(*key, p) for key, cohort in expected.items() if cohort.size for p in range(last - key[0] + 1)}
    if measure == "retention":
        together = {
            (row.get("segment", ""), row["period"]): [row["size"], row["n"]]
            for row in figure.to_dicts()
            if row["cohort"] is None
        }
        assert together == dict(finished)


@given(rows(), PERIODS, st.integers(1, 6), st.sampled_from(("retention", "score", "revenue")))
def test_slices_add_up(world: list[Row], period: str, parts: int, measure: str) -> None:
    whole = journey(world).journeys
    periods = calendar(int(whole.at.min()), whole.observed[1], period, "UTC")
    asked = Question(periods, None, None, measure, False, "tier", Filters())
    total = reduce(add, (kernel(part, asked) for part in whole.slices(parts)))
    together = kernel(whole, asked)
    assert total.size.tolist() == together.size.tolist()
    assert np.allclose(total.sums, together.sums)


@given(st.lists(st.integers(-40 * 365 * DAY, 40 * 365 * DAY), min_size=1, max_size=20), PERIODS, ZONES)
def test_a_moment_lies_in_the_period_of_its_local_day(seconds: list[int], period: str, zone: str) -> None:
    at = np.array(seconds, dtype=np.int64) * 1_000_000
    found = calendar(int(at.min()), int(at.max()), period, zone)
    for moment, place in zip(seconds, found.numbers(at).tolist(), strict=True):
        assert number(found.firsts[place], period) == oracle.period_number(moment, period, zone)


@given(rows())
def test_every_customer_is_in_one_cohort(world: list[Row]) -> None:
    table = journey(world).cohorts(by="tier").to_dicts()
    assert sum(row["size"] for row in table if row["cohort"] and row["period"] == 0) == len(by_customer(world))


def test_filters_choose_beginnings_and_cut_no_return_off() -> None:
    table = pa.table({
        "customer": [name for name in "abcdefg" for _ in range(2)],
        "event": ["visit"] * 14,
        "time": ["2026-01-06", "2026-01-13"] * 6 + ["2025-12-02", "2026-01-28"],
    })  # fmt: skip
    figure = tl.read_events(table).cohorts(filters=Filters(since=date(2026, 1, 1), until=date(2026, 1, 9)))
    found = [row for row in figure.to_dicts() if row["cohort"]]
    assert [(row["period"], row["size"], row["n"], row["value"]) for row in found] == [
        (0, 6, 6, 1.0), (1, 6, 6, 1.0), (2, 6, 0, 0.0), (3, 6, 0, None),
    ]  # fmt: skip
    assert not any("may have begun" in note for note in figure.notes)


def test_bad_questions_say_what_to_do() -> None:
    made = journey([Row("a", "look", BEGIN, "vip", None, None)])
    with pytest.raises(QuestionError, match="did you mean 'week'"):
        made.cohorts(period="weak")  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match="did you mean 'retention'"):
        made.cohorts(measure="retentoin")  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match="cannot be unbounded"):
        made.cohorts(measure="jsi", unbounded=True)
    with pytest.raises(QuestionError, match="did you mean 'look'"):
        made.cohorts(first="lok")


@pytest.mark.shared_data
def test_the_cdnow_cohorts(shared_data: Path) -> None:
    rows = [line.split() for line in (shared_data / "event_logs" / "CDNOW_master.txt").read_text().splitlines() if line]
    made = tl.read_events(pa.table({
        "customer": [row[0] for row in rows], "event": ["order"] * len(rows),
        "time": [f"{row[1][:4]}-{row[1][4:6]}-{row[1][6:]}" for row in rows],
        "value": [float(row[3]) for row in rows],
    }))  # fmt: skip
    kept = [row for row in made.cohorts(period="month").to_dicts() if row["cohort"]]
    sizes = {str(row["cohort"]): row["size"] for row in kept}
    assert [day[4:] for day in sizes] == ["-01-01", "-02-01", "-03-01"]  # copies differ in the year
    assert sum(sizes.values()) == len({row[0] for row in rows})  # all first bought in the first quarter
    paid = [row for row in made.cohorts(period="month", measure="revenue").to_dicts() if row["cohort"]]
    last = max(row[1] for row in rows)[:6]  # the month that is not over
    told = sum(row["value"] * row["size"] for row in paid if not row["censored"])
    assert told + sum(float(row[3]) for row in rows if row[1][:6] == last) == pytest.approx(
        sum(float(row[3]) for row in rows)
    )
