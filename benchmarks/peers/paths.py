"""Funnel, transitions, step matrix and path search beside retentioneering (Apache-2.0), where it is installed.

    pip install retentioneering==5.2.4
    python -m benchmarks.peers.paths [--rows 200000]

It is no dependency of Touchline. Prints seconds of both, and exits with 1 where a number differs that should be equal.
docs/journeys.md explains every difference of definition.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pyarrow as pa

from benchmarks.paths import journeys
from touchline.sequences import Journey

_MATCHES = {
    "op": "=", "metric": "matches_pattern", "value": True, "metric_args": {"pattern": "e3->[^e1]*->e2"},
}  # fmt: skip
_STEPS = ["e0", "e1", "e2", "e3", "e4"]


def frame(journey: Journey) -> Any:
    """Return the events as a pandas frame in the peer's columns."""
    held = journey.journeys
    return pa.table(
        {
            "user_id": pa.array(held.keys[held.owner]).cast(pa.string()),
            "event": held.coded("event").arrow(),
            "timestamp": pa.array(held.at, pa.timestamp("us")),
        }
    ).to_pandas()


def compare(rows: int) -> list[tuple[str, float, float, bool]]:
    """Return name, our seconds, theirs, and whether the numbers are equal."""
    from retentioneering.eventstream.eventstream import Eventstream

    ours = Journey(journeys(rows))
    stream = Eventstream(frame(ours))
    found = []

    def beside(name: str, mine: Callable[[], Any], its: Callable[[], Any], equal: Callable[[Any, Any], bool]) -> None:
        times, answers = [], []
        for ask in (mine, its):
            ask()
            begun = perf_counter()
            answers.append(ask())
            times.append(perf_counter() - begun)
        found.append((name, times[0], times[1], equal(*answers)))

    beside(
        "funnel, 5 steps",
        lambda: ours.funnel(_STEPS),
        lambda: stream.funnel_data(_STEPS),
        lambda a, b: a.table["n"].to_pylist() == [step["unique_paths"] for step in b["steps"]],
    )
    beside("transitions", ours.transitions, lambda: stream.transition_graph_data("count"), _same_moves)

    def having() -> int:
        return int(stream.filter_paths(_MATCHES).df["user_id"].nunique())

    beside(
        "path search",
        lambda: ours.find("e3 > !e1* > e2"),
        having,
        lambda a, b: a.table["n"].to_pylist() == [b],
    )
    beside("step matrix, 10", ours.step_matrix, lambda: stream.step_matrix_data(max_steps=10), _same_steps)
    return found


def _same_moves(ours: Any, theirs: Any) -> bool:
    moves = [row for row in ours.to_dicts() if not {row["source"], row["target"]} & {"(start)", "(end)"}]
    return all(abs(theirs.loc[row["source"], row["target"]] - row["n"]) < 1e-6 for row in moves)


def _same_steps(ours: Any, theirs: Any) -> bool:
    """Compare; their column 0 is the start, and the end is a state called path_end."""
    rows = [row | {"state": row["state"].replace("(ended)", "path_end")} for row in ours.to_dicts()]
    return all(abs(float(theirs.loc[row["state"], row["position"]]) - row["share"]) < 1e-6 for row in rows)


def main() -> int:
    """Compare, print, and return 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    if importlib.util.find_spec("retentioneering") is None:
        print("retentioneering is not installed: pip install retentioneering==5.2.4")
        return 0
    wrong = 0
    for name, mine, its, same in compare(parser.parse_args().rows):
        print(f"{name:20} {mine:7.3f} s {its:7.3f} s  {its / mine:5.1f}x  {'equal' if same else 'DIFFERENT'}")
        wrong += not same
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
