"""A change is mix and within, and nothing else."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests import oracles
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Figure, Filters
from touchline.scores.bridge import bridge
from touchline.scores.change import change

NOW = Filters(since=date(2026, 2, 16), until=date(2026, 3, 29))
BEFORE = Filters(since=date(2026, 1, 5), until=date(2026, 2, 15))
COLUMN = {"segment:tier": "seg_tier"}


@pytest.fixture(scope="module")
def warehouse() -> MemoryWarehouse:
    return MemoryWarehouse()


def periods(tables: Tables) -> tuple[list[Any], list[Any]]:
    touches = rows(tables, "touches")
    before, after = oracles.kept(touches, BEFORE), oracles.kept(touches, NOW)
    assume(min(oracles.people(before), oracles.people(after)) >= 5)
    return before, after


def adds_up(figure: Figure, before: list[Any], after: list[Any]) -> None:
    facts = figure.facts
    moved = 50 * (oracles.mean(after) - oracles.mean(before))
    assert facts["change"] == pytest.approx(moved, abs=1e-9)
    assert facts["mix"] + facts["within"] == pytest.approx(facts["change"], abs=1e-9)
    assert math.fsum(figure.table.column("total").to_pylist()) == pytest.approx(facts["change"], abs=1e-9)
    for row in figure.to_dicts():
        assert row["mix"] + row["within"] == pytest.approx(row["total"], abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(worlds(most=150), st.sampled_from(("family", "stage", "channel", "segment:tier")))
def test_mix_and_within_equal_plain_loops(warehouse: MemoryWarehouse, tables: Tables, by: str) -> None:
    before, after = periods(tables)
    figure = change(warehouse.put(tables), TAXONOMY, NOW, by=by)
    adds_up(figure, before, after)
    wanted = oracles.mix_and_within(before, after, COLUMN.get(by, by))
    assert {row["key"] for row in figure.to_dicts()} == set(wanted)
    for row in figure.to_dicts():
        mix, within = wanted[row["key"]]
        oracles.same(row, {"mix": mix, "within": within})
        assert row["hidden"] == (row["key"] == "(other)")


@settings(max_examples=100, deadline=None)
@given(worlds(most=200))
def test_the_bridges_bars_add_up_to_the_change(warehouse: MemoryWarehouse, tables: Tables) -> None:
    before, after = periods(tables)
    figure = bridge(warehouse.put(tables), TAXONOMY, NOW)
    adds_up(figure, before, after)
    *themes, rest = figure.to_dicts()
    assert rest["key"] == "(no theme)"
    if themes:
        assert themes[0]["total"] == pytest.approx(themes[0]["alone"], abs=1e-9)
    for row in themes:
        part = oracles.bridge_part(before, after, row["key"])
        if part is not None:
            assert row["alone"] == pytest.approx(part, abs=1e-9)


def touch(family: str, s: int, day: date, customer: int) -> dict[str, Any]:
    one = rows(make_world(1, conversations=1), "touches")[0]
    return {
        **one,
        "family": family,
        "s": s,
        "day": day,
        "customer_key": customer,
        "weight": 1.0,
        "account_key": None,
    }


def test_connecting_a_ticket_system_does_not_read_as_a_crash(warehouse: MemoryWarehouse) -> None:
    """Nobody changed their mind; tickets, which are unhappy by nature, came in: all mix."""
    then, now = date(2026, 2, 1), date(2026, 3, 1)
    touches = [touch("survey", 1, day, i) for day in (then, now) for i in range(20)]
    touches += [touch("ticket", -1, now, 100 + i) for i in range(20)]
    facts = change(warehouse.put(replaced(make_world(), "touches", touches)), TAXONOMY, NOW).facts
    assert (facts["change"], facts["mix"], facts["within"]) == (-50.0, -50.0, 0.0)


def test_a_change_of_mind_is_all_within(warehouse: MemoryWarehouse) -> None:
    then, now = date(2026, 2, 1), date(2026, 3, 1)
    touches = [touch(f, s, day, i) for f in ("survey", "review") for day, s in ((then, 1), (now, 0)) for i in range(9)]
    facts = change(warehouse.put(replaced(make_world(), "touches", touches)), TAXONOMY, NOW).facts
    assert (facts["change"], facts["mix"], facts["within"]) == (-50.0, 0.0, -50.0)


@pytest.mark.parametrize("question", [change, bridge])
def test_a_change_needs_two_periods(warehouse: MemoryWarehouse, question: Any) -> None:
    with pytest.raises(QuestionError, match="needs two periods"):
        question(warehouse.put(make_world(2)), TAXONOMY, Filters())


@pytest.mark.parametrize("question", [change, bridge])
def test_under_five_customers_nothing_is_told(warehouse: MemoryWarehouse, question: Any) -> None:
    touches = [touch("survey", 1, date(2026, 2, 1), i) for i in range(9)]
    touches += [touch("survey", -1, date(2026, 3, 1), i) for i in range(4)]
    figure = question(warehouse.put(replaced(make_world(), "touches", touches)), TAXONOMY, NOW)
    assert figure.facts["change"] is None
    assert figure.facts["after"] is None
    assert set(figure.table.column("total").to_pylist()) == {None}
