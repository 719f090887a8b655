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
from pathlib import Path

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.api import copied, publish, served
from benchmarks.page import load, machine

FIRST, CACHED = 1.2, 0.2
#: Seconds for what follows a publication: the next drain's look, monitors, the search.
_SETTLES = 2.0
PAGES = (
    "", "nps", "heatmap", "heatmap?by=metric", "stages", "stages/delivery", "stages/delivery?part=turns",
    "stages/delivery?part=why", "stages/delivery?part=drivers", "paths", "paths?q=sankey", "issues", "service", "value",
    "programme",
)  # fmt: skip


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
    columns = ("page", "started, s", "CPU", "p95 remembered, ms", "after new data, s", "CPU", "kB", "")
    table = Table(*columns, title=f"{given.rows:,} interactions")
    folder = copied(given.folder, given.rows)
    with served(folder) as server, server.client() as client:
        slug = client.get("/api/v1/me").json()["workspace"]
        web = int(json.loads((folder / ".touchline" / "serving.json").read_text(encoding="utf-8"))["pid"])
        told = []
        for page in PAGES:
            first, size, spent = _asked(client, f"/w/{slug}/{page}", web)
            again = [_asked(client, f"/w/{slug}/{page}", web)[0] for _ in range(given.times)]
            told.append((page, first, spent, float(np.quantile(again, 0.95)), size))
        for page, first, spent, p95, size in told:
            publish(client)
            time.sleep(_SETTLES)
            after, _, later = _asked(client, f"/w/{slug}/{page}", web)
            met = "" if after < FIRST and p95 < CACHED else "missed"
            table.add_row(page or "overview", f"{first:.2f}", f"{spent:.2f}", f"{1000 * p95:.0f}", f"{after:.2f}",
                          f"{later:.2f}", f"{size / 1000:.0f}", met)  # fmt: skip
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
