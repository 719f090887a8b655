"""The pages at a million interactions: the server's time for each, the first time, after new data, and remembered.

``python -m benchmarks.pages`` starts `touchline serve` on a workspace of so many interactions and asks for every page:
as the server has just started, then ``--times`` times over, then once more after a record was posted and published.
Beside the seconds on the clock stand those of a processor that the web process spent, which a busy machine hardly
changes; the drain that follows a publication is among them. Exit code 0 whatever comes out: a miss is told.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.api import Server, fresh, publish, served
from benchmarks.page import Row, load, machine

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST, CACHED, PAINTED, LARGEST = 1.2, 0.2, 1.0, 150_000
_PAINT = "first-contentful-paint"
#: Seconds for what follows a publication: the next drain's look, monitors, the search.
_SETTLES = 2.0
PAGES = (
    "", "nps", "heatmap", "heatmap?by=metric", "stages", "stages/delivery", "stages/delivery?part=turns",
    "stages/delivery?part=why", "stages/delivery?part=drivers", "paths", "paths?q=sankey", "issues", "service", "value",
    "programme",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """How long the server took for a page, in seconds, and what it sent.

    Attributes:
        page: Its address within the workspace.
        started: When the server has just started.
        remembered: The 95th percentile of asking again.
        after: The first time after new data.
        work: The processor's seconds that the web process spent on the first, and on the last, of these.
        size: Bytes sent, before charts.
        painted: Until a browser has painted something of it; NaN without one.
    """

    page: str
    started: float
    remembered: float
    after: float
    work: tuple[float, float]
    size: int
    painted: float = float("nan")

    @property
    def met(self) -> bool:
        """Whether it holds its goals."""
        return self.after < FIRST and self.remembered < CACHED and not self.painted >= PAINTED


def measured(folder: Path, rows: int, times: int) -> list[Asked]:
    """Ask for every page of a fresh copy of a workspace of so many interactions."""
    place = fresh(folder, rows)
    with served(place) as server, server.client() as client:
        publish(client)  # the first record of a new source may change the segments, and with them everything
        time.sleep(10 * _SETTLES)
        slug = client.get("/api/v1/me").json()["workspace"]
        web = int(json.loads((place / ".touchline" / "serving.json").read_text(encoding="utf-8"))["pid"])
        told = []
        for page in PAGES:
            first, size, spent = _asked(client, f"/w/{slug}/{page}", web)
            again = [_asked(client, f"/w/{slug}/{page}", web)[0] for _ in range(times)]
            told.append((page, first, spent, float(np.quantile(again, 0.95)), size))
        painted = _painted(server, [f"/w/{slug}/{page}" for page in PAGES])
        found = []
        for (page, first, spent, p95, size), paint in zip(told, painted, strict=True):
            publish(client)
            time.sleep(_SETTLES)
            after, _, later = _asked(client, f"/w/{slug}/{page}", web)
            found.append(Asked(page or "overview", first, p95, after, (spent, later), size, paint))
    return found


def _painted(server: Server, paths: list[str]) -> list[float]:
    """Return the seconds until a browser has painted something of each page, which the server remembers."""
    from playwright.sync_api import Error
    from tests.browsers import launched

    try:
        with launched() as browser:
            page = browser.new_context(extra_http_headers={"Authorization": f"Bearer {server.token}"}).new_page()
            found = []
            for path in (paths[0], *paths):  # the first brings what all pages share
                page.goto(server.url + path)
                found.append(_paint(page))
            return found[1:]
    except Error as error:  # no Chromium here
        print(f"not painted: {error.message.splitlines()[0]}")
        return [float("nan")] * len(paths)


def _paint(page: Page) -> float:
    """Return when something was painted first, in seconds; the page's policy forbids Playwright's own way to wait."""
    asked = f"performance.getEntriesByName('{_PAINT}').map((entry) => entry.startTime)"
    while not (found := page.evaluate(asked)):
        page.wait_for_timeout(50)
    return float(found[0]) / 1000


def run(folder: Path, rows: int, times: int = 10) -> list[Row]:
    """Measure; return a line per goal, with the slowest page."""
    found = measured(folder, rows, times)
    remembered, after, paint, size = (
        max(found, key=lambda one: float(getattr(one, name)))
        for name in ("remembered", "after", "painted", "size")
    )  # fmt: skip
    return [
        Row(f"{len(found)} pages at {rows:,} interactions, remembered, p95 of the slowest: {remembered.page}",
            f"{1000 * remembered.remembered:.0f} ms", goal=f"under {1000 * CACHED:.0f} ms",
            met=remembered.remembered < CACHED),
        Row(f"the first time after new data, the slowest: {after.page}", f"{after.after:.2f} s",
            goal=f"under {FIRST:g} s", met=after.after < FIRST),
        Row(f"first contentful paint in Chromium, the slowest: {paint.page}", f"{paint.painted:.2f} s",
            goal=f"under {PAINTED:g} s", met=paint.painted < PAINTED),
        Row(f"bytes sent before charts, the most: {size.page}", f"{size.size / 1000:.0f} kB",
            goal=f"under {LARGEST / 1000:.0f} kB", met=size.size < LARGEST),
    ]  # fmt: skip


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=Path("bench-out"))
    given = parser.parse_args()
    console = Console()
    console.print(machine())
    console.print(load())
    columns = ("page", "started, s", "CPU", "p95 remembered, ms", "painted, s", "after new data, s", "CPU", "kB", "")
    table = Table(*columns, title=f"{given.rows:,} interactions")
    for one in measured(given.folder, given.rows, given.times):
        table.add_row(
            one.page, f"{one.started:.2f}", f"{one.work[0]:.2f}", f"{1000 * one.remembered:.0f}", f"{one.painted:.2f}",
            f"{one.after:.2f}", f"{one.work[1]:.2f}", f"{one.size / 1000:.0f}", "" if one.met else "missed",
        )  # fmt: skip
    console.print(table)


def _asked(client: httpx.Client, path: str, web: int) -> tuple[float, int, float]:
    """Return the seconds, the bytes, and the processor's seconds of the web process."""
    begun, spent = time.perf_counter(), _spent(web)
    answer = client.get(path, headers={"Accept": "text/html"})
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path} answers {answer.status_code}")
    return time.perf_counter() - begun, answer.num_bytes_downloaded, _spent(web) - spent


def _spent(process: int) -> float:
    """Return the processor's seconds of a process so far; NaN where the system does not tell."""
    path = Path(f"/proc/{process}/stat")
    if not path.exists():
        return float("nan")
    parts = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
