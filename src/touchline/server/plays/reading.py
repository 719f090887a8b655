"""What the warehouse tells plays: what came in live and hurt, and what is known of a customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.warehouse.duckdb.tables import quoted

if TYPE_CHECKING:
    from touchline.warehouse.duckdb import DuckWarehouse

_FRESH: Final = """
SELECT t.customer_key, t.conversation_key, t.interaction_id, t.stage, t.theme, t.s, t.severity, t.occurred_at,
    list(DISTINCT a.kind) FILTER (a.sign < 0) AS kinds
FROM touches t
SEMI JOIN (SELECT interaction_id FROM stored WHERE "offset" > $after AND "offset" <= $upto AND live) fresh
    USING (interaction_id)
LEFT JOIN answers a ON a.interaction_id = t.interaction_id AND a.stage = t.stage
WHERE t.identified
GROUP BY ALL ORDER BY t.occurred_at, t.conversation_key, t.stage
"""
_PAST: Final = """
SELECT t.customer_key, t.conversation_key, t.interaction_id, t.stage, t.theme, t.s, t.severity, t.occurred_at,
    list(DISTINCT a.kind) FILTER (a.sign < 0) AS kinds
FROM touches t
LEFT JOIN answers a ON a.interaction_id = t.interaction_id AND a.stage = t.stage
WHERE t.identified AND t.s < 0 AND t.occurred_at >= $since AND t.occurred_at < $until
GROUP BY ALL ORDER BY t.occurred_at, t.conversation_key, t.stage
"""
#: DESIGN section 5, with m = 1; those who are not to be profiled are left out.
_STANDING: Final = """
SELECT customer_key, 50 * (1 + sum(w * s) / (sum(w) + 1)) AS jsi, sum(w) ** 2 / sum(w * w) AS n
FROM (
    SELECT t.customer_key, t.s, t.weight * pow(2, -epoch($at::TIMESTAMP - t.occurred_at) / 86400 / $days) AS w
    FROM touches t SEMI JOIN wanted USING (customer_key)
    WHERE t.occurred_at <= $at AND NOT EXISTS (
        FROM withheld o WHERE o.customer_key = t.customer_key AND o.purpose = 'profiling'
    )
) GROUP BY customer_key
"""
_NAMED: Final = """
SELECT customer_key, min(customer_ref) AS ref FROM customers SEMI JOIN wanted USING (customer_key) GROUP BY ALL
"""
_SPOKEN: Final = """
SELECT customer_key, arg_max(language, occurred_at) FILTER (language IS NOT NULL AND text IS NOT NULL) AS language,
    arg_max(json_extract_string(attributes, '$.account_owner'), occurred_at)
        FILTER (json_extract_string(attributes, '$.account_owner') IS NOT NULL) AS owner
FROM interactions SEMI JOIN wanted USING (customer_key) WHERE author = 'customer' GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that a customer said, as plays look at it.

    Attributes:
        person: The customer's key.
        key: Names it.
        stage: What it is about.
        theme: The theme; empty without one.
        s: -1, 0 or 1.
        severity: 0.5 to 3.
        kinds: Of the bad marks that were given with it.
        at: When.
    """

    person: int
    key: str
    stage: str
    theme: str
    s: int
    severity: float
    kinds: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer.

    Attributes:
        ref: Their reference.
        segments: Their latest values.
        language: Which they write; empty where nobody knows.
        account_owner: The attribute of that name; empty without one.
        jsi: Their standing; None without a touch, or where they do not agree to be profiled.
        evidence: The standing's effective number of touches.
    """

    ref: str
    segments: dict[str, str] = field(default_factory=dict)
    language: str = ""
    account_owner: str = ""
    jsi: float | None = None
    evidence: float = 0.0


def fresh(warehouse: DuckWarehouse, after: int, upto: int) -> list[Sign]:
    """Return what came in live between two offsets of the journal; never what was imported afterwards."""
    return [_sign(row) for row in warehouse.fetch(_FRESH, after=after, upto=upto).to_pylist()]


def past(warehouse: DuckWarehouse, since: datetime, until: datetime) -> list[Sign]:
    """Return what hurt in a time, live or not: for looking at what a play would have done."""
    return [_sign(row) for row in warehouse.fetch(_PAST, since=naive(since), until=naive(until)).to_pylist()]


def _sign(row: dict[str, Any]) -> Sign:
    key = f"{row['conversation_key']}/{row['stage']}"
    at = row["occurred_at"].replace(tzinfo=UTC)
    return Sign(
        row["customer_key"], key, row["stage"] or "", row["theme"] or "", row["s"], row["severity"],
        tuple(sorted(row["kinds"] or ())), at,
    )  # fmt: skip


