"""The server's database is brought up to date at the start, after a backup; a newer one is refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest

from touchline.server.home import HOME, Home

PREPARE = """
import os, sys
from pathlib import Path
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "touchline.server.config.settings"
django.setup()
from touchline.errors import WorkspaceError
from touchline.server.operations.migrating import migrate
try:
    print("backup", migrate())
except WorkspaceError as error:
    print("refused", error)
"""


@pytest.fixture
def home(tmp_path):
    home = Home.of(tmp_path)
    home.make()
    return home


def prepare(home):
    whole = {**os.environ, HOME: str(home.root)}
    whole.pop("TOUCHLINE_DATABASE", None)
    done = subprocess.run([sys.executable, "-c", PREPARE], env=whole, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def execute(home, *statements):
    db = sqlite3.connect(home.state, isolation_level=None)
    try:
        return [db.execute(statement).fetchall() for statement in statements][-1]
    finally:
        db.close()


def test_pending_migrations_are_run_after_a_backup_and_a_newer_database_is_refused(home):
    assert prepare(home) == "backup None"  # a fresh one needs none
    assert prepare(home) == "backup None"  # and none where nothing is pending
    execute(
        home,
        "DROP TABLE operations_run",
        "DELETE FROM django_migrations WHERE app = 'operations'",
        "INSERT INTO workspaces_workspace (slug, name, folder, created_at) VALUES ('a', 'A', '/a', '2026-01-01')",
    )
    told = prepare(home)
    (backup,) = (home.root / "backups").glob("state-*.db")
    assert told == f"backup {backup}"
    assert backup.stat().st_mode & 0o077 == 0
    assert execute(home, "SELECT count(*) FROM operations_run") == [(0,)]
    old = sqlite3.connect(backup)
    assert old.execute("SELECT slug FROM workspaces_workspace").fetchall() == [("a",)]
    assert old.execute("SELECT 1 FROM sqlite_master WHERE name = 'operations_run'").fetchall() == []
    old.close()
    execute(home, "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', '2030-01-01')")
    before = home.state.read_bytes()
    assert "refused" in (told := prepare(home))
    assert "people.9999_later" in told
    assert "upgrade Touchline" in told
    assert home.state.read_bytes() == before
