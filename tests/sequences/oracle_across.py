"""Compounding, grievances and effort in plain loops."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.sequences.worlds import STAGES, Row, journeys_in


def compounding(rows: list[Row], a: str, b: str) -> Counter[tuple[bool, bool]]:
    """Customers by negative at a, negative at b."""
    found: Counter[tuple[bool, bool]] = Counter()
    for mine in journeys_in(rows).values():
        scored = [row for row in mine if row.about is not None and row.s is not None]
        first = next((n for n, row in enumerate(scored) if row.about == a), None)
        if first is None:
            continue
        cut = next((n for n, row in enumerate(scored) if n > first and row.about == b), None)
        if cut is None:
            continue
        at_a = any(row.about == a and row.s == -1 for row in scored[:cut])
        at_b = any(row.about == b and row.s == -1 for row in scored[cut:])
        found[at_a, at_b] += 1
    return found


def enters(mine: list[Row], stage: str) -> list[int]:
    """Where a customer enters a stage."""
    held, found = None, []
    for n, row in enumerate(mine):
        if row.event in STAGES:
            if row.event == stage and held != stage:
                found.append(n)
            held = row.event
    return found


def grievances(
    rows: list[Row], lost: Callable[[Row], bool] | None, kept: Callable[[Row], bool] | None, window: timedelta,
    until: datetime,
) -> Counter[tuple[int, str]]:  # fmt: skip
    """Customers by grievances and how it ended."""
    found: Counter[tuple[int, str]] = Counter()
    for mine in journeys_in(rows).values():
        entries = enters(mine, "renewal")
        if not entries:
            continue
        came = entries[0]
        open_ = 0
        for n, row in enumerate(mine[:came]):
            righted = any(o.about == row.about and o.s is not None and o.s >= 0 for o in mine[n + 1 : came])
            open_ += row.s == -1 and not righted
        end = ""
        for row in mine[came:]:
            if row.time > mine[came].time + window:
                break
            if kept is not None and kept(row):
                end = "kept"
                break
            if lost is not None and lost(row):
                end = "lost"
                break
        if not end and mine[came].time + window > until:
            end = "open"
        found[open_, end or ("lost" if kept is not None else "kept")] += 1
    return found


def effort(rows: list[Row]) -> list[dict[str, float]]:
    """Contacts, channels, hand-overs, repeats and seconds of every journey from trial to renewal."""
    found = []
    soon = timedelta(days=14)
    for mine in journeys_in(rows).values():
        first = next((n for n, row in enumerate(mine) if row.event in STAGES), None)
        last = None if first is None else next((n for n in enters(mine, "renewal") if n > first), None)
        if first is None or last is None:
            continue
        journey = mine[first : last + 1]
        with_agent = [row for row in journey if row.agent]
        handovers = sum(
            two.agent != one.agent and two.time - one.time <= soon for one, two in itertools.pairwise(with_agent)
        )
        repeats = 0
        for theme in {row.theme for row in journey if row.theme}:
            told = [row for row in journey if row.theme == theme]
            for one, two in itertools.pairwise(told):
                other = bool(one.channel and two.channel and one.channel != two.channel)
                other |= bool(one.agent and two.agent and one.agent != two.agent)
                repeats += two.time - one.time <= soon and other
        found.append({
            "contacts": len(journey), "channels": len({row.channel for row in journey if row.channel}),
            "handovers": handovers, "repeats": repeats,
            "elapsed_days": (journey[-1].time - journey[0].time) / timedelta(days=1),
        })  # fmt: skip
    return found
