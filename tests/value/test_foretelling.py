"""The churn model, the gate, the health score and the revenue at risk, on worlds with a planted effect and without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.value import oracle
from tests.value.worlds import planted

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.settings import Health, Score, Value
from touchline.value.basis import Basis, basis
from touchline.value.gate import GRID, best, curves, gate
from touchline.value.health import combined, health
from touchline.value.judging import MEASURES, measures
from touchline.value.learning import learned, parts
from touchline.value.logistic import logistic
from touchline.value.model import churn_model, churn_weights
from touchline.value.outcomes import examples, outcomes
from touchline.value.worth import over, worth

SETTINGS = Value(start="started", lead=20, horizon=365)


@pytest.fixture(scope="module")
def world() -> Basis:
    return basis(planted(), SETTINGS, score=Score(half_life_person=150))


@pytest.fixture(scope="module")
def nothing() -> Basis:
    return basis(planted(seed=2, effect=0.0), SETTINGS)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    p, lost = np.array([r[0] / 5 for r in rows]), np.array([r[1] for r in rows])
    found = measures(p, lost)
    if lost.all() or not lost.any():
        assert np.isnan(found).all()
        return
    assert found[0] == pytest.approx(oracle.auc(p.tolist(), lost.tolist()))
    assert found[2] == pytest.approx(float(np.mean((p - lost) ** 2)))
    assert measures(np.repeat(p, 2), np.repeat(lost, 2))[:3] == pytest.approx(found[:3])


def test_parts_of_time_do_not_overlap_and_nothing_leaks_from_a_later_one(world: Basis) -> None:
    made = examples(world, outcomes(world))
    learnt, middle, later = parts(made)
    assert not (learnt & middle).any()
    assert not ((learnt | middle) & later).any()
    assert made.known[learnt].max() <= made.moment[middle].min()
    assert made.known[middle].max() <= made.moment[later].min()


def test_a_planted_effect_is_found_on_later_time(world: Basis) -> None:
    found = churn_model(world)
    rows = {row["measure"]: row for row in found.to_dicts()}
    assert list(rows) == list(MEASURES)
    assert rows["auc"]["low"] > 0.6
    assert rows["auc"]["gain_low"] > 0.05
    assert rows["brier"]["model"] < rows["brier"]["base_rate"]
    assert rows["calibration error"]["model"] < 0.08
    facts = churn_weights(world).to_dicts()
    jsi = next(row for row in facts if row["fact"] == "standing JSI")
    assert jsi["high"] < 1
    parts_ = found.facts["parts"]
    assert (
        parts_["learnt"]["until"]
        < parts_["calibrated"]["since"]
        <= parts_["calibrated"]["until"]
        < parts_["judged"]["since"]
    )


def test_where_nothing_was_planted_nothing_is_found(nothing: Basis) -> None:
    row = churn_model(nothing).to_dicts()[0]
    assert row["low"] < 0.56
    assert row["gain_low"] < 0.05
    assert gate(nothing).facts["auc_low"] < 0.55


def test_too_little_says_how_much_it_takes() -> None:
    small = basis(planted(customers=30), SETTINGS)
    with pytest.raises(QuestionError, match="too little is known to"):
        churn_model(small)
    told = worth(small)
    assert any(note.startswith("No churn model") for note in told.notes)
    assert told.to_dicts()[0]["risk"] is None


def test_the_shared_fit_is_the_penalised_optimum() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 3))
    lost = rng.random(500) < 1 / (1 + np.exp(-(x @ [1.0, -0.5, 0.0] - 1)))
    model = logistic(("a", "b", "c"), x, lost, np.arange(500), strength=2.0)
    z = (x - model.middle) / model.spread
    gap = 1 / (1 + np.exp(-(model.bias + z @ model.weights))) - lost
    assert z.T @ gap + 2.0 / 2 * model.weights == pytest.approx(0, abs=0.1)


def test_standard_errors_grow_where_a_customer_counts_often() -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(100, 1)), 10, axis=0)
    lost = np.repeat(rng.random(100) < 0.4, 10)
    apart = logistic(("a",), x, lost, np.arange(1000)).errors()[0]
    together = logistic(("a",), x, lost, np.repeat(np.arange(100), 10)).errors()[0]
    assert together == pytest.approx(apart * np.sqrt(10), rel=0.15)


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=2, max_size=30), st.floats(0.1, 10))
def test_thresholds_equal_plain_loops(rows: list[tuple[int, bool]], missed: float) -> None:
    jsi, lost = np.array([float(r[0]) for r in rows]), np.array([r[1] for r in rows])
    if lost.all() or not lost.any():
        return
    found = curves(jsi, lost)
    youden, cost = [], []
    for g in GRID.tolist():
        held = jsi < g
        youden.append((held & lost).sum() / lost.sum() - (held & ~lost).sum() / (~lost).sum())
        cost.append((missed * (~held & lost).sum() + (held & ~lost).sum()) / len(jsi))
    assert found.youden[:, 0] == pytest.approx(youden)
    assert found.cost(missed, 1.0)[:, 0] == pytest.approx(cost)
    chosen, cheapest = best(found, missed, 1.0)
    assert youden[chosen[0]] == pytest.approx(max(youden))
    assert cost[cheapest[0]] == pytest.approx(min(cost))


def test_the_gate_separates_what_was_planted(world: Basis) -> None:
    found = gate(world)
    rows = {row["threshold"]: row for row in found.to_dicts()}
    own = rows[70]
    assert "gate" in own["chosen"]
    assert own["lost_held"] + own["lost_passed"] == found.facts["lost"]
    assert own["held_lost"] > own["passed_lost"]
    assert own["low"] <= own["held_lost"] <= own["high"]
    assert found.facts["youden_low"] <= found.facts["youden"] <= found.facts["youden_high"]
    roc = np.array(found.facts["roc"])
    area = float(np.trapezoid(roc[:, 1], roc[:, 0]))
    assert area == pytest.approx(found.facts["auc"], abs=0.01)
    dear = gate(world, missed=50, alarm=1).facts["cheapest"]
    assert dear > gate(world, missed=1, alarm=1).facts["cheapest"]


def test_revenue_at_risk_is_that_of_the_unhappy(world: Basis) -> None:
    found = worth(world, samples=60)
    rows = {row["band"]: row for row in found.to_dicts()}
    assert rows["at risk"]["churn"] > rows["healthy"]["churn"]
    assert rows["at risk"]["risk_low"] > 0
    assert abs(rows["healthy"]["risk"]) < 0.1 * rows["at risk"]["risk"] + 0.02 * float(rows["healthy"]["revenue"])
    bands = [row for row in found.to_dicts() if row["band"] != "all"]
    assert sum(row["risk"] or 0 for row in bands) == pytest.approx(rows["all"]["risk"], abs=200)
    assert sum(row["revenue"] or 0 for row in bands) <= rows["all"]["revenue"]
    assert found.facts["churn_odds_high"] < 1
    assert len(found.customers(0)) == found.facts["customers"]


def test_several_decisions_add_up() -> None:
    found = over(np.array([0.2, 0.2, 0.2, 1.0]), np.array([0.0, 1.0, 3.0, 1.0]), np.array([0.5] * 4))
    assert found == pytest.approx([0, 0.2, 1 - 0.8 * 0.25, 1])


def test_health_is_the_weighted_mean_of_its_parts(world: Basis) -> None:
    only = replace(world, value=replace(SETTINGS, health=Health(1, 0, 0, 0, 0)))
    for row in health(only, limit=30).to_dicts():
        assert row["health"] == (None if row["experience"] is None else pytest.approx(row["experience"]))
    rows = health(world, limit=10_000).to_dicts()
    weights = np.array([35.0, 10, 25, 15, 15])
    for row in rows[:200]:
        told = [row[name] for name in ("experience", "trend", "recency", "activity", "trouble")]
        there = [(w, x) for w, x in zip(weights, told, strict=True) if x is not None]
        assert row["health"] == pytest.approx(sum(w * x for w, x in there) / sum(w for w, _ in there))
        assert 0 <= row["health"] <= 100
    scores = [row["health"] for row in rows if row["health"] is not None]
    assert scores == sorted(scores)


def test_learnt_weights_find_what_was_planted(world: Basis) -> None:
    found = health(world, weights="learnt", limit=1)
    weights = found.facts["weights"]
    assert sum(weights.values()) == pytest.approx(100)
    assert weights["experience"] + weights["trend"] > 50
    assert found.facts["auc_learnt"] > 0.55


def test_nothing_known_is_no_score() -> None:
    assert np.isnan(combined(np.full((1, 5), np.nan), np.ones(5))[0])


def test_filters_choose_customers_by_segment_and_refuse_half_journeys(world: Basis) -> None:
    vip = world.chosen(Filters(segments=(("tier", ("vip",)),)))
    assert 0 < vip.journeys.customers < world.journeys.customers
    assert len(vip.voices) == int(np.diff(vip.voices.starts).sum())
    with pytest.raises(QuestionError, match="whole customers"):
        world.chosen(Filters(channels=("web",)))
    with pytest.raises(QuestionError, match="vap"):
        world.chosen(Filters(segments=(("tier", ("vap",)),)))


def test_the_same_question_has_the_same_answer(world: Basis) -> None:
    assert worth(world, samples=20).table.equals(worth(world, samples=20).table)
    one, other = (learned(world, outcomes(world)).today.model.weights for _ in range(2))
    assert (one == other).all()
