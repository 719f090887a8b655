"""An overlay's numbers are the analytics' own, for whoever asks, with any filters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from touchline.errors import NotAllowed, QuestionError
from touchline.maps import Belief, Card, Lane, Map, Phase, Step
from touchline.overlay import overlay
from touchline.scores.base import Filters

STEPS = (
    Step("look", "Looks", "consideration"),
    Step("pay", "Pays", "purchase", "online_checkout"),
    Step("wait", "Waits", "delivery", believed=(Belief(jsi=95), Belief("Loyal regular", jsi=96))),
    Step("door", "Opens the door", touchpoint="courier_delivery"),
    Step("track", "Follows the parcel", "delivery", "shipment_tracking"),
    Step("use", "Uses", "usage"),
    Step("help", "Asks", "support"),
    Step("claim", "Claims", "support", "repair_and_claim"),
    Step("dream", "Dreams"),
)
LANES = tuple(Lane(kind, kind) for kind in ("pains", "touchpoints", "channels", "opportunities", "kpis"))
CARDS = (
    Card("late", "pains", "wait", "Late", theme="late_delivery"),
    Card("courier", "touchpoints", "door", "Courier delivery"),
    Card("chat", "channels", "help", "chat"),
    Card("tell", "opportunities", "wait", "Tell first", addresses=("late",)),
    Card("score", "kpis", "wait", metric="csat", target=80.0),
)
EVERYTHING = Filters()
VIP = Filters(segments=(("tier", ("vip",)),))
NOW = Map("coffee", "Coffee", personas=("Loyal regular",), phases=(Phase("p", "P", STEPS),), lanes=LANES, cards=CARDS)
SMALL = replace(NOW, phases=(Phase("p", "P", (STEPS[2], STEPS[3], STEPS[5])),), cards=())


@pytest.fixture(scope="module")
def lay(local):
    def laid(filters=EVERYTHING, now=NOW, questions=local, **options):
        workspace = local.workspace
        return overlay(now, questions, filters, taxonomy=workspace.taxonomy, settings=workspace.settings, **options)

    return laid


@pytest.fixture(scope="module")
def halves(local):
    """The later half of the data, and the one before."""
    first, last = local.span()
    middle = first + (last - first) / 2
    return Filters(since=middle + timedelta(days=1), until=last), Filters(since=first, until=middle)


def rows(figure, *columns):
    return {tuple(row[column] for column in columns): row for row in figure.to_dicts()}


def same(measure, row, name="jsi", low="low", high="high", n="n"):
    assert measure.n == row[n]
    if measure.value is None:
        assert row[name] is None
    else:
        expected = [row[one] for one in (name, low, high)]
        assert [measure.value, measure.low, measure.high] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("filters", "steps"), [(EVERYTHING, STEPS[:-1]), (VIP, STEPS[2:4])], ids=["all", "vip"])
def test_numbers_are_those_of_the_questions(local, lay, filters, steps):
    laid = lay(filters)
    stages = rows(local.stages(filters), "stage")
    dwell, dropoff = (rows(ask(filters=filters), "stage") for ask in (local.dwell, local.dropoff))
    themes = rows(local.heatmap(filters, by="theme"), "stage", "column")
    for step in steps:
        found = laid.steps[step.id]
        stage = step.stage or "delivery"
        if step.touchpoint:
            only = replace(filters, stages=(stage,), touchpoints=(step.touchpoint,))
            row = rows(local.stages(only), "stage")[(stage,)]
            (jsi,) = local.jsi(only, by="touchpoint").to_dicts() or [{"n": 0, "customers": 0}]
            assert (found.volume, found.customers) == (jsi["n"], jsi["customers"])
            assert found.bound == "touchpoint"
            assert "dwell" not in found.metrics
        else:
            row = stages[(stage,)]
            assert found.bound == "stage"
            if (stage,) in dropoff and dropoff[stage,]["dropoff"] is not None:
                measure, row_ = found.metrics["dropoff"], dropoff[stage,]
                assert [measure.value, measure.low, measure.high] == pytest.approx(
                    [100 * row_[name] for name in ("dropoff", "low", "high")]
                )
            if (stage,) in dwell and dwell[stage,]["median_days"] is not None:
                assert found.metrics["dwell"].value == pytest.approx(24 * 60 * dwell[stage,]["median_days"])
            for topic in found.topics:
                cell = themes[stage, topic.theme]
                assert (topic.n, topic.negative) == (cell["n"], cell["negative"])
                assert topic.share == pytest.approx(cell["n"] / row["n"])
        assert (found.volume, found.customers) == (row["n"], row["customers"])
        if row["n"]:
            same(found.jsi, row)
        for name in ("nps", "csat", "ces"):
            assert (name in found.metrics) == bool(row[f"{name}_n"])
            if row[f"{name}_n"]:
                same(found.metrics[name], row, name, f"{name}_low", f"{name}_high", f"{name}_n")
        assert sum(share for _, share in found.emotions) == pytest.approx(1 if found.emotions else 0)
    assert laid.steps["dream"].volume == 0
    assert (laid.start, laid.end) == local.span(filters)


def test_emotions_are_the_load_of_the_moments(local, lay):
    load = {row["value"]: row["load"] for row in local.moments().to_dicts() if row["moment"] == "matters"}
    laid = lay()
    shared = [step for step in STEPS if step.stage in load and not step.touchpoint]
    assert shared
    for step in shared:
        calm = dict(laid.steps[step.id].emotions).get("neutral", 0.0)
        assert 1 - calm == pytest.approx(load[step.stage])


def test_pains_bring_back_what_the_causes_say(local, lay):
    (row,) = [row for row in local.causes(stage="delivery", limit=40).to_dicts() if row["theme"] == "late_delivery"]
    late, tell = (lay().cards[name] for name in ("late", "tell"))
    assert (late.gain, late.gain_low, late.gain_high) == (row["impact"], row["low"], row["high"])
    assert tell.gain == late.gain
    there = rows(local.stages(), "stage")[("delivery",)]["customers"]
    assert late.measure.value == pytest.approx(100 * row["customers"] / there)


def test_channels_and_visits_are_counted_by_customers(local, lay):
    laid = lay()
    cell = rows(local.heatmap(by="channel"), "stage", "column")["support", "chat"]
    of = rows(local.stages(), "stage")[("support",)]["customers"]
    assert laid.cards["chat"].measure.value == pytest.approx(100 * cell["customers"] / of)
    visits = rows(local.dwell(of="touchpoint"), "stage")[("courier_delivery",)]
    of = rows(local.dwell(), "stage")[("delivery",)]["customers"]
    assert laid.cards["courier"].measure.value == pytest.approx(100 * visits["customers"] / of)


def test_the_period_before_stands_beside(local, lay, halves):
    now, before = halves
    laid = lay(now, SMALL, previous=before)
    stages = rows(local.stages(before), "stage")
    same(laid.steps["wait"].before["jsi"], stages[("delivery",)])
    only = replace(before, stages=("delivery",), touchpoints=("courier_delivery",))
    same(laid.steps["door"].before["jsi"], rows(local.stages(only), "stage")[("delivery",)])


def test_a_restricted_viewer_sees_only_their_customers(local, lay):
    """Every question goes through the protocol with filters, so that a scope can narrow each."""

    class Scoped:
        def __getattr__(self, name):
            assert name in {"stages", "heatmap", "causes", "delights", "feedback", "dwell", "dropoff", "transitions"}
            ask = getattr(local, name)

            def narrowed(filters=EVERYTHING, **options):
                return ask(filters=replace(filters, segments=VIP.segments), **options)

            return narrowed

        @property
        def among(self):
            raise NotAllowed("among tells of all customers")

    assert lay(questions=Scoped()) == lay(VIP)
    assert lay(now=SMALL, questions=Scoped(), personas=True).notes == (
        "Personas stand for customers of all segments, and you may see some of them.",
    )
    assert lay(now=replace(NOW, segment=("tier", "vip"))) == lay(VIP)


def test_personas_have_lines_of_their_own(local, lay):
    laid = lay(personas=True)
    mine = local.among(personas=("Loyal regular",))
    line = laid.personas["Loyal regular"]
    same(line["wait"], rows(mine.jsi(), "key")[("delivery",)])
    only = Filters(stages=("delivery",), touchpoints=("courier_delivery",))
    same(line["door"], mine.jsi(only, by="all").to_dicts()[0])
    told = {one.text.split(" 9")[0] for one in laid.findings if one.kind == "belief"}
    assert told == {"believed", "believed of Loyal regular"}
    stranger = lay(now=replace(SMALL, personas=("Stranger",)), personas=True)
    assert stranger.personas == {}
    assert stranger.notes == ("No persona of the settings is called Stranger.",)


def test_quotes_are_redacted_words_of_the_step_the_negative_first(local, lay):
    laid = lay()
    for step in ("wait", "door", "help"):
        assert laid.steps[step].said
        assert all(said.text in local.explain(said.interaction).text for said in laid.steps[step].said)
    worst = laid.steps["wait"].said[0]
    heard = local.feedback(Filters(stages=("delivery",)), sentiment="negative", limit=5000)
    assert worst.interaction in {row["interaction_id"] for row in heard.to_dicts()}


def test_filters_that_leave_a_place_out_leave_its_step_empty(lay):
    laid = lay(Filters(stages=("delivery",), methods=("survey",)), SMALL)
    assert laid.steps["use"].metrics == {}
    assert laid.steps["wait"].volume > 0
    assert not [one for one in laid.findings if one.step == "use"]
    assert laid.notes == ("Dwell time, drop-off and visits are not told by method: they are of acts, not of scores.",)


def test_what_a_map_names_that_does_not_exist_is_told(lay):
    odd = replace(
        NOW, phases=(Phase("p", "P", (Step("s", "Sleeps", "sleep"), Step("t", "Teleports", "", "beam"))),), cards=()
    )
    assert lay(now=odd).notes == (
        "Sleeps names the stage 'sleep', which is none.",
        "Teleports names the touchpoint 'beam', which is none.",
    )
    with pytest.raises(QuestionError, match="no segment 'colour'"):
        lay(now=replace(NOW, segment=("colour", "red")))


def test_a_map_without_data_is_laid_over_with_nothing(lay):
    laid = lay(Filters(since=date(1999, 1, 1), until=date(1999, 1, 2)), SMALL)
    assert {step.volume for step in laid.steps.values()} == {0}
    assert laid.findings == ()
    assert laid.shapes == ()


def test_few_questions_are_asked(local, lay):
    asked = []

    class Counting:
        def __getattr__(self, name):
            asked.append(name)
            return getattr(local, name)

    lay(questions=Counting())
    assert len(asked) <= 30
