"""Compiled questions with blanks: the SQL of a question serves every period, stage and segment that is asked for.

What a key of `Warehouse.ask` holds that only fills a place in the query (`Blanked`) is taken out of it, and the
expression says `blank` where it uses such a value. A query in which a value stands as it is after all is kept for that
value only, so that what nobody thought of is slow, and never wrong.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final, Protocol, runtime_checkable

Value = str | int | date
Mark = Callable[[Value], object]

#: Nobody can guess it, so no text of a customer reads as a blank.
_NAME: Final = f"blank_{secrets.token_hex(8)}"
_PLACE: Final = re.compile(rf"{_NAME}_[a-z]+\((\d+)\)", re.IGNORECASE)
_DATED: Final = re.compile(r"MAKE_DATE\(|MAKE_TIMESTAMP|'\d{4}-\d\d-\d\d")
_INSIDE: ContextVar[dict[tuple[type, Value], int] | None] = ContextVar("blanks", default=None)


@runtime_checkable
class Blanked(Protocol):
    """Part of a key that holds values which only fill a place in the query."""

    def blanked(self, mark: Mark) -> object:
        """Return what the query's shape hangs on, hashable: each such value as ``mark`` names it."""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a key that an expression uses through `blank` alone."""

    values: tuple[Value, ...]

    def blanked(self, mark: Mark) -> object:
        """See `Blanked.blanked`."""
        return tuple(mark(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Shape:
    """A key without the values that fill places, and those.

    Attributes:
        key: The rest.
        values: In the order of their numbers; equal ones have one number.
        dated: Whether a date is left in the rest.
    """

    key: tuple[object, ...]
    values: tuple[Value, ...]
    dated: bool

    @classmethod
    def of(cls, key: tuple[object, ...]) -> Shape:
        """Take the values out of a key."""
        numbers: dict[tuple[type, Value], int] = {}

        def mark(value: Value) -> object:
            return _NAME, type(value).__name__, numbers.setdefault((type(value), value), len(numbers))

        def bare(part: object) -> object:
            if isinstance(part, tuple):
                return tuple(bare(inner) for inner in part)
            return part.blanked(mark) if isinstance(part, Blanked) else part

        rest = tuple(bare(part) for part in key)
        return cls(rest, tuple(value for _, value in numbers), any(isinstance(one, date) for one in _flat(rest)))

    @contextmanager
    def building(self) -> Iterator[None]:
        """Let `blank` leave places for the values."""
        token = _INSIDE.set({(type(value), value): number for number, value in enumerate(self.values)})
        try:
            yield
        finally:
            _INSIDE.reset(token)

    def serves(self, sql: str) -> bool:
        """Whether SQL that was built with blanks holds none of the values itself, so that it serves others too."""
        texts = [value for value in self.values if isinstance(value, str)]
        dates = any(isinstance(value, date) for value in self.values)
        return not any(_quoted(text) in sql for text in texts) and (
            self.dated or not dates or _DATED.search(sql) is None
        )

    def filled(self, sql: str) -> str:
        """Return SQL with the values in their places."""
        return _PLACE.sub(lambda found: _literal(self.values[int(found[1])]), sql)


def blank(value: Any) -> Any:
    """Return a value of the key for use in an expression: a place for it while a shared query is built, else itself."""
    inside = _INSIDE.get()
    number = None if inside is None else inside.get((type(value), value))
    return value if number is None else _functions()[type(value)](number)


def blanks(values: Iterable[Any]) -> list[Any]:
    """Return `blank` of each value."""
    return [blank(value) for value in values]


@cache
def _functions() -> dict[type, Any]:
    import ibis

    def of(kind: str, returns: str) -> Any:
        def place(number: Any) -> Any: ...

        place.__annotations__ = {"number": "int64", "return": returns}
        return ibis.udf.scalar.builtin(
            place, name=f"{_NAME}_{kind}", signature=((ibis.dtype("int64"),), ibis.dtype(returns))
        )

    return {str: of("text", "string"), int: of("number", "int64"), date: of("day", "date")}


def _literal(value: Value) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return f"DATE '{value.isoformat()}'" if isinstance(value, date) else f"CAST({value} AS BIGINT)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _flat(parts: object) -> Iterator[object]:
    if isinstance(parts, tuple):
        for part in parts:
            yield from _flat(part)
    else:
        yield parts
