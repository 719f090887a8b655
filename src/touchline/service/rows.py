"""The rows of service: what every interaction of a conversation tells, as one Ibis expression.

A *conversation* here is all rows of one customer, source and ``conversation_ref``, however long it lasts: a ticket that
rests for two weeks is still one. A row without a reference is a conversation of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from touchline.scores.base import Filters
from touchline.scores.filtering import filtered, resolve, stage_id
from touchline.settings.service import Events, Service
from touchline.warehouse.blanks import blank
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.settings.service import Measure
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.blanks import Mark

#: What names a conversation.
THREAD: Final = ("customer_key", "source", "thread")
CLOSERS: Final = ("resolved", "unresolved", "closed", "abandoned")
#: What a source may tell of its conversations. What it never tells is unknown there, not zero.
TELLS: Final = ("closes", "answers", "queues", "transfers", "escalates", "handles", "holds")
_YES: Final = ("yes", "true", "1", "y", "resolved", "solved")
_NO: Final = ("no", "false", "0", "n", "unresolved", "not solved")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question of service is asked of; hashable, so that it can be part of a key of `Warehouse.ask`.

    Attributes:
        filters: Resolved. Their days are those on which conversations begin.
        service: How conversations are read.
        zone: The reporting zone.
        first: The first second of the data (UTC).
        end: Their last second; what is not over then is censored.
        tells: Of each of `TELLS` the sources that ever tell it.
    """

    filters: Filters
    service: Service
    zone: str
    first: int
    end: int
    tells: tuple[tuple[str, tuple[str, ...]], ...]

    def blanked(self, mark: Mark) -> object:
        """Return what a query hangs on; `end_of` is how it says the end of the data."""
        shifts = offsets(self.zone, self.first, self.end + 1)
        return "scope", self.filters.blanked(mark), self.service, self.zone, shifts, mark(self.end), self.tells

    def telling(self, what: str) -> tuple[str, ...]:
        """Return the sources that ever tell it."""
        return dict(self.tells)[what]

    def silent(self, *what: str) -> tuple[str, ...]:
        """Return notes on what no source tells at all."""
        said = {
            "closes": phrase("Nothing says when a conversation is closed: no resolution times, backlog or reopening."),
            "answers": phrase("Nothing says when a customer is answered: no employee's words, no such event."),
            "queues": phrase("Nothing says when customers wait in a queue: no queue time, no abandonment."),
            "transfers": phrase("No event says that a conversation was handed over."),
            "escalates": phrase("No event says that a conversation was escalated."),
            "handles": phrase("Nothing says how long a conversation was worked on: no handle time."),
            "holds": phrase("Nothing says that a customer was on hold."),
        }
        return tuple(
            phrase("{said} See [service] in touchline.toml.", said=said[one]) for one in what if not self.telling(one)
        )


