"""Automata run over everybody's journeys at once: one row of every customer at a time.

The loop goes over places in a journey, the longest first, so that it takes as many turns as the longest journey has
rows, and each turn is a few array operations over those that still go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from touchline.sequences import chains
from touchline.sequences.automaton import (
    Automaton,
    Symbols,
    Table,
    compiled,
    deterministic,
    enters,
    symbols,
)
from touchline.sequences.chains import chain_of
from touchline.sequences.pattern import Pattern
from touchline.sequences.steps import step
from touchline.warehouse.index.journeys import Bools, Ints, Journeys

_NEVER: Final = -(2**62)
_TIDY: Final = 2  # turns after which lanes that are over are taken out


@dataclass(frozen=True, slots=True)
class Matches:
    """The customers whose journey has a path, ascending, and where.

    Of the matches that end first, the one that begins first.

    Attributes:
        customer: Number of the customer.
        begin: Its first row.
        end: Its last row.
    """

    customer: Ints
    begin: Ints
    end: Ints


class _Machine(Protocol):
    """Goes one row further with each of the first lanes, and says where the pattern is complete."""

    def __call__(self, rows: Ints) -> Bools: ...

    def stuck(self, lanes: int) -> Bools:
        """Say which of the first lanes can never be complete any more."""

    def keep(self, lanes: Ints) -> None:
        """Go on with these lanes alone."""


class _Lookups:
    """A table, one lookup per row."""

    def __init__(self, table: Table, found: Symbols, lanes: int) -> None:
        self.table, self.of_row = table, found.of_row
        self.accepts = np.repeat(table.accepts, table.classes)
        self.dead = np.repeat(table.dead, table.classes)
        self.state = np.zeros(lanes, dtype=np.int64)

    def __call__(self, rows: Ints) -> Bools:
        held = self.table.next.take(self.state[: len(rows)] + self.of_row.take(rows))
        self.state[: len(rows)] = held
        found: Bools = self.accepts.take(held)
        return found

    def stuck(self, lanes: int) -> Bools:
        found: Bools = self.dead.take(self.state[:lanes])
        return found

    def keep(self, lanes: Ints) -> None:
        self.state = self.state[lanes]


class _Clocks:
    """States with the latest time at which each was entered: what was waited for within a time counts from there.

    The latest is the best: whatever an earlier clock allows, a later one does.
    """

    def __init__(self, automaton: Automaton, found: Symbols, at: Ints, lanes: int, anchored: bool) -> None:
        self.automaton, self.of_row, self.at = automaton, found.of_row, at
        self.allowed = enters(automaton, found.classes).T.copy()
        self.clock = np.full((len(automaton.atoms), lanes), _NEVER, dtype=np.int64)
        self.anchored, self.begun = anchored, False

    def __call__(self, rows: Ints) -> Bools:
        n = len(rows)
        now, symbol = self.at[rows], self.of_row[rows]
        entered = np.full((len(self.automaton.atoms), n), _NEVER, dtype=np.int64)
        allowed = self.allowed[:, symbol]
        for edge in self.automaton.edges:
            if edge.source < 0:
                if self.begun and self.anchored:
                    continue
                value, good = now, allowed[edge.target]
            else:
                held = self.clock[edge.source, :n]
                value, good = (held if edge.waits else now), (held > _NEVER) & allowed[edge.target]
                if edge.limit is not None:
                    good = good & (now - held <= edge.limit)
            np.maximum(entered[edge.target], np.where(good, value, _NEVER), out=entered[edge.target])
        self.begun = True
        self.clock[:, :n] = entered
        found: Bools = np.logical_or.reduce(entered[sorted(self.automaton.final)] > _NEVER, axis=0)
        return found

    def stuck(self, lanes: int) -> Bools:
        held: Bools = np.logical_and.reduce(self.clock[:, :lanes] == _NEVER, axis=0)
        return held if self.anchored else np.zeros(lanes, dtype=np.bool_)

    def keep(self, lanes: Ints) -> None:
        self.clock = self.clock[:, lanes]


@dataclass(frozen=True)
class _Run:
    """A pattern on some journeys.

    Attributes:
        journeys: Which.
        pattern: The pattern.
        automaton: Its automaton.
        tests: Which rows are each of its steps.
    """

    journeys: Journeys
    pattern: Pattern
    automaton: Automaton
    tests: list[Bools]

    @classmethod
    def of(cls, journeys: Journeys, pattern: Pattern) -> _Run:
        automaton = compiled(pattern)
        return cls(journeys, pattern, automaton, [step(journeys, text).rows for text in automaton.steps])

    def machine(self, *, backwards: bool, absorbing: bool) -> tuple[Symbols, Callable[[int], _Machine]]:
        """Return the classes of the rows, and what makes a machine for so many lanes."""
        anchored = backwards or self.pattern.at_start
        automaton = self.automaton.reversed() if backwards else self.automaton
        at = -self.journeys.at if backwards else self.journeys.at
        rows, timed = len(self.journeys), automaton.timed
        limits = () if timed else automaton.limits
        near: list[Bools] = []
        if limits:
            gap = np.diff(self.journeys.at)
            near = [np.append(gap <= limit, False) if backwards else np.append(False, gap <= limit) for limit in limits]
        found = symbols([*self.tests, *near], rows)
        table = None
        if not timed:
            table = deterministic(automaton, found.classes, limits, anchored=anchored, absorbing=absorbing)
        if table is None:
            return found, lambda lanes: _Clocks(automaton, found, at, lanes, anchored)
        made = table
        return found, lambda lanes: _Lookups(made, found, lanes)

    def lanes(self, found: Symbols) -> tuple[Ints, Ints, Ints]:
        """Return the customers in whose journey a match may begin, from which row on, and how many rows there are."""
        starts = self.journeys.starts
        customer, origin = np.arange(self.journeys.customers), starts[:-1]
        if not self.pattern.at_start:
            begins = [edge.target for edge in self.automaton.edges if edge.source < 0]
            may = np.flatnonzero(enters(self.automaton, found.classes)[:, begins].any(axis=1).take(found.of_row))
            new = _firsts(self.journeys, may)
            customer, origin = self.journeys.owner[may[new]].astype(np.int64), may[new]
        return customer, origin, starts[customer + 1] - origin

    def ends(self, *, everyone: bool) -> tuple[Ints, Ints]:
        """Return customers and rows where matches end: the first of each customer, or all."""
        until_found = not (everyone or self.pattern.at_end)
        found, make = self.machine(backwards=False, absorbing=until_found)
        customer, origin, length = self.lanes(found)
        parts = [np.zeros((2, 0), np.int64)]
        for lanes, rows, last in _walked(
            make, origin, length, step=1, until_found=not (everyone or self.pattern.at_end)
        ):
            kept = last if self.pattern.at_end else slice(None)
            parts.append(np.stack([customer[lanes[kept]], rows[kept]]))
        both = np.concatenate(parts, axis=1)
        order = np.lexsort((both[1], both[0]))
        return both[0, order], both[1, order]

    def begins(self, customer: Ints, end: Ints) -> Ints:
        """Return the first row from which a match reaches each end."""
        first = self.journeys.starts[customer]
        if self.pattern.at_start:
            return first
        _, make = self.machine(backwards=True, absorbing=False)
        begin = np.full(len(end), -1, dtype=np.int64)
        for lanes, rows, _ in _walked(make, end, end - first + 1, step=-1, until_found=False):
            begin[lanes] = rows
        return begin


def _walked(
    make: Callable[[int], _Machine], origin: Ints, length: Ints, *, step: int, until_found: bool
) -> Iterator[tuple[Ints, Ints, Bools]]:
    """Run a machine from each origin on, and yield where the pattern is complete: lanes, rows, is it a lane's last row?

    Args:
        make: Makes a machine for so many lanes.
        origin: The first row of each lane.
        length: How many rows it has.
        step: 1 forwards, -1 backwards.
        until_found: A lane is over once the pattern is complete.
    """
    lane = np.argsort(-length, kind="stable")
    row, length = origin[lane], length[lane]
    machine = make(len(lane))
    place = 0
    over = np.zeros(len(lane), dtype=np.bool_)
    while len(lane):
        active = int(np.searchsorted(-length, -place, side="left"))  # those longer than the place
        if active == 0:
            return
        lane, row, length, over = lane[:active], row[:active], length[:active], over[:active]
        hit = machine(row)
        if hit.any():
            new = np.flatnonzero(hit & ~over)
            yield lane[new], row[new], length[new] == place + 1
            if until_found:
                over |= hit
        row = row + step
        place += 1
        if place % _TIDY == 0:
            going = np.flatnonzero(~(over | machine.stuck(active)))
            if len(going) < 0.8 * active:
                lane, row, length, over = lane[going], row[going], length[going], over[going]
                machine.keep(going)


def matches(journeys: Journeys, pattern: Pattern) -> Matches:
    """Find a path in every journey.

    Raises:
        QuestionError: A step does not exist, or the pattern is too long or is there without any row.
    """
    if chain := chain_of(pattern):
        end, begin = chains.ends(journeys, chain)
        first = _firsts(journeys, end)
        return Matches(journeys.owner[end[first]].astype(np.int64), begin[first], end[first])
    run = _Run.of(journeys, pattern)
    customer, end = run.ends(everyone=False)
    return Matches(customer, run.begins(customer, end), end)


def _firsts(journeys: Journeys, rows: Ints) -> Bools:
    """Return which rows are the first of their customer."""
    owner = journeys.owner[rows]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = owner[1:] != owner[:-1]
    return new


def endings(journeys: Journeys, pattern: Pattern) -> Bools:
    """Return the rows at which a path is complete, shape (rows,); later matches too.

    Raises:
        QuestionError: As `matches`.
    """
    rows = np.zeros(len(journeys), dtype=np.bool_)
    chain = chain_of(pattern)
    rows[chains.ends(journeys, chain)[0] if chain else _Run.of(journeys, pattern).ends(everyone=True)[1]] = True
    return rows


def having(journeys: Journeys, pattern: Pattern) -> Bools:
    """Return whose journey has a path, shape (customers,).

    Raises:
        QuestionError: As `matches`.
    """
    there = np.zeros(journeys.customers, dtype=np.bool_)
    chain = chain_of(pattern)
    if chain:
        there[journeys.owner[chains.ends(journeys, chain)[0]]] = True
    else:
        there[_Run.of(journeys, pattern).ends(everyone=False)[0]] = True
    return there
