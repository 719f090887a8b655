"""Drivers: planted ones are found with their size, and nothing is claimed of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from tests.scores.why_worlds import planted
from tests.value.worlds import planted as contracts
from tests.worlds import TAXONOMY, MemoryWarehouse

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.touched import Touched, touched
from touchline.settings import Value
from touchline.understanding.teaching.regression import fit
from touchline.value.basis import Basis, basis
from touchline.value.designs import Design, Driver, of_churn, of_score, past
from touchline.value.drivers import contrast, drivers, fitted
from touchline.value.features import HALF_YEAR
from touchline.value.logistic import logistic, redrawn
from touchline.value.outcomes import examples, outcomes
from touchline.vocabulary.coded import Coded

WAREHOUSE = MemoryWarehouse()


def design(seed: int, weights: tuple[float, ...], rows: int = 4000, each: int = 2) -> Design:
    """Columns of 0 and 1 with known log odds."""
    rng = np.random.default_rng(seed)
    x = (rng.random((rows, len(weights))) < 0.3).astype(np.float64)
    outcome = rng.random(rows) < 1 / (1 + np.exp(1.0 - x @ np.array(weights)))
    names = tuple(Driver("theme", f"t{place}") for place in range(len(weights)))
    return Design(names, x, x > 0, outcome, np.repeat(np.arange(rows // each), each), "a test")


def test_weights_and_marginal_effects_are_those_planted() -> None:
    made = fitted(design(1, (1.5, 0.0, -1.0), rows=12_000))
    per_unit = made.model.weights / made.model.spread
    assert per_unit == pytest.approx([1.5, 0.0, -1.0], abs=0.15)
    x = made.design.x
    on, off = x.copy(), x.copy()
    on[:, 0], off[:, 0] = 1.0, 0.0
    true = [1 / (1 + np.exp(1.0 - z @ np.array([1.5, 0.0, -1.0]))) for z in (on, off)]
    point, drawn = contrast(made, np.arange(len(x)), {0: 1.0}, {0: 0.0})
    assert point == pytest.approx(float((true[0] - true[1]).mean()), abs=0.02)
    again = 1 / (1 + np.exp(-made.model.logits(on))) - 1 / (1 + np.exp(-made.model.logits(off)))
    assert point == pytest.approx(float(again.mean()), abs=1e-12)
    assert np.quantile(drawn, 0.025) < point < np.quantile(drawn, 0.975)


def test_the_fit_is_that_of_two_shared_classes_and_nothing_is_left_to_gain() -> None:
    one = design(4, (1.0, 0.0, -0.5, 0.3), rows=3000)
    model = logistic(("a", "b", "c", "d"), one.x, one.outcome, one.keys, strength=10.0)
    z = (one.x - model.middle) / model.spread
    share = one.outcome.mean()
    base = np.broadcast_to(np.log([1 - share, share]), (len(z), 2))
    targets = np.column_stack([~one.outcome, one.outcome]).astype(np.float64)
    shared = fit(z, np.ascontiguousarray(base), targets, np.ones(len(z)), 10.0)
    theirs = shared.weights[:, 1] - shared.weights[:, 0]
    bias = shared.scale * (base[0, 1] - base[0, 0]) + shared.bias[1] - shared.bias[0]
    assert model.weights == pytest.approx(theirs, abs=2e-3)
    assert model.bias == pytest.approx(bias, abs=2e-3)
    left = z.T @ (1 / (1 + np.exp(-(z @ model.weights + model.bias))) - one.outcome) + 10.0 / 2 * model.weights
    assert np.abs(left).max() < 1e-6
    assert np.isnan(logistic(("a",), one.x[:, :1], one.outcome, one.keys, errors=False).errors()).all()


def test_the_score_bootstrap_spreads_as_fitting_anew_does() -> None:
    one = design(2, (1.0, 0.0, -0.5), rows=1000)
    names = ("a", "b", "c")
    model = logistic(names, one.x, one.outcome, one.keys)
    drawn = redrawn(model, one.x, one.outcome, one.keys, strength=1.0)
    rng = np.random.default_rng(0)
    anew = []
    for _ in range(60):
        chosen = rng.integers(0, 500, 500)
        rows = np.concatenate([2 * chosen, 2 * chosen + 1])
        again = logistic(names, one.x[rows], one.outcome[rows], np.arange(len(rows)))
        anew.append(again.weights * model.spread / again.spread)
    assert drawn[1:].std(axis=1) == pytest.approx(np.std(anew, axis=0), rel=0.3)
    assert drawn.mean(axis=1)[1:] == pytest.approx(model.weights, abs=0.03)


def test_of_nothing_no_driver_stands_out_and_the_fit_says_so() -> None:
    claimed, better = 0, 0
    for seed in range(12):
        made = fitted(design(100 + seed, (0.0,) * 12, rows=600))
        low, high = np.quantile(made.drawn[1:], (0.025, 0.975), axis=1)
        claimed += int(((low > 0) | (high < 0)).sum())
        better += made.auc.low > 0.5
    assert claimed <= 18  # 144 intervals of 95 %
    assert better <= 3


def test_a_bad_score_of_a_world() -> None:
    tables = planted(3, customers=700, bad=lambda where: 0.6 if where["channel"] == "phone" else 0.2)
    data = touched(WAREHOUSE.put(tables), Filters())
    figure = drivers(data, TAXONOMY)
    shown = figure.to_dicts()
    phone = next(row for row in shown if row["value"] == "phone")
    assert phone["stands_out"]
    assert phone["weight"] > 0
    assert phone["effect_low"] <= phone["effect"] <= phone["effect_high"]
    assert phone["low"] <= phone["importance"] <= phone["high"]
    assert figure.facts["auc_low"] > 0.5
    coded = data.columns["channel"]
    who = np.unique(data.customer[coded.codes == coded.names.index("phone")])
    assert figure.customers(shown.index(phone)).tolist() == who.tolist()
    assert {row["quadrant"] for row in shown if row["kind"] == "channel"} == {None}
    assert {row["quadrant"] for row in shown if row["kind"] == "theme"} <= {"fix", "keep", "watch", "ignore"}
    assert [row["importance"] for row in shown] == sorted((row["importance"] for row in shown), reverse=True)


def told(base: Basis, stages: tuple[str, ...] = ("delivery", "use"), seed: int = 0) -> Touched:
    """The signed rows of journeys as touches, at random stages."""
    rng = np.random.default_rng(seed)
    voices = base.voices
    many = len(voices)
    key = np.repeat(base.journeys.keys, np.diff(voices.starts))
    none = Coded(np.full(many, -1, dtype=np.int64), ())
    columns = dict.fromkeys(("effort", "resolution", "touchpoint", "emotion"), none)
    columns["stage"] = Coded(rng.integers(0, len(stages), many), stages)
    columns["channel"] = Coded(rng.integers(0, 2, many), ("email", "web"))
    return Touched(
        key, key, np.arange(many), voices.at, voices.at // 86_400_000_000, voices.s, np.ones(many), np.full(many,
        np.nan), columns, np.zeros(0, dtype=np.int64), Coded(np.zeros(0, dtype=np.int64), ()),
    )  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Basis:
    return basis(contracts(customers=900), Value(start="started", lead=20, horizon=365))


def test_the_past_is_the_half_year_before_and_nothing_later(world: Basis) -> None:
    data = told(world)
    made = examples(world, outcomes(world))
    before = past(data, world, made)
    for example in range(0, len(made), 97):
        key, moment = world.journeys.keys[made.owner[example]], made.moment[example]
        mine = set(before.touch[before.example == example].tolist())
        wanted = np.flatnonzero((data.customer == key) & (data.at <= moment) & (data.at > moment - HALF_YEAR))
        assert mine == set(wanted.tolist())


def test_feelings_drive_churn_where_they_do_and_not_where_they_do_not(world: Basis) -> None:
    figure = drivers(told(world), TAXONOMY, of="churn", basis=world)
    found = {row["value"]: row for row in figure.to_dicts()}
    assert found["delivery"]["weight"] < 0  # the better it felt, the fewer are lost
    assert found["delivery"]["stands_out"]
    assert figure.facts["auc_low"] > 0.5
    still = basis(contracts(seed=2, customers=900, effect=0.0), Value(start="started", lead=20, horizon=365))
    nothing = {row["value"]: row for row in drivers(told(still), TAXONOMY, of="churn", basis=still).to_dicts()}
    assert not nothing["delivery"]["stands_out"]
    assert not nothing["use"]["stands_out"]


def test_too_little_says_so() -> None:
    with pytest.raises(QuestionError, match="too little is known"):
        fitted(design(1, (0.0,), rows=60))
    data = touched(WAREHOUSE.put(planted(1, customers=5)), Filters())
    with pytest.raises(QuestionError, match="too little"):
        drivers(data, TAXONOMY)
    assert len(of_score(data).drivers) == of_score(data).x.shape[1]


def test_sides_tell_good_from_bad(world: Basis) -> None:
    data = told(world)
    made = of_churn(data, world, sides="stage")
    sides = [(d.value, d.side) for d in made.drivers if d.kind == "stage"]
    assert sides == [("delivery", "bad"), ("delivery", "good"), ("use", "bad"), ("use", "good")]
    assert set(np.unique(made.x[:, :4])) == {0.0, 1.0}
