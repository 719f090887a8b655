"""The warehouse's tables as DuckDB has them."""

from __future__ import annotations

import hashlib
from typing import Final

import pyarrow as pa

from touchline.warehouse.schema import DERIVED, SEGMENTED, STORED, STORED_EVIDENCE

_SIMPLE: Final = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
}


def sql_type(kind: pa.DataType) -> str:
    """Return the DuckDB type that holds an Arrow type.

    >>> sql_type(pa.list_(pa.float32()))
    'FLOAT[]'
    """
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if pa.types.is_map(kind):
        return f"MAP({sql_type(kind.key_type)}, {sql_type(kind.item_type)})"
    if pa.types.is_list(kind):
        return sql_type(kind.value_type) + "[]"
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f"{quoted(f.name)} {sql_type(f.type)}" for f in kind) + ")"
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_binary(kind):
        return "BLOB"
    raise TypeError(f"no DuckDB type for {kind}")


def quoted(name: str) -> str:
    """Quote an identifier.

    >>> quoted('seg_a"b')
    '"seg_a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def create(name: str, schema: pa.Schema, segments: tuple[str, ...] = ()) -> str:
    """Return the CREATE TABLE of a schema."""
    columns = [f"{quoted(f.name)} {sql_type(f.type)}" for f in schema]
    columns += [f"{quoted(f'seg_{segment}')} VARCHAR" for segment in segments]
    return f"CREATE TABLE {quoted(name)} ({', '.join(columns)})"


def layout() -> str:
    """Name the tables' shape; a file of another shape is built anew from the journal, never altered."""
    statements = "\n".join([*foundation(), *derived(0, ()), *views()])
    return hashlib.sha256(statements.encode()).hexdigest()[:12]


def foundation() -> list[str]:
    """Return the statements that make an empty warehouse, derived tables aside."""
    return [
        create("stored", STORED),
        create("revisions", STORED),
        create("evidence", STORED_EVIDENCE),
        "CREATE TABLE receipts (offset_ BIGINT, stored BIGINT, duplicate BIGINT, revised BIGINT, corrected BIGINT)",
        "CREATE TABLE identity (customer_key BIGINT, person_key BIGINT)",
        "CREATE TABLE consents"
        " (customer_key BIGINT, purpose VARCHAR, granted BOOLEAN, stated TIMESTAMP, ordinal BIGINT)",
        "CREATE TABLE withheld (customer_key BIGINT, purpose VARCHAR)",
        "CREATE TABLE unread (interaction_id VARCHAR)",
        "CREATE TABLE attribute_values (name VARCHAR, value VARCHAR)",
        "CREATE TABLE dirty (customer_key BIGINT)",
        "CREATE TABLE meta (key VARCHAR, value VARCHAR)",
    ]


def views() -> list[str]:
    """Return the statements that make the views; they read the derived tables too."""
    return [_INTERACTIONS, _ATTRIBUTES, _CUSTOMERS]


def derived(generation: int, segments: tuple[str, ...]) -> list[str]:
    """Return the statements that make one generation of the derived tables, empty."""
    return [
        create(f"{name}_{generation}", schema, segments if name in SEGMENTED else ())
        for name, schema in DERIVED.items()
    ]


def switch(generation: int) -> list[str]:
    """Return the statements that show a generation under the tables' plain names."""
    return [f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {name}_{generation}" for name in DERIVED]


def drop(generation: int) -> list[str]:
    """Return the statements that forget a generation."""
    return [f"DROP TABLE IF EXISTS {name}_{generation}" for name in DERIVED]


#: The stored interactions that may be analysed, each with the key of the person that its reference stands for; the
#: words of calls only of those who agreed to their recording.
_INTERACTIONS: Final = """
CREATE VIEW interactions AS
SELECT stored.* REPLACE (
    coalesce(identity.person_key, stored.customer_key) AS customer_key,
    CASE WHEN stored.kind = 'call' AND silent.customer_key IS NOT NULL THEN NULL ELSE stored.text END AS text
)
FROM stored
LEFT JOIN identity ON identity.customer_key = stored.customer_key
LEFT JOIN (SELECT customer_key FROM withheld WHERE purpose = 'recording') silent
    ON silent.customer_key = stored.customer_key
ANTI JOIN (SELECT customer_key FROM withheld WHERE purpose = 'analysis') absent
    ON absent.customer_key = stored.customer_key
"""

#: What statements call the keys of some customers, as ``customer_key``.
CONCERNED: Final = "concerned_"
#: The rows of those in ``interactions``; their references may stand for them or for another.
_THEIRS: Final = _INTERACTIONS.partition(" AS\n")[2].replace(
    "FROM stored\n",
    """FROM (
    SELECT * FROM stored WHERE rowid IN (
        SELECT rowid FROM stored SEMI JOIN (
            FROM concerned_ UNION SELECT customer_key FROM identity WHERE person_key IN (FROM concerned_)
        ) USING (customer_key)
    )
) stored
""",
)


def of_concerned(name: str, generation: int) -> str | None:
    """Return the query of the rows that some customers have in ``interactions`` or a derived table; None for others.

    The rows' numbers are found first: a join that reads all columns of a million rows takes a hundred times as long.
    """
    if name in DERIVED:
        table = quoted(f"{name}_{generation}")
        only = f"SELECT rowid FROM {table} SEMI JOIN {CONCERNED} USING (customer_key)"
        return f"SELECT * FROM {table} WHERE rowid IN ({only})"
    return f"SELECT * FROM ({_THEIRS}) SEMI JOIN {CONCERNED} USING (customer_key)" if name == "interactions" else None


_ATTRIBUTES: Final = """
CREATE VIEW attributes AS
SELECT customer_key, entry.key AS name, entry.value AS value, min(valid_from) AS valid_from
FROM (
    SELECT customer_key, coalesce(valid_from, occurred_at) AS valid_from,
           unnest(map_entries(attributes::JSON::MAP(VARCHAR, VARCHAR))) AS entry
    FROM interactions
    WHERE attributes IS NOT NULL
)
GROUP BY customer_key, entry.key, entry.value, valid_from
"""

_CUSTOMERS: Final = """
CREATE VIEW customers AS
SELECT customer_key,
       max(customer_ref) AS customer_ref,
       arg_max(account_key, occurred_at) AS account_key,
       arg_max(account_ref, occurred_at) FILTER (account_ref IS NOT NULL) AS account_ref,
       arg_max(role, occurred_at) FILTER (role IS NOT NULL) AS role,
       min(occurred_at) AS first_seen,
       max(occurred_at) AS last_seen,
       count(*) AS interactions
FROM interactions
LEFT JOIN (SELECT DISTINCT interaction_id AS id, account_key FROM touches) ON id = interaction_id
WHERE customer_ref IS NOT NULL
GROUP BY customer_key
"""
