"""What the drain writes: runs of interactions, evidence, and the derived tables of whole customers.

Every function is one transaction, so that a process killed anywhere leaves either all of it or nothing. Customers
that a run touched are *dirty* until they are placed anew; the mark is written with the run itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.attributes import unpacked
from touchline.warehouse.duckdb import tables
from touchline.warehouse.duckdb.tables import quoted
from touchline.warehouse.duckdb.warehouse import DuckWarehouse
from touchline.warehouse.schema import DERIVED, STORED, STORED_EVIDENCE

NEW, DUPLICATE, REVISED = 0, 1, 2
_IDENTITY: Final = pa.schema([("customer_key", pa.int64()), ("person_key", pa.int64())])
#: Customers are placed in buckets of about this many interactions, which bounds the memory and shares the work.
BUCKET_ROWS: Final = 250_000
#: More values than this and an attribute is remembered as having many.
MANY_VALUES: Final = 201


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What each row of a run is.

    Attributes:
        what: NEW, DUPLICATE or REVISED, per row.
        final: Whether the row is the latest of its id, per row; a revised row may be superseded within its own run.
    """

    what: npt.NDArray[np.int64]
    final: npt.NDArray[np.bool_]

    def latest(self, run: pa.Table) -> pa.Table:
        """Return the rows of the run that are the latest of their id."""
        return run if self.final.all() else run.filter(pa.array(self.final))


def sift(warehouse: DuckWarehouse, run: pa.Table) -> Verdicts:
    """Tell new rows from duplicates and revisions.

    A row is a duplicate when any known revision of its id has its content, so that importing an older export again
    does not undo what came after it.

    Args:
        warehouse: Where to look.
        run: Schema `STORED`, in journal order.
    """
    rows = run.num_rows
    ids = run.select(["interaction_id", "content_hash"]).append_column("ordinal", pa.array(np.arange(rows)))
    with warehouse.given(run=ids):
        known = warehouse.fetch(
            "SELECT ordinal, r.content_hash = i.content_hash AS same"
            " FROM run r JOIN stored i USING (interaction_id)"
            " UNION ALL "
            "SELECT ordinal, r.content_hash = v.content_hash FROM run r JOIN revisions v USING (interaction_id)"
        )
        repeated = pc.count_distinct(run["interaction_id"]).as_py() < rows
        within = (
            warehouse.fetch(
                "SELECT ordinal, row_number() OVER same AS nth_same, row_number() OVER id AS nth FROM run"
                " WINDOW same AS (PARTITION BY interaction_id, content_hash ORDER BY ordinal),"
                " id AS (PARTITION BY interaction_id ORDER BY ordinal)"
            )
            if repeated
            else None
        )
    what = np.full(rows, NEW, dtype=np.int64)
    what[known["ordinal"].to_numpy()] = REVISED
    final = np.ones(rows, dtype=np.bool_)
    if within is not None:
        at = within["ordinal"].to_numpy()
        what[at[within["nth"].to_numpy() > 1]] = REVISED
        what[at[within["nth_same"].to_numpy() > 1]] = DUPLICATE
    what[known["ordinal"].to_numpy()[known["same"].to_numpy(zero_copy_only=False)]] = DUPLICATE
    if within is not None:
        kept = np.flatnonzero(what != DUPLICATE)
        codes = run["interaction_id"].combine_chunks().dictionary_encode().indices.to_numpy()[kept]
        last = np.unique(codes[::-1], return_index=True)[1]
        final[kept] = False
        final[kept[len(kept) - 1 - last]] = True
    return Verdicts(what, final & (what != DUPLICATE))


