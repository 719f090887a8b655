"""A server whose warehouse is damaged under its hands: it moves it aside, says so, and answers as before."""

from __future__ import annotations

import os
import random
import signal
import time

import httpx
import pytest
from tests.faults.swarm import key_for, record
from tests.server.serving import serving

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


def test_a_server_heals_by_itself(tmp_path):
    folder = tmp_path / "acme"
    with serving(folder) as server:
        headers = {"Authorization": f"Bearer {key_for(folder)}"}
        batch = [record(f"h{n}", random.Random(n)) for n in range(60)]
        answer = httpx.post(f"{server.url}/api/v1/interactions", json=batch, headers=headers, timeout=60)
        assert answer.status_code == 202

        def shown(count: int, seconds: float = 120) -> None:
            until = time.monotonic() + seconds
            while True:
                told = httpx.get(f"{server.url}/api/v1/status", headers=headers, timeout=60)
                if told.status_code == 200 and told.json()["stored"] == count and not told.json()["waiting"]:
                    return
                assert time.monotonic() < until, f"{told.text}\n{server.output()[-3000:]}"
                time.sleep(0.2)

        shown(60)
        os.kill(server.serving["pid"], signal.SIGKILL)  # the supervisor starts it again in a moment
        warehouse = folder / ".touchline" / "warehouse" / "1.duckdb"
        with warehouse.open("r+b") as file:
            file.write(os.urandom(8_192))
        more = httpx.post(
            f"{server.url}/api/v1/interactions", json=[record("h60", random.Random(60))], headers=headers, timeout=60
        )
        assert more.status_code == 202, "the door goes on meanwhile"
        shown(61)
        assert "was healed" in server.output()
        assert "moved aside" in server.output()
        assert httpx.get(f"{server.url}/readyz", timeout=60).status_code == 200
