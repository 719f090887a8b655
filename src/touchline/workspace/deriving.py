"""Understanding and placement on a cluster: a task per bucket of customers, each with the code of one machine.

A task stores its customers' interactions in an embedded warehouse of its own, reads their texts, places them, makes
their part of the journey index, and writes what it found as Parquet. So what is derived on a cluster is what a single
machine would have derived.
"""

from __future__ import annotations

import hashlib
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.drain import Projection, project, understand
from touchline.errors import SettingsError, WorkspaceError
from touchline.vocabulary.coded import Coded
from touchline.warehouse.duckdb import DuckWarehouse
from touchline.warehouse.duckdb.connection import Limits
from touchline.warehouse.duckdb.tables import quoted
from touchline.warehouse.index.journeys import narrow
from touchline.warehouse.schema import STORED
from touchline.warehouse.spark.copying import DERIVABLE, fresh_file, write_all
from touchline.warehouse.spark.files import Place
from touchline.warehouse.spark.journeys import journeys_from, shape_of, table_of
from touchline.warehouse.spark.manifest import Manifest, Part, Table, table_as, table_from, write
from touchline.warehouse.spark.warehouse import fetched, framed
from touchline.warehouse.spark.whole import told_by
from touchline.workspace.indexing import index

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from touchline.warehouse.index import Journeys

_MEMORY: Final = "1GB"


@cache
def installed() -> str:
    """Name the code and the weights that read and place: what is derived from them may not be mixed."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for room in ("placement", "settings", "themes", "understanding", "vocabulary"):
        for path in sorted((root / room).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Task:
    """What a task does to a bucket; travels to the cluster.

    Attributes:
        projection: Taxonomy, settings, reader, key, themes.
        place: Where the Parquet warehouse lies.
        buckets: Of how many.
        values: The attributes' values over all customers, which decide what is a segment.
        installed: What reads and places here, as `installed` names it; a worker that has another refuses.
    """

    projection: Projection
    place: Place
    buckets: int
    values: pa.Table
    installed: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> dict[str, Any]:
        """Derive everything about a bucket's customers; tell which files hold it.

        Raises:
            WorkspaceError: This worker has another version of Touchline than the driver.
        """
        if installed() != self.installed:
            raise WorkspaceError(
                "this worker has another version of Touchline than the machine that asked",
                where=socket.gethostname(),
                todo="install the same version, with the same weights, on all of them",
            )
        with tempfile.TemporaryDirectory(prefix="touchline-") as folder:
            root = Path(folder)
            with DuckWarehouse(root / "bucket.duckdb", Limits(_MEMORY, threads=1)) as warehouse:
                bucket = self._store(warehouse, batches)
                project(warehouse, self.projection)
                found = {name: table_as(write_all(warehouse, self.place, name, self.buckets)) for name in DERIVABLE}
                made = index(
                    warehouse,
                    self.projection.taxonomy,
                    self.projection.settings.workspace.timezone,
                    self.projection.key,
                    root / "index",
                )
                told = self._journeys(made, bucket)
                return {
                    "bucket": bucket,
                    "tables": found,
                    "journeys": told,
                }

    def _store(self, warehouse: DuckWarehouse, batches: Iterator[pa.RecordBatch]) -> int:
        """Store the rows and the evidence of their texts; return the bucket's number."""
        columns = ", ".join(quoted(name) for name in STORED.names)
        bucket = -1
        with warehouse.given(known=self.values):
            warehouse.execute("INSERT INTO attribute_values SELECT * FROM known")
        for batch in batches:
            rows = pa.Table.from_batches([batch])
            bucket = int(rows["customer_key"][0].as_py()) % self.buckets
            persons = pa.table({"customer_key": rows["own_key"], "person_key": rows["customer_key"]})
            at = rows.schema.get_field_index("customer_key")
            own = rows.set_column(at, "customer_key", rows["own_key"])
            with warehouse.given(kept=own, persons=persons, said=understand(own, self.projection)):
                warehouse.execute(f"INSERT INTO stored SELECT {columns} FROM kept")
                warehouse.execute("INSERT INTO evidence SELECT * FROM said")
                warehouse.execute(
                    "INSERT INTO identity SELECT DISTINCT customer_key, person_key FROM persons"
                    " WHERE customer_key <> person_key AND customer_key NOT IN (SELECT customer_key FROM identity)"
                )
        return bucket

    def _journeys(self, made: Journeys, bucket: int) -> dict[str, Any] | None:
        """Write the bucket's part of the index, its codes still its own."""
        if not len(made):
            return None
        rows = table_of(made)
        file = fresh_file("journeys", bucket)
        with self.place.writer(file, rows.schema) as writer:
            writer.write_table(rows)
        return {"file": file, "rows": rows.num_rows, "shape": shape_of(made)}


@dataclass(frozen=True)
class Recoded:
    """Gives a bucket's part of the index the codes that all buckets share; travels to the cluster."""

    place: Place
    shape: dict[str, Any]

    @cached_property
    def _number(self) -> dict[str, dict[str, int]]:
        columns = self.shape["columns"]
        return {
            name: {value: number for number, value in enumerate(told["names"])}
            for name, told in columns.items()
            if "names" in told
        }

    def __call__(self, told: tuple[int, dict[str, Any]]) -> tuple[int, str, int]:
        """Write the part anew; return its bucket, file and rows."""
        bucket, part = told
        own = journeys_from(self.place.table(part["file"]), part["shape"])
        columns: dict[str, Any] = {}
        for name, shared in self.shape["columns"].items():
            column = own.columns[name]
            if isinstance(column, Coded):
                codes = np.array([self._number[name][value] for value in column.names] + [-1])
                columns[name] = codes[column.codes].astype(shared["kind"])
            else:
                columns[name] = column
        rows = pa.table({"customer_key": own.keys[own.owner], "at": own.at, **columns})
        file = fresh_file("journeys", bucket)
        with self.place.writer(file, rows.schema) as writer:
            writer.write_table(rows)
        return bucket, file, rows.num_rows


