"""Own metrics: against plain loops on random worlds, what a file may say, and where it is wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import InputError, QuestionError
from touchline.scores.base import Filters
from touchline.value.own.figure import metrics
from touchline.value.own.file import load, parse, shipped
from touchline.value.own.metric import KINDS, Metric
from touchline.warehouse.index.frames import journeys_of

START = datetime(2026, 1, 5)
DAY = 86_400_000_000
EVENTS = ("email_sent", "email_opened", "order_placed", "login", "account_created", "account_activated")


def world(seed: int, customers: int = 8, events: int = 90) -> Any:
    rng = np.random.default_rng(seed)
    many = int(rng.integers(10, events))
    what = rng.choice(EVENTS, many)
    return journeys_of(
        pa.table(
            {
                "customer": [f"c{i}" for i in rng.integers(0, customers, many)],
                "event": what.tolist(),
                "time": [START + timedelta(hours=int(h)) for h in rng.integers(0, 24 * 100, many)],
                "value": pa.array(
                    np.where(what == "order_placed", rng.integers(1, 50, many), np.nan), from_pandas=True
                ),
                "seg_tier": rng.choice(["basic", "vip"], many).tolist(),
                "channel": rng.choice(["email", "web"], many).tolist(),
            }
        )
    )


def by_hand(journeys: Any, metric: Metric) -> tuple[int, int, list[float], int]:
    """Return trials, hits, numbers (values, or days), and how many are open."""
    event = journeys.coded("event")
    n = hits = open_ = 0
    numbers: list[float] = []
    value = np.asarray(journeys.columns["value"]) if "value" in journeys.columns else None
    first, last = (metric.begin or metric.over).removeprefix("event:"), (metric.end or metric.of).removeprefix("event:")
    for c in range(journeys.customers):
        rows = range(journeys.starts[c], journeys.starts[c + 1])
        for i in rows:
            if event.names[event.codes[i]] != first:
                continue
            if metric.kind == "value":
                numbers.append(float(value[i]))
                n += 1
                continue
            later = [j for j in rows if j >= i and event.names[event.codes[j]] == last]
            wait = journeys.at[later[0]] - journeys.at[i] if later else None
            if metric.kind == "time":
                n += 1
                if wait is not None:
                    numbers.append(wait / DAY)
            elif metric.within and journeys.at[i] + metric.within > journeys.observed[1]:
                open_ += 1
            else:
                reached = wait is not None and (not metric.within or wait <= metric.within)
                n += 1
                hits += reached != metric.without
            if metric.count == "customers":
                break
    return n, hits, numbers, open_


DECLARED = """
metrics:
  - {id: opened, name: Opened, kind: share, over: "event:email_sent", of: "event:email_opened", within: 7d,
     count: interactions}
  - {id: opened_by, name: Opened by, kind: share, over: "event:email_sent", of: "event:email_opened", within: 7d}
  - {id: never, name: Never, kind: share, over: "event:email_sent", without: "event:order_placed"}
  - {id: basket, name: Basket, kind: value, over: "event:order_placed"}
  - {id: active, name: To active, kind: time, from: "event:account_created", to: "event:account_activated"}
