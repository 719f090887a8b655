"""Reads a rule by recursive descent; nothing of it is ever executed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, Literal, cast

from touchline.errors import SettingsError
from touchline.settings.rules import tree as t
from touchline.settings.rules.tokens import Token, problem, tokens

OPERATORS: Final = ("=", "!=", "<", "<=", ">", ">=")
ANSWER_KINDS: Final = ("nps", "csat", "ces", "rating")
LIFECYCLE: Final = ("prospect", "new", "active", "at_risk", "lapsed", "advocate")
#: A change without a window compares four weeks with the four before.
CHANGE_DAYS: Final = 28.0
DEEPEST: Final = 50

_NPS_SIGNS: Final = {"detractor": -1, "passive": 0, "promoter": 1}
_SIGNS: Final = {
    "dissatisfied": -1, "negative": -1, "hard": -1, "neutral": 0, "satisfied": 1, "positive": 1, "easy": 1,
}  # fmt: skip
_TIMES: Final = {"once": 1, "twice": 2, "thrice": 3}
_UNITS: Final = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}


class Parser:
    """One pass over the tokens of one rule.

    Args:
        rule: The text.
        where: What an error names as the place: a file with its line, or nothing.
    """

    def __init__(self, rule: str, where: str = "") -> None:
        self._rule, self._where = rule, where
        self._tokens = tokens(rule, where)
        self._at, self._depth = 0, 0

    def tree(self) -> t.Node:
        """Return the whole rule's tree."""
        node = self._any()
        if self._peek().kind != "end":
            raise self._expected("'and', 'or' or the end of the rule")
        return node

    def days(self) -> float:
        """Return the whole text as a span of days: ``30 d``, ``4 weeks``."""
        days = self._days()
        if self._peek().kind != "end":
            raise self._expected("nothing more")
        return days

    # -- tokens

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _next(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _took(self, *words: str) -> bool:
        """Take the words if they come next, in this order."""
        if not all(self._peek(i).is_word(word) for i, word in enumerate(words)):
            return False
        self._at += len(words)
        return True

    def _expected(self, what: str) -> SettingsError:
        token = self._peek()
        return problem(self._rule, token.start, f"expected {what}, not {token.shown()}", self._where)

    def _compares(self, ahead: int) -> bool:
        """Does a comparison or a list come there, so that the word before it is a name?"""
        token = self._peek(ahead)
        if token.is_word("not"):
            token, ahead = self._peek(ahead + 1), ahead + 1
        return token.is_sign(*OPERATORS) or (token.is_word("in") and self._peek(ahead + 1).is_sign("("))

    # -- and, or, not

    def _any(self) -> t.Node:
        parts = [self._all()]
        while self._took("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else t.Or(tuple(parts))

    def _all(self) -> t.Node:
        parts = [self._one()]
        while self._took("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else t.And(tuple(parts))

    def _one(self) -> t.Node:
        if self._depth == DEEPEST:
            raise problem(self._rule, self._peek().start, f"nested deeper than {DEEPEST}", self._where)
        self._depth += 1
        node = self._negation()
        self._depth -= 1
        return node

    def _negation(self) -> t.Node:
        if self._took("not", "seen", "for"):
            return t.Unseen(self._days())
        if self._took("not"):
            return t.Not(self._one())
        if self._peek().is_sign("("):
            self._next()
            node = self._any()
            if not self._peek().is_sign(")"):
                raise self._expected("'and', 'or' or ')'")
            self._next()
            return node
        return self._condition()

    # -- conditions

    def _condition(self) -> t.Node:
        token = self._peek()
        if token.kind not in ("word", "text") or token.is_word("and", "or", "in"):
            raise self._expected("a condition")
        word = token.text.casefold() if token.kind == "word" else ""
        special: Callable[[], t.Node] | None = None
        if word in ANSWER_KINDS:
            special = self._answer
        elif word == "jsi":
            special = self._jsi
        elif word == "stage":
            special = self._stage
        elif not self._compares(1):
            special = self._state(word)
        return special() if special else self._named()

    def _state(self, word: str) -> Callable[[], t.Node] | None:
        """Return how to read the conditions that start with a word of their own."""
        if word in _NPS_SIGNS:
            return self._nps_sign
        if word == "no":
            return self._absent
        if word in LIFECYCLE or (word == "at" and self._peek(1).is_word("risk")):
            return self._status
        if word == "seen" or (word == "first" and self._peek(1).is_word("seen")):
            return self._seen
        return None

    def _named(self) -> t.Node:
        name = self._next()
        if self._peek().is_word("down", "up"):
            direction = cast(Literal["down", "up"], self._next().text.casefold())
            percent = self._percent(direction)
            return t.Changed(_noun(name), direction, percent, self._window() or CHANGE_DAYS)
        if self._compares(0) and not self._peek().is_sign(*OPERATORS):
            inside, values = self._list()
            return t.Among(name.text, values, inside)
        if not self._peek().is_sign(*OPERATORS):
            raise self._expected(f"a comparison ({' '.join(OPERATORS)}), 'in (', 'down' or 'up' after '{name.text}'")
        operator = self._operator()
        value = self._value(ordered=operator not in ("=", "!="))
        days = self._window() if isinstance(value, float) else None
        if isinstance(value, float) and days is not None:
            return t.Counted(_noun(name), operator, value, days)
        return t.Compare(name.text, operator, value)

    def _answer(self) -> t.Node:
        kind = self._next().text.casefold()
        if self._peek().is_sign(*OPERATORS):
            operator = self._operator()
            return t.Latest(kind, operator, self._product(), self._window())
        word = self._peek()
        if not word.is_word(*_SIGNS):
            raise self._expected(f"a comparison, 'satisfied', 'neutral' or 'dissatisfied' after '{kind}'")
        sign = _SIGNS[self._next().text.casefold()]
        return self._answered(kind, sign)

    def _nps_sign(self) -> t.Node:
        return self._answered("nps", _NPS_SIGNS[self._next().text.casefold()])

    def _answered(self, kind: str, sign: int) -> t.Node:
        times: int | None = None
        if self._peek().is_word(*_TIMES):
            times = _TIMES[self._next().text.casefold()]
        elif self._peek().kind == "number" and self._peek(1).is_word("times", "time"):
            count = self._number()
            if count != int(count) or count < 1:
                raise problem(self._rule, self._peek(-1).start, "expected a whole number of times", self._where)
            self._next()
            times = int(count)
        return t.Answered(kind, cast(Literal[-1, 0, 1], sign), times, self._window())

    def _jsi(self) -> t.Node:
        self._next()
        if self._took("at", "risk"):
            return t.Band("at_risk")
        if self._took("watch"):
            return t.Band("watch")
        if self._took("healthy"):
            return t.Band("healthy")
        if not self._peek().is_sign(*OPERATORS):
            raise self._expected("a comparison, 'at risk', 'watch' or 'healthy' after 'jsi'")
        operator = self._operator()
        return t.Index(operator, self._product())

    def _stage(self) -> t.Node:
        self._next()
        if self._peek().is_sign("=", "!="):
            inside = self._operator() == "="
            values: tuple[t.Value, ...] = (self._value(ordered=False),)
        elif self._compares(0) and not self._peek().is_sign(*OPERATORS):
            inside, values = self._list()
        else:
            raise self._expected("'=', '!=' or 'in (' after 'stage'")
        return t.Stage(tuple(str(value) for value in values), inside)

    def _absent(self) -> t.Node:
        self._next()
        if self._peek().kind not in ("word", "text"):
            raise self._expected("the name of an event after 'no'")
        event = _noun(self._next())
        return t.Absent(event, self._days() if self._took("for") else None)

    def _status(self) -> t.Node:
        if self._took("at", "risk"):
            return t.Status("at_risk")
        return t.Status(self._next().text.casefold())

    def _seen(self) -> t.Node:
        first = self._took("first")
        self._next()
        if not self._took("within"):
            raise self._expected("'within' after 'seen'")
        return t.Seen(self._days(), first)

    # -- values

    def _operator(self) -> t.Operator:
        return cast(t.Operator, self._next().text)

    def _number(self) -> float:
        if self._peek().kind != "number":
            raise self._expected("a number")
        return float(self._next().text)

    def _factor(self) -> float:
        if not (self._peek().is_word("target") and self._peek(1).is_sign("(")):
            return self._number()
        self._at += 2
        value = self._number()
        if not self._peek().is_sign(")"):
            raise self._expected("')'")
        self._next()
        return value

    def _product(self) -> float:
        value = self._factor()
        while self._peek().is_sign("*") or self._peek().is_word("x"):
            self._next()
            value *= self._factor()
        return value

    def _value(self, *, ordered: bool) -> t.Value:
        token = self._peek()
        if token.kind == "number" or (token.is_word("target") and self._peek(1).is_sign("(")):
            return self._product()
        if token.kind == "date":
            return date.fromisoformat(self._next().text)
        if ordered:
            raise self._expected("a number or a date (2026-01-31)")
        if token.kind not in ("word", "text"):
            raise self._expected("a value")
        return self._next().text

    def _list(self) -> tuple[bool, tuple[t.Value, ...]]:
        inside = not self._took("not")
        self._at += 2  # in (
        values = [self._value(ordered=False)]
        while self._peek().is_sign(","):
            self._next()
            values.append(self._value(ordered=False))
        if not self._peek().is_sign(")"):
            raise self._expected("',' or ')'")
        self._next()
        return inside, tuple(values)

    def _percent(self, direction: str) -> float:
        at = self._peek().start
        percent = self._number()
        if percent <= 0 or (direction == "down" and percent > 100):
            raise problem(self._rule, at, "expected a percentage above 0, and when down at most 100", self._where)
        if not (self._peek().is_sign("%") or self._peek().is_word("percent")):
            raise self._expected("'%'")
        self._next()
        return percent

    def _days(self) -> float:
        at = self._peek().start
        count = self._number()
        if not self._peek().is_word(*_UNITS):
            raise self._expected("'d' or 'w'")
        days = count * _UNITS[self._next().text.casefold()]
        if not 0 < days <= 36_525:
            raise problem(self._rule, at, "expected more than no time and at most a century", self._where)
        return days

    def _window(self) -> float | None:
        return self._days() if self._took("in") else None


def _noun(token: Token) -> str:
    return t.USAGE if token.is_word("usage") else token.text
