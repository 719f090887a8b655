"""Timing two things in turns, so that a machine whose speed drifts is fair to both."""

from __future__ import annotations

import gc
import resource
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of ours and of the other's, run in turns; the medians and the median of their ratios."""

    name: str
    ours: float
    other: float
    ratio: float
    goal: str
    met: bool


def seconds(work: Callable[[], object]) -> float:
    """Run once, return the seconds."""
    gc.collect()
    started = perf_counter()
    work()
    return perf_counter() - started


def pair(
    name: str, ours: Callable[[], object], other: Callable[[], object], *, rounds: int, at_most: float, goal: str
) -> Pair:
    """Time both in turns, after one warm-up each; ``ratio`` is ours over the other's."""
    ours()
    other()
    times = [(seconds(ours), seconds(other)) for _ in range(rounds)]
    ratio = statistics.median(mine / its for mine, its in times)
    return Pair(
        name,
        statistics.median(mine for mine, _ in times),
        statistics.median(its for _, its in times),
        ratio,
        goal,
        ratio <= at_most,
    )


def peak_memory() -> float:
    """Return the most memory that this process has held, in MiB; what its parent held is not counted."""
    status = Path("/proc/self/status")  # unlike getrusage, it does not begin with what the parent held
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024
