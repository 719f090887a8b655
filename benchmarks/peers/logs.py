"""The logs that peers are held against: simulated, and real ones where they lie beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.paths import journeys as simulated
from touchline.sequences import Journey
from touchline.sequences.journey import read_events
from touchline.sources.files import SourceFile
from touchline.sources.xes_events import CASE, NAME, events

REAL = ("helpdesk", "bpic2012")


def shared() -> Path:
    """The folder of real logs, as the tests find it."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("TOUCHLINE_SHARED", beside)) / "data" / "event_logs"


def logs(rows: int) -> dict[str, Journey]:
    """Return journeys by the log's name: simulated ones with ``rows`` events, and every real one that is there."""
    found = {f"simulated, {rows:,} events": Journey(simulated(rows))}
    for name in REAL:
        path = shared() / f"{name}.xes.gz"
        if path.exists():
            found[name] = read_events(table(path))
        else:
            print(f"{name} is not there: skipped")
    return found


def table(path: Path) -> pa.Table:
    """Return a log's events as customer, event and time."""
    met = [event.cells for event in events(SourceFile.open(path)) if not event.reason]
    return pa.table(
        {
            "customer": [cells[f"{CASE}{NAME}"] for cells in met],
            "event": [cells[NAME] for cells in met],
            "time": [cells["time:timestamp"] for cells in met],
        }
    )


def frame(journey: Journey, customer: str, event: str, time: str) -> Any:
    """Return the same events as a pandas frame, in our order, under a peer's names.

    Moments are told apart that were equal, by microseconds in our order: peers break ties each in a way of its own.
    """
    held = journey.journeys
    at = held.at.copy()
    rows = np.arange(len(at))
    equal = np.append(False, (at[1:] == at[:-1]) & ~held.first[1:])
    at += rows - np.maximum.accumulate(np.where(equal, 0, rows))
    assert not ((at[1:] <= at[:-1]) & ~held.first[1:]).any(), "moments that lie closer than a tie is long"
    return pa.table(
        {
            customer: pa.array(held.keys[held.owner]).cast(pa.string()),
            event: held.coded("event").arrow(),
            time: pa.array(at, pa.timestamp("us")),
        }
    ).to_pandas()
