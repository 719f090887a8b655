"""Randomised tests: sample sizes that were published, intervals that hold at all looks, and tests that are broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import QuestionError
from touchline.value.basis import Basis, basis
from touchline.value.experiment import experiment
from touchline.value.sequential import BURN_IN, looks
from touchline.value.sizing import always, means, shares, size
from touchline.warehouse.index.frames import journeys_of

START = datetime(2026, 1, 1)


def world(seed: int = 0, customers: int = 3000, base: float = 0.10, lift: float = 0.09, uneven: float = 0.5) -> Basis:
    """Customers come in over sixty days, see one variant, and order within some days or not."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number in range(customers):
        name, at = f"c{number:05}", START + timedelta(days=float(rng.uniform(0, 60)))
        variant = "b" if rng.random() < uneven else "a"
        row = {"customer": name, "event": "visit", "time": at, "seg_variant": variant, "value": None, "s": None}
        rows.append(row)
        if rng.random() < base + lift * (variant == "b"):
            later = at + timedelta(days=float(rng.uniform(0.1, 9)))
            rows.append(row | {"event": "order", "time": later, "value": 20.0, "s": 1})
        elif rng.random() < 0.5:
            rows.append(row | {"event": "survey", "time": at + timedelta(days=2), "s": int(rng.choice([-1, 0, 1]))})
    rows.append(rows[0] | {"customer": "last", "seg_variant": None, "time": START + timedelta(days=65)})
    return basis(journeys_of(pa.Table.from_pylist(rows)))


def asked(made: Basis, **options: Any) -> Any:
    given_ = {"control": "variant=a", "treated": "variant=b", "of": "event:order", "window": "10d"}
    return experiment(made, **(given_ | options))


def test_sample_sizes_are_those_of_the_reference() -> None:
    # The examples of the manual pages of R's power.prop.test and power.t.test.
    assert shares(0.50, 0.75, power=0.90) == pytest.approx(76.7, abs=0.05)
    assert means(1.0, 1.0, power=0.90) == pytest.approx(22.02110, abs=1e-4)
    # Lehr's rule: 16 (sd / difference)^2 per side at 80 %.
    assert means(0.1, 1.0) == pytest.approx(1600, rel=0.02)


@pytest.mark.parametrize(("p1", "p2", "ratio"), [(0.10, 0.13, 1.0), (0.4, 0.3, 2.0)])
def test_as_many_customers_find_the_difference_as_often_as_they_should(p1: float, p2: float, ratio: float) -> None:
    n = int(np.ceil(shares(p1, p2, ratio=ratio)))
    m = int(np.ceil(n * ratio))
    rng = np.random.default_rng(0)
    a, b = rng.binomial(n, p1, 20_000) / n, rng.binomial(m, p2, 20_000) / m
    pooled = (a * n + b * m) / (n + m)
    found = np.abs(a - b) > 1.96 * np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    assert found.mean() == pytest.approx(0.80, abs=0.015)


def test_half_the_difference_takes_four_times_as_many_and_looking_takes_more() -> None:
    rows = size(base=0.10, lift=0.02, per_day=400).to_dicts()
    assert [row["lift"] for row in rows] == [0.01, 0.02, 0.04]
    assert 3.7 < rows[0]["n"] / rows[1]["n"] < 4.2
    for row in rows:
        assert row["n"] == row["n_control"] + row["n_treated"]
        assert row["n"] < row["n_always"] < 4 * row["n"]
        assert row["days"] == -(-row["n"] // 400)
    assert size(sd=40, lift=5).to_dicts()[1]["n_control"] == int(np.ceil(means(5, 40)))


def _chance(draw: Callable[[np.random.Generator, int], np.ndarray], tau: float, worlds: int = 150) -> float:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(worlds):
        seen = looks(draw(rng, 4000), rng.random(4000) < 0.5, tau)
        alarms += bool(((seen.low > 0) | (seen.high < 0)).any())
        assert (np.diff(seen.p) <= 0).all()
    return alarms / worlds


@pytest.mark.parametrize(
    ("name", "draw", "tau"),
    [
        ("a share of 5 %", lambda rng, n: (rng.random(n) < 0.05) * 1.0, 0.02),
        ("a share of 50 %", lambda rng, n: (rng.random(n) < 0.5) * 1.0, 0.05),
        ("money", lambda rng, n: rng.lognormal(0, 1.2, n), 0.3),
    ],
)
def test_looking_after_every_customer_cries_wolf_in_at_most_5_percent(name: str, draw: Any, tau: float) -> None:
    found = _chance(draw, tau)
    print(f"\n{name}: a difference was seen at some look in {found:.1%} of worlds without one (4,000 looks each)")
    assert found <= 0.05


def test_the_usual_interval_would_cry_wolf_far_more_often() -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(100):
        y, treated = (rng.random(4000) < 0.5) * 1.0, rng.random(4000) < 0.5
        n, m = np.cumsum(treated), np.cumsum(~treated)
        with np.errstate(all="ignore"):
            z = (np.cumsum(y * treated) / n - np.cumsum(y * ~treated) / m) / np.sqrt(0.25 / n + 0.25 / m)
        alarms += bool((np.abs(z[2 * BURN_IN :]) > 1.96).any())
    assert alarms > 20


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1.0))
def test_the_interval_and_the_ratio_are_one_test(seed: int, tau: float) -> None:
    rng = np.random.default_rng(seed)
    y, treated = rng.normal(size=400) + 0.2, rng.random(400) < 0.5
    seen = looks(y, treated, tau)
    crossed = (seen.low > 0) | (seen.high < 0)
    assert (seen.p[-1] < 0.05) == bool(crossed.any())
    i = 399
    v = sum((y[m].var() * m.sum() + y.var()) / m.sum() / m.sum() for m in (treated, ~treated))
    d = y[treated].mean() - y[~treated].mean()
    assert seen.effect[i] == pytest.approx(d)
    ratio = np.sqrt(v / (v + tau**2)) * np.exp(tau**2 * d**2 / (2 * v * (v + tau**2)))
    assert (ratio >= 20) == bool(crossed[i])


