"""What ships can be read, is bound to what is there, and a map that begins from it is whole."""

from __future__ import annotations

import tomllib

import pytest

from touchline.cli.demo import DECLARED
from touchline.errors import MapError
from touchline.maps import library
from touchline.maps.checking import check
from touchline.maps.edits import ids
from touchline.maps.kinds import KINDS, LANE_KINDS, ROUTES, SEVERITIES, STATUSES
from touchline.maps.reading import read
from touchline.maps.writing import ordered, write
from touchline.vocabulary.schemas import EMOTIONS
from touchline.vocabulary.taxonomy import Taxonomy

TEMPLATES = [entry.name for entry in library.templates()]
EXAMPLES = [entry.name for entry in library.examples()]
#: The taxonomy that each map speaks of, where that is not ``b2c``.
SPEAKS = {"buyer": "b2b", "account": "b2b", "lifecycle": "saas", "dairy-line": "b2b", "plank": "saas"}
SHIPPED = [*(library.template(name) for name in TEMPLATES), *(library.example(name) for name in EXAMPLES)]


def whole(one):
    """A map whose parts all lead to each other."""
    lanes, steps = {lane.id for lane in one.lanes}, {step.id for step in one.steps()}
    cards = {card.id for card in one.cards}
    assert len(ids(one)) == sum(map(len, (one.phases, steps, lanes, cards, one.routes, one.stakeholders)))
    assert {card.lane for card in one.cards} <= lanes
    assert {card.step for card in one.cards} <= steps
    assert {other for card in one.cards for other in card.addresses} <= cards
    assert {route.start for route in one.routes} | {route.end for route in one.routes} <= steps | {""}
    return True


def bound(one, taxonomy):
    """A map that speaks of nothing that a taxonomy lacks."""
    for step in one.steps():
        assert step.stage in {*taxonomy.ids, ""}
        assert not step.touchpoint or taxonomy.touchpoint(step.touchpoint).stage == step.stage, step
    for card in one.cards:
        assert not card.touchpoint or taxonomy.touchpoint(card.touchpoint), card
        assert not card.theme or taxonomy.theme(card.theme), card
    return True


def test_there_is_a_template_of_every_kind_and_state():
    assert {entry.kind for entry in library.templates()} == set(KINDS)
    assert {entry.state for entry in library.templates()} == {"current", "future"}
    files = library._names("template")
    assert sorted(TEMPLATES) == sorted(files), "every file is in the list, in an order of its own"


def test_the_examples_are_of_six_industries_and_the_demo_has_three():
    industries = {entry.tags[-1] for entry in library.examples()}
    assert len(industries) >= 6
    assert [one.id for one in library.demo()] == ["nordlicht", "nordlicht-delivery", "nordlicht-future"]


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.id)
def test_what_ships_is_whole_and_bound(one):
    assert whole(one)
    assert bound(one, Taxonomy.template(SPEAKS.get(one.id, "b2c")))
    assert all([one.scenario, one.goal, one.scope, one.owner, one.personas, one.note])
    filled = {card.lane for card in one.cards}
    for lane in one.lanes:
        assert lane.id in filled or LANE_KINDS[lane.kind].look in ("curve", "line") or lane.kind == "measured", lane
    for step in one.steps():
        assert any(card.step == step.id for card in one.cards), step
        assert {belief.emotion for belief in step.believed} <= {*EMOTIONS, ""}
        assert all(0 <= belief.jsi <= 100 for belief in step.believed if belief.jsi is not None)
        assert all(1 <= belief.effort <= 7 for belief in step.believed if belief.effort is not None)
        assert len({belief.persona for belief in step.believed}) == len(step.believed)
    for card in one.cards:
        assert card.text
        assert card.status in {*STATUSES, ""}
        assert card.severity in {*SEVERITIES, ""}
        marks = (card.effort, card.impact, card.desirability, card.feasibility, card.viability)
        assert all(1 <= mark <= 5 for mark in marks if mark is not None)
        assert (card.done is not None) == (card.status == "done")
    assert {route.kind for route in one.routes} <= set(ROUTES)
    assert read(write(one)) == ordered(one)


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.id)
def test_a_pain_says_how_much_it_hurts_and_an_opportunity_what_it_costs(one):
    for card in one.cards_of("pains"):
        assert card.severity or one.kind == "empathy", card
    for card in one.cards_of("opportunities"):
        assert (card.effort and card.impact) or (card.desirability and card.feasibility), card


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.id)
def test_nothing_that_ships_is_wrong_or_weak(one):
    faults = check(one, Taxonomy.template(SPEAKS.get(one.id, "b2c")), SHIPPED)
    assert [fault.key for fault in faults] == (["of"] if one.id == "future" else [])


