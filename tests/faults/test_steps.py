"""A drain killed before any one of its statements, by count and not by luck, is finished at the next opening."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.files import answers, contents, take_in, write_csv

from touchline.workspace import Workspace

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1_200)]

SOAK = bool(os.environ.get("TOUCHLINE_SOAK"))

#: Forks a process per statement that a drain runs; each kills itself before its own. Prints how many there were.
DRAIN = """
import os, shutil, signal, sys
from pathlib import Path
from touchline.warehouse.duckdb.warehouse import DuckWarehouse
from touchline.workspace import Workspace

root, first, every = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with Workspace(root) as warm:
    warm.understander  # loaded once, for all of them
    shipped = warm.shipped

def drained(folder, nth):
    calls = [0]
    for name in ("execute", "fetch"):
        def counted(self, *args, real=getattr(DuckWarehouse, name), **more):
            calls[0] += 1
            if calls[0] == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, *args, **more)
        setattr(DuckWarehouse, name, counted)
    with Workspace(folder) as workspace:
        workspace.__dict__["shipped"] = shipped
        workspace.catch_up()
    return calls[0]

nth = first
while True:
    folder = root.with_name(f"killed-{nth}")
    shutil.copytree(root, folder)
    child = os.fork()
    if child == 0:
        drained(folder, nth)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        shutil.rmtree(folder)
        sys.exit(os.WEXITSTATUS(status))
    print(nth, flush=True)
    nth += every
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A workspace with records that wait in the journal, new and revised; and what a whole drain makes of them."""
    root = tmp_path_factory.mktemp("world")
    before, after = write_csv(root / "1.csv", answers(*range(40))), root / "2.csv"
    write_csv(after, [*answers(*range(40, 70)), *(row | {"nps": 2} for row in answers(*range(5)))])
    with Workspace.create(root / "acme") as workspace:
        take_in(workspace, before)
        shutil.copytree(root / "acme", root / "whole")
        real, Workspace.drain = Workspace.drain, lambda *_: None  # type: ignore[method-assign]
        store = sys.modules["touchline.workspace.workspace"]
        kept, store.store = store.store, lambda *_args, **_more: None
        try:
            take_in(workspace, after)
        finally:
            Workspace.drain, store.store = real, kept  # type: ignore[method-assign]
    with Workspace(root / "whole") as workspace:
        take_in(workspace, after)
        return root / "acme", contents(workspace)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_drain_killed_before_any_statement_is_finished_at_the_next_opening(world, tmp_path):
    root, whole = world
    here = tmp_path / "acme"
    shutil.copytree(root, here)
    with Workspace(here) as workspace:
        assert workspace.journal.head > workspace.warehouse.position, "records wait"
    command = [sys.executable, "-c", DRAIN, str(here), "1", "1" if SOAK else "6"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    killed = done.stdout.split()
    assert len(killed) > (40 if SOAK else 8), done.stdout
    for nth in killed:
        with Workspace(tmp_path / f"killed-{nth}") as workspace:
            workspace.__dict__["shipped"] = loaded(root)
            workspace.catch_up()
            assert contents(workspace) == whole, f"killed before statement {nth}"
            assert workspace.check() == []
        shutil.rmtree(tmp_path / f"killed-{nth}")


_loaded: dict[Path, object] = {}


def loaded(root: Path) -> object:
    """Return the reader of a workspace's texts, loaded once."""
    if root not in _loaded:
        with Workspace(root) as workspace:
            _loaded[root] = workspace.shipped
    return _loaded[root]
