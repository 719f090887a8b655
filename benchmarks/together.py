"""Everything at once: single posts, a drain that understands texts, and readers, on one server.

``python -m benchmarks.together`` starts `touchline serve` on a workspace of many interactions. This process posts
single interactions at a steady rate, and batches beside them, so that so many texts a second have to be understood;
another has ten readers ask for the heatmap, each so often a second (``--asks``; 0: again as soon as it has an answer,
which takes whatever the processor has left). Told are the single posts' times, how many texts a second became visible,
and how long the readers waited. Exit code 0 whatever comes out: a miss is told, not hidden.

With every core full, a client beside the server waits for the processor as well, and counts that as the server's time.
Customers' systems do not run on the server's cores: where the system allows it, this process goes before the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import api, intake
from benchmarks.page import Row, load, machine

TEXTS, WARM, BEHIND, ASKS = 2_000, 10.0, 5.0, 5.0
_SETTLES = 120.0


def measured(folder: Path, rows: int, seconds: float, asks: float = ASKS) -> list[Row]:
    """Measure, and return a line per number."""
    place = api.fresh(folder, rows)
    first = _goes_first()
    with api.served(place) as server, server.client() as client:
        target = intake.Target(urlsplit(server.url).port or 0, server.token, place / ".touchline" / "journal.db")
        client.get("/api/v1/heatmap").raise_for_status()
        asyncio.run(_posted(target, *_bodies(WARM)))  # models are loaded, queries are planned
        alone, bodies = _bodies(seconds)
        sent = len(alone) + intake.BATCH * len(bodies)
        with _reading(target, asks) as reading:
            before, begun = _stored(client), time.monotonic()
            took = asyncio.run(_posted(target, alone, bodies))
            ended, within = time.monotonic(), _stored(client) - before
            while _stored(client) - before < sent and time.monotonic() < ended + _SETTLES:
                time.sleep(0.1)
            behind = time.monotonic() - ended
            reading.send(None)
            waited = np.array(reading.recv())
    return _rows(took, within / (ended - begun), behind, waited, len(waited) / (ended + behind - begun), first)


def _goes_first() -> bool:
    """Let the session of this process go before others, of which the server's is one; return whether it does."""
    try:
        Path("/proc/self/autogroup").write_text("-15")
    except OSError:  # another system, or not allowed
        return False
    return True


def _bodies(seconds: float) -> tuple[list[bytes], list[bytes]]:
    """Return single interactions and batches of them, for so many seconds; their ids were never sent before."""
    count = int(TEXTS * seconds)
    made = intake.interactions(count, seed=time.time_ns())
    split = int(intake.RATE * seconds)
    batches = range(split, count - intake.BATCH + 1, intake.BATCH)
    return (
        [json.dumps(item).encode() for item in made[:split]],
        [json.dumps(made[at : at + intake.BATCH]).encode() for at in batches],
    )


async def _posted(target: intake.Target, alone: list[bytes], bodies: list[bytes]) -> np.ndarray:
    """Post single interactions at their rate and batches evenly beside them; return the single posts' seconds."""
    beside = intake.posted(target, bodies, (TEXTS - intake.RATE) / intake.BATCH)
    return (await asyncio.gather(intake.posted(target, alone, intake.RATE), beside))[0]


def _stored(client: httpx.Client) -> int:
    answer = client.get("/api/v1/status")
    answer.raise_for_status()
    return int(answer.json()["interactions"])


@contextmanager
def _reading(target: intake.Target, asks: float) -> Iterator[Pipe]:
    """Let readers ask from a process of their own; whoever sends something gets their times, and ends them."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_read, args=(target, asks, theirs))
    process.start()
    try:
        ours.recv()
        yield ours
    finally:
        process.terminate()
        process.join()


def _read(target: intake.Target, asks: float, told: Pipe) -> None:
    asyncio.run(_asked(target, asks, told))


async def _asked(target: intake.Target, asks: float, told: Pipe) -> None:
    """Ask on and on, until something is sent; then send how long each answer took, in seconds."""
    lanes = [await intake.Connection.to(target) for _ in range(api.READERS)]
    head = f"GET {api.PATH} HTTP/1.1\r\nhost: 127.0.0.1:{target.port}\r\nauthorization: Bearer {target.token}\r\n\r\n"
    times: list[float] = []

    async def read(lane: intake.Connection, place: int) -> None:
        due = time.perf_counter() + (place / len(lanes) / asks if asks else 0.0)  # not all at one moment
        while True:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            begun = time.perf_counter()
            await lane.ask(head.encode(), status=200)
            times.append(time.perf_counter() - begun)
            due = max(due + 1 / asks, time.perf_counter()) if asks else 0.0

    told.send(None)
    readers = [asyncio.create_task(read(lane, place)) for place, lane in enumerate(lanes)]
    ended = asyncio.create_task(asyncio.to_thread(told.recv))
    done, _ = await asyncio.wait([ended, *readers], return_when=asyncio.FIRST_COMPLETED)
    for one in done:
        one.result()  # a reader ends only by an error
    told.send(times)


def _rows(took: np.ndarray, rate: float, behind: float, waited: np.ndarray, asked: float, first: bool) -> list[Row]:
    middle, slow = np.quantile(waited, [0.5, 0.95]) * 1e3
    who = "" if first else " (whoever posts waits for a processor, too)"
    return [
        intake.posts_row(f"single posts at {intake.RATE}/s beside all, median and p99{who}", took),
        Row(
            f"{TEXTS:,} texts/s come in: how many a second became visible meanwhile, and when after the last all had",
            f"{rate:,.0f}/s, {behind:.1f} s", goal=f"all within {BEHIND:g} s", met=behind < BEHIND,
        ),
        Row(
            f"heatmap, {api.READERS} readers, together {asked:.0f} times a second, median and p95",
            f"{middle:.0f} and {slow:.0f} ms",
        ),
    ]  # fmt: skip


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="interactions in the workspace")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long is posted and asked")
    parser.add_argument("--asks", type=float, default=ASKS, help="how often a second each reader asks; 0: on and on")
    parser.add_argument("--folder", type=Path, default=Path("bench-out"), help="where files are made and kept")
    chosen = parser.parse_args()
    console = Console()
    console.print(f"{machine()}; {load()}")
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for header in ("What", "Ours", "Goal", ""):
        table.add_column(header)
    for row in measured(chosen.folder, chosen.rows, chosen.seconds, chosen.asks):
        table.add_row(row.name, row.ours, row.goal, row.mark)
    console.print(table)


if __name__ == "__main__":
    main()
