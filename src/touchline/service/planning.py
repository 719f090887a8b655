"""Staffing as figures: the fewest agents for a target, and how a few more or fewer would do."""

from __future__ import annotations

from dataclasses import asdict
from math import ceil
from typing import Any, Final

import pyarrow as pa

from touchline.scores.base import Figure
from touchline.service.staffing import Backlog, Queue, backlog_model, staff_backlog, staffing
from touchline.words import Number, phrase

_CALLS: Final = pa.schema(
    [
        ("agents", pa.int64()),
        ("needed", pa.bool_()),
        ("in_time", pa.float64()),
        ("busy", pa.float64()),
        ("wait_chance", pa.float64()),
        ("mean_wait", pa.float64()),
        ("abandoned", pa.float64()),
    ]
)
_MAIL: Final = pa.schema(
    [
        ("agents", pa.int64()),
        ("needed", pa.bool_()),
        ("in_time", pa.float64()),
        ("busy", pa.float64()),
        ("mean_backlog", pa.float64()),
        ("morning_backlog", pa.float64()),
    ]
)


def plan_calls(
    calls_per_hour: float,
    handle: float,
    level: float,
    within: float,
    *,
    patience: float | None = None,
    most_busy: float = 1.0,
    most_abandoned: float = 1.0,
    shrinkage: float = 0.0,
) -> Figure:
    """Return how many agents calls or chats need, by Erlang C, or by Erlang A where callers give up.

    >>> plan_calls(200, 180, 0.80, 20).facts["agents"]
    14

    Args:
        calls_per_hour: Calls per hour.
        handle: Mean handle time, seconds.
        level: Share to be answered in time.
        within: In time, seconds.
        patience: Mean time until a waiting caller gives up, seconds; None: never.
        most_busy: The highest occupancy.
        most_abandoned: The largest share that may give up.
        shrinkage: Share of paid time in which agents are not there.

    Returns:
        Per number of agents around the need: ``agents``, ``needed``, ``in_time`` (share of all who call), ``busy``,
        ``wait_chance``, ``mean_wait`` (seconds), ``abandoned``. Facts: ``agents``, ``scheduled``, ``load`` (Erlang),
        ``model``.

    Raises:
        QuestionError: A number that makes no sense.
    """
    need = staffing(
        calls_per_hour / 3600, handle, level, within, patience=patience, most_busy=most_busy,
        most_abandoned=most_abandoned, shrinkage=shrinkage,
    )  # fmt: skip
    rows = [_call(one, one.agents == need.queue.agents) for one in need.around]
    model = phrase("Erlang C") if patience is None else phrase("Erlang A")
    waits = (
        phrase("who wait for ever")
        if patience is None
        else phrase("who give up after {patience} s on average", patience=Number(f"{patience:g}"))
    )
    return Figure(
        "staffing",
        pa.Table.from_pylist(rows, schema=_CALLS),
        phrase(
            "{model}: {calls_per_hour} calls an hour of {handle} s each, from callers {waits}: "
            "{load} Erlang. {agents} agents answer {level} within {within} s; agents are those "
            "who are there, in the long run of an even hour.",
            model=model,
            calls_per_hour=Number(f"{calls_per_hour:g}"),
            handle=Number(f"{handle:g}"),
            waits=waits,
            load=Number(f"{need.queue.load:.1f}"),
            agents=need.queue.agents,
            level=Number(f"{level:.0%}"),
            within=Number(f"{within:g}"),
        ),
        facts={
            "agents": need.queue.agents,
            "scheduled": need.scheduled,
            "load": need.queue.load,
            "model": model,
        },
    )


def plan_mail(
    mails_per_day: float,
    handle: float,
    level: float,
    within: float,
    hours: tuple[tuple[int, int] | None, ...],
    *,
    office: bool = False,
    shrinkage: float = 0.0,
) -> Figure:
    """Return how many agents e-mail needs, by the backlog model.

    Args:
        mails_per_day: Messages per day, on average over the week; they come around the clock.
        handle: Mean handle time, seconds.
        level: Share to be answered in time.
        within: In time, seconds.
        hours: From and until, in seconds of the day, per weekday from Monday on.
        office: Does the time count office hours only?
        shrinkage: Share of paid time in which agents are not there.

    Returns:
        Per number of agents around the need: ``agents``, ``needed``, ``in_time``, ``busy``, ``mean_backlog`` and
        ``morning_backlog`` (messages). Facts: ``agents``, ``scheduled``, ``model``.

    Raises:
        QuestionError: Numbers that make no sense, or a target that nobody can keep.
    """
    need = staff_backlog(mails_per_day, handle, level, within, hours, office=office)
    tried = range(max(1, need.agents - 2), need.agents + 3)
    found = [backlog_model(mails_per_day, handle, agents, within, hours, office=office) for agents in tried]
    rows = [_mail(one, one.agents == need.agents) for one in found if one.busy < 1]
    clock = phrase("office hours") if office else phrase("hours on the clock")
    return Figure(
        "staffing",
        pa.Table.from_pylist(rows, schema=_MAIL),
        phrase(
            "Backlog model: {mails_per_day} messages a day of {handle} s each, that come around "
            "the clock and are worked off in office hours, first come, first served. {agents} "
            "agents answer {level} within {within} {clock}.",
            mails_per_day=Number(f"{mails_per_day:g}"),
            handle=Number(f"{handle:g}"),
            agents=need.agents,
            level=Number(f"{level:.0%}"),
            within=Number(f"{within / 3600:g}"),
            clock=clock,
        ),
        facts={
            "agents": need.agents,
            "scheduled": ceil(round(need.agents / (1 - shrinkage), 9)),
            "model": "backlog",
        },
    )


def _call(queue: Queue, needed: bool) -> dict[str, Any]:
    wait = queue.mean_wait if queue.mean_wait < float("inf") else None
    return {
        "agents": queue.agents, "needed": needed, "in_time": queue.service_level, "busy": queue.occupancy,
        "wait_chance": queue.wait_chance, "mean_wait": wait, "abandoned": queue.abandoned,
    }  # fmt: skip


def _mail(backlog: Backlog, needed: bool) -> dict[str, Any]:
    return asdict(backlog) | {"needed": needed}
