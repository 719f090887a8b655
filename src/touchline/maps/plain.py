"""Values of a map as plain data (what JSON and YAML hold), and back, with every mistake told."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, Final, Literal, TypeVar

from touchline.errors import MapError

#: Where in plain data: ``("cards", 3, "due")``.
Path = tuple[str | int, ...]
Value = TypeVar("Value")
MOST_TEXT: Final = 4_000
MOST_PARTS: Final = 10_000


@dataclass(slots=True)
class Mistakes:
    """What is wrong in plain data, and where, as it is found."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, what: str) -> None:
        """Note one."""
        self.found.append((path, what))


#: Reads a value from plain data, noting what is wrong.
_Reader = Callable[[Any, Path, Mistakes], Any]
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


def to_plain(value: Any) -> Any:
    """Return a part of a map as plain data, without what is as by default.

    >>> from touchline.maps.model import Lane
    >>> to_plain(Lane("l1", "pains"))
    {'id': 'l1', 'kind': 'pains'}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            key: now if type(now) is str else to_plain(now)
            for key, default in _defaults(type(value))
            if (now := getattr(value, key)) != default or default is MISSING
        }
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def from_plain(of: type[Value], data: Any) -> Value:
    """Return plain data as a part of a map.

    Args:
        of: Which part: `Map`, `Card` ...
        data: Its plain data.

    Raises:
        MapError: The first mistake, with how many more there are.

    >>> from touchline.maps.model import Lane
    >>> from_plain(Lane, {"id": "l1", "kind": "pains"})
    Lane(id='l1', kind='pains', name='', of='', hidden=False)
    >>> from_plain(Lane, {"id": "l1", "kind": "pains", "colour": "red"})
    Traceback (most recent call last):
    touchline.errors.MapError: colour: a lane has no such key; it has id, kind, name, of, hidden
    """
    mistakes = Mistakes()
    made = read(of, data, (), mistakes)
    if mistakes.found:
        path, what = mistakes.found[0]
        more = f" (and {len(mistakes.found) - 1} more)" if len(mistakes.found) > 1 else ""
        raise MapError(what + more, where=dotted(path))
    return typing.cast(Value, made)


def dotted(path: Path) -> str:
    """Return a path as people write it.

    >>> dotted(("cards", 3, "due"))
    'cards[3].due'
    """
    told = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return told.removeprefix(".")


def read(of: type, data: Any, path: Path, mistakes: Mistakes) -> Any:
    """Return plain data as a part of a map, noting what is wrong; None where it cannot be one at all."""
    name = of.__name__.lower()
    if not isinstance(data, Mapping):
        mistakes.add(path, f"a {name} is a table of keys, not {_told(data)}")
        return None
    known = _readers(of)
    for key in data.keys() - known.keys():
        mistakes.add((*path, str(key)), f"a {name} has no such key; it has {', '.join(known)}")
    made: dict[str, Any] = {}
    for key, (one, required) in known.items():
        if key in data:
            made[key] = one(data[key], (*path, key), mistakes)
        elif required:
            mistakes.add(path, f"{key} is missing")
            made[key] = ""
    return of(**made)


@cache
def _defaults(of: type) -> tuple[tuple[str, Any], ...]:
    return tuple((one.name, one.default) for one in fields(of))


@cache
def _readers(of: type) -> dict[str, tuple[_Reader, bool]]:
    """Return how each field is read, and whether it has to be there."""
    return {one.name: (_reader(hints(of)[one.name]), _required(one)) for one in fields(of)}


@cache
def hints(of: type) -> dict[str, Any]:
    """Return the types of a part's fields."""
    return typing.get_type_hints(of)


def _required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _reader(hint: Any) -> _Reader:
    """Return what reads a value of a type."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        (real,) = (_reader(one) for one in inside if one is not type(None))
        return lambda data, path, mistakes: None if data is None else real(data, path, mistakes)
    if origin is Literal:
        return lambda data, path, mistakes: _chosen(inside, data, path, mistakes)
    if origin is tuple:
        each = _reader(inside[0])
        return lambda data, path, mistakes: _list(each, data, path, mistakes)
    if is_dataclass(hint):
        of = typing.cast(type, hint)
        return lambda data, path, mistakes: read(of, data, path, mistakes)
    return _SIMPLE[hint]


def _chosen(known: tuple[Any, ...], data: Any, path: Path, mistakes: Mistakes) -> Any:
    if data in known:
        return data
    mistakes.add(path, f"is {_told(data)}, and must be one of {', '.join(map(str, known))}")
    return known[0]


def _list(each: _Reader, data: Any, path: Path, mistakes: Mistakes) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        mistakes.add(path, f"is a list, not {_told(data)}")
        return ()
    if len(data) > MOST_PARTS:
        mistakes.add(path, f"has {len(data)} entries; {MOST_PARTS} are the most")
        return ()
    return tuple(each(one, (*path, at), mistakes) for at, one in enumerate(data))


def _text(data: Any, path: Path, mistakes: Mistakes) -> str:
    if not isinstance(data, str):
        mistakes.add(path, f"is text, not {_told(data)}")
        return ""
    if len(data) > MOST_TEXT:
        mistakes.add(path, f"has {len(data)} characters; {MOST_TEXT} are the most")
    if _CONTROL.search(data):
        mistakes.add(path, "holds a control character")
        return ""
    return data


def _flag(data: Any, path: Path, mistakes: Mistakes) -> bool:
    if not isinstance(data, bool):
        mistakes.add(path, f"is true or false, not {_told(data)}")
    return bool(data)


def _whole(data: Any, path: Path, mistakes: Mistakes) -> int:
    if isinstance(data, bool) or not isinstance(data, int) or abs(data) > 1_000_000:
        mistakes.add(path, f"is a whole number, not {_told(data)}")
        return 0
    return data


def _number(data: Any, path: Path, mistakes: Mistakes) -> float:
    if isinstance(data, bool) or not isinstance(data, int | float) or not abs(data) < 1e12:
        mistakes.add(path, f"is a number, not {_told(data)}")
        return 0.0
    return float(data)


def _day(data: Any, path: Path, mistakes: Mistakes) -> date | None:
    if type(data) is date:
        return data
    try:
        return date.fromisoformat(data)
    except (TypeError, ValueError):
        mistakes.add(path, f"is a day such as 2026-03-31, not {_told(data)}")
        return None


_SIMPLE: Final = {str: _text, bool: _flag, int: _whole, float: _number, date: _day}


def _told(data: Any) -> str:
    told = repr(data)
    return told if len(told) <= 40 else told[:37] + "..."
