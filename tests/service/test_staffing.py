"""Staffing: published tables, a small event simulation, and what must hold whatever the numbers."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import QuestionError
from touchline.service.staffing import (
    Queue,
    backlog_model,
    erlang_a,
    erlang_b,
    erlang_c,
    staff_backlog,
    staffing,
)

WEEK = ((9 * 3600, 17 * 3600),) * 5 + (None, None)


@pytest.mark.parametrize(
    ("agents", "load", "blocked"),
    [(10, 4.461, 0.01), (20, 12.03, 0.01), (50, 37.90, 0.01), (100, 84.06, 0.01), (10, 5.084, 0.02), (5, 1.361, 0.01)],
)
def test_erlang_b_is_that_of_the_tables(agents: int, load: float, blocked: float) -> None:
    assert erlang_b(load, agents) == pytest.approx(blocked, rel=2e-3)


def test_erlang_c_is_that_of_the_worked_example() -> None:
    """100 calls in half an hour of 3 minutes, 80 % in 20 s: 14 agents, as guides to contact centres print it."""
    need = staffing(100 / 1800, 180, 0.80, 20)
    assert need.queue.agents == 14
    assert need.queue.load == pytest.approx(10.0)
    assert need.queue.wait_chance == pytest.approx(0.1741, abs=1e-4)
    assert need.queue.service_level == pytest.approx(0.8883, abs=2e-4)
    assert need.queue.mean_wait == pytest.approx(7.8, abs=0.05)
    assert need.queue.occupancy == pytest.approx(0.714, abs=1e-3)


def test_erlang_a_is_that_of_the_published_table() -> None:
    """Garnett, Mandelbaum and Reiman 2002, table 1: 48 calls a minute of a minute each, 50 agents, patience 2 min."""
    patient, leaving = erlang_c(48 / 60, 60, 50), erlang_a(48 / 60, 60, 50, 120)
    assert patient.mean_wait == pytest.approx(20.8, abs=0.1)
    assert patient.occupancy == pytest.approx(0.96)
    assert leaving.abandoned == pytest.approx(0.031, abs=5e-4)
    assert leaving.mean_wait == pytest.approx(3.7, abs=0.05)
    assert leaving.occupancy == pytest.approx(0.93, abs=5e-3)


@pytest.mark.parametrize(
    ("rate", "handle", "agents", "patience", "within"),
    [(0.1, 60.0, 7, 45.0, 10.0), (0.1, 60.0, 5, 90.0, 20.0), (0.05, 200.0, 14, None, 30.0)],
)
def test_a_simulation_of_single_customers_agrees(
    rate: float, handle: float, agents: int, patience: float | None, within: float
) -> None:
    want = (
        erlang_c(rate, handle, agents, within) if patience is None else erlang_a(rate, handle, agents, patience, within)
    )
    seen = simulated(rate, handle, agents, patience, within, customers=120_000)
    assert seen.service_level == pytest.approx(want.service_level, abs=0.012)
    assert seen.wait_chance == pytest.approx(want.wait_chance, abs=0.015)
    assert seen.abandoned == pytest.approx(want.abandoned, abs=0.006)
    assert seen.mean_wait == pytest.approx(want.mean_wait, rel=0.06 if patience else 0.15, abs=0.2)


def simulated(
    rate: float, handle: float, agents: int, patience: float | None, within: float, *, customers: int
) -> Queue:
    """One customer after the other, first come first served."""
    rng = np.random.default_rng(4)
    at = np.cumsum(rng.exponential(1 / rate, customers))
    work = rng.exponential(handle, customers)
    leave = np.full(customers, np.inf) if patience is None else at + rng.exponential(patience, customers)
    free = [0.0] * agents
    begins = np.empty(customers)
    for i in range(customers):
        begin = max(at[i], free[0])
        if begin > leave[i]:
            begins[i] = np.inf
            continue
        begins[i] = begin
        heapq.heapreplace(free, begin + work[i])
    served = np.isfinite(begins)
    wait = np.where(served, begins, leave) - at
    return Queue(
        agents, rate * handle, float((wait > 0).mean()), float((served & (wait <= within)).mean()),
        float(wait.mean()), float(1 - served.mean()), float(work[served].sum() / at[-1] / agents),
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.floats(0.01, 2.0), st.floats(20.0, 600.0), st.integers(1, 30), st.floats(0.0, 120.0), st.floats(0.3, 0.95))
def test_what_must_hold_whatever_the_numbers(
    rate: float, handle: float, more: int, within: float, level: float
) -> None:
    agents = int(rate * handle) + more
    one, two = erlang_c(rate, handle, agents, within), erlang_c(rate, handle, agents + 1, within)
    assert 0 <= one.service_level <= two.service_level + 1e-12 <= 1 + 1e-12
    # Who never gives up is the limit of who hardly does.
    patient = erlang_a(rate, handle, agents + 1, 1e7, within)
    if two.occupancy < 0.97:
        assert patient.service_level == pytest.approx(two.service_level, abs=2e-3)
    # What comes is served or gives up.
    leaving = erlang_a(rate, handle, agents, 60.0, within)
    assert leaving.occupancy * agents == pytest.approx(rate * handle * (1 - leaving.abandoned), rel=1e-6)
    assert leaving.mean_wait == pytest.approx(60.0 * leaving.abandoned, rel=1e-6, abs=1e-9)
    need = staffing(rate, handle, level, within)
    assert need.queue.service_level >= level
    fewer = need.queue.agents - 1
    assert fewer == 0 or erlang_c(rate, handle, fewer, within).service_level < level


def test_a_cap_on_occupancy_and_abandonment_asks_for_more() -> None:
    plain = staffing(1.0, 300, 0.5, 60).queue
    assert staffing(1.0, 300, 0.5, 60, most_busy=0.85).queue.occupancy <= 0.85 < plain.occupancy
    leaving = staffing(1.0, 300, 0.5, 60, patience=90).queue
    kept = staffing(1.0, 300, 0.5, 60, patience=90, most_abandoned=0.01).queue
    assert kept.abandoned <= 0.01 < leaving.abandoned


@pytest.mark.parametrize("agents", [6, 7])
@pytest.mark.parametrize("target", [8 * 3600, 86_400, 2 * 86_400])
def test_the_mailbox_does_as_a_simulation_of_single_messages(agents: int, target: int) -> None:
    found = backlog_model(300, 360, agents, target, WEEK)
    assert found.in_time == pytest.approx(mailbox(300, 360, agents, target), abs=0.02)


def mailbox(per_day: float, handle: float, agents: int, target: float, weeks: int = 150) -> float:
    """Messages at any time, agents in office hours, handle times exponential; the first weeks are left out."""
    rng = np.random.default_rng(9)
    at = np.sort(rng.random(rng.poisson(per_day * 7 * weeks)) * weeks * 604_800)
    begin, due = office(at), office(at + target)
    free = [0.0] * agents
    done = np.empty(len(at))
    for i, work in enumerate(rng.exponential(handle, len(at))):
        done[i] = max(free[0], begin[i]) + work
        heapq.heapreplace(free, done[i])
    return float((done <= due)[at > 10 * 604_800].mean())


def office(second: np.ndarray) -> np.ndarray:
    week, rest = np.divmod(second, 604_800)
    worked = week * 5 * 8 * 3600
    for day in range(5):
        worked = worked + np.clip(rest - day * 86_400 - 9 * 3600, 0, 8 * 3600)
    return worked


def test_the_mailbox_needs_the_fewest_that_keep_the_promise() -> None:
    need = staff_backlog(300, 360, 0.9, 3 * 86_400, WEEK)
    assert need.in_time >= 0.9
    assert backlog_model(300, 360, need.agents - 1, 3 * 86_400, WEEK).in_time < 0.9
    assert backlog_model(300, 360, 5, 86_400, WEEK).in_time == 0.0, "more comes than can be done"
    # Hours on the clock of the office are kinder than hours on the wall.
    assert backlog_model(300, 360, 6, 8 * 3600, WEEK, office=True).in_time > 0.5


def test_a_large_mailbox_is_counted_in_lumps_and_does_the_same() -> None:
    small, large = backlog_model(300, 360, 6, 86_400, WEEK), backlog_model(30_000, 3.6, 6, 86_400, WEEK)
    assert large.busy == pytest.approx(small.busy)
    assert large.in_time == pytest.approx(small.in_time, abs=0.03)


def test_what_no_number_of_agents_can_keep_is_said() -> None:
    with pytest.raises(QuestionError, match="no number of agents"):
        staff_backlog(300, 360, 0.9, 3600, WEEK)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((0, 180, 0.8, 20), "more than nothing"),
        ((1, 180, 1.0, 20), "between 0 and 100"),
        ((1, 180, 0.8, -1), "negative"),
        ((1000, 600, 0.8, 20), "must stay below"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(numbers: tuple[float, float, float, float], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        staffing(*numbers)
