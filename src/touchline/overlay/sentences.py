"""Sentences by templates: every number and name in one is a fact that it carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from touchline.figures.numbers import day, listed, plain, span
from touchline.maps.measured import Measure
from touchline.overlay.values import Passage, Sentence
from touchline.words import Phrase

__all__ = ["Fact", "Facts", "interval", "listed", "part", "passages", "say"]

Fact = float | int | str
#: Some facts, to be put into `say`.
Facts = dict[str, Any]
_FIELD: Final = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


def say(
    template: str, question: str = "", *, step: str = "", card: str = "", parts: Mapping[str, str] | None = None,
    **facts: Fact,
) -> Sentence:  # fmt: skip
    """Return a sentence, its facts put into a template.

    Args:
        template: With ``{name}`` per fact, a literal. Counts are shown with thousands apart, numbers without decimals,
            or with one by ``{name:1}`` and a sign by ``{name:+}`` or ``{name:+1}``; ``{name:span}`` shows minutes as a
            length of time, ``{name:day}`` a day.
        question: Which question holds the facts; "" where the map says them.
        step: The step that it is about.
        card: The card that it quotes.
        parts: What is no fact: smaller parts of the sentence (`part`), and words for a fact.
        facts: What stands in it.

    >>> say("{n} comments give a JSI of {jsi}.", "stages", n=3069, jsi=39.32).text
    '3,069 comments give a JSI of 39.'
    """
    return Sentence(part(template, facts | dict(parts or {})), question, facts, step, card)


def part(template: str, facts: Mapping[str, Fact]) -> Phrase:
    """Return a part of a sentence with its facts put in.

    >>> part(" ({low:1} to {high:1})", {"low": 1.25, "high": 3.0})
    ' (1.2 to 3.0)'
    """
    values = {found[0][1:-1]: _shown(facts[found[1]], found[2] or "") for found in _FIELD.finditer(template)}
    return Phrase(template, values)


def interval(measure: Measure, name: str) -> Facts:
    """Return a number and the ends of its interval as facts: ``jsi``, ``jsi_low``, ``jsi_high``.

    >>> interval(Measure(39.3, 37.6, 41.1), "jsi")
    {'jsi': 39.3, 'jsi_low': 37.6, 'jsi_high': 41.1}
    """
    found = {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
    return {key: value for key, value in found.items() if value is not None}


def passages(made: Iterable[tuple[str, Iterable[Sentence], str]]) -> tuple[Passage, ...]:
    """Return headings with their sentences and steps as passages; those without a sentence are left out."""
    return tuple(Passage(title, told, step) for title, some, step in made if (told := tuple(some)))


def _shown(value: Fact, how: str) -> str:
    if isinstance(value, str):
        return day(date.fromisoformat(value)) if how == "day" else value
    if how == "span":
        return span(value * 60)
    return plain(value, 1 if how.endswith("1") else 0, signed=how.startswith("+"))
