"""Tables from the embedded warehouse into Parquet, and back into a file for serving.

A table is written sorted by customer, one file per bucket of customers, and only the buckets whose rows have changed
since the version before. What has no customer is one bucket.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from touchline.errors import WorkspaceError
from touchline.warehouse.duckdb import tables
from touchline.warehouse.duckdb.tables import quoted
from touchline.warehouse.schema import ATTRIBUTES, CUSTOMERS, DERIVED, SEGMENTED, STORED, STORED_EVIDENCE
from touchline.warehouse.spark.manifest import Manifest, Part, Table, latest, tidy, write

if TYPE_CHECKING:
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.warehouse.index import Journeys
    from touchline.warehouse.spark.files import Place

_KEY: Final = "customer_key"
#: The reference's own key beside the person's, so that nothing is lost on the way back.
_OWN: Final = pa.field("own_key", pa.int64())
#: The tables, and the query that reads each with the key that its bucket is told by.
_READ: Final = {
    "interactions": "SELECT i.*, s.customer_key AS own_key FROM interactions i"
    " JOIN (SELECT interaction_id, customer_key FROM stored) s USING (interaction_id)",
    "evidence": "SELECT e.*, i.customer_key FROM evidence e"
    " JOIN (SELECT interaction_id, customer_key FROM interactions) i USING (interaction_id)",
    "revisions": "SELECT * FROM revisions",
    "attributes": "SELECT * FROM attributes",
    "customers": "SELECT * FROM customers",
    **{name: f"SELECT * FROM {name}" for name in DERIVED},
}
#: What is derived from the interactions.
DERIVABLE: Final = ("evidence", "attributes", "customers", *DERIVED)
#: What is not.
GIVEN: Final = (
    "interactions", "revisions", "receipts", "identity", "consents", "withheld", "attribute_values", "meta", "dirty",
)  # fmt: skip
_SMALL: Final = ("receipts", "identity", "consents", "withheld", "attribute_values", "meta", "dirty")
#: Rows of a journey are numbered, so that ties in time keep their order.
_PLACED: Final = "journey"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did.

    Attributes:
        version: The version that is shown now.
        rows: Rows by table.
        written: Buckets that were written.
        kept: Buckets that had not changed.
        deleted: Files that no kept version needs.
    """

    version: int
    rows: dict[str, int]
    written: int
    kept: int
    deleted: int


def copy(
    warehouse: DuckWarehouse,
    place: Place,
    *,
    buckets: int,
    journeys: Journeys | None = None,
    keep: int = 2,
    progress: Callable[[str, float], None] = lambda step, done: None,
) -> Copied:
    """Write the embedded warehouse's tables as the next version of a Parquet warehouse.

    Args:
        warehouse: What is copied.
        place: Where to.
        buckets: Into how many a table is cut, when nothing was written yet.
        journeys: The journey index, for kernels.
        keep: How many versions stay.
        progress: Called with a step's name and how much of it is done, 0 to 1.

    Raises:
        WorkspaceError: Another process wrote a version meanwhile.
    """
    before = latest(place)
    manifest, written = prepared(warehouse, place, before, [*_READ, *_SMALL], buckets=buckets, progress=progress)
    if journeys is not None:
        old = before.tables["journeys"].parts if before and "journeys" in before.tables else {}
        table, told, fresh = journeys_table(journeys, place, manifest.buckets, old)
        manifest = replace(manifest, tables=manifest.tables | {"journeys": table}, journeys=told)
        written += fresh
    write(place, manifest)
    progress("copying", 1.0)
    kept = sum(len(table.parts) for table in manifest.tables.values()) - written
    return Copied(manifest.number, manifest.rows, written, kept, tidy(place, keep))


def prepared(
    warehouse: DuckWarehouse,
    place: Place,
    before: Manifest | None,
    names: Sequence[str],
    *,
    buckets: int,
    progress: Callable[[str, float], None],
) -> tuple[Manifest, int]:
    """Write the files of some tables; return a version of them that nobody sees yet, and how many files are new."""
    of = before.buckets if before else buckets
    made: dict[str, Table] = {}
    written = 0
    for number, name in enumerate(names):
        old = before.tables[name].parts if before and name in before.tables else {}
        made[name], fresh = _table(warehouse, place, name, 1 if name in _SMALL else of, old)
        written += fresh
        progress("copying", (number + 1) / (len(names) + 1))
    manifest = Manifest(
        number=before.number + 1 if before else 1,
        buckets=of,
        tables=made,
        segments=warehouse.segments(),
        meta={row["key"]: row["value"] for row in warehouse.fetch("FROM meta").to_pylist()},
    )
    return manifest, written


