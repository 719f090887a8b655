"""Writes a tree back as a rule: reading it again gives the same tree."""

from __future__ import annotations

from datetime import date
from typing import Final

from touchline.settings.rules import tree as t
from touchline.settings.rules.parser import ANSWER_KINDS
from touchline.settings.rules.tokens import WORD

#: Words with a meaning of their own; an attribute or event of that name is written in quotes.
RESERVED: Final = frozenset(
    {"and", "or", "not", "in", "no", "seen", "first", "at", "stage", "usage", "jsi", *ANSWER_KINDS}
    | {"prospect", "new", "active", "lapsed", "advocate", "detractor", "passive", "promoter"}
)

#: How the sign of an answer is said.
SIGN_WORDS: Final = {-1: "dissatisfied", 0: "neutral", 1: "satisfied"}
NPS_WORDS: Final = {-1: "detractor", 0: "passive", 1: "promoter"}


def number(value: float) -> str:
    """Return a number without a needless ``.0``.

    >>> number(30.0), number(0.5)
    ('30', '0.5')
    """
    return str(int(value)) if value == int(value) else repr(value)


def _text(value: str, *, bare: bool) -> str:
    return value if bare and WORD.fullmatch(value) else '"' + value.replace('"', '""') + '"'


def _name(name: str) -> str:
    return _text(name, bare=name.casefold() not in RESERVED)


def _event(noun: str) -> str:
    return "usage" if noun == t.USAGE else _name(noun)


def _value(value: t.Value) -> str:
    match value:
        case str():
            return _text(value, bare=True)
        case date():
            return value.isoformat()
        case _:
            return number(value)


def _window(days: float | None) -> str:
    return "" if days is None else f" in {number(days)} d"


def _times(times: int | None) -> str:
    return {None: "", 1: " once", 2: " twice"}.get(times, f" {times} times")


def _inner(node: t.Node) -> str:
    return f"({written(node)})" if isinstance(node, t.And | t.Or) else written(node)


def written(node: t.Node) -> str:
    """Return the rule of a tree, in its one canonical form.

    >>> written(t.And((t.Compare("tier", "=", "vip"), t.Changed("*", "down", 30.0, 28.0))))
    'tier = vip and usage down 30 % in 28 d'
    """
    match node:
        case t.And(parts):
            said = " and ".join(_inner(part) for part in parts)
        case t.Or(parts):
            said = " or ".join(_inner(part) for part in parts)
        case t.Not(part):
            said = f"not {_inner(part)}"
        case t.Compare(name, operator, value):
            said = f"{_name(name)} {operator} {_value(value)}"
        case t.Among(name, values, inside):
            said = f"{_name(name)} {'in' if inside else 'not in'} ({', '.join(map(_value, values))})"
        case t.Stage(values, inside):
            said = f"stage {'in' if inside else 'not in'} ({', '.join(map(_value, values))})"
        case t.Counted(event, operator, count, days):
            said = f"{_event(event)} {operator} {number(count)}{_window(days)}"
        case t.Changed(event, direction, percent, days):
            said = f"{_event(event)} {direction} {number(percent)} %{_window(days)}"
        case t.Absent(event, days):
            said = f"no {_event(event)}" + ("" if days is None else f" for {number(days)} d")
        case _:
            said = _state(node)
    return said


def _state(node: t.Latest | t.Answered | t.Index | t.Band | t.Seen | t.Unseen | t.Status) -> str:
    match node:
        case t.Latest(kind, operator, value, days):
            said = f"{kind} {operator} {number(value)}{_window(days)}"
        case t.Answered(kind, sign, times, days):
            said = NPS_WORDS[sign] if kind == "nps" else f"{kind} {SIGN_WORDS[sign]}"
            said += _times(times) + _window(days)
        case t.Index(operator, value):
            said = f"jsi {operator} {number(value)}"
        case t.Band(name):
            said = f"jsi {name.replace('_', ' ')}"
        case t.Seen(days, first):
            said = f"{'first ' if first else ''}seen within {number(days)} d"
        case t.Unseen(days):
            said = f"not seen for {number(days)} d"
        case t.Status(name):
            said = name.replace("_", " ")
    return said
