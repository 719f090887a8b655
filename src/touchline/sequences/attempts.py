"""How far customers come through the steps of a funnel: the rules, and who reached what at which row.

An *attempt* begins at every row of the first step, and takes for each further step the first row that may be it. The
attempt of a customer that counts is the one that comes furthest, of those the first. A window, an excluded step or
another row in between (``strict``) ends an attempt; the next may still get there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from touchline.errors import QuestionError
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase

Order = Literal["ordered", "strict", "any"]
Entry = Literal["first", "any"]
ORDERS: Final[tuple[Order, ...]] = ("ordered", "strict", "any")
ENTRIES: Final[tuple[Entry, ...]] = ("any", "first")

_FAR: Final = np.iinfo(np.int64).max
_PLACES: Final = 40  # bits for the number of an attempt


@dataclass(frozen=True, slots=True)
class Rules:
    """What a funnel asks for.

    Attributes:
        order: Steps in order with anything in between, directly after each other, or in any order.
        window: Microseconds from the first step to each further one; None for no limit.
        step_window: Microseconds from a step to the next one.
        entry: May a later attempt count, or only the customer's first?
    """

    order: Order = "ordered"
    window: int | None = None
    step_window: int | None = None
    entry: Entry = "any"

    def __post_init__(self) -> None:
        for value, known, what in ((self.order, ORDERS, "order"), (self.entry, ENTRIES, "entry")):
            if value not in known:
                raise QuestionError(
                    phrase("there is no {what} {value}", what=what, value=repr(value)),
                    todo=phrase("use {listed}", listed=", ".join(known)),
                )

    def horizon(self, steps: int) -> int | None:
        """Return how long after it began the longest attempt is over, in microseconds; None for never."""
        ends = [] if self.window is None else [self.window]
        ends += [] if self.step_window is None else [self.step_window * (steps - 1)]
        return min(ends) if ends else None


@dataclass(frozen=True, slots=True)
class Reached:
    """How far each customer (account, session) that entered came; one entry each, ascending.

    Attributes:
        unit: Which customer.
        rows: The row of each step, -1 where it was not reached, shape (steps, entered). In any order, the row of the
            n-th step that was done.
        depth: Steps reached, 1 at least.
        closed: Is a whole window over since the first attempt began? (Always without a window.)
        live: May an attempt still come further after the end of the data? (Never without a window.)
    """

    unit: Ints
    rows: Ints
    depth: Ints
    closed: Bools
    live: Bools


def reached(
    journeys: Journeys, steps: list[Bools], rules: Rules, begins: Bools | None, excluded: Bools | None
) -> Reached:
    """Find how far everyone comes.

    Args:
        journeys: What they did.
        steps: Rows of each step, each of shape (rows,).
        rules: What counts.
        begins: Where an attempt may begin, shape (rows,); None for anywhere.
        excluded: Rows that end an attempt; None for none.
    """
    places = [np.flatnonzero(rows) for rows in steps]
    start = np.flatnonzero(np.logical_or.reduce(steps)) if rules.order == "any" else places[0]
    if begins is not None:
        start = start[begins[start]]
    unit = journeys.owner.take(start)
    begin = np.flatnonzero(np.append(True, unit[1:] != unit[:-1])[: len(unit)])  # where each unit's attempts do
    earliest = start.take(begin)
    if rules.entry == "first" or _first_is_best(rules, excluded):
        start, unit, begin = earliest, unit.take(begin), np.arange(len(begin))
    end = journeys.starts[1:].take(unit)
    limit = end if excluded is None else np.minimum(end, _next(np.flatnonzero(excluded), start))
    follow = {"ordered": _ordered, "strict": _strict, "any": _any_order}[rules.order]
    rows = follow(journeys, places, steps, rules, start, limit)
    depth = np.add.reduce(rows >= 0, axis=0, dtype=np.int16).astype(np.int64)

    horizon, last = rules.horizon(len(steps)), journeys.observed[1]
    closed = np.ones(len(begin), dtype=np.bool_)
    live = np.zeros(len(begin), dtype=np.bool_)
    if horizon is not None and len(begin):
        closed = journeys.at.take(earliest) + horizon <= last
        going = np.zeros(len(start), dtype=np.bool_)
        late = np.flatnonzero((journeys.at.take(start) > last - horizon) & (limit == end))  # the others' time is over
        going[late] = _live(journeys, rules, end[late], rows[:, late], depth[late])
        live = np.logical_or.reduceat(going, begin)
    if len(begin) < len(start):
        # The deepest attempt of each unit, of those the first.
        best = -np.maximum.reduceat((depth << _PLACES) - np.arange(len(depth)), begin) & ((1 << _PLACES) - 1)
        unit, rows, depth = unit.take(best), rows.take(best, axis=1), depth.take(best)
    return Reached(unit=unit.astype(np.int64), rows=rows, depth=depth, closed=closed, live=live & (depth < len(steps)))


def _first_is_best(rules: Rules, excluded: Bools | None) -> bool:
    """Can no later attempt come further than the first?"""
    return rules.order != "strict" and rules.window is None and rules.step_window is None and excluded is None


def _next(places: Ints, after: Ints, side: Literal["left", "right"] = "right") -> Ints:
    """Return the first of some places that comes after each row (``left``: or is it); `_FAR` where there is none."""
    return np.append(places, _FAR)[np.searchsorted(places, after, side=side)]


def _ordered(journeys: Journeys, places: list[Ints], _: list[Bools], rules: Rules, start: Ints, limit: Ints) -> Ints:
    rows = np.full((len(places), len(start)), -1, dtype=np.int64)
    rows[0] = start
    alive, here = np.arange(len(start)), start
    for number, place in enumerate(places[1:], 1):
        found = _next(place, here)
        good = found < limit
        if rules.window is not None or rules.step_window is not None:
            at = journeys.at.take(found, mode="clip")
            if rules.window is not None:
                good &= at - journeys.at.take(start.take(alive)) <= rules.window
            if rules.step_window is not None:
                good &= at - journeys.at.take(here) <= rules.step_window
        going = np.flatnonzero(good)
        alive, found, limit = alive.take(going), found.take(going), limit.take(going)
        rows[number, alive] = here = found
    return rows


def _strict(journeys: Journeys, places: list[Ints], steps: list[Bools], rules: Rules, start: Ints, limit: Ints) -> Ints:
    rows = np.full((len(places), len(start)), -1, dtype=np.int64)
    rows[0] = start
    alive = np.arange(len(start))
    for number, step in enumerate(steps[1:], 1):
        alive = alive[start[alive] + number < limit[alive]]
        found = start[alive] + number
        going = step[found]
        if rules.window is not None:
            going = going & (journeys.at[found] - journeys.at[start[alive]] <= rules.window)
        if rules.step_window is not None:
            going = going & (journeys.at[found] - journeys.at[found - 1] <= rules.step_window)
        alive = alive[going]
        rows[number, alive] = found[going]
    return rows


def _any_order(journeys: Journeys, places: list[Ints], _: list[Bools], rules: Rules, start: Ints, limit: Ints) -> Ints:
    found = np.stack([_next(place, start, side="left") for place in places])
    found = np.sort(np.where(found < limit, found, _FAR), axis=0)
    good = found < _FAR
    at = journeys.at[np.where(good, found, 0)]
    if rules.window is not None:
        good &= at - at[:1] <= rules.window
    if rules.step_window is not None:
        good[1:] &= np.diff(at, axis=0) <= rules.step_window
        good = np.logical_and.accumulate(good, axis=0)
    return np.where(good, found, -1)


def _live(journeys: Journeys, rules: Rules, end: Ints, rows: Ints, depth: Ints) -> Bools:
    """May attempts that nothing has broken still come further after the end of the data?"""
    last = rows[depth - 1, np.arange(len(end))]
    deadline = np.full(len(end), _FAR)
    if rules.window is not None:
        deadline = np.minimum(deadline, journeys.at[rows[0]] + rules.window)
    if rules.step_window is not None:
        deadline = np.minimum(deadline, journeys.at[last] + rules.step_window)
    going: Bools = (depth < len(rows)) & (deadline > journeys.observed[1])
    return going & (last == end - 1) if rules.order == "strict" else going