def _table(warehouse: DuckWarehouse, place: Place, name: str, of: int, old: dict[int, Part]) -> tuple[Table, int]:
    """Write what has changed of a table; return all of it, and how many buckets were written."""
    read = _READ.get(name, f"FROM {quoted(name)}")
    bucket = f"t.{_KEY} % {of}" if name in _READ else "0"
    marks = warehouse.fetch(
        f"SELECT ({bucket})::INT AS bucket, count(*) AS n, sum(hash(t)::HUGEINT)::VARCHAR AS mark"
        f" FROM ({read}) t GROUP BY 1"
    ).to_pylist()
    parts = {
        row["bucket"]: part
        for row in marks
        if (part := old.get(row["bucket"])) and (part.rows, part.mark) == (row["n"], row["mark"])
    }
    changed = {row["bucket"]: row for row in marks if row["bucket"] not in parts}
    schema = _schema(warehouse, name)
    if changed:
        among = ", ".join(str(number) for number in sorted(changed))
        listed = ", ".join(f"t.{quoted(n)}" for n in schema.names)
        source, order = f"({read})", [_KEY, *_sorting(schema)]
        if name == _PLACED:
            source, order = f"(SELECT *, rowid AS place FROM journey_{warehouse.generation})", [_KEY, "place"]
        by = "1, " + ", ".join(f"t.{quoted(n)}" for n in order) if name in _READ else "ALL"
        query = f"SELECT ({bucket})::INT AS _bucket, {listed} FROM {source} t WHERE {bucket} IN ({among}) ORDER BY {by}"
        for number, file in _written(warehouse.batches(query), place, name, schema):
            parts[number] = Part(file, changed[number]["n"], changed[number]["mark"])
    return Table(schema, parts), len(changed)


def write_all(warehouse: DuckWarehouse, place: Place, name: str, of: int) -> Table:
    """Write a table whole, by buckets of customers."""
    return _table(warehouse, place, name, of, {})[0]


def _sorting(schema: pa.Schema) -> list[str]:
    """Return the columns that order a customer's rows, so that equal tables are equal files."""
    return [
        n for n in ("occurred_at", "interaction_id", "mention", "question", "name", "valid_from") if n in schema.names
    ]


def _schema(warehouse: DuckWarehouse, name: str) -> pa.Schema:
    """Return the columns of a table as they are kept."""
    known: dict[str, pa.Schema] = {
        "interactions": STORED.append(_OWN),
        "revisions": STORED,
        "evidence": STORED_EVIDENCE.append(pa.field(_KEY, pa.int64())),
        "attributes": ATTRIBUTES,
        "customers": CUSTOMERS,
        **DERIVED,
    }
    schema = known.get(name)
    if schema is None:
        schema = warehouse.fetch(f"FROM {quoted(name)} LIMIT 0").schema
    if name in SEGMENTED:
        for segment in warehouse.segments():
            schema = schema.append(pa.field(f"seg_{segment}", pa.string()))
    return plain(schema)


def plain(schema: pa.Schema) -> pa.Schema:
    """Return a schema in types that Parquet, Spark and DuckDB all read alike."""
    return pa.schema([pa.field(field.name, _plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_large_binary(kind):
        return pa.binary()
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _plain(field.type)) for field in kind])
    return kind


def _written(
    batches: Iterator[pa.RecordBatch], place: Place, name: str, schema: pa.Schema
) -> Iterator[tuple[int, str]]:
    """Write rows that come bucket by bucket, a file each; yield each bucket with its file."""
    writer: pq.ParquetWriter | None = None
    current, file = -1, ""
    for batch in batches:
        numbers = batch.column(0).to_numpy()
        rows = pa.Table.from_batches([batch.select(schema.names)]).cast(schema)
        edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1), len(numbers)]
        for begin, end in pairwise(edges):
            if begin == end:
                continue
            if numbers[begin] != current:
                if writer is not None:
                    writer.close()
                    yield current, file
                current = int(numbers[begin])
                file = fresh_file(name, current)
                writer = place.writer(file, schema)
            assert writer is not None  # noqa: S101  opened with the first bucket
            writer.write_table(rows.slice(begin, end - begin))
    if writer is not None:
        writer.close()
        yield current, file


