"""Lifetime value: the published figures of CDNOW, and worlds that follow the models."""

from __future__ import annotations

import csv
from datetime import date
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.value.worlds import planted

from touchline.errors import QuestionError
from touchline.settings import Value
from touchline.value.basis import basis
from touchline.value.buying import (
    BgNbd,
    GammaGamma,
    History,
    _bg_nbd,
    _gamma_gamma,
    discounted,
    fit_bg_nbd,
    fit_gamma_gamma,
    log_likelihood,
)
from touchline.value.clv import clv, histories
from touchline.value.subscribing import Geometric, fit_geometric, lifetime
from touchline.warehouse.index.frames import journeys_of

PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)


@pytest.fixture(scope="session")
def cdnow(shared_data: Path) -> pa.Table:
    """Purchases of the 1/10 sample.

    The file's years were replaced as text, in customers' numbers too: they are told by their order.
    """
    rows = [
        line.split() for line in (shared_data / "event_logs/CDNOW_master.txt").read_text().splitlines() if line.strip()
    ]
    lines = (Path(__file__).parent / "cdnow_sample.txt").read_text().splitlines()
    wanted = {int(one) for line in lines if not line.startswith("#") for one in line.split()}
    found = []
    for number, (_, group) in enumerate(groupby(rows, key=lambda row: row[0]), start=1):
        found += [(f"{number:05}", row[1], float(row[3])) for row in group if number in wanted]
    return pa.table(
        {
            "customer": [f[0] for f in found],
            "event": ["buy"] * len(found),
            "time": [date(int(f[1][:4]), int(f[1][4:6]), int(f[1][6:])) for f in found],
            "value": [f[2] for f in found],
        }
    )


def calibration(cdnow: pa.Table) -> History:
    """Their first 39 weeks: to the end of September of the first year."""
    import pyarrow.compute as pc

    end = pc.min(cdnow["time"]).as_py().replace(month=9, day=30)
    told = cdnow.filter(pc.less_equal(cdnow["time"], end))
    mark = pa.table({"customer": ["zz"], "event": ["end"], "time": [end], "value": pa.array([None], pa.float64())})
    owner, found = histories(
        basis(journeys_of(pa.concat_tables([told, mark]).cast(told.schema)), Value(churn="inactivity"))
    )
    assert len(owner) == 2357
    return found


@pytest.mark.shared_data
def test_bg_nbd_of_cdnow_is_the_published_one(cdnow: pa.Table) -> None:
    h = calibration(cdnow)
    found = fit_bg_nbd(h)
    point = (found.r, found.alpha, found.a, found.b)
    assert point == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=1.5e-3)
    assert log_likelihood(found, h) == pytest.approx(-9582.4, abs=0.05)
    assert log_likelihood(PUBLISHED, h) <= log_likelihood(found, h) + 1e-3


@pytest.mark.shared_data
def test_gamma_gamma_of_cdnow_is_the_published_one(cdnow: pa.Table) -> None:
    h = calibration(cdnow)
    assert int((h.x > 0).sum()) == 946
    found = fit_gamma_gamma(h)
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.44), rel=0.01)


@pytest.mark.shared_data
def test_cdnow_is_foretold(cdnow: pa.Table) -> None:
    """Of all repeat purchases up to week 78 the model of the first 39 weeks misses some 5 %, as the paper tells."""
    h = calibration(cdnow)
    bought = fit_bg_nbd(h).expected(h, 39).sum()
    owner, whole = histories(basis(journeys_of(cdnow), Value(churn="inactivity")))
    assert len(owner) == 2357
    assert h.x.sum() + bought == pytest.approx(whole.x.sum(), rel=0.06)


