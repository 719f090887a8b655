"""Each sequence question by hand: as straight and fast as one would write it in NumPy for this question alone.

No names, no filters, no customers behind the numbers; one thread. What ours adds has to fit into 1.5 times these.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from touchline.warehouse.index import Journeys

_WEEK = 7 * 86_400_000_000
_MONDAY = 4 * 86_400_000_000  # 1970-01-05


def cohorts(journeys: Journeys) -> object:
    """Weekly cohorts: customers of each, and how many came back in each week after."""
    week = ((journeys.at - _MONDAY) // _WEEK).astype(np.int32)
    week -= week.min()
    many = int(week.max()) + 1
    first = week[journeys.starts[:-1]]
    new = np.ones(len(week), dtype=np.bool_)
    new[1:] = week[1:] != week[:-1]
    new[journeys.starts[:-1]] = True
    rows = np.flatnonzero(new)
    began = first[journeys.owner[rows]]
    cells = began * many + week[rows] - began
    return np.bincount(first, minlength=many), np.bincount(cells, minlength=many * many)


def dwell(journeys: Journeys) -> object:
    """Visits of each stage: how many, by how many customers, mean and its error, median, 90th percentile, excess."""
    codes, owner = journeys.coded("stage").codes, journeys.owner
    many = len(journeys.coded("stage").names)
    new = np.ones(len(codes), dtype=np.bool_)
    new[1:] = (codes[1:] != codes[:-1]) | (owner[1:] != owner[:-1])
    rows = np.flatnonzero(new)
    stage, who, entered = codes[rows], owner[rows], journeys.at[rows]
    left = np.flatnonzero(who[1:] == who[:-1])
    seconds = (entered[left + 1] - entered[left]) // 1_000_000
    packed = (stage[left].astype(np.int64) << 32) | seconds
    packed.sort()
    edges = np.searchsorted(packed, np.arange(many + 1) << 32)
    cell = who.astype(np.int64) * many + stage
    customers = np.count_nonzero(np.bincount(cell, minlength=journeys.customers * many).reshape(-1, many), axis=0)
    sums = np.bincount(cell[left], seconds, journeys.customers * many).reshape(-1, many)
    visits = np.bincount(cell[left], minlength=journeys.customers * many).reshape(-1, many)
    found = []
    for code, (low, high) in enumerate(pairwise(edges.tolist())):
        lasted, s, v = packed[low:high] & (2**32 - 1), sums[:, code], visits[:, code]
        if not len(lasted):
            continue
        middle, late = (lasted[int((len(lasted) - 1) * share)] for share in (0.5, 0.9))
        mean = s.sum() / v.sum()
        error = np.sqrt(((s - mean * v) ** 2).sum()) / v.sum()
        found.append((len(lasted), customers[code], mean, error, middle, late, np.maximum(lasted - middle, 0).sum()))
    return found


def dropoff(journeys: Journeys, window: int) -> object:
    """Per stage: who came, whose window had closed when the data end, and who had gone on in it; due at the median."""
    names, owner = journeys.coded("stage").names, journeys.owner
    order = {name: number for number, name in enumerate(journeys.stages)}
    rank = np.array([order.get(name, -1) for name in names], dtype=np.int8)[journeys.coded("stage").codes]
    found = []
    for number in range(len(journeys.stages) - 1):
        here = np.flatnonzero(rank == number)
        here = here[np.append(True, np.diff(owner[here]) > 0)]
        later = np.append(np.flatnonzero(rank > number), len(rank))
        after = later[np.searchsorted(later, here, side="right")]
        came = after < journeys.starts[owner[here] + 1]
        began = journeys.at[here]
        watched = (journeys.observed[1] - began) // 1_000_000
        took = (journeys.at[after[came]] - began[came]) // 1_000_000
        until = round(np.median(took)) + window
        complete = watched >= until
        found.append((len(here), np.count_nonzero(complete), np.count_nonzero(complete[came] & (took <= until))))
    return found


def survival(journeys: Journeys, start: str, end: str) -> object:
    """Kaplan-Meier with Greenwood's bounds from the first row at a stage to the first at another after it."""
    stage = journeys.coded("stage")
    begins = np.flatnonzero(stage.codes == stage.names.index(start))
    owner = journeys.owner
    begins = begins[np.append(True, np.diff(owner[begins]) > 0)]
    ends = np.append(np.flatnonzero(stage.codes == stage.names.index(end)), len(journeys))
    after = ends[np.searchsorted(ends, begins, side="right")]
    came = after < journeys.starts[owner[begins] + 1]
    until = np.where(came, journeys.at[np.minimum(after, len(journeys) - 1)], journeys.observed[1])
    seconds = (until - journeys.at[begins]) // 1_000_000
    times, died = np.unique(seconds[came], return_counts=True)
    risk = len(seconds) - np.searchsorted(np.sort(seconds), times)
    survived = np.cumprod(1 - died / risk)
    error = np.sqrt(np.cumsum(died / np.maximum(risk * (risk - died), 1))) / np.abs(
        np.log(np.maximum(survived, 1e-300))
    )
    return survived, survived ** np.exp(1.96 * error), survived ** np.exp(-1.96 * error)


