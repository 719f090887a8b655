"""The regression, against its own definition: what it is pulled to, and what it minimises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.understanding.teaching.regression import Fit, balanced, fit, log_softmax


def world(seed, n=30, features=4, classes=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, features))
    base = log_softmax(rng.normal(size=(n, classes)))
    targets = np.eye(classes)[rng.integers(0, classes, n)]
    return x, base, targets, rng.uniform(0.2, 2, n)


def loss(found, x, base, targets, weights, strength):
    """Written out row by row: what the fit says that it makes small."""
    total = 0.0
    for row in range(len(x)):
        logits = [
            found.scale * base[row, k] + sum(x[row, j] * found.weights[j, k] for j in range(x.shape[1])) + found.bias[k]
            for k in range(base.shape[1])
        ]
        top = np.log(sum(np.exp(logits)))
        total -= weights[row] * sum(targets[row, k] * (logits[k] - top) for k in range(base.shape[1]))
    pull = (found.weights**2).sum() + 0.1 * (found.bias**2).sum() + 10 * (found.scale - 1) ** 2
    return total + strength / 2 * pull


@given(st.integers(0, 10**6), st.sampled_from([0.1, 1.0, 10.0]))
def test_nothing_near_the_fit_is_better(seed, strength):
    data = world(seed)
    found = fit(*data, strength)
    least = loss(found, *data, strength)
    rng = np.random.default_rng(seed + 1)
    for _ in range(5):
        near = Fit(
            found.weights + rng.normal(scale=0.05, size=found.weights.shape),
            found.bias + rng.normal(scale=0.05, size=found.bias.shape),
            found.scale + rng.normal(scale=0.05),
        )
        assert loss(near, *data, strength) >= least


@given(st.integers(0, 10**6))
def test_a_strong_pull_leaves_everything_as_it_was(seed):
    x, base, targets, weights = world(seed)
    found = fit(x, base, targets, weights, 1e7)
    assert np.abs(found.logs(x, base) - base).max() < 1e-3


@given(st.integers(0, 10**6))
def test_where_it_begins_does_not_matter(seed):
    x, base, targets, weights = world(seed)
    fresh = fit(x, base, targets, weights, 1.0)
    after = fit(x, base, targets, weights, 1.0, fit(x, base, targets, weights, 0.1))
    assert np.abs(fresh.logs(x, base) - after.logs(x, base)).max() < 0.02


def test_rare_classes_count_more_and_one_on_average():
    weights = balanced(np.eye(2)[[0] * 9 + [1]])
    assert weights.mean() == pytest.approx(1)
    assert weights[9] / weights[0] == pytest.approx(3)
