"""Intervals, differences and corrections."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests import oracles

from touchline.scores.intervals import (
    benjamini_hochberg,
    difference,
    mean_interval,
    t_interval,
    wilson,
)
from touchline.scores.moments import Cross, Moments

SEED = 7


def moments_of(weights: np.ndarray, signs: np.ndarray) -> Moments:
    """Moments of many samples at once; arrays have the shape (samples, clusters, touches)."""
    w, s = weights.sum(axis=2), (weights * signs).sum(axis=2)
    n = np.full(len(w), weights.shape[1] * weights.shape[2])
    clusters = np.full(len(w), weights.shape[1])
    return Moments(
        n=n, customers=clusters, clusters=clusters, negative=n, positive=n,
        w=w.sum(axis=1), s=s.sum(axis=1), ww=(w * w).sum(axis=1), sw=(s * w).sum(axis=1), ss=(s *
        s).sum(axis=1),
    )  # fmt: skip


def nobody_shared(samples: int) -> Cross:
    return Cross.none(samples)


@pytest.mark.parametrize(
    ("chances", "clusters", "least"),
    [
        ((0.2, 0.1, 0.7), 30, 0.93),
        ((0.4, 0.2, 0.4), 30, 0.93),
        ((0.1, 0.05, 0.85), 30, 0.90),  # thirty customers, nearly all happy: a little too narrow
        ((0.2, 0.1, 0.7), 100, 0.93),
        ((0.4, 0.2, 0.4), 100, 0.93),
        ((0.1, 0.05, 0.85), 100, 0.93),
        ((0.1, 0.05, 0.85), 300, 0.93),
    ],
)
def test_the_interval_covers_the_truth_95_times_in_100(
    chances: tuple[float, float, float], clusters: int, least: float
) -> None:
    rng = np.random.default_rng(SEED)
    signs = rng.choice([-1, 0, 1], size=(4000, clusters, 1), p=chances)
    signs = np.repeat(signs, 2, axis=2)  # a customer's two touches agree
    weights = rng.choice([0.5, 1.0, 2.0], size=signs.shape)
    _, low, high = mean_interval(moments_of(weights, signs))
    truth = chances[2] - chances[0]
    assert least <= np.mean((low <= truth) & (truth <= high)) <= 0.99


@pytest.mark.parametrize("customers", [15, 30, 100])
def test_equal_sides_differ_significantly_5_times_in_100(customers: int) -> None:
    rng = np.random.default_rng(SEED)
    draw = lambda: rng.choice([-1, 0, 1], size=(4000, customers, 1), p=(0.2, 0.1, 0.7))  # noqa: E731
    a, b = (moments_of(np.ones((4000, customers, 1)), draw()) for _ in range(2))
    *_, p = difference(a, b, nobody_shared(4000))
    assert 0.03 <= np.mean(p < 0.05) <= 0.07


def test_sides_of_equal_answers_are_not_certain() -> None:
    happy, unhappy = (moments_of(np.ones((1, 5, 1)), np.full((1, 5, 1), sign)) for sign in (1, -1))
    change, low, high, p = (part[0] for part in difference(happy, unhappy, nobody_shared(1)))
    assert change == 2
    assert low < 2 < high
    assert 0 < p < 0.001


def test_an_empty_group_has_no_point_and_the_widest_interval() -> None:
    point, low, high = mean_interval(moments_of(np.zeros((1, 1, 1)), np.zeros((1, 1, 1))))
    assert np.isnan(point[0])
    assert (low[0], high[0]) == (pytest.approx(-1), pytest.approx(1))


@given(st.integers(1, 50), st.sampled_from([-1, 0, 1]))
def test_the_interval_contains_its_point(clusters: int, sign: int) -> None:
    point, low, high = mean_interval(moments_of(np.ones((1, clusters, 1)), np.full((1, clusters, 1), sign)))
    assert low[0] <= point[0] == sign <= high[0]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12), st.booleans())
def test_corrected_p_values_are_the_least_level_that_rejects(p: list[float | None], overlapping: bool) -> None:
    numbers = np.array([np.nan if x is None else x for x in p], dtype=float)
    got = benjamini_hochberg(numbers, overlapping=overlapping)
    wanted = oracles.benjamini(p, yekutieli=overlapping)
    assert np.allclose(got, [np.nan if x is None else x for x in wanted], rtol=1e-9, atol=1e-12, equal_nan=True)


@given(st.integers(1, 200), st.data())
def test_wilson_is_scipys(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    share, low, high = (float(part) for part in wilson(hits, n))
    wanted = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert (share, low, high) == pytest.approx((hits / n, wanted.low, wanted.high), abs=1e-9)


def test_wilson_of_nothing_is_nothing() -> None:
    assert all(np.isnan(part) for part in wilson(0, 0))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30).filter(lambda x: np.std(x) > 1e-3))
def test_the_t_interval_is_scipys(values: list[float]) -> None:
    low, high = t_interval(len(values), np.mean(values), np.var(values, ddof=1))
    wanted = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert (float(low), float(high)) == pytest.approx((wanted.low, wanted.high), rel=1e-9, abs=1e-9)


def test_one_value_has_no_t_interval() -> None:
    assert all(np.isnan(end) for end in t_interval(1, 5.0, np.nan))
