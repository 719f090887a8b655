"""Intake over HTTP: durable, redacted interactions a second, and how long a single post takes.

``python -m benchmarks.intake`` starts a door process with a workspace behind it and loads it from this one, over real
connections. Beside it the same bytes go into a bare SQLite table with full sync, a transaction per body.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.page import Row, machine
from benchmarks.redaction import usual_texts
from touchline.server.home import PREPARED

BATCH = 500
LEAST, RATE, SLOWEST = 10_000, 300, 0.1
_STARTS_WITHIN = 60.0
_LANES = 4


@dataclass(frozen=True, slots=True)
class Target:
    """Where the load goes."""

    port: int
    token: str
    journal: Path

    def request(self, body: bytes, **headers: str) -> bytes:
        """Return a whole request, as it goes over the wire."""
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST /api/v1/interactions?verdicts=faults HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\n"
            f"authorization: Bearer {self.token}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n{more}\r\n"
        )
        return head.encode() + body


def interactions(count: int, seed: int = 7) -> list[dict[str, object]]:
    """Return interactions as a shop would send them: texts of about 20 words, one in 50 with something personal."""
    rng, texts = Random(seed), usual_texts(min(count, 20_000))
    return [
        {
            "id": f"{seed}-{number}", "source": "shop", "kind": "survey", "channel": "web", "stage": "purchase",
            "customer_ref": f"c{rng.randrange(count)}", "text": texts[number % len(texts)],
            "occurred_at": f"2026-03-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:00:00Z",
            "answers": [{"question": "nps", "kind": "nps", "value": rng.randrange(11)}],
            "attributes": {"tier": rng.choice(["vip", "standard"]), "region": rng.choice(["emea", "amer", "apac"])},
        }
        for number in range(count)
    ]  # fmt: skip


@contextmanager
def opened_door(folder: Path) -> Iterator[Target]:
    """Have a door process with an empty workspace behind it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    home = folder / "home"
    home.mkdir()
    port = _free_port()
    environment = {
        **os.environ, "TOUCHLINE_HOME": str(home), "TOUCHLINE_URL": f"http://127.0.0.1:{port}",
        "TOUCHLINE_WEB_SOCKET": str(folder / "web"), "DJANGO_SETTINGS_MODULE": "touchline.server.config.settings",
    }  # fmt: skip
    made = subprocess.run(
        [sys.executable, "-c", _PREPARE, str(folder / "acme")],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    del environment["DJANGO_SETTINGS_MODULE"]  # the door has its own
    (folder / PREPARED).touch()
    door = subprocess.Popen(
        [sys.executable, "-m", "touchline.server.processes.door", "127.0.0.1", str(port)], env=environment
    )
    try:
        target = Target(port, made.stdout.split()[-1], folder / "acme" / ".touchline" / "journal.db")
        asyncio.run(_ready(target))
        yield target
    finally:
        door.terminate()
        door.wait(30)


_PREPARE = """
import sys, django
from pathlib import Path
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from touchline.server.people import keys
from touchline.server.people.facade import ROLES, Access
from touchline.server.workspaces import facade
from touchline.workspace import Workspace
Workspace.create(Path(sys.argv[1])).close()
made = facade.add(Path(sys.argv[1]), "acme")
owner = Access(None, None, "local", "benchmark", "admin", ROLES["admin"])
print(keys.create(owner, made, "benchmark", ("ingest",))[1])
"""


def _free_port() -> int:
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def _ready(target: Target) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        try:
            lane = await Connection.to(target)
            await lane.ask(target.request(json.dumps(interactions(1, seed=1)[0]).encode()))
            lane.close()
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the door did not open")


class Connection:
    """A connection that is used again and again: requests as bytes, answers read as far as needed.

    It takes a tenth of the processor time of a client library: what it measures shares two cores with it.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, target: Target) -> Connection:
        """Connect to the door."""
        return cls(*await asyncio.open_connection("127.0.0.1", target.port))

    async def ask(self, request: bytes, status: int = 202) -> bytes:
        """Send a request; return the answer's body. Any other status is an error."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        size = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
        body = await self._reader.readexactly(size)
        if not head.startswith(f"HTTP/1.1 {status}".encode()):
            raise RuntimeError((head + body).decode(errors="replace"))
        return body

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


def batches(target: Target, bodies: Sequence[bytes]) -> float:
    """Return the seconds in which the door takes bodies, over four connections."""

    async def load() -> float:
        requests = iter([target.request(body) for body in bodies])
        lanes = [await Connection.to(target) for _ in range(_LANES)]

        async def one(lane: Connection) -> None:
            for request in requests:
                await lane.ask(request)

        started = time.perf_counter()
        await asyncio.gather(*(one(lane) for lane in lanes))
        took = time.perf_counter() - started
        for lane in lanes:
            lane.close()
        return took

    return asyncio.run(load())


async def posted(target: Target, bodies: Sequence[bytes], rate: float, **headers: str) -> np.ndarray:
    """Return how long each of some posts took, in seconds; they are sent at a rate, whether or not others are done.

    A post that had to wait for a connection is counted from when it was due. What this process holds already is not
    looked through for garbage meanwhile: that would let posts wait here for a third of a second, and count as theirs.
    """
    gc.collect()
    gc.freeze()
    lanes: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(64):
        lanes.put_nowait(await Connection.to(target))
    took = np.zeros(len(bodies))
    begun = time.perf_counter()

    async def post(place: int) -> None:
        lane = await lanes.get()
        more = {name: f"{value}-{place}" for name, value in headers.items()}
        await lane.ask(target.request(bodies[place], **more))
        took[place] = time.perf_counter() - (begun + place / rate)
        lanes.put_nowait(lane)

    tasks = []
    for place in range(len(bodies)):
        await asyncio.sleep(max(0.0, begun + place / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(post(place)))
    await asyncio.gather(*tasks)
    while not lanes.empty():
        lanes.get_nowait().close()
    gc.unfreeze()
    return took


def bare(folder: Path, bodies: Sequence[bytes]) -> float:
    """Return the seconds in which SQLite appends bodies, a durable transaction each."""
    path = folder / "bare.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB)")
        started = time.perf_counter()
        for body in bodies:
            db.execute("INSERT INTO bodies (body) VALUES (?)", (body,))
        return time.perf_counter() - started


def run(folder: Path, rounds: int = 3, seconds: float = 10.0) -> list[Row]:
    """Measure; return a line per claim.

    Args:
        folder: Where the workspace is made.
        rounds: How often batches are sent; the median counts.
        seconds: How long single posts are sent.
    """
    per_round = 40
    every = interactions(BATCH * per_round * (rounds + 1))
    bodies = [json.dumps(every[at : at + BATCH]).encode() for at in range(0, len(every), BATCH)]
    alone = [json.dumps(item).encode() for item in interactions(int(RATE * seconds), seed=11)]
    keyed = [
        json.dumps({name: value for name, value in item.items() if name != "id"}).encode()
        for item in interactions(int(RATE * seconds / 2), seed=12)
    ]
    with opened_door(folder / "intake") as target:
        batches(target, bodies[:per_round])
        ours, others = [], []
        for number in range(1, rounds + 1):
            part = bodies[number * per_round : (number + 1) * per_round]
            ours.append(batches(target, part))
            others.append(bare(folder, part))
        mine, its = float(np.median(ours)), float(np.median(others))
        one = asyncio.run(posted(target, alone, RATE))
        with_key = asyncio.run(posted(target, keyed, RATE, idempotency_key="bench"))
        with sqlite3.connect(target.journal) as db:
            ((rows,),) = db.execute("SELECT coalesce(sum(rows), 0) FROM batches").fetchall()
    expected = len(every) + len(alone) + len(keyed) + 1
    if rows != expected:
        raise AssertionError(f"the journal has {rows:,} records of {expected:,}")
    speed = BATCH * per_round / mine
    return [
        Row(
            f"batches of {BATCH}, durable and redacted, interactions/s; other: a bare SQLite append of the same bytes",
            f"{speed:,.0f}/s", f"{BATCH * per_round / its:,.0f}/s", f"{mine / its:.1f}", f"from {LEAST:,}/s",
            speed >= LEAST,
        ),
        posts_row(f"single posts at {RATE}/s, median and p99", one),
        posts_row("the same without ids, with an Idempotency-Key each", with_key),
    ]  # fmt: skip


def posts_row(name: str, took: np.ndarray) -> Row:
    """Return the line of some posts' times."""
    median, slow = np.quantile(took, [0.5, 0.99])
    told = f"{median * 1000:.0f} and {slow * 1000:.0f} ms"
    return Row(name, told, goal=f"p99 under {SLOWEST * 1000:.0f} ms", met=bool(slow < SLOWEST))


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intake", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="times that batches are sent")
    parser.add_argument("--seconds", type=float, default=10.0, help="for which single posts are sent")
    chosen = parser.parse_args()
    console = Console()
    console.print(machine())
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for header in ("What", "Ours", "Other", "Ratio", "Goal", ""):
        table.add_column(header)
    with tempfile.TemporaryDirectory() as folder:
        for row in run(Path(folder), chosen.rounds, chosen.seconds):
            table.add_row(row.name, row.ours, row.other, row.ratio, row.goal, row.mark)
    console.print(table)


if __name__ == "__main__":
    main()
