"""How service is done: response, resolution, handling, hand-overs, by channel, team, agent, week or stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure, Filters, by_english
from touchline.service.conversations import breakdown, called, conversations, customers_of, group_order, week_over
from touchline.service.counting import Shares, mean_of, means, quantile, share_of, shares
from touchline.service.rows import Scope, end_of, scope
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

#: The metrics in order: key to name and unit.
METRICS: Final = {
    "conversations": (phrase("Conversations"), "count"),
    "response_median": (phrase("First response, median"), "seconds"),
    "response_p90": (phrase("First response, p90"), "seconds"),
    "response_24h": (phrase("Answered within 24 h"), "share"),
    "never_answered": (phrase("Never answered"), "share"),
    "resolution_median": (phrase("Resolution, median"), "seconds"),
    "resolution_p90": (phrase("Resolution, p90"), "seconds"),
    "queue_mean": (phrase("Queue time, mean"), "seconds"),
    "handle_mean": (phrase("Handle time, mean"), "seconds"),
    "hold_mean": (phrase("Hold time, mean"), "seconds"),
    "transferred": (phrase("Transferred"), "share"),
    "escalated": (phrase("Escalated"), "share"),
    "reopened": (phrase("Reopened"), "share"),
    "abandoned": (phrase("Abandoned"), "share"),
}

SCHEMA: Final = pa.schema(
    [
        ("group", pa.string()),
        ("name", pa.string()),
        ("metric", pa.string()),
        ("metric_name", pa.string()),
        ("unit", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("pending", pa.int64()),
        ("censored", pa.bool_()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)

_MEANING = phrase(
    "How conversations of service went, by the moment of their customer's first words. "
    "Times are to the first answer and to the first close, of those answered or closed; "
    "medians and p90 are exact, their 95 % interval lies between order statistics; "
    "shares have the cluster-robust interval of the JSI, means Student's. pending counts "
    "conversations of which it is too early to tell: they count neither way."
)
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of one group, before it is hidden or not."""

    group: str
    metric: str
    value: float
    low: float
    high: float
    n: int
    customers: int
    pending: int = 0


def service(
    warehouse: Warehouse, taxonomy: Taxonomy, settings: Settings, filters: Filters, *, by: str = "channel"
) -> Figure:
    """Return how service is done, by channel, team, agent, week, stage, source, ``segment:NAME`` or ``all``.

    Args:
        warehouse: The data.
        taxonomy: Names and orders the stages.
        settings: Which events tell what (`touchline.settings.service`).
        filters: Which conversations: days are those on which they begin.
        by: What they are broken down by; agent and team are those named last in the conversation.

    Returns:
        One row per group and metric of `METRICS`: ``group``, ``name``, ``metric``, ``metric_name``, ``unit`` (seconds,
        share or count), ``value``, ``low``, ``high``, ``n`` (conversations that count), ``customers``, ``pending``
        (too early to tell), ``censored`` (some are), ``hidden``, ``low_n``. Metrics that nothing in the data tells
        are left out, and a note says so. Facts: ``by``, ``conversations``, ``until`` (the end of the data).

    Raises:
        QuestionError: An unknown filter or breakdown.
    """
    asked, by = scope(warehouse, taxonomy, settings, filters), breakdown(warehouse, by)
    key = (asked, by)
    told = warehouse.ask(("service shares", *key), lambda: _shares(warehouse, asked, by))
    spans = warehouse.ask(("service means", *key), lambda: _means(warehouse, asked, by))
    times = warehouse.ask(("service times", *key), lambda: _times(warehouse, asked, by))
    cells = [*_share_cells(told), *_mean_cells(spans), *_time_cells(times, told)]
    table = _table(taxonomy, asked, by, cells, METRICS)
    notes = asked.silent("closes", "answers", "queues", "transfers", "escalates", "handles", "holds")
    sizes = {cell.group: cell.n for cell in cells if cell.metric == "conversations"}
    return Figure(
        "service", table, _MEANING, notes + _hidden(table),
        {"by": by, "conversations": sum(sizes.values()), "until": datetime.fromtimestamp(asked.end, UTC)},
        _behind(warehouse, asked, by, table.column("group").to_pylist()),
        by_english(*(name for name, _unit in METRICS.values())),
    )  # fmt: skip


def _shares(warehouse: Warehouse, asked: Scope, by: str) -> ir.Table:
    import ibis

    c = conversations(warehouse, asked, by)
    yes, elapsed = ibis.literal(True), end_of(asked) - c.start

    def telling(what: str) -> ir.BooleanValue:
        return c.source.isin(asked.telling(what)) if asked.telling(what) else ibis.literal(False)

    seen = ibis.cases((c.first_close.notnull(), c.first_close - c.start), else_=elapsed)
    in_a_day = ~c.dated & c.answers
    due = c.response.notnull() | (c.answered.isnull() & (seen >= _DAY))
    over = c.answered.notnull() | c.first_close.notnull() | c.abandoned
    over = over | (elapsed >= int(asked.service.unanswered * _DAY))
    return shares(
        c,
        {
            "conversations": (yes, yes),
            "response_24h": (in_a_day & due, c.response <= _DAY),
            "response_24h_all": (in_a_day, yes),
            "never_answered": (c.answers & over, c.answered.isnull()),
            "never_answered_all": (c.answers, yes),
            "response": (c.answers & c.response.notnull(), yes),
            "response_all": (in_a_day, yes),
            "resolution": (c.resolution.notnull(), yes),
            "resolution_all": (c.closes & ~c.dated, yes),
            "transferred": (telling("transfers"), c.transferred),
            "escalated": (telling("escalates"), c.escalated),
            "reopened": (c.closes & c.first_close.notnull(), c.reopened_at.notnull()),
            "abandoned": (telling("queues") & (c.queued | c.abandoned), c.abandoned),
        },
    )


