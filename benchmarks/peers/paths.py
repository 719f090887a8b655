"""Funnels, transitions, matrices, path search and segments beside retentioneering (Apache-2.0), where it is installed.

    pip install retentioneering==5.2.4
    RETENTIONEERING_NO_TRACK=1 python -m benchmarks.peers.paths [--rows 1000000]

It is no dependency of Touchline. Prints seconds of both, and exits with 1 where a cell differs. docs/peers.md explains
every difference of definition.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.peers.comparing import Cells, Compared, beside, told
from benchmarks.peers.logs import frame, logs
from touchline.scores.base import Figure
from touchline.sequences import Journey

_DAYS = 86_400
_METRICS = ({"metric": "length"}, {"metric": "duration"}, {"metric": "active_days"})
_OURS = {"length_mean": "events", "duration_mean": "duration", "active_days_mean": "active_days"}


def compare(log: str, journey: Journey) -> Iterator[Compared]:
    """Ask the same of both."""
    from retentioneering.eventstream.eventstream import Eventstream

    held = journey.journeys
    theirs, segmented = frame(journey, "user_id", "event", "timestamp"), "seg_tier" in held.columns
    if segmented:
        theirs["tier"] = held.coded("seg_tier").arrow().to_pandas()
    stream = Eventstream(theirs, schema={"segment_cols": ["tier"]} if segmented else None)
    steps = [name for name, _ in Counter(held.coded("event").arrow().to_pylist()).most_common(5)]
    a, b, c = steps[:3]
    large = len(held) > 500_000
    yield beside(
        log, "funnel, 5 steps",
        (lambda: journey.funnel(steps), _reached),
        (
            lambda: stream.funnel_data(steps),
            lambda answer: dict(enumerate(step["unique_paths"] for step in answer["steps"])),
        ),
        at_least=3 if large else None,
    )  # fmt: skip
    yield beside(
        log, "conversion within 30 days",
        (lambda: journey.funnel([a, b], window="30d", entry="first"), _reached),
        (
            lambda: stream.get_conversion_rate(a, b, within="30d"),
            lambda table: {0: table["paths_with_start"][0], 1: table["converted"][0]},
        ),
        at_least=5 if large else None,
    )  # fmt: skip
    yield beside(
        log, "transitions, counts",
        (lambda: journey.transitions(kind="counts"), _moves),
        (lambda: stream.transition_graph_data("count"), _matrix),
        at_least=30 if large else None,
    )  # fmt: skip
    yield beside(
        log, "transitions, counts",
        (journey.transitions, _moves),
        (lambda: stream.transition_graph_data("count"), _matrix),
        note="(ours with customers and times)",
    )  # fmt: skip
    yield beside(
        log, "transitions, shares",
        (lambda: journey.transitions(kind="counts"), lambda figure: _of_moves(_moves(figure))),
        (lambda: stream.transition_graph_data("proba_out"), lambda table: _of_moves(_matrix(table))),
    )  # fmt: skip
    yield beside(
        log, "step matrix, 10",
        (journey.step_matrix, _positions),
        (lambda: stream.step_matrix_data(max_steps=10), _their_positions),
        at_least=5 if large else None,
    )  # fmt: skip
    yield beside(
        log, "matrix around a step",
        (lambda: journey.sankey(a, before=5, after=5, top=1000), _levels),
        (lambda: stream.step_matrix_data(max_steps=5, path_pattern=a), lambda found: _block(found[0])),
        at_least=20 if large else None,
    )  # fmt: skip
    yield beside(
        log, "path search",
        (lambda: journey.find(f"{a} > !{b}* > {c}"), _reached),
        (lambda: _kept(stream, _has(a, b, c)), lambda found: {0: found}),
    )  # fmt: skip
    if segmented:
        yield beside(
            log, "overview, 3 metrics by segment",
            (
                lambda: journey.overview(by=("seg_tier",), metrics=tuple(_OURS.values())),
                lambda figure: {(row["metric"], row["level"]): row["value"] for row in figure.to_dicts()},
            ),
            (
                lambda: stream.segment_overview_data("tier", [m | {"agg": "mean"} for m in _METRICS]),
                _levels_of_segment,
            ),
            rounds=1 if large else 3, at_least=50 if large else None,
        )  # fmt: skip
        yield beside(
            log, "clusters, k = 4",
            (lambda: journey.clusters(k=4), lambda _: {}),
            (
                lambda: stream.cluster_analysis_data([{"metric": "event_count_bulk"}], method_args={"n_clusters": 4}),
                lambda _: {},
            ),
            rounds=1, at_least=50 if large else None, note="(not alike: nothing to compare)",
        )  # fmt: skip


def _reached(figure: Figure) -> Cells:
    return dict(enumerate(figure.table["n"].to_pylist()))


def _kept(stream: Any, condition: dict[str, Any]) -> int:
    """Return how many paths match; where none does they raise an error."""
    from retentioneering.exceptions import EmptyEventstreamError

    try:
        return int(stream.filter_paths(condition).df["user_id"].nunique())
    except EmptyEventstreamError:
        return 0


def _has(a: str, b: str, c: str) -> dict[str, Any]:
    pattern = f"{a}->[^{b}]*->{c}"
    return {"op": "=", "metric": "matches_pattern", "value": True, "metric_args": {"pattern": pattern}}


def _moves(figure: Figure) -> Cells:
    ends = {"(start)": "path_start", "(end)": "path_end"}
    return {
        (ends.get(row["source"], row["source"]), ends.get(row["target"], row["target"])): row["n"]
        for row in figure.to_dicts()
    }


def _matrix(table: Any) -> Cells:
    """Return their matrix's cells; NaN stands for no move."""
    return {(row, column): n for row, line in table.to_dict("index").items() for column, n in line.items() if n == n}


