"""Figures on the way between a server and a client: an Arrow stream, whose schema carries what the table does not.

The table's types are exact. Meaning, notes and facts are JSON in the schema's metadata, with a tag for every value that
JSON does not know: a day, a moment, money, a tuple, a number that is none.
"""

from __future__ import annotations

import json
import math
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from touchline.scores.base import Figure
from touchline.workspace.explaining import (
    ExplainedAnswer,
    ExplainedMention,
    ExplainedTouch,
    Explanation,
    StageShare,
)
from touchline.workspace.status import Status

#: The metadata's key, and the tag of a value that JSON does not know.
KEY: Final = b"touchline"
_TAG: Final = "$"


def to_stream(figure: Figure, **more: Any) -> bytes:
    """Return a figure as the bytes of an Arrow stream.

    Args:
        figure: The figure; who is behind it stays here.
        more: Further plain values for the receiver.

    >>> figure = Figure("x", pa.table({"n": [1]}), "Counts.", facts={"day": date(2026, 1, 31), "at": (1, 2)})
    >>> back, more = from_stream(to_stream(figure, next=None))
    >>> back == figure, back.facts["day"], more
    (True, datetime.date(2026, 1, 31), {'next': None})
    """
    told = {"figure": figure.name, "meaning": figure.meaning, "notes": list(figure.notes), "more": more}
    text = json.dumps(told | {"facts": tagged(dict(figure.facts))}, allow_nan=False)
    table = figure.table.replace_schema_metadata({**(figure.table.schema.metadata or {}), KEY: text.encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def from_stream(stream: bytes) -> tuple[Figure, dict[str, Any]]:
    """Return the figure of a stream that `to_stream` made, and the further values.

    Raises:
        ValueError: The stream is damaged, or carries no figure.
    """
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    metadata = dict(table.schema.metadata or {})
    if KEY not in metadata:
        raise ValueError("the Arrow stream carries no figure")
    told = json.loads(metadata.pop(KEY))
    table = table.replace_schema_metadata(metadata or None)
    figure = Figure(told["figure"], table, told["meaning"], tuple(told["notes"]), untagged(told["facts"]))
    return figure, told["more"]


def tagged(value: Any) -> Any:
    """Return a value as JSON can hold it, so that `untagged` gives it back.

    >>> tagged({"a": (1, float("nan")), "b": Decimal("1.50")})
    {'a': {'$': 'tuple', 'v': [1, {'$': 'float', 'v': 'nan'}]}, 'b': {'$': 'decimal', 'v': '1.50'}}

    Raises:
        TypeError: There is no way to write it.
    """
    if value is None or isinstance(value, bool | str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, dict):
        plain = all(isinstance(key, str) for key in value) and _TAG not in value
        pairs = [(tagged(key), tagged(inner)) for key, inner in value.items()]
        return dict(pairs) if plain else {_TAG: "dict", "v": [list(pair) for pair in pairs]}
    if isinstance(value, list | tuple):
        many = [tagged(inner) for inner in value]
        return many if isinstance(value, list) else {_TAG: "tuple", "v": many}
    for name, kind in (("float", float), ("datetime", datetime), ("date", date), ("decimal", Decimal)):
        if isinstance(value, kind):
            return {_TAG: name, "v": value.isoformat() if isinstance(value, date) else str(value)}
    if hasattr(value, "tolist"):  # a number or an array of NumPy's
        return tagged(value.tolist())
    raise TypeError(f"a fact of the type {type(value).__name__} cannot be sent")


_MAKE: Final = {
    "float": float, "datetime": datetime.fromisoformat, "date": date.fromisoformat, "decimal": Decimal,
    "tuple": lambda inner: tuple(untagged(one) for one in inner),
    "dict": lambda pairs: {untagged(key): untagged(inner) for key, inner in pairs},
}  # fmt: skip


def untagged(value: Any) -> Any:
    """Return what `tagged` was given."""
    if isinstance(value, list):
        return [untagged(inner) for inner in value]
    if isinstance(value, dict):
        if _TAG in value:
            return _MAKE[value[_TAG]](value["v"])  # type: ignore[operator]
        return {key: untagged(inner) for key, inner in value.items()}
    return value


def to_explanation(told: dict[str, Any]) -> Explanation:
    """Return the explanation that its JSON tells."""
    mentions = tuple(
        ExplainedMention(
            **mention
            | {"stages": tuple(StageShare(**stage) for stage in mention["stages"])}
            | {"phrases": tuple(mention["phrases"])}
        )
        for mention in _known(told["mentions"], ExplainedMention)
    )
    touches = tuple(
        ExplainedTouch(**touch | {"occurred_at": datetime.fromisoformat(touch["occurred_at"])})
        for touch in _known(told["touches"], ExplainedTouch)
    )
    (rest,) = _known([told], Explanation)
    made = {
        "mentions": mentions,
        "touches": touches,
        "answers": tuple(ExplainedAnswer(**answer) for answer in _known(told["answers"], ExplainedAnswer)),
        "notes": tuple(told["notes"]),
        "occurred_at": datetime.fromisoformat(told["occurred_at"]),
    }
    return Explanation(**rest | made)


def to_status(told: dict[str, Any]) -> Status:
    """Return the status that its JSON tells."""
    (known,) = _known([told], Status)
    made = {
        "segments": tuple(told["segments"]),
        "quarantine_reasons": tuple((one["reason"], one["records"]) for one in told["quarantine_reasons"]),
        "read_by": tuple(told["read_by"].items()),
    }
    return Status(**known | made)


def _known(rows: list[dict[str, Any]], kind: type) -> list[dict[str, Any]]:
    """Return rows without what a newer server tells besides."""
    names = {field.name for field in fields(kind)}
    return [{name: value for name, value in row.items() if name in names} for row in rows]
