"""A change of the NPS is mix and themes, and nothing else."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests import oracles
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.nps_bridge import nps_bridge

WAREHOUSE = MemoryWarehouse()
NOW = Filters(since=date(2026, 2, 16), until=date(2026, 3, 29))
BEFORE = Filters(since=date(2026, 1, 5), until=date(2026, 2, 15))
BY = ("theme", "programme", "source", "family", "segment:tier")


def answers(tables: Tables, filters: Filters, *, relationship: bool) -> list[dict[str, Any]]:
    kept = [
        a for a in oracles.kept(rows(tables, "answers"), Filters(since=filters.since, until=filters.until))
        if a["kind"] == "nps" and a["purpose"] != "recovery" and (a["purpose"] == "relationship") == relationship
    ]  # fmt: skip
    return oracles.latest(kept)


@settings(max_examples=50)
@given(worlds(most=200), st.sampled_from(BY), st.booleans())
def test_the_bars_add_up_to_the_change(tables: Tables, by: str, relationship: bool) -> None:
    before, after = (answers(tables, period, relationship=relationship) for period in (BEFORE, NOW))
    assume(min(len(before), len(after)) >= 5)
    scope = "relationship" if relationship else "transaction"
    figure = nps_bridge(WAREHOUSE.put(tables), TAXONOMY, NOW, by=by, over="segment:region", scope=scope)
    nps = [100 * sum(a["sign"] for a in side) / len(side) for side in (before, after)]
    facts, shown = figure.facts, figure.to_dicts()
    assert facts["change"] == pytest.approx(nps[1] - nps[0], abs=1e-9)
    assert facts["mix"] + facts["within"] == pytest.approx(facts["change"], abs=1e-9)
    assert math.fsum(row["total"] for row in shown) == pytest.approx(facts["change"], abs=1e-9)
    for place, row in enumerate(shown):
        assert row["mix"] + row["within"] == pytest.approx(row["total"], abs=1e-9)
        assert row["low"] <= row["total"] <= row["high"]
        assert len(figure.customers(place)) == row["customers"]
    if by != "theme":
        wanted = mix_and_within(before, after, {"segment:tier": "seg_tier"}.get(by, by))
        assert {row["key"] for row in shown} == set(wanted)
        for row in shown:
            assert (row["mix"], row["within"]) == pytest.approx(wanted[row["key"]], abs=1e-9)


def mix_and_within(before: list[Any], after: list[Any], column: str) -> dict[str, tuple[float, float]]:
    """The definition once more, in plain loops."""
    sides: list[dict[str, list[int]]] = []
    for answers_ in (before, after):
        made: dict[str, list[int]] = {}
        for a in answers_:
            made.setdefault(a[column] or "(none)", []).append(a["sign"])
        sides.append(made)
    small = {g for side in sides for g, signs in side.items() if len(signs) < 5}
    for side in sides:
        for g in [g for g in side if g in small]:
            side.setdefault("(other)", []).extend(side.pop(g))
    n = [sum(len(x) for x in side.values()) for side in sides]
    middle = sum(sum(sum(x) for x in side.values()) / size for side, size in zip(sides, n, strict=True)) / 2
    out = {}
    for g in sides[0].keys() | sides[1].keys():
        p = [len(side.get(g, [])) / size for side, size in zip(sides, n, strict=True)]
        mu = [sum(side[g]) / len(side[g]) if g in side else None for side in sides]
        one, two = (x if x is not None else y for x, y in ((mu[0], mu[1]), (mu[1], mu[0])))
        out[g] = (100 * (p[1] - p[0]) * ((one + two) / 2 - middle), 100 * (p[0] + p[1]) / 2 * (two - one))
    return out


def world(before: list[tuple[str, int, str | None]], after: list[tuple[str, int, str | None]]) -> Tables:
    """A world of answers (tier, sign, theme), one customer each."""
    tables = make_world(2, conversations=60)
    answer = next(a for a in rows(tables, "answers") if a["kind"] == "nps")
    touch = rows(tables, "touches")[0]
    said, touches = [], []
    for day, side in ((date(2026, 2, 1), before), (date(2026, 3, 1), after)):
        for tier, sign, theme in side:
            number = len(said)
            where = {
                "customer_key": 100 + number, "account_key": None, "conversation_key": 5_000 + number,
                "interaction_id": f"n{number}", "day": day, "occurred_at": datetime(day.year, day.month, day.day),
                "stage": "delivery", "seg_tier": tier, "purpose": "relationship", "programme": "relationship_nps",
            }  # fmt: skip
            said.append(answer | where | {"sign": sign, "kind": "nps"})
            touches.append(touch | where | {"theme": theme, "s": sign})
    return replaced(replaced(tables, "answers", said), "touches", touches)


def test_that_others_answered_is_mix_and_no_theme() -> None:
    happy, unhappy = ("vip", 1, None), ("basic", -1, "late_delivery")
    tables = world([happy] * 60 + [unhappy] * 20, [happy] * 20 + [unhappy] * 60)
    figure = nps_bridge(WAREHOUSE.put(tables), TAXONOMY, NOW, previous=BEFORE, over="segment:tier")
    assert figure.facts["change"] == pytest.approx(-100.0)
    assert figure.facts["mix"] == pytest.approx(-100.0)
    assert all(abs(row["total"]) < 1e-9 for row in figure.to_dicts() if row["kind"] == "theme")


def test_a_planted_theme_is_the_largest_bar_and_sure() -> None:
    calm = [("vip", 1, None), ("basic", 0, "price"), ("basic", 1, "easy_setup"), ("vip", -1, "rude_agent")] * 40
    late = [("vip", -1, "late_delivery"), ("basic", -1, "late_delivery")] * 25
    figure = nps_bridge(WAREHOUSE.put(world(calm, calm + late)), TAXONOMY, NOW, previous=BEFORE, over="segment:tier")
    themes = [row for row in figure.to_dicts() if row["kind"] == "theme"]
    assert themes[0]["key"] == "late_delivery"
    assert themes[0]["high"] < 0
    assert themes[-1]["key"] == "(no theme)"
    assert themes[0]["total"] == pytest.approx(figure.facts["change"], abs=1.0)


def test_intervals_hold_the_change_as_often_as_they_say() -> None:
    """Two periods of one population: the interval of a theme's bar contains 0 nearly always."""
    rng = np.random.default_rng(5)
    held, bars = 0, 0
    kinds = [("vip", 1, None), ("basic", 0, "price"), ("basic", 1, "easy_setup"), ("vip", -1, "rude_agent")]
    for _ in range(15):
        sides = [[kinds[i] for i in rng.integers(0, 4, 150)] for _ in range(2)]
        figure = nps_bridge(WAREHOUSE.put(world(*sides)), TAXONOMY, NOW, previous=BEFORE, over="segment:tier")
        for row in figure.to_dicts():
            bars += 1
            held += row["low"] <= 0 <= row["high"]
    assert held / bars >= 0.85


def test_wrong_questions_say_so() -> None:
    warehouse = WAREHOUSE.put(make_world(3, conversations=200))
    with pytest.raises(QuestionError, match="two periods"):
        nps_bridge(warehouse, TAXONOMY, Filters())
    with pytest.raises(QuestionError, match="breakdown"):
        nps_bridge(warehouse, TAXONOMY, NOW, by="colour")
    with pytest.raises(QuestionError, match="asked for the NPS"):
        nps_bridge(WAREHOUSE.put(make_world(3, conversations=0)), TAXONOMY, NOW)
    few = world([("vip", 1, None)] * 3, [("vip", 1, None)] * 30)
    figure = nps_bridge(WAREHOUSE.put(few), TAXONOMY, NOW, previous=BEFORE)
    assert figure.facts["change"] is None
    assert set(figure.table["total"].to_pylist()) == {None}
