"""A server on a disk that fills up: it acknowledges nothing that is not kept, and goes on when there is room again."""

from __future__ import annotations

import os
import random
import subprocess
import time

import httpx
import pytest
from tests.faults.swarm import key_for, record
from tests.server.serving import start

from touchline.workspace import Workspace

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SOAK = bool(os.environ.get("TOUCHLINE_SOAK"))
MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few dozen MiB, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts no disk for us")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.parametrize("floor", ["0", "4"] if SOAK else ["0"])
def test_a_disk_that_fills_up_loses_nothing_and_heals(small_disk, tmp_path, floor):
    folder = small_disk / "acme"
    server = start(folder, TOUCHLINE_DISK_FLOOR=floor)
    try:
        key = key_for(folder)
        headers = {"Authorization": f"Bearer {key}"}
        ballast = small_disk / "ballast"
        acknowledged: set[str] = set()
        statuses: list[int] = []
        rng = random.Random(3)

        def post(number: int) -> int:
            batch = [record(f"d{number}-{i}", rng) | {"text": rng.randbytes(600).hex()} for i in range(20)]
            try:
                answer = httpx.post(f"{server.url}/api/v1/interactions", json=batch, headers=headers, timeout=30)
            except httpx.TransportError:
                return 0
            if answer.status_code == 202:
                acknowledged.update(one["id"] for one in batch)
            return answer.status_code

        statuses += [post(number) for number in range(10)]
        free = os.statvfs(small_disk)
        leave = 6 * MIB if floor != "0" else 2 * MIB
        with ballast.open("wb") as file:
            file.write(b"\0" * max(0, free.f_bavail * free.f_frsize - leave))
        number = 10
        while number < 600 and statuses[-5:] != [507] * 5:
            statuses.append(post(number))
            number += 1
        assert 507 in statuses, f"it never said that the disk is full: {sorted(set(statuses))}"
        assert set(statuses) <= {202, 503, 507, 429}, sorted(set(statuses))
        ballast.unlink()  # no other help is given
        until = time.monotonic() + 90
        while post(number) != 202:
            assert time.monotonic() < until, f"it does not recover:\n{server.output()[-3000:]}"
            number += 1
            time.sleep(0.5)
        shown = -1
        while shown < len(acknowledged):
            answer = httpx.get(f"{server.url}/api/v1/status", headers=headers, timeout=60)
            shown = answer.json()["stored"] if answer.status_code == 200 else shown
            assert time.monotonic() < until, f"{shown} of {len(acknowledged)} shown:\n{server.output()[-3000:]}"
            time.sleep(0.5)
        assert server.stop() == 0
    finally:
        if server.process.poll() is None:
            server.kill()
    with Workspace(folder) as workspace:
        stored = workspace.warehouse.fetch("SELECT interaction_id FROM stored")["interaction_id"].to_pylist()
        assert {one.partition("/")[2] for one in stored} >= acknowledged
        assert len(stored) == len(set(stored))
        assert workspace.check() == []