def overview(journeys: Journeys, column: str) -> object:
    """Per value of a column: customers, and mean and variance of interactions, days and active days."""
    begins, ends = journeys.starts[:-1], journeys.starts[1:] - 1
    level = journeys.coded(column).codes[ends].astype(np.int64) + 1
    day = (journeys.at // 86_400_000_000).astype(np.int32)
    new = np.ones(len(day), dtype=np.bool_)
    new[1:] = day[1:] != day[:-1]
    new[begins] = True
    found = [np.bincount(level)]
    for values in (
        np.diff(journeys.starts),
        (journeys.at[ends] - journeys.at[begins]) / 86_400_000_000,
        np.add.reduceat(new, begins, dtype=np.int64),
    ):
        found += [np.bincount(level, values), np.bincount(level, values * values)]
    return found


def clusters(journeys: Journeys, k: int) -> object:
    """k-means over shares of events, the commonest transitions as tf-idf, and how much and how long; everybody placed.

    Fitted on 5,000 customers, four starts of up to 30 rounds; judged as ours is, by silhouettes of 1,200 customers and
    by how alike five pairs of halves cluster them. No names, no rules, no intervals.
    """
    coded, owner = journeys.coded("event"), journeys.owner
    codes, width, customers = coded.codes, len(coded.names), journeys.customers
    counts = np.bincount(owner * np.int64(width) + codes, minlength=customers * width).reshape(customers, width)
    pair = codes[:-1].astype(np.int16) * np.int16(width) + codes[1:]
    pair[journeys.starts[1:-1] - 1] = width * width
    often = np.argsort(-np.bincount(pair, minlength=width * width + 1)[:-1], kind="stable")[:24]
    column = np.full(width * width + 1, 24)
    column[often] = np.arange(24)
    key = owner[:-1] * np.int64(25) + column[pair]
    moves = np.bincount(key, minlength=customers * 25).reshape(customers, 25)[:, :24].astype(np.float32)
    moves *= (np.log((1 + customers) / (1 + np.count_nonzero(moves, axis=0))) + 1).astype(np.float32)
    moves /= np.maximum(np.sqrt(np.einsum("ij,ij->i", moves, moves)), 1e-9)[:, None]
    length = np.diff(journeys.starts)
    took = (journeys.at[journeys.starts[1:] - 1] - journeys.at[journeys.starts[:-1]]) / 86_400_000_000
    shares = counts.astype(np.float32) / length.astype(np.float32)[:, None]
    blocks = (shares, moves, np.log1p(np.stack([length, took], axis=1)).astype(np.float32))
    every = np.concatenate([_of_variance_one(block) for block in blocks], axis=1)
    rng = np.random.default_rng(0)
    points = every[rng.permutation(customers)[:5_000]]
    centres = _k_means(points, k, 4, rng)
    judged = points[:1_200]
    alike = []
    for _ in range(5):
        drawn = rng.permutation(len(points))[:2_400]
        one, other = (_placed(judged, _k_means(points[half], k, 2, rng)) for half in (drawn[:1_200], drawn[1_200:]))
        alike.append(_adjusted_rand(one, other, k))
    places = [_placed(some, centres) for some in np.array_split(every, max(1, len(every) // 1_000))]
    return np.concatenate(places), _silhouettes(judged, _placed(judged, centres), k).mean(), np.mean(alike)


def _k_means(points: np.ndarray, k: int, starts: int, rng: np.random.Generator) -> np.ndarray:
    pieces = points.reshape(-1, 200, points.shape[1])  # so small that their products stay in this thread
    across = pieces.swapaxes(1, 2)
    best: tuple[float, np.ndarray] | None = None
    for _ in range(starts):
        centres, label = points[rng.permutation(len(points))[:k]], None
        for _ in range(30):
            away = (centres * centres).sum(axis=1)[:, None] - 2 * centres @ across
            fresh = away.argmin(axis=1)
            if label is not None and np.array_equal(label, fresh):
                break
            label = fresh
            member = (label[:, None] == np.arange(k)[:, None]).astype(np.float32)
            size = member.sum(axis=(0, 2))[:, None]
            centres = (member @ pieces).sum(axis=0) / np.maximum(size, 1)
        cost = float(away.min(axis=1).sum())
        best = (cost, centres) if best is None or cost < best[0] else best
    assert best is not None
    return best[1]


def _placed(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((centres * centres).sum(axis=1)[:, None] - 2 * centres @ points.T).argmin(axis=0)


def _silhouettes(points: np.ndarray, label: np.ndarray, k: int) -> np.ndarray:
    squares = (points * points).sum(axis=1)
    away = np.sqrt(np.maximum(squares[:, None] + squares - 2 * points @ points.T, 0))
    member = (label[:, None] == np.arange(k)).astype(np.float32)
    size = member.sum(axis=0)
    sums = away @ member
    rows = np.arange(len(points))
    own = sums[rows, label] / np.maximum(size[label] - 1, 1)
    means = sums / np.maximum(size, 1)
    means[:, size == 0] = np.inf
    means[rows, label] = np.inf
    other = means.min(axis=1)
    return np.where(size[label] > 1, (other - own) / np.maximum(own, other), 0.0)


def _adjusted_rand(one: np.ndarray, other: np.ndarray, k: int) -> float:
    table = np.bincount(one * k + other, minlength=k * k).reshape(k, k).astype(float)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    by_chance = rows * columns / pairs(np.array([table.sum()]))
    return (both - by_chance) / max((rows + columns) / 2 - by_chance, 1e-12)


def _of_variance_one(block: np.ndarray) -> np.ndarray:
    block -= block.mean(axis=0)
    block /= np.sqrt((block * block).sum() / len(block))
    return block
