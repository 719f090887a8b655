"""`touchline check` while a server holds the workspace, and after it was killed."""

from __future__ import annotations

import json

from tests.files import answers, take_in, write_csv
from tests.server.serving import serving, start
from typer.testing import CliRunner

from touchline.cli.app import app
from touchline.workspace import Workspace
from touchline.workspace.backup import back_up, verify


def check(root):
    done = CliRunner().invoke(app, ["check", "--workspace", str(root), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_check_is_clean_while_a_server_holds_the_workspace_and_after_it_was_killed(tmp_path):
    root = tmp_path / "acme"
    server = start(root)
    with Workspace(root) as beside:
        take_in(beside, write_csv(tmp_path / "a.csv", answers(*range(50))))
    assert check(root) == (0, {"sound": True, "problems": []})
    jobs = server.get("/api/v1/jobs").json()["jobs"]
    assert {one["job"] for one in jobs} <= {"quarantine", "sessions", "disk", "memory"}
    assert server.request("GET", "/api/v1/check", headers={}).status_code == 401
    made = back_up(server.serving and Workspace(root).folder, tmp_path / "one.tar")
    assert verify(made.file)[1] == []
    server.kill()
    with serving(root) as again:
        assert check(again.folder)[0] == 0
    assert check(root) == (0, {"sound": True, "problems": []})