def scope(
    warehouse: Warehouse, taxonomy: Taxonomy | None, settings: Settings, filters: Filters, *, dated: bool = True
) -> Scope:
    """Resolve what a question is asked of.

    Args:
        warehouse: The data.
        taxonomy: Knows stages by id, name or alias.
        settings: How service is read.
        filters: What was asked.
        dated: False leaves days out: the question takes them itself.

    Raises:
        QuestionError: A name that does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)
    service = settings.service
    if service.stages and not filters.stages:
        stages = service.stages if taxonomy is None else tuple(stage_id(taxonomy, one) for one in service.stages)
        filters = replace(filters, stages=stages)
    if not dated:
        filters = replace(filters, since=None, until=None)
    told = warehouse.ask(("service told", service), lambda: _told(warehouse, service)).to_pylist()
    tells = tuple((what, tuple(sorted(row["source"] for row in told if row[what]))) for what in TELLS)
    first, end = (told[0]["first"], told[0]["last"]) if told else (0, 0)
    return Scope(filters, service, settings.workspace.timezone, first, end, tells)


def _told(warehouse: Warehouse, service: Service) -> ir.Table:
    """Return per source what it ever tells, and the first and last second of all data."""
    told = warehouse.rolled(("service told", service), partial(_told_of, service=service))
    told = told.group_by("source").agg(**{what: told[what].cast("int64").max() > 0 for what in TELLS})
    i = warehouse.table("journey")
    seconds = i.occurred_at.truncate("s").epoch_seconds().cast("int64")
    return told.cross_join(i.agg(first=seconds.min(), last=seconds.max()))


def _told_of(warehouse: Warehouse, *, service: Service) -> ir.Table:
    """Return per customer and source what it ever tells of them."""
    r = _read(warehouse, service)

    def any_(condition: ir.BooleanValue) -> ir.BooleanValue:
        return condition.cast("int64").max().fill_null(0) > 0

    return r.group_by(["customer_key", "source"]).agg(
        closes=any_(r.tell.isin(CLOSERS[:3])),
        answers=any_(r.answer),
        queues=any_(r.tell.isin(("queued", "abandoned")) | r.queue_stated.notnull()),
        transfers=any_(r.tell == "transferred"),
        escalates=any_(r.tell == "escalated"),
        handles=any_((r.tell == "ended") | r.handle_stated.notnull()),
        holds=any_((r.tell == "hold") | r.hold_stated.notnull()),
    )


def _read(warehouse: Warehouse, service: Service) -> ir.Table:
    """Return every interaction with what it tells."""
    import ibis

    i, j = warehouse.table("interactions"), warehouse.table("journey")
    contact = ((i.author == "customer") & i.kind.isin(service.kinds)).fill_null(False)
    event = i.event.lower()
    named: list[tuple[ir.BooleanValue, str]] = [
        (event.isin(getattr(service.events, one.name)), one.name)
        for one in fields(Events)
        if getattr(service.events, one.name)
    ]
    r = i.select(
        "interaction_id", "customer_key", "source", "channel", "agent", "team", "author", "date_only", "attributes",
        "conversation_ref", "kind", "event",
        at=i.occurred_at,
        sequence=i.sequence.fill_null(0),
        contact=contact,
        tell=ibis.cases(*named, else_=ibis.null("string")) if named else ibis.null("string"),
    )  # fmt: skip
    r = r.filter(r.conversation_ref.notnull() | r.contact)
    day = j.select(_id=j.interaction_id, day=j.day, identified=j.identified)
    r = r.inner_join(day, r.interaction_id == day["_id"])
    # Few distinct texts are cut instead of every row's.
    a = r.select("attributes").distinct()
    mark = ibis.coalesce(*(_attribute(a, name).lower() for name in service.mark))
    a = a.select(
        _text=a.attributes,
        marks=ibis.cases((mark.isin(_YES), 1), (mark.isin(_NO), 0), else_=ibis.null("int64")),
        queue_stated=_stated(a, service.queue),
        handle_stated=_stated(a, service.handle),
        hold_stated=_stated(a, service.hold),
    )
    r = r.left_join(a, r.attributes == a["_text"])
    employee = r.author == "employee"
    by_hand = r.contact & (r.kind == "call") & r.agent.notnull()
    return r.select(
        "interaction_id", "customer_key", "source", "channel", "agent", "team", "day", "date_only", "identified",
        "at", "sequence", "contact", "tell", "queue_stated", "handle_stated", "hold_stated",
        thread=ibis.coalesce(r.conversation_ref, r.interaction_id),
        sec=r["at"].truncate("s").epoch_seconds().cast("int64"),
        answer=(employee & r.event.isnull()) | (r.tell == "answered").fill_null(False) | by_hand,
        spoken=r.contact | employee,
        marked=ibis.cases((r.tell == "resolved", 1), (r.tell == "unresolved", 0), else_=r.marks),
    )  # fmt: skip


def _attribute(a: ir.Table, name: str) -> ir.StringValue:
    """Return an attribute's value; attributes are JSON text of texts, which every engine can cut the same way."""
    found = a.attributes.re_extract(rf'"{re.escape(name)}"\s*:\s*"([^"\\]*)"', 1)
    return found.nullif("")


def _stated(a: ir.Table, measures: Sequence[Measure]) -> ir.FloatingValue:
    """Return a measure in seconds: the first attribute that is set and a number."""
    import ibis

    values = [_attribute(a, one.attribute).try_cast("float64") * one.unit for one in measures]
    return ibis.coalesce(*values) if values else ibis.null("float64")


