"""Friction: how much, of whom, and how surely."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles_b as oracle
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.scores.base import Filters
from touchline.scores.friction import friction, friction_interval
from touchline.scores.intervals import wilson

WAREHOUSE = MemoryWarehouse()


@settings(deadline=None, max_examples=60)
@given(worlds(), st.integers(0, 99))
def test_equals_the_definition(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    figure = friction(WAREHOUSE.put(tables), TAXONOMY, filters)
    expected = oracle.friction(rows(tables, "touches"), rows(tables, "journey"), filters)
    got = {(row["stage"], row["touchpoint"]): row for row in figure.to_dicts()}
    assert got.keys() == expected.keys()
    for key, row in got.items():
        oracle.same(row, expected[key])


@settings(deadline=None, max_examples=40)
@given(worlds(), st.integers(0, 99))
def test_ranks_go_down_in_friction_per_customer_and_only_to_the_sure(tables: Tables, seed: int) -> None:
    found = friction(WAREHOUSE.put(oracle.shuffled(tables, seed)), TAXONOMY, Filters()).to_dicts()
    ranked = [row for row in found if row["touchpoint"] is None and row["rank"]]
    assert [row["rank"] for row in ranked] == list(range(1, len(ranked) + 1))
    rates = [row["per_100"] for row in ranked]
    assert rates == sorted(rates, reverse=True)
    for row in found:
        assert row["rank"] is None or not row["low_n"]
        assert row["low"] is None or row["low"] <= row["per_100"] <= row["high"]
        if row["touchpoint"] is None and not row["low_n"] and row["stage"] != "unassigned":
            assert row["rank"]


def test_shares_of_the_stages_add_up_and_touchpoints_stand_below_their_stage() -> None:
    found = friction(WAREHOUSE.put(make_world(4, conversations=300, customers=80)), TAXONOMY, Filters()).to_dicts()
    assert sum(row["share"] for row in found if row["touchpoint"] is None) == pytest.approx(1)
    stage = None
    for row in found:
        stage = row["stage"] if row["touchpoint"] is None else stage
        assert row["stage"] == stage
    assert found[-1]["stage"] == "unassigned", "what has no stage comes last, without rank"
    assert found[-1]["rank"] is None


def test_the_worst_is_the_first() -> None:
    figure = friction(WAREHOUSE.put(make_world(4, conversations=300, customers=80)), TAXONOMY, Filters())
    assert figure.facts["worst"] == figure.to_dicts()[0]["stage"]


def test_customers_who_only_held_the_position_were_there() -> None:
    tables = make_world(4, conversations=200, customers=80)
    silent = [
        {**row, "customer_key": 7_000_000 + i, "position": "use"} for i, row in enumerate(rows(tables, "journey"))
    ]
    before = _stage(friction(WAREHOUSE.put(tables), TAXONOMY, Filters()).to_dicts(), "use")
    tables = replaced(tables, "journey", rows(tables, "journey") + silent)
    after = _stage(friction(WAREHOUSE.put(tables), TAXONOMY, Filters()).to_dicts(), "use")
    assert after["customers_there"] == before["customers_there"] + len(silent)
    assert after["friction"] == before["friction"]
    assert after["per_100"] < before["per_100"]


def test_friction_doubles_with_every_customer_doubled_but_not_per_customer() -> None:
    tables = make_world(4, conversations=200, customers=60, b2b=False)
    twice = tables
    for name in ("touches", "journey"):
        copies = [{**r, "customer_key": r["customer_key"] + 9_000_000} for r in rows(tables, name)]
        twice = replaced(twice, name, rows(tables, name) + copies)
    one = _stage(friction(WAREHOUSE.put(tables), TAXONOMY, Filters()).to_dicts(), "use")
    two = _stage(friction(WAREHOUSE.put(twice), TAXONOMY, Filters()).to_dicts(), "use")
    assert two["friction"] == 2 * one["friction"]
    assert two["per_100"] == pytest.approx(one["per_100"])
    assert two["high"] - two["low"] < one["high"] - one["low"]


def test_the_interval_is_wilsons_for_many_who_struggle_once_or_not() -> None:
    low, high = friction_interval(30_000, 30_000, 100_000, 100_000)
    _, wilson_low, wilson_high = wilson(30_000, 100_000)
    assert low == pytest.approx(wilson_low, rel=1e-3)
    assert high == pytest.approx(wilson_high, rel=1e-3)


@pytest.mark.parametrize("customers", [20, 60, 300])
@pytest.mark.parametrize("rate", [0.05, 0.3, 0.8])
@pytest.mark.parametrize("severities", [(1.0,), (0.5, 1.0, 1.0, 1.0, 2.0, 3.0)])
def test_the_interval_covers(customers: int, rate: float, severities: tuple[float, ...]) -> None:
    """Customers differ (gamma), come back (Poisson), and meet friction of several severities."""
    rng = np.random.default_rng(11)
    worlds_ = 1500
    times = rng.poisson(rate * rng.gamma(1.0, 1.0, (worlds_, customers)))
    felt = np.zeros(times.shape)
    for turn in range(1, times.max() + 1):
        felt += np.where(times >= turn, rng.choice(severities, times.shape), 0)
    low, high = friction_interval(felt.sum(1), (felt**2).sum(1), customers, customers)
    truth = rate * np.mean(severities)
    assert 0.89 <= np.mean((low <= truth) & (truth <= high)) <= 1.0


def _stage(found: list[dict[str, object]], stage: str) -> dict[str, object]:
    return next(row for row in found if row["stage"] == stage and row["touchpoint"] is None)
