"""What the warehouse tells a monitor: touches, answers and arrivals, as evidence.

A value is in [0, 1] and the more the better: (s + 1) / 2 of a touch or of an NPS answer, 1 of a satisfied or easy one,
and 0 where a bad thing is counted. So worse is always less; 0.01 is a point of the JSI or a percent of a share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.detection.base import NOTHING, Evidence
from touchline.server.monitoring.spec import LEVELS, Spec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from touchline.warehouse.duckdb import DuckWarehouse

_FRESH: Final = """
SEMI JOIN (SELECT interaction_id FROM stored WHERE "offset" > $after AND "offset" <= $upto AND live) fresh
    USING (interaction_id)
"""
_FRESH_TOUCHES: Final = "SELECT * FROM touches " + _FRESH + " ORDER BY occurred_at, conversation_key, stage"
_FRESH_ANSWERS: Final = "SELECT * FROM answers " + _FRESH + " ORDER BY occurred_at, interaction_id, question"
_FRESH_ARRIVALS: Final = """
SELECT source, occurred_at, customer_key, interaction_id FROM stored
WHERE "offset" > $after AND "offset" <= $upto AND live ORDER BY occurred_at, interaction_id
"""
_PAST_TOUCHES: Final = """
SELECT * FROM touches WHERE occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, conversation_key, stage
"""
_PAST_ANSWERS: Final = """
SELECT * FROM answers WHERE occurred_at >= $since AND occurred_at < $until
ORDER BY occurred_at, interaction_id, question
"""
_KNOWN: Final = """
WITH known AS (
    SELECT interaction_id, occurred_at FROM stored WHERE "offset" <= $upto
), recent AS (
    SELECT interaction_id FROM known WHERE occurred_at >= (SELECT max(occurred_at) FROM known) - to_days($days)
)
"""
_KNOWN_TOUCHES: Final = (
    _KNOWN
    + " SELECT * FROM touches SEMI JOIN recent USING (interaction_id) ORDER BY occurred_at, conversation_key, stage"
)
_KNOWN_ANSWERS: Final = (
    _KNOWN
    + " SELECT * FROM answers SEMI JOIN recent USING (interaction_id) ORDER BY occurred_at, interaction_id, question"
)
_KNOWN_ARRIVALS: Final = (
    _KNOWN
    + """
SELECT source, occurred_at, customer_key, interaction_id FROM stored SEMI JOIN recent USING (interaction_id)
ORDER BY occurred_at, interaction_id
"""
)
_PAST_ARRIVALS: Final = """
SELECT source, occurred_at, customer_key, interaction_id FROM stored
WHERE occurred_at >= $since AND occurred_at < $until ORDER BY occurred_at, interaction_id
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """What monitors look at, each table in the order in which things happened.

    Attributes:
        touches: With the columns of the warehouse's.
        answers: The same.
        arrivals: Every interaction: source, occurred_at, customer_key.
    """

    touches: pa.Table
    answers: pa.Table
    arrivals: pa.Table

    def between(self, since: datetime, until: datetime) -> Rows:
        """Return what happened from one moment to another, without it."""

        def cut(table: pa.Table) -> pa.Table:
            at = table["occurred_at"]
            return table.filter(
                pc.and_(
                    pc.greater_equal(at, pa.scalar(naive(since), at.type)),
                    pc.less(at, pa.scalar(naive(until), at.type)),
                )
            )

        return Rows(cut(self.touches), cut(self.answers), cut(self.arrivals))


