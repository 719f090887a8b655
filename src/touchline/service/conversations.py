"""One row per conversation of service, and by what a figure is broken down."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import unknown
from touchline.scores.filtering import segment_column
from touchline.scores.groups import NONE, SEGMENT, stage_name
from touchline.scores.ordering import ALL, stage_place
from touchline.service.rows import CLOSERS, THREAD, Scope, end_of, rows, touched
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.warehouse.blanks import blank, blanks

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings.service import Service
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

#: What conversations can be broken down by, beside ``segment:NAME``.
BREAKDOWNS: Final = ("all", "channel", "team", "agent", "week", "stage", "source")


def breakdown(warehouse: Warehouse, by: str, *, but: tuple[str, ...] = ()) -> str:
    """Return ``by`` when conversations can be broken down by it.

    Raises:
        QuestionError: They cannot.
    """
    if by.startswith(SEGMENT):
        segment_column(warehouse, by.removeprefix(SEGMENT))
    elif by not in BREAKDOWNS or by in but:
        known = [one for one in BREAKDOWNS if one not in but]
        raise unknown("breakdown", by, (*known, *(SEGMENT + name for name in warehouse.segments())))
    return by


def conversations(warehouse: Warehouse, asked: Scope, by: str = "all", *, lasting: bool = False) -> ir.Table:
    """Return one row per conversation that the scope keeps.

    Columns: ``customer_key``, ``source``, ``thread``, ``cluster`` (account, else customer), ``grp`` (what it is broken
    down by, a text), ``start`` (second), ``identified``, ``response`` (seconds to the first answer), ``first_close``
    and ``reopened_at`` (seconds since 1970), ``open`` (at the end of the data), ``queued``, ``abandoned``,
    ``transferred``, ``escalated``, ``marked`` (1, 0 or NULL: what the agent says), ``queue``, ``hold``, ``handle``
    (seconds). NULL is what cannot be known: a time where a row has a date only, a close where the source tells none.

    Args:
        warehouse: The data.
        asked: The scope.
        by: One of `BREAKDOWNS`, or ``segment:NAME``.
        lasting: Also make ``spells``: not aggregated, one row per open spell with ``opened`` and ``closed``.
    """
    import ibis

    service, none = asked.service, ibis.null("int64")
    c = warehouse.rolled(("service conversations", service), partial(_all, service=service))
    closes = c.source.isin(asked.telling("closes")) if asked.telling("closes") else ibis.literal(False)
    if service.silence is not None:
        quiet = c.unended & (end_of(asked) - c["last"] > int(service.silence * 86_400))
        c = c.mutate(
            first_close=ibis.coalesce(c.first_close, ibis.cases((quiet, c["last"]), else_=none)),
            unended=c.unended & ~quiet,
        )
        closes = ibis.literal(True)
    timed = ~c.dated
    c = c.mutate(
        response=ibis.cases((timed, c.answered - c.start), else_=none),
        resolution=ibis.cases((timed & closes, c.first_close - c.start), else_=none),
        first_close=ibis.cases((closes, c.first_close), else_=none),
        reopened_at=ibis.cases((closes, c.reopened_at), else_=none),
        open=c.unended & closes,
        closes=closes,
        answers=c.source.isin(asked.telling("answers")) if asked.telling("answers") else ibis.literal(False),
    )
    c = _kept(warehouse, asked, c)
    c = _grouped(warehouse, asked, c, by)
    if not lasting:
        return c
    s = warehouse.rolled(("service spells", service), partial(_spells, service=service))
    s = s.select(**{f"_{name}": s[name] for name in THREAD}, opened=s.opened, spell_closed=s.closed)
    spells = c.filter(c.closes).inner_join(s, [c[name].identical_to(s[f"_{name}"]) for name in THREAD])
    closed = spells.spell_closed
    if service.silence is not None:
        quiet = end_of(asked) - spells["last"] > int(service.silence * 86_400)
        closed = ibis.coalesce(closed, ibis.cases((quiet, spells["last"]), else_=none))
    return spells.mutate(closed=closed).drop("spell_closed", *(f"_{name}" for name in THREAD))


def _all(warehouse: Warehouse, *, service: Service) -> ir.Table:
    """Return every conversation with what its own rows say of it."""
    import ibis

    r = rows(warehouse, service)
    none = ibis.null("int64")

    def told(what: str) -> ir.BooleanValue:
        return (r.tell == what).fill_null(False).cast("int64").max() > 0

    def first(column: ir.Value) -> ir.Value:
        return column.argmin(r["rank"], where=r.contact)

    def latest(column: ir.Value) -> ir.Value:
        return column.argmax(r["rank"], where=column.notnull())

    ends = r.closed
    c = r.group_by(list(THREAD)).agg(
        start=r.start.min(),
        first_row=first(r.interaction_id),
        day=first(r.day),
        channel=first(r.channel),
        agent=latest(r.agent),
        team=latest(r.team),
        identified=r.identified.cast("int64").max() > 0,
        dated=r.date_only.cast("int64").max() > 0,
        answered=ibis.cases((r.answer & (r["rank"] >= r.first), r.sec), else_=none).min(),
        first_close=ibis.cases((r.begins & ~r.again, ends), else_=none).min(),
        reopened_at=ibis.cases((r.again, r.sec), else_=none).min(),
        unended=(r.begins & ends.isnull()).cast("int64").max() > 0,
        last=ibis.cases((r.spoken, r.sec), else_=none).max(),
        queued=((r.tell == "queued").fill_null(False) | r.queue_stated.notnull()).cast("int64").max() > 0,
        abandoned=told("abandoned"),
        transferred=told("transferred"),
        escalated=told("escalated"),
        marked=latest(r.marked),
        queue=ibis.coalesce(r.queue_stated.sum(), r.queue.sum().cast("float64")),
        hold=ibis.coalesce(r.hold_stated.sum(), r.hold.sum().cast("float64")),
        handle=ibis.coalesce(r.handle_stated.sum(), r.handle.sum().cast("float64")),
    )
    accounts = warehouse.table("touches")
    accounts = accounts.group_by("customer_key").agg(account=accounts.account_key.max())
    accounts = accounts.rename(_customer="customer_key")
    c = c.left_join(accounts, c.customer_key == accounts["_customer"]).drop("_customer")
    return c.mutate(cluster=c.account.fill_null(c.customer_key))


def _spells(warehouse: Warehouse, *, service: Service) -> ir.Table:
    """Return every spell for which a conversation was open: when it began, and the close that follows."""
    r = rows(warehouse, service)
    r = r.filter(r.begins)
    return r.select(*THREAD, opened=r.sec, closed=r.closed)


def _members(warehouse: Warehouse, *, service: Service) -> ir.Table:
    """Return the interactions of every conversation that open a touch, with their place in it."""
    r = rows(warehouse, service).select("interaction_id", "rank", *THREAD)
    return r.semi_join(warehouse.table("touches"), "interaction_id")


def _kept(warehouse: Warehouse, asked: Scope, c: ir.Table) -> ir.Table:
    """Keep the conversations that the filters ask for."""
    filters = asked.filters
    conditions = []
    if filters.since is not None:
        conditions.append(c.day >= blank(filters.since))
    if filters.until is not None:
        conditions.append(c.day <= blank(filters.until))
    if filters.channels:
        conditions.append(c.channel.isin(blanks(filters.channels)))
    if filters.sources:
        conditions.append(c.source.isin(blanks(filters.sources)))
    if conditions:
        c = c.filter(conditions)
    only = touched(warehouse, asked)
    if only is None:
        return c
    members = warehouse.rolled(("service members", asked.service), partial(_members, service=asked.service))
    whose = members.semi_join(only, "interaction_id").select(*THREAD).distinct()
    return c.semi_join(whose, list(THREAD))


def _grouped(warehouse: Warehouse, asked: Scope, c: ir.Table, by: str) -> ir.Table:
    """Add ``grp``: the value that each conversation is broken down by."""
    import ibis

    if by == "all":
        return c.mutate(grp=ibis.literal(ALL))
    if by == "week":
        return c.mutate(grp=c.day.truncate("W").strftime("%Y-%m-%d"))
    if by == "stage" or by.startswith(SEGMENT):
        name = "stage" if by == "stage" else segment_column(warehouse, by.removeprefix(SEGMENT))
        touches = warehouse.table("touches")
        t = touches.select("interaction_id", _value=touches[name], _stage=touches.stage)
        members = warehouse.rolled(("service members", asked.service), partial(_members, service=asked.service))
        t = members.inner_join(t, "interaction_id")
        order = ibis.window(group_by=list(THREAD), order_by=[t["rank"], t["_stage"]])
        t = t.mutate(_n=ibis.row_number().over(order))
        t = t.filter(t["_n"] == 0).select(**{f"_{k}": t[k] for k in THREAD}, grp=t["_value"])
        c = c.left_join(t, [c[k].identical_to(t[f"_{k}"]) for k in THREAD]).drop(*(f"_{k}" for k in THREAD))
        return c.mutate(grp=c.grp.fill_null(UNASSIGNED if by == "stage" else NONE))
    return c.mutate(grp=c[by].fill_null(NONE))


def group_order(taxonomy: Taxonomy, by: str, values: set[str], sizes: dict[str, int]) -> list[str]:
    """Return the groups in the order in which they are shown: stages and weeks in theirs, others by size."""
    if by == "stage":
        return sorted(values, key=lambda one: stage_place(taxonomy, one))
    if by == "week":
        return sorted(values)
    return sorted(values, key=lambda one: (one == NONE, -sizes.get(one, 0), one))


def called(taxonomy: Taxonomy, by: str, value: str) -> str:
    """Return what a reader calls a group."""
    if by == "all":
        return "All conversations"
    return stage_name(taxonomy, value) if by == "stage" else value


def week_over(value: str, end: date) -> bool:
    """Is the week that begins on this day over?

    >>> week_over("2026-01-05", date(2026, 1, 10)), week_over("2026-01-05", date(2026, 1, 12))
    (False, True)
    """
    return date.fromisoformat(value) + timedelta(days=7) <= end


def customers_of(warehouse: Warehouse, key: tuple[object, ...], table: Any) -> Any:
    """Return the distinct customer keys of an expression, ascending, as an array."""
    import numpy as np

    answer = warehouse.ask(("customers", *key), lambda: table().select("customer_key").distinct())
    return np.sort(answer.column(0).to_numpy().astype(np.int64))


__all__ = ["BREAKDOWNS", "CLOSERS", "breakdown", "called", "conversations", "customers_of", "group_order", "week_over"]
