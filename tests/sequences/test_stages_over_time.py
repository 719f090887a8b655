"""Dwell, drop-off and survival: equal to plain loops, whatever the order of rows and the slices."""

from __future__ import annotations

import random
from datetime import date
from operator import add

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sequences import oracle_over_time as oracle
from tests.sequences.worlds_over_time import BEGIN, STAGES, Row, journey, rows

import touchline as tl
from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.sequences import dwell as dwell_room
from touchline.sequences import waiting
from touchline.sequences.exact import clustered_mean
from touchline.sequences.kaplan_meier import curve
from touchline.sequences.logrank import log_rank
from touchline.warehouse.index import journeys as index

DAY = 86_400


@given(rows(), st.booleans())
def test_dwell_is_what_loops_find(world: list[Row], by: bool) -> None:
    expected = oracle.dwell(world, by)
    found = {
        (row["stage"], row.get("segment", "")): row
        for row in journey(world).dwell(by="tier" if by else None).to_dicts()
    }
    assert found.keys() == expected.keys()
    everything = sum(sum(cell.finished) for cell in expected.values())
    typical = {
        stage: oracle.median([s for (name, _), cell in expected.items() if name == stage for s in cell.finished])
        for stage in STAGES
    }
    for key, cell in expected.items():
        row = found[key]
        assert (row["n"], row["open"], row["customers"]) == (cell.n, cell.open, len(cell.customers))
        if not cell.finished:
            assert row["mean_days"] is None
            continue
        assert row["mean_days"] * DAY == pytest.approx(np.mean(cell.finished))
        assert row["median_days"] * DAY == pytest.approx(oracle.median(cell.finished))
        assert row["p90_days"] * DAY == pytest.approx(np.quantile(cell.finished, 0.9))
        excess = sum(max(seconds - typical[key[0]], 0) for seconds in cell.finished)
        assert row["excess_days"] * DAY == pytest.approx(excess)
        if everything:
            assert row["time_share"] == pytest.approx(sum(cell.finished) / everything)
            assert row["excess_share"] == pytest.approx(excess / everything)


@given(rows(), st.booleans(), st.integers(1, 30), st.one_of(st.none(), st.integers(1, 20)))
def test_dropoff_is_what_loops_find(world: list[Row], by: bool, window: int, due: int | None) -> None:
    figure = journey(world).dropoff(
        window=f"{window}d", due=None if due is None else f"{due}d", by="tier" if by else None
    )
    found = {(row["stage"], row.get("segment", "")): row for row in figure.to_dicts()}
    seen = 0
    for stage, waits in oracle.waits(world).items():
        typical = oracle.median([seconds for _, _, seconds, ended, _ in waits if ended]) or 0
        deadline = round(typical if due is None else due * DAY) + window * DAY
        for tier in {tier for _, tier, *_ in waits} if by else {""}:
            mine = [wait for wait in waits if not by or wait[1] == tier]
            closed = [wait for wait in mine if wait[4] >= deadline]
            lost = [wait[0] for wait in closed if not (wait[3] and wait[2] <= deadline)]
            row = found[stage, tier]
            seen += 1
            assert (row["n"], row["customers"], row["dropped"]) == (len(mine), len(closed), len(lost))
            assert row["open"] == len(mine) - len(closed)
            assert row["censored"] == (not closed)
            if closed:
                assert row["dropoff"] == pytest.approx(len(lost) / len(closed))
                assert row["low"] <= row["dropoff"] <= row["high"]
            number = list(found).index((stage, tier))
            names = [journey(world).journeys.names[key] for key in figure.customers(number)]
            assert sorted(names) == sorted(lost)
    assert seen == len(found)


@given(rows(), st.booleans(), st.floats(0, 45))
def test_survival_to_the_next_stage_is_what_loops_find(world: list[Row], by: bool, day: float) -> None:
    figure = journey(world).survival(by="tier" if by else None, at=(day,))
    found = {(row["stage"], row.get("segment", "")): (i, row) for i, row in enumerate(figure.to_dicts())}
    at = round(day * DAY)
    for stage, waits in oracle.waits(world).items():
        for tier in {tier for _, tier, *_ in waits} if by else {""}:
            mine = [(wait[2], wait[3]) for wait in waits if not by or wait[1] == tier]
            number, row = found[stage, tier]
            assert row["n"] == len(mine)
            assert row["ended"] == sum(ended and seconds <= at for seconds, ended in mine)
            if row["censored"]:
                assert row["survival"] is None
                assert all(seconds < at for seconds, _ in mine)
                continue
            assert row["survival"] == pytest.approx(oracle.kaplan_meier(mine, at), abs=1e-12)
            assert row["low"] - 1e-12 <= row["survival"] <= row["high"] + 1e-12
            still = sum(seconds > at or (seconds == at and not ended) for seconds, ended in mine)
            assert len(figure.customers(number)) == still