def naive(at: datetime) -> datetime:
    """Return a moment as the warehouse writes it."""
    return at.astimezone(UTC).replace(tzinfo=None)


def standings(
    warehouse: DuckWarehouse, people: Sequence[int], at: datetime, half_life: float
) -> dict[int, tuple[float, float]]:
    """Return the standing JSI of some customers at a moment, and its effective number of touches."""
    with warehouse.given(wanted=wanted(people)):
        rows = warehouse.fetch(_STANDING, at=naive(at), days=half_life).to_pylist()
    return {row["customer_key"]: (row["jsi"], row["n"]) for row in rows}


def known(warehouse: DuckWarehouse, people: Iterable[int], at: datetime, half_life: float) -> dict[int, Known]:
    """Return what is known of some customers; who has no reference is left out."""
    keys = sorted(set(people))
    if not keys:
        return {}
    stood = standings(warehouse, keys, at, half_life)
    with warehouse.given(wanted=wanted(keys)):
        names = {row["customer_key"]: row["ref"] for row in warehouse.fetch(_NAMED).to_pylist()}
        spoken = {row["customer_key"]: row for row in warehouse.fetch(_SPOKEN).to_pylist()}
        segments = _segments(warehouse)
    found = {}
    for key, ref in names.items():
        if ref:
            told, (jsi, n) = spoken.get(key, {}), stood.get(key, (None, 0.0))
            found[key] = Known(
                ref, segments.get(key, {}), told.get("language") or "", told.get("owner") or "", jsi, n
            )  # fmt: skip
    return found


def _segments(warehouse: DuckWarehouse) -> dict[int, dict[str, str]]:
    names = list(warehouse.segments())
    if not names:
        return {}
    columns = ", ".join(quoted(f"seg_{name}") for name in names)
    latest = ", ".join(f"arg_max({quoted(f'seg_{name}')}, occurred_at) AS {quoted(f'seg_{name}')}" for name in names)
    rows = warehouse.fetch(
        f"SELECT customer_key, {latest} FROM (SELECT customer_key, occurred_at, {columns} FROM touches"
        f" SEMI JOIN wanted USING (customer_key) UNION ALL SELECT customer_key, occurred_at, {columns} FROM answers"
        " SEMI JOIN wanted USING (customer_key)) GROUP BY ALL"
    ).to_pylist()
    return {row["customer_key"]: {name: row[f"seg_{name}"] for name in names if row[f"seg_{name}"]} for row in rows}


def people_of(warehouse: DuckWarehouse, refs: Sequence[str], *, accounts: bool = False) -> list[int]:
    """Return the keys of customers by their references, or, for accounts, of who was there last of each."""
    wanted = pa.table({"name": pa.array(list(refs), pa.string())})
    with warehouse.given(wanted=wanted):
        if accounts:
            sql = (
                "SELECT arg_max(customer_key, last_seen) AS k FROM customers"
                " JOIN wanted ON account_ref = name GROUP BY name"
            )
        else:
            sql = "SELECT DISTINCT customer_key AS k FROM customers JOIN wanted ON customer_ref = name"
        return [row["k"] for row in warehouse.fetch(sql).to_pylist()]


def wanted(people: Iterable[int]) -> pa.Table:
    """Return customers' keys as a table of `customer_key`."""
    return pa.table({"customer_key": pa.array(list(people), pa.int64())})


def later_touches(
    warehouse: DuckWarehouse, people: Sequence[int], since: datetime
) -> dict[int, list[tuple[datetime, int]]]:
    """Return when some customers were heard of since a moment, and how they felt, in order."""
    sql = (
        "SELECT customer_key, occurred_at, s FROM touches SEMI JOIN wanted USING (customer_key)"
        " WHERE occurred_at >= $since ORDER BY occurred_at, conversation_key, stage"
    )
    found: dict[int, list[tuple[datetime, int]]] = {}
    with warehouse.given(wanted=wanted(people)):
        for row in warehouse.fetch(sql, since=naive(since)).to_pylist():
            found.setdefault(row["customer_key"], []).append((row["occurred_at"].replace(tzinfo=UTC), row["s"]))
    return found


def until(warehouse: DuckWarehouse) -> datetime | None:
    """Return how far the data reach."""
    last = warehouse.value("SELECT max(occurred_at) FROM stored")
    return last.replace(tzinfo=UTC) if last else None


BACK: Final = timedelta(days=90)
