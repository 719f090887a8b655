"""How long ``import touchline`` takes, beyond what Python itself takes; and a server, until it is ready again.

``python -m benchmarks.starting`` starts a server on a new workspace, kills it, starts it again, and prints the seconds
by the clock and the processor's seconds of all its processes (Linux).
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import seconds

AT_MOST = 0.5
_PATIENCE = 120.0


def run(rounds: int) -> tuple[str, float, float]:
    """Return what was timed, its seconds, and the goal."""

    def started(code: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True))

    started("import touchline")
    took = statistics.median(started("import touchline") - started("pass") for _ in range(rounds))
    return "import touchline", took, AT_MOST


def served(folder: Path) -> tuple[float, float]:
    """Start a server on a folder, and kill it when it is ready; return both kinds of seconds until then."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    begun = time.monotonic()
    command = [sys.executable, "-m", "touchline", "serve", str(folder), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    pids = [server.pid]
    try:
        while not _ready(port):
            if time.monotonic() - begun > _PATIENCE:
                raise TimeoutError("the server is not ready")
            time.sleep(0.02)
        took, pids = time.monotonic() - begun, list(_tree(server.pid))
        return took, sum(map(_processor, pids))
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        server.wait()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
            return True
    except OSError:
        return False


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _tree(int(child))


def _processor(pid: int) -> float:
    """Return the processor's seconds of a process and of its children that have ended."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print them."""
    with tempfile.TemporaryDirectory() as folder:
        for what in ("first start", "after a kill"):
            took, processor = served(Path(folder) / "acme")
            sys.stdout.write(f"{what:14} {took:6.1f} s by the clock, {processor:6.1f} s of the processor\n")


if __name__ == "__main__":
    main()
