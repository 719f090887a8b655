"""The period JSI against plain loops on random worlds."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.jsi import jsi

ASKED = (
    Filters(),
    Filters(since=date(2026, 2, 2)),
    Filters(since=date(2026, 1, 12), until=date(2026, 3, 1), channels=("email", "web")),
    Filters(stages=("delivery", "unassigned"), methods=("survey", "model")),
    Filters(segments=(("tier", ("vip", "plus")), ("region", ("emea",)))),
    Filters(themes=("price", "late_delivery"), sources=("desk", "inbox", "csv_survey")),
)
COLUMN_OF = {"segment:tier": "seg_tier"}


@pytest.fixture(scope="module")
def warehouse() -> MemoryWarehouse:
    return MemoryWarehouse()


def figure(warehouse: MemoryWarehouse, tables: Tables, by: str = "stage") -> dict[str | None, dict[str, Any]]:
    return {row["key"]: row for row in jsi(warehouse.put(tables), TAXONOMY, Filters(), by=by).to_dicts()}


@settings(max_examples=120, deadline=None)
@given(
    worlds(),
    st.sampled_from(ASKED),
    st.sampled_from(("stage", "sub_stage", "touchpoint", "week", "channel", "method", "family", "segment:tier", "all")),
)
def test_equals_plain_loops(warehouse: MemoryWarehouse, tables: Tables, filters: Filters, by: str) -> None:
    put = warehouse.put(tables)
    column = COLUMN_OF.get(by, by)
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in oracles.kept(rows(tables, "touches"), filters):
        groups["all" if by == "all" else row[column]].append(row)
    try:
        got = jsi(put, TAXONOMY, filters, by=by).to_dicts()
    except QuestionError:  # the world is too small to know a channel, say
        return
    if by == "all" and not groups:
        assert [row["n"] for row in got] == [0]
        return
    assert {row["key"] for row in got} == {None if key is None else str(key) for key in groups}
    by_key = {row["key"]: row for row in got}
    for key, mine in groups.items():
        wanted = oracles.period(mine)
        del wanted["positive"]
        oracles.same(by_key[None if key is None else str(key)], wanted)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_order_of_arrival_does_not_matter(warehouse: MemoryWarehouse, seed: int) -> None:
    tables = make_world(seed, conversations=80)
    shuffled = rows(tables, "touches")
    random.Random(seed).shuffle(shuffled)
    first, second = figure(warehouse, tables), figure(warehouse, replaced(tables, "touches", shuffled))
    for key, row in first.items():
        oracles.same(second[key], row)


@given(seed=st.integers(0, 10_000), weeks=st.integers(1, 60))
@settings(max_examples=12, deadline=None)
def test_time_has_no_favourites(warehouse: MemoryWarehouse, seed: int, weeks: int) -> None:
    tables = make_world(seed, conversations=80)
    later = [
        {**row, **{name: row[name] + timedelta(weeks=weeks) for name in ("occurred_at", "day", "week")}}
        for row in rows(tables, "touches")
    ]
    first, second = (
        figure(warehouse, tables, "week"),
        figure(warehouse, replaced(tables, "touches", later), "week"),
    )
    for (key, row), moved in zip(first.items(), second.values(), strict=True):
        assert moved["key"] == str(date.fromisoformat(str(key)) + timedelta(weeks=weeks))
        oracles.same(moved, {name: value for name, value in row.items() if name not in ("key", "name")})


@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_the_same_customers_twice_move_no_point_and_narrow_no_less(warehouse: MemoryWarehouse, seed: int) -> None:
    tables = make_world(seed, conversations=80, b2b=False)
    once = rows(tables, "touches")
    copies = [
        {**row, "customer_key": -row["customer_key"], "conversation_key": -row["conversation_key"]} for row in once
    ]
    first, twice = figure(warehouse, tables), figure(warehouse, replaced(tables, "touches", once + copies))
    for key, row in first.items():
        if not row["hidden"]:
            assert twice[key]["customers"] == 2 * row["customers"]
            assert twice[key]["jsi"] == pytest.approx(row["jsi"], abs=1e-9)
            assert twice[key]["high"] - twice[key]["low"] <= row["high"] - row["low"] + 1e-9


def test_ten_points_show_as_ten(warehouse: MemoryWarehouse) -> None:
    """No prior in the point: three in ten happy and none unhappy is 65, at ten touches as at a thousand."""
    one = rows(make_world(1, conversations=1), "touches")[0]
    for size in (10, 1000):
        touches = [
            {
                **one,
                "customer_key": i,
                "account_key": None,
                "stage": "use",
                "s": int(i % 10 < 3),
                "weight": 1.0,
            }
            for i in range(size)
        ]
        assert figure(warehouse, replaced(make_world(), "touches", touches))["use"]["jsi"] == pytest.approx(65)


def test_stages_come_in_the_taxonomys_order(warehouse: MemoryWarehouse) -> None:
    keys = list(figure(warehouse, make_world(2, conversations=200)))
    assert keys == [*TAXONOMY.ids, "unassigned"]


def test_an_unknown_breakdown_is_told_with_what_there_is(warehouse: MemoryWarehouse) -> None:
    with pytest.raises(QuestionError, match=r"no breakdown 'weak'; did you mean 'week'\?.*segment:tier"):
        jsi(warehouse, TAXONOMY, Filters(), by="weak")
    with pytest.raises(QuestionError, match=r"no segment 'teir'; did you mean 'tier'\?"):
        jsi(warehouse, TAXONOMY, Filters(), by="segment:teir")
