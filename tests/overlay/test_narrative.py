"""Stories: every number in a sentence is one of its facts, every fact is a figure's, and nothing is made up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.figures.numbers import day, plain, span
from touchline.maps import Belief, Card, Lane, Map, Phase, Step
from touchline.maps.measured import Finding, Measure, Overlay, Said, StepMeasured, Topic
from touchline.overlay.narrative import story
from touchline.overlay.priorities import priorities
from touchline.overlay.running import Running
from touchline.overlay.sentences import say
from touchline.overlay.summary import summary
from touchline.overlay.values import Cause, Gap, Gaps, Learned, PersonaSeen, Priority

NUMBER = re.compile(r"[+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
MAP = Map(
    "m",
    "Lamp",
    personas=("Ann",),
    goal="light",
    scenario="A lamp {died}",
    phases=(
        Phase(
            "buy",
            "Buy",
            (
                Step("look", "Looks", "consideration", believed=(Belief(jsi=60.0, minutes=90.0),)),
                Step("pay", "Pays", "purchase"),
            ),
        ),
        Phase("wait", "Wait", (Step("follow", "Follows", "delivery"), Step("free", "Dreams"))),
    ),
    lanes=(Lane("a", "actions"),),
    cards=(Card("c", "a", "look", "Reads {reviews}."),),
)


def numbers_of(sentence):
    """What the numbers of a sentence's facts may look like in it, and the words that it took over."""
    shown, words = set(), []
    for value in sentence.facts.values():
        if isinstance(value, str):
            words.append(value)
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                words.append(day(date.fromisoformat(value)))
            continue
        for decimals in (0, 1):
            shown |= {plain(value, decimals), plain(value, decimals, signed=True)}
        words.append(span(value * 60))
    return shown, words


def no_invention(told):
    for passage in told.passages:
        assert passage.sentences
        for sentence in passage.sentences:
            shown, words = numbers_of(sentence)
            text = sentence.text
            for word in sorted(words, key=len, reverse=True):
                text = text.replace(word, "")
            for found in NUMBER.findall(text):
                if found in ("5",) and "of 5" in sentence.text:
                    continue  # the scale of an effort or impact
                assert found in shown, (found, sentence)
            if shown and any(isinstance(value, float) for value in sentence.facts.values()):
                assert sentence.question or "expected" in sentence.text or "believes" in sentence.text, sentence


score = st.floats(0, 100)


@st.composite
def measures(draw):
    value = draw(st.none() | score)
    if value is None:
        return Measure()
    n = draw(st.integers(1, 9000))
    low, high = draw(st.floats(0, value)), draw(st.floats(value, 100))
    return Measure(value, low, high, n, draw(st.integers(1, n)))


@st.composite
def overlays(draw):
    steps = {}
    for step in MAP.steps():
        topics = draw(st.lists(st.tuples(st.integers(1, 900), st.floats(0, 1), st.floats(0, 1)), max_size=3))
        steps[step.id] = StepMeasured(
            step.id,
            {name: draw(measures()) for name in ("jsi", "dropoff", "dwell")},
            {"jsi": draw(measures())},
            customers=draw(st.integers(0, 99)),
            emotions=tuple((name, draw(st.floats(0, 1))) for name in draw(st.permutations(["anger", "neutral"]))),
            topics=tuple(Topic(f"t{at}", f"Theme {at}", *cell) for at, cell in enumerate(topics)),
            said=(Said("i1", "5 weeks, 3 mails,", date(2026, 1, 2)),) if draw(st.booleans()) else (),
            bound="stage" if step.stage else "",
        )
    finding = Finding("belief", "They part at Looks", "believed 66, measured 37 ± 3", "look", "", "stages", 1)
    return Overlay(
        map="m",
        start=date(2026, 1, 1),
        end=date(2026, 3, 31),
        steps=steps,
        findings=(finding,),
        validation=draw(st.none() | st.floats(0, 1)),
        shapes=(("trough", ("look", "pay")),),
    )


@given(overlays(), st.booleans())
def test_no_number_in_a_story_is_invented(measured, whose):
    persona = PersonaSeen("Ann", "tier = vip", 90, 0.3, jsi=Measure(50.2, 40, 60, 90, 80), everyone=Measure(47.7))
    no_invention(story(MAP, measured, persona=persona if whose else None))


@given(overlays())
def test_no_number_in_a_summary_is_invented(measured):
    cause = Cause("late", "Late", "delivery", Measure(3.2, 1.1, 5.3, 30, 30))
    aimed = Gap("look", "look", "Looks", "jsi", Measure(40.4, 38, 43, 90, 80), "measured", 70.0, "kpi", 29.6)
    gap = replace(aimed, verdict="missed", cause=cause)
    gaps = Gaps("m", "f", rows=(gap, replace(gap, target=None, verdict="no target")))
    first = Priority("m", "c", "Tell 1st", whole=Measure(0.44, 0.1, 0.8, 9, 9), effort=2, rank=1, basis="measured")
    first = replace(first, revenue=Measure(83.3), currency="EUR", score=53.9)
    second = Priority("m", "d", "Guess", believed=4, score=20.0, rank=2, basis="believed")
    sides = {"before": Measure(40.0), "after": Measure(48.0), "change": Measure(8.0, 1.0, 15.0)}
    learnt = Learned("m", "c", "Tell 1st", "look", "jsi", "", date(2026, 2, 1), 28, outcome="better", **sides)
    told = summary(MAP, measured, gaps=gaps, priorities=[first, second], learned=[learnt])
    no_invention(told)
    assert [one.title for one in told.passages][-3:] == ["What to close", "What to do first", "What was learnt"]
    assert "1 of 1 targets" in told.text