def test_the_planned_size_at_any_time_has_its_power() -> None:
    p1, p2 = 0.10, 0.14
    n = int(np.ceil(always(p1 * (1 - p1) + p2 * (1 - p2), p2 - p1)))
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(100):
        treated = np.tile([False, True], n)
        y = (rng.random(2 * n) < np.where(treated, p2, p1)) * 1.0
        found += looks(y, treated, p2 - p1).p[-1] < 0.05
    assert found >= 74  # 80 at one look, more at any


def test_a_test_is_read() -> None:
    made = world()
    figure = asked(made)
    control, treated, difference = figure.to_dicts()
    by_hand: dict[str, list[bool]] = {"a": [], "b": []}
    journeys = made.journeys
    variant, event = journeys.coded("seg_variant"), journeys.coded("event")
    for c in range(journeys.customers):
        rows = range(journeys.starts[c], journeys.starts[c + 1])
        first = journeys.at[rows[0]]
        if variant.codes[rows[0]] < 0 or first + 10 * 86_400e6 > journeys.observed[1]:
            continue
        ordered = any(event.names[event.codes[r]] == "order" and journeys.at[r] <= first + 10 * 86_400e6 for r in rows)
        by_hand[variant.names[variant.codes[rows[0]]]].append(ordered)
    assert (control["n"], treated["n"]) == (len(by_hand["a"]), len(by_hand["b"]))
    assert treated["value"] == pytest.approx(np.mean(by_hand["b"]))
    assert difference["value"] == pytest.approx(np.mean(by_hand["b"]) - np.mean(by_hand["a"]))
    assert difference["always_low"] < difference["low"] < difference["high"] < difference["always_high"]
    assert figure.facts["verdict"] == "better"
    assert figure.facts["open"] > 0
    assert figure.facts["looks"][-1]["n"] == difference["n"]
    assert len(figure.customers(1)) == treated["n"]


@pytest.mark.parametrize("of", ["revenue", "jsi"])
def test_means_are_read_too(of: str) -> None:
    figure = asked(world(lift=0.30), of=of)
    difference = figure.to_dicts()[2]
    assert difference["low"] > 0
    assert difference["p"] < 0.01
    assert figure.facts["verdict"] in ("better", "go on")


def test_no_difference_is_said_where_it_is_sure() -> None:
    assert asked(world(lift=0.0, customers=1500)).facts["verdict"] == "go on"
    assert asked(world(lift=0.0, customers=3000), expect=0.10).facts["verdict"] == "no such difference"


def test_a_split_that_was_not_planned_is_told() -> None:
    made = world(uneven=0.6)
    assert asked(made).facts["verdict"] == "broken"
    assert asked(made, ratio=1.5).facts["verdict"] == "better"


def test_customers_on_both_sides_are_left_out() -> None:
    made = asked(world(customers=400), control="event:visit", treated="event:survey")
    assert made.facts["crossed"] > 100
    assert made.to_dicts()[0]["hidden"]


@pytest.mark.parametrize(
    ("options", "told"),
    [({"base": 1.2, "lift": 0.1}, "no share"), ({"base": 0.9, "lift": 0.2}, "no share"), ({"lift": 0.1}, "shares or"),
     ({"base": 0.1, "lift": 0.0}, "nothing to find"), ({"base": 0.1, "lift": 0.1, "power": 0.01}, "cannot be")],
)  # fmt: skip
def test_wrong_numbers_are_told(options: dict[str, float], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        size(**options)
    with pytest.raises(QuestionError, match="no value"):
        asked(world(customers=50), treated="variant=z")
