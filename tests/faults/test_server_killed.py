"""A server that is killed at any moment, while eight clients post: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import httpx
import pytest
from tests.faults.swarm import Swarm, key_for, own_environment
from tests.postgres import postgres  # noqa: F401  a fixture
from tests.server.serving import Server, children, start

from touchline.workspace import Workspace

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1_800)]

KILLS = 200 if os.environ.get("TOUCHLINE_SOAK") else 8
#: Seconds in which it takes records again, half of the times, and always; or so many first starts of this machine.
RESTART, LONGEST = 5.0, 30.0


def processes(server: Server) -> dict[str, int]:
    """Return the server's processes by name."""
    found = {"supervisor": server.process.pid}
    for pid in children(server.process.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except FileNotFoundError:
            continue
        found |= {name: pid for name in ("web", "door") if f"touchline.server.processes.{name}".encode() in words}
    return found


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def takes_records(url: str, key: str, seconds: float = 60) -> float:
    """Wait until the door takes a record; return how long that took."""
    began = time.monotonic()
    number = 0
    while time.monotonic() - began < seconds:
        number += 1
        body = {"id": f"probe-{began}-{number}", "occurred_at": "2026-11-01T10:00:00Z", "text": "fine"}
        try:
            headers = {"Authorization": f"Bearer {key}"}
            if httpx.post(f"{url}/api/v1/interactions", json=body, headers=headers, timeout=5).status_code == 202:
                return time.monotonic() - began
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"no record is taken after {seconds} s")


def check(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline", "check", "--workspace", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=own_environment(**environment))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_at_random_points(database, tmp_path, request, monkeypatch):
    environment: dict[str, str] = {}
    if database == "postgresql":
        there = request.getfixturevalue("postgres")
        environment = {"TOUCHLINE_JOURNAL": there.database(), "TOUCHLINE_DATABASE": there.database()}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
    rng = random.Random(database)
    folder = tmp_path / "acme"
    began = time.monotonic()
    server = start(folder, **environment)
    first = time.monotonic() - began
    port = int(server.url.rpartition(":")[2])
    key = key_for(folder)
    restarts = []
    try:
        with Swarm(server.url, key, seed=rng.randrange(1_000)) as swarm:
            for number in range(KILLS):
                time.sleep(rng.uniform(0.1, 1.2))
                if number % 5 == 4:  # all of it at once, as a power cut would
                    server.kill()
                    began = time.monotonic()
                    server = start(folder, port=port, wait=False, **environment)
                    takes_records(server.url, key)
                    restarts.append(time.monotonic() - began)
                else:
                    running = processes(server)
                    for name in (("door",), ("web",), ("web", "door"), ("door",))[number % 4]:
                        if name in running:
                            end(running[name])
        server.wait(90)
        assert swarm.wrong == []
        assert len(swarm.acknowledged) > 5 * KILLS, swarm.answers
        asked = check(folder, environment)  # the server answers for itself
        assert asked.returncode == 0, asked.stdout + asked.stderr
        assert server.stop() == 0
    finally:
        if server.process.poll() is None:
            server.kill()
    with Workspace(folder) as workspace:
        workspace.catch_up()
        stored = workspace.warehouse.fetch("SELECT interaction_id FROM stored")["interaction_id"].to_pylist()
        ids = [one.partition("/")[2] for one in stored if not one.startswith("api/probe")]
        assert len(ids) == len(set(ids)), "nothing is there twice"
        assert swarm.acknowledged - set(ids) == set(), "nothing that was acknowledged is lost"
        assert set(ids) - swarm.sent == set(), "nothing is there that nobody sent"
        status = workspace.status()
        assert status.balanced
        assert status.quarantined == 0
        assert workspace.check() == []
    told = f"restarts took {restarts}, the first start {first:.1f} s"
    assert median(restarts) < max(RESTART, 1.5 * first), told
    assert max(restarts) < max(LONGEST, 3 * first), told
