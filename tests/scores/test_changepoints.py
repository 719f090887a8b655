"""Change points: arcs are those of plain loops, false alarms stay at the stated rate, planted steps are found."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scores.why_worlds import planted
from tests.worlds import TAXONOMY, MemoryWarehouse

from touchline.scores.base import Filters
from touchline.scores.changepoints import change_points, largest_arc
from touchline.scores.turns import changepoints

WAREHOUSE = MemoryWarehouse()
TURN = date(2026, 2, 16)


@settings(max_examples=200)
@given(st.integers(0, 2**32 - 1), st.integers(2, 14), st.integers(1, 3))
def test_the_largest_arc_is_that_of_plain_loops(seed: int, n: int, least: int) -> None:
    rng = np.random.default_rng(seed)
    y, w = rng.normal(size=n), rng.uniform(0.5, 3, n)
    mean, best = (w * y).sum() / w.sum(), -1.0
    for i in range(n):
        for j in range(i + least, n + 1):
            if n - (j - i) < least or 0 < i < least or 0 < n - j < least:
                continue
            inside = w[i:j].sum()
            z = (w[i:j] * (y[i:j] - mean)).sum() ** 2 / (inside * (1 - inside / w.sum()))
            best = max(best, z)
    found, arc = largest_arc(y[None], w[None], least)
    assert found[0] == pytest.approx(best, abs=1e-9)
    assert (arc[0, 0] >= 0) == (best >= 0)


@pytest.mark.parametrize("kind", ["normal", "skewed", "counts", "weighed"])
def test_false_alarms_stay_at_the_stated_rate(kind: str) -> None:
    """120 series without a change: some 6 claims; 13 or more come in less than one of a hundred runs."""
    claims = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        w = None
        if kind == "normal":
            y = rng.normal(size=30)
        elif kind == "skewed":
            y = rng.exponential(size=30)
        elif kind == "counts":
            y = np.sqrt(rng.poisson(4, 30))
        else:
            w = rng.integers(1, 40, 30).astype(np.float64)
            y = rng.normal(size=30) / np.sqrt(w)
        claims += bool(change_points(y, w, seed=seed)[0])
    assert claims <= 12


def test_a_step_is_found_and_its_interval_holds_it() -> None:
    found, held = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(500 + seed)
        y = rng.normal(size=40) + 2.0 * (np.arange(40) >= 25)
        points, _ = change_points(y, seed=seed)
        if points:
            nearest = min(points, key=lambda point: abs(point.at - 25))
            found += abs(nearest.at - 25) <= 2
            held += nearest.low <= 25 <= nearest.high
    assert found >= 54
    assert held >= 54


def test_a_bump_that_goes_back_is_two_points() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(size=60) + 3.0 * ((np.arange(60) >= 20) & (np.arange(60) < 30))
    points, p = change_points(y)
    assert [point.at for point in points] == [20, 30]
    assert p <= 0.002
    assert points[0].after == pytest.approx(points[1].before)


def test_nothing_to_find_in_a_short_or_flat_series() -> None:
    assert change_points(np.arange(5.0)) == ([], 1.0)
    assert change_points(np.ones(50)) == ([], 1.0)


def test_a_planted_turn_is_found_with_its_cause() -> None:
    """From one Monday on, late deliveries by phone."""

    def bad(where: dict[str, object]) -> float:
        return 0.85 if where["day"] >= TURN and where["channel"] == "phone" else 0.2

    def about(where: dict[str, object], rng: np.random.Generator) -> str:
        late = where["day"] >= TURN and where["channel"] == "phone"
        return "late_delivery" if late and rng.random() < 0.9 else ("price", "rude_agent")[rng.integers(2)]

    figure = changepoints(WAREHOUSE.put(planted(8, customers=900, bad=bad, theme=about)), TAXONOMY, Filters())
    row = figure.to_dicts()[0]
    assert (row["series"], row["stage"]) == ("score", "delivery")
    assert row["low"] <= TURN <= row["high"]
    assert abs((row["week"] - TURN).days) <= 7
    assert row["change"] < 0
    causes = {cause["value"]: cause for cause in row["causes"]}
    assert {"late_delivery", "phone"} <= set(causes)
    assert causes["late_delivery"]["high"] < 0
    assert "Parcel arrives later" in row["says"]
    assert len(figure.customers(0)) == row["customers"]
    assert not [other for other in figure.to_dicts() if other["series"] == "volume"]


def test_of_nothing_nothing_is_claimed() -> None:
    """25 worlds, two series each, corrected: one or two claims at most come by chance."""
    claims = sum(
        changepoints(WAREHOUSE.put(planted(3000 + seed, customers=150)), TAXONOMY, Filters()).table.num_rows > 0
        for seed in range(25)
    )
    assert claims <= 4