def store(warehouse: DuckWarehouse, run: pa.Table, verdicts: Verdicts, evidence: pa.Table, *, position: int) -> None:
    """Commit a run: interactions, evidence, receipts, dirty customers and the journal position, all or nothing.

    Args:
        warehouse: Where to write.
        run: Schema `STORED`, in journal order.
        verdicts: Of its rows, by `sift`.
        evidence: Schema `STORED_EVIDENCE`, of the rows that are final.
        position: The journal offset of the last batch in the run.
    """
    kept = verdicts.latest(run)
    superseded = run.filter(pa.array((verdicts.what != DUPLICATE) & ~verdicts.final))
    replaced = run.filter(pa.array(verdicts.what == REVISED)).select(["interaction_id"])
    columns = ", ".join(quoted(name) for name in STORED.names)
    with (
        warehouse.alone(),
        warehouse.transaction(),
        warehouse.given(kept=kept, superseded=superseded, replaced=replaced, said=evidence),
    ):
        if replaced.num_rows:
            old = "interaction_id IN (SELECT interaction_id FROM replaced)"
            warehouse.execute(f"INSERT INTO dirty SELECT DISTINCT customer_key FROM interactions WHERE {old}")
            warehouse.execute(f"INSERT INTO revisions SELECT * FROM stored WHERE {old}")
            warehouse.execute(f"DELETE FROM stored WHERE {old}")
            warehouse.execute(f"DELETE FROM evidence WHERE {old}")
            warehouse.execute(f"INSERT INTO revisions SELECT {columns} FROM superseded")
        warehouse.execute(f"INSERT INTO stored SELECT {columns} FROM kept")
        warehouse.execute("INSERT INTO evidence SELECT * FROM said")
        warehouse.execute(
            "INSERT INTO dirty SELECT DISTINCT coalesce(person_key, kept.customer_key)"
            " FROM kept LEFT JOIN identity ON identity.customer_key = kept.customer_key"
        )
        _receipts(warehouse, run, verdicts)
        _attribute_values(warehouse, kept)
        warehouse.remember(position=position, rows=rows(warehouse))


def _receipts(warehouse: DuckWarehouse, run: pa.Table, verdicts: Verdicts) -> None:
    """Write, per batch, how many of its rows were stored, duplicates and revisions."""
    offsets, inverse = np.unique(run["offset"].to_numpy(), return_inverse=True)
    counts = [np.bincount(inverse[verdicts.what == what], minlength=len(offsets)) for what in (NEW, DUPLICATE, REVISED)]
    receipts = pa.table([offsets, *counts], names=["offset_", "stored", "duplicate", "revised"])
    with warehouse.given(fresh=receipts):
        warehouse.execute("INSERT INTO receipts SELECT *, 0 FROM fresh")


def _attribute_values(warehouse: DuckWarehouse, kept: pa.Table) -> None:
    """Remember the distinct values of every attribute, up to `MANY_VALUES` of each."""
    maps = unpacked(pa.chunked_array([kept["attributes"].unique()], pa.string()))
    entries = pa.table({"name": maps.keys, "value": maps.items})
    seen = entries.group_by(["name", "value"], use_threads=False).aggregate([])
    with warehouse.given(seen=seen):
        warehouse.execute(
            "INSERT INTO attribute_values "
            "SELECT name, value FROM seen ANTI JOIN attribute_values USING (name, value) "
            "WHERE value IS NOT NULL AND name NOT IN "
            f"(SELECT name FROM attribute_values GROUP BY name HAVING count(*) >= {MANY_VALUES}) "
            f"QUALIFY row_number() OVER (PARTITION BY name ORDER BY value) <= {MANY_VALUES}"
        )


def gather_attribute_values(warehouse: DuckWarehouse) -> None:
    """Remember the attributes' values anew, from the interactions that are there; part of the running transaction."""
    warehouse.execute("DELETE FROM attribute_values")
    there = warehouse.fetch("SELECT DISTINCT attributes FROM stored WHERE attributes IS NOT NULL ORDER BY 1")
    if there.num_rows:
        _attribute_values(warehouse, there)


