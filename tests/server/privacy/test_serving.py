"""While a real server holds the workspace and takes records in, a customer is erased from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

from tests.privacy.scanner import found
from tests.server.serving import serving

WHO = "cust-zebrafinch"


def command(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "touchline", *arguments, "--workspace", str(folder), "--json"],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def interaction(n, **changes):
    return {
        "id": f"i{n}", "source": "api", "kind": "message", "author": "customer", "customer_ref": f"C{n % 5}",
        "occurred_at": "2026-01-02T10:00:00Z", "text": "The parcel came late",
    } | changes  # fmt: skip


def post(server, rows, key):
    answer = server.post("/api/v1/interactions", json=rows, headers=server.headers | {"Idempotency-Key": key})
    assert answer.status_code in (200, 202), answer.text
    return answer


def test_erased_while_serving(tmp_path):
    folder = tmp_path / "acme"
    with serving(folder) as server:
        mine = [interaction(100 + n, customer_ref=WHO, text=f"zebrafinch number {n} came late") for n in range(3)]
        post(server, [interaction(n) for n in range(20)] + mine, "first")
        _until(server, lambda stored: stored >= 23)
        story = server.get("/api/v1/customers/" + WHO + "/timeline")
        assert story.status_code == 200
        stop, troubles = threading.Event(), []

        def ask():
            while not stop.is_set():
                answer = server.get("/api/v1/stages")
                if answer.status_code != 200:
                    troubles.append(answer.text)

        asking = threading.Thread(target=ask)
        asking.start()
        receipt = command(folder, "erase-customer", WHO, "--why", "asked")
        stop.set()
        asking.join()
        assert receipt["done"]
        assert receipt["counts"]["journal"] == 3
        assert troubles == []
        assert found(folder / ".touchline", "zebrafinch") == []
        again = post(server, mine, "second")
        assert "erased" in again.text
        time.sleep(2.5)
        assert server.get("/api/v1/customers/" + WHO + "/timeline").status_code in (400, 404)
        assert found(folder / ".touchline", "zebrafinch came") == []
        assert command(folder, "consent", "C1", "--withdraw", "contact") == {"consents": 1}
        held = {one["purpose"]: one["granted"] for one in command(folder, "consent", "C1")["agreements"]}
        assert held["contact"] is False
    assert command(folder, "check")["sound"]


def _until(server, enough, seconds=60.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        told = server.get("/api/v1/status")
        if told.status_code == 200 and enough(told.json().get("stored", 0)):
            return
        time.sleep(0.3)
    raise AssertionError(told.text)


def test_erased_from_the_servers_database_while_no_server_runs(tmp_path):
    folder = tmp_path / "acme"
    with serving(folder) as server:
        rows = [interaction(n) for n in range(10)]
        rows += [interaction(900, id="i900-zebrafinch", customer_ref=WHO, text="late again")]
        post(server, rows, "third")
        _until(server, lambda stored: stored >= 11)
    state = folder / ".touchline" / "server"
    assert found(state, "zebrafinch")
    told = command(folder, "export-customer", WHO)
    assert told["intake.Reply"]
    assert command(folder, "erase-customer", WHO)["counts"]["intake.Reply"] == 1
    assert found(folder / ".touchline", "zebrafinch") == []