@given(rows(), st.sampled_from(STAGES), st.sampled_from(STAGES))
def test_log_rank_is_what_loops_find(world: list[Row], start: str, end: str) -> None:
    known = {row.event for row in world}
    if start not in known or end not in known:
        return
    figure = journey(world).survival(f"event:{start}", f"event:{end}", by="tier", at=(1,))
    waits = oracle.between(world, start, end)
    for row in figure.to_dicts():
        mine = [(seconds, ended) for _, tier, seconds, ended in waits if tier == row["segment"]]
        rest = [(seconds, ended) for _, tier, seconds, ended in waits if tier != row["segment"]]
        if len(rest) < 5:
            assert row["p"] is None
            continue
        from scipy.stats import chi2

        statistic = oracle.log_rank(mine, rest)
        if row["p"] is None:
            assert statistic == 0
        else:
            assert row["p"] == pytest.approx(chi2.sf(statistic, 1), abs=1e-9)


@settings(max_examples=50)
@given(rows(), st.integers(0, 10_000))
def test_nothing_depends_on_the_order_of_rows_or_on_when(world: list[Row], seed: int) -> None:
    apart = list(world)
    if len({(row.customer, row.at) for row in world}) < len(world):  # ties are in the rows' own order
        return
    random.Random(seed).shuffle(apart)
    moved = [Row(row.customer, row.event, row.at + 1000 * DAY, row.tier, row.s, row.value) for row in apart]
    for ask in (
        lambda j: j.dwell(by="tier"),
        lambda j: j.dropoff(by="tier"),
        lambda j: j.survival(by="tier", at=(1, 5)),
    ):
        assert ask(journey(world)).to_dicts() == ask(journey(apart)).to_dicts() == ask(journey(moved)).to_dicts()


@given(rows(), st.integers(1, 7))
def test_slices_add_up(world: list[Row], parts: int) -> None:
    whole = journey(world).journeys
    for kernel in (
        lambda j: dwell_room.kernel(j, "stage", "tier", Filters()).finished,
        lambda j: waiting.waited(j, None, None, "tier", Filters()).counted,
    ):
        together, total = kernel(whole), None
        for part in whole.slices(parts):
            total = kernel(part) if total is None else add(total, kernel(part))
        assert total is not None
        assert total.keys.tolist() == together.keys.tolist()
        assert total.counts.tolist() == together.counts.tolist()


@settings(max_examples=30)
@given(rows())
def test_threads_give_the_same(world: list[Row]) -> None:
    made = journey(world)
    asks = (lambda: made.dwell(by="tier"), lambda: made.dropoff(by="tier"), lambda: made.survival(by="tier"))
    alone = [ask().to_dicts() for ask in asks]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "_WORTH_THREADS", 0)
        for ask, expected in zip(asks, alone, strict=True):
            for row, other in zip(ask().to_dicts(), expected, strict=True):
                assert row == pytest.approx(other, nan_ok=True) or row == other


def test_filters_say_what_may_begin_and_cut_no_end_off() -> None:
    table = pa.table({
        "customer": [name for name in "abcdef" for _ in range(2)],
        "event": ["look", "buy"] * 6,
        "time": ["2026-01-10", "2026-02-10"] * 5 + ["2026-02-10", "2026-02-20"],
    })  # fmt: skip
    made = tl.read_events(table, stages=STAGES)
    january = Filters(until=date(2026, 1, 31))
    visit = made.dwell(filters=january).to_dicts()[0]
    assert (visit["n"], visit["open"], visit["median_days"]) == (5, 0, 31.0)
    assert made.survival("look", "buy", at=(30, 31), filters=january).to_dicts()[1]["survival"] == 0
    assert made.dropoff(window="5d", due="1d", filters=january).to_dicts()[0]["dropped"] == 5


