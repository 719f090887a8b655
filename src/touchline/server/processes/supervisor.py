"""Starting the processes, starting again what dies, and ending them in order."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from touchline.server.home import ADDRESS, HOME, PREPARED, WEB_SOCKET, Home

_GRACE: Final = 30.0  # seconds that a process has to end
_STEADY: Final = 10.0  # a process that lived as long has started well
_MOST_WAIT: Final = 15.0


@dataclass
class Child:
    """A process to be kept running."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = field(default=0.0)


class Supervisor:
    """Keeps the door and the web process running until it is told to stop.

    Args:
        home: The server's home.
        host: Where the door listens.
        port: The same.
        url: The address that people use; by default that of the door.
        told: Is told what happens, a sentence each.
    """

    def __init__(self, home: Home, host: str, port: int, url: str, told: Callable[[str], None]) -> None:
        self._told = told
        self._stopping = threading.Event()
        self._sockets = Path(tempfile.mkdtemp(prefix="touchline-"))  # a socket's path may have 107 characters only
        self.environment = {
            **os.environ,
            HOME: str(home.root),
            ADDRESS: url,
            WEB_SOCKET: str(self._sockets / "web"),
            "PYTHONUNBUFFERED": "1",
        }
        room = "touchline.server.processes"
        self._children = (
            Child("web", (sys.executable, "-m", f"{room}.web", str(home.folder))),
            Child("door", (sys.executable, "-m", f"{room}.door", host, str(port))),
        )

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End everything; `run` returns when it is done."""
        self._stopping.set()

    def run(self) -> int:
        """Start the processes and keep them running until `stop`.

        Returns:
            0; or how the web process ended, where it could not bring folder and database up to date.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup lets a terminal close
                signal.signal(number, self.stop)
        try:
            for child in self._children:
                self._start(child)
            code = self._prepared()
            while not code and not self._stopping.wait(0.2):
                for child in self._children:
                    self._look_after(child)
            return code
        finally:
            for child in reversed(self._children):  # first the door, so that nothing new comes in
                self._end(child)
            shutil.rmtree(self._sockets, ignore_errors=True)

    def _prepared(self) -> int:
        """Wait until the web process has brought everything up to date; return how it ended where it could not."""
        web, done = self._children[0], self._sockets / PREPARED
        while not done.exists() and not self._stopping.wait(0.05):
            code = web.process.poll() if web.process else 0
            if code is not None:
                return code or 1
        return 0

    def pids(self) -> dict[str, int]:
        """Return the processes that run, by name."""
        return {child.name: child.process.pid for child in self._children if child.process}

    def _start(self, child: Child) -> None:
        # a group of its own, to be ended as one; in our session still, for priorities count among a session's only
        child.process = subprocess.Popen(child.arguments, env=self.environment, process_group=0)  # noqa: S603
        child.started = time.monotonic()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.again_at:
                self._start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        _end_group(child.process.pid, signal.SIGKILL)  # what it started itself: a reader would hold files open
        child.failures = 0 if now - child.started > _STEADY else child.failures + 1
        wait = min(_MOST_WAIT, 0.2 * 2**child.failures)
        child.process, child.again_at = None, now + wait
        self._told(f"the {child.name} process ended ({code}); starting it again in {wait:.1f} s")

    def _end(self, child: Child) -> None:
        if child.process is None:
            return
        child.process.terminate()
        try:
            child.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._told(f"the {child.name} process did not end within {_GRACE:.0f} s and was killed")
        _end_group(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _end_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # it is gone already, which is what we want
        return
