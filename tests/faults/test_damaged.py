"""Damage at many places of every file: what is read is whole, or it is refused by name; never silently short."""

from __future__ import annotations

import os
import random
import shutil

import pytest
from tests.files import answers, contents, take_in, write_csv

from touchline.errors import JournalDamaged, TouchlineError, WarehouseDamaged
from touchline.workspace import Workspace
from touchline.workspace.healing import ASIDE, heal, opened

pytestmark = pytest.mark.faults

MANY = bool(os.environ.get("TOUCHLINE_SOAK"))
PLACES = 500 if MANY else 40


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A workspace whose warehouse has a log: killed behind its last commits; and what it holds."""
    root = tmp_path_factory.mktemp("world")
    with Workspace.create(root / "acme") as workspace:
        for start in range(0, 120, 30):
            take_in(workspace, write_csv(root / f"{start}.csv", answers(*range(start, start + 30))))
        whole = contents(workspace)
        warehouse = workspace.folder.warehouse
        log = warehouse.with_name(warehouse.name + ".wal")
        assert log.stat().st_size > 1000, "the last commits are in the log only"
        shutil.copytree(root / "acme", root / "killed")
    with Workspace(root / "killed") as workspace:
        assert contents(workspace) == whole
    shutil.rmtree(root / "killed")
    with Workspace(root / "acme") as workspace:  # again, for the tests: a file and a log
        take_in(workspace, write_csv(root / "last.csv", answers(*range(120, 150))))
        whole = contents(workspace)
        shutil.copytree(root / "acme", root / "killed")
    return root / "killed", whole


def places(size: int, seed: int) -> list[int]:
    """Return offsets all over a file: its beginning, its end, and by chance."""
    rng = random.Random(seed)
    edges = {0, 1, 8, 9, 4096, 8192, size - 1, size - 9, size // 2}
    return sorted({at for at in edges if 0 <= at < size} | {rng.randrange(size) for _ in range(PLACES)})


def flipped(path, at):
    with path.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ (1 << at % 8)]))


def cut(path, at):
    os.truncate(path, at)


def is_whole_or_refused(root, whole):
    """The command line's way: equal contents, or an error that names the file and a rebuild that gives them back."""
    with Workspace(root) as workspace:
        try:
            workspace.catch_up()
            found = contents(workspace)
            told = ""
        except TouchlineError as error:
            told = str(error)
            assert workspace.rebuild().equal is not False
            found = contents(workspace)
        assert not told or (".duckdb" in told and "rebuild" in told)
        assert found == whole
        assert workspace.check() == []
    return bool(told)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("damage", [flipped, cut])
@pytest.mark.parametrize("suffix", ["", ".wal"])
def test_the_warehouse_damaged_anywhere_is_whole_or_refused(world, tmp_path, damage, suffix):
    root, whole = world
    name = f"1.duckdb{suffix}"
    size = (root / ".touchline" / "warehouse" / name).stat().st_size
    refused = 0
    for at in places(size, seed=len(suffix))[:: 1 if MANY else 5]:
        there = tmp_path / "damaged"
        shutil.copytree(root, there)
        damage(there / ".touchline" / "warehouse" / name, at)
        refused += is_whole_or_refused(there, whole)
        shutil.rmtree(there)
    if damage is flipped or not suffix:
        assert refused, "the damage was felt at least once"


@pytest.mark.parametrize("damage", ["header", "empty", "garbage", "log"])
def test_a_server_moves_a_damaged_warehouse_aside_and_builds_a_new_one(world, tmp_path, damage):
    root, whole = world
    there = tmp_path / "acme"
    shutil.copytree(root, there)
    path = there / ".touchline" / "warehouse" / "1.duckdb"
    if damage == "header":
        flipped(path, 9)
    elif damage == "empty":
        cut(path, 0)
    elif damage == "garbage":
        path.write_bytes(os.urandom(50_000))
    else:
        log = path.with_name("1.duckdb.wal")
        log.write_bytes(os.urandom(log.stat().st_size))
    told: list[str] = []
    with Workspace(there) as workspace:
        sound = opened(workspace, told.append)
        workspace.drain()
        assert contents(workspace) == whole
        assert workspace.check() == []
        if not sound:
            assert "moved aside" in told[0]
            assert "1.duckdb" in told[0]
            assert workspace.folder.warehouse.name == "2.duckdb"
            assert (path.with_name(f"1.duckdb{ASIDE}")).exists()
        assert not sound or damage == "log"  # whose last commits are missing, and come from the journal again
        workspace.rebuild()
        assert not list(path.parent.glob(f"*{ASIDE}"))


def test_a_file_that_ends_the_process_again_and_again_is_moved_aside(world, tmp_path):
    root, whole = world
    there = tmp_path / "acme"
    shutil.copytree(root, there)
    (there / ".touchline" / "warehouse" / "opening").write_text("3")
    told: list[str] = []
    with Workspace(there) as workspace:
        assert not opened(workspace, told.append)
        workspace.drain()
        assert contents(workspace) == whole
    assert "ended 3 times" in told[0]
    assert not (there / ".touchline" / "warehouse" / "opening").exists()


def test_a_block_damaged_while_it_is_open_is_healed(world, tmp_path):
    root, whole = world
    there = tmp_path / "acme"
    shutil.copytree(root, there)
    told: list[str] = []
    with Workspace(there) as workspace:
        workspace.warehouse.execute("CHECKPOINT")
        why = WarehouseDamaged("a block fails its checksum", where="1.duckdb")
        assert heal(workspace, why, told.append), "a sound file is only opened again"
        path = workspace.folder.warehouse
        workspace.let_go_of_warehouse()
        with path.open("r+b") as file:
            file.seek(3 * 4096)
            file.write(os.urandom(path.stat().st_size - 3 * 4096))
        assert not heal(workspace, why, told.append)
        workspace.drain()
        assert contents(workspace) == whole
    assert len(told) == 2


def test_a_journal_that_is_gone_is_not_taken_for_a_new_one(world, tmp_path):
    """Damage inside a journal is told by `tests/journal/test_faults.py`; here all of it is gone."""
    root, _ = world
    there = tmp_path / "acme"
    shutil.copytree(root, there)
    for path in (there / ".touchline").glob("journal.db*"):
        path.unlink()
    told: list[str] = []
    with Workspace(there) as workspace:
        with pytest.raises(JournalDamaged, match="the journal ends at 0"):
            opened(workspace, told.append)
        assert told == []
        assert workspace.folder.warehouse.name == "1.duckdb", "the warehouse is the only copy, and stays where it is"
