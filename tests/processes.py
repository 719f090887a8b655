"""Processes that tests have beside them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def another(name: str) -> Iterator[int]:
    """Have a process that sleeps, with a name among its arguments; give its number."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", name])
    command = Path(f"/proc/{process.pid}/cmdline")
    try:
        while command.exists() and name.encode() not in command.read_bytes():  # it is still a copy of this one
            time.sleep(0.01)
        yield process.pid
    finally:
        process.kill()
        process.wait()
