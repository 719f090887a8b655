"""A real `touchline serve` for tests: its processes, a free port, a workspace that is thrown away.

    with serving(tmp_path / "acme") as server:
        assert server.get("/readyz").status_code == 200

As a fixture: ``from tests.server.serving import server`` into a test module or a conftest.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

_STARTS_WITHIN = 90.0  # seconds: a busy machine is no failure
_ENDS_WITHIN = 45.0


@dataclass
class Server:
    """A server that runs."""

    folder: Path
    url: str
    process: subprocess.Popen[bytes]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def serving(self) -> dict[str, Any]:
        """What the workspace's folder says of the server: url, workspace, pid of the web process, token."""
        return json.loads((self.folder / ".touchline" / "serving.json").read_text())

    @property
    def headers(self) -> dict[str, str]:
        """What lets a request in as the local administrator."""
        return {"Authorization": f"Bearer {self.serving['token']}"}

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask as the local administrator."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send as the local administrator."""
        return self.request("POST", path, **options)

    def request(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Any:
        """Send any request; ``headers`` replace the administrator's."""
        sent = self.headers if headers is None else headers
        return httpx.request(method, self.url + path, headers=dict(sent), timeout=60, **options)

    def wait(self, seconds: float = _STARTS_WITHIN) -> None:
        """Wait until it is ready."""
        until, told = time.monotonic() + seconds, "no answer"
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"touchline serve ended ({self.process.returncode}):\n{self.output()}")
            try:
                answer = httpx.get(f"{self.url}/readyz", timeout=10)
                if answer.status_code == 200:
                    return
                told = f"{answer.status_code} {answer.text}"
            except httpx.TransportError as error:
                told = repr(error)
            time.sleep(0.1)
        raise AssertionError(f"touchline serve is not ready after {seconds:.0f} s ({told}):\n{self.output()}")

    def output(self) -> str:
        """What it wrote to standard output and error."""
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        """End it in order; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"touchline serve did not end:\n{self.output()}") from None

    def kill(self) -> None:
        """End it and what it started at once, as a power cut would."""
        pids = [self.process.pid, *children(self.process.pid)]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)


def children(pid: int) -> list[int]:
    """Return the processes below a process."""
    found: list[int] = []
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    for child in map(int, text.split()):
        found += [child, *children(child)]
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def start(folder: Path, *, port: int | None = None, wait: bool = True, **environment: str) -> Server:
    """Start `touchline serve` for a folder (made when it is missing).

    Args:
        folder: The workspace.
        port: By default a free one.
        wait: Whether to return only when it is ready.
        environment: More variables: ``TOUCHLINE_LOG="json"``.
    """
    chosen = port or free_port()
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = folder.parent / f"{folder.name}.log"
    whole = {k: v for k, v in os.environ.items() if k not in ("TOUCHLINE_HOME", "DJANGO_SETTINGS_MODULE")}
    whole |= environment
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "touchline", "serve", str(folder), "--port", str(chosen)],
            env=whole,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    server = Server(folder, f"http://127.0.0.1:{chosen}", process, log, environment)
    if wait:
        try:
            server.wait()
        except BaseException:
            server.kill()
            raise
    return server


@contextmanager
def serving(folder: Path, *, port: int | None = None, **environment: str) -> Iterator[Server]:
    """Have a server that is ready, and end it afterwards."""
    server = start(folder, port=port, **environment)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of a new workspace, for one test."""
    with serving(tmp_path / "acme") as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a new workspace, for the tests of one module."""
    with serving(tmp_path_factory.mktemp("serving") / "acme") as running:
        yield running
