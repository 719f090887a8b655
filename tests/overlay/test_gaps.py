"""Gaps: steps are matched, figures are the analytics' own, and what is sure is told apart from what may be chance."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import MapError
from touchline.maps import Belief, Card, Lane, Map, Phase, Step
from touchline.maps.measured import Measure, Overlay, StepMeasured, Topic
from touchline.overlay.gaps import gaps, matched
from touchline.overlay.taking import adjusted, chance, error, taken
from touchline.scores.base import Filters

LANES = (Lane("kpi", "kpis"), Lane("pain", "pains"), Lane("chance", "opportunities"), Lane("idea", "solutions"))
NOW = Map(
    "now",
    "Now",
    phases=(
        Phase(
            "p",
            "P",
            (
                Step("pay", "Pays", "purchase"),
                Step("wait", "Waits", "delivery"),
                Step("asks", "Asks for help", "support"),
                Step("goes", "Goes", "renewal"),
            ),
        ),
    ),
    lanes=LANES,
    cards=(
        Card("late", "pain", "wait", "Late", theme="late_delivery"),
        Card("tell", "chance", "wait", "Tell first", addresses=("late",)),
        Card("gone", "chance", "wait", "Dropped", addresses=("late",), status="dropped"),
        Card("hours", "kpi", "wait", "Hours until told", value=30.0, target=4.0),
        Card("drop", "kpi", "pay", metric="dropoff", target=0.0),
    ),
)
THEN = Map(
    "then",
    "Then",
    state="future",
    of="now",
    phases=(
        Phase(
            "p",
            "P",
            (
                Step("pay", "Pays in one go", "purchase"),
                Step("w2", "waits ", "delivery", believed=(Belief(jsi=5.0),)),
                Step("h2", "Is helped", "support", believed=(Belief(jsi=99.0),)),
                Step("new", "Is asked how it went"),
            ),
        ),
    ),
    lanes=LANES,
    cards=(
        Card("six", "idea", "w2", "Message after six hours", theme="late_delivery"),
        Card("rate", "kpi", "new", "Answer rate", value=10.0, target=30.0),
    ),
)


@pytest.fixture(scope="module")
def found(local, taxonomy):
    steps = {}
    rows = {row["stage"]: row for row in local.stages().to_dicts()}
    lost = {row["stage"]: row for row in local.dropoff().to_dicts()}
    for step in NOW.steps():
        steps[step.id] = StepMeasured(
            step.id,
            {"jsi": taken(rows[step.stage]), "dropoff": taken(lost.get(step.stage), "dropoff", by=100)},
            bound="stage",
        )
    return gaps(NOW, THEN, Overlay("now", steps=steps), local, taxonomy=taxonomy)


def row(found, step, metric="jsi"):
    return next(one for one in found.rows if step in (one.step, one.future) and one.metric == metric)


def test_steps_are_matched_by_id_then_name_then_stage(found):
    assert found.pairs == (("pay", "pay"), ("wait", "w2"), ("asks", "h2"))
    assert (found.added, found.dropped) == (("new",), ("goes",))


def test_two_steps_of_one_name_are_not_matched_by_it():
    twice = replace(NOW, phases=(Phase("p", "P", (Step("a", "Waits"), Step("b", "Waits"))),))
    assert matched(twice, THEN) == []


def test_a_figure_is_the_analytics_own_and_the_distance_counts_towards_the_target(found, local):
    delivery = next(one for one in local.stages().to_dicts() if one["stage"] == "delivery")
    gap = row(found, "wait")
    assert (gap.now.value, gap.now.low, gap.now.n) == (delivery["jsi"], delivery["low"], delivery["n"])
    assert (gap.target, gap.aim, gap.verdict) == (5.0, "belief", "reached")
    assert gap.missing == pytest.approx(5.0 - delivery["jsi"])
    helped = row(found, "asks")
    assert (helped.target, helped.aim, helped.verdict) == (99.0, "belief", "missed")


def test_less_drop_off_is_better(found):
    gap = row(found, "pay", "dropoff")
    assert gap.target == 0.0
    assert gap.missing == pytest.approx(gap.now.value)
    assert gap.question == "dropoff"


def test_the_stage_s_own_target_counts_where_nobody_set_one(found, taxonomy):
    gap = row(found, "pay")
    assert (gap.target, gap.aim) == (taxonomy.stage("purchase").target, "taxonomy")


def test_a_figure_of_the_team_s_own_is_taken_from_the_card_and_is_never_sure(found):
    hours, rate = row(found, "wait", "Hours until told"), row(found, "new", "Answer rate")
    assert (hours.now.value, hours.source, hours.missing, hours.p, hours.verdict) == (30.0, "map", 26.0, None, "unsure")
    assert (rate.missing, rate.step, rate.future) == (20.0, "", "new")


def test_a_step_that_goes_has_no_target(found):
    assert row(found, "goes").verdict == "no target"


def test_the_cause_is_the_stage_s_first_and_the_cards_that_answer_it_come_in_their_fit(found, local):
    causes = [one for one in local.causes(limit=8, examples=0).to_dicts() if one["stage"] == "delivery"]
    first = next(one for one in causes if one["impact"] is not None)
    gap = row(found, "wait")
    assert gap.cause is not None
    assert (gap.cause.theme, gap.cause.points.value, gap.cause.here) == (first["theme"], first["impact"], True)
    assert gap.pains == ("late",)
    if gap.cause.theme == "late_delivery":
        assert gap.opportunities == (("then", "six"), ("now", "tell"))
    assert ("now", "gone") not in gap.opportunities


def test_at_a_touchpoint_the_cause_that_is_heard_there_is_named(local, taxonomy):
    causes = [one for one in local.causes(limit=8, examples=0).to_dicts() if one["stage"] == "delivery"]
    seen = [one["theme"] for one in causes if one["impact"] is not None and one["impact"] > 0]
    assert len(seen) > 1
    step = Step("wait", "Waits", "delivery", "courier_delivery")
    current = Map("now", "Now", phases=(Phase("p", "P", (step,)),))
    future = replace(current, id="then", state="future")
    topics = (Topic(seen[1], "Second", 9, 0.1, 1.0),)
    heard = StepMeasured("wait", {"jsi": Measure(40, 35, 45, 90, 80)}, topics=topics, bound="touchpoint")
    there = gaps(current, future, Overlay("now", steps={"wait": heard}), local, taxonomy=taxonomy).rows[0]
    nowhere = gaps(current, future, Overlay("now"), local, taxonomy=taxonomy).rows[0]
    assert there.cause is not None
    assert nowhere.cause is not None
    assert (there.cause.theme, there.cause.here) == (seen[1], True)
    assert (nowhere.cause.theme, nowhere.cause.here, nowhere.verdict) == (seen[0], False, "not measured")


def test_what_does_not_belong_together_is_refused(local, taxonomy):
    with pytest.raises(MapError, match="what was measured is of 'else'"):
        gaps(NOW, THEN, Overlay("else"), local, taxonomy=taxonomy)
    with pytest.raises(MapError, match="no future map"):
        gaps(NOW, replace(THEN, state="current"), Overlay("now"), local, taxonomy=taxonomy)


def test_the_segment_of_a_map_is_asked_of(local, taxonomy):
    segment, values = "tier", [row["key"] for row in local.jsi(by="segment:tier").to_dicts() if row["key"]]
    narrow = replace(NOW, segment=(segment, values[0]))
    one = gaps(narrow, THEN, Overlay("now"), local, taxonomy=taxonomy)
    asked = local.causes(Filters(segments=((segment, (values[0],)),)), limit=8, examples=0).to_dicts()
    first = next((r for r in asked if r["stage"] == "delivery" and (r["impact"] or 0) > 0), None)
    assert (row(one, "wait").cause is None) == (first is None)
    if first:
        assert row(one, "wait").cause.points.value == first["impact"]


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.floats(0.1, 20), st.floats(0.1, 20), st.floats(0, 100)), min_size=1, max_size=8
    )
)
def test_a_target_inside_the_interval_is_never_surely_missed(cells):
    chances = []
    for value, below, above, target in cells:
        measure = Measure(value, value - below, value + above, 90, 90)
        chances.append(chance(target - value, error(measure, target)) if target != value else None)
    for (value, below, above, target), p in zip(cells, adjusted(chances), strict=True):
        if value - below < target < value + above and p is not None:
            assert p > 0.049
