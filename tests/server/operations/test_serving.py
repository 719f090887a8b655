"""A real server: it starts, tells what it does, logs nothing personal, and ends in order."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import httpx
import pytest
from tests.files import answers, write_csv
from tests.server.serving import children, serving, start

from touchline.workspace import Workspace

SAID = "ann.smith@example.org"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    root = tmp_path_factory.mktemp("serving") / "acme"
    place = root.parent / "backups"
    with serving(
        root, TOUCHLINE_LOG="json", TOUCHLINE_LOG_LEVEL="INFO", TOUCHLINE_BACKUPS=str(place), TOUCHLINE_SLOW_SECONDS="0"
    ) as server:
        yield server


def value(text: str, line: str) -> float:
    found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.M)
    assert found, f"{line} is not in:\n{text}"
    return float(found[1])


def until(ready, seconds=60.0):
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)
    return found


def test_it_is_alive_and_ready(running):
    assert httpx.get(f"{running.url}/healthz").json() == {"alive": True}
    assert httpx.get(f"{running.url}/readyz").json() == {"ready": True, "reasons": []}


def test_intake_goes_before_questions(running):
    """The door has the processor when it wants it; of one session and of groups of their own, or it would not."""
    named = {Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[2]: pid for pid in children(running.process.pid)}
    web, door = (named[f"touchline.server.processes.{one}".encode()] for one in ("web", "door"))
    assert os.getpriority(os.PRIO_PROCESS, web) > os.getpriority(os.PRIO_PROCESS, door)
    assert os.getsid(web) == os.getsid(door) == os.getsid(running.process.pid)
    assert os.getpgid(web) == web
    assert os.getpgid(door) == door


def test_the_metrics_tell_of_journal_drain_requests_and_processes(running):
    with Workspace(running.folder) as own:  # beside the server: the journal takes records from several processes
        from tests.files import take_in

        taken = take_in(own, write_csv(running.folder.parent / "a.csv", answers(*range(40))))
    assert taken.waiting == 40
    lag = 'touchline_lag_records{workspace="acme"}'
    text = until(lambda: (t := running.get("/metrics").text) and value(t, lag) == 0 and t)  # stored, and placed
    assert value(text, 'touchline_intake_records_total{workspace="acme",way="received"}') == 40
    assert value(text, 'touchline_journal_head{workspace="acme"}') == value(
        text, 'touchline_warehouse_position{workspace="acme"}'
    )
    assert value(text, 'touchline_lag_seconds{workspace="acme"}') == 0
    assert value(text, 'touchline_up{workspace="acme"}') == 1
    assert value(text, 'touchline_http_requests_total{method="GET",route="/readyz",status="200"}') >= 1
    assert value(text, 'touchline_http_request_seconds_bucket{route="/readyz",le="+Inf"}') >= 1
    assert value(text, "touchline_web_queue") >= 0
    assert value(text, 'touchline_disk_free_bytes{workspace="acme"}') > 0
    assert {"supervisor", "web", "door"} <= set(re.findall(r'touchline_process_memory_bytes\{process="(\w+)"', text))
    assert all(float(bytes_) > 1e6 for bytes_ in re.findall(r"touchline_process_memory_bytes\{.*\} (\S+)", text))
    door = until(lambda: "touchline_door_requests_total" in (t := running.get("/metrics").text) and t)
    assert value(door, 'touchline_door_requests_total{route="web",status="200"}') >= 1
    for line in text.splitlines():
        assert re.fullmatch(r'#.*|[a-z_]+(\{([a-z]+="[^"\n]*",?)*\})? \S+', line), line


def test_the_metrics_are_not_for_everybody(running):
    assert httpx.get(f"{running.url}/metrics", headers={"Authorization": "Bearer tl_none_none"}).status_code == 401
    assert running.get("/metrics").status_code == 200
    with serving(
        running.folder.parent / "published",
        TOUCHLINE_METRICS_FROM="",
    ) as other:
        assert httpx.get(f"{other.url}/metrics").status_code == 401
        assert other.get("/metrics").status_code == 200


def test_what_is_logged_is_json_and_names_nobody(running):
    asked = f"{running.url}/api/v1/customers/{SAID}/timeline?email={SAID}&token=tl_abc_secret"
    answer = httpx.get(asked, headers={"X-Request-ID": "trace-me-0001"})
    assert answer.status_code in (401, 403, 404)
    assert answer.headers["x-request-id"] == "trace-me-0001"
    httpx.get(f"{running.url}/nowhere/{SAID}")
    httpx.post(f"{running.url}/readyz", content=SAID.encode())
    out = until(lambda: "trace-me-0001" in (o := running.output()) and o)
    assert SAID not in out
    assert "tl_abc_secret" not in out
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    (slow,) = [one for one in lines if one.get("request") == "trace-me-0001" and one["logger"] == "touchline.slow"]
    assert re.fullmatch(r"[0-9a-f]{16}", slow["parameters"])
    assert slow["seconds"] >= 0
    assert slow["level"] == "warning"


def test_jobs_run_by_the_clock_and_the_backups_are_whole(running):
    from touchline.workspace.backup import backups, verify

    place = running.folder.parent / "backups"
    (file,) = until(lambda: backups(place))
    manifest, problems = verify(file)
    assert problems == []
    assert ".touchline/server/state.db" in {part.path for part in manifest.files}
    text = until(lambda: 'job="backup"' in (t := running.get("/metrics").text) and t)
    assert value(text, 'touchline_job_failures{job="backup",workspace=""}') == 0
    assert value(text, 'touchline_job_succeeded_seconds{job="memory",workspace=""}') > time.time() - 600
    with_state = running.folder.parent / "again"
    from touchline.workspace.restoring import restore

    restore(file, with_state)
    with serving(with_state) as again:  # the state came along and names the folder where it is now
        assert again.serving["workspace"] == "acme"


def test_it_ends_in_order(tmp_path):
    server = start(tmp_path / "acme")
    below = children(server.process.pid)
    assert len(below) >= 2
    assert server.stop() == 0
    assert not (server.folder / ".touchline" / "serving.json").exists()
    assert "Traceback" not in server.output()
