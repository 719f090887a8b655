"""Records of a file read once more, one by one, from the bytes that quarantine kept and from how the file was read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.errors import InputError
from touchline.sources.base import MISSING, Block
from touchline.sources.converting import Plan, convert, latest
from touchline.sources.flattening import flatten, table_of
from touchline.sources.mapping import ColumnMapping
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.sources.export import Export

#: What a reading of a file says under ``door``.
DOOR: Final = "file"
_SPLIT: Final = ("delimited", "excel")
_OBJECTS: Final = ("json", "parquet")


@dataclass(frozen=True, slots=True)
class Again:
    """What became of records that were read once more.

    Attributes:
        table: The good ones, schema `RAW_INTERACTIONS`, in their order.
        places: Where each of them stands among the records.
        faults: What is wrong with the others, by place: column (None when no column is at fault) and reason.
    """

    table: pa.Table
    places: tuple[int, ...]
    faults: Mapping[int, tuple[str | None, str]]


def reading(export: Export, columns: Sequence[str], plan: Plan) -> str:
    """Return how a file is read, as JSON, so that its rejected records can be tried again.

    Args:
        export: The file.
        columns: In its order.
        plan: What its cells become.
    """
    told = {
        "door": DOOR,
        "format": export.format,
        "encoding": export.encoding,
        "delimiter": export.delimiter,
        "columns": list(columns),
        "mapping": plan.mapping.to_toml(),
        "source": plan.source,
        "file": plan.file,
        "zone": plan.zone,
        "day": plan.day.isoformat(),
    }
    return json.dumps(told, ensure_ascii=False)


def values(raw: bytes, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's values by column, to be looked at or mended.

    Args:
        raw: The record as it was.
        told: How its file was read: `reading`, decoded.

    Raises:
        InputError: The bytes cannot be split into values.
    """
    kind = told["format"]
    if kind in _OBJECTS:
        try:
            found = json.loads(raw.decode(told["encoding"] or "utf-8"))
        except ValueError as error:
            raise InputError(
                phrase("this is no JSON ({error})", error=str(error)), todo=phrase("give its bytes anew with --raw")
            ) from None
        if not isinstance(found, dict):
            raise InputError(
                phrase("this is no object; a record needs names and values"),
                todo=phrase("give its bytes anew with --raw"),
            )
        return found
    if kind not in _SPLIT:
        raise InputError(
            phrase("a record of {kind} is read with those around it", kind=str(kind)),
            todo=phrase("mend the file and import it again"),
        )
    try:
        text = raw.decode(told["encoding"] or "utf-8").strip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            phrase("byte {start} is no character", start=str(error.start)),
            todo=phrase("give its bytes anew with --raw"),
        ) from None
    columns, delimiter = told["columns"], told["delimiter"]
    if kind == "excel":
        return _fitting([text.split("\t")], columns)
    try:
        lines = io.StringIO(text, newline="")
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True)) if delimiter else [[text]]
    except csv.Error as error:
        raise InputError(
            phrase("the line cannot be split ({error})", error=str(error)),
            todo=phrase("give its bytes anew with --raw"),
        ) from None
    return _fitting(rows, columns)


def _fitting(rows: list[list[str]], columns: Sequence[str]) -> dict[str, Any]:
    if len(rows) != 1 or len(rows[0]) != len(columns):
        cells = sum(len(row) for row in rows)
        raise InputError(
            phrase("the line has {cells} cells where the header has {n}", cells=str(cells), n=str(len(columns))),
            todo=phrase("give its bytes anew with --raw"),
        )
    return {name: cell for name, cell in zip(columns, rows[0], strict=True) if cell not in MISSING}


def read_again(records: Sequence[Mapping[str, Any]], told: Mapping[str, Any], now: datetime) -> Again:
    """Read records of one file.

    Args:
        records: Each with its values by column.
        told: How the file was read.
        now: The present moment; times more than a day ahead of it are refused.
    """
    plan = Plan(
        mapping=ColumnMapping.from_toml(told["mapping"]),
        source=told["source"],
        file=told["file"],
        zone=told["zone"],
        day=date.fromisoformat(told["day"]),
        latest=latest(now),
    )
    cells = [flatten(dict(record)) for record in records]
    nul = {place: name for place, one in enumerate(cells) for name, cell in one.items() if "\0" in cell}
    sound = [place for place in range(len(cells)) if place not in nul]
    faults: dict[int, tuple[str | None, str]] = {
        place: (name, "the cell holds NUL characters; remove them") for place, name in nul.items()
    }
    table = table_of([cells[place] for place in sound], told["columns"])
    block = Block(table, pa.array(sound, pa.int64()), len(records), lambda _: b"")
    taken, rejected = convert(block, plan)
    for row in rejected.to_pylist():
        faults[row["row"]] = row["column"], row["reason"]
    places = tuple(taken["row"].to_pylist())
    for blank in set(sound) - set(places) - faults.keys():
        faults[blank] = None, "the record holds nothing"
    return Again(taken, places, faults)
