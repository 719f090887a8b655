"""Checking finds what points nowhere and what says nothing, and nothing in a map that is sound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from tests.maps.strategies import maps

from touchline.maps import Belief, Card, Lane, Map, Phase, Proof, Route, Stakeholder, Step
from touchline.maps.checking import check
from touchline.vocabulary.taxonomy import Taxonomy

SOUND = Map(
    "coffee",
    "Ordering coffee",
    owner="Delivery",
    personas=("Nora",),
    phases=(
        Phase("buy", "Buy", (Step("look", "Looks", "consideration"),)),
        Phase("have", "Have", (Step("wait", "Waits", "delivery", "courier_delivery", believed=(Belief(jsi=66),)),)),
    ),
    lanes=(Lane("does", "actions"), Lane("hurts", "pains"), Lane("feels", "emotions"), Lane("ideas", "opportunities")),
    cards=(
        Card("c1", "does", "look", "Reads reviews"),
        Card("c2", "hurts", "wait", "Late", severity="gives up", proof=(Proof("assumption"),)),
        Card("c3", "ideas", "wait", "Say so first", addresses=("c2",), effort=2, status="planned"),
    ),
    routes=(Route("r1", "loop", "wait", "look"), Route("r2", "exit", "wait")),
    stakeholders=(Stakeholder("s1", "Carrier", interest=2),),
)
B2C = Taxonomy.template("b2c")


def _step(**changed):
    phases = (SOUND.phases[0], replace(SOUND.phases[1], steps=(replace(SOUND.phases[1].steps[0], **changed),)))
    return replace(SOUND, phases=phases)


def _card(**changed):
    return replace(SOUND, cards=(*SOUND.cards[:2], replace(SOUND.cards[2], **changed)))


def test_a_sound_map_has_no_faults():
    assert check(SOUND, B2C, [SOUND], {"Nora"}) == []


@pytest.mark.parametrize(
    ("found", "told", "place"),
    [
        (replace(SOUND, id="Coffee Map"), "the map's id is 'Coffee Map'", ("map", "", "id")),
        (replace(SOUND, segment=("vip",)), "the segment is not a name and a value", ("map", "", "segment")),
        (replace(SOUND, lanes=(*SOUND.lanes, Lane("c1", "notes"))), "the id 'c1' is that of several",
         ("lane", "c1", "id")),
        (replace(SOUND, lanes=(*SOUND.lanes, Lane("x", "pain"))), "no kind of lane 'pain'; did you mean pains?",
         ("lane", "x", "kind")),
        (replace(SOUND, lanes=(*SOUND.lanes, Lane("x", "pains"))), "lane 'pains' stands twice", ("lane", "x", "")),
        (_card(lane="idea"), "there is no lane 'idea'; did you mean ideas?", ("card", "c3", "lane")),
        (_card(step="x"), "there is no step 'x'; move it", ("card", "c3", "step")),
        (_card(status="open"), "status is 'open'; it is one of idea, planned", ("card", "c3", "status")),
        (_card(effort=6), "effort is 6; write 1 to 5", ("card", "c3", "effort")),
        (_card(addresses=("c9",)), "addresses 'c9', and there is no such card", ("card", "c3", "addresses")),
        (_card(addresses=("c3",)), "addresses itself", ("card", "c3", "addresses")),
        (_card(text="", target=50.0), "of nothing; write metric", ("card", "c3", "metric")),
        (_card(proof=(Proof("rumour"),)), "a proof's kind is 'rumour'", ("card", "c3", "proof")),
        (_card(proof=(Proof("research"),)), "names nothing; write ref", ("card", "c3", "proof")),
        (_card(touchpoint="courier"), "there is no touchpoint 'courier'", ("card", "c3", "touchpoint")),
        (_card(map="tea"), "there is no map 'tea'", ("card", "c3", "map")),
        (_step(stage="delivry"), "there is no stage 'delivry'; did you mean delivery?", ("step", "wait", "stage")),
        (_step(stage="usage"), "is one of stage 'delivery'", ("step", "wait", "stage")),
        (_step(touchpoint="x"), "there is no touchpoint 'x'", ("step", "wait", "touchpoint")),
        (_step(zoom="coffee"), "leads to its own map", ("step", "wait", "zoom")),
        (_step(believed=(Belief(jsi=101),)), "believed jsi is 101; write 0 to 100", ("step", "wait", "believed")),
        (_step(believed=(Belief(), Belief(jsi=1))), "2 beliefs of all", ("step", "wait", "believed")),
        (replace(SOUND, routes=(Route("r", "jump", "wait", "look"),)), "kind is 'jump'", ("route", "r", "kind")),
        (replace(SOUND, routes=(Route("r", "branch", "wait"),)), "a branch leads nowhere", ("route", "r", "end")),
        (replace(SOUND, routes=(Route("r", "exit", "gone"),)), "there is no step 'gone'", ("route", "r", "start")),
        (replace(SOUND, routes=(Route("r", "exit", "wait", "look"),)), "an exit leads to a step",
         ("route", "r", "end")),
        (replace(SOUND, stakeholders=(Stakeholder("s", "S", influence=9),)), "influence is 9",
         ("stakeholder", "s", "influence")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(found, told, place):
    (fault,) = [one for one in check(found, B2C, [SOUND], {"Nora"}) if one.level == "wrong"]
    assert told in str(fault)
    assert (fault.of, fault.id, fault.key) == place


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (replace(SOUND, owner=""), "nobody looks after the map"),
        (replace(SOUND, state="future"), "improves no map"),
        (replace(SOUND, personas=("Norah",)), "there is no persona 'Norah'; did you mean Nora?"),
        (replace(SOUND, phases=(*SOUND.phases, Phase("p", "Leave"))), "phase 'Leave' has no step"),
        (replace(SOUND, lanes=(*SOUND.lanes, Lane("x", "notes"))), "lane 'notes' has no card"),
        (replace(SOUND, cards=SOUND.cards[1:]), "step 'Looks' has no card"),
        (replace(SOUND, routes=(Route("r", "loop", "look", "wait"),)), "a loop leads forward"),
        (_card(text=" "), "says nothing"),
        (_card(theme="coldness"), "the taxonomy has no theme 'coldness'"),
    ],
)
def test_what_is_weak_is_told_apart(found, told):
    faults = check(found, B2C, [SOUND], {"Nora"})
    assert {fault.level for fault in faults} == {"weak"}
    assert any(told in str(fault) for fault in faults)


def test_what_is_not_given_is_not_looked_at():
    assert check(_step(stage="no such", zoom="nowhere")) == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(maps())
def test_any_map_can_be_checked_and_faults_name_its_parts(one):
    found = check(one, B2C, [one], ())
    parts = {("phase", p.id) for p in one.phases} | {("step", s.id) for s in one.steps()} | {("map", "")}
    for of, names in (
        ("lane", one.lanes),
        ("card", one.cards),
        ("route", one.routes),
        ("stakeholder", one.stakeholders),
    ):
        parts |= {(of, part.id) for part in names}
    assert {(fault.of, fault.id) for fault in found} <= parts
    assert [fault.level for fault in found] == sorted((fault.level for fault in found), reverse=True)