"""


@given(st.integers(0, 2**32 - 1))
def test_every_kind_equals_plain_loops(seed: int) -> None:
    journeys = world(seed)
    there = journeys.coded("event").names
    for metric in parse(DECLARED):
        steps = (metric.over, metric.of, metric.begin, metric.end)
        if any(name and name.removeprefix("event:") not in there for name in steps):
            continue
        row = metrics(journeys, (metric,)).to_dicts()[0]
        n, hits, numbers, open_ = by_hand(journeys, metric)
        assert (row["n"], row["open"]) == (n, open_)
        if row["hidden"] or not n:
            assert row["value"] is None
        elif metric.kind == "share":
            assert row["value"] == pytest.approx(100 * hits / n)
            assert 0 <= row["low"] <= row["value"] <= row["high"] <= 100
        elif metric.kind == "value":
            assert row["value"] == pytest.approx(np.mean(numbers))
        elif len(numbers) == n:  # nobody is on their way: the median is the plain one, in whole seconds
            assert row["value"] == pytest.approx(sorted(numbers)[(n - 1) // 2], abs=1e-4)


@given(st.integers(0, 2**32 - 1))
def test_groups_add_up_to_the_whole(seed: int) -> None:
    journeys = world(seed)
    (opened,) = (metric for metric in parse(DECLARED) if metric.id == "opened")
    try:
        whole = metrics(journeys, (opened,)).to_dicts()[0]
    except QuestionError:
        return
    for by in ("segment:tier", "channel", "week"):
        rows = metrics(journeys, (opened,), by=by).to_dicts()
        assert sum(row["n"] for row in rows) == whole["n"]
    slow = metrics(journeys, (opened,), Filters(segments=(("tier", ("vip",)),))) if "vip" in journeys.coded(
        "seg_tier").names else None  # fmt: skip
    if slow is not None:
        parts = {row["group"]: row for row in metrics(journeys, (opened,), by="tier").to_dicts()}
        assert slow.to_dicts()[0]["n"] == parts.get("vip", {"n": 0})["n"]


def test_a_time_counts_those_who_are_still_on_their_way() -> None:
    events = [("a", 0, 10), ("b", 0, 20), ("c", 0, 30), ("d", 0, None), ("e", 0, None), ("f", 0, 40)]
    rows = [{"customer": c, "event": "account_created", "time": START} for c, _, _ in events]
    rows += [
        {"customer": c, "event": "account_activated", "time": START + timedelta(days=d)} for c, _, d in events if d
    ]
    rows.append({"customer": "z", "event": "x", "time": START + timedelta(days=50)})
    (metric,) = (m for m in shipped() if m.id == "days_to_onboard")
    row = metrics(journeys_of(pa.Table.from_pylist(rows)), (metric,)).to_dicts()[0]
    assert row["value"] == 30  # three of six by day 30; the plain median of the four who came is 25
    assert (row["n"], row["unit"]) == (6, "days")


def test_a_trend_sets_lately_against_before() -> None:
    rows = [
        {"customer": f"c{i % 30}", "event": "login", "time": START + timedelta(days=float(d))}
        for i, d in enumerate(np.concatenate([np.linspace(1, 27.9, 100), np.linspace(28.1, 56, 150)]))
    ]
    rows.append({"customer": "c0", "event": "start", "time": START - timedelta(days=2)})
    (metric,) = (m for m in shipped() if m.id == "login_trend")
    row = metrics(journeys_of(pa.Table.from_pylist(rows)), (metric,)).to_dicts()[0]
    assert row["value"] == pytest.approx(50)
    assert row["low"] < 50 < row["high"]


def test_the_shipped_ones_are_measured_where_their_events_are() -> None:
    figure = metrics(world(3, customers=40, events=900), shipped())
    rows = {row["metric"]: row for row in figure.to_dicts()}
    assert {"open_rate", "time_to_first_value", "days_to_onboard", "login_trend"} <= set(rows)
    assert "Cart abandonment" in figure.facts["unmeasured"]
    assert {m.kind for m in shipped()} < set(KINDS)
    with pytest.raises(QuestionError, match="there is no"):
        metrics(world(3), shipped(), names=("cart_abandonment",))


def test_each_milestone_and_each_feature_is_a_metric_of_its_own() -> None:
    rows = []
    for c in range(20):
        base = {"customer": f"c{c}", "kind": "event"}
        rows.append(base | {"event": "account_created", "time": START})
        rows.append(base | {"event": "first_report", "kind": "milestone", "time": START + timedelta(days=3)})
        rows.append(base | {"event": "invited_team", "kind": "milestone", "time": START + timedelta(days=9)})
        if c % 4 == 0:
            rows.append(base | {"event": "feature_export", "time": START + timedelta(days=1)})
    found = {row["metric"]: row for row in metrics(journeys_of(pa.Table.from_pylist(rows)), shipped()).to_dicts()}
    assert found["days_to.first_report"]["value"] == 3
    assert found["days_to.invited_team"]["value"] == 9
    assert found["adoption.feature_export"]["value"] == 25
    assert found["adoption.feature_export"]["name"] == "Adoption of feature export"


def test_a_target_is_met_missed_or_open() -> None:
    text = """
metrics:
  - {id: low, name: a, kind: value, over: "event:order_placed", target: [1000, ~]}
  - {id: in, name: b, kind: value, over: "event:order_placed", target: [0, 100], direction: down}
  - {id: sum, name: c, kind: value, over: "event:order_placed", statistic: sum}
