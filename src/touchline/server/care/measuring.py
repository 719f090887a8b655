"""How recovery goes: what is open and late, how long it takes, and how often it succeeds; by cause, team and stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from touchline.server.care.changing import pauses_of
from touchline.server.care.clocks import Calendar, elapsed
from touchline.server.care.hours import calendar
from touchline.server.care.models import Case
from touchline.server.care.seeing import visible
from touchline.server.care.words import OPEN, OUTCOMES

if TYPE_CHECKING:
    from touchline.server.people.facade import Access

#: What a case is told apart by.
BY: Final[dict[str, Callable[[Case], str]]] = {
    "cause": lambda case: case.root_cause or case.theme,
    "team": lambda case: case.team,
    "stage": lambda case: case.stage,
    "owner": lambda case: str(case.owner) if case.owner else "",
    "priority": lambda case: case.priority,
    "source": lambda case: case.play or case.source,
}
#: Under so many closed cases a share says little; pages say so.
LOW_N: Final = 30
_WEEKS: Final = 12


def metrics(
    workspace: str,
    access: Access,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return how recovery goes.

    What is open and late is told as of now; the rest of cases that were opened or closed within the period. Merged
    cases count once, as the one that they became part of.

    Args:
        workspace: The workspace's slug.
        access: Who asks; one who may see some segments gets theirs.
        since: From when on; None for ever.
        until: Until when; None until now.
        now: The present moment.

    Returns:
        ``open``, ``overdue``, ``waiting``, ``unassigned``, ``escalated``, ``opened``, ``closed``; ``first_touch`` and
        ``to_close`` with n, median and p90 in seconds of the clock and in ``business`` seconds; ``in_time`` and
        ``recovered``, shares with n and their 95 % interval (Wilson); ``outcomes``, how many ended how; ``by``, the
        same by cause, team, stage, owner, priority and source; ``weeks``, opened and closed in each of the last weeks.
    """
    moment = now or timezone.now()
    rows = visible(Case.objects.filter(workspace=workspace, merged_into=None), access).select_related("owner")
    every = list(rows)
    hours = calendar(workspace)
    told = _told(every, since, until or moment, moment, hours)
    told["by"] = {}
    for name, of in BY.items():
        groups: dict[str, list[Case]] = {}
        for case in every:
            groups.setdefault(of(case), []).append(case)
        made = [
            {"name": key or None, **_told(group, since, until or moment, moment, hours)}
            for key, group in groups.items()
        ]
        told["by"][name] = sorted(made, key=lambda row: (-row["open"], -row["opened"], row["name"] or "~"))
    told["weeks"] = _weeks(every, moment)
    return told


def _told(
    every: Sequence[Case], since: datetime | None, until: datetime, now: datetime, hours: Calendar
) -> dict[str, Any]:
    def within(at: datetime | None) -> bool:
        return at is not None and (since is None or at >= since) and at <= until

    is_open = [case for case in every if case.status in OPEN]
    opened = [case for case in every if within(case.opened_at)]
    closed = [case for case in every if case.status == "closed" and within(case.closed_at)]
    outcomes = {name: sum(case.outcome == name for case in closed) for name in OUTCOMES}
    timed = [case for case in closed if case.due_at is not None and case.resolved_at is not None]
    return {
        "open": len(is_open),
        "overdue": sum(case.is_late(now) for case in is_open),
        "waiting": sum(case.status == "waiting" for case in is_open),
        "unassigned": sum(case.owner_id is None for case in is_open),
        "escalated": sum(case.escalated_at is not None for case in is_open),
        "opened": len(opened),
        "closed": len(closed),
        "first_touch": _spans([(case, case.touched_at) for case in opened if case.touched_at], hours, pauses=False),
        "to_close": _spans([(case, case.closed_at) for case in closed if case.closed_at], hours, pauses=True),
        "in_time": _share(sum(_in_time(case) for case in timed), len(timed)),
        "recovered": _share(outcomes["recovered"], sum(outcomes.values())),
        "outcomes": outcomes,
    }


def _in_time(case: Case) -> bool:
    assert case.resolved_at is not None and case.due_at is not None  # noqa: S101, PT018  chosen so
    return case.resolved_at <= case.due_at


def _spans(pairs: Sequence[tuple[Case, datetime]], hours: Calendar, *, pauses: bool) -> dict[str, Any]:
    """Return the median and the 90th percentile of times since the opening."""
    clock = [(at - case.opened_at).total_seconds() for case, at in pairs]
    worked = [
        elapsed(case.opened_at, at, hours, pauses_of(case) if pauses else (), "business hours").total_seconds()
        for case, at in pairs
    ]
    return {
        "n": len(pairs), "median": _quantile(clock, 0.5), "p90": _quantile(clock, 0.9),
        "business": {"median": _quantile(worked, 0.5), "p90": _quantile(worked, 0.9)},
    }  # fmt: skip


def _quantile(values: Sequence[float], at: float) -> float | None:
    if not values:
        return None
    import numpy as np

    return round(float(np.quantile(values, at)), 1)


def _share(hits: int, n: int) -> dict[str, Any]:
    if not n:
        return {"share": None, "low": None, "high": None, "n": 0, "low_n": True}
    from touchline.scores.intervals import wilson

    share, low, high = (float(one) for one in wilson(hits, n))
    return {"share": share, "low": low, "high": high, "n": n, "low_n": n < LOW_N}


def _weeks(every: Sequence[Case], now: datetime) -> list[dict[str, Any]]:
    made = []
    for back in range(_WEEKS - 1, -1, -1):
        until = now - timedelta(weeks=back)
        since = until - timedelta(weeks=1)
        made.append({
            "since": since.isoformat(),
            "opened": sum(since < case.opened_at <= until for case in every),
            "closed": sum(case.closed_at is not None and since < case.closed_at <= until for case in every),
            "open": sum(case.opened_at <= until and not (case.closed_at and case.closed_at <= until) for case in every),
        })  # fmt: skip
    return made
