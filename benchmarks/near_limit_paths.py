"""Funnels and paths by hand: as straight and fast as one would write each in NumPy for this question alone.

The same numbers as ours, without intervals, names, filters and the customers behind them; one thread.
"""

from __future__ import annotations

import numpy as np

from touchline.warehouse.index import Journeys

_SECOND = 1_000_000


def funnel(journeys: Journeys, steps: list[str]) -> object:
    """Who did the steps in order, and median and 90th percentile of the time from the first."""
    event, owner = journeys.coded("event"), journeys.owner
    here = np.flatnonzero(event.codes == event.names.index(steps[0]))
    new = np.ones(len(here), dtype=np.bool_)
    new[1:] = np.diff(owner[here]) > 0
    here = here[new]
    begun, found = journeys.at[here], [(len(here), None)]
    for step in steps[1:]:
        place = np.append(np.flatnonzero(event.codes == event.names.index(step)), len(owner))
        after = place[np.searchsorted(place, here, side="right")]
        going = after < journeys.starts[owner[here] + 1]
        here, begun = after[going], begun[going]
        found.append((len(here), np.quantile((journeys.at[here] - begun) // _SECOND, (0.5, 0.9))))
    return found


def windowed(journeys: Journeys, steps: list[str], window: int) -> object:
    """The same within a time of the first step, from whichever first step comes furthest."""
    event, owner = journeys.coded("event"), journeys.owner
    start = np.flatnonzero(event.codes == event.names.index(steps[0]))
    depth = np.ones(len(start), dtype=np.int64)
    alive, here, reached = np.arange(len(start)), start, [start]
    for step in steps[1:]:
        place = np.append(np.flatnonzero(event.codes == event.names.index(step)), len(owner))
        after = place[np.searchsorted(place, here, side="right")]
        going = after < journeys.starts[owner[here] + 1]
        alive, after = alive[going], after[going]
        timely = journeys.at[after] - journeys.at[start[alive]] <= window
        alive, here = alive[timely], after[timely]
        depth[alive] += 1
        rows = np.full(len(start), -1)
        rows[alive] = here
        reached.append(rows)
    begin = np.flatnonzero(np.append(True, np.diff(owner[start]) > 0))
    best = -np.maximum.reduceat((depth << 32) - np.arange(len(start)), begin) & (2**32 - 1)
    found = []
    for rows in reached:
        mine = rows[best]
        there = mine >= 0
        took = (journeys.at[mine[there]] - journeys.at[start[best[there]]]) // _SECOND
        found.append((len(took), np.quantile(took, (0.5, 0.9)) if len(took) else None))
    return found


def transitions(journeys: Journeys) -> object:
    """Moves from event to event with start and end: how often, by how many customers, median and 90th percentile."""
    event = journeys.coded("event")
    many = len(event.names) + 1
    state = event.codes.astype(np.int16)
    last = journeys.starts[1:] - 1
    following = np.append(state[1:], 0)
    following[last] = many - 1
    cell = state * np.int16(many) + following
    counts = np.bincount(cell, minlength=many * many)
    starts = np.bincount(event.codes[journeys.starts[:-1]], minlength=many)
    who = np.sort(journeys.owner.astype(np.int64) * (many * many) + cell)
    customers = np.bincount(who[np.append(True, np.diff(who) > 0)] % (many * many), minlength=many * many)
    gap = np.append(np.diff(journeys.at), 0) // _SECOND
    gap[last] = 0
    packed = np.sort((cell.astype(np.int64) << 32) + gap)
    begin = np.append(0, np.cumsum(counts))[:-1]
    quantiles = []
    for share in (0.5, 0.9):
        place = np.maximum(counts - 1, 0) * share
        low, high = (
            packed[np.minimum(begin + f(place).astype(np.int64), len(packed) - 1)] for f in (np.floor, np.ceil)
        )
        quantiles.append((low & (2**32 - 1)) * (1 - place % 1) + (high & (2**32 - 1)) * (place % 1))
    return counts, starts, customers, quantiles


def transition_counts(journeys: Journeys) -> object:
    """Moves from event to event, counted and nothing else."""
    event = journeys.coded("event")
    many = len(event.names)
    cell = event.codes[:-1].astype(np.int16) * np.int16(many) + event.codes[1:]
    cell[journeys.starts[1:-1] - 1] = many * many
    return np.bincount(cell, minlength=many * many + 1)


def eventually(journeys: Journeys) -> object:
    """Pairs of events in order, whatever lies between: how many, of how many customers, median and 90th percentile."""
    event, starts = journeys.coded("event"), journeys.starts
    many, length = len(event.names), np.diff(starts)
    codes, owner = event.codes, journeys.owner
    order = np.argsort(owner.astype(np.int64) * many + codes, kind="stable")
    before = np.full(len(codes), -1)
    same = (codes[order][1:] == codes[order][:-1]) & (owner[order][1:] == owner[order][:-1])
    before[order[1:][same]] = order[:-1][same]
    pairs, customers, quantiles = [], [], []
    for source in range(many):
        mine = codes == source
        so_far = np.cumsum(mine) - mine
        earlier = so_far - np.repeat(so_far[starts[:-1]], length)
        pairs.append(np.bincount(codes, earlier, many))
        after = np.flatnonzero(earlier > 0)
        places = np.flatnonzero(mine)
        places = places[np.append(True, owner[places[1:]] != owner[places[:-1]])]
        first = np.zeros(len(starts) - 1, dtype=np.int64)
        first[owner[places]] = places
        began = first[owner[after]]
        new = before[after] <= began
        target = codes[after[new]]
        gap = (journeys.at[after[new]] - journeys.at[began[new]]) // _SECOND
        customers.append(np.bincount(target, minlength=many))
        packed = np.sort((target.astype(np.int64) << 32) + gap) & (2**32 - 1)
        quantiles.append([np.quantile(part, (0.5, 0.9)) for part in np.split(packed, np.cumsum(customers[-1])[:-1])])
    return pairs, customers, quantiles


def step_matrix(journeys: Journeys, steps: int) -> object:
    """Customers by event at each of their first steps."""
    event = journeys.coded("event")
    begin, length = journeys.starts[:-1], np.diff(journeys.starts)
    return [np.bincount(event.codes[begin[length > step] + step], minlength=len(event.names)) for step in range(steps)]


def variants(journeys: Journeys, top: int) -> object:
    """The most common whole journeys, by a hash of their events, with the median time that they took."""
    codes, starts = journeys.coded("event").codes, journeys.starts
    length = np.diff(starts)
    powers = np.full(int(length.max()), 0x9E3779B97F4A7C15, dtype=np.uint64)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    of_code = np.random.default_rng(0).integers(1, 2**63, 256, dtype=np.uint64)
    place = np.arange(len(codes)) - np.repeat(starts[:-1], length)
    hashed = np.add.reduceat(of_code[codes] * powers[place], starts[:-1])
    _, first, inverse, counts = np.unique(hashed, return_index=True, return_inverse=True, return_counts=True)
    took = (journeys.at[starts[1:] - 1] - journeys.at[starts[:-1]]) // _SECOND
    found = []
    for variant in np.argsort(-counts, kind="stable")[:top]:
        path = codes[starts[first[variant]] : starts[first[variant] + 1]]
        found.append((counts[variant], path, np.quantile(took[inverse == variant], (0.5, 0.9))))
    return found


def rework(journeys: Journeys) -> object:
    """Per event: rows, customers, repeats, customers who came back."""
    event = journeys.coded("event")
    many, codes = len(event.names), event.codes
    new = np.ones(len(codes), dtype=np.bool_)
    new[1:] = codes[1:] != codes[:-1]
    new[journeys.starts[:-1]] = True
    visits = np.flatnonzero(new)
    key = journeys.owner[visits].astype(np.int64) * many + codes[visits]
    order = np.argsort(key, kind="stable")
    again = np.append(False, np.diff(key[order]) == 0)
    state = key[order] % many
    back = visits[order][again]
    ends = np.append(visits[1:], len(codes))[order] - 1
    away = (journeys.at[back] - journeys.at[ends[np.flatnonzero(again) - 1]]) // _SECOND
    source = codes[back - 1]
    packed = np.sort((state[again] << 32) + away)
    second = again & ~np.append(False, again[:-1])
    return (
        np.bincount(codes, minlength=many), np.bincount(state[~again], minlength=many),
        np.bincount(state[second], minlength=many), np.bincount(state[again] * many + source, minlength=many * many),
        packed[np.searchsorted(packed, np.arange(many) << 32) // 2],
    )  # fmt: skip


def sankey(journeys: Journeys, anchor: str, after: int) -> object:
    """Moves from level to level after the first of a step."""
    event, owner, starts = journeys.coded("event"), journeys.owner, journeys.starts
    many = len(event.names) + 1
    here = np.flatnonzero(event.codes == event.names.index(anchor))
    here = here[np.append(True, np.diff(owner[here]) > 0)]
    end = starts[owner[here] + 1]
    before, found = np.zeros(len(here), dtype=np.int64), []
    for level in range(1, after + 1):
        there = here + level < end
        state = np.where(there, event.codes[np.where(there, here + level, 0)], many - 1)
        found.append(np.bincount(before * many + state, minlength=many * many))
        before = state.astype(np.int64)
    return found


def find(journeys: Journeys, first: str, without: str, last: str) -> object:
    """Whose journey has ``first > !without* > last``: the last step comes before any of what must not be between."""
    event, owner = journeys.coded("event"), journeys.owner
    places = [
        np.append(np.flatnonzero(event.codes == event.names.index(name)), len(owner)) for name in (first, without, last)
    ]
    begin = places[0][:-1]
    end = places[2][np.searchsorted(places[2], begin, side="right")]
    broken = places[1][np.searchsorted(places[1], begin, side="right")]
    good = (end < journeys.starts[owner[begin] + 1]) & (end < broken)
    begin, end = begin[good], end[good]
    one = np.append(True, np.diff(owner[begin]) > 0)
    took = (journeys.at[end[one]] - journeys.at[begin[one]]) // _SECOND
    return len(took), np.quantile(took, (0.5, 0.9))
