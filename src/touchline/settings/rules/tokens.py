"""A rule's text, cut into words, numbers, quoted texts, dates and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from touchline.errors import SettingsError

Kind: TypeAlias = Literal["date", "number", "text", "word", "sign", "end"]

#: A bare word: letters, digits, ``_ - .`` and the wild cards ``* ?``, starting with a letter or ``_``.
WORD: Final = re.compile(r"[^\W\d][\w.\-*?]*")

_TOKEN: Final = re.compile(
    rf"""(?P<date>\d{{4}}-\d\d-\d\d(?!\w))
       | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
       | (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
       | (?P<word>{WORD.pattern})
       | (?P<sign><=|>=|!=|[=<>(),*%])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a rule.

    Attributes:
        text: As written; of a quoted text, what is between its quotes.
        start: Index of its first character in the rule.
    """

    kind: Kind
    text: str
    start: int

    def is_word(self, *words: str) -> bool:
        """Is it one of these words, in any case?"""
        return self.kind == "word" and self.text.casefold() in words

    def is_sign(self, *signs: str) -> bool:
        """Is it one of these signs?"""
        return self.kind == "sign" and self.text in signs

    def shown(self) -> str:
        """Return how an error names it."""
        return "the end of the rule" if self.kind == "end" else f"'{self.text}'"


def problem(rule: str, at: int, what: str, where: str = "", todo: str = "") -> SettingsError:
    """Make the error that shows the rule with a caret under its character ``at``."""
    shown = re.sub(r"\s", " ", rule)
    return SettingsError(f"{what}\n    {shown}\n    {' ' * at}^", where=where, todo=todo)


def tokens(rule: str, where: str = "") -> tuple[Token, ...]:
    """Cut a rule into tokens; the last is of kind ``end``.

    >>> [(token.kind, token.text) for token in tokens("seats>=100")]
    [('word', 'seats'), ('sign', '>='), ('number', '100'), ('end', '')]

    Raises:
        SettingsError: A character that no token starts with, an open quote, or a date that does not exist.
    """
    found: list[Token] = []
    at = 0
    while at < len(rule):
        if rule[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(rule, at)
        if match is None:
            what = "a quote is not closed" if rule[at] in "\"'" else f"'{rule[at]}' has no meaning in a rule"
            raise problem(rule, at, what, where)
        kind, text = match.lastgroup, match.group()
        if kind == "date":
            try:
                date.fromisoformat(text)
            except ValueError:
                raise problem(rule, at, f"{text} is no date", where) from None
        elif kind == "text":
            text = text[1:-1].replace(text[0] * 2, text[0])
        found.append(Token(kind, text, at))  # type: ignore[arg-type]  # the groups are named after the kinds
        at = match.end()
    return (*found, Token("end", "", len(rule)))
