"""Stages over time in plain loops: what the kernels must find."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.sequences.worlds_over_time import STAGES, Row, by_customer

NONE = "(none)"


@dataclass
class Visit:
    """A visit: seconds until it was left, or so far."""

    customer: str
    stage: str
    tier: str
    seconds: int
    left: bool


def visits(world: list[Row]) -> list[Visit]:
    """Return all visits of stages."""
    end = max(row.at for row in world)
    found = []
    for customer, mine in by_customer(world).items():
        held: tuple[str, Row] | None = None
        for row in mine:
            if row.event not in STAGES or (held and held[0] == row.event):
                continue
            if held:
                found.append(Visit(customer, held[0], held[1].tier or NONE, row.at - held[1].at, True))
            held = (row.event, row)
        if held:
            found.append(Visit(customer, held[0], held[1].tier or NONE, end - held[1].at, False))
    return found


@dataclass
class Cell:
    """What `dwell` says of one stage and tier."""

    n: int = 0
    open: int = 0
    customers: set[str] = field(default_factory=set)
    finished: list[int] = field(default_factory=list)
    censored: list[int] = field(default_factory=list)


def dwell(world: list[Row], by: bool) -> dict[tuple[str, str], Cell]:
    """Return the visits per stage and tier."""
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    for visit in visits(world):
        cell = cells[visit.stage, visit.tier if by else ""]
        cell.n += 1
        cell.customers.add(visit.customer)
        (cell.finished if visit.left else cell.censored).append(visit.seconds)
        cell.open += not visit.left
    return cells


def waits(world: list[Row]) -> dict[str, list[tuple[str, str, int, bool, int]]]:
    """Return per stage: customer, tier, seconds till any later stage or so far, whether it came, seconds watched."""
    end = max(row.at for row in world)
    found: dict[str, list[tuple[str, str, int, bool, int]]] = defaultdict(list)
    for customer, mine in by_customer(world).items():
        for place, stage in enumerate(STAGES[:-1]):
            begin = next((i for i, row in enumerate(mine) if row.event == stage), None)
            if begin is None:
                continue
            later = next((row for row in mine[begin + 1 :] if row.event in STAGES[place + 1 :]), None)
            start = mine[begin]
            until = later.at if later else end
            found[stage].append((customer, start.tier or NONE, until - start.at, later is not None, end - start.at))
    return found


def between(world: list[Row], start: str, end: str) -> list[tuple[str, str, int, bool]]:
    """Return customer, tier, seconds from the first start till the first end after it, whether it came."""
    last = max(row.at for row in world)
    found = []
    for customer, mine in by_customer(world).items():
        begin = next((i for i, row in enumerate(mine) if row.event == start), None)
        if begin is None:
            continue
        later = next((row for row in mine[begin + 1 :] if row.event == end), None)
        found.append((customer, mine[begin].tier or NONE, (later.at if later else last) - mine[begin].at, bool(later)))
    return found


def kaplan_meier(waits: list[tuple[int, bool]], at: float) -> float:
    """Return the survival by a time, product by product."""
    survival = 1.0
    for time in sorted({seconds for seconds, ended in waits if ended and seconds <= at}):
        risk = sum(seconds >= time for seconds, _ in waits)
        died = sum(seconds == time and ended for seconds, ended in waits)
        survival *= 1 - died / risk
    return survival


def log_rank(one: list[tuple[int, bool]], other: list[tuple[int, bool]]) -> float:
    """Return the chi-squared of two groups, time by time."""
    excess = variance = 0.0
    for time in sorted({seconds for seconds, ended in (*one, *other) if ended}):
        n1, n2 = (sum(seconds >= time for seconds, _ in group) for group in (one, other))
        d1, d2 = (sum(seconds == time and ended for seconds, ended in group) for group in (one, other))
        n, d = n1 + n2, d1 + d2
        excess += d1 - d * n1 / n
        variance += d * (n - d) / (n - 1) * n1 / n * n2 / n if n > 1 else 0.0
    return excess**2 / variance if variance > 1e-12 else 0.0


def median(values: list[int]) -> float | None:
    """Return the median, None of nothing."""
    return statistics.median(values) if values else None


@dataclass
class Cohort:
    """Customers of one cohort, and per period what they did: customer to entries."""

    size: set[str] = field(default_factory=set)
    cells: dict[int, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))


def period_number(at: int, period: str, zone: str) -> int:
    """Return a number that grows by one from period to period."""
    day = datetime.fromtimestamp(at, ZoneInfo(zone)).date()
    if period == "month":
        return day.year * 12 + day.month
    return day.toordinal() if period == "day" else (day.toordinal() - 1) // 7


def cohorts(
    world: list[Row], first: str | None, returning: str | None, measure: str, period: str, zone: str, by: bool
) -> dict[tuple[int, str], Cohort]:
    """Return the cohorts, by number of the period and tier."""
    found: dict[tuple[int, str], Cohort] = defaultdict(Cohort)
    for customer, mine in by_customer(world).items():
        begin = next((i for i, row in enumerate(mine) if first in (None, row.event)), None)
        if begin is None:
            continue
        number = period_number(mine[begin].at, period, zone)
        cohort = found[number, (mine[begin].tier or NONE) if by else ""]
        cohort.size.add(customer)
        for row in mine[begin:]:
            entry = {"retention": 1.0, "score": row.s, "jsi": row.s, "revenue": row.value}[measure]
            if returning in (None, row.event) and entry is not None:
                cohort.cells[period_number(row.at, period, zone) - number][customer].append(float(entry))
    return found