def naive(moment: datetime) -> datetime:
    """Return a moment as the warehouse writes it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def fresh(warehouse: DuckWarehouse, after: int, upto: int) -> Rows:
    """Return what came in live between two offsets of the journal."""
    asked = {"after": after, "upto": upto}
    found = (warehouse.fetch(sql, **asked) for sql in (_FRESH_TOUCHES, _FRESH_ANSWERS, _FRESH_ARRIVALS))
    return Rows(*found)


def past(warehouse: DuckWarehouse, since: datetime, until: datetime) -> Rows:
    """Return what happened in a time, live or not."""
    asked = {"since": naive(since), "until": naive(until)}
    found = (warehouse.fetch(sql, **asked) for sql in (_PAST_TOUCHES, _PAST_ANSWERS, _PAST_ARRIVALS))
    return Rows(*found)


def known(warehouse: DuckWarehouse, upto: int, span: timedelta) -> Rows:
    """Return what was there at an offset of the journal, live or not, of the last time until then."""
    asked = {"upto": upto, "days": span.days}
    found = (warehouse.fetch(sql, **asked) for sql in (_KNOWN_TOUCHES, _KNOWN_ANSWERS, _KNOWN_ARRIVALS))
    return Rows(*found)


def evidence_of(spec: Spec, rows: Rows) -> Evidence:
    """Return what a monitor sees of some rows."""
    table = _table(spec, rows)
    kept = table.filter(where(spec, table)) if table.num_rows else table
    if not kept.num_rows:
        return NOTHING
    at = kept["occurred_at"].cast(pa.int64()).to_numpy() // 1_000_000
    customers = kept["customer_key"].to_numpy().astype(np.int64).view(np.uint64)
    value, weight = _valued(spec, kept)
    return Evidence(at.astype(np.int64), value, weight, customers)


def _table(spec: Spec, rows: Rows) -> pa.Table:
    if spec.watch in ("nps", "csat", "ces"):
        return rows.answers
    return rows.arrivals if spec.kind == "silence" else rows.touches


def where(spec: Spec, table: pa.Table) -> pa.ChunkedArray | pa.Array:
    """Return which rows a monitor looks at; of a share of a theme all that could have it."""
    wanted: dict[str, str] = {
        name: value
        for name in ("stage", "touchpoint", "channel", "source", "theme")
        if (value := getattr(spec, name)) and not (name == "theme" and spec.watch == "theme")
    }
    wanted |= {f"seg_{name}": value for name, value in spec.segment}
    kept: Any = pa.array(np.ones(table.num_rows, bool))
    for name, value in wanted.items():
        if name not in table.column_names:  # a segment that is not in force, or a question that knows no theme
            return pa.array(np.zeros(table.num_rows, bool))
        kept = pc.and_(kept, pc.fill_null(pc.equal(table[name], value), False))
    if spec.watch in ("nps", "csat", "ces"):
        kept = pc.and_(kept, pc.and_(pc.equal(table["kind"], spec.watch), pc.is_valid(table["sign"])))
    if spec.watch == "severe":
        kept = pc.and_(kept, pc.and_(pc.less(table["s"], 0), pc.greater_equal(table["severity"], spec.severity)))
    return kept


def _valued(spec: Spec, table: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ones = np.ones(table.num_rows)
    if spec.watch == "jsi":
        return (_numbers(table, "s") + 1) / 2, _numbers(table, "weight")
    if spec.watch in LEVELS:
        sign = _numbers(table, "sign")
        return (sign + 1) / 2 if spec.watch == "nps" else (sign > 0).astype(np.float64), ones
    if spec.watch in ("volume", "severe"):
        return np.zeros(table.num_rows), ones
    return 1.0 - _bad(spec, table), ones


def _bad(spec: Spec, table: pa.Table) -> NDArray[np.float64]:
    tests: dict[str, Callable[[], Any]] = {
        "negative": lambda: pc.less(table["s"], 0),
        "high_effort": lambda: pc.equal(table["effort"], "high"),
        "unresolved": lambda: pc.equal(table["resolution"], "unresolved"),
        "theme": lambda: pc.equal(table["theme"], spec.theme),
    }
    kind, _, name = spec.watch.partition(":")
    said = pc.equal(table["emotion"], name) if kind == "emotion" else tests[kind]()
    found: NDArray[np.float64] = pc.fill_null(said, False).to_numpy(zero_copy_only=False).astype(np.float64)
    return found


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    found: NDArray[np.float64] = table[name].to_numpy().astype(np.float64)
    return found
