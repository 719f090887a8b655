"""A real server: live answers become one alert, and a killed process changes nothing of that.

How soon is measured by ``python -m benchmarks.alerting``.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.server.monitoring.conftest import survey
from tests.server.serving import serving

from touchline.client import connect


def _record(row: dict) -> dict:
    return row | {"occurred_at": row["occurred_at"].isoformat()}


def _wait(found, seconds: float = 40.0):
    until = time.monotonic() + seconds
    while not (answer := found()) and time.monotonic() < until:
        time.sleep(0.3)
    return answer


@pytest.mark.faults
def test_live_answers_are_one_alert_also_when_it_is_killed(quiet: Path, tmp_path: Path):
    folder = tmp_path / "acme"
    shutil.copytree(quiet, folder)
    with serving(folder) as server:

        def alerts() -> list[dict]:
            answer = server.get("/api/v1/alerts?state=all")
            return answer.json().get("alerts", []) if answer.status_code == 200 else []

        assert _wait(lambda: server.get("/api/v1/monitors").json().get("monitors"))
        now = datetime.now(UTC)
        rows = [_record(survey(now - timedelta(seconds=60 - n), 1.0, ref=f"angry{n}")) for n in range(30)]
        held = server.serving
        with connect(held["url"], held["token"], workspace=held["workspace"]) as client:
            assert client.send(rows, live=True).accepted == 30
        assert _wait(alerts, 30)
        (alert,) = alerts()
        assert (alert["stage"], alert["state"], alert["monitors"]) == ("delivery", "open", ["JSI of Delivery"])

        more = [_record(survey(now + timedelta(seconds=n), 1.0, ref=f"more{n}")) for n in range(30)]
        with connect(held["url"], held["token"], workspace=held["workspace"]) as client:
            assert client.send(more, live=True).accepted == 30
        os.kill(held["pid"], signal.SIGKILL)  # while it drains, or looks, or writes
        assert _wait(lambda: [one for one in alerts() if one["customers"] > 45], 60)
        assert len(alerts()) == 1
