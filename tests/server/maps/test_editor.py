"""The page of one map without a browser: what is drawn, for whom, what became of it, and itself beside another."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from tests.maps.strategies import maps
from tests.server.maps.conftest import SLUG

from touchline.figures.markup import text
from touchline.maps import Belief, Card, Lane, Map, Phase, Route, Step
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.measured import CardMeasured, Finding, Measure, Overlay, StepMeasured
from touchline.maps.writing import ordered
from touchline.server.maps import keeping
from touchline.server.maps.views.map_compare import aligned, compared
from touchline.server.maps.views.map_grid import Beside, grid

LOOK, PAY, WAIT = (
    Step("look", "Look", "consideration", believed=(Belief(jsi=66.0),)),
    Step("pay", "Pay", "purchase"),
    Step("wait", "Wait", "delivery", believed=(Belief(jsi=70.0),), moment=True),
)
PARCEL = Map(
    "parcel", "A parcel", personas=("Nora",), goal="by Friday", owner="Delivery",
    phases=(Phase("before", "Before", (LOOK, PAY)), Phase("after", "After", (WAIT,))),
    lanes=(Lane("does", "actions"), Lane("feels", "emotions"), Lane("hurts", "pains"), Lane("ideas", "opportunities")),
    cards=(
        Card("c1", "does", "look", "Reads <script>alert(1)</script>"),
        Card("c2", "hurts", "wait", "Late", theme="late_delivery"),
        Card("c3", "ideas", "wait", "Tell them", effort=3, addresses=("c2",)),
        Card("c4", "does", "wait", "A message", missing=True),
    ),
    routes=(Route("r", "loop", "wait", "look", "the next one"),),
)  # fmt: skip


@given(maps())
@settings(max_examples=15, deadline=None)
def test_everything_of_a_map_is_on_the_page_once_and_only_as_text(now):
    drawn = grid(now, Beside(edits=True))
    shown = {lane.id for lane in now.lanes if LANE_KINDS[lane.kind].look in ("cards", "figures")} - {
        lane.id for lane in now.lanes if lane.kind == "measured"
    }
    for card in now.cards:
        assert drawn.count(f'data-card="{text(card.id)}"') == (card.lane in shown)
    for lane in now.lanes:
        assert drawn.count(f'data-lane="{text(lane.id)}"') == 1
    assert len(re.findall(r'<col class="step"/?>', drawn)) == sum(1 for _ in now.steps())
    assert "<script" not in drawn


def test_what_was_measured_stands_beside_what_is_believed():
    jsi = {"jsi": Measure(37.0, 34.0, 40.0, 3960, 2000)}
    overlay = Overlay(
        "parcel", steps={"wait": StepMeasured("wait", jsi, volume=3960, customers=2000, bound="stage")},
        cards={"c2": CardMeasured("c2", "strong", "21 % · n 840", gain=6.1, gain_low=5.0, gain_high=7.2)},
        findings=(Finding("belief", "Belief and data part", "believed 70, measured 37 ±3", "wait"),),
    )  # fmt: skip
    drawn = grid(PARCEL, Beside(overlay=overlay))
    assert "21 % · n 840 · +6.1 JSI" in drawn
    assert 'class="level strong"' in drawn
    assert "believed 70" in drawn
    assert "±3 · n 4.0k" in drawn
    assert drawn.count('class="band') + drawn.count("tl-band") == 0  # one value alone: a bar, no band, no line
    assert 'class="interval"' in drawn
    assert 'class="measured"' in drawn
    few = replace(
        overlay, steps={"wait": StepMeasured("wait", {"jsi": Measure(37.0, 20.0, 55.0, 9, 8)}, bound="stage")}
    )
    assert 'class="hollow"' in grid(PARCEL, Beside(overlay=few))


def test_two_maps_as_one_say_what_became_of_each_part():
    future = replace(
        PARCEL, id="soon", state="future", of="parcel", routes=(),
        phases=(
            Phase("x", "Before", (replace(LOOK, id="a"),)),
            Phase("y", "After", (replace(WAIT, id="b"), Step("n", "Is told"))),
        ),
        lanes=(Lane("l1", "actions"), Lane("l2", "emotions"), Lane("l3", "pains")),
        cards=(Card("k", "l1", "b", "A message"), Card("new", "l1", "n", "Reads it")),
    )  # fmt: skip
    both = compared(PARCEL, aligned(future, PARCEL))
    assert both.marks == both.marks | {
        "pay": "gone", "n": "new", "ideas": "gone", "c1": "gone", "c2": "gone", "c4": "changed", "new": "new",
    }  # fmt: skip
    assert [step.id for step in both.map.steps()] == ["look", "pay", "wait", "n"]
    drawn = grid(both.map, Beside(marks=both.marks))
    assert drawn.count("cardlet gone") + drawn.count("pain gone") + drawn.count("opportunity gone") == 3


@given(maps(), maps())
@settings(max_examples=15, deadline=None)
def test_any_two_maps_can_be_laid_over_each_other(one, other):
    both = compared(one, aligned(other, one))
    parts = [*both.map.phases, *both.map.steps(), *both.map.lanes, *both.map.cards]
    assert len({part.id for part in parts}) == len(parts)
    assert grid(both.map, Beside(marks=both.marks))


def test_a_map_compared_with_itself_has_no_marks():
    assert compared(PARCEL, aligned(PARCEL, PARCEL)).marks == {}


def _told(answer) -> dict:
    return json.loads(re.search(r'<script id="map-told"[^>]*>(.*?)</script>', answer.content.decode(), re.S)[1])


def _measured(client, page: str) -> dict:
    """Ask until what was measured is there."""
    for _ in range(100):
        told = _told(client.get(page))
        if not told["later"]:
            return told["steps"]
        time.sleep(0.2)
    raise AssertionError("nothing was measured")


def test_who_may_change_maps_edits_and_who_may_not_reads(visitor):
    keeping.create(SLUG, PARCEL, "ann")
    keeping.create(SLUG, replace(PARCEL, id="soon", name="Soon", state="future", of="parcel", cards=()), "ann")
    page = f"/w/{SLUG}/maps/parcel"
    answer = visitor("analyst").get(page)
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "Reads &lt;script&gt;" in body
    assert "data-toolbar" in body
    assert f"{page}/compare/soon" in body
    told = _told(answer)
    assert told["version"] == 1
    assert told["edits"]
    assert told["defaults"]["card"]["missing"] is False
    read = visitor("viewer").get(page)
    assert "data-toolbar" not in read.content.decode()
    assert not _told(read)["edits"]
    both = visitor("viewer").get(f"{page}/compare/soon").content.decode()
    assert both.count("cardlet") > 3
    assert "gone" in both
    assert visitor("analyst").get(f"/w/{SLUG}/maps/nothing").status_code == 404


def test_figures_are_those_that_the_viewer_may_see(visitor):
    keeping.create(SLUG, PARCEL, "ann")
    page = f"/w/{SLUG}/maps/parcel?days=0"
    every = _measured(visitor("viewer"), page)
    some = _measured(visitor("viewer", {"region": ["emea"]}, name="emma"), page)
    assert 0 < sum(one["volume"] for one in some.values()) < sum(one["volume"] for one in every.values())


def test_an_old_version_is_shown_beside_the_map_and_comes_back(visitor):
    from touchline.maps import Edit

    keeping.create(SLUG, PARCEL, "ann")
    keeping.change(SLUG, "parcel", 1, [Edit("set", "card", "c2", {"text": "Too late"})], "bob")
    client = visitor("analyst")
    page = client.get(f"/w/{SLUG}/maps/parcel/history?version=1").content.decode()
    assert "“Late” is now “Too late”" in page
    assert "changed" in page
    assert "bob" in page
    assert visitor("viewer").post(f"/w/{SLUG}/maps/parcel/restore/1").status_code == 403
    assert client.post(f"/w/{SLUG}/maps/parcel/restore/1").status_code == 302
    kept = keeping.load(SLUG, "parcel")
    assert kept.version == 3
    assert ordered(kept.map) == ordered(PARCEL)
    assert client.get(f"/w/{SLUG}/maps/parcel/history?version=99").status_code == 404


@pytest.mark.parametrize("kind", ["empathy", "blueprint"])
def test_a_map_without_steps_has_a_page(visitor, kind):
    keeping.create(SLUG, Map("bare", "Bare", kind=kind), "ann")
    assert visitor("analyst").get(f"/w/{SLUG}/maps/bare").status_code == 200
