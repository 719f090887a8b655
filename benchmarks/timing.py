"""Timing two things in turns, so that a machine whose speed drifts is fair to both."""

from __future__ import annotations

import gc
import resource
import statistics
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of ours and of the other's, run in turns; the medians and the median of their ratios.

    ``busy`` are the least seconds that processors worked for each, all threads together: what a busy machine leaves
    as it is.
    """

    name: str
    ours: float
    other: float
    ratio: float
    goal: str
    met: bool
    busy: tuple[float, float] = (float("nan"), float("nan"))


def seconds(work: Callable[[], object]) -> float:
    """Run once, return the seconds."""
    return _seconds(work)[0]


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Run once, return the seconds by the clock and those that processors worked."""
    gc.collect()
    clock, processors = perf_counter(), process_time()
    work()
    return perf_counter() - clock, process_time() - processors


def pair(
    name: str, ours: Callable[[], object], other: Callable[[], object], *, rounds: int, at_most: float, goal: str
) -> Pair:
    """Time both in turns, after one warm-up each; ``ratio`` is ours over the other's."""
    ours()
    other()
    times, busy = [], []
    for _ in range(rounds):
        pairs = [_seconds(work) for work in (ours, other)]
        times.append((pairs[0][0], pairs[1][0]))
        busy.append((pairs[0][1], pairs[1][1]))
    least = (min(mine for mine, _ in busy), min(its for _, its in busy))
    ratio = statistics.median(mine / its for mine, its in times)
    return Pair(
        name,
        statistics.median(mine for mine, _ in times),
        statistics.median(its for _, its in times),
        ratio,
        goal,
        ratio <= at_most,
        least,
    )


def peak_memory() -> float:
    """Return the most memory that this process has held, in MiB; what its parent held is not counted."""
    status = Path("/proc/self/status")  # unlike getrusage, it does not begin with what the parent held
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


@contextmanager
def own_memory() -> Iterator[list[float]]:
    """Yield a list of one number: the most memory of its own that this process has held meanwhile, in MiB.

    It is looked at a hundred times a second. Pages of files that are mapped are not of its own: the system takes them
    back whenever it likes. Where the system does not tell, it stays 0.
    """
    status, most, ended = Path("/proc/self/status"), [0.0], threading.Event()

    def look() -> None:
        while status.exists() and not ended.wait(0.01):
            (held,) = (line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
            most[0] = max(most[0], int(held.split()[1]) / 1024)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()
