"""The journey index of a million and of ten million events: built from the warehouse, read from disk, in memory."""

from __future__ import annotations

import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.timing import own_memory, peak_memory
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.warehouse.duckdb import DuckWarehouse, tables
from touchline.warehouse.duckdb.connection import Limits
from touchline.warehouse.index import Journeys
from touchline.workspace.indexing import index

_EVENTS = (
    "visit", "search", "view", "add_to_cart", "checkout", "order", "delivery", "login", "support_call", "refund",
    "review", "renewal",
)  # fmt: skip
_CHANNELS = ("web", "app", "email", "phone", "chat", "store", "social", "sms")
_STAGES = ("awareness", "consideration", "purchase", "onboarding", "delivery", "renewal", "advocacy")
_KEY = b"benchmark"

#: Customers have from 1 to about 100 events, as peers were timed with; the draw is a hash, so that every run is alike.
_STORED = """
INSERT INTO stored BY NAME
SELECT md5(i::VARCHAR) AS interaction_id, 'events' AS source, 'event' AS kind,
       {channels}[1 + (hash(i, 1) % 8)::INT] AS channel, 'customer' AS author,
       'C' || c AS customer_ref, c AS customer_key, false AS date_only,
       TIMESTAMP '2025-01-01' + to_microseconds((hash(i, 2) % 38880000000000)::BIGINT) AS occurred_at,
       {events}[1 + (hash(i, 3) % 12)::INT] AS event, i // 50000 AS "offset", false AS live,
       TIMESTAMP '2026-04-01' AS received_at
FROM (SELECT i, floor({customers} * sqrt((hash(i, 4) % 1000003) / 1000003.0))::BIGINT AS c FROM range({rows}) t(i))
"""
_JOURNEY = """
INSERT INTO journey_1
SELECT interaction_id, customer_key, true, customer_key, occurred_at, occurred_at::DATE,
       {stages}[1 + (hash(interaction_id) % 7)::INT]
FROM stored ORDER BY customer_key, occurred_at
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One measured line."""

    name: str
    value: str
    goal: str
    met: bool


def stored(folder: Path, rows: int) -> Path:
    """Write a warehouse of so many events, once, without an import; return its file."""
    path = folder / f"events-{rows}-{tables.layout()}.duckdb"
    done = path.with_suffix(".done")
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with DuckWarehouse(path, Limits("6GB")) as warehouse, warehouse.transaction():
            names = {"channels": list(_CHANNELS), "events": list(_EVENTS), "stages": list(_STAGES)}
            warehouse.execute(_STORED.format(rows=rows, customers=max(1, rows // 10), **names))
            warehouse.execute(_JOURNEY.format(**names))
            warehouse.remember(position=rows)
        done.touch()
    return path


def journeys(folder: Path, rows: int) -> Journeys:
    """Return the journeys of so many events, built when they are not there yet."""
    with DuckWarehouse(stored(folder, rows), Limits("2GiB")) as warehouse:
        return index(warehouse, Taxonomy.template("b2c"), "UTC", _KEY, folder / f"events-{rows}.index")


@dataclass(frozen=True, slots=True)
class Measured:
    """What making or reading an index took, in a process of its own.

    Attributes:
        seconds: By the clock.
        busy: Seconds that processors worked, all threads together.
        size: MiB of the index.
        peak: The most MiB that the process held, with the pages of files that are mapped.
        own: The most MiB without those.
    """

    seconds: float
    busy: float
    size: float
    peak: float
    own: float


def _measured(folder: Path, rows: int, again: bool) -> Measured:
    place = folder / f"events-{rows}.index"
    if not again:
        shutil.rmtree(place, ignore_errors=True)
    with own_memory() as own, DuckWarehouse(stored(folder, rows), Limits("2GiB")) as warehouse:
        started, busy = perf_counter(), process_time()
        made = index(warehouse, Taxonomy.template("b2c"), "UTC", _KEY, place)
        took, busy = perf_counter() - started, process_time() - busy
    used = made.keys.nbytes + made.starts.nbytes + made.at.nbytes
    used += sum(getattr(column, "codes", column).nbytes for column in made.columns.values())
    return Measured(took, busy, used / 2**20, peak_memory(), own[0])


def measured(folder: Path, rows: int, *, again: bool) -> Measured:
    """Measure a build, or a read from disk."""
    stored(folder, rows)
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as alone:
        return alone.submit(_measured, folder, rows, again).result()


def run(folder: Path, most: int = 10_000_000) -> list[Line]:
    """Measure a million events, and ten."""
    lines = []
    for rows in (1_000_000, most):
        built, read = measured(folder, rows, again=False), measured(folder, rows, again=True)
        large, name = rows > 1_000_000, f"index of {rows:,} events"
        memory, least = ("under 3 GB", 2861) if large else ("under 400 MB", 381)
        lines += [
            Line(f"{name}, built", f"{built.seconds:.2f} s", "under 15 s" if large else "", built.seconds < 15),
            Line(f"{name}, built, processors' time", f"{built.busy:.2f} s", "", True),
            Line(f"{name}, read from disk", f"{read.seconds:.3f} s", "under 0.5 s", read.seconds < 0.5),
            Line(f"{name}, size", f"{built.size:,.0f} MiB", "under 1 GB", built.size < 954),
            Line(f"process that built it, {rows:,} events", f"{built.peak:,.0f} MiB", memory, built.peak < least),
            Line(f"  without pages of files, {rows:,} events", f"{built.own:,.0f} MiB", "", True),
            Line(f"process that reads it, {rows:,} events", f"{read.peak:,.0f} MiB", "under 400 MB", read.peak < 381),
        ]
    return lines


if __name__ == "__main__":
    for line in run(Path("bench-out")):
        print(f"{line.name:50} {line.value:>12} {line.goal:14} {'met' if line.met else 'missed'}")
