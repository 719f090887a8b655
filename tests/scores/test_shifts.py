"""Shifts of shares: equal to loops over customers, and rarely found where there are none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.scores.shifts import RECENT, REFERENCE, Cells, jensen_shannon, shift, stability_index

K = 3
ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 1), st.integers(-1, K - 1), st.integers(1, 3)), min_size=1, max_size=40
)


def cells(rows):
    who, side, column, n = (np.array([row[i] for row in rows], dtype=np.int64) for i in range(4))
    return Cells(who, side, column, n.astype(float), n.astype(float))


def by_hand(rows):
    """Shares and the variance of their change, customer by customer."""
    whole = [sum(n for _, s, _, n in rows if s == side) for side in (0, 1)]
    share = [
        [
            sum(n for _, s, c, n in rows if (s, c) == (side, k)) / whole[side] if whole[side] else math.nan
            for k in range(K)
        ]
        for side in (0, 1)
    ]
    customers = sorted({row[0] for row in rows})
    parts = []
    for who in customers:
        part = []
        for k in range(K):
            d = 0.0
            for side, sign in ((0, -1), (1, 1)):
                mine = [(c, n) for w, s, c, n in rows if (w, s) == (who, side)]
                x, n = sum(n for c, n in mine if c == k), sum(n for _, n in mine)
                d += sign * (x - n * share[side][k]) / whole[side]
            part.append(d)
        parts.append(part)
    g = len(customers)
    variance = [g / (g - 1) * sum(part[k] ** 2 for part in parts) if g > 1 else math.nan for k in range(K)]
    return share, variance


@settings(max_examples=80)
@given(ROWS)
def test_shares_and_errors_equal_their_definitions(rows):
    found = shift(cells(rows), K)
    clusters = [len({row[0] for row in rows if row[1] == side}) for side in (0, 1)]
    assert found.clusters.tolist() == clusters
    if min(clusters) < 2:
        assert math.isnan(found.p)
        return
    share, variance = by_hand(rows)
    assert found.shares == pytest.approx(np.array(share))
    assert found.error**2 == pytest.approx(np.array(variance), abs=1e-12)
    assert 0.0 <= found.p <= 1.0


@settings(max_examples=40)
@given(ROWS, st.permutations(range(K)), st.integers(1, 50))
def test_nothing_hangs_on_order_names_or_keys(rows, names, more):
    renamed = [(w * 7919 + more, s, names[c] if c >= 0 else -1, n) for w, s, c, n in reversed(rows)]
    one, other = shift(cells(rows), K), shift(cells(renamed), K)
    assert one.p == pytest.approx(other.p, nan_ok=True, abs=1e-9)
    assert one.shares == pytest.approx(other.shares[:, list(names)], nan_ok=True)


def people(rng, n, start, side, base):
    """Customers of about three comments, who tend to repeat themselves."""
    out = []
    for who in range(start, start + n):
        own = rng.dirichlet(base * 3)
        out += [(who, side, int(c), 1) for c in rng.choice(len(base), 1 + rng.poisson(2), p=own)]
    return out


def world(seed, recent=None):
    """A hundred customers, then thirty, ten of whom are known from before."""
    rng = np.random.default_rng(seed)
    base = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.03, 0.02])
    after = base if recent is None else np.array(recent)
    return (
        people(rng, 100, 0, REFERENCE, base) + people(rng, 10, 90, RECENT, after) + people(rng, 20, 500, RECENT, after)
    )


def test_false_alarms_are_as_rare_as_promised():
    ps = np.array([shift(cells(world(seed)), 9).p for seed in range(200)])
    assert 0.005 <= (ps < 0.05).mean() <= 0.085
    assert (ps < 0.5).mean() == pytest.approx(0.5, abs=0.15)


def test_comments_of_one_customer_are_one_witness():
    """The same shares, said by one customer thirty times or by thirty once, are not the same news."""
    before = [(who, REFERENCE, who % 2, 1) for who in range(100)]
    many = [(1000 + who, RECENT, int(who % 10 == 0), 1) for who in range(30)]
    few = [(1000 + who % 3, RECENT, int(who % 10 == 0), 1) for who in range(30)]
    assert shift(cells(before + many), 2).p < 1e-4 < shift(cells(before + few), 2).p


def test_a_real_change_is_found():
    moved = [0.05, 0.05, 0.05, 0.1, 0.1, 0.05, 0.05, 0.05, 0.5]
    assert np.mean([shift(cells(world(seed, moved)), 9).p < 0.01 for seed in range(20)]) > 0.9


def test_a_mean_has_the_interval_of_its_customers():
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(200):
        who, side = np.arange(140), np.repeat([REFERENCE, RECENT], [100, 40])
        found = shift(Cells(who, side, np.zeros(140, dtype=np.int64), rng.uniform(0, 1, 140), np.ones(140)), 1)
        change = float(found.shares[RECENT, 0] - found.shares[REFERENCE, 0])
        inside += abs(change) <= found.margin
        assert (found.p < 0.05) == (abs(change) > found.margin)
    assert 0.90 <= inside / 200 <= 0.99


COUNTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=6).filter(
    lambda pairs: all(sum(side) for side in zip(*pairs, strict=True))
)


@given(COUNTS)
def test_distances_equal_their_definitions(pairs):
    one, other = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    p, q = one / one.sum(), other / other.sum()
    bits = 0.0
    for a, b in zip(p, q, strict=True):
        m = (a + b) / 2
        bits += (a * math.log2(a / m) if a else 0) / 2 + (b * math.log2(b / m) if b else 0) / 2
    assert jensen_shannon(p, q) == pytest.approx(math.sqrt(max(bits, 0)), abs=1e-6)
    assert jensen_shannon(p, q) == pytest.approx(jensen_shannon(q, p), abs=1e-9)
    kept = [(a + 0.5, b + 0.5) for a, b in pairs if a + b]
    total = [sum(side) for side in zip(*kept, strict=True)]
    psi = sum((b / total[1] - a / total[0]) * math.log((b / total[1]) / (a / total[0])) for a, b in kept)
    assert stability_index(one, other) == pytest.approx(psi, abs=1e-12)
    assert stability_index(one, other) >= 0
    assert stability_index(one, one) == 0
