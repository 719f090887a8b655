"""From acknowledged to visible: how long a record that the door has acknowledged is not yet in the answers.

``python -m benchmarks.visible`` starts `touchline serve` on an empty workspace, posts at a steady rate from this
process
for a while, and asks the API all the time how many interactions it shows. The lag of a record is the time from its
acknowledgement to the first answer that counts it. Exit code 1 where the 99th percentile is above the target.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from tests.server.serving import serving

RATE, SECONDS, TARGET = 200.0, 30.0, 2.0
_BATCH = 5


def record(number: int, rng: Random) -> dict[str, Any]:
    words = ("The parcel came a week late", "The courier was friendly", "I waited an hour on the phone")
    return {
        "id": f"v{number}",
        "customer_ref": f"c{rng.randrange(2_000)}",
        "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "channel": "email",
        "text": f"{rng.choice(words)}, number {number}",
    }


def posted(url: str, headers: dict[str, str], seconds: float, rate: float, first: int) -> list[tuple[float, int]]:
    """Post at a rate, numbers from `first` on; return when each acknowledgement came, and all acknowledged by then."""
    acknowledged: list[tuple[float, int]] = []
    over, number, rng = time.monotonic() + seconds, first, Random(first)
    with httpx.Client(timeout=30) as client:
        due = time.monotonic()
        while time.monotonic() < over:
            batch = [record(number + i, rng) for i in range(_BATCH)]
            client.post(f"{url}/api/v1/interactions", json=batch, headers=headers).raise_for_status()
            number += _BATCH
            acknowledged.append((time.monotonic(), number))
            due += _BATCH / rate
            time.sleep(max(0.0, due - time.monotonic()))
    return acknowledged


def watched(url: str, headers: dict[str, str], over: threading.Event) -> list[tuple[float, int]]:
    """Ask how many interactions are shown, again and again; return when each answer came, and its count."""
    seen = []
    with httpx.Client(timeout=30) as client:
        while not over.is_set():
            answer = client.get(f"{url}/api/v1/status", headers=headers)
            if answer.status_code == 200:
                seen.append((time.monotonic(), int(answer.json()["interactions"])))
            time.sleep(0.05)
    return seen


def lags(acknowledged: list[tuple[float, int]], seen: list[tuple[float, int]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the seconds from each acknowledgement to the first answer that shows as many."""
    counts = np.array([count for _, count in seen])
    found = []
    for when, total in acknowledged:
        first = int(np.searchsorted(np.maximum.accumulate(counts), total))
        found.append(seen[first][0] - when if first < len(seen) else np.inf)
    return np.maximum(np.array(found), 0.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=RATE, help="interactions a second")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, serving(Path(place) / "acme") as server:
        over, seen = threading.Event(), list[tuple[float, int]]()
        headers = server.headers
        # a little first, so that models are loaded and queries are planned
        start = posted(server.url, headers, 3, options.rate, 0)[-1][1]
        time.sleep(5)
        watching = threading.Thread(target=lambda: seen.extend(watched(server.url, headers, over)))
        watching.start()
        acknowledged = posted(server.url, headers, options.seconds, options.rate, start)
        time.sleep(8)
        over.set()
        watching.join()
    found = lags(acknowledged, seen)
    p50, p99, worst = np.quantile(found, 0.5), np.quantile(found, 0.99), found.max()
    rate = (acknowledged[-1][1] - start) / (acknowledged[-1][0] - acknowledged[0][0])
    load = os.getloadavg()[0]
    Console().print(
        f"acknowledged to visible at {rate:.0f} interactions/s for {options.seconds:.0f} s: "
        f"median {p50:.2f} s, p99 {p99:.2f} s, worst {worst:.2f} s (target: p99 < {TARGET:.0f} s; load {load:.1f})"
    )
    return 0 if p99 < TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
