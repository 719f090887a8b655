"""How good the data of each source are: six measures from 0 to 1, and when it speaks.

*completeness*: of the fields that a source ever fills, the share of cells that it fills. *validity*: of the records
that came, the share that could be accepted. *uniqueness*: the share that is not the same record once more under another
id (same person, moment, kind, words, answers and value). *consistency*: the share whose time is not ahead of when it
came, whose declared stage the taxonomy knows, and whose answers lie within their scales. *identity*: of what customers
said and did, the share that says who they are. *freshness*: how the silence since the last record compares with the
source's own cadence, the median gap between the days on which it spoke.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.scores.base import Figure
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

#: The measures, in the order in which they are shown.
MEASURES: Final = ("completeness", "validity", "uniqueness", "consistency", "identity", "freshness")
#: What may be left empty; who it was is measured apart.
FIELDS: Final = (
    "channel", "conversation_ref", "account_ref", "programme", "stage", "touchpoint", "event", "text", "answers",
    "language", "agent", "team", "location", "value", "campaign",
)  # fmt: skip
#: A source is late when it has been silent for more than this many times its median gap, and silent at twice that.
PATIENCE: Final = 3.0
#: Days on which a source must have spoken before it has a cadence.
LEAST_DAYS: Final = 3
_SCHEMA: Final = pa.schema(
    [
        ("source", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        *((name, pa.float64()) for name in MEASURES),
        ("weakest", pa.string()),
        ("quarantined", pa.int64()),
        ("repeats", pa.int64()),
        ("first", pa.timestamp("us")),
        ("last", pa.timestamp("us")),
        ("days_between", pa.float64()),
        ("days_since", pa.float64()),
        ("speaks", pa.string()),
    ]
)


def quality(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    *,
    rejected: Mapping[str, int] | None = None,
    at: datetime | None = None,
) -> Figure:
    """Measure the data of every source, and of all together.

    Args:
        warehouse: The data.
        taxonomy: Knows the stages that records declare.
        rejected: Source to its records in quarantine; the empty name for those of no known source.
        at: As of when a source is fresh, UTC; the end of the data by default.

    Returns:
        Rows source (``all`` first, then the most records first), n, customers, completeness, validity, uniqueness,
        consistency, identity, freshness (0 to 1; NULL where it cannot be told), weakest (of them), quarantined,
        repeats, first, last, days_between (median gap between the days on which it spoke; NULL under three of them),
        days_since (its last record), speaks (``fresh``, ``late``, ``silent`` or ``once``). Facts: ``at``, ``sources``,
        ``late`` (names of those that are late or silent).
    """
    known = {name for stage in taxonomy.stages for name in (stage.id, stage.name)}
    declared = warehouse.ask(("quality stages",), lambda: _declared(warehouse))["stage"].to_pylist()
    strange = tuple(sorted(name for name in declared if name not in known and taxonomy.stage_id(name) is None))
    counted = {
        row["source"]: row
        for row in warehouse.ask(("quality", strange), lambda: _counted(warehouse, strange)).to_pylist()
    }
    if not counted:
        return Figure(
            "quality", _SCHEMA.empty_table(), phrase("Nothing has come yet."), facts={"sources": 0, "late": []}
        )
    days: dict[str, list[date]] = {}
    for row in warehouse.ask(("quality days",), lambda: _days(warehouse)).to_pylist():
        days.setdefault(row["source"], []).append(row["day"])
    people = warehouse.ask(("quality people",), lambda: _people(warehouse)).to_pylist()[0]["customers"]
    now = _plain(at) if at else max(row["last"] for row in counted.values())
    said = dict(rejected or {})
    rows = [
        _row(name, counts, sorted(days.get(name, ())), said.pop(name, 0), now)
        for name, counts in sorted(counted.items(), key=lambda item: (-item[1]["n"], item[0]))
    ]
    whole = _whole(rows, list(counted.values()), people, sum(said.values()))
    late = [row["source"] for row in rows if row["speaks"] in ("late", "silent")]
    notes = (
        ()
        if not strange
        else (phrase("Stages that the taxonomy does not know are declared: {listed}.", listed=", ".join(strange[:5])),)
    )
    return Figure(
        "quality",
        pa.Table.from_pylist([whole, *rows], _SCHEMA),
        phrase("Shares of each source's records, as they are stored; freshness is against the source's own cadence."),
        notes,
        {"at": now.isoformat(), "sources": len(rows), "late": late},
    )


def _plain(at: datetime) -> datetime:
    from datetime import UTC

    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _declared(warehouse: Warehouse) -> ir.Table:
    i = warehouse.table("interactions")
    return i.filter(i.stage.notnull()).select("stage").distinct()


def _days(warehouse: Warehouse) -> ir.Table:
    i = warehouse.table("interactions")
    return i.select("source", day=i.occurred_at.date()).distinct()


def _people(warehouse: Warehouse) -> ir.Table:
    i = warehouse.table("interactions")
    return i.filter(i.customer_ref.notnull()).agg(customers=i.customer_key.nunique())


def _counted(warehouse: Warehouse, strange: tuple[str, ...]) -> ir.Table:
    """Return a row per source: records, filled cells per field, records of customers, repeats, inconsistent ones."""
    import ibis

    i = warehouse.table("interactions")
    a = warehouse.table("answers")
    outside = a.filter((a.value < a.low) | (a.value > a.high)).select("interaction_id").distinct()
    outside = outside.mutate(outside=ibis.literal(1))
    wrong = i.occurred_at > i.received_at + ibis.interval(days=1)
    if strange:
        wrong = wrong | i.stage.isin(list(strange)).fill_null(False)
    rows = i.mutate(wrong=wrong).left_join(outside, "interaction_id")
    fault = rows.wrong | rows.outside.notnull()
    by_customer = rows.author == "customer"
    counted = rows.group_by("source").agg(
        n=rows.count(),
        customers=rows.customer_key.nunique(where=rows.customer_ref.notnull()),
        first=rows.occurred_at.min(),
        last=rows.occurred_at.max(),
        said=rows.count(where=by_customer),
        named=rows.count(where=by_customer & rows.customer_ref.notnull()),
        faulty=rows.count(where=fault),
        **{f"has_{name}": rows[name].count() for name in FIELDS},
    )
    return counted.inner_join(_distinct(i), "source")


def _distinct(i: ir.Table) -> ir.Table:
    """Return how many records of each source are not another one once more.

    A record of nobody known and without words could be anybody's, and is never taken for a repeat.
    """
    nobody = i.customer_ref.isnull() & i.text.isnull()
    told = i.mutate(
        alone=nobody.ifelse(i.interaction_id, ""), said=i.answers.cast("string"), worth=i.value.cast("string")
    )
    each = told.select(
        "source", "alone", "customer_ref", "conversation_ref", "occurred_at", "sequence", "author", "kind", "event",
        "touchpoint", "text", "said", "worth",
    ).distinct()  # fmt: skip
    return each.group_by("source").agg(distinct=each.count())


def _row(source: str, counts: Mapping[str, Any], days: list[date], rejected: int, now: datetime) -> dict[str, Any]:
    n = counts["n"]
    filled = [counts[f"has_{name}"] for name in FIELDS if counts[f"has_{name}"]]
    between = _between(days)
    since = max(0.0, (now - counts["last"]) / timedelta(days=1))
    told: dict[str, float | None] = {
        "completeness": sum(filled) / (n * len(filled)) if filled else None,
        "validity": n / (n + rejected),
        "uniqueness": counts["distinct"] / n,
        "consistency": 1 - counts["faulty"] / n,
        "identity": counts["named"] / counts["said"] if counts["said"] else None,
        "freshness": None if between is None else min(1.0, PATIENCE * between / since) if since else 1.0,
    }
    return {
        "source": source, "n": n, "customers": counts["customers"], **told, "weakest": _weakest(told),
        "quarantined": rejected, "repeats": n - counts["distinct"], "first": counts["first"], "last": counts["last"],
        "days_between": between, "days_since": since, "speaks": _speaks(between, since),
    }  # fmt: skip


def _between(days: list[date]) -> float | None:
    """Return the median gap between days, in days; None where there are too few to tell."""
    if len(days) < LEAST_DAYS:
        return None
    return float(median((after - before).days for before, after in pairwise(days)))


def _speaks(between: float | None, since: float) -> str:
    if between is None:
        return "once"
    return "fresh" if since <= PATIENCE * between else "late" if since <= 2 * PATIENCE * between else "silent"


def _weakest(told: Mapping[str, float | None]) -> str | None:
    """Return the least measure that is not whole; of equal ones the first that is shown.

    >>> _weakest({"validity": 0.4, "identity": 0.4}), _weakest({"validity": 1.0})
    ('validity', None)
    """
    short = {name: value for name, value in told.items() if value is not None and value < 1}
    return min(short, key=short.__getitem__, default=None)


def _whole(rows: list[dict[str, Any]], counted: list[Mapping[str, Any]], people: int, homeless: int) -> dict[str, Any]:
    """Return the row of all sources together: every record counts alike; freshness is that of the freshest."""
    n = sum(row["n"] for row in rows)
    rejected = sum(row["quarantined"] for row in rows) + homeless
    cells = [(row["n"] * row["completeness"], row["n"]) for row in rows if row["completeness"] is not None]
    said = sum(counts["said"] for counts in counted)
    told: dict[str, float | None] = {
        "completeness": sum(c for c, _ in cells) / sum(m for _, m in cells) if cells else None,
        "validity": n / (n + rejected),
        "uniqueness": sum(counts["distinct"] for counts in counted) / n,
        "consistency": 1 - sum(counts["faulty"] for counts in counted) / n,
        "identity": sum(counts["named"] for counts in counted) / said if said else None,
        "freshness": max((row["freshness"] for row in rows if row["freshness"] is not None), default=None),
    }
    last = min(rows, key=lambda row: row["days_since"])
    return {
        "source": "all", "n": n, "customers": people, **told, "weakest": _weakest(told), "quarantined": rejected,
        "repeats": sum(row["repeats"] for row in rows), "first": min(row["first"] for row in rows),
        "last": last["last"], "days_between": last["days_between"], "days_since": last["days_since"],
        "speaks": last["speaks"],
    }  # fmt: skip
