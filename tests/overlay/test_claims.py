"""What data say of cards: whom a claim is counted by, how well it is backed, and what is told under its words."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.overlay.answers import answers, cell, claims_of, told_of

from touchline.maps import Card, Lane, Map, Phase, Proof, Step
from touchline.maps.measured import Measure, StepMeasured
from touchline.overlay.claims import RARE, SURE, Counted, counted, validation, weigh

LANES = tuple(
    Lane(kind, kind)
    for kind in (
        "pains", "happy", "questions", "touchpoints", "channels", "feels", "opportunities", "solutions", "kpis", "notes"
    )
)  # fmt: skip


def a_map(*cards, **more):
    return Map(
        "m", "M", phases=(Phase("p", "P", (Step("wait", "Waits", "delivery"),)),), lanes=LANES, cards=cards, **more
    )


@given(st.integers(0, 2000), st.data())
def test_levels_follow_from_counts(of, data):
    customers = data.draw(st.integers(0, of))
    found = Counted(customers, of, customers)
    chance = found.refuted
    if found.level == "none":
        assert chance < SURE
        assert customers < RARE * of
    elif found.level == "untold":
        assert customers < 5
    else:
        assert customers >= (30 if found.level == "strong" else 5)
    share = found.share
    assert (share.value is None) == (customers < 5)
    if share.value is not None:
        assert share.low <= share.value <= share.high
        assert share.value == pytest.approx(100 * customers / of)


def test_silence_refutes_only_where_somebody_could_have_spoken():
    assert Counted(0, 20, 0).level == "untold"  # nobody of a few
    assert Counted(0, 400, 0).level == "none"
    assert Counted(0, 400, 0, telling=False).level == "untold"


def test_a_pain_is_counted_by_the_touches_that_it_hurts():
    asked = answers(
        customers=400,
        n=800,
        causes={"late_delivery": {"customers": 80, "n": 120, "impact": 6.1, "low": 4.0, "high": 8.2}},
        themes={"late_delivery": {"customers": 95, "n": 150, "negative": 0.8}},
    )
    now = a_map(Card("c", "pains", "wait", "Late", theme="late_delivery"))
    (claim,) = claims_of(now, asked)
    assert counted(claim, asked).customers == 80
    card = told_of(now, asked)["c"]
    assert (card.level, card.told, card.gain, card.gain_low) == ("strong", "20 % · n 120 · +6.1 JSI", 6.1, 4.0)


def test_a_theme_that_mostly_pleases_backs_no_pain():
    asked = answers(customers=400, n=800, themes={"late_delivery": {"customers": 60, "n": 60, "negative": 0.05}})
    now = a_map(
        Card("pain", "pains", "wait", "Late", theme="late_delivery"),
        Card("joy", "happy", "wait", "Late", theme="late_delivery"),
    )
    assert told_of(now, asked)["pain"].level == "none"
    pleased = answers(
        customers=400, n=800, themes={"late_delivery": {"customers": 60, "n": 60, "negative": 0.05, "value": 90.0}}
    )
    assert told_of(now, pleased)["joy"].level == "strong"


def test_words_that_are_a_theme_s_or_a_touchpoint_s_name_bind_a_card():
    asked = answers(customers=400, n=800, causes={"late_delivery": {"customers": 10, "n": 12}})
    now = a_map(
        Card("pain", "pains", "wait", "Parcel arrives later than promised"),
        Card("point", "touchpoints", "wait", "Courier delivery"),
        Card("unknown", "pains", "wait", "The moon is full"),
        Card("odd", "pains", "wait", "Odd", theme="no_such_theme"),
    )
    found = {claim.card.id: (claim.theme, claim.touchpoint) for claim in claims_of(now, asked)}
    assert found == {
        "pain": ("late_delivery", ""), "point": ("", "courier_delivery"), "unknown": ("", ""), "odd": ("", "")
    }  # fmt: skip
    levels = {name: card.level for name, card in told_of(now, asked).items()}
    assert levels == {"pain": "some", "point": "untold", "unknown": "untold", "odd": "untold"}


def test_a_touchpoint_counts_its_visitors_where_they_are_recorded():
    row = {"customers": 300, "n": 450}
    asked = answers(customers=400, n=800, visited={"courier_delivery": row}, dwell={"delivery": {"customers": 600}})
    now = a_map(Card("c", "touchpoints", "wait", "Courier", touchpoint="courier_delivery"))
    assert told_of(now, asked)["c"].told == "50 % · n 450"
    heard = answers(customers=400, n=800, touchpoints={("delivery", "courier_delivery"): cell(40, 55)})
    assert told_of(now, heard)["c"].told == "10 % · n 55"


def test_questions_say_how_often_they_are_asked_and_whether_a_card_answers():
    asks = {"stage": "delivery", "touchpoint": None, "theme": "late_delivery", "intent": "question"}
    when = datetime(2026, 1, 1)
    rows = [
        {"interaction_id": f"i{at}", "customer_ref": f"c{at % 20}", "occurred_at": when, "mentions": [asks]}
        for at in range(25)
    ]
    asked = answers(customers=200, n=400, questions=rows)
    question = Card("q", "questions", "wait", "Where is it?", theme="late_delivery")
    answer = Card("a", "solutions", "wait", "A link", addresses=("q",))
    assert told_of(a_map(question), asked)["q"].told == "10 % · n 25 · no card answers it"
    assert told_of(a_map(question, answer), asked)["q"].told == "10 % · n 25"


def test_what_feels_is_counted_by_its_emotion():
    asked = answers(customers=100, n=300, emotions={"anger": (60, 40), "neutral": (90, 50)})
    now = a_map(Card("c", "feels", "wait", "Anger"), Card("d", "feels", "wait", "Left alone", tags=("anxiety",)))
    cards = told_of(now, asked)
    assert (cards["c"].level, cards["c"].told) == ("strong", "40 % · n 60")
    assert cards["d"].level == "untold"  # nobody of a hundred: too few to be sure


def test_an_opportunity_promises_what_its_largest_pain_costs():
    causes = {
        "late_delivery": {"customers": 80, "n": 120, "impact": 6.1, "low": 4.0, "high": 8.2},
        "lost_delivery": {"customers": 30, "n": 40, "impact": 2.0, "low": 1.0, "high": 3.1},
    }
    now = a_map(
        Card("c1", "pains", "wait", "Late", theme="late_delivery"),
        Card("c2", "pains", "wait", "Lost", theme="lost_delivery"),
        Card("o", "opportunities", "wait", "Tell first", addresses=("c2", "c1", "gone")),
        Card("p", "opportunities", "wait", "Free tea"),
    )
    cards = told_of(now, answers(customers=400, n=800, causes=causes))
    assert (cards["o"].told, cards["o"].gain) == ("+6.1 JSI", 6.1)
    assert "p" not in cards


def test_few_customers_are_hidden_and_research_is_told_beside_them():
    asked = answers(customers=60, n=80, causes={"late_delivery": {"customers": 3, "n": 3}})
    now = a_map(
        Card("few", "pains", "wait", "Late", theme="late_delivery"),
        Card("read", "pains", "wait", "Sad", proof=(Proof("research", "a.pdf", "14 interviews, May"),)),
        Card("heard", "pains", "wait", "Cold", proof=tuple(Proof("interaction", f"i{at}") for at in range(5))),
    )
    cards = told_of(now, asked)
    assert (cards["few"].told, cards["few"].measure.value) == ("fewer than 5 customers", None)
    assert (cards["read"].level, cards["read"].told) == ("untold", "14 interviews, May")
    assert (cards["heard"].level, cards["heard"].told) == ("some", "5 interactions")


def test_kpis_show_what_they_measure_beside_their_target():
    now = a_map(
        Card("jsi", "kpis", "wait", metric="jsi", target=60.0),
        Card("time", "kpis", "wait", metric="dwell", target=2880.0),
        Card("own", "kpis", "wait", metric="parcels found", value=12.0, target=3.0),
    )
    asked = answers(customers=400, n=800)
    metrics = {"jsi": Measure(38.6, 36.0, 41.5, 800, 400), "dwell": Measure(4320.0, n=90, customers=70)}
    steps = {"wait": StepMeasured("wait", metrics, volume=800, customers=400, bound="stage")}
    cards = weigh(now, claims_of(now, asked), steps, asked)
    assert cards["jsi"].told == "39 ±3 · n 800 · target 60"
    assert cards["time"].told == "3 d · n 90 · target 2 d"
    assert (cards["own"].level, cards["own"].told) == ("untold", "12 · target 3")


def test_the_validation_counts_claims_alone():
    causes = {"late_delivery": {"customers": 80, "n": 120}}
    cards = (
        Card("c1", "pains", "wait", "Late", theme="late_delivery"),
        Card("c2", "pains", "wait", "The moon"),
        Card("c3", "notes", "wait", "No claim"),
        Card("c4", "touchpoints", "wait", "A message", missing=True),
    )
    asked = answers(customers=400, n=800, causes=causes)
    now = a_map(*cards)
    assert validation(now, claims_of(now, asked), told_of(now, asked)) == 0.5
    later = a_map(*cards, state="future")
    assert validation(later, claims_of(later, asked), told_of(later, asked)) is None
    empty = a_map()
    assert validation(empty, claims_of(empty, asked), {}) is None


def test_a_claim_of_a_competitor_or_of_an_unbound_step_is_untold():
    asked = answers(customers=400, n=800, causes={"late_delivery": {"customers": 80, "n": 120}})
    theirs = a_map(Card("c", "pains", "wait", "Late", theme="late_delivery", of="Rival"), kind="competitor")
    assert told_of(theirs, asked)["c"].level == "untold"
    ours = a_map(Card("c", "pains", "wait", "Late", theme="late_delivery"))
    assert told_of(ours, asked)["c"].level == "strong"
    assert told_of(ours, asked, bound={})["c"].level == "untold"
