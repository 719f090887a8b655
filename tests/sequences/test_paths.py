"""Transitions, flows, step matrices, variants and loops against plain loops, and that they agree with each other."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import combinations, groupby, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences.worlds_paths import EVENTS, START, Row, journeys, multiset, table, worlds

from touchline import read_events
from touchline.errors import QuestionError
from touchline.sequences import eventually, step_matrix, transitions, variants
from touchline.sequences.walks import folded, state_counts

BY = st.sampled_from(("event", "channel"))
TOP = st.sampled_from((None, 1, 2, 3))
EVERYTHING = [
    {
        "customer": "zz",
        "account": None,
        "tier": None,
        "channel": None,
        "event": event,
        "time": START + timedelta(days=day),
    }
    for day, event in enumerate(EVENTS)
]


def paths(rows: list[Row], by: str, top: int | None = None, collapse: bool = False) -> dict[str, list[Row]]:
    """Each customer's rows that have a state, under ``state`` its shown name."""
    counts = Counter(row[by] for row in rows if row[by] is not None)
    shown = sorted(counts, key=lambda name: (-counts[name], name))
    names = {name: name if top is None or name in shown[:top] or len(shown) <= top else "(other)" for name in shown}
    found = {}
    for who, mine in journeys(rows).items():
        walk = [row | {"state": names[row[by]]} for row in mine if row[by] is not None]
        if collapse:
            walk = [next(run) for _, run in groupby(walk, key=lambda row: row["state"])]
        if walk:
            found[who] = walk
    return found


def names_of(figure: Any, journey: Any, row: int) -> set[str]:
    return {journey.journeys.names[key] for key in figure.customers(row)}


@given(worlds(), BY, TOP, st.booleans())
def test_transitions_are_what_plain_loops_count(rows: list[Row], by: str, top: int | None, collapse: bool) -> None:
    n: Counter[tuple[str, str]] = Counter()
    people: dict[tuple[str, str], set[str]] = {}
    took: dict[tuple[str, str], list[float]] = {}
    for who, walk in paths(rows, by, top, collapse).items():
        states = ["(start)", *(row["state"] for row in walk), "(end)"]
        for move in pairwise(states):
            n[move] += 1
            people.setdefault(move, set()).add(who)
        for one, other in pairwise(walk):
            took.setdefault((one["state"], other["state"]), []).append((other["time"] - one["time"]).total_seconds())
    journey = read_events(table(rows))
    figure = journey.transitions(by=by, top=top, collapse=collapse)
    got = {(row["source"], row["target"]): row for row in figure.to_dicts()}
    assert {move: row["n"] for move, row in got.items()} == n
    for number, row in enumerate(figure.to_dicts()):
        move = (row["source"], row["target"])
        assert row["customers"] == len(people[move])
        assert names_of(figure, journey, number) == people[move]
        assert row["share"] == pytest.approx(n[move] / sum(x for (source, _), x in n.items() if source == move[0]))
        if row["seconds_median"] is not None:
            assert row["seconds_median"] == pytest.approx(np.quantile(took[move], 0.5))
            assert row["seconds_p90"] == pytest.approx(np.quantile(took[move], 0.9))
    alone = journey.transitions(by=by, top=top, collapse=collapse, kind="counts")
    assert alone.table.equals(figure.table.select(["source", "target", "n", "share"]))
    assert alone.facts == figure.facts
    assert [alone.customers(number).tolist() for number in range(len(got))] == [
        figure.customers(number).tolist() for number in range(len(got))
    ]


