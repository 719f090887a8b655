"""A map's drawing holds every word and number of the map, draws no line over a gap, and never leaves its frame."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.drawings import HOSTILE, assert_sound, name, texts
from tests.maps.drawn import blueprint, coffee, empathy, gappy, laid_over, large

from touchline.maps import Belief, Card, Lane, Map, Phase, Route, Step
from touchline.maps.drawing import draw
from touchline.maps.drawing.layout import layout
from touchline.maps.drawing.letters import _OF, width, wrapped
from touchline.maps.kinds import KINDS, LANE_KINDS

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


def written(drawing: str) -> str:
    """All words of a drawing, the lines of each text joined."""
    return " ".join(texts(assert_sound(drawing)))


@pytest.mark.parametrize("make", [coffee, blueprint, empathy, large])
@pytest.mark.parametrize("dark", [False, True])
def test_every_word_of_a_map_is_there(make, dark):
    whole = make()
    shown = written(draw(whole, dark=dark))
    for card in whole.cards:
        for word in card.text.split():
            assert word in shown, card
    lanes = whole.lanes if whole.kind != "empathy" else ()
    for lane in lanes:
        assert (lane.name or LANE_KINDS[lane.kind].title).split()[0] in shown


def test_what_was_measured_stands_beside_what_is_believed():
    shown = written(draw(coffee(), laid_over()))
    for value, known in ((61, "±4 · 1.2k"), (37, "±3 · 4.0k"), (44, "±2 · 4.4k")):
        assert f" {value} " in shown
        assert known in shown
    assert shown.count("believed 66") == 2  # at the step where they part, and in what was noticed
    assert "believed 74" not in shown
    assert "21 % · n 840 · +6.1 JSI" in shown
    assert "82 % of claims backed by data" in shown
    assert "trough" in shown
    assert "A question nobody answers" in shown
    bare = written(draw(coffee()))
    assert "±" not in bare
    assert " believed 66 60 74 66 75 58 joy joy " in bare  # the lane's hint, then its numbers, then feelings


def test_no_line_runs_over_a_gap():
    def measured(drawing):
        paths = [
            one for one in assert_sound(drawing).iter() if one.attrib.get("stroke-width") == "2.6" and "d" in one.attrib
        ]
        return [len(re.findall("[MC]", one.attrib["d"])) for one in paths]

    assert measured(draw(coffee(), laid_over())) == [6]
    assert measured(draw(coffee(), gappy())) == [2]
    shown = written(draw(coffee(), gappy()))
    assert "n < 5" in shown
    assert "no data" in shown


def test_routes_a_moment_and_a_lane_that_is_folded_away():
    shown = written(draw(coffee(), laid_over()))
    for route in coffee().routes:
        assert route.text in shown
    assert "moment that matters" in shown
    folded = replace(coffee(), lanes=tuple(replace(one, hidden=one.kind == "pains") for one in coffee().lanes))
    shown = written(draw(folded))
    assert "1 lane folded away" in shown
    assert "Later than promised" not in shown


def test_cards_and_lanes_never_lie_on_each_other():
    for whole, overlay in ((coffee(), laid_over()), (large(), None), (blueprint(), None)):
        plan = layout(whole, overlay)
        for upper, lower in pairwise(plan.rows):
            assert lower.top == pytest.approx(upper.top + upper.tall)
        for row in plan.rows:
            for one in row.cards:
                assert row.top <= one.y
                assert one.y + one.tall <= row.top + row.tall + 0.01
                for other in row.cards:
                    apart = one.y + one.tall <= other.y or other.y + other.tall <= one.y or abs(one.x - other.x) > 1
                    assert other is one or apart
                for line in one.text:
                    assert width(line, 12.5) <= one.wide


def test_only_some_steps_are_drawn_where_that_is_asked():
    shown = written(draw(coffee(), laid_over(), steps=("wait", "use"), findings=False))
    assert "Later than promised" in shown
    assert "Reads reviews" not in shown
    assert "A question nobody answers" not in shown


@pytest.mark.parametrize("words", HOSTILE)
def test_what_people_write_stays_words(words):
    step = Step("s", words, words, words, moment=True, believed=(Belief(words, 40.0, words), Belief("", 60.0)))
    lanes = tuple(Lane(kind, kind, words, words) for kind in ("emotions", "pains", "says", "kpis"))
    cards = tuple(Card(lane.id + "c", lane.id, "s", words, owner=words, tags=(words,), map=words) for lane in lanes)
    for kind in KINDS:
        whole = Map(
            "m", words, kind, personas=(words,), goal=words, scenario=words, phases=(Phase("p", words, (step,)),),
            lanes=lanes, cards=cards, routes=(Route("r", "exit", "s", "", words),),
        )  # fmt: skip
        assert {name(one) for one in assert_sound(draw(whole)).iter()} <= {
            "svg", "title", "desc", "g", "rect", "path", "line", "circle", "text", "tspan",
        }  # fmt: skip


def test_an_empty_map_is_a_picture_too():
    for kind in KINDS:
        assert_sound(draw(Map("m", "", kind)))
        assert_sound(draw(Map("m", "M", kind, phases=(Phase("p", "P"),), lanes=(Lane("a", "emotions"),))))


@given(WORDS, st.floats(20, 300), st.booleans())
@example("Follows the tracking page of the carrier", 60.0, True)
@example("配送状況 Donaudampfschifffahrtsgesellschaft", 40.0, False)
def test_lines_hold_all_letters_and_fit(words, room, strong):
    lines = wrapped(words, room, 12.5, strong=strong, most=1000)
    assert "".join("".join(lines).split()) == "".join(words.split())
    for line in lines:
        assert width(line, 12.5, strong=strong) <= room or len(line.strip()) == 1
    cut = wrapped(words, room, 12.5, strong=strong, most=1)
    assert len(cut) <= 1
    assert (cut == lines) is (len(lines) <= 1)


def test_letters_are_as_wide_as_the_font_says():
    ttf = pytest.importorskip("fontTools.ttLib")
    font = files("touchline").joinpath("server", "assets", "static", "vendor", "inter-400.ttf")
    if not font.is_file():
        pytest.skip("the font comes with the pages, which were not fetched")
    known = ttf.TTFont(str(font))
    letters, widths, unit = known.getBestCmap(), known["hmtx"], known["head"].unitsPerEm
    assert len(_OF) > 100
    for letter, share in _OF.items():
        assert share == pytest.approx(widths[letters[ord(letter)]][0] / unit, abs=0.012), letter
