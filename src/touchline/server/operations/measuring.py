"""What `/metrics` tells: gathered when it is asked for, from the journals, the warehouses and /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.errors import TouchlineError
from touchline.server.home import WEB_SOCKET
from touchline.server.operations import processes
from touchline.server.operations.disk import disk
from touchline.server.operations.health import lag
from touchline.server.operations.metrics import Counter, Family, counter, gauge
from touchline.server.operations.middleware import BEGUN, REQUESTS, TOOK
from touchline.server.workspaces import facade as workspaces

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held

#: What the door writes for us to tell, beside the socket that it speaks to us on.
DOOR: Final = "door.metrics"
_STALE: Final = 60.0  # seconds: a door that has not written for longer is gone
_WAYS: Final = ("received", "accepted", "repeated", "quarantined", "expired")

#: Further gauges of this process: a name, what it tells, and how to find it.
_more: list[tuple[str, str, Callable[[], float]]] = []
FAILED: Final = Counter("touchline_metrics_failed_total", "Times a workspace could not be measured.", ("workspace",))


def also(name: str, about: str, value: Callable[[], float]) -> None:
    """Tell a further gauge of this process."""
    _more[:] = [one for one in _more if one[0] != name] + [(name, about, value)]


def text() -> str:
    """Return everything, in Prometheus' text format."""
    return "".join(family.text() for family in _families()) + _door()


def _families() -> Iterator[Family]:
    from touchline import __version__

    yield gauge("touchline_info", "The version.", [({"version": __version__}, 1)])
    yield from (REQUESTS.family(), TOOK.family(), BEGUN.family())
    yield from _of_workspaces()
    yield from _of_processes()
    yield from _of_jobs()
    for name, about, value in _more:
        yield gauge(name, about, [({}, value())])
    yield FAILED.family()


def _of_workspaces() -> Iterator[Family]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for one in workspaces.open_here():
        try:
            values = list(_measured(one))
        except TouchlineError:
            FAILED.add(one.slug)
            values = [("touchline_up", {}, 0.0)]
        for name, labels, value in values:
            found.setdefault(name, []).append(({"workspace": one.slug, **labels}, value))
    for name, about in _ABOUT.items():
        make = counter if name.endswith("_total") else gauge
        yield make(name, about, found.get(name, []))


_ABOUT: Final = {
    "touchline_up": "Whether the workspace's journal and warehouse answer.",
    "touchline_intake_records_total": "Records that came to the door, by the way that they took.",
    "touchline_intake_batches_total": "Batches in the journal.",
    "touchline_journal_head": "The journal's last batch.",
    "touchline_warehouse_position": "The last batch that the warehouse has.",
    "touchline_lag_records": "Accepted records that are not shown yet.",
    "touchline_lag_seconds": "For how long the oldest of them has waited, at least.",
    "touchline_quarantined_records": "Records in quarantine now.",
    "touchline_drain_failing": "Whether the last drain failed.",
    "touchline_questions_total": "Questions that were asked of the warehouse.",
    "touchline_questions_timed_out_total": "Questions that were ended since they took too long.",
    "touchline_disk_free_bytes": "What is free on the workspace's disk.",
    "touchline_disk_floor_bytes": "What has to stay free.",
}


def _measured(one: Held) -> Iterator[tuple[str, dict[str, str], float]]:
    journal, warehouse = one.workspace.journal, one.workspace.warehouse
    counts, position = journal.counts(), warehouse.position
    yield "touchline_up", {}, 1
    for way in _WAYS:
        yield "touchline_intake_records_total", {"way": way}, getattr(counts, way)
    yield "touchline_intake_batches_total", {}, counts.batches
    yield "touchline_journal_head", {}, journal.head
    yield "touchline_warehouse_position", {}, position
    yield "touchline_lag_records", {}, journal.rows_after(warehouse.shown)
    yield "touchline_lag_seconds", {}, round(lag(one), 3)
    yield "touchline_quarantined_records", {}, counts.quarantined
    yield "touchline_drain_failing", {}, bool(one.trouble)
    yield "touchline_questions_total", {}, one.questions
    yield "touchline_questions_timed_out_total", {}, one.too_slow
    room = disk(one.workspace.folder.root)
    yield "touchline_disk_free_bytes", {}, room.free
    yield "touchline_disk_floor_bytes", {}, room.floor


def _of_processes() -> Iterator[Family]:
    found = processes.used()
    labels = [{"process": one.name, "pid": str(one.pid)} for one in found]
    told: dict[str, tuple[str, list[float]]] = {
        "touchline_process_memory_bytes": ("Resident memory.", [one.memory for one in found]),
        "touchline_process_open_files": ("Open files and sockets.", [one.files for one in found]),
        "touchline_process_threads": ("Threads.", [one.threads for one in found]),
        "touchline_process_seconds_total": ("Processor time.", [one.seconds for one in found]),
    }
    for name, (about, values) in told.items():
        make = counter if name.endswith("_total") else gauge
        yield make(name, about, list(zip(labels, values, strict=True)))


def _of_jobs() -> Iterator[Family]:
    from touchline.server.operations.models import Run

    runs = list(Run.objects.all())
    labels = [{"job": run.job, "workspace": run.workspace} for run in runs]
    ended = [(of, run.ended_at.timestamp()) for of, run in zip(labels, runs, strict=True) if run.ended_at and run.ok]
    yield gauge("touchline_job_succeeded_seconds", "When a job last ended well (Unix time).", ended)
    failures = [(of, run.failures) for of, run in zip(labels, runs, strict=True)]
    yield gauge("touchline_job_failures", "How many runs of a job in a row have failed.", failures)


def _door() -> str:
    """Return what the door process tells of itself."""
    path = Path(os.environ.get(WEB_SOCKET, "")).parent / DOOR
    try:
        fresh = time.time() - path.stat().st_mtime < _STALE
        return path.read_text() if fresh else ""
    except FileNotFoundError:
        return ""
