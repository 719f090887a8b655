"""Funnels against plain loops, and what must hold whatever the data."""

from __future__ import annotations

import operator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences.oracle_paths import Way, sessions, way
from tests.sequences.worlds_paths import EVENTS, START, Row, journeys, multiset, table, worlds

from touchline import read_events
from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.intervals import wilson
from touchline.sequences.attempts import Rules
from touchline.sequences.funnel import Asked, count, counted_in
from touchline.sequences.proportions import design_effect, newcombe

SPANS = {None: None, "12h": timedelta(hours=12), "2d": timedelta(days=2), "5d": timedelta(days=5)}


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    steps = draw(st.lists(st.sampled_from(EVENTS), min_size=2, max_size=4))
    order = draw(st.sampled_from(("ordered", "strict", "any")))
    if order == "any":
        steps = list(dict.fromkeys(steps))
        steps += [e for e in EVENTS if e not in steps][: max(0, 2 - len(steps))]
    return {
        "steps": steps,
        "order": order,
        "window": draw(st.sampled_from(list(SPANS))),
        "step_window": draw(st.sampled_from(list(SPANS))),
        "exclude": draw(st.sampled_from(((), ("d",), ("c", "d")))),
        "entry": draw(st.sampled_from(("any", "first"))),
        "count_by": draw(st.sampled_from(("customer", "account", "session"))),
    }


def known(rows: list[Row], steps: list[str], exclude: tuple[str, ...] = ()) -> bool:
    return {*steps, *exclude} <= {row["event"] for row in rows}


def ways(rows: list[Row], q: dict[str, Any], begins: Any = lambda row: True) -> list[tuple[list[Row], Way]]:
    """Each unit's rows, and how far it came."""
    end = max(row["time"] for row in rows)
    units = list(journeys(rows, "account" if q["count_by"] == "account" else "customer").values())
    if q["count_by"] == "session":
        units = [part for unit in units for part in sessions(unit, timedelta(days=1))]
    found = [
        (unit, way(unit, q["steps"], q["order"], SPANS[q["window"]], SPANS[q["step_window"]], q["exclude"], q["entry"],
                   end, begins))
        for unit in units
    ]  # fmt: skip
    return [(unit, one) for unit, one in found if one is not None]


def expected(found: list[tuple[list[Row], Way]], steps: int, windowed: bool) -> list[dict[str, Any]]:
    rows = []
    for step in range(steps):
        there = [(unit, w) for unit, w in found if len(w.rows) > step]
        before = [(unit, w) for unit, w in found if len(w.rows) >= max(step, 1)]
        waiting = [w for _, w in before if len(w.rows) == step and w.live] if step else []
        row: dict[str, Any] = {
            "n": len(there),
            "closed": sum(w.closed for _, w in there),
            "open": len(waiting) if windowed else None,
            "lost": len(before) - len(there) - (len(waiting) if windowed else 0) if step else 0,
            "whole": sorted(
                int((unit[w.rows[step]]["time"] - unit[w.rows[0]]["time"]).total_seconds()) for unit, w in there
            ),
            "between": sorted(
                int((unit[w.rows[step]]["time"] - unit[w.rows[step - 1]]["time"]).total_seconds())
                for unit, w in there
            ) if step else [],
        }  # fmt: skip
        rows.append(row)
    return rows


def ask(rows: list[Row], q: dict[str, Any], **more: Any) -> Any:
    return read_events(table(rows)).funnel(**(q | more), session_gap="1d")


@given(worlds(), questions())
def test_a_funnel_is_what_plain_loops_count(rows: list[Row], q: dict[str, Any]) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    found = ways(rows, q)
    windowed = q["window"] is not None or q["step_window"] is not None
    for row, want in zip(ask(rows, q).to_dicts(), expected(found, len(q["steps"]), windowed), strict=True):
        assert {name: row[name] for name in ("n", "closed", "open", "lost")} == {
            name: want[name] for name in ("n", "closed", "open", "lost")
        }
        if row["step"] > 1 and row["customers"] >= 5:
            assert row["seconds_median"] == pytest.approx(np.quantile(want["whole"], 0.5))
            assert row["seconds_p90"] == pytest.approx(np.quantile(want["whole"], 0.9))
            assert row["step_seconds_median"] == pytest.approx(np.quantile(want["between"], 0.5))


@given(worlds(), questions())
def test_behind_every_row_are_its_customers(rows: list[Row], q: dict[str, Any]) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    journey = read_events(table(rows))
    figure = journey.funnel(**q, session_gap="1d")
    for step, row in enumerate(figure.to_dicts()):
        names = {journey.journeys.names[key] for key in figure.customers(step)}
        there = [unit for unit, w in ways(rows, q) if len(w.rows) > step]
        assert names == {one["customer"] for unit in there for one in unit}
        if q["count_by"] != "account":
            assert len(names) == row["customers"]