@given(worlds(), BY, TOP, st.booleans())
def test_what_comes_eventually_is_what_plain_loops_count(
    rows: list[Row], by: str, top: int | None, collapse: bool
) -> None:
    n: Counter[tuple[str, str]] = Counter()
    people: dict[tuple[str, str], set[str]] = {}
    took: dict[tuple[str, str], list[float]] = {}
    been: Counter[str] = Counter()
    for who, walk in paths(rows, by, top, collapse).items():
        states = [row["state"] for row in walk]
        been.update(set(states))
        n.update(combinations(states, 2))
        for source, target in set(combinations(states, 2)):
            people.setdefault((source, target), set()).add(who)
            first = states.index(source)
            after = states.index(target, first + 1)
            seconds = (walk[after]["time"] - walk[first]["time"]).total_seconds()
            took.setdefault((source, target), []).append(seconds)
    journey = read_events(table(rows))
    figure = journey.transitions(by=by, top=top, collapse=collapse, kind="eventually")
    assert {(row["source"], row["target"]): row["n"] for row in figure.to_dicts()} == n
    for number, row in enumerate(figure.to_dicts()):
        pair = (row["source"], row["target"])
        assert row["customers"] == len(people[pair])
        assert names_of(figure, journey, number) == people[pair]
        assert row["hidden"] == (len(people[pair]) < 5)
        if not row["hidden"]:
            assert row["share"] == pytest.approx(len(people[pair]) / been[pair[0]])
            assert row["low"] <= row["share"] <= row["high"]
            assert row["seconds_median"] == pytest.approx(np.quantile(took[pair], 0.5))
            assert row["seconds_p90"] == pytest.approx(np.quantile(took[pair], 0.9))


@given(worlds(), BY, TOP, st.booleans())
def test_what_goes_into_a_state_comes_out_of_it(rows: list[Row], by: str, top: int | None, collapse: bool) -> None:
    figure = read_events(table(rows)).transitions(by=by, top=top, collapse=collapse)
    moves = figure.to_dicts()
    starts = sum(row["n"] for row in moves if row["source"] == "(start)")
    ends = sum(row["n"] for row in moves if row["target"] == "(end)")
    assert starts == ends == figure.facts["customers"] == len(paths(rows, by))
    for state in {row["source"] for row in moves} - {"(start)"}:
        into = sum(row["n"] for row in moves if row["target"] == state)
        assert into == sum(row["n"] for row in moves if row["source"] == state)
        assert sum(row["share"] for row in moves if row["source"] == state) == pytest.approx(1)


@given(worlds(), st.sampled_from(EVENTS), st.integers(0, 3), st.integers(1, 3), st.sampled_from((1, 2, 9)),
       st.sampled_from(("first", "last")), BY)  # fmt: skip
def test_a_flow_is_what_plain_loops_count(
    rows: list[Row], anchor: str, before: int, after: int, top: int, occurrence: Any, by: str
) -> None:
    rows = rows + EVERYTHING
    levels: dict[int, Counter[str]] = {}
    ways = []
    for mine in journeys(rows).values():
        places = [i for i, row in enumerate(mine) if row["event"] == anchor]
        if not places:
            continue
        at = places[0] if occurrence == "first" else places[-1]
        past = [row[by] for row in mine[:at] if row[by] is not None]
        future = [row[by] for row in mine[at + 1 :] if row[by] is not None]
        way = [past[-i] if i <= len(past) else None for i in range(before, 0, -1)] + [anchor]
        way += [future[i] if i < len(future) else None for i in range(after)]
        ways.append(way)
        for level, state in enumerate(way):
            if state is not None:
                levels.setdefault(level, Counter())[state] += 1

    def label(level: int, state: str | None) -> str:
        if level == before:
            return anchor
        if state is None:
            return "(start)" if level < before else "(end)"
        shown = sorted(levels[level], key=lambda name: (-levels[level][name], name))[:top]
        return state if state in shown else "(other)"

    want = Counter(
        (level - before, label(level, way[level]), label(level + 1, way[level + 1]))
        for way in ways
        for level in range(len(way) - 1)
    )
    journey = read_events(table(rows))
    figure = journey.sankey(anchor, before=before, after=after, by=by, top=top, occurrence=occurrence)
    links = {(r["level"], r["source"], r["target"]): r["n"] for r in figure.to_dicts() if r["part"] == "link"}
    assert links == want
    nodes = [row for row in figure.to_dicts() if row["part"] == "node"]
    for level in range(-before, after + 1):
        assert sum(row["n"] for row in nodes if row["level"] == level) == len(ways) == figure.facts["customers"]
    for number, row in enumerate(figure.to_dicts()):
        assert len(figure.customers(number)) == row["n"]


