"""A question, from a page's address: the options are read as the API reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from touchline.errors import QuestionError
from touchline.server.api.facade import Asked, Question, model_of, options_of, question_named, validated
from touchline.server.journey.filtering import OWN
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.server.journey.page import Visit

#: Stands before an option's name in an address.
ASK: Final = "ask_"


def known(name: str) -> Question:
    """Return a question of the catalogue.

    Raises:
        QuestionError: There is none of that name.
    """
    question = question_named(name)
    if question is None:
        raise QuestionError(phrase("there is no question {name}", name=repr(name)), todo=phrase("choose one above"))
    return question


def asked(question: Question, visit: Visit) -> Asked:
    """Return a question with the page's filters and what the address says of its options.

    An option stands under its own name, or with ``ask_`` in front, which one that is called like a filter needs.

    Raises:
        QuestionError: An option cannot be read, or one that is needed is missing.
    """
    said = {}
    for option in question.options:
        text = visit.said(ASK + option.name) or ("" if option.name in OWN else visit.said(option.name))
        said[option.name] = text.strip()
    return with_options(question, visit, said)


def with_options(question: Question, visit: Visit, said: Mapping[str, str]) -> Asked:
    """Return a question with the page's filters and some options, as text; those of many values with commas.

    Raises:
        QuestionError: An option cannot be read, or one that is needed is missing.
    """
    values: dict[str, str | list[str]] = {}
    for option in question.options:
        text = said.get(option.name, "")
        if text:
            parts = [part.strip() for part in text.split(",")]
            values[option.name] = [part for part in parts if part] if option.many else text
        elif option.required:
            raise QuestionError(
                phrase("{replace} is needed", replace=option.name.replace("_", " ")), todo=phrase("state it above")
            )
    previous = visit.chosen.previous if question.compared else None
    if question.needs_before and previous is None:
        raise QuestionError(phrase("this compares two periods"), todo=phrase("choose a period that has one before it"))
    given = validated(model_of(question), values)
    return Asked(question, visit.chosen.filters, previous, options_of(question, given))
