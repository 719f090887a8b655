"""A figure as the bytes that a caller asked for: JSON, CSV, Parquet or an Arrow stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from touchline.cli.writing import csv_text, plain
from touchline.client.wire import KEY, from_stream, to_stream
from touchline.errors import InputError
from touchline.scores.base import Figure

#: Format to its media type.
MEDIA: Final[Mapping[str, str]] = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_ANY: Final = {"*/*": "json", "application/*": "json", "text/*": "csv"}
_BY_MEDIA: Final = {media: name for name, media in MEDIA.items()}


def chosen(accept: str, said: str | None) -> str:
    """Return the format that a request asks for: what it says, else the one that its ``Accept`` likes most.

    >>> chosen("text/csv;q=0.5, application/vnd.apache.parquet", None), chosen("", None), chosen("text/csv", "json")
    ('parquet', 'json', 'json')

    Raises:
        NotOffered: None of those is there.
    """
    if said:
        return said
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return "json"
    for quality, media in sorted(ranges, key=lambda one: -one[0]):
        name = _BY_MEDIA.get(media) or _ANY.get(media)
        if name and quality > 0:
            return name
    raise NotOffered(
        f"there is no answer as {accept[:100]}", where="Accept", todo=f"ask for one of {', '.join(MEDIA.values())}"
    )


class NotOffered(InputError):
    """None of the formats that a caller takes is there."""


def _range(part: str) -> tuple[float, str]:
    media, *parameters = (piece.strip() for piece in part.split(";"))
    quality = next((p[2:] for p in parameters if p.lower().startswith("q=")), "1")
    try:
        return float(quality), media.lower()
    except ValueError:
        return 0.0, media.lower()


def written(figure: Figure, kind: str, *, behind: bool, following: str | None) -> bytes:
    """Return a figure's bytes.

    Args:
        figure: The figure, or a page of it.
        kind: One of `MEDIA`.
        behind: Whether it can tell who is behind a row.
        following: Where the next page begins, or None.
    """
    if kind == "json":
        told = figure.as_json() | {"behind": behind, "next": following}
        return json.dumps(plain(told), ensure_ascii=False, allow_nan=False).encode()
    if kind == "csv":
        return csv_text(figure.table, exact=False).encode()
    stream = to_stream(figure, behind=behind, next=following)
    if kind == "arrow":
        return stream
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def read(stream: bytes) -> tuple[Figure, dict[str, Any]]:
    """Return the figure that is kept as an Arrow stream."""
    return from_stream(stream)


__all__ = ["KEY", "MEDIA", "NotOffered", "chosen", "read", "written"]
