"""Path search against a backtracking matcher, regular expressions and funnels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences.oracle_paths import as_regex, nullable, search, written
from tests.sequences.worlds_paths import EVENTS, START, Row, journeys, table, worlds

from touchline import read_events
from touchline.errors import QuestionError
from touchline.sequences import automaton as automata
from touchline.sequences import matching
from touchline.sequences.chains import chain_of
from touchline.sequences.matching import endings, having, matches
from touchline.sequences.pattern import is_pattern, read

ATOMS = st.one_of(
    st.sampled_from([("atom", (event,), False) for event in EVENTS]),
    st.sampled_from([("atom", (event,), True) for event in EVENTS]),
    st.just(("atom", ("a", "b"), True)),
    st.just(("atom", None, False)),
)
LIMITS = st.sampled_from((None, None, timedelta(hours=12), timedelta(days=2)))
JOINTS = st.tuples(st.booleans(), LIMITS)
TIMES = st.sampled_from(((0, None), (1, None), (0, 1), (2, 2), (1, 3), (2, None)))


def _nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    sequence = st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda parts: st.tuples(
            st.just("sequence"), st.just(parts), st.lists(JOINTS, min_size=len(parts) - 1, max_size=len(parts) - 1)
        )
    )
    choice = st.tuples(st.just("choice"), st.lists(inner, min_size=2, max_size=2))
    repeat = st.tuples(st.just("repeat"), inner, TIMES).map(lambda made: ("repeat", made[1], *made[2]))
    return st.one_of(sequence, sequence, choice, repeat)


PATTERNS = st.recursive(ATOMS, _nodes, max_leaves=5).filter(lambda node: not nullable(node))


@given(worlds(customers=4), PATTERNS, st.booleans(), st.booleans())
def test_a_path_is_found_where_a_backtracking_search_finds_it(
    rows: list[Row], node: Any, at_start: bool, at_end: bool
) -> None:
    text = ("^" if at_start else "") + written(node) + ("$" if at_end else "")
    journey = read_events(table(rows + _everything()))
    found = matches(journey.journeys, read(text))
    first = journey.journeys.starts[found.customer]
    got = {
        journey.journeys.names[customer]: span
        for customer, *span in zip(found.customer, found.begin - first, found.end - first, strict=True)
    }
    want = {name: search(node, mine, at_start, at_end) for name, mine in journeys(rows + _everything()).items()}
    assert got == {name: list(span) for name, span in want.items() if span is not None}
    assert set(np.array(journey.journeys.names)[having(journey.journeys, read(text))]) == set(got)


def _everything() -> list[Row]:
    """A customer who did everything, so that every step exists."""
    who = {"customer": "zz", "account": None, "tier": None, "channel": None}
    return [who | {"event": event, "time": START + timedelta(days=day)} for day, event in enumerate(EVENTS)]


STEPS = st.sampled_from(("a", "b", "!a", "!(a | c)", "*"))
GAPS = st.sampled_from((" > ", " .. ", " > !b* > ", " > !(a | c)* > ", " > a* > ", " > ** > "))


@given(worlds(customers=4), st.lists(st.tuples(GAPS, STEPS), min_size=1, max_size=3), STEPS)
def test_a_chain_is_found_where_its_automaton_finds_it(
    rows: list[Row], rest: list[tuple[str, str]], first: str
) -> None:
    """Without an automaton the same matches are found, with the same first and last rows."""
    pattern = read(first + "".join(gap + step for gap, step in rest))
    journey = read_events(table(rows + _everything())).journeys
    assert chain_of(pattern) is not None
    got = matches(journey, pattern), endings(journey, pattern), having(journey, pattern)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(matching, "chain_of", lambda _: None)
        want = matches(journey, pattern), endings(journey, pattern), having(journey, pattern)
    for name in ("customer", "begin", "end"):
        assert np.array_equal(getattr(got[0], name), getattr(want[0], name))
    assert np.array_equal(got[1], want[1])
    assert np.array_equal(got[2], want[2])


@given(worlds(customers=3), PATTERNS)
def test_without_a_table_clocks_find_the_same(rows: list[Row], node: Any) -> None:
    pattern, journey = read(written(node)), read_events(table(rows + _everything())).journeys
    before = matches(journey, pattern), endings(journey, pattern)
    most, automata._MOST_TABLE = automata._MOST_TABLE, 0
    try:
        after = matches(journey, pattern), endings(journey, pattern)
    finally:
        automata._MOST_TABLE = most
    for name in ("customer", "begin", "end"):
        assert np.array_equal(getattr(before[0], name), getattr(after[0], name))
    assert np.array_equal(before[1], after[1])


@pytest.mark.parametrize(
    "text",
    [
        "a > !b* > c",
        "(a|b){2,3} > c?",
        "!(a|b) > a",
        "(a > b)+ > c",
        "a{2} > !c > d",
        "^a > b*",
        "b > c$",
    ],
)
@given(rows=worlds(customers=6))
def test_as_regular_expressions_over_letters(text: str, rows: list[Row]) -> None:
    rows = rows + _everything()
    journey = read_events(table(rows)).journeys
    want = {
        name for name, mine in journeys(rows).items() if as_regex(text).search("".join(row["event"] for row in mine))
    }
    assert set(np.array(journey.names)[having(journey, read(text))]) == want


@given(worlds(), st.lists(st.sampled_from(EVENTS), min_size=2, max_size=4))
def test_later_is_the_ordered_funnel_and_next_the_strict_one(rows: list[Row], steps: list[str]) -> None:
    journey = read_events(table(rows + _everything()))
    for joint, order in ((" .. ", "ordered"), (" > ", "strict")):
        found = journey.find(joint.join(steps)).to_dicts()[0]
        last = journey.funnel(steps, order=order).to_dicts()[-1]
        assert found["n"] == last["n"]
        if order == "ordered":
            assert (found["seconds_median"], found["seconds_p90"]) == (last["seconds_median"], last["seconds_p90"])


@given(worlds(), st.sampled_from(EVENTS), st.sampled_from(EVENTS))
def test_within_a_time_is_the_windowed_funnel(rows: list[Row], one: str, other: str) -> None:
    journey = read_events(table(rows + _everything()))
    found = journey.find(f"{one} ..{{2d}} {other}").table["n"].to_pylist()
    assert found == journey.funnel([one, other], window="2d").table["n"].to_pylist()[1:]


@given(worlds())
def test_rows_of_a_path_are_those_at_which_it_ends(rows: list[Row]) -> None:
    journey = read_events(table(rows + _everything())).journeys
    events = journey.coded("event").arrow().to_pylist()
    same = np.append(False, journey.owner[1:] == journey.owner[:-1])
    want = [bool(same[i]) and events[i - 1] == "a" and events[i] == "b" for i in range(len(events))]
    assert endings(journey, read("a > b")).tolist() == want


@given(worlds())
def test_segments_add_up_and_everyone_behind_them_has_the_path(rows: list[Row]) -> None:
    journey = read_events(table(rows + _everything()))
    whole, split = journey.find("a .. b"), journey.find("a .. b", by="tier")
    assert sum(split.table["n"].to_pylist()) == whole.table["n"][0].as_py()
    keys = [set(split.customers(row).tolist()) for row in range(split.table.num_rows)]
    assert set().union(*keys) == set(whole.customers(0).tolist())
    assert [len(one) for one in keys] == split.table["n"].to_pylist()


def test_steps_have_their_conditions_and_names_their_blanks() -> None:
    rows = pa.table({"customer": ["x"] * 3, "event": ["Take in charge", "order_new", "refund"], "value": [0, 200, 0],
                     "time": ["2026-01-01", "2026-01-02", "2026-01-03"]})  # fmt: skip
    journey = read_events(rows)
    for text in (
        "Take in charge > order_new[value>100] > event:refund",
        'Take in charge > "order_*" > refund',
        "Take in charge >{1d} * > refund",
        "^Take in charge .. refund$",
    ):
        assert journey.find(text).table["n"].to_pylist() == [1], text
    assert journey.find("order_new[value>300] .. refund").table["n"].to_pylist() == [0]
    assert journey.find("Take in charge >{2h} order_new").table["n"].to_pylist() == [0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a > ", "at its end"),
        ("> a", "at '> a'"),
        ("a b) > c", r"at '\) > c'"),
        ("(a > b", "at its end"),
        ("a{3,2}", r"at '\{3,2\}'"),
        ("!(a > b) > c", "cannot be read"),
        ("a >{soon} b", "no span of time"),
        ("a* > b?", "without any step"),
        ("a > nothing", "no step 'nothing'"),
        ("", "at its end"),
        ("(a{50}){50}", "too long"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        read_events(table(_everything())).find(text)


def test_what_is_a_pattern() -> None:
    assert is_pattern("a > b")
    assert is_pattern("a .. b")
    assert is_pattern("a >{7d} b")
    assert not is_pattern("s>0")
    assert not is_pattern('"a > b"')
    assert not is_pattern("order[value > 100]")


def test_a_long_journey_takes_one_turn_per_row() -> None:
    many = 3000
    rows = pa.table({"customer": ["x"] * many, "event": ["a"] * (many - 1) + ["b"],
                     "time": pa.array(range(many), pa.timestamp("us"))})  # fmt: skip
    found = matches(read_events(rows).journeys, read("a+ > b$"))
    assert (found.begin.tolist(), found.end.tolist()) == ([0], [many - 1])