def test_words_of_the_map_and_of_customers_are_taken_as_they_are():
    here = StepMeasured("look", {"jsi": Measure(40, 30, 50, 40, 40)}, said=(Said("i", "{n} days,", date(2026, 1, 1)),))
    told = story(MAP, Overlay("m", steps={"look": here}))
    assert "A lamp {died}." in told.text
    assert "Looks: reads {reviews}." in told.text
    assert "“{n} days”" in told.text


def test_few_customers_are_called_few_and_not_compared():
    steps = {"look": StepMeasured("look", {"jsi": Measure(99, 80, 100, 7, 7)}, bound="stage")}
    text = story(MAP, Overlay("m", steps=steps)).text
    assert "which is few" in text
    assert "The team believed" not in text


def test_the_lowest_and_the_highest_are_named_and_belief_stands_beside():
    jsi = {"look": 40.0, "pay": 70.0, "follow": 10.0}
    steps = {
        step: StepMeasured(step, {"jsi": Measure(value, value - 3, value + 3, 90, 80)}, bound="stage")
        for step, value in jsi.items()
    }
    told = story(MAP, Overlay("m", steps=steps))
    by_step = {one.step: one.text for passage in told.passages for one in passage.sentences if "JSI" in one.text}
    assert "lowest" in by_step["follow"]
    assert "highest" in by_step["pay"]
    assert "The team believed 60: the data say 20 points fewer." in told.text
    board = summary(MAP, Overlay("m", steps=steps)).text
    assert "Follows is the lowest of 3 measured steps: JSI 10 (7 to 13, 90 comments)." in board


def test_what_is_of_all_customers_is_not_told_as_a_persona_s_own():
    here = StepMeasured(
        "look",
        {"jsi": Measure(40, 37, 43, 900, 800), "dwell": Measure(60.0)},
        customers=800,
        bound="stage",
        emotions=(("anger", 0.4),),
        topics=(Topic("t", "Late", 90, 0.1, 0.9),),
        said=(Said("i", "No!", date(2026, 1, 1)),),
    )
    ann = PersonaSeen("Ann", "tier = vip", 90, 0.3)
    measured = Overlay("m", steps={"look": here}, personas={"Ann": {"look": Measure(55, 50, 60, 90, 80)}})
    mixed = story(MAP, measured, persona=ann).text
    assert "90 comments of 80 customers give a JSI of 55 (50 to 60)" in mixed
    for words in (
        "in all customers' words",
        "What all customers complain",
        "A customer wrote",
        "Half of all customers",
    ):
        assert words in mixed
    theirs = story(MAP, replace(measured, personas={}), persona=ann, theirs=True).text
    assert "900 comments of 800 customers give a JSI of 40" in theirs
    assert "all customers" not in theirs
    unknown = story(MAP, replace(measured, personas={}), persona=ann).text
    assert "900 comments of 800 customers, of all kinds, give a JSI of 40" in unknown
    assert "The team believed" not in unknown


def test_of_a_map_that_nothing_is_known_of_only_the_map_speaks():
    told = story(MAP, Overlay("m"))
    assert {sentence.question for passage in told.passages for sentence in passage.sentences} == {""}
    assert summary(MAP, Overlay("m")).passages == ()


def test_a_sentence_needs_its_facts():
    with pytest.raises(KeyError):
        say("{n} comments.", "stages")


def test_a_summary_of_real_priorities_says_what_the_what_if_says(local, taxonomy):
    lanes, card = (Lane("o", "opportunities"),), Card("c", "o", "follow", "Tell first", theme="late_delivery")
    found = priorities([replace(MAP, lanes=lanes, cards=(card,))], local, taxonomy=taxonomy)
    told = summary(MAP, Overlay("m"), priorities=found)
    no_invention(told)
    assert told.passages[0].sentences[0].question == "whatif"
    assert told.passages[0].sentences[0].facts["points"] == found[0].whole.value


def test_what_customers_do_is_run_into_a_sentence_with_its_capitals() -> None:
    german = ("Sieht die Werbung im Fernsehen", "Bestellung auf der Seite", "Fragt im Chat nach dem Tag der Lieferung")
    cards = tuple(Card(f"c{at}", "l", "s", text) for at, text in enumerate(german))
    running = Running(Map("m", "M", cards=cards))
    assert running.together(german[:2]) == "Sieht die Werbung im Fernsehen and Bestellung auf der Seite"
    names = Running(Map("m", "M", personas=("Nora the newcomer",), goal="An answer from Henrik, before Friday"))
    kept = ["Nora waits", "Henrik calls", "IBAN is asked", "iPhone rings", ""]
    assert [names.one(text) for text in kept] == kept
    assert names.one("Calls Nora.") == "calls Nora"
