"""How long customers take from one step to another, or from a stage to any later one: exact counts, censored ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.sequences.exact import Exact
from touchline.sequences.grouping import group_codes, group_names
from touchline.sequences.restricting import let_through
from touchline.sequences.steps import step
from touchline.sequences.visits import SECOND, first_of, following
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from touchline.sequences.kaplan_meier import Counted
    from touchline.warehouse.index.journeys import Ints, Journeys


@dataclass(frozen=True, slots=True)
class Waits:
    """One entry per customer and start.

    Attributes:
        owner: Number of the customer.
        row: Where the customer began.
        start: Which start: the number of the stage, 0 where there is one start only.
        group: Number of the group that the customer was in then.
        seconds: Until the end; while it has not come, until the data end.
        ended: Has it come?
        watched: Seconds from the start until the data end.
    """

    owner: Ints
    row: Ints
    start: Ints
    group: Ints
    seconds: Ints
    ended: Ints
    watched: Ints


def between(journeys: Journeys, start: str, end: str, by: str | None, filters: Filters) -> Waits:
    """Return each customer's first start, if filters let it through, till the first end after it."""
    begins = first_of(np.flatnonzero(step(journeys, start).rows), journeys.owner)
    begins = begins[let_through(journeys, filters)[begins]]
    owner = journeys.owner[begins].astype(np.int64)
    ends = following(begins, np.flatnonzero(step(journeys, end).rows), journeys.starts, owner)
    return _waits(journeys, by, begins, owner, ends, np.zeros(len(begins), np.int64))


def to_next_stage(journeys: Journeys, by: str | None, filters: Filters) -> Waits:
    """Return, for every progress stage but the last, each customer's first entry of it till any later stage.

    Entries count when filters let their row through.

    Raises:
        QuestionError: The journeys have no stages in an order.
    """
    if len(journeys.stages) < 2 or "stage" not in journeys.columns:
        raise QuestionError(
            phrase("there are no stages in an order to go on to"),
            todo=phrase("name a start and an end, or give the stages: touchline.read_events(..., stages=(...))"),
        )
    place = {name: number for number, name in enumerate(journeys.stages)}
    coded, owners = journeys.coded("stage"), journeys.owner
    # A stage that the order does not know lies before all, as does a row without one: it is no progress.
    table = np.array([*(place.get(name, -1) for name in coded.names), -1], dtype=np.int16)
    rank = table.take(coded.codes, mode="wrap")
    allowed = None if filters == Filters() else let_through(journeys, filters)
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for number in range(len(journeys.stages) - 1):
        begins = first_of(np.flatnonzero(rank == number), owners)
        begins = begins if allowed is None else begins[allowed[begins]]
        owner = owners.take(begins).astype(np.int64)
        ends = following(begins, np.flatnonzero(rank > number), journeys.starts, owner)
        parts.append((begins, owner, ends, np.full(len(begins), number, dtype=np.int64)))
    begins, owner, ends, start = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return _waits(journeys, by, begins, owner, ends, start)


def _waits(journeys: Journeys, by: str | None, begins: Ints, owner: Ints, ends: Ints, start: Ints) -> Waits:
    ended = ends >= 0
    began = journeys.at[begins]
    until = np.where(ended, journeys.at[ends], journeys.observed[1]) if len(journeys) else began
    return Waits(
        owner=owner,
        row=begins,
        start=start,
        group=group_codes(journeys, by, begins),
        seconds=(until - began) // SECOND,
        ended=ended.astype(np.int64),
        watched=(journeys.observed[1] - began) // SECOND,
    )


@dataclass(frozen=True, slots=True)
class Waited:
    """Exact counts of seconds, in cells of (group, start, ended or not); merges by adding.

    Attributes:
        counted: The counts.
        starts: How many starts there are.
        groups: How many groups.
    """

    counted: Exact
    starts: int
    groups: int

    def __add__(self, other: Waited) -> Waited:
        """Return both."""
        return Waited(self.counted + other.counted, self.starts, self.groups)

    def of(self, start: int, group: int | None = None) -> tuple[Counted, Counted]:
        """Return the seconds of those who ended and of those who did not; of all groups without one."""
        return self.among(start, range(self.groups) if group is None else (group,))

    def among(self, start: int, groups: Iterable[int]) -> tuple[Counted, Counted]:
        """Return the same of several groups together."""
        cells = [(g * self.starts + start) * 2 for g in groups]
        return self.counted.of_cells([cell + 1 for cell in cells]), self.counted.of_cells(cells)


def waited(journeys: Journeys, start: str | None, end: str | None, by: str | None, filters: Filters) -> Waited:
    """Count how long customers take: the kernel of `survival` and of the typical time in `dropoff`.

    Args:
        journeys: A slice of whole customers.
        start: The step that begins; None for every progress stage.
        end: The step that ends; None, with no start, for any later stage.
        by: What to break it down by.
        filters: Which starts count.
    """
    found = waits(journeys, start, end, by, filters)
    starts = 1 if start is not None else len(journeys.stages) - 1
    cells = (found.group * starts + found.start) * 2 + found.ended
    return Waited(Exact.of(cells, found.seconds), starts, len(group_names(journeys, by)))


def waits(journeys: Journeys, start: str | None, end: str | None, by: str | None, filters: Filters) -> Waits:
    """Return `between` two steps, or `to_next_stage` without them."""
    if start is None or end is None:
        return to_next_stage(journeys, by, filters)
    return between(journeys, start, end, by, filters)
