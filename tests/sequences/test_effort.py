"""Journey effort: equal to loops over completed journeys."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from operator import add

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences import oracle_across as oracle
from tests.sequences.worlds import STAGES, START, Row, every_name, frame, rows_of

from touchline.errors import QuestionError
from touchline.sequences.effort import Asked, Done, contacts, effort, handovers, kernel, measured, median_interval
from touchline.sequences.journey import read_events
from touchline.warehouse.index.frames import journeys_of


@given(rows_of(customers=4, most=50))
def test_equals_loops(rows: list[Row]) -> None:
    rows = every_name(rows)
    journeys = journeys_of(frame(rows), stages=STAGES)
    counted = kernel(journeys, Asked(None, "renewal"))
    expected = oracle.effort(rows)
    assert counted.completed == len(expected)
    for number, measure in enumerate(measured(journeys)):
        values, times = counted.exact.of_cell(number)
        scale = 86_400 if measure == "elapsed_days" else 1
        assert sorted(np.repeat(values / scale, times)) == sorted(row[measure] for row in expected), measure


@given(rows_of(customers=2, most=30), st.data())
def test_conversations_equal_loops(rows: list[Row], data: st.DataObject) -> None:
    """With some interactions outside of any: each of those is a contact, and hand-overs between them are soon."""
    rows = [replace(row, time=START + 4 * (row.time - START)) for row in rows]
    talks = data.draw(st.lists(st.sampled_from([1.0, 2.0, None]), min_size=len(rows), max_size=len(rows)))
    journeys = journeys_of(frame(rows).append_column("conversation", pa.array(talks, pa.float64())))
    told, moved = Counter[str](), Counter[str]()
    for who in {row.customer for row in rows}:
        mine = sorted(((r, t) for r, t in zip(rows, talks, strict=True) if r.customer == who), key=lambda x: x[0].time)
        told[who] = len({talk for _, talk in mine if talk}) + sum(talk is None for _, talk in mine)
        for talk in (1.0, 2.0, None):
            answered = [row for row, its in mine if its == talk and row.agent]
            moved[who] += sum(
                two.agent != one.agent and (talk is not None or two.time - one.time <= timedelta(days=14))
                for one, two in pairwise(answered)
            )
    done = Done(journeys)
    assert dict(zip(journeys.names, contacts(done).tolist(), strict=True)) == told
    assert dict(zip(journeys.names, handovers(done).tolist(), strict=True)) == moved


@given(rows_of(), st.sampled_from([2, 4]))
def test_slices_of_customers_add_up(rows: list[Row], parts: int) -> None:
    journeys = journeys_of(frame(every_name(rows)), stages=STAGES)
    asked = Asked(None, "renewal", "tier")
    pieces = [kernel(piece, asked) for piece in journeys.slices(parts)]
    total = pieces[0]
    for piece in pieces[1:]:
        total = add(total, piece)
    whole = kernel(journeys, asked)
    assert (total.begun, total.completed) == (whole.begun, whole.completed)
    np.testing.assert_array_equal(total.exact.keys, whole.exact.keys)
    np.testing.assert_array_equal(total.exact.counts, whole.exact.counts)


def test_a_figure_has_means_medians_and_who_is_behind() -> None:
    random = np.random.default_rng(3)
    rows = []
    for customer in range(80):
        tier = "vip" if customer % 2 else "std"
        days = np.sort(random.integers(2, 20, random.integers(1, 8)))
        rows += [(f"c{customer}", "trial", "2026-01-01", "web", tier)]
        rows += [(f"c{customer}", "ask", f"2026-01-{day:02}", random.choice(["chat", "mail"]), tier) for day in days]
        rows += [(f"c{customer}", "renewal", "2026-01-25", "web", tier)] * (customer < 60)
    names = ("customer", "event", "time", "channel", "tier")
    journey = read_events(pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))), stages=("trial", "renewal"))
    figure = journey.effort(by="tier")
    assert (figure.facts["begun"], figure.facts["completed"]) == (80, 60)
    found = {(row["segment"], row["measure"]): row for row in figure.table.to_pylist()}
    whole = found["all", "contacts"]
    assert whole["low"] < whole["mean"] < whole["high"]
    assert whole["median_low"] <= whole["median"] <= whole["median_high"] <= whole["p90"]
    assert whole["mean"] == pytest.approx((found["vip", "contacts"]["mean"] + found["std", "contacts"]["mean"]) / 2)
    assert found["all", "elapsed_days"]["mean"] == 24
    assert all(len(figure.customers(number)) == row["customers"] for number, row in enumerate(figure.to_dicts()))
    assert any("20 of 80" in note for note in figure.notes)


def test_the_median_interval_covers_the_median() -> None:
    random = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        values, counts = np.unique(random.integers(0, 1_000_000, 41), return_counts=True)
        low, high = median_interval((values, counts))
        inside += low <= 500_000 <= high
    assert 0.94 <= inside / 400 <= 1
    assert np.isnan(median_interval((np.arange(5), np.ones(5, np.int64)))).all()


def test_without_stages_the_end_must_be_named() -> None:
    journey = read_events(pa.table({"customer": ["a"], "event": ["x"], "time": ["2026-01-01"]}))
    with pytest.raises(QuestionError, match="name its last step"):
        journey.effort()
    assert effort(journey.journeys, Asked("x", "x")).table.num_rows == 0
