"""Outcomes, revenue and standings again, in plain loops over one customer at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

DAY = 86_400_000_000

Event = dict[str, Any]


def contract(events: list[Event], end: int, term: int, grace: int) -> list[tuple[int, bool, int]]:
    """Return a customer's decisions as (due, lost, known), from events sorted by time and then kind."""
    out: list[tuple[int, bool, int]] = []
    running: int | None = None  # when the contract ends
    state = "none"  # none, in, cancelled, lapsed
    for event in events:
        at, kind = event["at"], event["event"]
        if state == "in" and running is not None and at > running + grace:
            out.append((running, True, running + grace))
            state = "lapsed"
        if kind == "renewed":
            if state in ("none", "in"):
                out.append((min(running, at) if state == "in" else at, False, at))
            running, state = at + term, "in"
        elif kind == "cancelled":
            if state in ("none", "in"):
                out.append((min(running, at) if state == "in" else at, True, at))
            state = "cancelled"
        elif kind == "started":
            if state == "in" and at + term > running:
                out.append((min(running, at), False, at))
            running, state = at + term, "in"
    if state == "in" and running is not None and running + grace <= end:
        out.append((running, True, running + grace))
    return sorted(out)


def silent(times: list[int], end: int, span: int) -> list[int]:
    """Return when a customer was lost by inactivity."""
    out = []
    for number, at in enumerate(times):
        following = times[number + 1] if number + 1 < len(times) else end + 1
        if at + span < following:
            out.append(at + span)
    return out


def flows(paid: dict[str, list[Decimal]], number: int) -> dict[str, Decimal]:
    """Return where the revenue of a period came from and went, from what each customer paid in every period."""
    out = dict.fromkeys(("revenue", "before", "new", "returned", "expansion", "contraction", "lost"), Decimal(0))
    out |= {"base": Decimal(0), "gone": Decimal(0), "kept": Decimal(0)}
    for periods in paid.values():
        now, before = periods[number], periods[number - 1] if number else Decimal(0)
        out["revenue"] += now
        out["before"] += before
        if before > 0:
            out["base"] += 1
            out["kept"] += min(before, max(now, Decimal(0)))
            if now <= 0:
                out["gone"] += 1
                out["lost"] += before - now
            elif now > before:
                out["expansion"] += now - before
            else:
                out["contraction"] += before - now
        elif any(earlier > 0 for earlier in periods[:number]):
            out["returned"] += now - before
        else:
            out["new"] += now - before
    return out


def auc(p: list[float], lost: list[bool]) -> float:
    """Return the share of pairs in the right order, ties half."""
    rows = list(zip(p, lost, strict=True))
    pairs = [(a > b) + (a == b) / 2 for a, x in rows if x for b, y in rows if not y]
    return sum(pairs) / len(pairs)