@given(worlds(), questions())
def test_groups_add_up_to_the_whole(rows: list[Row], q: dict[str, Any]) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    whole, split = ask(rows, q).to_dicts(), ask(rows, q, by="tier").to_dicts()
    for row in whole:
        parts = [part for part in split if part["step"] == row["step"]]
        for name in ("n", "closed", "lost"):
            assert sum(part[name] for part in parts) == row[name]
    found = ways(rows, q)
    for part in split:
        value = None if part["value"] == "(none)" else part["value"]
        assert part["n"] == sum(len(w.rows) >= part["step"] and unit[w.rows[0]]["tier"] == value for unit, w in found)


@given(worlds(), questions(), st.integers(0, 7))
def test_filters_say_what_may_begin(rows: list[Row], q: dict[str, Any], day: int) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    since = START + timedelta(days=day)
    figure = ask(rows, q, filters=Filters(since=since.date()))
    found = ways(rows, q, lambda row: row["time"] >= since)
    want = [sum(len(w.rows) > step for _, w in found) for step in range(len(q["steps"]))]
    assert figure.table["n"].to_pylist() == want


@given(worlds(), questions(), st.integers(2, 4))
def test_slices_of_customers_add_up(rows: list[Row], q: dict[str, Any], parts: int) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    rules = Rules(q["order"], *(_micro(q[name]) for name in ("window", "step_window")), q["entry"])
    question = Asked(tuple(q["steps"]), rules, q["exclude"], q["count_by"], 86_400_000_000, "tier")
    units = counted_in(read_events(table(rows)).journeys, question)
    if not len(units):
        return
    kernel = partial(count, question=question)
    whole = kernel(units)
    summed = kernel(next(pieces := iter(list(units.slices(parts)))))
    for piece in pieces:
        summed = operator.add(summed, kernel(piece))
    for name in ("n", "closed", "waiting", "people", "people_closed", "alike"):
        assert np.array_equal(getattr(whole, name), getattr(summed, name))
    for name in ("whole", "between"):
        assert multiset(getattr(whole, name)) == multiset(getattr(summed, name))


def _micro(span: str | None) -> int | None:
    length = SPANS[span]
    return None if length is None else int(length.total_seconds()) * 1_000_000


@given(worlds(), questions(), st.integers(-1000, 1000))
def test_a_shift_of_time_changes_nothing(rows: list[Row], q: dict[str, Any], days: int) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    later = [row | {"time": row["time"] + timedelta(days=days)} for row in rows]
    assert ask(rows, q).to_dicts() == ask(later, q).to_dicts()


@given(worlds(), questions())
def test_customers_twice_are_counted_twice(rows: list[Row], q: dict[str, Any]) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    twins = [row | {name: row[name] and "z" + row[name] for name in ("customer", "account")} for row in rows]
    once, twice = ask(rows, q), ask(rows + twins, q)
    for name in ("n", "closed", "customers", "lost"):
        assert [2 * x for x in once.table[name].to_pylist()] == twice.table[name].to_pylist()


@given(worlds(), questions())
def test_what_the_lost_did_instead(rows: list[Row], q: dict[str, Any]) -> None:
    if not known(rows, q["steps"], q["exclude"]):
        return
    windowed = q["window"] is not None or q["step_window"] is not None
    want: dict[tuple[int, str], int] = {}
    for unit, w in ways(rows, q):
        if len(w.rows) == len(q["steps"]) or (windowed and w.live):
            continue
        last = w.rows[-1]
        after = unit[last + 1] if last + 1 < len(unit) else None
        for limit, since in ((SPANS[q["window"]], w.rows[0]), (SPANS[q["step_window"]], last)):
            if after is not None and limit is not None and after["time"] - unit[since]["time"] > limit:
                after = None
        key = (len(w.rows), "(nothing)" if after is None else after["event"])
        want[key] = want.get(key, 0) + 1
    figure = ask(rows, q, lost=True)
    got = {(row["step"], row["instead"]): row["n"] for row in figure.to_dicts()}
    assert got == want
    funnel = ask(rows, q).to_dicts()
    for step in range(1, len(q["steps"])):
        assert sum(n for (at, _), n in got.items() if at == step) == funnel[step]["lost"]


def test_a_later_attempt_may_succeed() -> None:
    rows = pa.table({"customer": ["a"] * 3, "event": ["visit", "visit", "order"],
                     "time": ["2026-01-01", "2026-03-01", "2026-03-05"]})  # fmt: skip
    journey = read_events(rows)
    assert journey.funnel(["visit", "order"], window="30d").table["n"].to_pylist() == [1, 1]
    assert journey.funnel(["visit", "order"], window="30d", entry="first").table["n"].to_pylist() == [1, 0]


