"""Paths: the touches before each conversion, and those that led nowhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from touchline.sequences.attribution.asked import Asked
from touchline.sequences.grouping import group_codes
from touchline.sequences.happening import happenings
from touchline.sequences.restricting import let_through
from touchline.sequences.signs import signs
from touchline.sequences.steps import step
from touchline.warehouse.index.journeys import NO_SIGN, Bools, Floats, Ints, Journeys


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths in order of customer and time, their touches one after the other.

    Attributes:
        code: Each touch's name as a code, shape (touches,).
        at: When, microseconds, shape (touches,).
        who: Number of each touch's customer, shape (touches,).
        start: Where each path's touches begin, and the number of touches, shape (paths + 1,).
        owner: Number of each path's customer, shape (paths,).
        converts: Does it end in a conversion? shape (paths,).
        value: What is credited: 1, a value, or a change of s; 0 for a path that leads nowhere. Shape (paths,).
        group: Number of its group, shape (paths,).
        bare_owner: Customers of conversions that no touch went before, shape (bare,).
        bare_value: Their values.
        bare_group: Their groups.
        unvalued: Conversions without a value: they count as 0.
        unfinished: Paths without a conversion that the window would still let convert when the data end.
    """

    code: Ints
    at: Ints
    who: npt.NDArray[np.int32]
    start: Ints
    owner: Ints
    converts: Bools
    value: Floats
    group: Ints
    bare_owner: Ints
    bare_value: Floats
    bare_group: Ints
    unvalued: int
    unfinished: int

    @property
    def length(self) -> Ints:
        """Touches of each path, shape (paths,)."""
        return np.diff(self.start)


def paths(journeys: Journeys, asked: Asked) -> Paths:
    """Return the paths of whole customers.

    A path ends with its conversion, and the next begins after it. A touch longer before its conversion than the
    window belongs to a path of its own that led nowhere.

    Raises:
        QuestionError: A step, a column or a segment that does not exist.
    """
    codes = journeys.coded(asked.of).codes
    ends = _ends(journeys, asked)
    touch = codes >= 0
    if not asked.of_scores:
        touch &= ~ends
    if asked.touches is not None:
        touch &= step(journeys, asked.touches).rows
    end = np.flatnonzero(ends)
    row = np.flatnonzero(touch)
    place = np.cumsum(ends, dtype=np.int32)[row]
    if asked.of_scores:
        place -= ends[row]  # what is scored belongs to the path that it ends
    owner = journeys.owner[row]
    at = journeys.at[row]
    converts = np.append(journeys.owner[end], np.int32(-1))[place] == owner
    if asked.window is not None:
        converts &= np.append(journeys.at[end], 0)[place] - at <= asked.window
    new = np.ones(len(row) + 1, dtype=np.bool_)
    new[1:-1] = (place[1:] != place[:-1]) | (owner[1:] != owner[:-1])
    if asked.window is not None:
        new[1:-1] |= converts[1:] != converts[:-1]
    start = np.flatnonzero(new)
    first = start[:-1]
    converts, ended_by, last = converts[first], place[first], row[start[1:] - 1]

    value, counts, unvalued = _values(journeys, asked, end)
    passed = let_through(journeys, asked.filters)
    counts &= passed[end]
    bare = counts.copy()
    bare[ended_by[converts]] = False
    ended_by = np.minimum(ended_by, max(len(end) - 1, 0))
    kept = np.where(converts, np.append(counts, False)[ended_by], passed[last])
    code, who = codes[row], owner
    if not kept.all():
        length = np.diff(start)
        rows = np.repeat(kept, length)
        code, at, who = code[rows], at[rows], who[rows]
        start = np.append(0, np.cumsum(length[kept]))
        converts, ended_by, last, first = converts[kept], ended_by[kept], last[kept], first[kept]
    at_end = last if not len(end) else np.where(converts, end[ended_by], last)
    open_since = journeys.observed[1] - (asked.window or 0)
    lone = end[bare]
    return Paths(
        code=code,
        at=at,
        who=who,
        start=start,
        owner=owner[first].astype(np.int64),
        converts=converts,
        value=np.where(converts, np.append(value, 0.0)[ended_by], 0.0),
        group=group_codes(journeys, asked.by, at_end),
        bare_owner=journeys.owner[lone].astype(np.int64),
        bare_value=value[bare],
        bare_group=group_codes(journeys, asked.by, lone),
        unvalued=int(unvalued[counts].sum()),
        unfinished=0 if asked.window is None else int((~converts & (journeys.at[last] > open_since)).sum()),
    )


def _ends(journeys: Journeys, asked: Asked) -> Bools:
    if asked.conversion is None:
        scored: Bools = signs(journeys) != NO_SIGN
        return scored
    return happenings(journeys, asked.conversion)


def _values(journeys: Journeys, asked: Asked, end: Ints) -> tuple[Floats, Bools, Bools]:
    """Return what each end is worth, whether it counts, and whether its value is missing."""
    counts, missing = np.ones(len(end), dtype=np.bool_), np.zeros(len(end), dtype=np.bool_)
    if asked.conversion is None:
        owner, s = journeys.owner[end], signs(journeys)[end].astype(np.float64)
        counts[:1] = False
        counts[1:] = owner[1:] == owner[:-1]  # a customer's first score is what later ones are compared with
        return np.where(counts, np.diff(s, prepend=0.0), 0.0), counts, missing
    if asked.value is None:
        return np.ones(len(end)), counts, missing
    value = journeys.numbers(asked.value)[end].astype(np.float64)
    missing = np.isnan(value)
    return np.where(missing, 0.0, value), counts, missing
