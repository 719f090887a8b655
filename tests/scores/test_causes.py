"""Root causes and delights: impact, Pareto, lift, interval, words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles_b as oracle
from tests.worlds import TAXONOMY, THEMES, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.scores.base import Filters
from touchline.scores.bootstrap import REPLICATES, poisson_weights, resampled_sums
from touchline.scores.causes import causes, delights
from touchline.scores.impact import Carried, impacts, pareto

WAREHOUSE = MemoryWarehouse()
DENSE = {"most": 120, "stages": ("delivery", "use"), "anonymous": 0.0}


@settings(deadline=None, max_examples=50)
@given(worlds(**DENSE), st.sampled_from((causes, delights)), st.integers(0, 99), st.integers(1, 4))
def test_equals_the_definition(tables: Tables, ask, seed: int, limit: int) -> None:
    filters = Filters() if seed % 2 else Filters(until=oracle.FILTERS[1].until)
    figure = ask(WAREHOUSE.put(tables), TAXONOMY, filters, limit=limit, seed=seed, examples=0)
    touches = oracle.kept(rows(tables, "touches"), filters)
    sign = -1 if ask is causes else 1
    expected = oracle.causes(touches, rows(tables, "mentions"), sign, limit, seed, REPLICATES)
    got = figure.to_dicts()
    for stage in ("delivery", "use"):
        here = [row for row in got if row["stage"] == stage]
        assert [row["theme"] for row in here] == [row["theme"] for row in expected.get(stage, [])]
        for row, want in zip(here, expected.get(stage, []), strict=True):
            oracle.same(row, want)


@settings(deadline=None, max_examples=50)
@given(worlds(**DENSE), st.sampled_from((causes, delights)))
def test_bars_add_up_from_the_first_which_is_the_impact_of_the_largest(tables: Tables, ask) -> None:
    found = [row for row in ask(WAREHOUSE.put(tables), TAXONOMY, Filters()).to_dicts() if not row["hidden"]]
    for stage in {row["stage"] for row in found}:
        here = [row for row in found if row["stage"] == stage]
        assert here[0]["pareto"] == pytest.approx(here[0]["impact"], abs=1e-9)
        assert here[0]["impact"] == pytest.approx(max(row["impact"] for row in here), abs=1e-8)
        assert np.cumsum([row["pareto"] for row in here]) == pytest.approx([row["cumulative"] for row in here])
        for row in here:
            assert row["pareto"] > 0
            assert row["low"] <= row["impact"] <= row["high"]
            assert row["direction"] == ("hurts" if ask is causes else "lifts")


@settings(deadline=None, max_examples=20)
@given(worlds(**DENSE), st.integers(0, 99))
def test_any_order_of_rows_gives_the_same_answer(tables: Tables, seed: int) -> None:
    one = causes(WAREHOUSE.put(tables), TAXONOMY, Filters(), seed=5).to_dicts()
    other = causes(WAREHOUSE.put(oracle.shuffled(tables, seed)), TAXONOMY, Filters(), seed=5).to_dicts()
    assert len(one) == len(other)
    for row, again in zip(one, other, strict=True):
        oracle.same(row, again)


@settings(deadline=None, max_examples=30)
@given(worlds(most=120), st.integers(0, 99))
def test_a_filter_is_a_world_with_those_touches_only(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    touches = rows(tables, "touches")
    if filters.stages:  # a stage filter says which stages to show; the lift still looks at the others
        filters = Filters(channels=filters.channels)
    asked = causes(WAREHOUSE.put(tables), TAXONOMY, filters).to_dicts()
    smaller = replaced(tables, "touches", oracle.kept(touches, filters))
    again = causes(WAREHOUSE.put(smaller), TAXONOMY, Filters()).to_dicts()
    assert len(asked) == len(again)
    for one, other in zip(asked, again, strict=True):
        oracle.same(one, other)


def test_one_stage_keeps_its_lift_against_the_others() -> None:
    WAREHOUSE.put(make_world(3, conversations=600, customers=200))
    everywhere = [row for row in causes(WAREHOUSE, TAXONOMY, Filters()).to_dicts() if row["stage"] == "purchase"]
    assert any(row["lift"] for row in everywhere)
    for alone in (
        causes(WAREHOUSE, TAXONOMY, Filters(), stage="Decision"),
        causes(WAREHOUSE, TAXONOMY, Filters(stages=("purchase",))),
    ):
        assert [row["theme"] for row in alone.to_dicts()] == [row["theme"] for row in everywhere]
        for one, other in zip(alone.to_dicts(), everywhere, strict=True):
            oracle.same(one, other)


def test_a_planted_cause_is_found_first_with_its_points_and_words() -> None:
    tables = _planted(late=40, fine=60)
    figure = causes(WAREHOUSE.put(tables), TAXONOMY, Filters())
    row = figure.to_dicts()[0]
    assert (row["theme"], row["name"], row["rank"]) == ("late_delivery", THEMES["late_delivery"], 1)
    assert row["jsi_with"] == 0
    assert row["jsi_without"] == 100
    assert row["impact"] == pytest.approx(40)
    assert row["low"] < 40 < row["high"]
    assert row["prevalence"] == pytest.approx(0.4)
    assert row["lift"] is None, "nobody says it elsewhere"
    assert row["verbatims"][0]["text"] == "the parcel came late"
    assert "robable cause" in figure.meaning


def test_a_theme_on_all_touches_explains_nothing() -> None:
    assert causes(WAREHOUSE.put(_planted(late=40, fine=0)), TAXONOMY, Filters()).table.num_rows == 0


def test_four_customers_are_hidden_and_their_words_too() -> None:
    row = causes(WAREHOUSE.put(_planted(late=4, fine=60)), TAXONOMY, Filters()).to_dicts()[0]
    assert row["hidden"]
    assert (row["impact"], row["low"], row["rank"], row["verbatims"]) == (None, None, None, [])
    assert (row["n"], row["customers"]) == (4, 4)


def test_under_thirty_customers_there_is_no_rank() -> None:
    row = causes(WAREHOUSE.put(_planted(late=29, fine=60)), TAXONOMY, Filters()).to_dicts()[0]
    assert row["low_n"]
    assert row["rank"] is None
    assert row["impact"] is not None


def test_what_has_no_theme_is_no_cause_but_is_told() -> None:
    tables = _planted(late=40, fine=60)
    nameless = [{**row, "theme": None} if i % 2 else row for i, row in enumerate(rows(tables, "mentions"))]
    figure = causes(WAREHOUSE.put(replaced(tables, "mentions", nameless)), TAXONOMY, Filters())
    assert figure.facts["unthemed"] == pytest.approx(0.5)
    assert figure.notes[0].startswith("50% of the negative touches carry no theme")


def test_what_always_comes_with_another_adds_nothing_after_it() -> None:
    one = Carried(
        weight=4.0, score=0.0, touches=4,
        touch=np.array([0, 0, 1, 1]), theme=np.array([0, 1, 0, 1]),
        weights=np.array([1.0, 1.0]), scores=np.array([-1.0, -1.0]),
    )  # fmt: skip
    assert pareto(one, 2, 8) == [(0, 50.0)]


def test_weights_are_poisson_and_each_customers_own() -> None:
    keys = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, 5_000)
    drawn = poisson_weights(keys, 200)
    assert drawn.mean() == pytest.approx(1, abs=0.005)
    assert drawn.var() == pytest.approx(1, abs=0.01)
    between = np.corrcoef(drawn[:, :40].T.astype(float)) - np.eye(40)
    assert np.abs(between).max() < 0.08
    assert (poisson_weights(keys[::-1], 200) == drawn[::-1]).all()
    assert (poisson_weights(keys[7:9], 50) == drawn[7:9, :50]).all(), "fewer replicates are a prefix"
    assert (poisson_weights(keys, 200, seed=1) != drawn).any()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 3), st.integers(-8, 8)), max_size=60))
def test_resampled_sums_are_weighted_sums(entries: list[tuple[int, int, int]]) -> None:
    keys, groups, values = (np.array([e[i] for e in entries], dtype=np.int64) for i in range(3))
    got = resampled_sums(keys, groups, values[:, None].astype(float), 4, replicates=7, seed=3)
    drawn = poisson_weights(keys, 7, 3).astype(float)
    expected = [[(drawn[groups == g, b] * values[groups == g]).sum() for b in range(7)] for g in range(4)]
    assert (got[:, 0, :] == np.array(expected)).all()


def test_the_interval_covers_an_impact_known_beforehand() -> None:
    """40 % of the customers carry the theme at s = -1 (else +1): 40 points. Coverage is .93 to .95."""
    covered, size = 0, 150
    for seed in range(200):
        rng = np.random.default_rng(seed)
        keys, carries = rng.integers(0, 2**62, size), rng.random(size) < 0.4
        rows_ = np.stack([np.ones(size), np.where(carries, -1.0, 1.0)], axis=1)
        whole, part = resampled_sums(
            np.concatenate([keys, keys[carries]]),
            np.concatenate([np.zeros(size, int), np.ones(carries.sum(), int)]),
            np.concatenate([rows_, rows_[carries]]),
            2,
        )
        low, high = np.quantile(impacts(whole[0], whole[1], part[0], part[1]), (0.025, 0.975))
        covered += low <= 40 <= high
    assert covered >= 180


def _planted(*, late: int, fine: int) -> Tables:
    """Customers of one touch each at delivery: some -1 and late, some +1 and silent."""
    tables = make_world(1, conversations=1, stages=("delivery",))
    touch = rows(make_world(0, conversations=40, stages=("delivery",)), "touches")[0]
    mention = rows(make_world(0, conversations=40, stages=("delivery",)), "mentions")[0]
    touches, mentions, said = [], [], []
    for i in range(late + fine):
        who = {
            "customer_key": 100 + i,
            "account_key": None,
            "conversation_key": 900 + i,
            "interaction_id": f"x{i}",
        }
        touches.append({**touch, **who, "s": -1 if i < late else 1, "weight": 1.0})
        if i < late:
            mentions.append({**mention, **who, "sentiment": -1, "theme": "late_delivery", "start": 4, "end": 24})
            template = rows(make_world(0, conversations=40), "interactions")[0]
            said.append({**template, "interaction_id": f"x{i}", "text": "Hi, the parcel came late."})
    for name, changed in (("touches", touches), ("mentions", mentions), ("interactions", said)):
        tables = replaced(tables, name, changed)
    return tables
