"""Sequence questions on a million events, beside the same by hand: ``python -m benchmarks.sequences``."""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks import near_limit, near_limit_attribution, near_limit_trouble
from benchmarks.indexing import Line, journeys
from benchmarks.timing import Pair, pair, peak_memory
from touchline.sequences import Journey

#: How much longer than by hand a question may take; it also makes intervals, names and who is behind.
AT_MOST = 1.5
_MEMORY = 381  # MiB: 400 MB


def run(folder: Path, rows: int, rounds: int) -> list[Pair]:
    """Measure every question."""
    held = journeys(folder, rows)
    asked = Journey(held)
    questions: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("cohorts by week", asked.cohorts, lambda: near_limit.cohorts(held)),
        ("dwell by stage", asked.dwell, lambda: near_limit.dwell(held)),
        ("drop-off by stage", asked.dropoff, lambda: near_limit.dropoff(held, 30 * 86_400)),
        (
            "survival, one step",
            lambda: asked.survival("stage:purchase", "stage:renewal"),
            lambda: near_limit.survival(held, "purchase", "renewal"),
        ),
        (
            "overview by channel, 3 metrics",
            lambda: asked.overview(by=("channel",), metrics=("events", "duration", "active_days")),
            lambda: near_limit.overview(held, "channel"),
        ),
        ("types of behaviour, k = 4", lambda: asked.clusters(k=4), lambda: near_limit.clusters(held, 4)),
    ]
    held.owner.sum()  # both sides have it ready
    found = [
        pair(f"{name} / by hand", ours, theirs, rounds=rounds, at_most=AT_MOST, goal=f"at most {AT_MOST:g}")
        for name, ours, theirs in questions
    ]
    found += near_limit_attribution.pairs(held, "order", rounds)
    return found + near_limit_trouble.pairs(held, rounds)


def _funnel(folder: Path, rows: int) -> float:
    Journey(journeys(folder, rows)).funnel(["event:visit", "event:view", "event:checkout", "event:order"])
    return peak_memory()


def process(folder: Path, rows: int) -> list[Line]:
    """Measure a process of its own: how long the import takes, and its memory when it has asked for a funnel."""
    journeys(folder, rows)
    script = "import time; start = time.perf_counter(); import touchline; print(time.perf_counter() - start)"
    took = min(float(subprocess.check_output([sys.executable, "-c", script])) for _ in range(5))
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as alone:
        peak = alone.submit(_funnel, folder, rows).result()
    return [
        Line("import touchline", f"{took:.3f} s", "under 0.5 s", took < 0.5),
        Line(f"process of a funnel, {rows:,} events", f"{peak:,.0f} MiB", "under 400 MB", peak < _MEMORY),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("bench-out"))
    chosen = parser.parse_args()
    for line in run(chosen.folder, chosen.rows, chosen.rounds):
        told = "met" if line.met else "missed"
        mine, its = line.busy
        print(
            f"{line.name:55} {line.ours:8.3f} s {line.other:8.3f} s {line.ratio:6.2f}  {told:7}"
            f"processors: {mine:.3f} s {its:.3f} s {mine / its:.2f}"
        )
    for each in process(chosen.folder, chosen.rows):
        print(f"{each.name:55} {each.value:>10} {each.goal:14} {'met' if each.met else 'missed'}")