def _means(warehouse: Warehouse, asked: Scope, by: str) -> ir.Table:
    c = conversations(warehouse, asked, by)
    return means(c, {"queue_mean": c.queue, "handle_mean": c.handle, "hold_mean": c.hold})


def _times(warehouse: Warehouse, asked: Scope, by: str) -> ir.Table:
    """Return how often each response and resolution time occurs in each group."""
    import ibis

    c = conversations(warehouse, asked, by)
    both = [
        c.filter(c[name].notnull()).select("grp", measure=ibis.literal(name), value=c[name])
        for name in ("response", "resolution")
    ]
    t = both[0].union(both[1])
    return t.group_by(["grp", "measure", "value"]).agg(times=t.count())


def _share_cells(told: pa.Table) -> Iterable[Cell]:
    groups = told.column("grp").to_pylist()
    for metric in ("response_24h", "never_answered", "transferred", "escalated", "reopened", "abandoned"):
        found = share_of(told, metric)
        whole = share_of(told, f"{metric}_all").n if f"{metric}_all_n" in told.column_names else found.n
        yield from _cells(groups, metric, found, whole - found.n)
    found = share_of(told, "conversations")
    for group, n, customers in zip(groups, found.n, found.customers, strict=True):
        yield Cell(group, "conversations", float(n), np.nan, np.nan, int(n), int(customers))


def _mean_cells(spans: pa.Table) -> Iterable[Cell]:
    for metric in ("queue_mean", "handle_mean", "hold_mean"):
        yield from _cells(spans.column("grp").to_pylist(), metric, mean_of(spans, metric))


def _cells(groups: list[str], metric: str, found: Shares, pending: Any = None) -> Iterable[Cell]:
    for i, group in enumerate(groups):
        late = 0 if pending is None else int(pending[i])
        if found.n[i] or late:
            yield Cell(
                group, metric, float(found.value[i]), float(found.low[i]), float(found.high[i]),
                int(found.n[i]), int(found.customers[i]), late,
            )  # fmt: skip


def _time_cells(times: pa.Table, told: pa.Table) -> Iterable[Cell]:
    groups = told.column("grp").to_pylist()
    counted: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in times.to_pylist():
        counted.setdefault((row["grp"], row["measure"]), []).append((row["value"], row["times"]))
    for measure in ("response", "resolution"):
        found, whole = share_of(told, measure), share_of(told, f"{measure}_all")
        for i, group in enumerate(groups):
            if pairs := counted.get((group, measure)):
                values, often = zip(*pairs, strict=True)
                n, late = int(np.sum(often)), int(whole.n[i] - found.n[i])
                for name, p in (("median", 0.5), ("p90", 0.9)):
                    parts = quantile(values, often, p)
                    yield Cell(group, f"{measure}_{name}", *parts, n, int(found.customers[i]), late)


def _table(
    taxonomy: Taxonomy, asked: Scope, by: str, cells: Iterable[Cell], metrics: Mapping[str, tuple[str, str]]
) -> pa.Table:
    """Return the rows of cells: groups in their order, metrics in theirs, what is over too few customers hidden."""
    cells = list(cells)
    sizes: dict[str, int] = {}
    for cell in cells:
        sizes[cell.group] = max(sizes.get(cell.group, 0), cell.n + cell.pending)
    groups = {group: i for i, group in enumerate(group_order(taxonomy, by, set(sizes), sizes))}
    places = {metric: i for i, metric in enumerate(metrics)}
    end = last_day(asked)
    made = []
    for cell in sorted(cells, key=lambda one: (groups[one.group], places[one.metric])):
        hide = cell.customers < HIDDEN_N
        numbers = (None if hide or not np.isfinite(one) else one for one in (cell.value, cell.low, cell.high))
        unfinished = by == "week" and not week_over(cell.group, end)
        made.append(
            dict(zip(("value", "low", "high"), numbers, strict=True))
            | {"group": cell.group, "name": called(taxonomy, by, cell.group), "metric": cell.metric}
            | dict(zip(("metric_name", "unit"), metrics[cell.metric], strict=True))
            | {"n": cell.n, "customers": cell.customers, "pending": cell.pending, "hidden": hide}
            | {"censored": cell.pending > 0 or unfinished, "low_n": cell.customers < LOW_N}
        )
    return pa.Table.from_pylist(made, schema=SCHEMA)


#: Figures of this shape are made elsewhere too.
metric_table = _table
metric_cells = _cells


def last_day(asked: Scope) -> date:
    """Return the day, in the reporting zone, on which the data end."""
    return datetime.fromtimestamp(asked.end, ZoneInfo(asked.zone)).date()


def _hidden(table: pa.Table) -> tuple[str, ...]:
    from touchline.scores.cells import hidden_note

    return hidden_note(table.column("hidden").to_numpy(zero_copy_only=False))


hidden_rows = _hidden


def _behind(warehouse: Warehouse, asked: Scope, by: str, groups: list[str]) -> Callable[[int], Any]:
    def behind(row: int) -> Any:
        def build() -> ir.Table:
            c = conversations(warehouse, asked, by)
            return c.filter(c.grp == groups[row])

        return customers_of(warehouse, ("service", asked, by, groups[row]), build)

    return behind


group_customers = _behind
