"""Automata run over everybody's journeys at once: one row of every customer at a time.

The loop goes over places in a journey, the longest first, so that it takes as many turns as the longest journey has
rows, and each turn is a few array operations over those that still go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from touchline.sequences.automaton import (
    Automaton,
    Symbols,
    Table,
    compiled,
    deterministic,
    enters,
    symbols,
)
from touchline.sequences.pattern import Pattern
from touchline.sequences.steps import step
from touchline.warehouse.index.journeys import Bools, Ints, Journeys

_NEVER: Final = -(2**62)


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


class _Lookups:
    """A table, one lookup per row."""

    def __init__(self, table: Table, found: Symbols, lanes: int) -> None:
        self.table, self.of_row = table, found.of_row
        self.accepts = np.repeat(table.accepts, table.classes)
        self.state = np.zeros(lanes, dtype=np.int64)

    def __call__(self, rows: Ints) -> Bools:
        held = self.table.next.take(self.state[: len(rows)] + self.of_row.take(rows))
        self.state[: len(rows)] = held
        found: Bools = self.accepts.take(held)
        return found


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
            owner = self.journeys.owner[may]
            new = np.ones(len(may), dtype=np.bool_)
            new[1:] = owner[1:] != owner[:-1]
            customer, origin = owner[new].astype(np.int64), may[new]
        return customer, origin, starts[customer + 1] - origin

    def ends(self, *, everyone: bool) -> tuple[Ints, Ints]:
        """Return customers and rows where matches end: the first of each customer, or all."""
        found, make = self.machine(backwards=False, absorbing=not (everyone or self.pattern.at_end))
        customer, origin, length = self.lanes(found)
        order = np.argsort(-length, kind="stable")
        customer, origin, length = customer[order], origin[order], length[order]
        machine, parts = make(len(order)), []
        end = np.full(len(order), -1, dtype=np.int64)
        for place, active, last in _turns(length):
            hit = machine(origin[:active] + place)
            if self.pattern.at_end:
                hit = np.append(np.zeros(last, dtype=np.bool_), hit[last:])
            if everyone:
                parts.append(np.stack([customer[:active][hit], origin[:active][hit] + place]))
            else:
                new = np.flatnonzero(hit & (end[:active] < 0))
                end[new] = origin[new] + place
        if everyone:
            both = np.concatenate([np.zeros((2, 0), np.int64), *parts], axis=1)
            return both[0], both[1]
        there = end >= 0
        back = np.argsort(customer[there])
        return customer[there][back], end[there][back]

    def begins(self, customer: Ints, end: Ints) -> Ints:
        """Return the first row from which a match reaches each end."""
        first = self.journeys.starts[customer]
        if self.pattern.at_start:
            return first
        _, make = self.machine(backwards=True, absorbing=False)
        order = np.argsort(first - end, kind="stable")
        origin, length = end[order], (end - first + 1)[order]
        machine = make(len(order))
        begin = np.full(len(order), -1, dtype=np.int64)
        for place, active, _ in _turns(length):
            hit = np.flatnonzero(machine(origin[:active] - place))
            begin[hit] = origin[hit] - place
        found = np.empty(len(order), dtype=np.int64)
        found[order] = begin
        return found


def _turns(length: Ints) -> Iterator[tuple[int, int, int]]:
    """Yield each place with how many lanes have it, and how many of those go on, for lengths in falling order."""
    longest = int(length[0]) if len(length) else 0
    active = len(length) - np.searchsorted(length[::-1], np.arange(longest + 1), side="right")
    for place in range(longest):
        yield place, int(active[place]), int(active[place + 1])


def matches(journeys: Journeys, pattern: Pattern) -> Matches:
    """Find a path in every journey.

    Raises:
        QuestionError: A step does not exist, or the pattern is too long or is there without any row.
    """
    run = _Run.of(journeys, pattern)
    customer, end = run.ends(everyone=False)
    return Matches(customer, run.begins(customer, end), end)


def endings(journeys: Journeys, pattern: Pattern) -> Bools:
    """Return the rows at which a path is complete, shape (rows,); later matches too.

    Raises:
        QuestionError: As `matches`.
    """
    rows = np.zeros(len(journeys), dtype=np.bool_)
    rows[_Run.of(journeys, pattern).ends(everyone=True)[1]] = True
    return rows


def having(journeys: Journeys, pattern: Pattern) -> Bools:
    """Return whose journey has a path, shape (customers,).

    Raises:
        QuestionError: As `matches`.
    """
    there = np.zeros(journeys.customers, dtype=np.bool_)
    there[_Run.of(journeys, pattern).ends(everyone=False)[0]] = True
    return there
