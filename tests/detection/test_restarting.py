"""The restarting e-process against its definition, and its bound."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchline.detection.restarting import begins, walk, weights

e_values = arrays(np.float64, (2, 9), elements=st.floats(0.2, 4.0))


@given(e_values, arrays(np.float64, 9, elements=st.floats(0.0, 2.0)), st.integers(0, 8))
def test_it_is_the_sum_over_all_starts_in_any_batching(e, days, cut):
    told = np.array([[sum(days[s] * e[k, s : t + 1].prod() for s in range(t + 1)) for t in range(9)] for k in range(2)])
    log_r = walk(np.log(e), np.zeros(2), days)
    np.testing.assert_allclose(np.exp(log_r), told, rtol=1e-9, atol=1e-12)
    if cut:
        first = np.exp(walk(np.log(e[:, :cut]), np.zeros(2), days[:cut])[:, -1])
        rest = np.exp(walk(np.log(e[:, cut:]), first, days[cut:]))
        np.testing.assert_allclose(rest, told[:, cut:], rtol=1e-9, atol=1e-12)


@given(e_values)
def test_the_likeliest_start_has_the_greatest_product(e):
    best, place = begins(np.log(e), np.zeros(2))
    for k in range(2):
        products = [e[k, s:].prod() for s in range(10)]
        assert np.isclose(np.exp(best[k]), max(products), rtol=1e-9)
        assert np.isclose(products[max(place[k], 0)], max(products), rtol=1e-9)


def test_fair_bets_alarm_by_chance_once_in_the_patience():
    rng, patience = np.random.default_rng(0), 50.0
    ended = []
    for _ in range(300):
        log_e = np.log1p(0.4 * rng.choice([-1.0, 1.0], (1, 1000)))
        over = np.flatnonzero(walk(log_e, np.zeros(1), np.full(1000, 0.5))[0] >= np.log(patience))
        ended.append((over[0] + 1) / 2 if len(over) else 500)
    assert patience * 0.85 < np.mean(ended) < patience * 2


@given(arrays(np.float64, 5, elements=st.floats(0.05, 12)))
def test_weights_add_up(b):
    found = weights(b)
    assert np.isclose(found.sum(), 1)
    assert (np.diff(found[np.argsort(b)]) <= 1e-12).all()
