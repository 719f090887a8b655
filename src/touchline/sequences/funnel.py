"""How many come through a row of steps, how fast, and for whom it works less well."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import Figure, Filters
from touchline.sequences.attempts import Entry, Order, Reached, Rules, reached
from touchline.sequences.durations import Durations
from touchline.sequences.find import rows_of
from touchline.sequences.restricting import let_through
from touchline.sequences.spans import microseconds
from touchline.sequences.units import (
    CUSTOMER,
    NONE,
    Unit,
    by_account,
    by_session,
    check_unit,
    segment_names,
    segment_of,
)
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase


@dataclass(frozen=True, slots=True)
class Asked:
    """A funnel as it was asked for.

    Attributes:
        steps: The steps' texts.
        rules: What counts.
        exclude: Steps that end an attempt.
        unit: What is counted.
        gap: Of sessions, in microseconds.
        by: What it is split by; None for nothing.
        filters: Where an attempt may begin.
    """

    steps: tuple[str, ...]
    rules: Rules
    exclude: tuple[str, ...] = ()
    unit: Unit = "customer"
    gap: int = 0
    by: str | None = None
    filters: Filters = field(default_factory=Filters)


def asked(
    steps: tuple[str, ...],
    *,
    order: Order,
    window: str | None,
    step_window: str | None,
    exclude: tuple[str, ...],
    count_by: Unit,
    session_gap: str,
    by: str | None,
    entry: Entry,
    filters: Filters,
) -> Asked:
    """Read what a funnel is asked with.

    Raises:
        QuestionError: Under two steps, or a word or a span that cannot be read.
    """
    if len(steps) < 2:
        raise QuestionError(
            phrase("a funnel needs two steps or more"), todo=phrase("name them in order: visit order refund")
        )
    if order == "any" and len(set(steps)) < len(steps):
        raise QuestionError(
            phrase("in any order a step counts once"), where=", ".join(steps), todo=phrase("name each step once")
        )
    check_unit(count_by)
    rules = Rules(
        order=order,
        window=None if window is None else microseconds(window, "window"),
        step_window=None if step_window is None else microseconds(step_window, "step window"),
        entry=entry,
    )
    return Asked(tuple(steps), rules, tuple(exclude), count_by, microseconds(session_gap, "session gap"), by, filters)


@dataclass(frozen=True)
class FunnelCounts:
    """What a funnel counts, by group and step; adds up over slices of customers.

    Attributes:
        n: Units that reached the step, shape (groups, steps).
        closed: Of those, the ones whose first window is over.
        waiting: Units that reached the step before and not this, and whose window is still open.
        people: Customers behind ``n``.
        alike: Sums over customers of closed units that reached the step squared, times those that entered, and times
            those of the step before, shape (3, groups, steps).
        people_closed: Customers behind ``closed``.
        whole: Time from the first step, by group and step.
        between: Time from the step before.
    """

    n: Ints
    closed: Ints
    waiting: Ints
    people: Ints
    alike: Ints
    people_closed: Ints
    whole: Durations
    between: Durations

    def __add__(self, other: FunnelCounts) -> FunnelCounts:
        return FunnelCounts(
            self.n + other.n,
            self.closed + other.closed,
            self.waiting + other.waiting,
            self.people + other.people,
            self.alike + other.alike,
            self.people_closed + other.people_closed,
            self.whole + other.whole,
            self.between + other.between,
        )


def counted_in(journeys: Journeys, question: Asked) -> Journeys:
    """Return the journeys of what is counted, for those who count accounts: sessions are cut by the kernel."""
    return by_account(journeys) if question.unit == "account" else journeys


def follow(journeys: Journeys, question: Asked) -> tuple[Journeys, Reached, Coded | None]:
    """Return the units of a slice, how far they came, and what each row is split by.

    Raises:
        QuestionError: A step, a filter or a segment does not exist.
    """
    begins = let_through(journeys, question.filters) if question.filters != Filters() else None
    units = by_session(journeys, question.gap) if question.unit == "session" else journeys
    steps = [rows_of(units, text) for text in question.steps]
    excluded = None
    if question.exclude:
        excluded = np.logical_or.reduce([rows_of(units, text) for text in question.exclude])
    split = segment_of(units, question.by) if question.by else None
    return units, reached(units, steps, question.rules, begins, excluded), split


def group_of(found: Reached, split: Coded | None) -> Ints:
    """Return the number of each unit's group: its value where its attempt began, after 0 for none."""
    if split is None:
        return np.zeros(len(found.unit), dtype=np.int64)
    group: Ints = split.codes[found.rows[0]].astype(np.int64) + 1
    return group


