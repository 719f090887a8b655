"""A disk that fails under the door: an fsync or a write ends with EIO. Nothing is acknowledged that is not kept."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import httpx
import pytest
from tests.faults.failing.sitecustomize import possible
from tests.faults.swarm import key_for, record
from tests.faults.test_server_killed import end, processes, takes_records
from tests.server.serving import start

from touchline.workspace import Workspace

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not possible(), reason="needs a kernel that ends calls with an error for us"),
]


@pytest.mark.parametrize("what", ["syncs", "writes"] if os.environ.get("TOUCHLINE_SOAK") else ["syncs"])
def test_what_the_disk_did_not_take_is_not_acknowledged(what, tmp_path):
    folder = tmp_path / "acme"
    path = str(Path(__file__).parent / "failing")
    server = start(folder, TOUCHLINE_FAILING=what, PYTHONPATH=path, TOUCHLINE_LOG_LEVEL="ERROR")
    acknowledged: set[str] = set()
    refused: set[str] = set()
    try:
        key = key_for(folder)
        rng = random.Random(what)

        def post(number: int) -> int:
            batch = [record(f"{what}-{number}-{i}", rng) for i in range(rng.choice((1, 5, 120)))]
            more = {"Idempotency-Key": f"k{number}"} if number % 3 == 0 else {}
            answer = httpx.post(
                f"{server.url}/api/v1/interactions", json=batch, timeout=60,
                headers={"Authorization": f"Bearer {key}"} | more,
            )  # fmt: skip
            (acknowledged if answer.status_code == 202 else refused).update(one["id"] for one in batch)
            if answer.status_code == 503:
                assert answer.headers["retry-after"]
            return answer.status_code

        assert {post(number) for number in range(10)} == {202}
        failing = processes(server)["door"]
        os.kill(failing, signal.SIGUSR1)
        until = time.monotonic() + 30
        while post(int(time.monotonic() * 1000)) == 202:  # until it has heard
            assert time.monotonic() < until, "the disk did not fail"
        assert {post(number) for number in range(1_000, 1_010)} == {503}
        end(failing)  # the supervisor starts another, whose disk works
        takes_records(server.url, key)
        assert {post(number) for number in range(2_000, 2_005)} == {202}
        assert server.stop() == 0
    finally:
        if server.process.poll() is None:
            server.kill()
    with Workspace(folder) as workspace:
        workspace.catch_up()
        stored = workspace.warehouse.fetch("SELECT interaction_id FROM stored")["interaction_id"].to_pylist()
        ids = [one.partition("/")[2] for one in stored]
        assert len(ids) == len(set(ids))
        assert acknowledged <= set(ids), "nothing that was acknowledged is lost"
        assert {one for one in ids if not one.startswith("probe")} <= acknowledged | refused
        assert workspace.check() == []
