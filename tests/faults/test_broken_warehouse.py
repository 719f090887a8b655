"""A served workspace whose warehouse breaks while questions are asked: one healing, in the background, told once."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from contextlib import contextmanager

import pytest
from tests.files import answers, take_in, write_csv

from touchline.errors import NoSpaceLeft, TooSlow, WarehouseDamaged, WarehouseLocked
from touchline.server.workspaces import holding
from touchline.server.workspaces.holding import Healing, Held
from touchline.workspace import Workspace, workspace
from touchline.workspace.healing import ASIDE

pytestmark = pytest.mark.faults
ROWS = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("broken")
    with Workspace.create(root / "acme") as opened:
        take_in(opened, write_csv(root / "a.csv", answers(*range(ROWS))))
    return root / "acme"


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    monkeypatch.setattr(holding, "_AFTER_TROUBLE", 0.05)
    monkeypatch.setattr(holding, "_after", [])  # the other apps would look into the server's database
    return shutil.copytree(made, tmp_path / "acme")


@contextmanager
def holding_of(folder):
    held = Held("acme", folder, "http://127.0.0.1", None)
    try:
        yield held
    finally:
        held.close()


def stored(held):
    return held.ask(lambda local: local.status().stored)


def shown(held, seconds=60.0):
    """Return what is shown once the warehouse is whole again, and how it was refused until then."""
    refused, until = [], time.monotonic() + seconds
    while True:
        try:
            return stored(held), refused
        except (Healing, WarehouseLocked) as error:
            refused.append(error)
        assert time.monotonic() < until, held.trouble
        time.sleep(0.02)


def ruin(held):
    """Overwrite the file under an open warehouse, and let somebody's query find out."""
    warehouse = held.workspace.warehouse
    with warehouse.path.open("r+b") as file:
        file.write(os.urandom(warehouse.path.stat().st_size))
    warehouse.broken = WarehouseDamaged("a block fails its checksum", where=str(warehouse.path))


def test_a_warehouse_is_let_go_of_while_questions_are_asked(folder):
    """DuckDB refuses to close a cursor that works; the question is ended instead, and the next one answered."""
    with holding_of(folder) as held:
        ended, begun = [], threading.Event()

        def ask(local):
            begun.set()
            return local.workspace.warehouse.fetch("SELECT count(*) FROM range(100000000000) a WHERE hash(a.range) = 1")

        def slow():
            try:
                held.ask(ask)
            except (TooSlow, WarehouseLocked) as error:
                ended.append(error)

        asking = threading.Thread(target=slow)
        asking.start()
        begun.wait(10)
        held._reopen()
        asking.join(30)
        assert len(ended) == 1
        assert stored(held) == ROWS


def test_damage_that_anybody_finds_is_healed_once_and_nobody_is_answered_short(folder, caplog):
    with caplog.at_level(logging.ERROR, "touchline.drain"), holding_of(folder) as held:
        counts, over = [], threading.Event()

        def ask():
            while not over.is_set():
                try:
                    counts.append(stored(held))
                except (Healing, WarehouseLocked, TooSlow):
                    time.sleep(0.01)

        asking = [threading.Thread(target=ask) for _ in range(4)]
        for one in asking:
            one.start()
        ruin(held)
        time.sleep(0.3)
        assert shown(held)[0] == ROWS
        over.set()
        for one in asking:
            one.join(30)
        assert set(counts) == {ROWS}
        assert held.trouble == ""
        assert held.workspace.check() == []
    told = [one.getMessage() for one in caplog.records]
    assert len(told) == 1, told
    assert "healed" in told[0]
    assert "moved aside" in told[0]


def test_a_rebuild_that_finds_no_room_goes_on_when_there_is_some(folder, caplog, monkeypatch):
    full, tries, real = threading.Event(), [], workspace.drain

    def drain(*arguments, **more):
        if full.is_set():
            tries.append(list((folder / ".touchline" / "warehouse").glob(f"*{ASIDE}")))
            raise NoSpaceLeft("the warehouse could not be written: the disk is full", where="1.duckdb")
        return real(*arguments, **more)

    monkeypatch.setattr(workspace, "drain", drain)
    with caplog.at_level(logging.ERROR, "touchline.drain"), holding_of(folder) as held:
        full.set()
        ruin(held)
        until = time.monotonic() + 30
        while len(tries) < 3 and time.monotonic() < until:
            with pytest.raises((Healing, WarehouseLocked)):
                stored(held)
            time.sleep(0.02)
        assert len(tries) >= 3, "it is tried again and again"
        assert tries[0], "the damaged file is kept, to be looked at"
        assert not tries[-1], "but makes room when there is none"
        assert "the disk is full" in held.trouble
        full.clear()
        count, refused = shown(held)
        assert count == ROWS
        assert all("built anew" in str(one) or "opened anew" in str(one) for one in refused)
    told = [one.getMessage() for one in caplog.records]
    assert sum("was healed" in one for one in told) == 1, told
    assert sum("the disk is full" in one for one in told) == 1, told
