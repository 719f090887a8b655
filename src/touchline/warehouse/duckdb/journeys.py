"""What the journey index is built from, as DuckDB tells it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    from touchline.warehouse.duckdb.warehouse import DuckWarehouse

#: What the words or scores of an interaction say: of its touch, where it opens one, else of its heaviest mention.
_SAID: Final = """
SELECT interaction_id, arg_max(stage, rank) AS about, arg_max(s, rank) AS s, arg_max(theme, rank) AS theme
FROM (
    SELECT interaction_id, stage, s, theme, {touch} AS rank FROM touches{only}
    UNION ALL
    SELECT interaction_id, stage, sentiment, theme, {mention} FROM mentions{only}
)
GROUP BY interaction_id
"""
#: A touch before any mention; the heaviest first, negative before positive, then the stage's name: never by chance.
_TOUCH_RANK: Final = "struct_pack(a := 1, w := weight, b := -s, c := stage, d := coalesce(theme, ''))"
_MENTION_RANK: Final = (
    "struct_pack(a := 0, w := severity * confidence * abs(sentiment), b := -sentiment, c := stage,"
    " d := coalesce(theme, ''))"
)
#: The journey's rows are in timeline order within a customer; ``place`` keeps that order. Every table is kept to the
#: customers concerned by itself: few of many are then found by their keys, and nothing else is joined.
_ROWS: Final = """
SELECT j.place, j.customer_key, epoch_us(j.occurred_at) AS at, j.conversation_key AS conversation,
       j.position AS stage, said.about, said.s, said.theme, i.event, i.touchpoint, i.channel, i.source, i.kind,
       i.author, i.programme, i.campaign, i.team, i.agent, i.currency, i.account_ref AS account,
       i.value::DOUBLE AS value
FROM (SELECT rowid AS place, * FROM journey_{generation}{only}) j
JOIN (SELECT * FROM interactions{only}) i USING (interaction_id)
LEFT JOIN ({said}) said USING (interaction_id)
WHERE j.identified
"""
_CHANGED: Final = 'SELECT customer_key FROM interactions WHERE "offset" > {after}'


def rows(warehouse: DuckWarehouse, after: int | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the index, in batches, in no particular order.

    Args:
        warehouse: Where to read.
        after: Only of customers who have an interaction of a later journal offset; None means everybody.
    """
    only = _only(after)
    said = _SAID.format(touch=_TOUCH_RANK, mention=_MENTION_RANK, only=only)
    yield from warehouse.batches(_ROWS.format(generation=warehouse.generation, said=said, only=only))


def statements(warehouse: DuckWarehouse, attribute: str, after: int | None = None) -> pa.Table:
    """Return every statement of an attribute: ``customer_key``, ``since`` (microseconds), ``value``, in that order.

    Args:
        warehouse: Where to read.
        attribute: Its name.
        after: Only of customers who have an interaction of a later journal offset; None means everybody.
    """
    return warehouse.fetch(
        "SELECT customer_key, epoch_us(coalesce(valid_from, occurred_at)) AS since,"
        " json_extract_string(attributes, $path) AS value"
        f" FROM (SELECT * FROM interactions{_only(after)}) WHERE json_exists(attributes, $path)"
        " ORDER BY customer_key, since, value",
        path="$." + json.dumps(attribute, ensure_ascii=False),
    )


def _only(after: int | None) -> str:
    return "" if after is None else f" WHERE customer_key IN ({_CHANGED.format(after=int(after))})"


def changed(warehouse: DuckWarehouse, after: int) -> pa.Table:
    """Return the keys of customers who have an interaction of a later journal offset."""
    return warehouse.fetch('SELECT DISTINCT customer_key FROM interactions WHERE "offset" > $after', after=after)


def state(warehouse: DuckWarehouse) -> str:
    """Name all that would make an index be built anew instead of being extended: who is who, and what was revised."""
    row = warehouse.fetch(
        "SELECT (SELECT count(*) FROM revisions) AS revised, (SELECT count(*) FROM identity) AS known,"
        " (SELECT coalesce(sum(hash(identity)::HUGEINT), 0)::VARCHAR FROM identity) AS who,"
        " (SELECT coalesce(sum(hash(withheld)::HUGEINT), 0)::VARCHAR FROM withheld) AS withheld"
    ).to_pylist()[0]
    return (
        f"{warehouse.path.name}:{warehouse.generation}:{row['revised']}:{row['known']}:{row['who']}:{row['withheld']}"
    )
