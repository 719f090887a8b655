"""The standing JSI against plain loops, and as a stream."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles
from tests.worlds import START, WEEKS, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.standing import standing

MARCH = datetime(2026, 3, 1, 8, 30, 59, 999_999)
LATER = START + timedelta(weeks=WEEKS + 30)


@pytest.fixture(scope="module")
def warehouse() -> MemoryWarehouse:
    return MemoryWarehouse()


@settings(max_examples=120, deadline=None)
@given(
    worlds(most=120),
    st.sampled_from(("person", "account")),
    st.sampled_from((MARCH, LATER, START)),
    st.sampled_from((None, 7.0, 365.0)),
)
def test_equals_plain_loops(
    warehouse: MemoryWarehouse, tables: Tables, of: Any, at: datetime, half_life: float | None
) -> None:
    figure = standing(warehouse.put(tables), Filters(), of=of, at=at, half_life=half_life, limit=None)
    days = half_life or {"person": 30.0, "account": 90.0}[of]
    wanted = oracles.standing(rows(tables, "touches"), of, at, days)
    got = {row["key"]: row for row in figure.to_dicts()}
    assert set(got) == set(wanted)
    for key, row in wanted.items():
        oracles.same(got[key], row)
    scores = [row["jsi"] for row in figure.to_dicts()]
    assert scores == sorted(scores)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 100_000), at=st.sampled_from((MARCH, LATER)))
def test_a_stream_of_decaying_sums_is_the_batch(warehouse: MemoryWarehouse, seed: int, at: datetime) -> None:
    """Both sums decay by one factor, so that a person needs two numbers and a time, never their history."""
    tables = make_world(seed, conversations=60, anonymous=0.0)
    state: dict[int, tuple[datetime, float, float]] = {}

    def decayed(person: int, now: datetime) -> tuple[float, float]:
        then, w, ws = state.get(person, (now, 0.0, 0.0))
        factor = 2 ** (-((now - then) / timedelta(days=30)))
        return w * factor, ws * factor

    for touch in sorted(rows(tables, "touches"), key=lambda row: row["occurred_at"]):
        if touch["occurred_at"] <= at:
            w, ws = decayed(touch["customer_key"], touch["occurred_at"])
            weight = touch["weight"]
            state[touch["customer_key"]] = touch["occurred_at"], w + weight, ws + weight * touch["s"]
    batch = standing(warehouse.put(tables), Filters(), at=at, limit=None).to_dicts()
    assert len(batch) == len(state)
    for row in batch:
        w, ws = decayed(row["key"], at)
        assert row["jsi"] == pytest.approx(50 * (1 + ws / (w + 1)), abs=1e-9)


def test_silence_moves_the_point_to_50_and_opens_the_interval(warehouse: MemoryWarehouse) -> None:
    tables = make_world(6, conversations=200)
    for row in standing(warehouse.put(tables), Filters(), at=datetime(2046, 1, 1), limit=None).to_dicts():
        assert row["jsi"] == pytest.approx(50, abs=1e-6)
        assert (row["low"], row["high"]) == (pytest.approx(0, abs=0.01), pytest.approx(100, abs=0.01))
        assert row["band"] == "watch"


def one_person(touches: list[dict[str, Any]]) -> Tables:
    first = rows(make_world(1, conversations=1), "touches")[0]
    plain = {
        "customer_key": 1,
        "identified": True,
        "account_key": None,
        "weight": 1.0,
        "severity": 1.0,
        "s": 0,
    }
    made = [{**first, **plain, "role_weight": 1.0, "conversation_key": i, **touch} for i, touch in enumerate(touches)]
    return replaced(make_world(), "touches", made)


def days_ago(days: float) -> datetime:
    return MARCH - timedelta(days=days)


@pytest.mark.parametrize(
    ("touches", "band"),
    [
        ([{"s": -1, "occurred_at": days_ago(0)}], "watch"),  # 25, on one touch's word
        ([{"s": -1, "occurred_at": days_ago(0)}] * 2, "at risk"),
        ([{"s": -1, "severity": 3.0, "weight": 3.0, "occurred_at": days_ago(0)}], "at risk"),
        (
            [{"s": 1, "occurred_at": days_ago(0)}, {"s": -1, "severity": 3.0, "occurred_at": days_ago(40)}],
            "at risk",
        ),
        (
            [{"s": 1, "occurred_at": days_ago(0)}, {"s": -1, "severity": 3.0, "occurred_at": days_ago(50)}],
            "watch",
        ),
        ([{"s": 1, "occurred_at": days_ago(0)}], "healthy"),
        ([{"s": 0, "occurred_at": days_ago(0)}] * 9, "watch"),
    ],
)
def test_bands(warehouse: MemoryWarehouse, touches: list[dict[str, Any]], band: str) -> None:
    row = standing(warehouse.put(one_person(touches)), Filters(), at=MARCH).to_dicts()[0]
    assert row["band"] == band


def test_one_loud_person_is_capped_in_an_account(warehouse: MemoryWarehouse) -> None:
    loud = [{"account_key": 9, "s": -1, "occurred_at": days_ago(0)}] * 30
    calm = [{"account_key": 9, "s": 1, "occurred_at": days_ago(0), "customer_key": 2 + i} for i in range(3)]
    row = standing(warehouse.put(one_person(loud + calm)), Filters(), of="account", at=MARCH).to_dicts()[0]
    assert row["jsi"] == pytest.approx(50 * (1 + (3 - 3) / (3 + 3 + 1)))


def test_the_trend_needs_a_touch_28_days_ago(warehouse: MemoryWarehouse) -> None:
    young = one_person([{"s": 1, "occurred_at": days_ago(27.9)}])
    old = one_person([{"s": 1, "occurred_at": days_ago(28)}])
    assert standing(warehouse.put(young), Filters(), at=MARCH).to_dicts()[0]["trend"] is None
    trend = standing(warehouse.put(old), Filters(), at=MARCH).to_dicts()[0]["trend"]
    w = 2 ** (-28 / 30)
    assert trend == pytest.approx(50 * (w / (w + 1) - 1 / 2))


def test_one_person_by_ref_at_any_time(warehouse: MemoryWarehouse) -> None:
    tables = make_world(8, conversations=100)
    warehouse.put(tables)
    row = standing(warehouse, Filters(), key="c3", at=MARCH).to_dicts()[0]
    assert (row["ref"], row["key"]) == ("c3", 3)
    nothing = standing(warehouse, Filters(), key="c3", at=datetime(2020, 1, 1)).to_dicts()[0]
    assert (nothing["band"], nothing["jsi"], nothing["n"]) == ("no data", None, 0)
    with pytest.raises(QuestionError, match="there is no customer 'c-none'"):
        standing(warehouse, Filters(), key="c-none")


def test_a_time_with_a_zone_is_that_moment(warehouse: MemoryWarehouse) -> None:
    warehouse.put(make_world(8, conversations=100))
    here = MARCH.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=5)))
    assert standing(warehouse, Filters(), at=here).to_dicts() == standing(warehouse, Filters(), at=MARCH).to_dicts()


@pytest.mark.parametrize("order", ["lowest", "highest", "falling", "rising"])
def test_the_first_of_an_order_are_the_first_of_all(warehouse: MemoryWarehouse, order: Any) -> None:
    warehouse.put(make_world(9, conversations=200, customers=30))
    all_of_them = standing(warehouse, Filters(), order=order, limit=None).to_dicts()
    assert len(all_of_them) > 10
    assert standing(warehouse, Filters(), order=order, limit=10).to_dicts() == all_of_them[:10]


def test_no_touch_at_all(warehouse: MemoryWarehouse) -> None:
    figure = standing(warehouse.put(make_world(conversations=0)), Filters())
    assert figure.table.num_rows == 0
    assert figure.facts["at"] is None
