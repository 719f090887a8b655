"""Taking records out of the warehouse for good, and the receipts that follow from what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.warehouse.duckdb import writing
from touchline.warehouse.duckdb.tables import quoted
from touchline.warehouse.duckdb.warehouse import DuckWarehouse
from touchline.warehouse.schema import DERIVED, STORED

#: What is looked at to tell whose a row is, and how old it is.
LOOKED_AT = ("customer_ref", "source", "conversation_ref", "kind", "occurred_at")


def rows_of(
    warehouse: DuckWarehouse, chosen: Callable[[pa.Table], npt.NDArray[np.bool_]], *, only: str = "TRUE"
) -> dict[str, pa.Table]:
    """Return the rows that are chosen, as ``place`` (DuckDB's row number) per table, ``stored`` and ``revisions``.

    Args:
        warehouse: Where to look.
        chosen: Gets tables of the columns `LOOKED_AT`, and says which rows.
        only: A condition on the rows that are looked at.
    """
    found = {}
    for name in ("stored", "revisions"):
        places: list[pa.Array] = []
        for batch in warehouse.batches(f"SELECT rowid AS place, {', '.join(LOOKED_AT)} FROM {name} WHERE {only}"):
            table = pa.Table.from_batches([batch])
            mask = chosen(table)
            if mask.any():
                places.append(table["place"].combine_chunks().filter(pa.array(mask)))
        found[name] = pa.table({"place": pa.concat_arrays(places) if places else pa.array([], pa.int64())})
    return found


def erase(warehouse: DuckWarehouse, rows: Mapping[str, pa.Table], totals: Mapping[int, int]) -> int:
    """Take rows out of everything; return how many went. Part of the running transaction.

    Where the latest revision of a record goes and an earlier one stays, that one counts again, and waits to be read.

    Args:
        warehouse: Where to write.
        rows: From `rows_of`.
        totals: How many records each batch of interactions has in the journal, by offset.
    """
    lost = sum(int(table.num_rows) for table in rows.values())
    with warehouse.given(gone_stored=rows["stored"], gone_revisions=rows["revisions"]):
        warehouse.execute(
            "INSERT INTO dirty SELECT DISTINCT customer_key FROM interactions WHERE interaction_id IN"
            " (SELECT interaction_id FROM stored WHERE rowid IN (SELECT place FROM gone_stored))"
        )
        for name in rows:
            warehouse.execute(f"DELETE FROM {name} WHERE rowid IN (SELECT place FROM gone_{name})")
    columns = ", ".join(quoted(name) for name in STORED.names)
    orphans = "interaction_id NOT IN (SELECT interaction_id FROM stored)"
    for sql in (
        *(f"DELETE FROM {name} WHERE {orphans}" for name in ("evidence", "unread")),
        *_derived(warehouse, orphans),
    ):
        warehouse.execute(sql)
    if int(warehouse.value(f"SELECT count(*) FROM revisions WHERE {orphans}")):
        warehouse.execute(
            f"CREATE TEMP TABLE risen AS SELECT rowid AS place, {columns} FROM revisions WHERE {orphans}"
            ' QUALIFY row_number() OVER (PARTITION BY interaction_id ORDER BY "offset" DESC, rowid DESC) = 1'
        )
        warehouse.execute(f"INSERT INTO stored SELECT {columns} FROM risen")
        warehouse.execute("DELETE FROM revisions WHERE rowid IN (SELECT place FROM risen)")
        warehouse.execute("INSERT INTO unread SELECT interaction_id FROM risen")
        warehouse.execute(
            "INSERT INTO dirty SELECT customer_key FROM interactions SEMI JOIN risen USING (interaction_id)"
        )
        warehouse.execute("DROP TABLE risen")
    settle_receipts(warehouse, totals)
    writing.gather_attribute_values(warehouse)
    return lost


def _derived(warehouse: DuckWarehouse, which: str) -> list[str]:
    return [f"DELETE FROM {name}_{warehouse.generation} WHERE {which}" for name in DERIVED]


def settle_receipts(warehouse: DuckWarehouse, totals: Mapping[int, int]) -> None:
    """Write the receipts anew from the rows that are there, as a rebuild from the journal would find them.

    The first row of an id is stored, the others are revisions, and what the journal has beyond that are duplicates.

    Args:
        warehouse: Where to write.
        totals: How many records each batch of interactions has in the journal, by offset.
    """
    journalled = pa.table(
        {"offset_": pa.array(list(totals), pa.int64()), "total": pa.array(list(totals.values()), pa.int64())}
    )
    with warehouse.given(journalled=journalled):
        warehouse.execute(
            "CREATE TEMP TABLE settled AS WITH every_row AS ("
            ' SELECT interaction_id, "offset" AS offset_ FROM stored UNION ALL'
            ' SELECT interaction_id, "offset" FROM revisions),'
            " firsts AS (SELECT offset_, count(*) AS n FROM"
            " (SELECT interaction_id, min(offset_) AS offset_ FROM every_row GROUP BY ALL) GROUP BY ALL),"
            " kept AS (SELECT offset_, count(*) AS n FROM every_row GROUP BY ALL)"
            " SELECT offset_, total,"
            " coalesce(firsts.n, 0) AS stored, coalesce(kept.n, 0) AS kept, total IS NULL AS said"
            " FROM receipts LEFT JOIN journalled USING (offset_) LEFT JOIN firsts USING (offset_)"
            " LEFT JOIN kept USING (offset_)"
        )
        warehouse.execute("DELETE FROM receipts")
        warehouse.execute(
            "INSERT INTO receipts SELECT offset_, CASE WHEN said THEN 0 ELSE stored END,"
            " CASE WHEN said THEN 0 ELSE total - kept END, CASE WHEN said THEN 0 ELSE kept - stored END,"
            " CASE WHEN said THEN kept ELSE 0 END FROM settled WHERE coalesce(total, kept) > 0"
        )
        warehouse.execute("DROP TABLE settled")
