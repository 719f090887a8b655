"""What the engine says is English until it is shown to someone who reads another language."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator

import pytest

from touchline.figures.markup import tag
from touchline.figures.numbers import between, count, day, percent, plain, span
from touchline.words import Phrase, joined, phrase, phrase_of, phrases, speak

_SAID = {"{n} of {what}": "{what}: {n}", "low": "tief", "{n} day": "{n} Tag", "{n} to {m}": "{n} bis {m}"}


class _Other:
    def template(self, told: Phrase) -> str:
        template = told.many if told.many and told.n != 1 else told.original
        return {"month": "Mai"}.get(told.context) or _SAID.get(template, template)

    def number(self, number: str) -> str:
        return number.translate(str.maketrans(",.", ".,"))


@pytest.fixture
def other() -> Iterator[None]:
    from touchline import words

    before = words._speaker
    speak(_Other())
    yield
    speak(before)


def test_a_phrase_is_its_english_text_wherever_data_go(other: None) -> None:
    told = phrase("{n} of {what}", n=1284, what=phrase("low"))
    assert told == "1,284 of low"
    assert json.dumps({told: [told]}) == '{"1,284 of low": ["1,284 of low"]}'
    assert {"1,284 of low": 1}[told] == 1
    assert "".join([told]) == "1,284 of low"


def test_shown_it_is_in_the_other_language_with_all_that_is_in_it(other: None) -> None:
    told = phrase("{n} of {what}", n=1284, what=phrase("low"))
    assert str(told) == f"{told}" == "%s" % told == "{}".format(told) == "tief: 1.284"  # noqa: UP031, UP032
    assert tag("p", told) == "<p>tief: 1.284</p>"
    assert str(joined("; ", [told, phrase("low")])) == "tief: 1.284; tief"
    assert str(phrases("{n} day", "{n} days", 1)) == "1 Tag"
    assert (str(phrase("May")), str(phrase_of("month", "May"))) == ("May", "Mai")


def test_it_is_kept_and_copied_whole(other: None) -> None:
    told = phrase("{n} of {what}", n=1284, what=phrase("low"))
    for again in (pickle.loads(pickle.dumps(told)), copy.deepcopy(told)):
        assert (again, str(again)) == ("1,284 of low", "tief: 1.284")


def test_words_of_customers_are_put_in_as_they_are_and_escaped_once(other: None) -> None:
    told = phrase("{n} of {what}", n=1, what="<b>{n} low</b>")
    assert str(told) == "<b>{n} low</b>: 1"
    assert tag("p", told) == "<p>&lt;b&gt;{n} low&lt;/b&gt;: 1</p>"
    assert told.__html__() == "&lt;b&gt;{n} low&lt;/b&gt;: 1"


def test_numbers_get_the_marks_of_the_language(other: None) -> None:
    from datetime import date

    assert [str(one) for one in (plain(-1284.5, 1), percent(0.12), span(5400))] == ["−1.284,5", "12 %", "1,5 h"]
    assert str(between(0.25, 0.5, 2)) == "0,25 to 0,50"
    assert (count(2345, "customer"), str(count(2345, "customer"))) == ("2,345 customers", "2.345 customers")
    assert (day(date(2026, 5, 6)), str(day(date(2026, 5, 6)))) == ("6 May 2026", "6 Mai 2026")
