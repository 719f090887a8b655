"""How often things come, by weekday and hour of the reporting zone, learnt from days that are over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.detection.base import Floats, Ints, State

HOURS: Final = 24
_HOUR: Final = 3600
#: Days before which nothing is usual.
LEAST_DAYS: Final = 14
#: Expected items of a week's hour, at least: nothing is impossible.
_LEAST_RATE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Cadence:
    """What is usual.

    Attributes:
        rate: Items expected in each hour of each weekday, shape (7, 24).
        there: Share of weeks in which that hour had any, shape (7, 24).
        dispersion: Variance of a day's count over its mean, 1 at least.
    """

    rate: Floats
    there: Floats
    dispersion: float

    @property
    def per_day(self) -> float:
        """Items in a day, on average over the week."""
        return float(self.rate.sum() / 7)


def nothing() -> State:
    """Return the state of a past without days."""
    return {"hours": [0.0] * HOURS, "filled": [[0.0] * HOURS] * 7, "counts": [0.0] * 7, "days": [0.0] * 7,
            "scatter": [0.0, 0.0, 0.0], "open": [0.0] * HOURS, "first": None}  # fmt: skip


def counted(state: State, hours: Ints) -> State:
    """Return the past with items of the day that is open.

    Args:
        state: The past.
        hours: The hour of each, 0 to 23.
    """
    found = np.bincount(hours, minlength=HOURS)
    return dict(state, open=(np.array(state["open"]) + found).tolist())


def closed(state: State, day: int, memory: float) -> State:
    """Return the past with the open day in it.

    Args:
        state: The past.
        day: The number of the day that is over.
        memory: Half-life, days.
    """
    kept = 0.5 ** (1 / memory)
    weekday, hours = (day + 3) % 7, np.array(state["open"])
    known = usual(state)
    scatter = np.array(state["scatter"]) * kept
    if known is not None:
        expected = float(known.rate[weekday].sum())
        scatter += np.array([(hours.sum() - expected) ** 2, expected, 1.0])
    filled, counts, days = (np.array(state[name]) * kept for name in ("filled", "counts", "days"))
    filled[weekday] += hours > 0
    counts[weekday] += hours.sum()
    days[weekday] += 1
    return dict(state, hours=(np.array(state["hours"]) * kept + hours).tolist(), filled=filled.tolist(),
                counts=counts.tolist(), days=days.tolist(), scatter=scatter.tolist(), open=[0.0] * HOURS)  # fmt: skip


def usual(state: State) -> Cadence | None:
    """Return what is usual, or None while fewer than two weeks have passed."""
    days, counts = np.array(state["days"]), np.array(state["counts"])
    if days.sum() < LEAST_DAYS * 0.9 or days.min() <= 0 or counts.sum() <= 0:
        return None
    hours = np.array(state["hours"])
    rate = np.outer(counts / days, hours / hours.sum())
    there = np.array(state["filled"]) / days[:, None]
    observed, expected, looked = state["scatter"]
    dispersion = observed / expected / (1 + np.sqrt(2 / looked)) if looked >= 7 and expected > 0 else 1.0
    return Cadence(np.maximum(rate, _LEAST_RATE), np.minimum(there, 1.0), max(float(dispersion), 1.0))


def through(table: Floats, moment: Ints) -> Floats:
    """Return the sum of a week's table up to local moments, counted from a Monday; differences are what lies between.

    Args:
        table: Per weekday and hour, shape (7, 24).
        moment: Local seconds, as `days.local_seconds` gives them, shape (n,).

    >>> float(np.diff(through(np.ones((7, 24)), np.array([0, 9000])))[0])
    2.5
    """
    since = moment + 3 * HOURS * _HOUR  # 1970 began on a Thursday
    week = 7 * HOURS * _HOUR
    whole, rest = since // week, since % week
    sums = np.concatenate([[0.0], np.cumsum(table.ravel())])
    hour = rest // _HOUR
    found: Floats = whole * sums[-1] + sums[hour] + table.ravel()[hour] * (rest % _HOUR) / _HOUR
    return found