def derive(
    spark: SparkSession, place: Place, given: Manifest, before: Manifest | None, projection: Projection
) -> tuple[Manifest, int]:
    """Read and place on the cluster what has changed; write the next version.

    Args:
        spark: The session.
        place: Where the Parquet warehouse lies.
        given: The next version, with the tables that nothing is derived for yet.
        before: The version before; buckets whose interactions are the same there keep what was derived.
        projection: Taxonomy, settings, reader, key, themes.

    Returns:
        The version, and how many buckets were derived.

    Raises:
        SettingsError: The reader cannot travel.
        WorkspaceError: Another process wrote a version meanwhile.
    """
    source = given.tables["interactions"]
    stays = _unchanged(given, before, projection)
    files = {number: place.full(part.file) for number, part in sorted(source.parts.items()) if number not in stays}
    values = _values(spark, place, given.tables["attribute_values"])
    work = Task(_portable(projection), replace(place, spark=None), given.buckets, values, installed())
    told = sorted(told_by(spark, source.schema, list(files.values()), work), key=lambda one: int(one["bucket"]))
    made = {name: _merged([one["tables"][name] for one in told], name, before, stays) for name in DERIVABLE}
    parts = [(one["bucket"], one["journeys"]) for one in told if one["journeys"]]
    if before is not None and "journeys" in before.tables:
        old = before.tables["journeys"].parts.items()
        parts += [(n, {"file": p.file, "rows": p.rows, "shape": before.journeys}) for n, p in old if n in stays]
    shape, made["journeys"] = _index(spark, place, parts)
    manifest = replace(
        given,
        tables={**given.tables, **made},
        meta={**given.meta, "derived": projection.version, "model": projection.understander.version},
        journeys=shape,
    )
    write(place, manifest)
    return manifest, len(told)


def _unchanged(given: Manifest, before: Manifest | None, projection: Projection) -> set[int]:
    """Return the buckets that keep what was derived."""
    if before is None or before.meta.get("derived") != projection.version or before.segments != given.segments:
        return set()
    parts, old = given.tables["interactions"].parts, before.tables["interactions"].parts
    return {number for number, part in parts.items() if old.get(number) == part}


def _merged(told: list[dict[str, Any]], name: str, before: Manifest | None, stays: set[int]) -> Table:
    """Return a table of the buckets that were derived and of those that stayed."""
    parts: dict[int, Part] = {}
    schema: pa.Schema | None = None
    if before is not None and stays:
        schema = before.tables[name].schema
        parts = {number: part for number, part in before.tables[name].parts.items() if number in stays}
    if told:
        fresh = table_from(told)
        schema, parts = fresh.schema, parts | fresh.parts
    return Table(schema if schema is not None else pa.schema([]), parts)


def _index(spark: SparkSession, place: Place, parts: list[tuple[int, dict[str, Any]]]) -> tuple[dict[str, Any], Table]:
    """Let all buckets' parts of the index share their codes; return what the codes stand for, and the table."""
    if not parts:
        return {}, Table(pa.schema([]), {})
    shapes = [part["shape"] for _, part in parts]
    columns: dict[str, Any] = {}
    for name, first in shapes[0]["columns"].items():
        columns[name] = dict(first)
        if "names" in first:
            names = tuple(sorted({value for shape in shapes for value in shape["columns"][name]["names"]}))
            columns[name] = {"kind": narrow(Coded(np.zeros(0, np.int64), names)).codes.dtype.name, "names": list(names)}
    shape = {
        **shapes[0],
        "columns": columns,
        "observed": [min(one["observed"][0] for one in shapes), max(one["observed"][1] for one in shapes)],
    }
    foreign = [(n, part) for n, part in parts if part["shape"]["columns"] != columns]
    found = [(n, part["file"], part["rows"]) for n, part in parts if part["shape"]["columns"] == columns]
    if foreign:
        work = Recoded(replace(place, spark=None), shape)
        found += spark.sparkContext.parallelize(foreign, len(foreign)).map(work).collect()
    schema = table_of(journeys_from(_nothing(shape), shape)).schema
    return shape, Table(schema, {number: Part(file, rows, file) for number, file, rows in found})


def _values(spark: SparkSession, place: Place, table: Table) -> pa.Table:
    return fetched(framed(spark, table.schema, [place.full(part.file) for part in table.parts.values()]))


def _nothing(shape: dict[str, Any]) -> pa.Table:
    """Return the index's rows of nobody."""
    kinds = {"customer_key": "int64", "at": "int64"} | {n: told["kind"] for n, told in shape["columns"].items()}
    return pa.table({name: np.zeros(0, kind) for name, kind in kinds.items()})


def _portable(projection: Projection) -> Projection:
    """Return the projection if it can travel to other machines.

    Raises:
        SettingsError: The reader holds something of this machine: a connection, a file.
    """
    from pyspark import cloudpickle

    try:
        cloudpickle.dumps(projection)  # type: ignore[no-untyped-call]
    except (TypeError, AttributeError) as error:
        raise SettingsError(
            f"the reader of texts cannot travel to a cluster: {error}",
            where="understanding.use",
            todo="let one machine read the texts: run `touchline warehouse copy`",
        ) from error
    return projection
