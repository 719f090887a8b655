"""Sentences by templates: every number and name in one is a fact that it carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from touchline.figures.numbers import day, plain, span
from touchline.maps.measured import Measure
from touchline.overlay.values import Passage, Sentence

Fact = float | int | str
#: Some facts, to be put into `say`.
Facts = dict[str, Any]


def say(template: str, question: str = "", *, step: str = "", card: str = "", **facts: Fact) -> Sentence:
    """Return a sentence, its facts put into a template.

    Args:
        template: With ``{name}`` per fact. Counts are shown with thousands apart, numbers without decimals, or with one
            by ``{name:1}`` and a sign by ``{name:+}`` or ``{name:+1}``; ``{name:span}`` shows minutes as a length of
            time, ``{name:day}`` a day.
        question: Which question holds the facts; "" where the map says them.
        step: The step that it is about.
        card: The card that it quotes.
        facts: What stands in it.

    >>> say("{n} comments give a JSI of {jsi}.", "stages", n=3069, jsi=39.32).text
    '3,069 comments give a JSI of 39.'
    """
    return Sentence(
        template.format(**{name: _Shown(value) for name, value in facts.items()}), question, facts, step, card
    )


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


def listed(words: Iterable[str]) -> str:
    """Return words as people list them.

    >>> listed(["reads", "asks", "waits"])
    'reads, asks and waits'
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


@dataclass(frozen=True, slots=True)
class _Shown:
    """A fact as a sentence shows it."""

    value: Fact

    def __format__(self, how: str) -> str:
        if isinstance(self.value, str):
            return day(date.fromisoformat(self.value)) if how == "day" else self.value
        if how == "span":
            return span(self.value * 60)
        return plain(self.value, 1 if how.endswith("1") else 0, signed=how.startswith("+"))
