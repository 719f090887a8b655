"""Calibration equals its definition; what is right as often as it says has none to speak of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluation import oracle

from touchline.evaluation.calibration import calibration

ROWS = st.lists(st.tuples(st.integers(0, 100).map(lambda n: n / 100), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=60)
@given(ROWS, st.sampled_from([1, 4, 10]))
def test_it_equals_its_definition(rows, bins):
    confidence, right = (np.array([row[i] for row in rows]) for i in (0, 1))
    # a confidence on a bin's edge may fall to either side in floating point: keep away from the edges
    confidence = np.clip(confidence + 0.003, 0, 0.999)
    found = calibration(confidence, right, bins=bins)
    assert found.ece == pytest.approx(oracle.ece(confidence.tolist(), right.tolist(), bins))
    assert sum(each.n for each in found.bins) == found.n == len(rows)
    assert found.over == pytest.approx(confidence.mean() - right.mean())
    assert abs(found.over) <= found.ece + 1e-12
    for each in found.bins:
        assert each.low < each.confidence <= each.high


def drawn(n, truth, seed):
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.3, 1.0, n)
    return confidence, rng.random(n) < truth(confidence)


def test_who_is_right_as_often_as_they_say_errs_by_chance_alone():
    found = calibration(*drawn(20_000, lambda c: c, 1))
    assert found.ece < 0.015
    assert found.ece < 3 * found.chance
    few = [calibration(*drawn(60, lambda c: c, seed)) for seed in range(60)]
    assert np.mean([f.ece for f in few]) == pytest.approx(np.mean([f.chance for f in few]), rel=0.15)


def test_who_boasts_is_found_out():
    found = calibration(*drawn(20_000, lambda c: c - 0.2, 2))
    assert found.ece == pytest.approx(0.2, abs=0.02)
    assert found.over == pytest.approx(0.2, abs=0.02)
    assert calibration(*drawn(20_000, lambda c: np.minimum(c + 0.1, 1), 3)).over < 0


def test_the_ends_belong_to_a_bin():
    found = calibration(np.array([0.0, 1.0]), np.array([False, True]))
    assert (found.ece, [each.n for each in found.bins]) == (0.0, [1, 1])


def test_no_rows_are_no_calibration():
    found = calibration(np.zeros(0), np.zeros(0, dtype=bool))
    assert (found.n, found.bins) == (0, ())
    assert math.isnan(found.ece)