def fresh_file(name: str, bucket: int) -> str:
    """Return the path of a file that no version has."""
    return f"tables/{name}/bucket={bucket}/{uuid.uuid4().hex}.parquet"


def journeys_table(
    journeys: Journeys, place: Place, of: int, old: dict[int, Part]
) -> tuple[Table, dict[str, object], int]:
    """Write the journey index by buckets of customers, its codes as they are.

    Returns:
        The table, what the codes stand for, and how many buckets were written.
    """
    from touchline.warehouse.spark.journeys import shape_of, table_of

    parts: dict[int, Part] = {}
    written = 0
    told = shape_of(journeys)
    order = np.argsort(journeys.keys % of, kind="stable")
    edges = np.searchsorted((journeys.keys % of)[order], np.arange(of + 1))
    for bucket in range(of):
        if edges[bucket] == edges[bucket + 1]:
            continue
        rows = table_of(journeys, order[edges[bucket] : edges[bucket + 1]])
        mark = _mark(rows, told)
        before = old.get(bucket)
        if before is not None and before.mark == mark:
            parts[bucket] = before
            continue
        file = fresh_file("journeys", bucket)
        with place.writer(file, rows.schema) as writer:
            writer.write_table(rows)
        parts[bucket] = Part(file, rows.num_rows, mark)
        written += 1
    return Table(table_of(journeys, order[:0]).schema, parts), told, written


def _mark(rows: pa.Table, told: dict[str, object]) -> str:
    """Name the content of an index's bucket."""
    import hashlib
    import json

    digest = hashlib.sha256(json.dumps(told["columns"], sort_keys=True).encode())
    for column in rows.columns:
        for chunk in column.chunks:
            digest.update(chunk.to_numpy(zero_copy_only=False).tobytes())
    return digest.hexdigest()


def mart(place: Place, manifest: Manifest, fresh: DuckWarehouse) -> dict[str, int]:
    """Fill an empty embedded warehouse with a version of the Parquet warehouse, for serving.

    Args:
        place: Where the files are.
        manifest: The version.
        fresh: A warehouse that nothing was written to.

    Returns:
        Rows by table.

    Raises:
        WorkspaceError: The tables are of another shape than this version of Touchline writes.
    """
    from touchline.warehouse.duckdb import writing

    if manifest.meta.get("layout") != tables.layout():
        raise WorkspaceError(
            "the Parquet warehouse was copied by another version of Touchline",
            where=place.uri,
            todo="run `touchline warehouse copy`",
        )
    counted: dict[str, int] = {}
    with fresh.transaction():
        generation = writing.begin_generation(fresh, manifest.segments)
        for name in ("interactions", "evidence", "revisions", *_SMALL, *DERIVED):
            if name in ("meta", "dirty"):
                continue
            target = {"interactions": "stored"}.get(name, f"{name}_{generation}" if name in DERIVED else name)
            counted[name] = 0
            for _, part in sorted(manifest.tables[name].parts.items()):
                rows = place.table(part.file)
                counted[name] += rows.num_rows
                with fresh.given(placed=_back(name, rows)):
                    fresh.execute(f"INSERT INTO {quoted(target)} BY NAME SELECT * FROM placed")
        version, model = manifest.meta.get("derived", ""), manifest.meta.get("model", "")
        writing.show_generation(fresh, generation, manifest.segments, version, model)
        kept = {key: value for key, value in manifest.meta.items() if key not in ("generation", "segments", "rows")}
        fresh.remember(**kept)
        fresh.remember(generation=generation, segments="\n".join(manifest.segments), rows=writing.rows(fresh))
    return counted


def _back(name: str, rows: pa.Table) -> pa.Table:
    """Return rows as the embedded warehouse keeps them."""
    if name == "interactions":
        at = rows.schema.get_field_index(_KEY)
        return rows.set_column(at, _KEY, rows["own_key"]).drop_columns(["own_key"])
    return rows.drop_columns([_KEY]) if name == "evidence" else rows
