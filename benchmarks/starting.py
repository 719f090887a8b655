"""How long ``import touchline`` takes, beyond what Python itself takes to start."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.timing import seconds

AT_MOST = 0.5


def run(rounds: int) -> tuple[str, float, float]:
    """Return what was timed, its seconds, and the goal."""

    def started(code: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True))

    started("import touchline")
    took = statistics.median(started("import touchline") - started("pass") for _ in range(rounds))
    return "import touchline", took, AT_MOST