def test_the_demo_s_maps_are_of_the_demo_s_personas():
    known = {persona["name"] for persona in tomllib.loads(DECLARED)["personas"]}
    for one in library.demo():
        assert set(one.personas) <= known
        assert {belief.persona for step in one.steps() for belief in step.believed} <= known | {""}


def test_maps_lead_to_maps_that_are_there():
    known = set(EXAMPLES)
    for name in EXAMPLES:
        one = library.example(name)
        assert {one.of, *(step.zoom for step in one.steps()), *(card.map for card in one.cards)} <= known | {""}


def test_the_future_of_the_demo_has_the_steps_of_today():
    now, shall = library.example("nordlicht"), library.example("nordlicht-future")
    assert shall.of == now.id
    today = {step.id: (step.stage, step.touchpoint) for step in now.steps()}
    then = {step.id: (step.stage, step.touchpoint) for step in shall.steps()}
    assert then.items() <= today.items()
    with_targets = {card.step for card in shall.cards if card.metric == "jsi" and card.target}
    assert with_targets == set(then), "every step says where it wants to be"


@pytest.mark.parametrize("taxonomy", Taxonomy.templates())
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_map_begins_bound_to_the_taxonomy_of_its_workspace(name, taxonomy):
    known = Taxonomy.template(taxonomy)
    made = library.start(name, known, title="Ours")
    assert made.id == "ours"
    assert whole(made)
    assert bound(made, known)
    assert all(library.EXAMPLE in card.tags for card in made.cards)
    bare = library.start(name, known, cards=False)
    assert not any([bare.cards, bare.routes, bare.stakeholders])
    assert not any(step.believed or step.moment for step in bare.steps()), "nobody has believed anything yet"
    assert [step.name for step in bare.steps()] == [step.name for step in made.steps()]
    if name in ("journey", "future") and (taxonomy != "b2c" or name == "journey"):
        assert [step.stage for step in made.steps()] == list(known.ids)


@pytest.mark.parametrize("taxonomy", Taxonomy.templates())
def test_a_zoom_has_a_step_per_touchpoint(taxonomy):
    known = Taxonomy.template(taxonomy)
    for stage in known.stages:
        made = library.start("zoom", known, stage=stage.id)
        points = [point.id for sub in stage.sub_stages for point in sub.touchpoints]
        assert [step.touchpoint for step in made.steps()] == (points or [""])
        assert whole(made)
        assert bound(made, known)


def test_a_zoom_of_a_stage_that_is_not_there_is_refused():
    with pytest.raises(MapError, match="there are awareness"):
        library.start("zoom", Taxonomy.template("b2c"), stage="boarding")
    with pytest.raises(MapError, match="there is no template 'wall'; there are account"):
        library.start("wall")


def test_a_future_map_keeps_steps_and_drops_what_is_of_today():
    now = library.example("nordlicht")
    shall = library.future(now)
    assert whole(shall)
    assert (shall.id, shall.of, shall.state) == ("nordlicht-future", "nordlicht", "future")
    assert [step.id for step in shall.steps()] == [step.id for step in now.steps()]
    assert not any(step.believed for step in shall.steps())
    assert not {lane.kind for lane in shall.lanes} & {"pains", "quotes", "questions", "happy"}
    assert not any(card.missing or card.status == "done" for card in shall.cards)
    assert {card.text for card in shall.cards_of("touchpoints")} >= {"Message when the date moves"}
