"""Survival beside lifelines (MIT), where it is installed.

    pip install lifelines==0.30.3
    python -m benchmarks.peers.survival [--rows 1000000]

It is no dependency of Touchline. Prints seconds of both, and exits with 1 where a cell differs. docs/peers.md explains
every difference of definition.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections import Counter
from typing import Any

import numpy as np

from benchmarks.peers.comparing import Cells, Compared, beside, told
from benchmarks.peers.logs import logs
from touchline.scores.base import Figure
from touchline.sequences import Journey

_DAY = 86_400
_AT = (1, 3, 7, 14, 30, 60, 90, 180, 365)


def waits(journey: Journey, start: str, end: str) -> tuple[Any, Any, Any]:
    """Return each customer's whole seconds from the first start to the first end after it, whether it came, and who."""
    held = journey.journeys
    names, events = held.coded("event").names, held.coded("event").codes
    seconds, came, who = [], [], []
    for customer, (low, high) in enumerate(zip(held.starts[:-1].tolist(), held.starts[1:].tolist(), strict=True)):
        mine = events[low:high]
        begins = np.flatnonzero(mine == names.index(start))
        if not len(begins):
            continue
        begin = low + int(begins[0])
        ends = np.flatnonzero(events[begin + 1 : high] == names.index(end))
        until = int(held.at[begin + 1 + int(ends[0])]) if len(ends) else held.observed[1]
        seconds.append((until - int(held.at[begin])) // 1_000_000)
        came.append(bool(len(ends)))
        who.append(customer)
    return np.array(seconds), np.array(came), np.array(who)


def steps(journey: Journey) -> tuple[str, str]:
    """Return what journeys begin with most often, and what else they end with most often."""
    held = journey.journeys
    event = held.coded("event")
    first = Counter(event.codes[held.starts[:-1]].tolist()).most_common(1)[0][0]
    last = next(code for code, _ in Counter(event.codes[held.starts[1:] - 1].tolist()).most_common() if code != first)
    return event.names[first], event.names[last]


def compare(log: str, journey: Journey) -> list[Compared]:
    """Ask the same of both; making the waits is not timed for them."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    start, end = steps(journey)
    seconds, came, who = waits(journey, start, end)
    ends = np.sort(seconds[came])

    def fitted() -> Any:
        return KaplanMeierFitter().fit(seconds, came)

    def theirs(made: Any) -> Cells:
        """Return curve and bounds where definitions are the same: from the first end on, while somebody is watched."""
        cells: dict[Any, float] = {"median": made.median_survival_time_ / _DAY}
        bounds = made.confidence_interval_
        for day in _AT:
            row = int(np.searchsorted(made.timeline, day * _DAY, side="right")) - 1
            survival = float(made.survival_function_.iloc[row, 0])
            if _alike(day, survival):
                cells[day] = survival
                cells["low", day], cells["high", day] = (float(bounds.iloc[row, side]) for side in (0, 1))
        return cells

    def _alike(day: float, survival: float) -> bool:
        return ends[0] <= day * _DAY <= seconds.max() and survival > 0

    def ours(figure: Figure) -> Cells:
        cells: dict[Any, float] = {"median": figure.facts["medians"][0]["median_days"]}
        for row in figure.to_dicts():
            if row["survival"] is not None and _alike(row["day"], row["survival"]):
                day = int(row["day"])
                cells[day], cells["low", day], cells["high", day] = row["survival"], row["low"], row["high"]
        return cells

    found = [
        beside(
            log, f"survival, {start} to {end}"[:30],
            (lambda: journey.survival(f"event:{start}", f"event:{end}", at=_AT), ours), (fitted, theirs),
            note="(ours finds the waits too)",
        )
    ]  # fmt: skip
    if "seg_tier" in journey.journeys.columns:
        held = journey.journeys
        group = held.coded("seg_tier").codes[held.starts[:-1]][who]
        found.append(
            beside(
                log, "log-rank between segments",
                (
                    lambda: journey.survival(f"event:{start}", f"event:{end}", by="seg_tier"),
                    lambda figure: {
                        "chi2": figure.facts["log_rank"][0]["statistic"],
                        "p": figure.facts["log_rank"][0]["p"],
                    },
                ),
                (
                    lambda: multivariate_logrank_test(seconds, group, came),
                    lambda test: {"chi2": test.test_statistic, "p": test.p_value},
                ),
            )
        )  # fmt: skip
    return found


def main() -> int:
    """Compare, print, and return 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="write the times into docs/performance.md")
    chosen = parser.parse_args()
    if importlib.util.find_spec("lifelines") is None:
        print("lifelines is not installed: pip install lifelines==0.30.3")
        return 0
    found = (one for log, journey in logs(chosen.rows).items() for one in compare(log, journey))
    command = f"python -m benchmarks.peers.survival --rows {chosen.rows}"
    return told(found, "lifelines", command if chosen.write else "")


if __name__ == "__main__":
    sys.exit(main())
