"""A body's text into items: one object, an array, or one object per line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from touchline.server.intake.bodies import too_large
from touchline.server.intake.refusing import Refused, bad
from touchline.server.intake.room import Limits
from touchline.sources.json import items as scanned

_LINES: Final = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/jsonlines",
    }
)
_SHAPES: Final = "send one object, an array of them, or one per line as application/x-ndjson"
#: JSON writes the character NUL in this way only.
NUL: Final = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an item is not accepted: the column at fault, where there is one, and the reason."""

    reason: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a request.

    Attributes:
        values: What each says.
        raw: Gives the i-th as it was.
        faults: Those that are no good already, by place.
    """

    values: list[Any]
    raw: Callable[[int], bytes]
    faults: dict[int, Fault] = field(default_factory=dict)


def split(body: bytes, kind: str, limits: Limits) -> Items:
    r"""Return the items of a body.

    Args:
        body: Unpacked.
        kind: Its content type.
        limits: Of items, and of one item.

    Raises:
        Refused: 400, it is no JSON; 413, it holds too many items, or its only one is too large.

    >>> split(b'{"a": 1}\n{"a": oops}\n', "application/x-ndjson", Limits()).values
    [{'a': 1}, None]
    """
    if kind.split(";", maxsplit=1)[0].strip().lower() in _LINES:
        return _lines(body, limits)
    value, wrong = decoded(body)
    if wrong:
        first = body.lstrip().split(b"\n", 1)
        if len(first) == 2 and isinstance(decoded(first[0])[0], dict):  # lines, sent as plain JSON
            return _lines(body, limits)
        raise bad(wrong, where="body", todo=_SHAPES)
    if isinstance(value, dict):
        if len(body) > limits.item:
            raise too_large("the record", limits.item, "shorten it")
        return Items([value], lambda _: body)
    if not isinstance(value, list):
        raise bad("this JSON is neither an object nor an array", where="body", todo=_SHAPES)
    check_count(len(value), limits)
    return Items(value, elements(body), oversized(value, limits) if len(body) > limits.item else {})


def decoded(text: bytes) -> tuple[Any, str]:
    """Return what a JSON text says, or what is wrong with it.

    >>> decoded(b'{"a": 1}'), decoded(b"oops")[1]
    (({'a': 1}, ''), 'this is no JSON (Expecting value at character 1)')
    """
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        return None, f"this is no JSON ({error.msg} at character {error.pos + 1})"
    except UnicodeDecodeError as error:
        return None, f"this is no UTF-8 (byte {error.start + 1})"
    except (RecursionError, ValueError) as error:
        return None, f"this JSON cannot be read ({error})"


def check_count(count: int, limits: Limits) -> None:
    """Refuse a request with none or too many items.

    Raises:
        Refused: 400 or 413.
    """
    if not count:
        raise bad("there is no record in the body", where="body", todo=_SHAPES)
    if count > limits.items:
        raise Refused(
            413, f"{count:,} records are more than {limits.items:,}", where="body", todo="send several requests"
        )


def elements(body: bytes, name: str | None = None) -> Callable[[int], bytes]:
    """Return what gives the i-th element of an array as it was; the body is looked through when it is first asked.

    Args:
        body: JSON that was read already.
        name: Of the array, where it stands in an object.
    """
    found: list[bytes] = []

    def raw(place: int) -> bytes:
        if not found:
            text = body.decode(json.detect_encoding(body), "surrogatepass")
            found.extend(item.text.encode("utf-8", "surrogatepass") for item in scanned(text, name))
        return found[place]

    return raw


def oversized(values: Sequence[Any], limits: Limits) -> dict[int, Fault]:
    """Return the items past the limit of one; asked only of bodies that could hold such."""
    reason = f"the record is larger than {limits.item / 1024 / 1024:g} MiB; shorten it"
    return {place: Fault(reason) for place, value in enumerate(values) if _size(value) > limits.item}


def _size(value: Any) -> float:
    try:
        return len(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return math.inf


def _lines(body: bytes, limits: Limits) -> Items:
    lines = [line for line in body.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    check_count(len(lines), limits)
    values: list[Any] = []
    faults: dict[int, Fault] = {}
    for place, line in enumerate(lines):
        value, wrong = decoded(line) if len(line) <= limits.item else (None, "the record is too large; shorten it")
        values.append(value)
        if wrong:
            faults[place] = Fault(wrong)
    return Items(values, lines.__getitem__, faults)