def identify(
    warehouse: DuckWarehouse, claims: list[tuple[int, int | None]], *, position: int, afresh: bool = False
) -> None:
    """Commit who is who, and the journal position; the persons concerned are placed anew.

    Args:
        warehouse: Where to write.
        claims: Pairs of customer keys, in order: the first is the same person as the second; with None, the first
            stands alone again.
        position: The journal offset that they are from.
        afresh: Whether these are all claims there are, and what was known before does not count.
    """
    known = warehouse.fetch("SELECT customer_key, person_key FROM identity")
    before_: dict[int, int] = dict(
        zip(*(known[name].to_pylist() for name in ("customer_key", "person_key")), strict=True)
    )
    person = {} if afresh else dict(before_)
    concerned: set[int] = set()
    for one, other in claims:
        before = person.get(one, one)
        after = one if other is None else person.get(other, other)
        moving = [one] if other is None else [one, *(key for key, root in person.items() if root == before), before]
        concerned |= {before, after, one}
        person |= dict.fromkeys(moving, after)
    if afresh:
        moved = {key for key in before_.keys() | person.keys() if before_.get(key, key) != person.get(key, key)}
        concerned = moved | {before_.get(key, key) for key in moved} | {person.get(key, key) for key in moved}
    rows_ = sorted((key, root) for key, root in person.items() if key != root)
    identity = pa.table([[key for key, _ in rows_], [root for _, root in rows_]], schema=_IDENTITY)
    dirty = pa.table({"customer_key": pa.array(sorted(concerned), pa.int64())})
    with warehouse.transaction(), warehouse.given(fresh=identity, concerned=dirty):
        warehouse.execute("DELETE FROM identity")
        warehouse.execute("INSERT INTO identity SELECT * FROM fresh")
        warehouse.execute("INSERT INTO dirty SELECT customer_key FROM concerned")
        warehouse.remember(position=position)


def candidates(warehouse: DuckWarehouse, most: int) -> tuple[str, ...]:
    """Return the attributes that have two values or more, at most ``most``, and not only numbers: measures."""
    found = warehouse.fetch(
        "SELECT name FROM attribute_values GROUP BY name HAVING count(*) BETWEEN 2 AND $most"
        " AND count(TRY_CAST(value AS DOUBLE)) < count(*) ORDER BY name",
        most=most,
    )
    names: list[str] = found["name"].to_pylist()
    return tuple(names)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Whole customers to be placed: their interactions and evidence.

    Attributes:
        number: Which of the buckets, from 0.
        of: How many there are; a customer is in the one that its key's remainder says.
        everyone: Whether it holds all its customers, not only the dirty ones.
        interactions: Their interactions.
        evidence: Their evidence.
    """

    number: int
    of: int
    everyone: bool
    interactions: pa.Table
    evidence: pa.Table


def buckets(
    warehouse: DuckWarehouse, *, reads: tuple[str, ...], dirty_only: bool, words: bool = False
) -> Iterator[Bucket]:
    """Yield whole customers, in buckets that bound the memory.

    Args:
        warehouse: Where to read.
        reads: Columns of the interactions; ``identified`` is made from ``customer_ref``.
        dirty_only: Only the customers that wait to be placed.
        words: Whether the evidence has a column ``words`` too: what each mention says, cut from its text.
    """
    total = int(warehouse.value("SELECT count(*) FROM interactions"))
    wanted = int(warehouse.value("SELECT count(DISTINCT customer_key) FROM dirty")) if dirty_only else total
    if not wanted:
        return
    known = int(warehouse.value("SELECT count(DISTINCT customer_key) FROM interactions")) if dirty_only else 0
    everyone = not dirty_only or wanted >= known
    of = max(1, -(-total // BUCKET_ROWS)) if everyone or wanted > known // 4 else 1
    columns = ", ".join(
        "customer_ref IS NOT NULL AS identified" if name == "identified" else quoted(name) for name in reads
    )
    for number in range(of):
        keep = [] if everyone else ["customer_key IN (SELECT customer_key FROM dirty)"]
        if of > 1:
            keep.append(f"customer_key % {of} = {number}")
        where = (" WHERE " + " AND ".join(keep)) if keep else ""
        interactions = warehouse.fetch(f"SELECT {columns} FROM interactions{where}")
        told = ", ".join(quoted(name) for name in STORED_EVIDENCE.names)
        said = f"SELECT {told} FROM evidence"
        if words:
            said = (
                f'SELECT {told}, substr(text, evidence."start" + 1, evidence."end" - evidence."start") AS words'
                " FROM evidence JOIN (SELECT interaction_id, text FROM stored) USING (interaction_id)"
            )
        only = f" WHERE interaction_id IN (SELECT interaction_id FROM interactions{where})" if where else ""
        yield Bucket(number, of, everyone, interactions, warehouse.fetch(said + only))


def replace(warehouse: DuckWarehouse, bucket: Bucket, placed: dict[str, pa.Table]) -> None:
    """Commit the derived rows of a bucket's customers in place of those before, and mark them clean."""
    generation = warehouse.generation
    mine = f"customer_key % {bucket.of} = {bucket.number}" if bucket.of > 1 else "TRUE"
    placed_anew = mine if bucket.everyone else f"{mine} AND customer_key IN (SELECT customer_key FROM dirty)"
    before = warehouse.published
    with warehouse.transaction():
        concerned = None
        if not bucket.everyone:
            found = warehouse.fetch(f"SELECT DISTINCT customer_key FROM dirty WHERE {mine}")
            concerned = found["customer_key"].combine_chunks()
        for name, table in placed.items():
            target = f"{name}_{generation}"
            if int(warehouse.value(f"SELECT count(*) FROM {target}")):
                warehouse.execute(f"DELETE FROM {target} WHERE {placed_anew}")
            insert(warehouse, target, table)
        warehouse.execute(f"DELETE FROM dirty WHERE {mine}")
        warehouse.remember(published=int(warehouse.meta("published") or 0) + 1, rows=rows(warehouse))
        if bucket.number + 1 == bucket.of:
            warehouse.remember(shown=warehouse.position)
        after = warehouse.published
    warehouse.rolls.placed(before, after, concerned)


