"""Making, opening and sharing a workspace."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.files import answers, take_in, write_csv

from touchline.errors import JournalDamaged, TaxonomyError, WarehouseLocked, WorkspaceError, WorkspaceMissing
from touchline.questions import open_workspace
from touchline.workspace import Workspace

HOLD = """
import sys
import duckdb
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold():
    """Return a function that opens a DuckDB file in another process and keeps it open."""
    processes: list[subprocess.Popen[str]] = []

    def holding(path: Path) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process.pid

    yield holding
    for process in processes:
        process.communicate()


def test_a_new_workspace_is_files_to_edit_beside_a_folder_of_ours(tmp_path):
    with Workspace.create(tmp_path / "acme") as workspace:
        assert workspace.settings.workspace.name == "acme"
        assert sorted(p.name for p in workspace.folder.root.iterdir()) == [
            ".touchline",
            "taxonomy.yaml",
            "touchline.toml",
        ]
        key = workspace.folder.inside / "key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert workspace.status().received == 0
        assert workspace.status().balanced
        assert workspace.check() == []


def test_it_is_the_same_when_opened_again(tmp_path):
    with Workspace.create(tmp_path) as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", answers(1, 2, 3)))
        before = workspace.status()
    with Workspace(tmp_path) as workspace:
        assert workspace.status() == before


def test_a_second_one_in_the_same_folder_is_refused(tmp_path):
    Workspace.create(tmp_path).close()
    with pytest.raises(WorkspaceError, match="already"):
        Workspace.create(tmp_path)


def test_a_template_that_is_not_there_leaves_nothing_behind(tmp_path):
    with pytest.raises(TaxonomyError):
        Workspace.create(tmp_path / "acme", taxonomy="b2d")
    assert not (tmp_path / "acme" / "touchline.toml").exists()


def test_a_folder_without_a_workspace_says_what_to_do(tmp_path):
    with pytest.raises(WorkspaceMissing, match="touchline init") as caught:
        Workspace(tmp_path)
    assert caught.value.exit_code == 3


def test_without_its_key_a_workspace_does_not_guess(tmp_path):
    Workspace.create(tmp_path).close()
    (tmp_path / ".touchline" / "key").write_text("ab")
    with pytest.raises(WorkspaceError, match="key"):
        Workspace(tmp_path)


def test_a_temporary_one_is_gone_afterwards():
    with Workspace.temporary() as workspace:
        root = workspace.folder.root
        assert root.is_dir()
    assert not root.exists()


def test_one_for_the_same_files_has_the_same_key_and_for_others_another(tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("text\nLate again.\n")
    two.write_text("text\nLate again!\n")

    def key(*files):
        with Workspace.temporary(of=files) as workspace:
            return workspace.key

    assert key(one, two) == key(one, two)
    assert len({key(), key(), key(one), key(two), key(one, two), key(one, tmp_path)}) == 5


def test_another_process_that_holds_the_warehouse_is_named(workspace, hold):
    workspace.let_go_of_warehouse()
    pid = hold(workspace.folder.warehouse)
    with pytest.raises(WarehouseLocked, match=str(pid)) as caught:
        workspace.status()
    assert caught.value.exit_code == 4


def test_while_another_process_holds_the_warehouse_records_wait_in_the_journal(make, hold, tmp_path):
    workspace = make()
    workspace.status()
    workspace.close()
    pid = hold(workspace.folder.warehouse)
    with Workspace(workspace.folder.root) as locked:
        imported = take_in(locked, write_csv(tmp_path / "a.csv", answers(*range(20))))
        assert (imported.received, imported.stored, imported.waiting) == (20, 0, 20)
        with pytest.raises(WarehouseLocked, match=str(pid)):
            locked.rebuild()
        assert locked.folder.warehouse.exists()


def test_what_waited_is_in_the_warehouse_after_the_next_drain(make, tmp_path):
    there, here = make(), make()
    path = write_csv(tmp_path / "a.csv", answers(*range(20)))
    export_only(here, path)
    assert here.status().waiting == 20
    assert here.status().balanced
    assert here.drain().stored == 20
    assert here.status().waiting == 0
    take_in(there, path)
    assert here.status() == there.status()


def export_only(workspace: Workspace, path: Path) -> None:
    """Take a file through the door and no further, as an import does while the warehouse is held."""
    from touchline.sources import open_export
    from touchline.workspace.accept import accept
    from touchline.workspace.identify import Identifier

    identifier = Identifier(workspace.key)
    for chunk in open_export(path, source="survey").chunks():
        accept(workspace.journal, chunk, identifier, origin=path.name)


def test_a_journal_that_is_older_than_its_warehouse_is_refused(make, tmp_path):
    workspace = make()
    take_in(workspace, write_csv(tmp_path / "a.csv", answers(1, 2)))
    workspace.close()
    for file in workspace.folder.inside.glob("journal.db*"):
        file.unlink()
    with Workspace(workspace.folder.root) as emptied:
        with pytest.raises(JournalDamaged, match="restore"):
            emptied.status()
        with pytest.raises(JournalDamaged, match="restore"):
            emptied.rebuild()
    assert workspace.folder.warehouse.exists()


def test_what_waited_is_not_counted_as_the_next_imports(make, tmp_path):
    workspace = make()
    export_only(workspace, write_csv(tmp_path / "a.csv", answers(*range(20))))
    imported = take_in(workspace, write_csv(tmp_path / "b.csv", answers(18, 19, 20)))
    assert (imported.received, imported.stored, imported.duplicate, imported.earlier) == (3, 1, 2, 20)
    assert workspace.status().stored == 21


def test_a_question_stores_what_waited_first(make, tmp_path):
    workspace = make()
    export_only(workspace, write_csv(tmp_path / "a.csv", answers(*range(20))))
    assert any("20 accepted records" in problem for problem in workspace.check())
    workspace.close()
    with open_workspace(workspace.folder.root) as journey:
        assert journey.status().waiting == 0
        assert journey.stages().facts["n"] > 0
        assert journey.workspace.check() == []


def test_a_warehouse_whose_making_was_cut_short_is_made_again(make):
    workspace = make()
    duckdb.connect(str(workspace.folder.warehouse)).close()
    assert workspace.status().balanced
    assert workspace.check() == []


def test_a_warehouse_of_another_version_is_refused_and_can_be_rebuilt(make, tmp_path):
    workspace = make()
    take_in(workspace, write_csv(tmp_path / "a.csv", answers(*range(20))))
    before = workspace.status()
    workspace.warehouse.remember(layout=0)
    workspace.close()
    with Workspace(workspace.folder.root) as again:
        with pytest.raises(WorkspaceError, match="touchline rebuild"):
            again.status()
        rebuilt = again.rebuild()
        assert (rebuilt.equal, rebuilt.interactions) == (None, 20)
        assert "another version" in rebuilt.why
        assert again.status() == before