def count(journeys: Journeys, question: Asked) -> FunnelCounts:
    """Count a funnel: the kernel.

    Args:
        journeys: A slice of whole customers (accounts).
        question: What is asked.
    """
    units, found, split = follow(journeys, question)
    groups, steps = (len(split.names) + 1 if split else 1), len(question.steps)
    group = group_of(found, split)
    cell = group * steps + found.depth - 1
    windowed = question.rules.horizon(steps) is not None
    n = _at_least(cell, groups, steps)
    closed = _at_least(cell[found.closed], groups, steps) if windowed else n
    waiting = np.bincount(cell[found.live] + 1, minlength=groups * steps).reshape(groups, steps)
    people, people_closed, alike = n, closed, np.zeros((3, groups, steps), dtype=np.int64)
    if question.unit == "account":
        many = _people_of_accounts(units)[found.unit]
        people, people_closed = (_at_least(cell.repeat(x), groups, steps) for x in (many, many * found.closed))
    elif question.unit == "session":
        people, _ = _alike(units, found, group, np.ones_like(found.closed), n.shape)
        people_closed, alike = _alike(units, found, group, found.closed, n.shape)
    whole, between = Durations(), Durations()
    there, begun = np.arange(len(group)), units.at.take(found.rows[0])
    before = begun
    for step in range(1, steps):  # everyone of a step did those before
        going = np.flatnonzero(found.depth.take(there) > step)
        there, begun, before = there.take(going), begun.take(going), before.take(going)
        here = units.at.take(found.rows[step].take(there))
        at = group.take(there) * steps + step if split else step
        whole, between = whole + Durations.of(at, here - begun), between + Durations.of(at, here - before)
        before = here
    return FunnelCounts(n, closed, waiting, people, alike, people_closed, whole, between)


def _at_least(cell: Ints, groups: int, steps: int) -> Ints:
    """Count who reached each step, of the group and the last step of each: who came further did those before."""
    exact = np.bincount(cell, minlength=groups * steps).reshape(groups, steps)
    summed: Ints = np.cumsum(exact[:, ::-1], axis=1)[:, ::-1]
    return summed


def _people_of_accounts(units: Journeys) -> Ints:
    """Return how many customers each account has."""
    key = units.numbers(CUSTOMER)
    order = np.lexsort((key, units.owner))
    new = np.ones(len(key), dtype=np.bool_)
    new[1:] = (key[order][1:] != key[order][:-1]) | (units.owner[order][1:] != units.owner[order][:-1])
    return np.bincount(units.owner[order][new], minlength=units.customers).astype(np.int64)


def _alike(units: Journeys, found: Reached, group: Ints, counts: Bools, shape: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return the customers behind each cell, and the sums of squares and products of their sessions."""
    groups, steps = shape
    key = units.keys[found.unit][counts]
    pair, index = np.unique(np.stack([key, group[counts]], axis=1), axis=0, return_inverse=True)
    exact = np.bincount(index.ravel() * steps + found.depth[counts] - 1, minlength=len(pair) * steps)
    mine = np.cumsum(exact.reshape(len(pair), steps)[:, ::-1], axis=1)[:, ::-1].astype(np.int64)
    before = np.concatenate([mine[:, :1], mine[:, :-1]], axis=1)
    people = np.zeros((groups, steps), dtype=np.int64)
    np.add.at(people, pair[:, 1], mine > 0)
    products = np.zeros((3, groups, steps), dtype=np.int64)
    for number, other in enumerate((mine, mine[:, :1], before)):
        np.add.at(products[number], pair[:, 1], mine * other)
    return people, products


def funnel(journeys: Journeys, question: Asked) -> Figure:
    """Answer how many come through.

    Args:
        journeys: Everybody's, whole.
        question: What is asked.

    Returns:
        One row per step, and per value of ``by``. Rates with their 95 % interval are over the units whose window is
        over (``closed``): those that began later had less time. `docs/journeys.md` tells every column.
    """
    from touchline.sequences.funnel_table import figure

    units = counted_in(journeys, question)
    counts = units.counted(partial(count, question=question), operator.add)
    names = (NONE, *segment_names(units, question.by)) if question.by else None
    return figure(counts, question, names, partial(_behind, units, question))


def _behind(units: Journeys, question: Asked, group: int | None, step: int) -> Ints:
    """Return the customers that reached a step, of one group or of all."""
    whole, found, split = follow(units, question)
    there = found.depth > step
    if group is not None:
        there &= group_of(found, split) == group
    if question.unit == "account":
        member = np.zeros(whole.customers, dtype=np.bool_)
        member[found.unit[there]] = True
        return np.unique(whole.numbers(CUSTOMER)[member[whole.owner]]).astype(np.int64)
    return np.unique(whole.keys[found.unit[there]])
