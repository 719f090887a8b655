"""Other rules, each as a statistic in time that alarms when it passes a bound: `benchmarks.detection` compares them.

All learn the usual level of each weekday from the same past as the default does, day by day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.detection_worlds import MIDDLE, level
from touchline.detection.base import DAY, Evidence
from touchline.detection.baseline import nothing, passed, queued, sums, usual
from touchline.detection.days import spans

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LAG: Final = 28
MEMORY: Final = 365.0
_WINDOW, _BEFORE = 7, 28
_RECENT: Final = 56


@dataclass(frozen=True, slots=True)
class Path:
    """A rule's statistic: when it is known, and what it is."""

    at: Ints
    stat: Floats


@dataclass(frozen=True, slots=True)
class Watched:
    """Live touches and what the past lets expect of them.

    Attributes:
        items: The touches.
        usual: Expected of each.
        days: Numbers of the days, all in a row.
        n: Touches of each day.
        mean: Mean of each day, less what was expected.
        spread: Standard deviation of a touch.
    """

    items: Evidence
    usual: Floats
    days: Ints
    n: Floats
    mean: Floats
    spread: float


def watched(everything: Evidence, first: int, live: int) -> Watched:
    """Return what is live from a day on, the past learnt day by day.

    Args:
        everything: Touches of the past and live.
        first: The first day of the past.
        live: The first day that is live.
    """
    past = nothing()
    ready = spans(everything.at // DAY)
    expected = np.zeros(len(everything))
    spread = 0.4
    for day, low, high in ready:
        past = passed(past, day, first, 1 if day <= live else LAG, MEMORY)
        known = usual(past)
        if known is not None:
            expected[low:high] = known.level[(day + 3) % 7]
            if day <= live:
                spread = float(np.sqrt(known.variance))
        items = everything[low:high]
        past = queued(past, day, 1.0, sums(items.value, items.weight))
    cut = int(np.searchsorted(everything.at, live * DAY))
    items, expected = everything[cut:], expected[cut:]
    number = items.at // DAY - live
    n = np.bincount(number).astype(np.float64)
    off = np.bincount(number, items.value - expected) / np.maximum(n, 1)
    return Watched(items, expected, live + np.arange(len(n)), n, off, spread)


def by_day(seen: Watched, stat: Floats) -> Path:
    """Return a statistic that is known when its day is over."""
    return Path((seen.days + 1) * DAY, stat)


def _rolled(values: Floats, length: int) -> Floats:
    sums_ = np.concatenate([[0.0], np.cumsum(values)])
    low = np.maximum(np.arange(len(values)) + 1 - length, 0)
    found: Floats = sums_[1:] - sums_[low]
    return found


def fixed(seen: Watched) -> Path:
    """Return how far the last 7 days lie under the usual level."""
    n = _rolled(seen.n, _WINDOW)
    off = -_rolled(seen.n * seen.mean, _WINDOW) / np.maximum(n, 1)
    return by_day(seen, np.where(n >= 30, off, -1.0))


def window_z(seen: Watched) -> Path:
    """Return z of the last 7 days against the 28 before, weekdays taken out."""
    n, off = _rolled(seen.n, _WINDOW), _rolled(seen.n * seen.mean, _WINDOW)
    both_n, both = _rolled(seen.n, _WINDOW + _BEFORE), _rolled(seen.n * seen.mean, _WINDOW + _BEFORE)
    rest = np.maximum(both_n - n, 1)
    error = seen.spread * np.sqrt(1 / np.maximum(n, 1) + 1 / rest)
    z = -(off / np.maximum(n, 1) - (both - off) / rest) / error
    return by_day(seen, np.where(np.arange(len(n)) >= _WINDOW + _BEFORE - 1, z, -9.0))


def ewma(seen: Watched) -> Path:
    """Return the moving mean of days' z, a fifth for the last, over its standard deviation (Roberts 1959)."""
    z = -seen.mean * np.sqrt(np.maximum(seen.n, 1)) / seen.spread
    kept = np.zeros(len(z))
    last = 0.0
    for i, value in enumerate(z):
        last = 0.8 * last + 0.2 * value
        kept[i] = last
    return by_day(seen, kept / np.sqrt(0.2 / 1.8))


def cusum_untuned(seen: Watched) -> Path:
    """Return Page's cumulated sum of days' z, half a deviation allowed (Page 1954, as textbooks set it)."""
    z = -seen.mean * np.sqrt(np.maximum(seen.n, 1)) / seen.spread - 0.5
    return by_day(seen, _page(z))


def cusum(seen: Watched, drop: float, *, true: bool = False) -> Path:
    """Return the CUSUM tuned to a drop, touch by touch: the likelihood ratio against the usual level.

    Args:
        seen: What to look at.
        drop: The drop that comes.
        true: Whether it is told the true levels; else it learns them as the others do.
    """
    mean = level(seen.items.at // DAY) if true else seen.usual
    good = np.maximum(mean - MIDDLE / 2, 0.05)
    bad = np.maximum(1 - good - MIDDLE, 0.05)
    worse = np.log(np.maximum(good - drop, 0.02) / good)
    better = np.log((bad + drop) / bad)
    value = seen.items.value
    return Path(seen.items.at, _page(np.where(value == 1, worse, np.where(value == 0, better, 0.0))))


def ruptures_pelt(seen: Watched) -> Path:
    """Return 1 on days whose last 56 end in a lower piece (Killick, Fearnhead and Eckley 2012), 0 on others."""
    pelt: Any = import_module("ruptures").KernelCPD
    stat = np.zeros(len(seen.mean))
    z = seen.mean * np.sqrt(np.maximum(seen.n, 1)) / seen.spread
    for day in range(14, len(z)):
        recent = z[max(day + 1 - _RECENT, 0) : day + 1]
        ends = pelt(kernel="linear", min_size=3).fit(recent).predict(pen=3 * np.log(len(recent)))
        if len(ends) > 1:
            pieces = np.split(recent, ends[:-1])
            stat[day] = float(pieces[-1].mean() < pieces[-2].mean())
    return by_day(seen, stat)


def has_ruptures() -> bool:
    """Return whether the library is there."""
    return find_spec("ruptures") is not None


#: Name, statistic, and the bound that it comes with.
RULES: Final[tuple[tuple[str, Callable[[Watched], Path], float], ...]] = (
    ("fixed threshold, 5 points in 7 days", fixed, 0.05),
    ("window z-test, 7 d against 28 d, 1.96", window_z, 1.96),
    ("EWMA of days, 0.2, 3 sigma", ewma, 3.0),
    ("CUSUM of days, k 0.5, h 5, untuned", cusum_untuned, 5.0),
)


def crossings(path: Path, bound: float) -> int:
    """Return how often a statistic rises to a bound."""
    over = path.stat >= bound
    return int(np.count_nonzero(over & ~np.concatenate([[False], over[:-1]])))


def peaks(path: Path) -> Floats:
    """Return the greatest value of each excursion of a CUSUM from 0: those over a bound are its alarms."""
    starts = np.flatnonzero(np.concatenate([[True], path.stat[1:] <= 0]))
    found: Floats = np.maximum.reduceat(path.stat, starts)
    return found


def _page(steps: Floats) -> Floats:
    path = np.concatenate([[0.0], np.cumsum(steps)])
    found: Floats = (path - np.minimum.accumulate(path))[1:]
    return found
