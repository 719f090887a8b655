"""Outcomes, examples and standings against plain loops; and that nothing later than a moment is looked at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from tests.value import oracle
from tests.value.worlds import planted, random_journeys, seeds

from touchline.errors import QuestionError
from touchline.settings import Value
from touchline.value.basis import basis
from touchline.value.features import known, levels
from touchline.value.outcomes import current, examples, how, outcomes
from touchline.value.voices import DAY, standings, until
from touchline.warehouse.index.frames import journeys_of

CONTRACT = Value(churn="contract", start="started", term=120, grace=20, lead=10)
SILENCE = Value(churn="inactivity", inactive=60, ahead=45, active="order|visit")


def events(journeys, number: int) -> list[oracle.Event]:
    rows = range(int(journeys.starts[number]), int(journeys.starts[number + 1]))
    coded = journeys.coded("event")
    order = {"renewed": 0, "cancelled": 1, "started": 2}
    found = [{"at": int(journeys.at[r]), "event": coded.names[coded.codes[r]]} for r in rows]
    return sorted((e for e in found if e["event"] in order), key=lambda e: (e["at"], order[e["event"]]))


@settings(max_examples=300)
@given(seeds)
def test_contracts_equal_plain_loops(seed: int) -> None:
    journeys = random_journeys(seed)
    if not {"renewed", "cancelled", "started"} <= set(journeys.coded("event").names):
        return
    found = outcomes(basis(journeys, CONTRACT))
    for number in range(journeys.customers):
        mine = found.owner == number
        got = sorted(zip(found.due[mine].tolist(), found.lost[mine].tolist(), found.known[mine].tolist(), strict=True))
        wanted = oracle.contract(events(journeys, number), journeys.observed[1], 120 * DAY, 20 * DAY)
        assert got == sorted(wanted)


@settings(max_examples=200)
@given(seeds)
def test_silence_equals_plain_loops(seed: int) -> None:
    journeys = random_journeys(seed)
    if not {"order", "visit"} <= set(journeys.coded("event").names):
        return
    made = basis(journeys, SILENCE)
    found = outcomes(made)
    trials = examples(made, found)
    assert len(trials) == len({(o, m) for o, m in zip(trials.owner.tolist(), trials.moment.tolist(), strict=True)})
    wanted_rows = 0
    for number in range(journeys.customers):
        rows = np.arange(journeys.starts[number], journeys.starts[number + 1])
        times = journeys.at[rows[made.active[rows]]].tolist()
        wanted = oracle.silent(times, journeys.observed[1], 60 * DAY)
        assert found.due[found.owner == number].tolist() == wanted
        moment = journeys.observed[1] - 45 * DAY
        while moment > journeys.observed[0]:
            before = [at for at in times if at <= moment]
            if before and before[-1] + 60 * DAY > moment:
                lost = any(moment < loss <= moment + 45 * DAY for loss in wanted)
                mine = (trials.owner == number) & (trials.moment == moment)
                assert trials.lost[mine].tolist() == [lost]
                wanted_rows += 1
            moment -= 45 * DAY
    assert len(trials) == wanted_rows


@settings(max_examples=100)
@given(seeds)
def test_standings_are_those_of_plain_loops(seed: int) -> None:
    journeys = random_journeys(seed)
    made = basis(journeys)
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, journeys.customers, 20)
    moment = journeys.observed[0] + rng.integers(0, 700, 20) * DAY
    found = standings(made.voices, owner, moment)
    coded = journeys.numbers("s")
    for place, (number, at) in enumerate(zip(owner.tolist(), moment.tolist(), strict=True)):
        rows = [r for r in range(journeys.starts[number], journeys.starts[number + 1]) if journeys.at[r] <= at]
        weights = [2 ** (-(at - int(journeys.at[r])) / (30 * DAY)) for r in rows]
        if not rows:
            assert found.band[place] == 3
            assert np.isnan(found.jsi[place])
            continue
        wanted = 50 * (1 + sum(w * float(coded[r]) for w, r in zip(weights, rows, strict=True)) / (sum(weights) + 1))
        assert found.jsi[place] == pytest.approx(wanted, abs=1e-9)


def test_nothing_later_than_the_moment_is_looked_at() -> None:
    journeys = planted(customers=150)
    made = basis(journeys, Value(start="started"))
    trials = examples(made, outcomes(made))
    chosen = levels(made, trials.owner, trials.moment)
    whole = known(made, trials.owner, trials.moment, chosen)
    for moment in np.unique(trials.moment)[:: max(1, len(np.unique(trials.moment)) // 12)]:
        past = basis(journeys.keep(journeys.at <= moment), made.value)
        here = trials.moment == moment
        keys = journeys.keys[trials.owner[here]]
        again = known(past, np.searchsorted(past.journeys.keys, keys), trials.moment[here], chosen)
        assert np.allclose(again.x, whole.x[here])
    assert (trials.known > trials.moment).all()


def test_an_attribute_says_when_a_contract_ends() -> None:
    said = [
        ("a", "2025-01-01", "2025-12-31"), ("a", "2025-12-01", "2026-12-31"),  # renewed
        ("b", "2025-01-01", "2025-06-30"), ("b", "2026-01-05", "2026-12-31"),  # lapsed, and came back
        ("c", "2025-01-01", "2025-06-30"), ("c", "2025-01-02", "2025-06-30"),  # lapsed; said twice
        ("d", "2026-01-01", "2026-01-20"),  # not known yet, within the grace
    ]  # fmt: skip
    said.append(("z", "2026-02-01", None))
    names = ("customer", "time", "until")
    table = pa.table({name: [row[place] for row in said] for place, name in enumerate(names)})
    table = table.append_column("event", pa.array(["crm"] * len(said)))
    made = basis(journeys_of(table), Value(contract_end="until"))
    found = outcomes(made)
    names = made.journeys.names
    assert [(names[o], bool(x)) for o, x in zip(found.owner, found.lost, strict=True)] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]
    assert [names[o] for o in current(made, found)[0]] == ["a", "b", "d"]
    assert how(made) == "contract"


def test_a_date_that_is_none_says_so() -> None:
    table = pa.table({"customer": ["a"], "event": ["x"], "time": ["2026-01-01"], "until": ["soon"]})
    with pytest.raises(QuestionError, match="'soon' is no date"):
        basis(journeys_of(table), Value(contract_end="until"))


def test_by_contract_without_any_says_what_to_name() -> None:
    table = pa.table({"customer": ["a"], "event": ["x"], "time": ["2026-01-01"]})
    with pytest.raises(QuestionError, match="nothing says when a contract ends"):
        outcomes(basis(journeys_of(table), Value(churn="contract")))


@given(seeds)
def test_until_counts_rows_up_to_a_moment(seed: int) -> None:
    journeys = random_journeys(seed)
    owner = np.arange(journeys.customers)
    moment = np.full(len(owner), journeys.observed[0] + 300 * DAY)
    wanted = [
        int(s + (journeys.at[s:e] <= moment[0]).sum())
        for s, e in zip(journeys.starts, journeys.starts[1:], strict=False)
    ]
    assert until(journeys.starts, journeys.at, owner, moment).tolist() == wanted


def test_the_period_says_which_examples_count() -> None:
    made = basis(planted(customers=100), Value(start="started"))
    found = outcomes(made)
    everything = examples(made, found)
    middle = int(np.median(everything.moment))
    some = examples(replace(made, period=(None, middle)), found)
    assert len(some) == int((everything.moment <= middle).sum()) < len(everything)
