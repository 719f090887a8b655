"""While a server holds a workspace, the command line asks it, and shows the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.server.serving import serving as served

import touchline as tl
from touchline.client import Remote
from touchline.client.serving import SERVING, serving
from touchline.questions import Local, open_workspace

COMMANDS = [
    ("show", "stages", "--json"),
    ("show", "heatmap", "--by", "segment:region", "--csv"),
    ("show", "change", "--last", "90", "--json"),
    ("show", "churn", "--by", "reason", "--json", "--who", "1"),
    ("show", "funnel", "purchase", "delivery", "--json"),
    ("themes", "list", "--json"),
    ("status", "--json"),
]


def ran(folder: Path, command: tuple[str, ...]) -> str:
    arguments = [sys.executable, "-m", "touchline", *command, "--workspace", str(folder)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else f"{done.returncode}: {done.stderr}"


def _rounded(text: str) -> str:
    """The text, its numbers to nine digits: sums of several threads differ in the last ones."""
    return re.sub(r"-?\d+\.\d+(?:e-?\d+)?", lambda number: f"{float(number[0]):.9g}", text)


@pytest.fixture(scope="module")
def both(world, tmp_path_factory):
    """The answers with no server, and those while one holds a copy."""
    folder = tmp_path_factory.mktemp("served") / "w"
    shutil.copytree(world, folder)
    alone = {command: ran(folder, command) for command in COMMANDS}
    with served(folder) as server:
        yield alone, {command: ran(folder, command) for command in COMMANDS}, server


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_shows_the_same_while_a_server_holds_the_workspace(command, both):
    alone, held, _ = both
    assert not alone[command][:1].isdigit(), alone[command]
    assert _rounded(held[command]) == _rounded(alone[command])


def test_what_is_opened_is_the_server_and_a_report_is_written_too(both, tmp_path):
    server = both[2]
    with open_workspace(server.folder) as journey:
        assert isinstance(journey, Remote)
        assert journey.status().received > 0
    told = ran(server.folder, ("report", "--out", str(tmp_path / "report.html")))
    assert "Wrote" in told, told
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_is_sent_is_seen(both):
    server = both[2]
    with tl.connect(server.url, server.serving["token"], workspace=server.serving["workspace"]) as remote:
        before = remote.status()
        record = {
            "id": "sent-1", "source": "test", "kind": "survey", "author": "customer", "customer_ref": "C1",
            "occurred_at": "2026-06-01T12:00:00Z", "answers": [{"question": "nps", "kind": "nps", "value": 3}],
        }  # fmt: skip
        sent = remote.send([record, record | {"id": "sent-2", "occurred_at": "never"}], key="once")
        assert (sent.accepted, sent.quarantined) == (1, 1)
        again = remote.send([record, record | {"id": "sent-2", "occurred_at": "never"}], key="once")
        assert (again.accepted, again.quarantined) == (1, 1)
        for _ in range(100):
            after = remote.status()
            if after.stored > before.stored:
                break
        assert (after.stored, after.received) == (before.stored + 1, before.received + 2)


# ------------------------------------------------------------------------------------------- what a server leaves


def left(folder: Path, **changed: object) -> None:
    told = {"url": "http://127.0.0.1:1", "workspace": "w", "pid": 1, "token": "t"} | changed
    path = folder / SERVING
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))


def test_a_server_that_was_killed_does_not_count(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    left(tmp_path, pid=process.pid)
    assert serving(tmp_path) is None
    left(tmp_path)
    found = serving(tmp_path)
    assert found is not None
    assert (found.url, found.workspace) == ("http://127.0.0.1:1", "w")
    assert "token" not in repr(found)


def test_the_servers_own_process_opens_the_workspace_itself(tmp_path):
    left(tmp_path, pid=os.getpid())
    assert serving(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"url": 1}', '{"url": "x", "workspace": "w", "pid": "x", "token": ""}']
)
def test_a_file_that_is_not_whole_does_not_count(text, tmp_path):
    (tmp_path / SERVING).parent.mkdir()
    (tmp_path / SERVING).write_text(text)
    assert serving(tmp_path) is None


def test_without_a_server_the_workspace_is_opened_here(tmp_path):
    with tl.Workspace.create(tmp_path / "w"):
        pass
    with open_workspace(tmp_path / "w") as journey:
        assert isinstance(journey, Local)
