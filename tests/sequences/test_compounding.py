"""Compounding and grievances: equal to loops, silent where nothing carries over, loud where something does."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from operator import add

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences import oracle_across as oracle
from tests.sequences.worlds import STAGES, START, Row, copied, every_name, frame, rows_of

from touchline.errors import QuestionError
from touchline.sequences.compounding import kernel, pairs_of
from touchline.sequences.grievances import Asked, carried, slope
from touchline.sequences.grievances import kernel as count_grievances
from touchline.sequences.journey import read_events
from touchline.warehouse.index.frames import journeys_of

DAY = 86_400_000_000
WINDOW = timedelta(days=3)


@given(rows_of(customers=4, most=40))
def test_compounding_equals_loops(rows: list[Row]) -> None:
    rows = every_name(rows)
    journeys = journeys_of(frame(rows), stages=STAGES)
    names, pairs = journeys.coded("about").names, pairs_of(journeys)
    assert {(names[a], names[b]) for a, b in pairs} == {
        ("trial", "use"), ("trial", "support"), ("support", "trial"), ("use", "support"), ("support", "use"),
    }  # fmt: skip
    for (a, b), counted in zip(pairs, kernel(journeys, pairs), strict=True):
        expected = oracle.compounding(rows, names[a], names[b])
        assert {(bool(x), bool(y)): int(counted[x, y]) for x in (0, 1) for y in (0, 1) if counted[x, y]} == expected


@given(rows_of(), st.sampled_from([2, 4]))
def test_slices_add_up_and_tenants_double(rows: list[Row], parts: int) -> None:
    journeys = journeys_of(frame(every_name(rows)), stages=STAGES)
    pairs = pairs_of(journeys)
    pieces = [kernel(piece, pairs) for piece in journeys.slices(parts)]
    whole = kernel(journeys, pairs)
    np.testing.assert_array_equal(sum(pieces[1:], start=pieces[0]), whole)
    twice = journeys_of(frame(copied(every_name(rows))), stages=STAGES)
    codes = [twice.coded("about").names.index(name) for name in journeys.coded("about").names]
    np.testing.assert_array_equal(kernel(twice, [(codes[a], codes[b]) for a, b in pairs]), 2 * whole)


def _carrying(carry: float, seed: int = 1, customers: int = 1500) -> pa.Table:
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        bad = random.random() < 0.4
        for n, stage in enumerate(("delivery", "support", "renewal")):
            bad = bad if random.random() < carry else random.random() < 0.4
            rows.append((f"c{customer}", "said", START + timedelta(days=n), stage, -1 if bad else 1))
    return pa.table(dict(zip(("customer", "event", "time", "about", "s"), zip(*rows, strict=True), strict=True)))


def test_what_carries_over_is_found_and_what_does_not_is_not() -> None:
    alarms = [row["significant"] for seed in range(20) for row in
              read_events(_carrying(0.0, seed)).compounding().to_dicts()]  # fmt: skip
    assert len(alarms) == 60
    assert sum(alarms) <= 5
    figure = read_events(_carrying(0.5)).compounding()
    rows = {(row["before"], row["after"]): row for row in figure.to_dicts()}
    assert rows["delivery", "support"]["difference"] == pytest.approx(0.5, abs=0.08)
    assert rows["delivery", "renewal"]["difference"] == pytest.approx(0.25, abs=0.08)
    assert all(row["significant"] for row in rows.values())
    for number, row in enumerate(figure.to_dicts()):
        assert len(figure.customers(number)) == pytest.approx(row["if_negative"] * row["troubled"])


@given(rows_of(customers=5, most=40), st.sampled_from(["both", "lost", "kept"]))
def test_grievances_equal_loops(rows: list[Row], known: str) -> None:
    rows = every_name(rows)
    journeys = journeys_of(frame(rows), stages=STAGES)
    asked = Asked("renewal", "event:visit" if known != "kept" else None, "event:order" if known != "lost" else None,
                  3 * DAY)  # fmt: skip
    _, grievances, end = carried(journeys, asked)
    found = Counter((int(g), ("kept", "lost", "open")[e]) for g, e in zip(grievances, end, strict=True))
    assert found == oracle.grievances(
        rows,
        (lambda row: row.event == "visit") if known != "kept" else None,
        (lambda row: row.event == "order") if known != "lost" else None,
        WINDOW,
        max(row.time for row in rows),
    )
    pieces = [count_grievances(piece, asked) for piece in journeys.slices(3)]
    total = pieces[0]
    for piece in pieces[1:]:
        total = add(total, piece)
    assert total.keys.tolist() == count_grievances(journeys, asked).keys.tolist()


def _renewals(seed: int, effect: float) -> pa.Table:
    random = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = []
    for customer in range(600):
        bad = int(random.poisson(0.8))
        rows += [(f"c{customer}", "said", START + timedelta(days=n), "delivery", -1) for n in range(bad)]
        rows.append((f"c{customer}", "renewal", START + timedelta(days=20), None, None))
        left = random.random() < 1 / (1 + np.exp(1.5 - effect * bad))
        rows.append((f"c{customer}", "cancelled" if left else "renewed", START + timedelta(days=21), None, None))
    rows.append(("zz", "said", START + timedelta(days=300), "delivery", 1))
    return pa.table(dict(zip(("customer", "event", "time", "about", "s"), zip(*rows, strict=True), strict=True)))


def test_the_slope_is_that_of_the_world_and_its_interval_covers_it() -> None:
    inside = []
    for seed in range(60):
        facts = read_events(_renewals(seed, 0.5)).grievances().facts
        inside.append(facts["odds_low"] <= np.exp(0.5) <= facts["odds_high"])
    assert 0.87 <= np.mean(inside) <= 1
    figure = read_events(_renewals(1, 0.5)).grievances()
    rows = figure.to_dicts()
    assert [row["grievances"] for row in rows] == ["0", "1", "2", "3", "4+"]
    assert sum(row["n"] for row in rows) == 600 == figure.facts["decided"]
    assert all(len(figure.customers(number)) == row["customers"] for number, row in enumerate(rows))


def test_what_does_not_vary_has_no_slope() -> None:
    x, n = np.array([0.0, 1.0]), np.array([10.0, 10.0])
    assert slope(x, n, np.array([0.0, 0.0])) is None
    assert slope(x, n, np.array([0.0, 10.0])) is None
    assert slope(x[:1], n[:1], np.array([5.0])) is None


def test_nothing_that_says_who_was_lost_is_told() -> None:
    made = pa.table({"customer": ["a"], "event": ["renewal"], "time": ["2026-01-01"], "about": ["x"], "s": [1]})
    with pytest.raises(QuestionError, match="which customers were lost"):
        read_events(made).grievances()
