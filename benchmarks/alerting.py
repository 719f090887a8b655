"""From acknowledgement to alert: how long after the door has acknowledged thirty angry answers their alert is there.

``python -m benchmarks.alerting`` starts `touchline serve` on a workspace of ninety quiet days, posts the answers live,
and asks the API for alerts until there is one; a few times, each on a fresh workspace. Exit code 1 where the slowest is
above the goal.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from rich.console import Console
from tests.server.monitoring.conftest import ninety_days, survey
from tests.server.serving import serving

from touchline.client import connect

ROUNDS, GOAL, PATIENCE = 3, 5.0, 120.0


def measured(folder: Path) -> float:
    """Return the seconds from the acknowledgement to the first answer of the API that has the alert; inf for none."""
    with serving(folder) as server:
        over = time.monotonic() + PATIENCE
        while not server.get("/api/v1/monitors").json().get("monitors") and time.monotonic() < over:
            time.sleep(0.2)
        now = datetime.now(UTC)
        rows = [survey(now - timedelta(seconds=60 - n), 1.0, ref=f"angry{n}") for n in range(30)]
        sent = [row | {"occurred_at": row["occurred_at"].isoformat()} for row in rows]
        held = server.serving
        with connect(held["url"], held["token"], workspace=held["workspace"]) as client:
            client.send(sent, live=True)
        acknowledged = time.monotonic()
        while time.monotonic() - acknowledged < PATIENCE:
            answer = server.get("/api/v1/alerts?state=all")
            if answer.status_code == 200 and answer.json().get("alerts"):
                return time.monotonic() - acknowledged
            time.sleep(0.05)
    return float("inf")


def main() -> int:
    """Measure, and print the median and the worst."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alerting", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        quiet = ninety_days(Path(place) / "quiet")
        found = []
        for number in range(rounds):
            folder = Path(place) / f"round{number}" / "monitored"
            shutil.copytree(quiet, folder)
            found.append(measured(folder))
    Console().print(
        f"acknowledgement to alert, thirty angry answers, {rounds} times: median {np.median(found):.2f} s, "
        f"worst {max(found):.2f} s (goal: under {GOAL:.0f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )
    return 0 if max(found) < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
