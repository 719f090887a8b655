"""The heatmap over HTTP at a million interactions: remembered, and the first time after new data are published.

``python -m benchmarks.api`` starts `touchline serve` on a workspace of so many interactions. Ten readers ask for the
heatmap over and over; then a record is posted, and the first answer that knows of it is timed, some times over, alone
and while the ten readers ask on. Beside it the same numbers by hand-written SQL on the same file, with nothing around
it. Exit code 0 whatever comes out: a miss is told, not hidden.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.page import Row, load, machine
from benchmarks.questions import heatmap_sql, stored
from touchline.client.serving import serving
from touchline.errors import WorkspaceError
from touchline.workspace import Workspace

READERS, CACHED, FIRST = 10, 0.150, 1.0
PATH = "/api/v1/heatmap"
_STARTS_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Server:
    """The server under load."""

    url: str
    token: str

    def client(self) -> httpx.Client:
        """Return a connection of its own."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=120)


def copied(folder: Path, rows: int) -> Path:
    """Return a workspace of so many interactions that may be posted to."""
    place = folder / f"served-{rows}"
    if not place.exists():
        shutil.copytree(stored(folder, rows), place, ignore=shutil.ignore_patterns("server", "serving.json"))
    with Workspace(place) as workspace:
        try:
            _ = workspace.warehouse
        except WorkspaceError:  # of another version: the journal holds everything
            workspace.rebuild()
    return place


def fresh(folder: Path, rows: int) -> Path:
    """Return such a workspace without what was posted to it before."""
    shutil.rmtree(folder / f"served-{rows}", ignore_errors=True)
    return copied(folder, rows)


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Serve a workspace in processes of its own."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
    environment = os.environ | {"TOUCHLINE_API_RATE": "1000000"}
    arguments = [sys.executable, "-m", "touchline", "serve", str(folder), "--port", str(port)]
    process = subprocess.Popen(arguments, env=environment, start_new_session=True)
    try:
        until = time.monotonic() + _STARTS_WITHIN
        while True:
            found = serving(folder)
            try:
                if found and httpx.get(f"{found.url}/readyz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                found = None
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit("the server did not start")
            time.sleep(0.2)
        yield Server(found.url, found.token)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextmanager
def asking(server: Server, readers: int, pairs: dict[str, str]) -> Iterator[list[float]]:
    """Let readers ask on and on; yield the list that their times go to."""
    ended, times, lock = threading.Event(), [], threading.Lock()

    def read() -> None:
        with server.client() as client:
            while not ended.is_set():
                begun = time.perf_counter()
                answer = client.get(PATH, params=pairs)
                took = time.perf_counter() - begun
                if answer.status_code != 200:
                    raise SystemExit(f"{answer.status_code}: {answer.text}")
                with lock:
                    times.append(took)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield times
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def publish(client: httpx.Client) -> None:
    """Post a record, and wait until it is published."""
    before = client.get("/api/v1/status").json()
    record = {
        "id": f"bench-{time.time_ns()}", "source": "bench", "kind": "survey", "author": "customer",
        "customer_ref": "bench", "occurred_at": "2026-06-01T12:00:00Z", "stage": "delivery",
        "answers": [{"question": "nps", "kind": "nps", "value": 3}],
    }  # fmt: skip
    client.post("/api/v1/interactions", json=record).raise_for_status()
    while client.get("/api/v1/status").json()["stored"] == before["stored"]:
        time.sleep(0.05)


def first_times(server: Server, rounds: int, pairs: dict[str, str]) -> list[float]:
    """Post a record, wait until it is published, and time the first heatmap; that many times."""
    times = []
    with server.client() as client:
        for _ in range(rounds):
            publish(client)
            begun = time.perf_counter()
            client.get(PATH, params=pairs).raise_for_status()
            times.append(time.perf_counter() - begun)
    return times


def by_hand(folder: Path, rounds: int, queries: tuple[str, ...]) -> float:
    """Return the median seconds that hand-written SQL takes for the same numbers."""
    times = []
    with Workspace(folder) as workspace:
        for _ in range(rounds + 1):
            begun = time.perf_counter()
            for query in queries:
                workspace.warehouse.fetch(query)
            times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])


def measured(folder: Path, rows: int, seconds: float, rounds: int) -> list[Row]:
    """Measure, and return a line per number."""
    place = copied(folder, rows)
    found: list[Row] = []
    kinds: tuple[tuple[str, dict[str, str]], ...] = (("by metric", {}), ("by segment", {"by": "segment:region"}))
    sql = {name: by_hand(place, rounds, heatmap_sql(pairs.get("by", "metric"))) for name, pairs in kinds}
    with served(place) as server:
        for name, pairs in kinds:
            with server.client() as client:
                client.get(PATH, params=pairs).raise_for_status()
            with asking(server, READERS, pairs) as times:
                time.sleep(seconds)
            p50, p95 = (float(np.quantile(times, q)) for q in (0.5, 0.95))
            told = f"p50 {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms, {len(times) / seconds:,.0f} a second"
            found.append(
                Row(f"heatmap {name}, remembered, {READERS} readers", told, "", "", "p95 under 150 ms", p95 < CACHED)
            )
            alone = first_times(server, rounds, pairs)
            found.append(_first(f"heatmap {name}, first time after a publish", alone, sql[name]))
            with asking(server, READERS, pairs):
                busy = first_times(server, rounds, pairs | {"since": "1990-01-01"})
            found.append(_first(f"the same while {READERS} readers ask", busy, sql[name]))
    return found


def _first(name: str, times: list[float], other: float) -> Row:
    middle, worst = statistics.median(times), max(times)
    told = f"median {middle * 1e3:.0f} ms, slowest {worst * 1e3:.0f} ms"
    return Row(name, told, f"{other * 1e3:.0f} ms", f"{middle / other:.1f}", "under 1 s", worst < FIRST)


def main(show: Callable[[object], None] | None = None) -> None:
    """Parse the arguments, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="interactions in the workspace")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the readers ask")
    parser.add_argument("--rounds", type=int, default=5, help="how often a record is posted")
    parser.add_argument("--folder", type=Path, default=Path("bench-out"), help="where files are made and kept")
    chosen = parser.parse_args()
    told = show or Console().print
    told(f"{machine()}; {load()}")
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("", "over HTTP", "DuckDB by hand", "ratio", "goal", ""):
        table.add_column(name)
    for row in measured(chosen.folder, chosen.rows, chosen.seconds, chosen.rounds):
        table.add_row(row.name, row.ours, row.other, row.ratio, row.goal, row.mark)
    told(table)


if __name__ == "__main__":
    main()
