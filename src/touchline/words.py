"""Words for people that can be said in another language later: they read as English, and remember how they were made.

The engine speaks English and knows of no other language. What it says to people is a `Phrase`: a string like any
other, equal to its English text in files, in JSON and on the command line, which carries its template and what was put
in. Whoever shows it in another language (`speak`) is asked whenever it is shown: by ``str()``, in an f-string, on a
page. So figures can be kept, sent and remembered whatever the language of those who read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from html import escape
from typing import Any, Final, Protocol

_FIELD: Final = re.compile(r"\{(\w+(?::[^{}]*)?)\}")


class Speaker(Protocol):
    """Says words in the language of who reads."""

    def template(self, phrase: Phrase) -> str | None:
        """Return the template in that language; None where it is English."""

    def number(self, number: str) -> str:
        """Return a number, written the English way, as that language writes it."""

    def day(self, day: str) -> str:
        """Return a day of ISO 8601 as that language writes it."""


_speaker: Speaker | None = None


def speak(speaker: Speaker | None) -> None:
    """Let a speaker say every phrase and number that is shown from now on; None leaves them English."""
    global _speaker  # noqa: PLW0603  one process speaks to all of its readers through one speaker
    _speaker = speaker


class Number(str):
    """A number as English writes it, ``1,284.5 %``; said with the marks of another language.

    >>> Number("1,284.5")
    '1,284.5'
    """

    __slots__ = ()

    def __str__(self) -> str:
        return str.__str__(self) if _speaker is None else _speaker.number(str.__str__(self))

    def __html__(self) -> str:
        return escape(str(self))


class Day(str):
    """A day as ISO 8601 writes it, in files and on the command line; a page says it as its reader writes days.

    >>> from datetime import date
    >>> Day(date(2026, 9, 6))
    '2026-09-06'
    """

    __slots__ = ()

    def __str__(self) -> str:
        return str.__str__(self) if _speaker is None else _speaker.day(str.__str__(self))

    def __html__(self) -> str:
        return escape(str(self))


class Phrase(str):
    """A text in English with the template and the values that it was made of.

    Attributes:
        original: The template, with ``{name}`` where a value stands.
        many: The template of more than one thing; "" where nothing is counted.
        n: How many things.
        context: Which sense of an ambiguous word is meant.
        values: What stands in the template, by what is between its braces.
    """

    __slots__ = ("context", "many", "n", "original", "values")
    original: str
    values: Mapping[str, str]
    many: str
    n: int
    context: str

    def __new__(
        cls, original: str, values: Mapping[str, str] | None = None, many: str = "", n: int = 1, context: str = ""
    ) -> Phrase:
        """Make it of a template and what is between its braces."""
        template = many if many and n != 1 else original
        made = super().__new__(cls, _FIELD.sub(lambda found: values[found[1]], template) if values else template)
        made.original, made.values, made.many, made.n, made.context = original, values or {}, many, n, context
        return made

    def __str__(self) -> str:
        template = None if _speaker is None else _speaker.template(self)
        if template is None:
            return str.__str__(self)
        return _FIELD.sub(lambda found: str(self.values[found[1]]), template) if self.values else template

    def __html__(self) -> str:
        return escape(str(self))

    def given(self, **values: object) -> Phrase:
        """Return it with values put into its template: for templates that are chosen from a list.

        >>> phrase("seen within {days} days").given(days=14)
        'seen within 14 days'
        """
        return Phrase(self.original, {name: _shown(value) for name, value in values.items()}, context=self.context)

    def __reduce__(self) -> tuple[type[Phrase], tuple[Any, ...]]:
        return Phrase, (self.original, dict(self.values), self.many, self.n, self.context)


def phrase(template: str, /, **values: object) -> Phrase:
    """Return a text that can be said in another language.

    Args:
        template: What to say in English, with ``{name}`` where a value stands. It is a literal, so that it can be
            gathered for translators.
        values: What to put in: numbers, other phrases, names and words of people, which stay as they are.

    >>> phrase("{n} comments give a JSI of {jsi}.", n=3069, jsi=Number("39.3"))
    '3,069 comments give a JSI of 39.3.'
    """
    return Phrase(template, {name: _shown(value) for name, value in values.items()} if values else None)


def phrase_of(context: str, template: str, /, **values: object) -> Phrase:
    """Return a phrase whose words have several senses; the context says which one is meant."""
    return Phrase(template, {name: _shown(value) for name, value in values.items()}, context=context)


def phrases(one: str, many: str, n: int, /, **values: object) -> Phrase:
    """Return a phrase about one thing, or about many.

    >>> phrases("{n} customer", "{n} customers", 1), phrases("{n} customer", "{n} customers", 2345)
    ('1 customer', '2,345 customers')
    """
    return Phrase(one, {"n": _shown(n), **{name: _shown(value) for name, value in values.items()}}, many, n)


def moment(when: datetime) -> Phrase:
    """Return a moment of UTC to the minute.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 9, 6, 8, 30, tzinfo=UTC))
    '2026-09-06, 08:30 UTC'
    """
    return phrase("{day}, {time} UTC", day=when.date(), time=f"{when:%H:%M}")


def joined(separator: str, parts: Iterable[str]) -> Phrase:
    """Return phrases one after the other.

    >>> joined("; ", [phrase("Late"), phrase("Rude")])
    'Late; Rude'
    """
    values = {f"part{i}": part for i, part in enumerate(parts)}
    return Phrase(separator.join(f"{{{name}}}" for name in values), values)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Number(f"{value:,}")
    if isinstance(value, float):
        return Number(value)
    return Day(value) if isinstance(value, date) and not isinstance(value, datetime) else str(value)
