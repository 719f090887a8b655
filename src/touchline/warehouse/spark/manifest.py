"""A version of the Parquet warehouse: which files hold which bucket of which table.

A manifest is written once and never changed; the next version is the next number, and whoever writes it second is
refused. Buckets that did not change keep their files, so that a version costs what has changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

from touchline.errors import WorkspaceError
from touchline.warehouse.spark.files import Place

#: Bumped when the files or what is in them change.
LAYOUT: Final = "s1"
_FOLDER: Final = "manifests"


@dataclass(frozen=True, slots=True)
class Part:
    """One bucket of a table.

    Attributes:
        file: Its file, from the warehouse's root.
        rows: How many rows it has.
        mark: Names what is in it, independent of the order of rows.
    """

    file: str
    rows: int
    mark: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        schema: Its columns.
        parts: Its buckets, by number; empty ones are left out.
    """

    schema: pa.Schema
    parts: dict[int, Part]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(part.rows for part in self.parts.values())


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version.

    Attributes:
        number: Counts up from 1.
        buckets: Into how many a table is cut: a customer is in bucket ``customer_key % buckets``.
        tables: Tables by name.
        segments: Names of the segments in force.
        meta: What the embedded warehouse remembered, its position in the journal among it.
        journeys: What the journey index's codes stand for; empty when there is none.
    """

    number: int
    buckets: int
    tables: dict[str, Table]
    segments: tuple[str, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)
    journeys: dict[str, Any] = field(default_factory=dict)

    @property
    def position(self) -> int:
        """The journal offset up to which everything is here."""
        return int(self.meta.get("position", 0))

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table."""
        return {name: table.rows for name, table in self.tables.items()}

    @property
    def files(self) -> set[str]:
        """Every file that this version needs."""
        return {part.file for table in self.tables.values() for part in table.parts.values()}


def table_as(table: Table) -> dict[str, Any]:
    """Return a table as JSON holds it."""
    return {
        "schema": table.schema.serialize().to_pybytes().hex(),
        "parts": {str(b): [part.file, part.rows, part.mark] for b, part in sorted(table.parts.items())},
    }


def table_from(told: list[dict[str, Any]]) -> Table:
    """Return the table of which these, as `table_as` made them, are the buckets."""
    return Table(
        pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(told[0]["schema"]))),
        {int(bucket): Part(*part) for one in told for bucket, part in one["parts"].items()},
    )


def numbers(place: Place) -> list[int]:
    """Return the versions that are there, ascending."""
    return sorted(int(name.removesuffix(".json")) for name in place.names(_FOLDER) if name.endswith(".json"))


def latest(place: Place) -> Manifest | None:
    """Return the newest version; None where nothing was written."""
    found = numbers(place)
    return read(place, found[-1]) if found else None


def read(place: Place, number: int) -> Manifest:
    """Return one version.

    Raises:
        WorkspaceError: It is of another layout.
    """
    told = json.loads(place.read(_path(number)))
    if told["layout"] != LAYOUT:
        raise WorkspaceError(
            "the Parquet warehouse was written by another version of Touchline",
            where=place.uri,
            todo="name another path under [engine] warehouse, and run `touchline warehouse copy`",
        )
    tables = {name: table_from([one]) for name, one in told["tables"].items()}
    return Manifest(number, told["buckets"], tables, tuple(told["segments"]), told["meta"], told["journeys"])


def write(place: Place, manifest: Manifest) -> None:
    """Write a version, unless that number is taken.

    Raises:
        WorkspaceError: Somebody else wrote it meanwhile; nothing is shown of what this writer made.
    """
    tables = {name: table_as(table) for name, table in manifest.tables.items()}
    text = json.dumps(
        {
            "layout": LAYOUT,
            "buckets": manifest.buckets,
            "segments": manifest.segments,
            "meta": manifest.meta,
            "journeys": manifest.journeys,
            "tables": tables,
        }
    )
    if not place.put_if_absent(_path(manifest.number), text.encode()):
        raise WorkspaceError(
            f"version {manifest.number} was written by another process meanwhile",
            where=place.uri,
            todo="run `touchline warehouse copy` again",
        )


def tidy(place: Place, keep: int) -> int:
    """Delete all but the newest ``keep`` versions, and the files that none of those needs; return how many files."""
    found = numbers(place)
    kept = [read(place, number) for number in found[-keep:]]
    needed = {file for manifest in kept for file in manifest.files}
    gone = [file for file in place.below("tables") if file not in needed]
    for number in found[:-keep]:
        place.delete(_path(number))
    for file in gone:
        place.delete(file)
    return len(gone)


def _path(number: int) -> str:
    return f"{_FOLDER}/{number:012d}.json"
