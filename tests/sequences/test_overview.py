"""The overview: equal to plain loops and to SciPy's tests."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind
from tests.sequences.worlds_over_time import BEGIN, Row, by_customer, journey, rows

from touchline.errors import QuestionError
from touchline.scores.intervals import benjamini_hochberg
from touchline.sequences.overview import kernel

DAY = 86_400
METRICS = ("events", "duration", "active_days", "revenue", "jsi", "count:event:buy", "event:buy")


def measured(metric: str, mine: list[Row]) -> float:
    """Return what one customer adds to a metric that is a mean or a share."""
    return {
        "events": lambda: len(mine),
        "duration": lambda: (mine[-1].at - mine[0].at) / DAY,
        "active_days": lambda: len({row.at // DAY for row in mine}),
        "revenue": lambda: sum(row.value or 0 for row in mine),
        "count:event:buy": lambda: sum(row.event == "buy" for row in mine),
        "event:buy": lambda: any(row.event == "buy" for row in mine),
    }[metric]()


@given(rows())
def test_overview_is_what_loops_find(world: list[Row]) -> None:
    metrics = [m for m in METRICS if "buy" not in m or any(row.event == "buy" for row in world)]
    figure = journey(world).overview(by=("tier",), metrics=metrics)
    people = by_customer(world)
    last = {name: next((r.tier for r in reversed(mine) if r.tier), "(none)") for name, mine in people.items()}
    found = figure.to_dicts()
    assert {row["level"] for row in found} == set(last.values()) - (
        {"(none)"} if set(last.values()) == {"(none)"} else set()
    )
    names = journey(world).journeys.names
    for i, row in enumerate(found):
        members = {name for name in people if last[name] == row["level"]}
        assert row["customers"] == len(members)
        assert row["n"] == sum(len(people[name]) for name in members)
        assert row["share"] == pytest.approx(len(members) / len(people))
        assert {names[key] for key in figure.customers(i)} == members
        if row["metric"] == "jsi":
            signs = [r.s for name in members for r in people[name] if r.s is not None]
            assert (row["value"] is None) == (not signs)
            if signs:
                assert row["value"] == pytest.approx(50 * (1 + np.mean(signs)))
            continue
        ours, theirs = (
            [float(measured(row["metric"], people[name])) for name in people if (name in members) == inside]
            for inside in (True, False)
        )
        assert row["value"] == pytest.approx(np.mean(ours), abs=1e-9)
        if len(theirs) < 5:
            assert row["p"] is None
            continue
        assert row["rest"] == pytest.approx(np.mean(theirs), abs=1e-9)
        assert row["difference"] == pytest.approx(np.mean(ours) - np.mean(theirs), abs=1e-9)
        if row["metric"] != "event:buy" and min(np.var(ours), np.var(theirs)) > 1e-6:
            assert row["p"] == pytest.approx(ttest_ind(ours, theirs, equal_var=False).pvalue, abs=1e-6)
    p = [np.nan if row["p"] is None else row["p"] for row in found]
    adjusted = benjamini_hochberg(p)
    for row, expected in zip(found, adjusted, strict=True):
        assert (row["p_adjusted"] is None) == bool(np.isnan(expected))
        if row["p_adjusted"] is not None:
            assert row["p_adjusted"] == pytest.approx(expected)


@given(rows(), st.integers(1, 6))
def test_slices_add_up(world: list[Row], parts: int) -> None:
    whole = journey(world).journeys
    asked = (["tier", "event"], ["events", "duration", "active_days", "jsi", "revenue"])
    together = kernel(whole, *asked)
    total = reduce(add, (kernel(part, *asked) for part in whole.slices(parts)))
    assert total.n.tolist() == together.n.tolist()
    assert total.customers.tolist() == together.customers.tolist()
    assert np.allclose(total.sums, together.sums)


def test_chance_differences_are_seldom_called_significant() -> None:
    rng = np.random.default_rng(11)
    called = 0
    for _ in range(60):
        world = [
            Row(
                f"c{who}", rng.choice(["look", "buy"]), BEGIN + int(rng.integers(0, 30 * DAY)), "ab"[who % 2], None, 1.0
            )
            for who in range(60)
            for _ in range(rng.integers(1, 5))
        ]
        figure = journey(world).overview(by=("tier",), metrics=("events", "duration", "event:buy"))
        called += any(row["significant"] for row in figure.to_dicts())
    assert called <= 8


def test_bad_questions_say_what_to_do() -> None:
    made = journey([Row("a", "look", BEGIN, "vip", None, None)])
    with pytest.raises(QuestionError, match="no segment to compare"):
        made.overview()
    with pytest.raises(QuestionError, match="there is no"):
        made.overview(by=("teir",))
    with pytest.raises(QuestionError, match="did you mean 'look'"):
        made.overview(by=("tier",), metrics=("lok",))
