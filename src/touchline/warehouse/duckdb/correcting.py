"""What was wrong and is put right: the record before stays as a revision, the corrected one counts."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import pyarrow as pa

from touchline.vocabulary.keys import customer_key
from touchline.warehouse.duckdb import writing
from touchline.warehouse.duckdb.tables import quoted
from touchline.warehouse.duckdb.warehouse import DuckWarehouse
from touchline.warehouse.schema import STORED

ATTRIBUTE: Final = "attributes."
_HASH_BYTES: Final = 16


def correct(
    warehouse: DuckWarehouse,
    corrections: pa.Table,
    *,
    position: int,
    key: bytes,
) -> int:
    """Commit corrections, and the journal position; return how many interactions changed.

    A correction of a customer changes every interaction of theirs that states the field; where none does, and an
    attribute is stated, the first one states it. What a source sends later counts again as it says.

    Args:
        warehouse: Where to write.
        corrections: Schema `CORRECTIONS`.
        position: The journal offset that they are from.
        key: The workspace's secret, for keys and content hashes.
    """
    changed: dict[str, dict[str, Any]] = {}
    for one in corrections.to_pylist():
        for row in _rows(warehouse, one, key, changed):
            _change(row, one["field"], one["value"])
            changed[row["interaction_id"]] = row
    fresh = [row | {"offset": position, "content_hash": _hash(row, position, key)} for row in changed.values()]
    rows = pa.Table.from_pylist(fresh, schema=STORED)
    columns = ", ".join(quoted(name) for name in STORED.names)
    with warehouse.transaction(), warehouse.given(corrected=rows):
        if fresh:
            old = "interaction_id IN (SELECT interaction_id FROM corrected)"
            warehouse.execute(
                "INSERT INTO unread SELECT interaction_id FROM stored s JOIN corrected c USING (interaction_id)"
                " WHERE s.text IS DISTINCT FROM c.text OR s.language IS DISTINCT FROM c.language"
            )
            warehouse.execute(f"INSERT INTO revisions SELECT {columns} FROM stored WHERE {old}")
            warehouse.execute(f"DELETE FROM stored WHERE {old}")
            warehouse.execute(f"INSERT INTO stored SELECT {columns} FROM corrected")
            warehouse.execute("DELETE FROM evidence WHERE interaction_id IN (SELECT interaction_id FROM unread)")
            warehouse.execute(
                "INSERT INTO dirty SELECT DISTINCT customer_key FROM interactions SEMI JOIN corrected"
                " USING (interaction_id)"
            )
            writing.gather_attribute_values(warehouse)
            warehouse.execute("INSERT INTO receipts VALUES (?, 0, 0, 0, ?)", [position, len(fresh)])
        warehouse.remember(position=position, rows=writing.rows(warehouse))
    return len(fresh)


def _rows(
    warehouse: DuckWarehouse, one: dict[str, Any], key: bytes, changed: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the stored rows that a correction is about, as earlier corrections of the same batch left them."""
    if one["interaction_id"] is not None:
        found = warehouse.fetch("SELECT * FROM stored WHERE interaction_id = $id", id=one["interaction_id"])
    else:
        mine = "SELECT customer_key FROM identity WHERE person_key = $person UNION SELECT $person::BIGINT"
        own = customer_key(key, one["ref"])
        person = warehouse.fetch("SELECT person_key FROM identity WHERE customer_key = $own", own=own).to_pylist()
        found = warehouse.fetch(
            f"SELECT * FROM stored WHERE customer_ref IS NOT NULL AND customer_key IN ({mine}) ORDER BY occurred_at,"
            " interaction_id",
            person=person[0]["person_key"] if person else own,
        )
    rows = [changed.get(row["interaction_id"], row) for row in found.select(STORED.names).to_pylist()]
    if one["interaction_id"] is not None:
        return rows
    stating = [row for row in rows if _value(row, one["field"]) is not None]
    return stating or (rows[:1] if one["field"].startswith(ATTRIBUTE) else [])


def _value(row: dict[str, Any], field: str) -> Any:
    if field.startswith(ATTRIBUTE):
        return _attributes(row).get(field.removeprefix(ATTRIBUTE))
    return row[field]


def _attributes(row: dict[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = json.loads(row["attributes"]) if row["attributes"] else {}
    return found


def _change(row: dict[str, Any], field: str, value: str | None) -> None:
    if not field.startswith(ATTRIBUTE):
        row[field] = value
        return
    attributes = _attributes(row)
    name = field.removeprefix(ATTRIBUTE)
    if value is None:
        attributes.pop(name, None)
    else:
        attributes[name] = value
    row["attributes"] = json.dumps(attributes, ensure_ascii=False, separators=(",", ":")) if attributes else None


def _hash(row: dict[str, Any], position: int, key: bytes) -> bytes:
    """Return a content hash that no source can send: the row it comes from, and which correction made it."""
    return hashlib.sha256(key + b"corrected" + row["content_hash"] + str(position).encode()).digest()[:_HASH_BYTES]