@given(worlds(), st.sampled_from(EVENTS))
def test_the_first_level_of_a_flow_is_the_strict_funnel(rows: list[Row], anchor: str) -> None:
    journey = read_events(table(rows + EVERYTHING))
    flow = journey.sankey(anchor, after=1, top=99).to_dicts()
    next_one = {row["target"]: row["n"] for row in flow if row["part"] == "link"}
    for event in EVENTS:
        funnel = journey.funnel([anchor, event], order="strict", entry="first").table["n"].to_pylist()
        assert funnel == [sum(next_one.values()), next_one.get(event, 0)]


@given(worlds(), BY, TOP, st.booleans(), st.integers(1, 6))
def test_a_step_matrix_is_what_plain_loops_count(
    rows: list[Row], by: str, top: int | None, collapse: bool, steps: int
) -> None:
    walks = paths(rows, by, top, collapse)
    journey = read_events(table(rows))
    figure = journey.step_matrix(by=by, top=top, collapse=collapse, steps=steps)
    for number, row in enumerate(figure.to_dicts()):
        at = row["position"] - 1
        there = {
            who for who, walk in walks.items()
            if (walk[at]["state"] if at < len(walk) else "(ended)") == row["state"]
        }  # fmt: skip
        assert row["n"] == len(there)
        assert names_of(figure, journey, number) == there
    for position in range(1, steps + 1):
        assert sum(row["n"] for row in figure.to_dicts() if row["position"] == position) == len(walks)


@given(worlds(), BY, TOP, st.booleans(), st.integers(1, 5))
def test_variants_are_what_plain_loops_count(
    rows: list[Row], by: str, states: int | None, collapse: bool, top: int
) -> None:
    walks = paths(rows, by, states, collapse)
    counts = Counter(tuple(row["state"] for row in walk) for walk in walks.values())
    order = sorted(counts, key=lambda way: (-counts[way], len(way), way))
    journey = read_events(table(rows))
    figure = journey.variants(by=by, states=states, collapse=collapse, top=top)
    got = [(row["variant"], row["n"]) for row in figure.to_dicts()]
    want = [(" > ".join(way), counts[way]) for way in order[:top]]
    if rest := sum(counts[way] for way in order[top:]):
        want.append(("(other)", rest))
    assert got == want
    assert figure.facts["variants"] == len(counts)
    for number, row in enumerate(figure.to_dicts()):
        assert len(figure.customers(number)) == row["n"]


@given(worlds(), BY, TOP)
def test_loops_are_what_plain_loops_count(rows: list[Row], by: str, top: int | None) -> None:
    want: dict[str, Counter[str]] = {}
    back: dict[str, Counter[str]] = {}
    for walk in paths(rows, by, top).values():
        seen: set[str] = set()
        came_back: set[str] = set()
        for before, row in pairwise([None, *walk]):
            state = row["state"]
            mine = want.setdefault(state, Counter())
            mine["n"] += 1
            if before is not None and before["state"] == state:
                mine["repeats"] += 1
            elif state in seen:
                mine["returns"] += 1
                came_back.add(state)
                back.setdefault(state, Counter())[before["state"]] += 1
            else:
                mine["customers"] += 1
            seen.add(state)
        for state in came_back:
            want[state]["returning"] += 1
    figure = read_events(table(rows)).rework(by=by, top=top)
    assert {row["state"] for row in figure.to_dicts()} == set(want)
    for number, row in enumerate(figure.to_dicts()):
        for name in ("n", "customers", "repeats", "returns", "returning"):
            assert row[name] == want[row["state"]][name]
        assert row["n"] == row["customers"] + row["repeats"] + row["returns"]
        assert len(figure.customers(number)) == row["returning"]
        if row["from"] is not None:
            assert back[row["state"]][row["from"]] == max(back[row["state"]].values())