def test_the_published_example() -> None:
    h = History.of(np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert PUBLISHED.expected(h, 39)[0] == pytest.approx(1.226, abs=5e-4)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.floats(0, 1), st.floats(1, 60)), min_size=1, max_size=12),
    st.lists(st.floats(-1.5, 1.5), min_size=4, max_size=4),
)
def test_slopes_are_those_of_small_steps(rows: list[tuple[int, float, float]], at: list[float]) -> None:
    x = np.array([float(r[0]) for r in rows])
    span = np.array([r[2] for r in rows])
    h = History.of(
        x, np.where(x > 0, span * np.array([r[1] for r in rows]), 0), span, np.where(x > 0, 5 + span, np.nan)
    )
    for loss, many in ((_bg_nbd, 4), (_gamma_gamma, 3)):
        part = h if many == 4 else History(*(getattr(h, n)[x > 0] for n in ("x", "last", "span", "mean", "weight")))
        if not len(part.x):
            continue
        here = np.array(at[:many])
        step = 1e-5
        wanted = [(loss(here + step * e, part)[0] - loss(here - step * e, part)[0]) / (2 * step) for e in np.eye(many)]
        assert loss(here, part)[1] == pytest.approx(wanted, abs=1e-4, rel=1e-4)


def simulated(model: BgNbd, customers: int, weeks: float, seed: int) -> tuple[History, np.ndarray]:
    """Customers who follow BG/NBD, and whether each still buys."""
    rng = np.random.default_rng(seed)
    rate, leave = rng.gamma(model.r, 1 / model.alpha, customers), rng.beta(model.a, model.b, customers)
    x, last, alive = np.zeros(customers), np.zeros(customers), np.ones(customers, dtype=bool)
    for one in range(customers):
        now = 0.0
        while True:
            now += rng.exponential(1 / rate[one]) if rate[one] > 1e-12 else np.inf
            if now > weeks:
                break
            x[one], last[one] = x[one] + 1, now
            if rng.random() < leave[one]:
                alive[one] = False
                break
    return History.of(x, last, np.full(customers, weeks)), alive


def test_what_was_simulated_is_recovered_and_alive_is_calibrated() -> None:
    true = BgNbd(0.8, 6.0, 0.9, 2.5)
    h, alive = simulated(true, 4000, 60.0, 3)
    found = fit_bg_nbd(h)
    assert np.log([found.r / true.r, found.alpha / true.alpha]) == pytest.approx(0, abs=0.25)
    assert found.a / (found.a + found.b) == pytest.approx(true.a / (true.a + true.b), abs=0.05)
    p = found.alive(h)
    order = np.argsort(p)
    for part in np.array_split(order, 5):
        assert alive[part].mean() == pytest.approx(p[part].mean(), abs=0.05)
    assert found.bought(np.array([60.0]))[0] == pytest.approx(h.x.mean(), rel=0.05)


def test_discount_of_nothing_is_the_sum() -> None:
    h = History.of(np.array([0.0, 3.0, 9.0]), np.array([0.0, 20, 35]), np.array([38.0, 38, 38]))
    assert discounted(PUBLISHED, h, 52, 0.0) == pytest.approx(PUBLISHED.expected(h, 52))
    assert (discounted(PUBLISHED, h, 52, 0.1) < PUBLISHED.expected(h, 52)).all()


def test_many_purchases_stay_finite() -> None:
    h = History.of(np.array([400.0, 0, 1]), np.array([300.0, 0, 0.1]), np.array([301.0, 500, 500]))
    assert np.isfinite(PUBLISHED.expected(h, 52)).all()
    assert ((PUBLISHED.alive(h) >= 0) & (PUBLISHED.alive(h) <= 1)).all()


def test_gamma_gamma_pulls_towards_the_mean() -> None:
    h = History.of(np.array([1.0, 50.0, 0.0]), np.zeros(3), np.ones(3), np.array([100.0, 100.0, np.nan]))
    one, many, none = GammaGamma(6.25, 3.74, 15.44).expected(h)
    assert none < one < many < 100
    assert none == pytest.approx(6.25 * 15.44 / 2.74)


