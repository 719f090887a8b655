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
    owner = np.repeat(np.arange(journeys.customers, dtype=np.int32), np.diff(journeys.starts))
    rows = np.flatnonzero(new)
    began = first[owner[rows]]
    cells = began * many + week[rows] - began
    return np.bincount(first, minlength=many), np.bincount(cells, minlength=many * many)


def dwell(journeys: Journeys) -> object:
    """Visits of each stage: how many, by how many customers, mean, median and 90th percentile, and the excess."""
    codes = journeys.coded("stage").codes
    known = np.flatnonzero(codes >= 0)
    owner = np.repeat(np.arange(journeys.customers, dtype=np.int32), np.diff(journeys.starts))[known]
    held, at = codes[known], journeys.at[known]
    new = np.ones(len(held), dtype=np.bool_)
    new[1:] = (held[1:] != held[:-1]) | (owner[1:] != owner[:-1])
    rows = np.flatnonzero(new)
    stage, who, entered = held[rows], owner[rows], at[rows]
    seconds = np.diff(entered, append=0) // 1_000_000
    left = np.append(who[1:] == who[:-1], False)
    found = []
    for code in range(len(journeys.coded("stage").names)):
        mine = stage == code
        lasted = np.sort(seconds[mine & left])
        if not len(lasted):
            continue
        customers = 1 + int((np.diff(who[mine]) > 0).sum())
        middle, late = np.quantile(lasted, (0.5, 0.9))
        found.append((len(lasted), customers, lasted.mean(), middle, late, np.maximum(lasted - middle, 0).sum()))
    return found


def survival(journeys: Journeys, start: str, end: str) -> object:
    """Kaplan-Meier with Greenwood's bounds from the first row at a stage to the first at another after it."""
    stage = journeys.coded("stage")
    begins = np.flatnonzero(stage.codes == stage.names.index(start))
    owner = np.repeat(np.arange(journeys.customers, dtype=np.int32), np.diff(journeys.starts))
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
    """k-means over shares of events, fitted on 5,000 customers, four starts; everybody placed."""
    coded = journeys.coded("event")
    width = len(coded.names) + 1
    counts = np.concatenate([
        np.bincount(
            np.repeat(np.arange(high - low), np.diff(journeys.starts[low : high + 1])) * width
            + coded.codes[journeys.starts[low] : journeys.starts[high]],
            minlength=(high - low) * width,
        ).reshape(high - low, width)
        for low, high in pairwise(np.linspace(0, journeys.customers, 3).astype(int).tolist())
    ])  # fmt: skip
    shares = (counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)
    rng = np.random.default_rng(0)
    points = shares[rng.permutation(len(shares))[:5_000]]
    best = None
    for _ in range(4):
        centres = points[rng.permutation(len(points))[:k]]
        for _ in range(25):
            label = ((centres * centres).sum(axis=1)[:, None] - 2 * centres @ points.T).argmin(axis=0)
            size = np.bincount(label, minlength=k)
            sums = np.stack([np.bincount(label, column, k) for column in points.T], axis=1)
            centres = (sums / np.maximum(size, 1)[:, None]).astype(np.float32)
        cost = float(((points - centres[label]) ** 2).sum())
        best = (cost, centres) if best is None or cost < best[0] else best
    assert best is not None
    centres = best[1]
    return ((centres * centres).sum(axis=1)[:, None] - 2 * centres @ shares.T).argmin(axis=0)
