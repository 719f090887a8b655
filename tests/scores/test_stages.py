"""The stages figure against plain loops: JSI, change, NPS, CSAT, CES, headlines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.scores.base import Figure, Filters
from touchline.scores.stages import stages

NOW = Filters(since=date(2026, 2, 16), until=date(2026, 3, 29))
BEFORE = Filters(since=date(2026, 1, 5), until=date(2026, 2, 15))
CHANNEL = Filters(since=date(2026, 2, 16), until=date(2026, 3, 29), segments=(("tier", ("vip", "plus")),))
CHANNEL_BEFORE = Filters(since=date(2026, 1, 5), until=date(2026, 2, 15), segments=CHANNEL.segments)


@pytest.fixture(scope="module")
def warehouse() -> MemoryWarehouse:
    return MemoryWarehouse()


def ask(warehouse: MemoryWarehouse, tables: Tables, filters: Filters = NOW, **options: Any) -> Figure:
    return stages(warehouse.put(tables), TAXONOMY, filters, **options)


def compared(now: list[Any], before: list[Any]) -> dict[str, Any]:
    if min(oracles.people(now), oracles.people(before)) < 5:
        return {"change": None, "change_low": None, "change_high": None, "p": None}
    change, low, high, p = oracles.difference(now, before)
    return {"change": 50 * change, "change_low": 50 * low, "change_high": 50 * high, "p": p}


@settings(max_examples=60, deadline=None)
@given(
    worlds(most=250, stages=("delivery", "use", "unassigned")),
    st.sampled_from(((NOW, BEFORE), (CHANNEL, CHANNEL_BEFORE))),
)
def test_equals_plain_loops(warehouse: MemoryWarehouse, tables: Tables, periods: tuple[Filters, Filters]) -> None:
    now, before = (oracles.kept(rows(tables, "touches"), filters) for filters in periods)
    answers = oracles.kept(rows(tables, "answers"), periods[0])
    if periods[0].segments and len({row["seg_tier"] for row in rows(tables, "touches")} - {None}) < 3:
        return  # a value that the world does not know is refused
    figure = ask(warehouse, tables, periods[0])
    p = []
    for row in figure.to_dicts():
        mine, earlier = ([r for r in side if r["stage"] == row["stage"]] for side in (now, before))
        wanted = oracles.period(mine) | compared(mine, earlier)
        wanted["previous_jsi"] = oracles.period(earlier)["jsi"]
        p.append(wanted["p"])
        said = [a for a in answers if a["stage"] == row["stage"]]
        scores = {
            "nps": oracles.nps(said, relationship=False),
            "csat": oracles.scaled(said, "csat"),
            "ces": oracles.scaled(said, "ces"),
        }
        for name, score in scores.items():
            wanted |= {name: score["value"], **{f"{name}_{end}": score[end] for end in ("low", "high", "n")}}
        wanted["ces_easy"] = scores["ces"]["easy"]
        oracles.same(row, wanted)
    adjusted = figure.table.column("p_adjusted").to_pylist()
    for have, want in zip(adjusted, oracles.benjamini(p), strict=True):
        oracles.same({"p_adjusted": have}, {"p_adjusted": want})


@settings(max_examples=30, deadline=None)
@given(worlds(most=250))
def test_headlines_equal_plain_loops(warehouse: MemoryWarehouse, tables: Tables) -> None:
    facts = ask(warehouse, tables).facts
    now, before = (oracles.kept(rows(tables, "touches"), filters) for filters in (NOW, BEFORE))
    answers = oracles.kept(rows(tables, "answers"), NOW)
    whole, change = oracles.period(now), compared(now, before)
    relationship = oracles.nps(answers, relationship=True)
    nps = relationship if relationship["n"] else oracles.nps(answers, relationship=False)
    wanted = {
        "since": NOW.since, "until": NOW.until, "previous_since": BEFORE.since,
        "previous_until": BEFORE.until,
        "n": whole["n"], "customers": whole["customers"],
        "jsi": whole["jsi"], "jsi_low": whole["low"], "jsi_high": whole["high"],
        "jsi_change": change["change"],
        "jsi_change_low": change["change_low"], "jsi_change_high": change["change_high"],
        "nps": nps["value"], "nps_low": nps["low"], "nps_high": nps["high"], "nps_n": nps["n"],
        "nps_scope": "relationship" if relationship["n"] else "transaction",
        "csat": oracles.scaled(answers, "csat")["value"],
        "ces": oracles.scaled(answers, "ces")["value"],
        "contradictions": sum(row["contradiction"] for row in now),
        "unassigned_share": sum(row["stage"] == "unassigned" for row in now) / len(now) if now else None,
    }  # fmt: skip
    oracles.same(facts, wanted)


def test_without_a_first_day_there_is_nothing_to_compare_with(warehouse: MemoryWarehouse) -> None:
    figure = ask(warehouse, make_world(4, conversations=300), Filters())
    assert figure.facts["previous_since"] is None
    assert figure.facts["jsi"] is not None
    assert figure.table.column("change").null_count == figure.table.num_rows
    assert figure.facts["family"] == 0


def test_another_period_can_be_named(warehouse: MemoryWarehouse) -> None:
    tables = make_world(4, conversations=300)
    named = ask(warehouse, tables, previous=BEFORE)
    assert named.to_dicts() == ask(warehouse, tables).to_dicts()


def test_a_stage_without_a_touch_has_its_row(warehouse: MemoryWarehouse) -> None:
    figure = ask(warehouse, make_world(4, conversations=50, stages=("delivery",)))
    assert figure.table.column("stage").to_pylist() == [*TAXONOMY.ids, "unassigned"]
    awareness = figure.to_dicts()[0]
    assert (awareness["n"], awareness["jsi"], awareness["hidden"]) == (0, None, True)


def test_only_the_stages_asked_for(warehouse: MemoryWarehouse) -> None:
    figure = ask(warehouse, make_world(4, conversations=80), Filters(stages=("Use", "decision")))
    assert figure.table.column("stage").to_pylist() == ["purchase", "use"]


def test_the_worst_stage_has_enough_customers(warehouse: MemoryWarehouse) -> None:
    one = rows(make_world(1, conversations=1), "touches")[0] | {"account_key": None, "day": NOW.since}
    few = [{**one, "customer_key": i, "stage": "delivery", "s": -1} for i in range(29)]
    many = [{**one, "customer_key": i, "stage": "use", "s": -(i % 2)} for i in range(30)]
    unsure = [{**one, "customer_key": i, "stage": "unassigned", "s": -1} for i in range(99)]
    figure = ask(warehouse, replaced(make_world(), "touches", few + many + unsure))
    assert figure.facts["worst_stage"] == "use"
    assert [row["low_n"] for row in figure.to_dicts() if row["stage"] in ("delivery", "use")] == [True, False]


def test_scales_are_never_pooled_and_that_is_said(warehouse: MemoryWarehouse) -> None:
    one = rows(make_world(1, conversations=200), "answers")[0] | {
        "account_key": None, "day": NOW.since, "stage": "use", "kind": "csat", "purpose": None,
        "direction": 1,
    }  # fmt: skip
    five = [{**one, "customer_key": i, "low": 1.0, "high": 5.0, "value": 5.0, "sign": 1} for i in range(7)]
    ten = [{**one, "customer_key": i, "low": 1.0, "high": 10.0, "value": 2.0, "sign": -1} for i in range(6)]
    figure = ask(warehouse, replaced(make_world(), "answers", five + ten))
    row = next(row for row in figure.to_dicts() if row["stage"] == "use")
    assert (row["csat"], row["csat_n"]) == (100.0, 7)
    assert any("never pooled" in note and "use (1 to 5)" in note for note in figure.notes)


def test_recovery_surveys_stay_out(warehouse: MemoryWarehouse) -> None:
    tables = make_world(4, conversations=400)
    without = [row for row in rows(tables, "answers") if row["purpose"] != "recovery"]
    assert len(without) < tables["answers"].num_rows
    assert ask(warehouse, tables).to_dicts() == ask(warehouse, replaced(tables, "answers", without)).to_dicts()


def test_few_queries(warehouse: MemoryWarehouse) -> None:
    before = warehouse.queries
    ask(warehouse, make_world(4, conversations=10))
    assert warehouse.queries - before <= 4