def _of_moves(cells: Cells) -> Cells:
    """Return each move's share of those that leave its source, between events alone: they count no end."""
    inner = {move: n for move, n in cells.items() if not {"path_start", "path_end"} & {*move}}
    out: Counter[str] = Counter()
    for (source, _), n in inner.items():
        out[source] += n
    return {move: n / out[move[0]] for move, n in inner.items() if out[move[0]]}


def _positions(figure: Figure) -> Cells:
    return {
        (row["state"].replace("(ended)", "path_end"), row["position"]): row["n"] / row["customers"]
        for row in figure.to_dicts()
    }


def _their_positions(table: Any) -> Cells:
    return {cell: share for cell, share in _matrix(_one(table)).items() if cell[1] > 0}  # their column 0 is the start


def _one(found: Any) -> Any:
    return found[0] if isinstance(found, tuple) else found


def _levels(figure: Figure) -> Cells:
    names = {"(start)": "path_start", "(end)": "path_end"}
    nodes = [row for row in figure.to_dicts() if row["part"] == "node"]
    everyone = max(row["n"] for row in nodes)
    return {(names.get(row["source"], row["source"]), row["level"]): row["n"] / everyone for row in nodes}


def _block(table: Any) -> Cells:
    return {(state, int(level)): share for (state, level), share in _matrix(table).items()}


def _levels_of_segment(table: Any) -> Cells:
    """Return their means; a duration in seconds as ours in days."""
    return {
        (name, level): value / (_DAYS if name == "duration" else 1)
        for metric, name in _OURS.items()
        for level, value in table.loc[metric].items()
    }


def main() -> int:
    """Compare, print, and return 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="write the times into docs/performance.md")
    chosen = parser.parse_args()
    os.environ.setdefault("RETENTIONEERING_NO_TRACK", "1")
    if importlib.util.find_spec("retentioneering") is None:
        print("retentioneering is not installed: pip install retentioneering==5.2.4")
        return 0
    found = (one for log, journey in logs(chosen.rows).items() for one in compare(log, journey))
    command = f"python -m benchmarks.peers.paths --rows {chosen.rows}"
    return told(found, "retentioneering", command if chosen.write else "")


if __name__ == "__main__":
    sys.exit(main())
