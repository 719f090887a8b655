"""Sequence questions on a million events, beside the same by hand: ``python -m benchmarks.sequences``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks import near_limit, near_limit_attribution
from benchmarks.indexing import journeys
from benchmarks.timing import Pair, pair
from touchline.sequences import Journey

#: How much longer than by hand a question may take; it also makes intervals, names and who is behind.
AT_MOST = 1.5
#: By hand it is the k-means alone; ours also draws ten halves for stability, takes silhouettes and seeks rules.
JUDGED = {"types of behaviour, k = 4": 8.0}


def run(folder: Path, rows: int, rounds: int) -> list[Pair]:
    """Measure every question."""
    held = journeys(folder, rows)
    asked = Journey(held)
    questions: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("cohorts by week", asked.cohorts, lambda: near_limit.cohorts(held)),
        ("dwell by stage", asked.dwell, lambda: near_limit.dwell(held)),
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
    return [
        pair(
            f"{name} / by hand",
            ours,
            theirs,
            rounds=rounds,
            at_most=JUDGED.get(name, AT_MOST),
            goal=f"at most {JUDGED.get(name, AT_MOST):g}",
        )
        for name, ours, theirs in questions
    ] + near_limit_attribution.pairs(held, "order", rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("bench-out"))
    chosen = parser.parse_args()
    for line in run(chosen.folder, chosen.rows, chosen.rounds):
        told = "met" if line.met else "missed"
        print(f"{line.name:45} {line.ours:8.3f} s {line.other:8.3f} s {line.ratio:6.2f}  {told}")