def insert(warehouse: DuckWarehouse, target: str, table: pa.Table) -> None:
    """Append rows to a derived table; their columns are in its order."""
    with warehouse.given(placed=table):
        warehouse.execute(f"INSERT INTO {target} BY NAME SELECT * FROM placed")


def begin_generation(warehouse: DuckWarehouse, segments: tuple[str, ...]) -> int:
    """Make the empty tables of the next generation, beside those that are shown; return its number.

    Part of the running transaction, as is `show_generation`: a generation is there whole or not at all.
    """
    generation = warehouse.generation + 1
    for statement in [*tables.drop(generation), *tables.derived(generation, segments)]:
        warehouse.execute(statement)
    return generation


def show_generation(
    warehouse: DuckWarehouse, generation: int, segments: tuple[str, ...], version: str, model: str
) -> None:
    """Show a finished generation in place of the one before, at once, and forget that one."""
    before = warehouse.generation
    for statement in [*tables.switch(generation), *tables.drop(before)]:
        warehouse.execute(statement)
    warehouse.execute("DELETE FROM dirty")
    warehouse.remember(generation=generation, segments="\n".join(segments), derived=version, model=model)
    warehouse.remember(rows=rows(warehouse), shown=warehouse.position)


def renew_evidence(warehouse: DuckWarehouse, evidence: pa.Table, ids: pa.Table) -> None:
    """Replace the evidence of some interactions by another model's."""
    with warehouse.transaction(), warehouse.given(said=evidence, ids=ids):
        warehouse.execute("DELETE FROM evidence WHERE interaction_id IN (SELECT interaction_id FROM ids)")
        warehouse.execute("INSERT INTO evidence SELECT * FROM said")
        warehouse.remember(rows=rows(warehouse))


#: The tables that two warehouses of equal contents agree on, and how each is told apart from another.
FINGERPRINTED: Final = ("interactions", "revisions", "evidence", "identity", "withheld", *DERIVED)


def rows(warehouse: DuckWarehouse) -> str:
    """Return how many rows every table has, as it is remembered with each change and looked up by a check."""
    counts = ", ".join(f"(SELECT count(*) FROM {name}) AS {name}" for name in FINGERPRINTED)
    (found,) = warehouse.fetch(f"SELECT {counts}").to_pylist()
    return ", ".join(f"{name} {n}" for name, n in found.items())


def fingerprint(warehouse: DuckWarehouse) -> dict[str, tuple[int, str]]:
    """Return count and order-independent hash of every table: equal for warehouses of equal contents."""
    found = {}
    for name in FINGERPRINTED:
        exclude = " EXCLUDE (received_at)" if name in ("interactions", "revisions") else ""
        row = warehouse.fetch(
            "SELECT count(*) AS n, coalesce(sum(hash(t)::HUGEINT), 0)::VARCHAR AS h "
            f"FROM (SELECT *{exclude} FROM {name}) t"
        ).to_pylist()[0]
        found[name] = (row["n"], row["h"])
    return found