def rows(warehouse: Warehouse, service: Service) -> ir.Table:
    """Return the rows of all conversations of service, with what lies before and after each.

    Columns beside those read: ``rank`` (1, 2 ... within the conversation, by time, sequence and id), ``start`` (second
    of the customer's first words), ``begins`` (an open spell begins: the first words, or a reopening), ``again`` (it
    is a reopening), ``closed`` (second of the next close), and ``queue``, ``hold`` and ``handle`` (seconds of a span
    that begins here).
    """
    import ibis

    r = _read(warehouse, service)
    around = ibis.window(group_by=list(THREAD))
    order = [r.at, r.sequence, r.interaction_id]
    r = r.mutate(
        start_at=ibis.cases((r.contact, r.at), else_=ibis.null("timestamp")).min().over(around),
        rank=ibis.row_number().over(ibis.window(group_by=list(THREAD), order_by=order)) + 1,
    )
    r = r.filter(r.start_at.notnull())
    r = r.mutate(
        first=ibis.cases((r.contact, r["rank"]), else_=ibis.null("int64")).min().over(around),
        start=r.start_at.truncate("s").epoch_seconds().cast("int64"),
    )
    after = r["rank"] >= r.first
    opener = (r["rank"] == r.first) | (after & (r.tell == "reopened").fill_null(False))
    if service.replies_reopen:
        opener = opener | (after & r.contact)
    closer = after & r.tell.isin(CLOSERS).fill_null(False)
    spans = {
        "queue": (r.tell == "queued", r.answer | (r.tell == "abandoned")),
        "hold": (r.tell == "hold", r.tell.isin(("resumed", "ended", "answered"))),
        "handle": (r.tell == "answered", r.tell == "ended"),
    }
    flags = {"opener": opener, "closer": closer}
    for name, (begin, finish) in spans.items():
        flags |= {f"{name}_begin": begin.fill_null(False), f"{name}_finish": finish.fill_null(False)}
    r = r.mutate(**flags)
    before = ibis.window(group_by=list(THREAD), order_by=[r["rank"]], preceding=(None, 1))
    behind = ibis.window(group_by=list(THREAD), order_by=[r["rank"]], following=(1, None))
    none = ibis.null("int64")

    def only(flag: str, value: str) -> ir.IntegerValue:
        return ibis.cases((r[flag], r[value]), else_=none)

    seen: dict[str, Any] = {
        "last_opener": only("opener", "rank").max().over(before),
        "last_closer": only("closer", "rank").max().over(before),
        "closed": only("closer", "sec").min().over(behind),
    }
    for name in spans:
        seen |= {
            f"{name}_next": only(f"{name}_begin", "rank").min().over(behind),
            f"{name}_end": only(f"{name}_finish", "rank").min().over(behind),
            f"{name}_until": only(f"{name}_finish", "sec").min().over(behind),
        }
    r = r.mutate(**seen)
    begins = r.opener & (r.last_opener.isnull() | (r.last_closer > r.last_opener).fill_null(False))
    lengths = {
        name: ibis.cases(
            (
                r[f"{name}_begin"]
                & r[f"{name}_end"].notnull()
                & (r[f"{name}_next"].isnull() | (r[f"{name}_end"] <= r[f"{name}_next"])),
                r[f"{name}_until"] - r.sec,
            ),
            else_=none,
        )
        for name in spans
    }
    return r.mutate(begins=begins, again=begins & r.last_opener.notnull(), **lengths)


def touched(warehouse: Warehouse, asked: Scope) -> ir.Table | None:
    """Return the interactions whose conversations the filters on touches keep; None where all are kept."""
    filters = replace(asked.filters, since=None, until=None, channels=(), sources=())
    if filters == Filters():
        return None
    touches = filtered(warehouse, "touches", filters)
    return touches.select("interaction_id").distinct()


def offsets(zone: str, first: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return a zone's offsets from UTC between two moments: from which second on, and how many seconds.

    >>> offsets("Europe/Berlin", 1_767_225_600, 1_780_000_000)  # from 2026-01-01: summer time begins on 29 March
    ((1767225600, 3600), (1774746000, 7200))
    """
    place = ZoneInfo(zone)

    def offset(second: int) -> int:
        return int((datetime.fromtimestamp(second, UTC).astimezone(place).utcoffset() or timedelta()).total_seconds())

    found = [(first, offset(first))]
    step = 7 * 86_400
    for left in range(first, end + 1, step):
        low, high = left, min(left + step, max(end, left + 1))
        if offset(high) == found[-1][1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
        found.append((high, offset(high)))
    return tuple(found)


def end_of(asked: Scope) -> ir.IntegerValue:
    """Return the last second of the data, for use in a query."""
    import ibis

    end = blank(asked.end)
    return ibis.literal(end, "int64") if isinstance(end, int) else end


def local(second: ir.IntegerValue, asked: Scope) -> ir.IntegerValue:
    """Return seconds of the reporting zone's own clock, counted as if it were UTC."""
    import ibis

    found = offsets(asked.zone, asked.first, asked.end + 1)
    shift = ibis.literal(found[0][1], "int64")
    for since, offset in found[1:]:
        shift = ibis.cases((second >= since, ibis.literal(offset, "int64")), else_=shift)
    return second + shift