"""
    rows = {row["metric"]: row for row in metrics(world(5, 40, 900), parse(text)).to_dicts()}
    assert rows["low"]["target"] == "below"
    assert rows["in"]["target"] == "in"
    assert rows["sum"]["target"] is None
    assert rows["sum"]["value"] == pytest.approx(rows["in"]["value"] * rows["in"]["n"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("metrics:\n  - {id: a, name: A, kind: shar}", r"m.yaml:2: metric 'a': kind must be"),
        ("metrics:\n  - {id: a, name: A, kind: share, over: x}", "needs either of or without"),
        ("metrics:\n  - {id: a, name: A, kind: time, from: x}", "a time needs to"),
        ("metrics:\n  - {id: a, name: A, kind: value, over: x, within: 7d}", "a value has no within"),
        ("metrics:\n\n  - {id: a, name: A, kind: trend, of: x, within: soon}", r"m.yaml:3: .*is no span"),
        ("metrics:\n  - {id: a, name: A, kind: value, over: x, target: 7}", "must be a band"),
        (
            "metrics:\n  - {id: a, name: A, kind: value, over: x}\n  - {id: a, name: B, kind: value, over: x}",
            "is taken",
        ),
        ("metrics:\n  - {id: a, nme: A, kind: value, over: x}", r"unknown key 'nme'; did you mean name"),
        ("metrics: [", "this is not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        parse(text, "m.yaml")


def test_a_step_that_is_not_there_names_the_file_and_the_line(tmp_path: Path) -> None:
    file = tmp_path / "metrics.yaml"
    file.write_text("# mine\nmetrics:\n  - id: gone\n    name: Gone\n    kind: value\n    over: event:vanished\n")
    declared = load(file)
    assert len(declared) == 1 + len(shipped())
    with pytest.raises(QuestionError, match=r"metrics.yaml:3: metric 'gone': there is no event 'vanished'"):
        metrics(world(1), declared)
    assert load(tmp_path / "none.yaml") == shipped()
    file.write_text("metrics:\n  - {id: conversion, name: Mine, kind: value, over: 'event:login'}\n")
    assert [m.name for m in load(file) if m.id == "conversion"] == ["Mine"]


def test_the_heatmap_by_metric_has_own_ones_beside() -> None:
    from touchline.scores.base import Figure
    from touchline.value.own.figure import beside

    rows = [
        {"customer": f"c{c}", "event": event, "stage": stage, "time": START + timedelta(days=d)}
        for c in range(10)
        for d, (event, stage) in enumerate([("visit", "awareness"), ("order", "purchase")])
    ]
    declared = parse('metrics: [{id: bought, name: Bought, kind: share, over: "event:visit", of: "event:order"}]')
    own = metrics(journeys_of(pa.Table.from_pylist(rows)), declared, by="stage")
    cells = [
        {"stage": stage, "name": stage, "column": "jsi", "column_name": "JSI", "value": 50.0, "low": 40.0, "high": 60.0,
         "n": 9, "customers": 9, "hidden": False, "low_n": True}
        for stage in ("awareness", "purchase")
    ]  # fmt: skip
    found = beside(Figure("heatmap", pa.Table.from_pylist(cells), "The heatmap.", facts={"unit": {"jsi": "x"}}), own)
    told = [(row["stage"], row["column"], row["value"]) for row in found.to_dicts()]
    assert told == [("awareness", "jsi", 50.0), ("awareness", "bought", 100.0), ("purchase", "jsi", 50.0)]
    assert found.facts["unit"]["bought"] == "%"


def test_filters_say_what_may_begin_and_not_what_follows() -> None:
    rows = [{"customer": f"c{c}", "event": "visit", "time": START} for c in range(6)]
    rows += [{"customer": f"c{c}", "event": "order", "time": START + timedelta(days=40)} for c in range(6)]
    declared = parse('metrics: [{id: bought, name: Bought, kind: share, over: "event:visit", of: "event:order"}]')
    journeys = journeys_of(pa.Table.from_pylist(rows))
    row = metrics(journeys, declared, Filters(until=date(2026, 1, 10))).to_dicts()[0]
    assert (row["n"], row["value"]) == (6, 100)
    assert not len(metrics(journeys, declared, Filters(since=date(2026, 1, 10))).customers(0))
