"""What the journey index is built from, as DuckDB tells it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.warehouse.index.build import RECORDED, Rows
from touchline.warehouse.index.journeys import NO_SIGN
from touchline.warehouse.index.rows import Batches

if TYPE_CHECKING:
    from touchline.warehouse.duckdb.warehouse import DuckWarehouse

#: What the words or scores of an interaction say: of its touch, where it opens one, else of its heaviest mention.
_SAID: Final = """
SELECT id, arg_max(stage, rank) AS about, arg_max(theme, rank) AS theme,
       coalesce(arg_max(s, rank), {none})::TINYINT AS s
FROM (
    SELECT {id}, stage, s, theme, {touch} AS rank FROM touches{only}
    UNION ALL
    SELECT {id}, stage, sentiment, theme, {mention} FROM mentions{only}
)
GROUP BY id
"""
#: A touch before any mention; the heaviest first, negative before positive, then the stage's name: never by chance.
_TOUCH_RANK: Final = "struct_pack(a := 1, w := weight, b := -s, c := stage, d := coalesce(theme, ''))"
_MENTION_RANK: Final = (
    "struct_pack(a := 0, w := severity * confidence * abs(sentiment), b := -sentiment, c := stage,"
    " d := coalesce(theme, ''))"
)
#: The journey's rows are in timeline order within a customer; ``place`` keeps that order.
_PLACED: Final = """
SELECT {id}, rowid AS place, customer_key, epoch_us(occurred_at) AS at, conversation_key AS conversation,
       position AS stage
FROM journey_{generation} WHERE identified AND {only}
"""
_SIZES: Final = """
SELECT (SELECT count(*) FROM journey_{generation}) AS placed, (SELECT count(*) FROM stored) AS recorded,
       (SELECT count(*) FROM touches) + (SELECT count(*) FROM mentions) AS said
"""
_COUNTED: Final = {"account": "account_ref"}
_READ: Final = {name: name for name in RECORDED} | {"account": "account_ref", "value": "coalesce(value::DOUBLE, 'nan')"}
#: Rows that are read at a time: what is made of them stays near the processor.
_BATCH: Final = 20_480
#: Customers among whom the bounds of ranges are looked for.
_SAMPLE: Final = 100_000
_CHANGED: Final = 'SELECT customer_key FROM interactions WHERE "offset" > {after}'


def rows(warehouse: DuckWarehouse, salt: int, only: str = "") -> Rows:
    """Return the rows of the index; each of the three tables is read as it is gone through.

    Nothing is joined here: matching the hashes of the ids afterwards takes less time and memory.

    Args:
        warehouse: Where to read; it is all of one state inside `DuckWarehouse.reading`.
        salt: Another one gives other hashes.
        only: From `since` or `ranges`: of these customers.
    """
    number = f"hash('{int(salt)}:' || interaction_id) AS id" if salt else "hash(interaction_id) AS id"
    where = f" WHERE {only}" if only else ""
    sizes = warehouse.fetch(_SIZES.format(generation=warehouse.generation)).to_pylist()[0]
    read = ", ".join(f"{_READ[name]} AS {name}" for name in (_READ if only else _there(warehouse)))
    sql = {
        "placed": _PLACED.format(id=number, generation=warehouse.generation, only=only or "true"),
        "recorded": f"SELECT {number}, {read} FROM interactions{where}",
        "said": _SAID.format(id=number, touch=_TOUCH_RANK, mention=_MENTION_RANK, only=where, none=NO_SIGN),
    }
    return Rows(**{name: Batches(warehouse.batches(query, _BATCH), sizes[name]) for name, query in sql.items()})


def _there(warehouse: DuckWarehouse) -> list[str]:
    """Return which columns have anything in them: the others need not be read."""
    counts = ", ".join(f"count({_COUNTED.get(name, name)}) AS {name}" for name in _READ)
    found = warehouse.fetch(f"SELECT {counts} FROM stored").to_pylist()[0]
    return [name for name, count in found.items() if count] or ["kind"]


def since(after: int) -> str:
    """Return the condition of customers who have an interaction of a later journal offset."""
    return f"customer_key IN ({_CHANGED.format(after=int(after))})"


def ranges(warehouse: DuckWarehouse, most: int) -> list[str]:
    """Return conditions that cut the customers, by their keys in order, into parts of about so many rows at most."""
    journey = f"FROM journey_{warehouse.generation} WHERE identified"
    parts = -(-int(warehouse.value(f"SELECT count(*) {journey}")) // most)
    if parts < 2:
        return [""]
    cuts = warehouse.value(
        "SELECT list(DISTINCT key ORDER BY key) FROM (SELECT unnest(quantile_disc(customer_key, $shares)) AS key"
        f" FROM (SELECT customer_key {journey} USING SAMPLE {_SAMPLE} ROWS))",
        shares=[part / parts for part in range(1, parts)],
    )
    between = [f"customer_key >= {int(low)} AND customer_key < {int(high)}" for low, high in pairwise(cuts)]
    return [f"customer_key < {int(cuts[0])}", *between, f"customer_key >= {int(cuts[-1])}"]


def statements(warehouse: DuckWarehouse, attribute: str, only: str = "true") -> pa.Table:
    """Return every statement of an attribute: ``customer_key``, ``since`` (microseconds), ``value``, in that order.

    Args:
        warehouse: Where to read.
        attribute: Its name.
        only: From `since`: of these customers.
    """
    return warehouse.fetch(
        "SELECT customer_key, epoch_us(coalesce(valid_from, occurred_at)) AS since,"
        " json_extract_string(attributes, $path) AS value"
        f" FROM (SELECT * FROM interactions WHERE {only}) WHERE json_exists(attributes, $path)"
        " ORDER BY customer_key, since, value",
        path="$." + json.dumps(attribute, ensure_ascii=False),
    )


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
