"""`touchline check` while a server holds the workspace, and after it was killed."""

from __future__ import annotations

import json

from tests.files import answers, take_in, write_csv
from tests.server.serving import serving
from typer.testing import CliRunner

from touchline.cli.app import app
from touchline.workspace import Workspace
from touchline.workspace.backup import back_up, verify


def check(root):
    done = CliRunner().invoke(app, ["check", "--workspace", str(root), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_check_is_clean_while_a_server_holds_the_workspace_and_after_it_was_killed(tmp_path):
    root = tmp_path / "acme"
    with serving(root) as server:
        with Workspace(root) as beside:
            take_in(beside, write_csv(tmp_path / "a.csv", answers(*range(50))))
        assert check(root) == (0, {"sound": True, "problems": []})
        jobs = server.get("/api/v1/jobs").json()["jobs"]
        assert all(one["ok"] for one in jobs if one["ended_at"])
        assert server.request("GET", "/api/v1/check", headers={}).status_code == 401
        made = back_up(Workspace(root).folder, tmp_path / "one.tar")
        assert verify(made.file)[1] == []
        server.kill()
    with serving(root) as again:
        assert check(again.folder)[0] == 0
    assert check(root) == (0, {"sound": True, "problems": []})


def test_who_was_erased_does_not_come_back_into_the_state_either(tmp_path):
    """A reply and a line of the audit log name somebody; the backup has both; the erasure came later."""
    import sqlite3

    root, who = tmp_path / "acme", "C3"
    with serving(root) as server:
        with Workspace(root) as beside:
            take_in(beside, write_csv(tmp_path / "a.csv", answers(*range(50))))
        assert check(root)[0] == 0
        assert server.get(f"/api/v1/customers/{who}/timeline").status_code == 200
        made = back_up(Workspace(root).folder, tmp_path / "one.tar")
        assert server.post("/api/v1/privacy/erase", json={"customer": who, "why": "asked"}).status_code == 200
    done = CliRunner().invoke(app, ["restore", str(made.file), str(root), "--replace", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["erased"] > 0
    db = sqlite3.connect(root / ".touchline" / "server" / "state.db")
    told = [row for (row,) in db.execute("SELECT what FROM people_entry")]
    db.close()
    assert told  # the log is there, and does not say who
    assert who not in told
    with serving(root) as again:
        assert again.get(f"/api/v1/customers/{who}/timeline").status_code == 404
        assert check(root)[0] == 0
