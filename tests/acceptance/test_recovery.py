"""From thirty angry comments to thirty cases closed: alert, play, cases, webhooks and figures on a running server."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from tests.server.monitoring.conftest import quiet, survey
from tests.server.outbox.conftest import Call, Fake, Says, fake
from tests.server.serving import Server, start

__all__ = ["fake", "quiet"]
pytestmark = pytest.mark.faults
AGENTS = ("ada@example.org", "bob@example.org")
N = 30


def until(found: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (answer := found()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def joined(server: Server, email: str) -> None:
    """Invite somebody who works on cases, and let them take it up."""
    link = server.post("/api/v1/invitations", json={"email": email, "role": "agent"}).json()["url"]
    with httpx.Client(base_url=server.url, timeout=60, follow_redirects=True) as browser:
        page = browser.get(httpx.URL(link).path).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token, page
        said = {"name": email, "password": "a long way to go home", "csrfmiddlewaretoken": token[1]}
        answer = browser.post(httpx.URL(link).path, data=said, headers={"Referer": server.url})
        assert answer.status_code == 200


def comments(now: datetime) -> list[dict[str, Any]]:
    """Angry answers about a delivery, with words; the last of them twice, as senders do."""
    text = "My parcel came ten days late and nobody answered. I am furious."
    rows = [survey(now - timedelta(seconds=60 - n), 1.0, ref=f"angry{n}", text=text) for n in range(N)]
    return [row | {"occurred_at": row["occurred_at"].isoformat()} for row in [*rows, rows[-1]]]


class Receiver:
    """Fails, asks for patience, then hangs until it is let go; after that it takes everything."""

    def __init__(self) -> None:
        self.hangs, self.let_go = threading.Event(), threading.Event()
        self.taken: list[Call] = []

    def __call__(self, call: Call) -> Says:
        number = len(self.taken)
        if not self.taken:
            self.taken.append(call)
            return Says(500)
        if number == 1:
            self.taken.append(call)
            return Says(429, headers={"Retry-After": "1"})
        if not self.let_go.is_set():
            self.hangs.set()
            self.let_go.wait(60)
            return Says(503)
        self.taken.append(call)
        return Says()

    @property
    def good(self) -> list[Call]:
        return self.taken[2:]


def test_thirty_angry_comments_are_one_alert_and_thirty_cases_worked_to_their_end(
    quiet: Path, tmp_path: Path, fake: Fake
) -> None:
    folder, receiver = tmp_path / "acme", Receiver()
    shutil.copytree(quiet, folder)
    fake.answer = receiver
    server = start(folder, TOUCHLINE_OUTGOING_ALLOW=fake.url)
    try:
        secret = prepared(server, fake)
        now = datetime.now(UTC)
        answer = server.post("/api/v1/interactions?live=true", json=comments(now))
        assert answer.status_code == 202, answer.text

        assert until(lambda: server.get("/api/v1/cases?limit=100").json()["n"] == N)
        (alert,) = until(lambda: server.get("/api/v1/alerts?state=all").json()["alerts"])
        assert alert["stage"] == "delivery"
        cases = server.get("/api/v1/cases?limit=100").json()["cases"]
        assert {case["customer"] for case in cases} == {f"angry{n}" for n in range(N)}
        assert sorted(case["owner"] for case in cases) == sorted(AGENTS * (N // 2))
        for case in cases:
            allowed = datetime.fromisoformat(case["due_at"]) - datetime.fromisoformat(case["opened_at"])
            assert (allowed, case["stage"], case["play"]) == (timedelta(hours=48), "delivery", "detractor-recovery")

        assert receiver.hangs.wait(60)
        server.kill()  # while the receiver holds a delivery
        receiver.let_go.set()
        server = start(folder, port=int(server.url.rsplit(":", 1)[1]), TOUCHLINE_OUTGOING_ALLOW=fake.url)
        assert until(lambda: len({call.json["data"]["case"] for call in receiver.good}) == N)
        told = [Webhook(secret).verify(call.body, call.headers) for call in receiver.good]
        assert {one["type"] for one in told} == {"case.opened"}
        by_id = {call.headers["webhook-id"]: call.json["data"]["case"] for call in receiver.taken}
        assert len(by_id) == N  # what was tried again kept its id
        order = list(dict.fromkeys(int(call.json["data"]["case"]) for call in receiver.good))
        assert order == sorted(order)
        assert len(server.get("/api/v1/alerts?state=all").json()["alerts"]) == 1
        assert server.get("/api/v1/cases?limit=100").json()["n"] == N

        closed_shows_in_the_figures(server)
    finally:
        receiver.let_go.set()
        if server.process.poll() is None:
            server.stop()


def prepared(server: Server, fake: Fake) -> str:
    """Two agents, a webhook for new cases, and the detractor play without a hold-out; returns the webhook's secret."""
    for email in AGENTS:
        joined(server, email)
    target = {"name": "desk", "channel": "webhook", "fields": {"url": f"{fake.url}/cases"}, "wants": ["case.opened"]}
    made = server.post("/api/v1/targets", json=target)
    assert made.status_code == 201, made.text
    ready = {one["play"]: one["yaml"] for one in server.get("/api/v1/plays").json()["ready"]}
    text = ready["detractor-recovery"].replace("hold_out: 0.1", "hold_out: 0")
    known = {one["play"] for one in server.get("/api/v1/plays").json()["plays"]}
    if "detractor-recovery" in known:
        answer = server.request("PUT", "/api/v1/plays/detractor-recovery", json={"yaml": text})
    else:
        answer = server.post("/api/v1/plays", json={"yaml": text})
    assert answer.is_success, answer.text
    assert server.post("/api/v1/plays/detractor-recovery/switch", json={"on": True}).is_success
    assert until(lambda: server.get("/api/v1/monitors").json().get("monitors"))
    return str(made.json()["secret"])


def closed_shows_in_the_figures(server: Server) -> None:
    for case in server.get("/api/v1/cases?limit=100").json()["cases"]:
        body = {"version": case["version"], "outcome": "recovered", "root_cause": "carrier"}
        assert server.post(f"/api/v1/cases/{case['number']}/close", json=body).status_code == 200
    found = server.get("/api/v1/cases/metrics").json()
    assert (found["open"], found["closed"], found["opened"]) == (0, N, N)
    assert found["recovered"]["share"] == 1.0
    events = until(lambda: [
        row for row in server.get("/api/v1/customers/angry0/timeline").json()["rows"] if row["event"] == "case_closed"
    ])  # fmt: skip
    assert events  # the recovery is part of the journey