def _many(n: int, converts: int, begin: datetime, days: float, name: str = "c", tier: str = "x") -> list[Row]:
    rows = []
    for number in range(n):
        who = {"customer": f"{name}{number}", "account": None, "tier": tier, "channel": "web"}
        rows.append(who | {"event": "a", "time": begin})
        if number < converts:
            rows.append(who | {"event": "b", "time": begin + timedelta(days=days)})
    return rows


def test_open_windows_are_censored_and_do_not_lower_the_rate() -> None:
    rows = _many(40, 20, START, 3) + _many(40, 2, START + timedelta(days=50), 3, "d")
    rows.append(rows[0] | {"customer": "end", "event": "c", "time": START + timedelta(days=60)})
    row = read_events(table(rows)).funnel(["a", "b"], window="30d").to_dicts()[1]
    assert (row["n"], row["open"], row["lost"], row["closed"], row["censored"]) == (22, 38, 20, 20, True)
    assert row["rate"] == 0.5
    assert (row["low"], row["high"]) == pytest.approx(tuple(float(x) for x in wilson(20, 40)[1:]))


def test_a_segment_that_converts_less_is_found_and_corrected() -> None:
    rows = (
        _many(200, 120, START, 1, "p", "good")
        + _many(200, 60, START, 1, "q", "bad")
        + _many(200, 120, START, 1, "r", "ok")
    )
    figure = read_events(table(rows)).funnel(["a", "b"], by="segment:tier")
    bad = next(row for row in figure.to_dicts() if row["value"] == "bad" and row["step"] == 2)
    assert bad["significant"]
    assert bad["difference"] == pytest.approx(0.3 - 0.6)
    assert bad["p_adjusted"] >= bad["p"]
    assert figure.facts["tests"] == 3
    assert any("3 comparisons" in note for note in figure.notes)


def test_few_customers_are_hidden() -> None:
    row = read_events(table(_many(4, 2, START, 1))).funnel(["a", "b"]).to_dicts()[1]
    assert row["hidden"]
    assert row["rate"] is None
    assert row["seconds_median"] is None


def test_sessions_of_one_customer_widen_the_interval() -> None:
    rows = []
    for number in range(30):
        for day in range(10):
            who = {"customer": f"c{number}", "account": None, "tier": None, "channel": None}
            rows.append(who | {"event": "a", "time": START + timedelta(days=day)})
            if number < 15:
                rows.append(who | {"event": "b", "time": START + timedelta(days=day, minutes=5)})
    row = read_events(table(rows)).funnel(["a", "b"], count_by="session").to_dicts()[1]
    assert (row["n"], row["customers"], row["rate"]) == (150, 15, 0.5)
    low, high = (float(x) for x in wilson(150, 300)[1:])
    assert row["high"] - row["low"] > 2.5 * (high - low)


def test_a_path_can_be_a_step() -> None:
    rows = [
        {"customer": name, "event": event, "time": START + timedelta(days=day)}
        for name, events in (("p", "abc"), ("q", "acb"))
        for day, event in enumerate(events)
    ]
    journey = read_events(table(rows))
    assert journey.funnel(["a > b", "c"]).table["n"].to_pylist() == [1, 1]
    assert journey.funnel(["a", "b"], by="path:a > b").table["value"].to_pylist() == ["no", "no", "yes", "yes"]
    assert journey.funnel(["a", "b"], path="a > b").table["n"].to_pylist() == [1, 1]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"steps": ["a"]}, "two steps"),
        ({"steps": ["a", "nothing"]}, "no step 'nothing'"),
        ({"steps": ["a", "b"], "window": "soon"}, "no span"),
        ({"steps": ["a", "b"], "order": "upwards"}, "no order"),
        ({"steps": ["a", "b"], "entry": "last"}, "no entry"),
        ({"steps": ["a", "b"], "count_by": "household"}, "household"),
        ({"steps": ["a", "b"], "by": "segment:size"}, "no segment 'size'"),
    ],
)
def test_what_cannot_be_asked_is_told(question: dict[str, Any], says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        read_events(table(_many(6, 3, START, 1))).funnel(**question)


def test_an_empty_period_has_no_rates() -> None:
    row = (
        read_events(table(_many(6, 3, START, 1)))
        .funnel(["a", "b"], filters=Filters(since=date(2030, 1, 1)))
        .to_dicts()[0]
    )
    assert (row["n"], row["rate"]) == (0, None)


def test_newcombe_is_the_published_example() -> None:
    """Newcombe 1998, table II, method 10: 56/70 against 48/80, and 10/10 against 0/20."""
    assert [round(float(x), 4) for x in newcombe(56, 70, 48, 80)[:3]] == [0.2, 0.0524, 0.3339]
    assert [round(float(x), 4) for x in newcombe(10, 10, 0, 20)[:3]] == [1.0, 0.6791, 1.0]


def test_without_likeness_there_is_no_design_effect() -> None:
    ones, half = np.full(1, 100.0), np.full(1, 50.0)
    assert design_effect(half, ones, half, half, ones, ones)[0] == pytest.approx(1.0, abs=0.02)
