"""`check` looks at the index, the files and a server's state, too; each damage is named."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pytest
from tests.files import answers, take_in, write_csv

from touchline.workspace.checking import check_state


@pytest.fixture
def filled(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", answers(*range(40))))
    workspace.indexed()
    assert workspace.check() == []
    return workspace


def test_an_index_that_is_short_is_named(filled):
    path = filled.folder.index / "at.npy"
    np.save(path, np.load(path)[:-3])
    problems = filled.check()
    assert any("shows 37 interactions" in problem and "built anew" in problem for problem in problems)
    assert any("rows of 37" in problem for problem in problems)


def test_an_index_that_cannot_be_read_is_named(filled):
    (filled.folder.index / "keys.npy").write_bytes(b"nonsense")
    assert any("cannot be read" in problem for problem in filled.check())


def test_an_index_of_other_rows_is_named(filled):
    path = filled.folder.index / "index.json"
    before = json.loads(path.read_text())
    filled.warehouse.execute(
        f"DELETE FROM journey_{filled.warehouse.generation} WHERE interaction_id = 'survey/a7' AND identified"
    )
    assert any("and the warehouse has 39" in problem for problem in filled.check())
    path.write_text(json.dumps(before | {"shown": "of before"}))  # an older index is no damage
    assert not any("index" in problem and "shows" in problem for problem in filled.check())


def test_a_key_that_others_may_read_and_what_a_rebuild_left_are_named(filled):
    key = filled.folder.inside / "key"
    key.chmod(0o644)
    (filled.folder.warehouses / "9.duckdb").write_bytes(b"")
    filled.folder.format.write_text("1\n")
    problems = filled.check()
    assert [problem for problem in problems if "chmod 600" in problem]
    assert [problem for problem in problems if "9.duckdb was left" in problem]
    assert [problem for problem in problems if "touchline upgrade" in problem]


@pytest.fixture
def state(filled):
    path = filled.folder.inside / "server" / "state.db"
    path.parent.mkdir()
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(
        """
        CREATE TABLE workspaces_workspace (id INTEGER PRIMARY KEY, slug TEXT, folder TEXT);
        CREATE TABLE people_membership (id INTEGER PRIMARY KEY, workspace_id REFERENCES workspaces_workspace (id));
        CREATE TABLE operations_run (workspace TEXT);
        CREATE TABLE intake_webhook (workspace TEXT);
        CREATE TABLE intake_reply (scope TEXT, body BLOB);
        CREATE TABLE people_key (prefix TEXT, scopes TEXT);
        INSERT INTO operations_run VALUES (''), ('acme');
        INSERT INTO people_key VALUES ('abc', '["read"]');
        """
    )
    db.execute("INSERT INTO workspaces_workspace VALUES (1, 'acme', ?)", (str(filled.folder.root),))
    assert filled.check() == []
    yield db
    db.close()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("INSERT INTO workspaces_workspace VALUES (2, 'gone', '/nowhere')", "'gone' is not where it should be"),
        ("INSERT INTO people_membership VALUES (7, 99)", "row 7 of people_membership names a workspaces_workspace"),
        ("INSERT INTO operations_run VALUES ('ghost')", "operations_run names the workspace 'ghost'"),
        ("INSERT INTO intake_webhook VALUES ('ghost')", "intake_webhook names the workspace 'ghost'"),
        ("INSERT INTO intake_reply VALUES ('short', x'00')", "1 kept answers"),
        ("INSERT INTO people_key VALUES ('def', 'all')", "scopes of key def"),
        ("DROP TABLE workspaces_workspace", "no table of workspaces"),
    ],
)
def test_damage_in_a_servers_state_is_named(filled, state, damage, told):
    state.execute(damage)
    assert any(told in problem for problem in filled.check())


def test_a_state_that_is_no_database_is_named(filled):
    path = filled.folder.inside / "server" / "state.db"
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    assert "cannot read it" in check_state(filled.folder)[0]
