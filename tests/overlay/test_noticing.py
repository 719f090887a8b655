"""What is noticed: each planted difference is found, and nothing where map and data agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.overlay.answers import TAXONOMY, answers, bound_of, cell, claims_of, here, scores

from touchline.maps import Belief, Card, Lane, Map, Phase, Route, Step
from touchline.maps.measured import Measure
from touchline.overlay.believed import load
from touchline.overlay.binding import Place
from touchline.overlay.laid import Laid
from touchline.overlay.noticing import noticed
from touchline.overlay.shapes import shapes
from touchline.overlay.steps import measured

DELIVERY, USAGE, SUPPORT = Place("delivery"), Place("usage"), Place("support")
ASK = {"stage": "delivery", "touchpoint": None, "intent": "question"}
LANES = tuple(Lane(kind, kind) for kind in ("pains", "touchpoints", "questions", "opportunities"))


def a_map(*steps, cards=(), **more):
    return Map("m", "M", phases=(Phase("p", "P", steps),), lanes=LANES, cards=cards, **more)


def found(now, asked, kind, personas=None):
    bound = bound_of(now)
    steps = {step.id: measured(step, bound.get(step.id), asked) for step in now.steps()}
    line = shapes([(step.id, steps[step.id].jsi) for step in now.steps()])
    laid = Laid(now, bound, asked, claims_of(now, asked), steps, line, personas or {}, TAXONOMY)
    return [one for one in noticed(laid) if one.kind == kind]


def wait(**belief):
    return Step("wait", "Waits", "delivery", believed=(Belief(**belief),) if belief else ())


def test_a_belief_that_data_refute_is_told_with_both_numbers():
    (one,) = found(a_map(wait(jsi=66)), answers(3960, 3960), "belief")
    assert (one.step, one.question) == ("wait", "stages")
    assert one.text == "believed 66, measured 40 ±3 (n 3,960)"
    assert found(a_map(wait(jsi=42.5)), answers(3960, 3960), "belief") == []  # inside the interval
    assert found(a_map(wait(jsi=66)), answers(29, 3960), "belief") == []  # too few customers
    assert found(a_map(wait(jsi=66), state="future"), answers(3960, 3960), "belief") == []


def test_a_persona_s_belief_is_held_against_its_own_line():
    now = a_map(Step("wait", "Waits", "delivery", believed=(Belief("Nora", jsi=66),)))
    lines = {"Nora": {"wait": Measure(38.0, 34.0, 42.0, 90, 60)}}
    (one,) = found(now, answers(400, 400), "belief", lines)
    assert one.text == "believed of Nora 66, measured 38 ±4 (n 90)"
    assert found(now, answers(400, 400), "belief") == []


def test_beliefs_that_are_right_are_seldom_doubted():
    """Of 300 maps whose nine beliefs are true, some fifteen may be told that one is not."""
    rng = np.random.default_rng(3)
    names = TAXONOMY.ids[:9]
    wrong = 0
    for _ in range(300):
        truth = rng.uniform(30, 70, len(names))
        steps, places = [], {}
        for name, value, off in zip(names, truth, rng.normal(0, 12 / 1.96, len(names)), strict=True):
            steps.append(Step(name, name, name, believed=(Belief(jsi=value),)))
            places[Place(name)] = replace(here(200, 200), scores=scores(200, 200, value + off, half=12))
        wrong += bool(found(a_map(*steps), answers(200, 200, here=places), "belief"))
    assert wrong <= 25


def test_time_is_doubted_where_median_and_mean_agree():
    row = {"customers": 300, "n": 500, "median_days": 6.0, "mean_days": 7.0, "low": 6.5, "high": 7.5, "hidden": False}
    (one,) = found(a_map(wait(minutes=2880)), answers(400, 800, dwell={"delivery": row}), "duration")
    assert one.title == "Waits takes longer than believed"
    assert one.text == "believed 2 d; half take 6 d or longer, the mean is 7 d (n 500)"
    assert found(a_map(wait(minutes=9000)), answers(400, 800, dwell={"delivery": row}), "duration") == []
    skew = row | {"mean_days": 1.5, "low": 1.2, "high": 1.8}
    assert found(a_map(wait(minutes=2880)), answers(400, 800, dwell={"delivery": skew}), "duration") == []


def test_effort_is_compared_on_the_scale_that_was_asked():
    row = scores(400, 800, 50.0, ces=2.0, ces_low=1.8, ces_high=2.2, ces_n=200)
    asked = answers(400, 800, here={DELIVERY: replace(here(400, 800), scores=row)}, ces_scale={"delivery": (1.0, 5.0)})
    (one,) = found(a_map(wait(effort=5.5)), asked, "effort")
    assert one.title == "Waits is harder than believed"
    assert one.text.startswith("believed 4.0, measured 2.0 ±0.2 (n 200) on 1 to 5")
    assert found(a_map(wait(effort=2.5)), asked, "effort") == []  # 2.0 on 1 to 5


def test_a_pain_without_customers_is_told_and_whether_it_has_gone():
    now = a_map(wait(), cards=(Card("c", "pains", "wait", "Late", theme="late_delivery"),))
    (one,) = found(now, answers(600, 900), "unsupported")
    assert (one.card, one.title) == ("c", "A pain that data do not show")
    assert one.text == "“Late”: 0 of 600 customers say so"
    before = {"late_delivery": {"customers": 44}}
    (one,) = found(now, answers(600, 900, causes_before=before), "unsupported")
    assert one.title == "A pain that has gone"
    assert one.text == "“Late”: 0 of 600 customers say so; 44 did in the period before"
    rare = answers(600, 900, causes_before={"late_delivery": {"customers": 6}}, before=scores(700, 900))
    assert found(now, rare, "unsupported")[0].title == "A pain that data do not show"
    assert found(now, answers(60, 90), "unsupported") == []  # nobody of so few
    assert found(now, answers(600, 900, causes={"late_delivery": {"customers": 30, "n": 40}}), "unsupported") == []


def test_a_touchpoint_that_nobody_speaks_of_is_a_blind_spot():
    now = a_map(wait(), cards=(Card("c", "touchpoints", "wait", "Courier delivery"),))
    visits = {"courier_delivery": {"customers": 420, "n": 500}}
    (one,) = found(now, answers(300, 500, visited=visits), "blind spot")
    assert one.text == "420 customers came by, fewer than 5 said anything of it"
    (one,) = found(now, answers(300, 500), "blind spot")
    assert one.text == "of the 300 customers heard at Delivery fewer than 5 spoke of it"
    heard = {("delivery", "courier_delivery"): cell(5, 5, column_name="Courier")}
    assert found(now, answers(300, 500, visited=visits, touchpoints=heard), "blind spot") == []
    assert found(now, answers(29, 500), "blind spot") == []


def test_a_step_that_nobody_takes_is_told_unless_visits_say_otherwise():
    now = a_map(wait(), Step("use", "Uses", "usage"))
    places = {DELIVERY: here(300, 500), USAGE: here(0, 0)}
    facts = {"customers": 400, "since": None, "until": None}
    (one,) = found(now, answers(here=places, facts=facts), "unused step")
    assert (one.step, one.title, one.text) == ("use", "Nobody takes Uses", "0 of 400 customers were there")
    there = {"usage": {"customers": 90, "n": 90, "median_days": 1.0, "hidden": False}}
    assert found(now, answers(here=places, facts=facts, dwell=there), "unused step") == []
    apart = {DELIVERY: here(300, 500), USAGE: replace(here(0, 0), left_out=True)}
    assert found(now, answers(here=apart, facts=facts), "unused step") == []


def test_a_stage_between_two_steps_that_customers_speak_of_is_missing():
    now = a_map(wait(), Step("help", "Asks", "support"))
    between = TAXONOMY.ids[TAXONOMY.ids.index("delivery") + 1]
    outside = TAXONOMY.ids[0]
    stages = {
        "delivery": scores(300, 500),
        "support": scores(200, 300),
        between: scores(120, 200),
        outside: scores(250, 300),
    }
    places = {DELIVERY: here(300, 500), SUPPORT: here(200, 300)}
    given = {"here": places, "stages": stages, "facts": {"customers": 400, "since": None, "until": None}}
    (one,) = found(now, answers(**given), "missing step")
    assert one.text == f"{TAXONOMY.stage(between).name}: 120 customers of 400 (30 %) speak of it"
    assert found(replace(now, kind="experience"), answers(**given), "missing step") == []
    assert found(replace(now, kind="blueprint"), answers(**given), "missing step") == []
    stages[between] = scores(12, 14)
    assert found(now, answers(**given), "missing step") == []


def test_a_touchpoint_that_customers_speak_of_is_missing_from_a_map_that_shows_touchpoints():
    cells = {
        ("delivery", "courier_delivery"): cell(200, 300, column_name="Courier delivery"),
        ("delivery", "shipment_tracking"): cell(80, 90, column_name="Shipment tracking"),
        ("delivery", "packaging"): cell(12, 14, column_name="Packaging"),
    }
    now = a_map(wait(), cards=(Card("c", "touchpoints", "wait", "Courier delivery"),))
    (one,) = found(now, answers(400, 800, touchpoints=cells), "missing step")
    assert one.text == "Shipment tracking: 20 % of the 400 customers heard at Delivery speak of it"
    assert found(a_map(wait()), answers(400, 800, touchpoints=cells), "missing step") == []


def test_a_way_back_is_missing_until_a_route_shows_it():
    now = a_map(Step("buy", "Buys", "purchase"), wait())
    places = {Place("purchase"): here(300, 500), DELIVERY: here(300, 500)}
    moves = [
        {"source": "delivery", "target": "purchase", "customers": 90, "n": 120, "hidden": False},
        {"source": "purchase", "target": "delivery", "customers": 290, "n": 300, "hidden": False},
    ]
    row = {"customers": 300, "n": 400, "median_days": 1.0, "hidden": False}
    asked = answers(here=places, moves=moves, dwell={"delivery": row, "purchase": row})
    (one,) = found(now, asked, "missing step")
    assert one.text == "30 % of the 300 customers at Delivery go back to Purchase, and no loop shows it"
    assert found(replace(now, routes=(Route("r", "loop", "wait", "buy"),)), asked, "missing step") == []


def test_a_question_that_many_ask_wants_a_card_that_answers():
    ask = {
        "stage": "delivery",
        "touchpoint": None,
        "theme": "late_delivery",
        "intent": "question",
        "words": "Where is it?",
    }
    rows = [{"interaction_id": f"i{at}", "customer_ref": f"c{at % 40}", "mentions": [ask]} for at in range(60)]
    cards = (
        Card("q", "questions", "wait", "Where?", theme="late_delivery"),
        Card("o", "opportunities", "wait", "A tea"),
    )
    (one,) = found(a_map(wait(), cards=cards), answers(400, 800, questions=rows), "unanswered")
    assert one.text.startswith("60 questions about “Parcel arrives later than promised” by 40 customers (10 %)")
    assert one.text.endswith("such as “Where is it?”")
    answer = Card("a", "opportunities", "wait", "A link", addresses=("q",))
    assert found(a_map(wait(), cards=(*cards, answer)), answers(400, 800, questions=rows), "unanswered") == []
    few = rows[:4]
    assert found(a_map(wait(), cards=cards), answers(400, 800, questions=few), "unanswered") == []


def test_questions_about_nothing_in_particular_are_told_of_steps_without_an_answer():
    ask = ASK | {"theme": None, "words": "Really"}
    rows = [{"interaction_id": f"i{at}", "customer_ref": f"c{at}", "mentions": [ask]} for at in range(60)]
    (one,) = found(a_map(wait()), answers(400, 800, questions=rows, questions_in_all=90), "unanswered")
    assert one.text == "at least 60 questions by 60 customers (15 %)"
    now = a_map(wait(), cards=(Card("o", "opportunities", "wait", "A tea"),))
    assert found(now, answers(400, 800, questions=rows), "unanswered") == []


def test_the_step_most_laden_with_emotion_is_told_where_it_surely_is():
    now = a_map(wait(), Step("use", "Uses", "usage"))

    def asked(angry, calm):
        places = {
            DELIVERY: replace(here(300, 400), emotions={"anger": (angry, angry), "neutral": (400 - angry, 250)}),
            USAGE: replace(here(300, 400), emotions={"delight": (400 - calm, 200), "neutral": (calm, 200)}),
        }
        return answers(here=places)

    (one,) = found(now, asked(300, 250), "load")
    assert (one.step, one.text) == ("wait", "75 % of what is said carries an emotion (n 400), 38 % elsewhere")
    assert found(now, asked(160, 250), "load") == []
    assert load(asked(300, 250).here[DELIVERY]) == (0.75, 400, 300)


def test_shapes_of_the_line_are_told():
    now = a_map(Step("buy", "Buys", "purchase"), wait(), Step("use", "Uses", "usage"))
    places = {
        Place("purchase"): here(300, 400, jsi=70.0), DELIVERY: here(300, 400, jsi=40.0), USAGE: here(300, 400, jsi=68.0)
    }  # fmt: skip
    drop, trough = found(now, answers(here=places), "shape")
    assert (drop.title, drop.text, drop.step) == ("A rapid drop at Waits", "JSI 70 at Buys, 40 at Waits", "wait")
    assert (trough.title, trough.text) == ("A trough at Waits", "JSI 70 at Buys, 40 at Waits, 68 at Uses")


@pytest.mark.parametrize("kind", ["journey", "zoom", "support"])
def test_nothing_is_noticed_where_nothing_is_measured(kind):
    now = a_map(Step("dream", "Dreams", believed=(Belief(jsi=66, minutes=5, effort=3),)), kind=kind)
    asked = answers(here={}, stages={}, facts={"customers": 0, "since": None, "until": None})
    assert (
        noticed(Laid(now, {}, asked, [], {"dream": measured(next(now.steps()), None, asked)}, (), {}, TAXONOMY)) == ()
    )