@pytest.mark.parametrize(
    ("still_there", "wanted"),
    [
        ((1000, 869, 743, 653, 593, 551, 517, 491), (0.668, 3.806)),  # high end
        ((1000, 631, 468, 382, 326, 289, 262, 241), (0.704, 1.182)),  # regular
    ],
)
def test_the_shifted_beta_geometric_is_the_published_one(
    still_there: tuple[int, ...], wanted: tuple[float, float]
) -> None:
    left = -np.diff(np.array(still_there, float))
    stayed = np.zeros(7)
    stayed[-1] = still_there[-1]
    found = fit_geometric(left, stayed)
    assert (found.alpha, found.beta) == pytest.approx(wanted, abs=1e-3)
    assert found.surviving(7)[1:] == pytest.approx(np.array(still_there[1:]) / 1000, abs=0.02)


def test_lifetime_is_the_sum_of_its_terms() -> None:
    model = Geometric(0.7, 1.2)
    found = lifetime(model, np.array([0.0, 2.0]), np.array([10.0, 100.0]), 200, 90, 0.0)
    first = model.stays(np.array([1.0, 2.0, 3.0]))
    assert found[0] == pytest.approx(np.cumprod(first).sum())  # days 10, 100 and 190
    third = model.stays(np.array([3.0, 4.0]))
    assert found[1] == pytest.approx(np.cumprod(third).sum())  # days 100 and 190


@pytest.mark.parametrize("value", [Value(start="started"), Value(churn="inactivity", inactive=400)])
def test_the_figure_by_customer_and_by_segment(value: Value) -> None:
    made = basis(planted(customers=400), value)
    rows = clv(made, limit=5, replicates=8).to_dicts()
    assert [row["value"] for row in rows] == sorted((row["value"] for row in rows), reverse=True)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    found = clv(made, by="segment:tier", replicates=8)
    assert sum(row["value"] for row in found.to_dicts()) == pytest.approx(found.facts["value"])
    assert all(row["low"] <= row["value"] <= row["high"] for row in found.to_dicts())
    assert sum(len(found.customers(row)) for row in range(found.table.num_rows)) == found.facts["customers"]


def test_a_sample_without_anybody_who_left_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a small company some samples hold nobody who left; they say nothing of loyalty, and stop nothing."""
    from touchline.value import clv as module

    drawn = module.poisson_weights
    made = basis(planted(customers=400), Value(start="started"))
    usual = clv(made, limit=5, replicates=8).to_dicts()

    def poor(keys: np.ndarray, replicates: int) -> np.ndarray:
        weights = drawn(keys, replicates)
        return np.concatenate([weights, np.zeros_like(weights[:, :1])], axis=1)[:, -replicates:]

    monkeypatch.setattr(module, "poisson_weights", poor)
    found = clv(made, limit=5, replicates=9).to_dicts()
    assert [row["value"] for row in found] == [row["value"] for row in usual]
    assert all(row["low"] < row["value"] < row["high"] for row in found)


def test_nobody_bought_again() -> None:
    table = pa.table(
        {"customer": ["a", "b"], "event": ["x"] * 2, "value": [1.0, 2.0], "time": ["2026-01-01", "2026-03-01"]}
    )
    with pytest.raises(QuestionError, match="nobody bought again"):
        clv(basis(journeys_of(table), Value(churn="inactivity")))


def test_equal_days_count_once() -> None:
    rows = list(
        csv.reader(["a,2026-01-01T08:00,5", "a,2026-01-01T20:00,7", "a,2026-01-15T01:00,9", "b,2026-01-29T00:00,1"])
    )
    table = pa.table({n: [r[i] for r in rows] for i, n in enumerate(("customer", "time", "value"))})
    table = table.set_column(2, "value", table["value"].cast(pa.float64())).append_column("event", pa.array(["x"] * 4))
    owner, h = histories(basis(journeys_of(table), Value(churn="inactivity")))
    assert owner.tolist() == [0, 1]
    assert (h.x[0], h.last[0], h.span[0], h.mean[0]) == (1.0, 2.0, 4.0, 9.0)
