"""Directly-follows, eventually-follows and variants beside pm4py (AGPL), where it is installed.

    pip install pm4py==2.7.23
    python -m benchmarks.peers.mining [--rows 1000000]

It is no dependency of Touchline. Prints seconds of both, and exits with 1 where a cell differs. docs/peers.md explains
every difference of definition.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import sys
from typing import Any

from benchmarks.peers.comparing import Cells, Compared, beside, told
from benchmarks.peers.logs import frame, logs
from touchline.scores.base import Figure
from touchline.sequences import Journey

_NAMES = {"activity_key": "concept:name", "timestamp_key": "time:timestamp", "case_id_key": "case:concept:name"}


def _moves(figure: Figure) -> Cells:
    return {(row["source"], row["target"]): row["n"] for row in figure.to_dicts()}


def _with_ends(answer: Any) -> Cells:
    """Their graph with its starts and ends, as ours has them."""
    graph, starts, ends = answer
    return {
        **graph,
        **{("(start)", event): n for event, n in starts.items()},
        **{(event, "(end)"): n for event, n in ends.items()},
    }


def compare(log: str, journey: Journey) -> list[Compared]:
    """Ask the same of both."""
    import pm4py

    theirs = frame(journey, _NAMES["case_id_key"], _NAMES["activity_key"], _NAMES["timestamp_key"])
    large = len(journey.journeys) > 500_000
    return [
        beside(
            log, "directly-follows",
            (journey.transitions, _moves), (lambda: pm4py.discover_dfg(theirs, **_NAMES), _with_ends),
            at_least=30 if large else None, note="(ours with customers and times)",
        ),
        beside(
            log, "eventually-follows",
            (lambda: journey.transitions(kind="eventually"), _moves),
            (lambda: pm4py.discover_eventually_follows_graph(theirs, **_NAMES), dict),
            rounds=1 if large else 3,
        ),
        beside(
            log, "variants, top 20",
            (lambda: journey.variants(top=20), lambda figure: {1: figure.facts["variants"]} | _top(figure)),
            (lambda: pm4py.get_variants(theirs, **_NAMES), lambda found: {1: len(found)} | _most(found)),
            at_least=10 if large else None,
        ),
    ]  # fmt: skip


def _top(figure: Figure) -> dict[Any, float]:
    """Return how common the most common are; which of equally common ones comes first is each tool's own."""
    shown = [row["n"] for row in figure.to_dicts() if row["rank"] is not None]
    by_name = {row["variant"]: row["n"] for row in figure.to_dicts() if row["rank"] and row["n"] > shown[-1]}
    return {("rank", rank): n for rank, n in enumerate(shown)} | by_name


def _most(found: dict[tuple[str, ...], int]) -> dict[Any, float]:
    counts = sorted(((n if isinstance(n, int) else len(n)) for n in found.values()), reverse=True)[:20]
    named = {" > ".join(path): n for path, n in found.items() if n > counts[-1]}
    return {("rank", rank): n for rank, n in enumerate(counts)} | named


def main() -> int:
    """Compare, print, and return 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="write the times into docs/performance.md")
    chosen = parser.parse_args()
    if importlib.util.find_spec("pm4py") is None:
        print("pm4py is not installed: pip install pm4py==2.7.23")
        return 0
    with contextlib.redirect_stdout(io.StringIO()):  # its greeting
        importlib.import_module("pm4py")
    found = (one for log, journey in logs(chosen.rows).items() for one in compare(log, journey))
    command = f"python -m benchmarks.peers.mining --rows {chosen.rows}"
    return told(found, "pm4py", command if chosen.write else "")


if __name__ == "__main__":
    sys.exit(main())
