"""Issues across stages: equal to loops, a lift of 1 where nothing carries over and more where something does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from operator import add
from statistics import median

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences import oracle_issues as oracle
from tests.sequences.worlds import STAGES, START, Row, every_name, frame, rows_of

from touchline.scores.base import Filters
from touchline.sequences.issues import Asked, Counts, count
from touchline.sequences.issues import issues as asked_issues
from touchline.sequences.journey import read_events
from touchline.warehouse.index.frames import journeys_of

DAY = 86_400_000_000


def copies(rows: list[Row]) -> list[Row]:
    """So many tenants that nothing is hidden."""
    return [replace(row, customer=f"{n} {row.customer}") for n in range(6) for row in rows]


@given(rows_of(customers=4), st.sampled_from([2, 5, 30]), st.booleans())
def test_equals_loops(rows: list[Row], days: int, negative: bool) -> None:
    rows = copies(every_name(rows))
    journeys = journeys_of(frame(rows), stages=STAGES)
    asked = Asked(days * DAY, negative=negative, replicates=0)
    figure = asked_issues(journeys, asked, limit=1000)
    until = max(row.time for row in rows)
    expected = oracle.issues(rows, timedelta(days=days), negative, until)
    found = {(row["theme"], row["born"], row["resurfaces"]): (n, row) for n, row in enumerate(figure.to_dicts())}
    assert found.keys() == expected.keys()
    for key, issue in expected.items():
        number, row = found[key]
        assert row["customers"] == len(issue.who)
        assert row["expected"] == pytest.approx(issue.expected)
        assert row["median_days"] == pytest.approx(median(delay / timedelta(days=1) for delay in issue.delays))
        assert row["open"] == issue.waiting
        names = [journeys.names[k] for k in figure.customers(number)]
        assert sorted(names) == sorted(issue.who)


@given(rows_of(), st.sampled_from([2, 3]))
def test_slices_of_customers_add_up(rows: list[Row], parts: int) -> None:
    journeys = journeys_of(frame(every_name(rows)), stages=STAGES)
    asked = Asked(5 * DAY, replicates=5)
    pieces = [count(piece, asked) for piece in journeys.slices(parts)]
    total = pieces[0]
    for piece in pieces[1:]:
        total = add(total, piece)
    whole = count(journeys, asked)
    for name in Counts.__slots__:
        one, other = getattr(total, name), getattr(whole, name)
        if name in ("chances", "delays"):
            np.testing.assert_array_equal(one.keys, other.keys)
            np.testing.assert_array_equal(one.counts, other.counts)
        else:
            np.testing.assert_allclose(one, other)


def told(seed: int, carry: float, customers: int = 2000) -> pa.Table:
    """Customers of whom some say much and some little, on three themes at three stages, in any order of stages."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        mine: str | None = None
        for n in range(random.geometric(0.25)):
            stage = random.choice(["delivery", "support", "renewal"])
            theme = str(random.choice(["late", "price", "staff"], p=[0.2, 0.5, 0.3]))
            if mine is not None and random.random() < carry:
                theme = mine
            mine = theme
            rows.append((f"c{customer}", "said", START + timedelta(days=3 * n), stage, theme))
    return pa.table(dict(zip(("customer", "event", "time", "about", "theme"), zip(*rows, strict=True), strict=True)))


def test_the_lift_is_one_where_nothing_carries_over() -> None:
    lifts, covered, seen = [], 0, 0
    for seed in range(12):
        for row in read_events(told(seed, 0.0)).issues(window="1000d").to_dicts():
            lifts.append(row["lift"])
            covered += row["low"] <= 1 <= row["high"]
            seen += 1
    assert seen == 12 * 18
    assert np.mean(lifts) == pytest.approx(1, abs=0.02)
    assert 0.9 <= covered / seen <= 0.99


def test_what_carries_over_is_found_and_a_window_cuts_it() -> None:
    journey = read_events(told(1, 0.5))
    rows = journey.issues().to_dicts()
    assert all(row["low"] > 1 for row in rows if row["theme"] == "late")
    short = {(r["theme"], r["born"], r["resurfaces"]): r for r in journey.issues(window="3d").to_dicts()}
    assert all(r["customers"] > short[r["theme"], r["born"], r["resurfaces"]]["customers"] for r in rows)
    assert {r["median_days"] for r in short.values()} == {3.0}


def test_what_is_said_at_once_does_not_follow() -> None:
    made = pa.table({"customer": ["a", "a"], "event": ["x", "x"], "time": [datetime(2026, 1, 1)] * 2,
                     "about": ["delivery", "renewal"], "theme": ["late", "late"]})  # fmt: skip
    assert read_events(made).issues().table.num_rows == 0


def test_themes_and_stages_choose_rows_and_not_what_chance_is_taken_from() -> None:
    journey = read_events(told(1, 0.3))
    whole = journey.issues().to_dicts()
    late = journey.issues(filters=Filters(themes=("late",))).to_dicts()
    _same(late, [row for row in whole if row["theme"] == "late"])
    renewal = journey.issues(filters=Filters(stages=("renewal",))).to_dicts()
    _same(renewal, [row for row in whole if "renewal" in (row["born"], row["resurfaces"])])


def _same(one: list[dict[str, object]], other: list[dict[str, object]]) -> None:
    assert len(one) == len(other) > 0
    for mine, its in zip(one, other, strict=True):
        assert mine == {
            name: pytest.approx(value) if isinstance(value, float) else value for name, value in its.items()
        }
