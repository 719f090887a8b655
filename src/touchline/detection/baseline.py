"""The own past: the usual level of each weekday, how far items scatter, and how sure that is.

Days enter some time after they have passed, so that a change does not soon count as usual, and are slowly forgotten.
Weekdays differ by what is beyond chance: each one's difference from the whole is shrunk by the share of it that noise
explains (empirical Bayes). Where days scatter more than their items can explain, the excess is the *dispersion*.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

import numpy as np

from touchline.detection import again
from touchline.detection.base import Floats, State

#: Sums of a day or weekday: items, w, w x, w^2, w^2 x, w^2 x^2.
N, W, WX, W2, W2X, W2X2 = range(6)
_WIDTH: Final = 6
#: Items and days before which nothing is usual.
LEAST_N: Final = 30
LEAST_DAYS: Final = 7
#: No spread is taken for less: of 0 and 1, one of a hundred.
_LEAST_VARIANCE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual.

    Attributes:
        level: Of each weekday, Monday first, shape (7,).
        mean: Of the whole.
        error: Standard error of ``mean``.
        variance: Of u (x - level), u being the weight over its mean.
        weight: Mean weight.
        heaviest: The heaviest weight met.
        dispersion: Variance of days over what their items explain, 1 at least.
        n: Items behind it.
        per_day: Items in a day.
    """

    level: Floats
    mean: float
    error: float
    variance: float
    weight: float
    heaviest: float
    dispersion: float
    n: float
    per_day: float


def nothing() -> State:
    """Return the state of a past without days."""
    return {"sums": [[0.0] * _WIDTH] * 7, "days": 0.0, "heaviest": 0.0, "scatter": [0.0, 0.0, 0.0], "queue": []}


def sums(value: Floats, weight: Floats) -> list[float]:
    """Return the sums of some items."""
    wx = weight * value
    columns = (weight, wx, weight * weight, weight * wx, wx * wx)
    return [float(len(value)), *(float(column.sum()) for column in columns)]


def passed(state: State, day: int, first: int, lag: int, memory: float) -> State:
    """Return the past at the beginning of a day: every queued day that is long enough ago has become usual.

    Args:
        state: The past.
        day: The day that begins.
        first: The first day of all.
        lag: Days after which a day counts as past; half of all days, where there are fewer.
        memory: Half-life of the past, days.
    """
    before = day - min(lag, max((day - first) // 2, 1))
    ripe = [entry for entry in state["queue"] if entry[0] <= before]
    if not ripe:
        return state
    made: dict[str, Any] = dict(state, queue=[entry for entry in state["queue"] if entry[0] > before])
    table = np.array(state["sums"])
    scatter = np.array(state["scatter"])
    last = state.get("until", ripe[0][0] - 1)
    pairs = again.table(state)
    for at, heaviest, *row in ripe:
        kept = 0.5 ** ((at - last) / memory)
        known = usual(dict(made, sums=table, scatter=scatter))
        table, scatter, pairs = table * kept, scatter * kept, pairs * kept
        made["days"] = made["days"] * kept + (at - last)
        if known is not None and row[W] > 0:
            level = known.level[(at + 3) % 7]
            explained = row[W2X2] - 2 * level * row[W2X] + level**2 * row[W2]
            scatter += np.array([(row[WX] - level * row[W]) ** 2, explained, 1.0])
        if known is not None and len(row) > _WIDTH:
            pairs = again.passed(pairs, row[_WIDTH:], float(known.level[(at + 3) % 7]))
        table[(at + 3) % 7] += row[:_WIDTH]
        made["heaviest"] = max(made["heaviest"], heaviest)
        last = at
    return made | {"sums": table.tolist(), "scatter": scatter.tolist(), "again": pairs.tolist(), "until": last}


def queued(state: State, day: int, heaviest: float, row: list[float]) -> State:
    """Return the past with more items of a day, which is not yet past.

    Args:
        state: The past.
        day: Of the items.
        heaviest: The greatest weight among them.
        row: As `sums` returns it, and after it what `again.paired` returns, where touches count again.
    """
    queue = state["queue"]
    if queue and queue[-1][0] == day:
        last = queue[-1]
        merged = [day, max(last[1], heaviest), *(a + b for a, b in zip_longest(last[2:], row, fillvalue=0.0))]
        return dict(state, queue=[*queue[:-1], merged])
    return dict(state, queue=[*queue, [day, heaviest, *row]])


def usual(state: State) -> Usual | None:
    """Return what is usual, or None while too little has passed."""
    table = np.asarray(state["sums"])
    whole = table.sum(axis=0)
    if whole[N] < LEAST_N or state["days"] < LEAST_DAYS or whole[W] <= 0:
        return None
    mean = whole[WX] / whole[W]
    weight = whole[W] / whole[N]
    there = table[:, W] > 0
    own = np.where(there, table[:, WX] / np.where(there, table[:, W], 1.0), mean)
    spread = table[:, W2X2] - 2 * own * table[:, W2X] + own**2 * table[:, W2]  # sum of w^2 (x - own)^2
    variance = max(float(spread.sum() / whole[N] / weight**2), _LEAST_VARIANCE)
    noise = variance * weight**2 * table[:, N] / np.where(there, table[:, W], 1.0) ** 2
    level = np.full(7, mean)
    if there.sum() > 1:
        share = table[there, W] / whole[W]
        apart = own[there] - mean
        beyond = float((share * (apart**2 - noise[there] * (1 - share))).sum())
        kept = max(beyond, 0.0) / (max(beyond, 0.0) + noise[there])
        offset = kept * apart
        level[there] = mean + offset - float((share * offset).sum())
    observed, expected, days = state["scatter"]
    # Of few days, what chance explains is left out: one standard error of a variance of so many days.
    dispersion = observed / expected / (1 + np.sqrt(2 / days)) if days >= LEAST_DAYS and expected > 0 else 1.0
    dispersion = max(float(dispersion), 1.0)
    error = float(np.sqrt(variance * dispersion / whole[N]))
    per_day = float(whole[N] / state["days"])
    return Usual(
        np.clip(level, 0.0, 1.0),
        float(mean),
        error,
        variance,
        float(weight),
        max(float(state["heaviest"]), float(weight)),
        dispersion,
        float(whole[N]),
        per_day,
    )
