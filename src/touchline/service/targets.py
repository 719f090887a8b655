"""What was promised against what was kept: first response and resolution within their targets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from touchline.scores.base import Figure, Filters, by_english
from touchline.service.conversations import breakdown, conversations
from touchline.service.counting import share_of, shares
from touchline.service.measures import Cell, group_customers, hidden_rows, metric_cells, metric_table
from touchline.service.rows import Scope, end_of, local, scope
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_WEEK: Final = 7 * 86_400
_METRICS: Final = {
    "first_response": (phrase("First response in time"), "share"),
    "resolution": (phrase("Resolution in time"), "share"),
}
_MEANING: Final = phrase(
    "The share of conversations whose first answer and first close came within the "
    "target of their channel, in the hours in which somebody is there, with the "
    "cluster-robust 95 % interval. One that is still open and not yet due, or that ended "
    "before it was due without an answer, counts neither way: pending."
)


def sla(
    warehouse: Warehouse, taxonomy: Taxonomy, settings: Settings, filters: Filters, *, by: str = "channel"
) -> Figure:
    """Return how often targets were kept: ``[[service.targets]]``, counted in ``hours`` of ``[service]``.

    Args:
        warehouse: The data.
        taxonomy: Names and orders the stages.
        settings: Targets, hours and events.
        filters: Which conversations: days are those on which they begin.
        by: channel, team, agent, week, stage, source, ``segment:NAME`` or ``all``.

    Returns:
        One row per group and target (``first_response``, ``resolution``), with the columns of
        `touchline.service.measures.service`. Facts: ``by``, ``targets`` (seconds per channel, ``*`` for the others),
        ``until``.

    Raises:
        QuestionError: An unknown filter or breakdown.
    """
    asked, by = scope(warehouse, taxonomy, settings, filters), breakdown(warehouse, by)
    told = warehouse.ask(("service sla", asked, by), lambda: _kept(warehouse, asked, by))
    groups = told.column("grp").to_pylist()
    cells: list[Cell] = []
    for metric in _METRICS:
        found, whole = share_of(told, metric), share_of(told, f"{metric}_all")
        cells += metric_cells(groups, metric, found, whole.n - found.n)
    table = metric_table(taxonomy, asked, by, cells, _METRICS)
    promised = {
        one.channel or "*": {"first_response": one.first_response, "resolution": one.resolution}
        for one in asked.service.targets
    }
    return Figure(
        "sla", table, _MEANING, asked.silent("closes", "answers") + hidden_rows(table),
        {"by": by, "targets": promised, "until": datetime.fromtimestamp(asked.end, UTC)},
        group_customers(warehouse, asked, by, table.column("group").to_pylist()),
        by_english(*(name for name, _unit in _METRICS.values())),
    )  # fmt: skip


def _kept(warehouse: Warehouse, asked: Scope, by: str) -> ir.Table:
    import ibis

    c = conversations(warehouse, asked, by)
    told = {}
    seen = ibis.coalesce(c.first_close, end_of(asked))
    for metric, done, until in (
        ("first_response", c.answered, seen),
        ("resolution", c.first_close, end_of(asked)),
    ):
        target = _target(c, asked, metric)
        took = _worked(c.start, done, asked)
        due = done.notnull() | (_worked(c.start, until, asked) >= target)
        known = ~c.dated & (c.answers if metric == "first_response" else c.closes) & target.notnull()
        told[metric] = (known & due, took <= target)
        told[f"{metric}_all"] = (known, ibis.literal(True))
    return shares(c, told)


def _target(c: ir.Table, asked: Scope, metric: str) -> ir.FloatingValue:
    """Return each conversation's target in seconds; NULL where nothing was promised."""
    import ibis

    none = ibis.null("float64")
    own, others = [], none
    for target in asked.service.targets:
        seconds = getattr(target, metric)
        value = none if seconds is None else ibis.literal(float(seconds))
        if target.channel is None:
            others = value
        else:
            own.append(((c.channel == target.channel).fill_null(False), value))
    return ibis.cases(*own, else_=others) if own else others


def _worked(since: ir.IntegerValue, until: ir.IntegerValue, asked: Scope) -> ir.IntegerValue:
    """Return the seconds between two moments in which somebody was there; all of them without office hours."""
    if not asked.service.hours:
        return until - since
    return _clock(local(until, asked), asked) - _clock(local(since, asked), asked)


def _clock(second: ir.IntegerValue, asked: Scope) -> ir.IntegerValue:
    """Return the office seconds since the first Monday of 1970, on the reporting zone's own clock."""
    import ibis

    since = second - 4 * 86_400
    week = (since / _WEEK).floor().cast("int64")
    within = since - week * _WEEK
    worked = week * sum(until - begin for begin, until in filter(None, asked.service.hours))
    for day, open_ in enumerate(asked.service.hours):
        if open_ is not None:
            begin, until = (day * 86_400 + second for second in open_)
            worked = worked + ibis.least(ibis.greatest(within - begin, 0), until - begin)
    return worked
