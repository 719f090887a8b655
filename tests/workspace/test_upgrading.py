"""An older folder is brought up after a backup, whatever moment it is killed at; a newer one is refused."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys

import pytest
from tests.files import answers, contents, take_in, write_csv
from tests.processes import another

from touchline.errors import WorkspaceError
from touchline.journal.base import decode, encode
from touchline.workspace import Workspace, upgrading
from touchline.workspace.backup import verify
from touchline.workspace.folder import LAYOUT
from touchline.workspace.restoring import restore
from touchline.workspace.upgrading import bring_up, layout_of

FIRST_JOURNAL = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE batches (
    offset INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, rows INTEGER NOT NULL, live INTEGER NOT NULL,
    origin TEXT NOT NULL, received_at TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, sha256 BLOB NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, file TEXT NOT NULL, row INTEGER, "column" TEXT,
    reason TEXT NOT NULL, raw BLOB NOT NULL, first_seen TEXT NOT NULL, expires_at TEXT NOT NULL,
    seen INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE doors (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, origin TEXT NOT NULL, received INTEGER NOT NULL,
    accepted INTEGER NOT NULL, repeated INTEGER NOT NULL, quarantined INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES ('format', '1');
"""


def make_old(workspace: Workspace) -> None:
    """Turn a workspace into one of layout 1: no number, the journal's first tables."""
    from touchline.journal.base import checksum

    entries = list(workspace.journal.read())
    workspace.close()
    path = workspace.folder.journal
    digests = sqlite3.connect(path).execute('SELECT "offset", digest FROM batches').fetchall()
    for one in path.parent.glob("journal.db*"):
        one.unlink()
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(FIRST_JOURNAL)
    for entry in entries:
        payload = encode(entry.table)
        assert decode(payload) == entry.table
        rows = entry.table.num_rows
        about = (entry.kind, rows, int(entry.live), entry.origin, entry.received_at.isoformat())
        db.execute(
            "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (entry.offset, *about, dict(digests)[entry.offset], checksum(payload, *about), payload),
        )
        db.execute(
            "INSERT INTO doors (at, origin, received, accepted, repeated, quarantined) VALUES (?, ?, ?, ?, 0, 0)",
            (entry.received_at.isoformat(), entry.origin, rows, rows),
        )
    db.close()
    workspace.folder.format.unlink()


@pytest.fixture
def old(workspace, tmp_path):
    for n in range(2):
        take_in(workspace, write_csv(tmp_path / f"{n}.csv", answers(*range(20 * n, 20 * n + 20))))
    before = contents(workspace)
    make_old(workspace)
    return workspace.folder, before


def test_a_new_workspace_says_its_layout(workspace):
    assert layout_of(workspace.folder) == LAYOUT
    assert bring_up(workspace.folder) is None
    assert not (workspace.folder.inside / "backups").exists()


def test_an_older_workspace_is_brought_up_when_it_is_opened_after_a_backup(old, tmp_path):
    folder, before = old
    assert layout_of(folder) == 1
    with Workspace(folder.root) as opened:
        opened.catch_up()
        assert opened.check() == []
        assert contents(opened) == before
    assert layout_of(folder) == LAYOUT
    assert folder.inside.stat().st_mode & 0o007 == 0
    (backup,) = (folder.inside / "backups").glob("*.tar")
    manifest, problems = verify(backup)
    assert (manifest.layout, problems) == (1, [])
    restore(backup, tmp_path / "as-it-was")
    with Workspace(tmp_path / "as-it-was") as opened:
        opened.catch_up()
        assert contents(opened) == before


def test_a_newer_workspace_is_refused_and_left_alone(workspace):
    workspace.folder.format.write_text(f"{LAYOUT + 1}\n")
    with pytest.raises(WorkspaceError, match="upgrade Touchline"):
        Workspace(workspace.folder.root)
    workspace.folder.format.write_text("two")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        Workspace(workspace.folder.root)


def test_one_that_a_server_holds_is_not_brought_up_under_its_feet(old):
    folder, _ = old
    with another("touchline.server.processes.web") as pid:
        (folder.inside / "serving.json").write_text(json.dumps({"pid": pid}))
        with pytest.raises(WorkspaceError, match="server of an older version"):
            Workspace(folder.root)
    assert layout_of(folder) == 1
    with another("something else") as pid:  # a number that is somebody else's by now keeps nobody
        (folder.inside / "serving.json").write_text(json.dumps({"pid": pid}))
        Workspace(folder.root).close()
    assert layout_of(folder) == LAYOUT


KILLED = """
import os, signal, sys
from pathlib import Path
from touchline.workspace import upgrading
from touchline.workspace.folder import Folder
at = sys.argv[2]
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
if at == "before the backup": upgrading._backed_up = die
elif at == "after the backup": upgrading.STEPS[1] = die
elif at == "before the number": upgrading._note = die
elif at == "inside the step":
    from touchline.journal import upgrade
    upgrade._doors = die
upgrading.bring_up(Folder(Path(sys.argv[1])))
"""


@pytest.mark.faults
@pytest.mark.parametrize("at", ["before the backup", "after the backup", "inside the step", "before the number"])
def test_killed_at_any_step_it_goes_on(old, at):
    folder, before = old
    done = subprocess.run([sys.executable, "-c", KILLED, folder.root, at], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert layout_of(folder) == 1
    with Workspace(folder.root) as opened:
        opened.catch_up()
        assert opened.check() == []
        assert contents(opened) == before
    assert layout_of(folder) == LAYOUT
    (backup,) = (folder.inside / "backups").glob("*.tar")
    assert verify(backup)[1] == []


def test_every_layout_has_its_step():
    assert sorted(upgrading.STEPS) == list(range(1, LAYOUT))
