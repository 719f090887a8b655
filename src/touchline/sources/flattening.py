"""Records with structure inside, as text cells: nested objects get dotted names."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from touchline.sources.base import MISSING, Block, Reject

_MISSING: Final = frozenset(MISSING)
_DEEPEST: Final = 20


def flatten(value: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    """Leaves of nested objects under dotted names; lists of plain values joined, others kept as JSON.

    >>> flatten({"id": 7, "via": {"channel": "web"}, "tags": ["a", "b"], "score": 9.0, "none": None})
    {'id': '7', 'via.channel': 'web', 'tags': 'a, b', 'score': '9'}
    """
    cells: dict[str, str] = {}
    for key, item in value.items():
        name = f"{prefix}{whole(key)}"
        if isinstance(item, dict) and depth < _DEEPEST:
            cells.update(flatten(item, f"{name}.", depth + 1))
        elif (text := as_text(item)) is not None:
            cells[name] = text
    return cells


def as_text(item: object) -> str | None:
    """One value as a cell; None where it holds nothing.

    >>> as_text(9.0), as_text(True), as_text(" "), as_text(float("nan")) is None
    ('9', 'true', ' ', True)
    """
    match item:
        case None:
            text = ""
        case str():
            text = whole(item)
        case bool():
            text = "true" if item else "false"
        case float():
            text = str(int(item)) if item.is_integer() and abs(item) < 2**53 else repr(item)
        case datetime():
            text = item.isoformat()
            text = text[:10] if text.endswith("T00:00:00") and item.tzinfo is None else text
        case date() | time() | timedelta() | Decimal() | int():
            text = str(item)
        case bytes():
            text = item.decode("utf-8", "replace")
        case list() | tuple() if all(not isinstance(i, dict | list | tuple) for i in item):
            text = ", ".join(t for t in map(as_text, item) if t is not None)
        case _:
            text = whole(json.dumps(item, ensure_ascii=False, default=str))
    return None if text in _MISSING else text


def whole(text: str) -> str:
    r"""Text that can be stored: half of a surrogate pair is no character and becomes a question mark.

    >>> whole("a\ud800b")
    'a?b'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def table_of(records: list[dict[str, str]], columns: Iterable[str] = ()) -> pa.Table:
    """Flat records as a table of text: the stated columns first, then any others as they come."""
    names = dict.fromkeys(columns)
    for record in records:
        names.update(dict.fromkeys(record))
    arrays = [pa.array([r.get(n) for r in records], pa.string()) for n in names]
    return pa.Table.from_arrays(arrays, names=list(names))


def block_of(
    numbered: list[tuple[int, dict[str, str], bytes]],
    rejects: list[Reject],
    span: int,
    columns: Iterable[str],
    fraction: float,
) -> Block:
    """A block of flat records, each with its row in the block and its bytes; NUL sends one to quarantine."""
    good: list[tuple[int, dict[str, str], bytes]] = []
    bad = list(rejects)
    for row, record, raw in numbered:
        column = next((c for c, v in record.items() if "\0" in v), None)
        if column is None:
            good.append((row, record, raw))
        else:
            bad.append(Reject(row, "the cell holds NUL characters; remove them", raw, column))
    table = table_of([r for _, r, _ in good], columns)
    rows = pa.array([row for row, _, _ in good], pa.int64())
    bad.sort(key=lambda r: r.row)
    return Block(table, rows, span, lambda i: good[i][2], tuple(bad), fraction)