@given(worlds(), BY, st.integers(2, 4), st.booleans())
def test_slices_of_customers_add_up(rows: list[Row], by: str, parts: int, collapse: bool) -> None:
    found = read_events(table(rows)).journeys
    fold = folded(found.coded(by).names, state_counts(found, by)[1:], 2)
    pieces = list(found.slices(parts))
    for kernel in (
        partial(transitions.count, by=by, fold=fold, collapse=collapse),
        partial(variants.count, by=by, fold=fold, collapse=collapse),
        partial(eventually.count, by=by, fold=fold, collapse=collapse),
    ):
        whole, summed = kernel(found), kernel(pieces[0])
        for piece in pieces[1:]:
            summed = summed + kernel(piece)
        _same(whole, summed)
    steps = partial(step_matrix.count, by=by, fold=fold, steps=4, collapse=collapse)
    assert np.array_equal(steps(found), sum(steps(piece) for piece in pieces))


def _same(one: Any, other: Any) -> None:
    if isinstance(one, variants.VariantCounts):
        one, other = one.merged(), other.merged()
        for name in ("name", "took", "known", "n", "length"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
        every = np.arange(len(one.known))
        assert np.array_equal(one.states(every), other.states(every))
        return
    if isinstance(one, eventually.PairCounts):
        for name in ("n", "customers", "been"):
            assert np.array_equal(getattr(one, name), getattr(other, name))
        assert multiset(one.seconds) == multiset(other.seconds)
        return
    for name in ("n", "customers"):
        assert np.array_equal(getattr(one, name).cells, getattr(other, name).cells)
        assert np.array_equal(getattr(one, name).n, getattr(other, name).n)


@given(worlds(), st.integers(-500, 500))
def test_a_shift_of_time_changes_nothing(rows: list[Row], days: int) -> None:
    later = [row | {"time": row["time"] + timedelta(days=days)} for row in rows]
    for ask in (
        lambda j: j.transitions(), lambda j: j.step_matrix(), lambda j: j.variants(), lambda j: j.rework(),
        lambda j: j.sankey("*"), lambda j: j.transitions(kind="eventually"),
    ):  # fmt: skip
        assert ask(read_events(table(rows))).to_dicts() == ask(read_events(table(later))).to_dicts()


def test_two_journeys_of_one_number_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a seed that gives every journey the same number the next seed is taken."""
    real, asked = variants._names, []

    def names(found: Any, states: int, seed: int) -> Any:
        asked.append(seed)
        return np.zeros(len(found.customer), np.int64) if seed == 0 else real(found, states, seed)

    monkeypatch.setattr(variants, "_names", names)
    figure = read_events(table(EVERYTHING + [row | {"customer": "y"} for row in EVERYTHING[:2]])).variants()
    assert figure.table["n"].to_pylist() == [1, 1]
    assert asked == [0, 1]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda j: j.transitions(by="colour"), "no column"),
        (lambda j: j.transitions(kind="never"), "no kind of transition"),
        (lambda j: j.transitions(kind="eventually", top=0), "0 most common"),
        (lambda j: j.transitions(top=0), "0 most common"),
        (lambda j: j.step_matrix(steps=0), "0 steps"),
        (lambda j: j.variants(top=0), "0 most common"),
        (lambda j: j.sankey("a", after=0), "needs levels"),
        (lambda j: j.sankey("a", occurrence="third"), "no occurrence"),
        (lambda j: j.sankey("nothing"), "no step"),
        (lambda j: j.rework(path="a > "), "cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_told(ask: Any, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        ask(read_events(table(EVERYTHING)))