def test_feedback_alone_says_where_feedback_stops() -> None:
    table = pa.table({
        "customer": list("aabbccddee"), "event": ["look", "buy"] * 5, "kind": ["survey"] * 10,
        "time": ["2026-01-10", "2026-02-10"] * 5,
    })  # fmt: skip
    told = tl.read_events(table, stages=STAGES).dropoff()
    assert told.facts["feedback_alone"]
    assert told.meaning.startswith("Where feedback stops")
    acts = tl.read_events(table.set_column(2, "kind", pa.array(["survey", "order"] * 5)), stages=STAGES).dropoff()
    assert acts.meaning.startswith("Drop-off")


def test_under_five_customers_is_hidden_and_open_windows_are_no_zero() -> None:
    table = pa.table({
        "customer": list("abcdefgh"), "event": ["look"] * 8, "time": ["2026-01-01"] * 3 + ["2026-03-01"] * 5,
    })  # fmt: skip
    row = tl.read_events(table, stages=STAGES).dropoff(window="10d", due="1d").to_dicts()[0]
    assert (row["n"], row["customers"], row["open"], row["dropoff"], row["hidden"]) == (8, 3, 5, None, True)
    late = tl.read_events(table, stages=STAGES).dropoff(window="100d", due="1d").to_dicts()[0]
    assert late["censored"]
    assert late["dropoff"] is None


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda j: j.survival("look"), "a start and an end"),
        (lambda j: j.survival("look", "byu"), "did you mean 'buy'"),
        (lambda j: j.dropoff(window="soon"), "no span of time"),
        (lambda j: j.dwell(by="teir"), "did you mean 'tier'"),
        (lambda j: j.survival("look", "buy", at=(-1,)), "begins at day 0"),
    ],
)
def test_bad_questions_say_what_to_do(ask: object, says: str) -> None:
    world = [Row("a", "look", BEGIN, "vip", None, None), Row("a", "buy", BEGIN + 5, "vip", None, None)]
    with pytest.raises(QuestionError, match=says):
        ask(journey(world))  # type: ignore[operator]


def test_without_stages_the_next_stage_is_an_error() -> None:
    made = tl.read_events(pa.table({"customer": ["a"], "event": ["x"], "time": ["2026-01-01"]}))
    with pytest.raises(QuestionError, match="no stages in an order"):
        made.survival()


def test_the_mean_of_clusters_covers_what_it_says() -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        n = rng.integers(1, 6, 40)
        level = rng.exponential(1.0, 40)
        s = np.array([rng.exponential(x, k).sum() for x, k in zip(level, n, strict=True)])
        _, low, high = clustered_mean(
            np.array([40, s.sum(), (s * s).sum(), (s * n).sum()]), np.array([n.sum(), (n * n).sum()])
        )
        inside += low <= 1.0 <= high
    assert 0.87 <= inside / 400 <= 0.98


def test_survival_agrees_with_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines")
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import median_survival_times

    rng = np.random.default_rng(3)
    group = rng.integers(0, 3, 600)
    time = np.minimum(rng.exponential(40 + 10 * group).astype(int) + 1, 90)
    censor = rng.integers(1, 120, 600)
    ended = time <= censor
    seconds = np.minimum(time, censor)
    counted = [
        tuple(tuple(np.unique(seconds[mine & (ended == way)], return_counts=True)) for way in (True, False))
        for mine in (group == g for g in range(3))
    ]
    for g, (event, open_) in enumerate(counted):
        mine = group == g
        ours = curve(event, open_)
        theirs = lifelines.KaplanMeierFitter().fit(seconds[mine], ended[mine])
        for i, moment in enumerate(ours.times):
            assert ours.survival[i] == pytest.approx(theirs.predict(moment))
            band = theirs.confidence_interval_survival_function_.loc[moment]
            if ours.survival[i]:  # lifelines is certain of 0 once nobody is left, and we are not
                assert (ours.low[i], ours.high[i]) == pytest.approx(tuple(band), rel=1e-6)
        middle = ours.median()
        assert middle[0] == theirs.median_survival_time_
        between = median_survival_times(theirs.confidence_interval_).to_numpy()[0]
        assert [x if np.isfinite(x) else np.nan for x in between] == pytest.approx(middle[1:], nan_ok=True)
    tested = log_rank(counted)
    reference = multivariate_logrank_test(seconds, group, ended)
    assert tested.statistic == pytest.approx(reference.test_statistic)
    assert tested.p == pytest.approx(reference.p_value)
