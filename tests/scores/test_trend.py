"""Trend: the JSI of each stage in each period."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles_b as oracle
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.trend import PERIODS, trend

WAREHOUSE = MemoryWarehouse()


@settings(deadline=None, max_examples=60)
@given(worlds(), st.sampled_from(PERIODS), st.integers(0, 99))
def test_equals_the_definition(tables: Tables, by: str, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    figure = trend(WAREHOUSE.put(tables), TAXONOMY, filters, by=by)
    touches = rows(tables, "touches")
    last = max((row["day"] for row in touches), default=date.max)
    until = min(last, filters.until or last)
    expected = oracle.trend(oracle.kept(touches, filters), by, until)
    got = {(row["stage"], row["period"]): row for row in figure.to_dicts()}
    assert got.keys() == expected.keys()
    for key, row in got.items():
        oracle.same(row, expected[key])


@settings(deadline=None, max_examples=60)
@given(worlds(), st.integers(0, 99))
def test_a_filter_is_a_smaller_world(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    asked = trend(WAREHOUSE.put(tables), TAXONOMY, filters).to_dicts()
    smaller = replaced(tables, "touches", oracle.kept(rows(tables, "touches"), filters))
    again = trend(WAREHOUSE.put(oracle.shuffled(smaller, seed)), TAXONOMY, Filters()).to_dicts()
    assert [(r["stage"], r["period"]) for r in asked] == [(r["stage"], r["period"]) for r in again]
    for one, other in zip(asked, again, strict=True):
        oracle.same(one, {name: value for name, value in other.items() if name != "unfinished"})


def test_everything_comes_first_then_the_stages_in_order_each_through_time() -> None:
    table = trend(WAREHOUSE.put(make_world(1)), TAXONOMY, Filters()).table
    stages = list(dict.fromkeys(table["stage"].to_pylist()))
    assert stages == ["all", *TAXONOMY.ids, "unassigned"]
    periods = table.filter([stage == "use" for stage in table["stage"].to_pylist()])["period"].to_pylist()
    assert periods == sorted(periods)


def test_one_stage_by_its_alias() -> None:
    figure = trend(WAREHOUSE.put(make_world(1)), TAXONOMY, Filters(), stage="Decision")
    assert set(figure.table["stage"].to_pylist()) == {"purchase"}


def test_the_whole_alone() -> None:
    figure = trend(WAREHOUSE.put(make_world(1)), TAXONOMY, Filters(), stage="all")
    assert set(figure.table["stage"].to_pylist()) == {"all"}


def test_a_period_that_the_data_do_not_fill_is_unfinished() -> None:
    touches = rows(make_world(1, conversations=40), "touches")
    wednesday = [row for row in touches if row["day"] <= date(2026, 2, 4)]
    sunday = [row for row in touches if row["day"] <= date(2026, 2, 8)]
    assert max(row["day"] for row in sunday) == date(2026, 2, 8), "the world has a touch on the Sunday"
    for kept, unfinished in ((wednesday, True), (sunday, False)):
        tables = replaced(make_world(1, conversations=40), "touches", kept)
        last = trend(WAREHOUSE.put(tables), TAXONOMY, Filters(), stage="all").to_dicts()[-1]
        assert last["unfinished"] is unfinished


def test_a_first_period_that_the_question_cuts_is_noted() -> None:
    WAREHOUSE.put(make_world(1))
    assert any("2026-02-04" in note for note in trend(WAREHOUSE, TAXONOMY, Filters(since=date(2026, 2, 4))).notes)
    assert not any("only the days" in n for n in trend(WAREHOUSE, TAXONOMY, Filters(since=date(2026, 2, 2))).notes)


def test_an_unknown_period_is_named() -> None:
    with pytest.raises(QuestionError, match=r"'fortnight'.*day, week, month"):
        trend(WAREHOUSE, TAXONOMY, Filters(), by="fortnight")
