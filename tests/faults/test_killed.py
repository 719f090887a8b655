"""An import that is killed anywhere and run again completes, without loss and without doubles."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.files import answers, contents, take_in, write_csv

from touchline.sources.chunking import read_chunks
from touchline.workspace import Workspace

pytestmark = pytest.mark.faults

#: Imports a file into a workspace, and kills itself before the n-th call of one function (0: never).
IMPORT = """
import importlib, os, signal, sys
from pathlib import Path
import touchline.drain, touchline.sources.chunking, touchline.workspace.importing
from touchline.sources import open_export
from touchline.workspace import Workspace

root, file, target, nth = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
# Small chunks and runs, so that there are several of each.
touchline.sources.chunking.read_chunks.__defaults__ = (20,)
touchline.drain.RUN_ROWS = touchline.workspace.importing.RUN_ROWS = 40
if nth:
    module, name = target.split(":")
    holder = importlib.import_module(module)
    *owners, name = name.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    real, calls = getattr(holder, name), [0]

    def counted(*args, **kwargs):
        calls[0] += 1
        if calls[0] == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(holder, name, counted)
with Workspace(Path(root)) as workspace:
    workspace.take_in(open_export(file, source="survey", taxonomy=workspace.taxonomy))
"""

WRITING = "touchline.warehouse.duckdb.writing"
POINTS = [
    ("touchline.workspace.workspace:DuckWarehouse", 1),  # nothing is there yet
    ("touchline.warehouse.duckdb.tables:switch", 1),  # the warehouse's first tables are being made
    ("touchline.workspace.importing:accept", 3),  # between two batches of the journal
    ("touchline.journal.batches:add", 4),  # within the journal's transaction
    (f"{WRITING}:sift", 2),  # between two runs
    (f"{WRITING}:_receipts", 1),  # within the first run's transaction
    (f"{WRITING}:_attribute_values", 2),
    ("touchline.drain:project", 1),  # everything is stored, nothing is placed
    (f"{WRITING}:insert", 2),  # a generation is half built
    (f"{WRITING}:show_generation", 1),  # it is built and not shown
    (f"{WRITING}:tables.switch", 2),  # within the transaction that shows it
    ("touchline.warehouse.duckdb.warehouse:DuckWarehouse.close", 1),
]


def run(root: Path, file: Path, target: str = "", nth: int = 0) -> int:
    command = [sys.executable, "-c", IMPORT, str(root), str(file), target, str(nth)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode in (0, -signal.SIGKILL), found.stderr[-2000:]
    return found.returncode


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An empty workspace, a file, and what an undisturbed import makes of them."""
    folder = tmp_path_factory.mktemp("world")
    empty, file = folder / "empty", write_csv(folder / "answers.csv", answers(*range(110)))
    Workspace.create(empty).close()
    shutil.copytree(empty, folder / "whole")
    assert run(folder / "whole", file) == 0
    with Workspace(folder / "whole") as workspace:
        return empty, file, contents(workspace), workspace.status()


@pytest.mark.parametrize(("target", "nth"), POINTS, ids=lambda value: str(value).rsplit(":", 1)[-1])
def test_an_import_killed_there_completes_when_run_again(world, tmp_path, monkeypatch, target, nth):
    empty, file, whole, status = world
    root = tmp_path / "killed"
    shutil.copytree(empty, root)
    assert run(root, file, target, nth) == -signal.SIGKILL
    monkeypatch.setattr(read_chunks, "__defaults__", (20,))
    with Workspace(root) as workspace:
        take_in(workspace, file)
        assert contents(workspace) == whole
        assert workspace.check() == []
        now = workspace.status()
        assert (now.interactions, now.touches, now.waiting) == (status.interactions, status.touches, 0)


def test_a_rebuild_killed_before_the_switch_has_changed_nothing(world, tmp_path):
    empty, file, whole, _ = world
    root = tmp_path / "killed"
    shutil.copytree(empty, root)
    assert run(root, file) == 0
    script = (
        "import os, signal, sys; from pathlib import Path; from touchline.workspace import Workspace, folder;"
        "folder.Folder.use_warehouse = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "Workspace(Path(sys.argv[1])).rebuild()"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(root)], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    with Workspace(root) as workspace:
        assert contents(workspace) == whole
        assert workspace.folder.warehouse.name == "1.duckdb"
        assert workspace.rebuild().equal
        assert contents(workspace) == whole
