"""A map's file: reading what was written gives the same map, and whatever is wrong is told with its line."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.maps.strategies import TEXTS, maps

from touchline.errors import MapError
from touchline.maps import Belief, Card, Map, Phase, Step, library
from touchline.maps.plain import to_plain
from touchline.maps.reading import examine, load, read
from touchline.maps.writing import nested, ordered, write

COFFEE = """\
map: coffee
name: Ordering coffee
personas: Nora
lanes: [actions, {kind: pains, name: What hurts}, opportunities]
phases:
  - name: Have
    steps:
      - name: Waits & receives
        stage: delivery
        believed: 66
        cards:
          actions:
            - Follows the tracking page
            - Calls
          What hurts:
            - {text: Later than promised, severity: work-around, due: 2026-03-01, effort: 2}
          opportunities: {text: Say so first, addresses: Later than promised}
      - Uses it
routes:
  - {kind: loop, start: uses it, end: Waits & receives}
"""
_SLOW = settings(
    max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)


@_SLOW
@given(maps())
def test_what_is_written_is_read_back(one):
    text = write(one)
    back = read(text)
    assert back == ordered(one)
    assert write(back) == text


@_SLOW
@given(maps(st.text("ab: #-'\"no1", max_size=12)))
def test_other_programs_read_the_same(one):
    loaded = yaml.safe_load(write(one))
    assert json.loads(json.dumps(loaded, default=str)) == json.loads(json.dumps(nested(one), default=str))


@given(TEXTS)
def test_any_text_comes_back(text):
    assert read(write(Map("a", "A", note=text, tags=(text, "x")))) == Map("a", "A", note=text, tags=(text, "x"))


@given(maps(cards=3))
@_SLOW
def test_the_flat_form_of_programs_is_read_too(one):
    assert read(json.dumps(to_plain(one))) == one


def test_a_file_written_by_hand_needs_no_ids():
    found = read(COFFEE)
    assert [step.id for step in found.steps()] == ["waits-receives", "uses-it"]
    assert [lane.id for lane in found.lanes] == ["actions", "pains", "opportunities"]
    assert found.personas == ("Nora",)
    assert next(found.steps()).believed == (Belief(jsi=66),)
    assert [card.id for card in found.cell("actions", "waits-receives")] == ["follows-the-tracking-page", "calls"]
    (hurts,) = found.cards_of("pains")
    assert (hurts.severity, hurts.due.year, hurts.effort) == ("work-around", 2026, 2)
    assert found.cards_of("opportunities")[0].addresses == (hurts.id,)
    assert (found.routes[0].start, found.routes[0].end) == ("uses-it", "waits-receives")
    assert read(write(found)) == found


def test_an_id_that_is_made_depends_on_the_words_alone():
    before = {card.text: card.id for card in read(COFFEE).cards}
    more = COFFEE.replace("            - Calls\n", "            - Opens the mail\n            - Calls\n")
    after = {card.text: card.id for card in read(more).cards}
    assert before.items() <= after.items()


def test_a_phase_a_step_and_a_lane_may_share_their_words():
    found = read(
        "{name: A, lanes: [support], phases: [{name: Support, steps: [{name: Support, cards: {support: Hi}}]}]}"
    )
    assert (found.phases[0].id, next(found.steps()).id, found.lanes[0].id) == (
        "support-phase",
        "support",
        "support-lane",
    )
    assert found.cards == (Card("hi", "support-lane", "support", "Hi"),)


def test_lanes_are_those_of_the_cards_where_none_are_listed():
    found = read("{name: A, phases: [{name: P, steps: [{name: S, cards: {Pain points: Late, actions: Waits}}]}]}")
    assert [lane.kind for lane in found.lanes] == ["actions", "pains"]


def test_values_are_what_belongs_there_however_they_look():
    found = read("{name: 2026, tags: [no, 24/7, 1e3], note: yes, owner: 2026-01-31}")
    assert (found.name, found.tags, found.note, found.owner) == ("2026", ("no", "24/7", "1e3"), "yes", "2026-01-31")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: Ordering coffee", "", "t.yaml:1: the map's name is missing; write name: ..."),
        (
            "name: Ordering",
            "colour: red\nname: Ordering",
            "t.yaml:2: map 'Ordering coffee': unknown key 'colour'; known",
        ),
        (
            "stage: delivery",
            "stages: delivery",
            "t.yaml:9: step 'Waits & receives': unknown key 'stages'; did you mean stage",
        ),
        ("believed: 66", "believed: good", "t.yaml:10: belief: jsi is a number, not 'good'"),
        ("2026-03-01", "soon", "t.yaml:16: card 'Later than promised': due is a day such as 2026-03-31, not 'soon'"),
        ("effort: 2", "effort: 2.5", "t.yaml:16: card 'Later than promised': effort is a whole number, not '2.5'"),
        ("effort: 2", "tags: [[a]]", "t.yaml:16: card 'Later than promised': tags[0] is text, not ['a']"),
        ("          actions:", "          acts:", "t.yaml:12: there is no lane 'acts'; did you mean actions?"),
        (
            "- Uses it",
            "- id: pains\n        name: Uses it\n        id: x",
            "t.yaml:20: step 'Uses it': id stands twice",
        ),
        (
            "- Uses it",
            "- {id: x, name: X}\n      - {id: x, name: Y}",
            "t.yaml:19: step 'x': the id is taken in line 18",
        ),
        ("- Uses it", "- [Uses it]", "t.yaml:18: a step is a mapping of keys, not a list"),
        ("routes:", "routes: now\nold:", "t.yaml:19: map 'Ordering coffee': routes is a list, not 'now'"),
        ("kind: loop, ", "", "t.yaml:20: route 'uses-it-waits-receives': kind is missing; write kind: ..."),
        ("    believed: 66", "    believed: &b 66", "t.yaml:10: anchors (&name) are not read"),
        ("map: coffee", "map: [coffee", "t.yaml:2: this is not YAML"),
        ("map: coffee", "map: coffee\nid: tea", "t.yaml:2: the map has both `map` and `id`; keep `map`"),
        (
            "cards:",
            "cards: [a]\n        none:",
            "step 'Waits & receives': cards must be a mapping of lanes, not a list",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(old, new, told):
    assert old in COFFEE
    with pytest.raises(MapError) as caught:
        read(COFFEE.replace(old, new, 1), "t.yaml")
    assert told in str(caught.value)


def test_all_mistakes_are_told_at_once_in_order():
    found = examine(COFFEE.replace("believed: 66", "believed: good").replace("effort: 2", "effort: big"), "t.yaml")
    assert [problem.line for problem in found.problems] == [10, 16]
    assert found.map is None


def test_parts_and_fields_know_their_lines():
    found = examine(COFFEE, "t.yaml")
    assert found.line("map", "", "name") == 2
    assert found.line("step", "waits-receives", "stage") == 9
    assert found.line("card", "later-than-promised", "due") == 16
    assert found.line("card", "later-than-promised", "note") == 16
    assert found.line("lane", "opportunities") == 4


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(MapError, match="no such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes("name: Café".encode("latin-1"))
    with pytest.raises(MapError, match=r"latin.yaml:1: this is not UTF-8"):
        load(tmp_path / "latin.yaml")
    with pytest.raises(MapError, match="nested over 20 deep"):
        read("[" * 5000)


def test_small_numbers_are_numbers_to_everybody():
    phases = (Phase("p", "P", (Step("s", "S", believed=(Belief(jsi=1e-5),)),)),)
    text = write(Map("a", "A", phases=phases))
    assert yaml.safe_load(text)["phases"][0]["steps"][0]["believed"] == 1e-5
    assert read(text).phases == phases


def test_a_text_of_several_lines_reads_well():
    text = write(Map("a", "A", note="First.\n\nSecond line.", goal="word " * 40 + "end"))
    assert "note: |-\n  First.\n\n  Second line.\n" in text
    assert "goal: >-\n  word word" in text
    assert max(map(len, text.splitlines())) <= 110


_WRITTEN = [write(library.template(one.name)) for one in library.templates()]
_LINES = [line for text in _WRITTEN for line in text.splitlines()]
_ODD = st.one_of(TEXTS, st.text("- :[]{}\"'|>&*!%@#,ab1\n\t", max_size=20), st.sampled_from(_LINES))


@st.composite
def _damaged(draw):
    """A template's file in which some lines are taken away, doubled, moved in or out, or hold something odd."""
    lines = draw(st.sampled_from(_WRITTEN)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        key, colon, _ = line.partition(": ")
        lines[at : at + 1] = draw(
            st.sampled_from(
                ([], [line, line], [line[1:]], [f"  {line}"], [draw(_ODD)], [key + colon + draw(_ODD)], [f"{key}:"])
            )
        )
    return "\n".join(lines)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_damaged())
def test_whatever_the_text_the_answer_is_a_map_or_problems_with_lines(text):
    found = examine(text, "t.yaml")
    assert (found.map is None) == bool(found.problems)
    for problem in found.problems:
        assert 1 <= problem.line <= text.count("\n") + 1, problem
        assert problem.what
        assert problem.todo
    if found.map is not None:
        assert read(write(found.map)) == ordered(found.map)
