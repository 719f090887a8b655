"""The pages at a million interactions: the server's time for each, the first time and remembered.

``python -m benchmarks.pages`` starts `touchline serve` on a workspace of so many interactions and asks for every page:
first as the server has just started, then ``--times`` times over. Exit code 0 whatever comes out: a miss is told.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.api import copied, served
from benchmarks.page import load, machine

FIRST, CACHED = 1.2, 0.2
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
    table = Table("page", "first, s", "p95 remembered, ms", "kB", "", title=f"{given.rows:,} interactions")
    with served(copied(given.folder, given.rows)) as server, server.client() as client:
        slug = client.get("/api/v1/me").json()["workspace"]
        for page in PAGES:
            first, size = _asked(client, f"/w/{slug}/{page}")
            again = [_asked(client, f"/w/{slug}/{page}")[0] for _ in range(given.times)]
            p95 = float(np.quantile(again, 0.95))
            met = "" if first < FIRST and p95 < CACHED else "missed"
            table.add_row(page or "overview", f"{first:.2f}", f"{1000 * p95:.0f}", f"{size / 1000:.0f}", met)
    console.print(table)


def _asked(client: httpx.Client, path: str) -> tuple[float, int]:
    begun = time.perf_counter()
    answer = client.get(path, headers={"Accept": "text/html"})
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{path} answers {answer.status_code}")
    return time.perf_counter() - begun, len(answer.content)


if __name__ == "__main__":
    main()
