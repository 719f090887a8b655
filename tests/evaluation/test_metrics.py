"""Accuracy, F1 and their intervals equal loops over rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluation import oracle

from touchline.evaluation.baselines import majority
from touchline.evaluation.metrics import (
    accuracy,
    confusion,
    difference,
    estimate,
    f1,
    macro_f1,
    precision,
    recall,
)

CLASSES = 5
PAIRS = st.lists(st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), max_size=40)


def codes(pairs):
    gold, predicted = ([pair[i] for pair in pairs] for i in (0, 1))
    return np.array(gold, dtype=np.int64), np.array(predicted, dtype=np.int64)


def same(got, want):
    return got == pytest.approx(want, abs=1e-12, nan_ok=True)


@given(PAIRS)
def test_scores_equal_their_definitions(pairs):
    gold, predicted = codes(pairs)
    counts = confusion(gold, predicted, CLASSES)
    assert counts.tolist() == oracle.confusion(gold.tolist(), predicted.tolist(), CLASSES)
    assert same(float(accuracy(counts)), oracle.accuracy(gold.tolist(), predicted.tolist()))
    assert same(float(macro_f1(counts)), oracle.macro_f1(gold.tolist(), predicted.tolist()))
    for which in range(CLASSES):
        want = oracle.scores_of(which, gold.tolist(), predicted.tolist())
        assert same([float(score(counts)[which]) for score in (precision, recall, f1)], list(want))


@given(PAIRS, st.permutations(range(CLASSES)))
def test_no_score_hangs_on_the_order_of_rows_or_the_names_of_classes(pairs, names):
    gold, predicted = codes(pairs)
    renamed = np.array(names)
    one = confusion(gold, predicted, CLASSES)
    other = confusion(renamed[gold[::-1]], renamed[predicted[::-1]], CLASSES)
    for score in (accuracy, macro_f1):
        assert same(float(score(one)), float(score(other)))


@settings(max_examples=30)
@given(PAIRS)
def test_an_interval_contains_its_point_and_comes_out_the_same_again(pairs):
    counts = confusion(*codes(pairs), CLASSES)
    for score in (accuracy, macro_f1):
        found = estimate(score, counts, replicates=50)
        assert not pairs or found.low <= found.value <= found.high
        assert repr(found) == repr(estimate(score, counts, replicates=50))


def test_an_interval_is_as_wide_as_drawing_rows_makes_it():
    """The cells' multinomial is the bootstrap over rows: compared with one that draws rows."""
    rng = np.random.default_rng(5)
    gold = rng.integers(0, 3, 150)
    predicted = np.where(rng.random(150) < 0.7, gold, rng.integers(0, 3, 150))
    found = estimate(macro_f1, confusion(gold, predicted, 3), replicates=4000)
    drawn = []
    for _ in range(4000):
        rows = rng.integers(0, 150, 150)
        drawn.append(float(macro_f1(confusion(gold[rows], predicted[rows], 3))))
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))


def test_the_interval_covers_the_truth():
    """A reader that is right 70 % of the time: 19 intervals in 20 say so."""
    rng = np.random.default_rng(6)
    inside = 0
    for _ in range(300):
        gold = rng.integers(0, 3, 200)
        hit = rng.random(200) < 0.7
        found = estimate(accuracy, confusion(gold, np.where(hit, gold, (gold + 1) % 3), 3), replicates=300)
        inside += found.low <= 0.7 <= found.high
    assert 0.90 <= inside / 300 <= 0.99


@given(PAIRS, st.integers(0, 99))
def test_a_difference_is_that_of_the_two_scores(pairs, seed):
    gold, one = codes(pairs)
    other = np.random.default_rng(seed).integers(0, CLASSES, len(gold))
    found = difference(macro_f1, gold, one, other, CLASSES, replicates=30)
    want = oracle.macro_f1(gold.tolist(), one.tolist()) - oracle.macro_f1(gold.tolist(), other.tolist())
    assert same(found.value, want)
    assert not pairs or found.low <= found.value <= found.high


def test_two_equal_readers_differ_by_nothing_and_certainly_so():
    gold, one = codes([(0, 1), (1, 1), (2, 0)])
    found = difference(macro_f1, gold, one, one, 3, replicates=50)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_difference_on_the_same_rows_is_narrower_than_of_two_samples():
    rng = np.random.default_rng(7)
    gold = rng.integers(0, 3, 300)
    one = np.where(rng.random(300) < 0.6, gold, (gold + 1) % 3)
    other = np.where(rng.random(300) < 0.05, gold, one)  # nearly the same reader
    paired = difference(accuracy, gold, one, other, 3)
    alone = [estimate(accuracy, confusion(gold, each, 3)) for each in (one, other)]
    apart = math.hypot(*(each.high - each.low for each in alone))
    assert paired.high - paired.low < apart / 2


def test_no_rows_are_no_scores():
    found = estimate(macro_f1, np.zeros((3, 3), dtype=np.int64))
    assert all(math.isnan(x) for x in (found.value, found.low, found.high))


@given(st.lists(st.integers(0, CLASSES - 1), min_size=1))
def test_no_constant_reader_is_more_accurate_than_the_majority(gold):
    rows = np.array(gold)
    ours = float(accuracy(confusion(rows, majority(rows, CLASSES), CLASSES)))
    assert all(ours >= np.mean(rows == other) - 1e-12 for other in range(CLASSES))
