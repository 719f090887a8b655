"""Rolled rows are what their expression gives, however the data came to be as they are."""

from __future__ import annotations

import threading
from typing import Any

import pyarrow as pa
import pytest
from tests.files import answer, answers, write_csv

from touchline.sources import open_export
from touchline.warehouse.held import COLUMNS, rows_of
from touchline.workspace import Workspace
from touchline.workspace.erasing import erase

KEY = ("counted",)


def counted(warehouse: Any) -> Any:
    journey = warehouse.table("journey")
    told = warehouse.table("interactions").select("interaction_id", "text")
    rows = journey.inner_join(told, "interaction_id")
    return rows.group_by("customer_key").agg(n=rows.count(), last=rows.occurred_at.max(), words=rows.text.max())


def take(workspace: Workspace, path, rows) -> None:
    workspace.take_in(open_export(write_csv(path, rows), source="answers", taxonomy=workspace.taxonomy))


def rolled(workspace: Workspace) -> list[dict[str, Any]]:
    warehouse = workspace.warehouse
    return sorted(warehouse.ask(KEY, lambda: warehouse.rolled(KEY, counted)).to_pylist(), key=str)


def anew(workspace: Workspace) -> list[dict[str, Any]]:
    workspace.warehouse.forget()
    return sorted(workspace.warehouse.ask(("anew",), lambda: counted(workspace.warehouse)).to_pylist(), key=str)


@pytest.fixture
def workspace(tmp_path):
    with Workspace.create(tmp_path / "ws") as opened:
        take(opened, tmp_path / "one.csv", answers(*range(40)))
        yield opened


def test_what_was_made_of_rows_may_be_forgotten_and_the_rows_kept(workspace):
    warehouse = workspace.warehouse
    held = warehouse.held("answers")
    assert held.codes("stage") is held.codes("stage")
    warehouse.forget(rows=False)
    again = warehouse.held("answers")
    assert again is not held
    assert again.rows is held.rows
    warehouse.forget()
    anew = warehouse.held("answers")
    assert anew.rows is not held.rows
    assert anew.rows.equals(held.rows)


def test_new_data_are_in_it_and_only_those_concerned_are_read_again(workspace, tmp_path, monkeypatch):
    first = rolled(workspace)
    given: list[int] = []
    original = workspace.warehouse.given

    def noted(**rows: pa.Table):
        given.extend(table.num_rows for name, table in rows.items() if name == "concerned_")
        return original(**rows)

    monkeypatch.setattr(workspace.warehouse, "given", noted)
    take(workspace, tmp_path / "two.csv", [answer(41), answer(42, customer="new")])
    second = rolled(workspace)
    assert given == [2]
    assert len(second) == len(first) + 1
    assert second == anew(workspace)


def test_a_revision_a_merge_and_an_erasure_show(workspace, tmp_path):
    assert rolled(workspace)
    take(workspace, tmp_path / "again.csv", [answer(7, nps=0, customer="C6")])
    assert rolled(workspace) == anew(workspace)
    before = len(rolled(workspace))
    workspace.identify([("C1", "C2")])
    assert len(rolled(workspace)) == before - 1
    assert rolled(workspace) == anew(workspace)
    erase(workspace, "C3", by="officer")
    assert len(rolled(workspace)) == before - 2
    assert rolled(workspace) == anew(workspace)


def test_a_question_of_older_data_sees_those(workspace, tmp_path):
    warehouse = workspace.warehouse
    before = rolled(workspace)
    with warehouse.reading():
        inside = rolled(workspace)
        take_elsewhere(workspace, tmp_path)
        warehouse._answers.clear()
        assert rolled(workspace) == inside == before
    assert rolled(workspace) == anew(workspace) != before


def take_elsewhere(workspace: Workspace, tmp_path) -> None:
    """Take records in while this thread reads: in another thread, and somebody asks there too."""

    def run() -> None:
        take(workspace, tmp_path / "two.csv", [answer(41), answer(42, customer="new")])
        rolled(workspace)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def held(warehouse: Any) -> dict[str, list[str]]:
    """Return the rows of every table that is held, as text, without their order and codes."""
    told = {}
    for name in COLUMNS:
        rows = warehouse.held(name).rows
        told[name] = sorted(str(row) for row in rows.select(sorted(rows.column_names)).to_pylist())
    return told


def asked(warehouse: Any) -> dict[str, list[str]]:
    told = {}
    for name in COLUMNS:
        rows = warehouse.ask(("anew", name), lambda name=name: rows_of(warehouse, name))
        told[name] = sorted(str(row) for row in rows.select(sorted(rows.column_names)).to_pylist())
    return told


def test_tables_in_memory_are_those_on_disk(workspace, tmp_path):
    warehouse = workspace.warehouse
    before = held(warehouse)
    assert before == asked(warehouse)
    with warehouse.reading():
        inside = held(warehouse)
        thread = threading.Thread(target=take, args=(workspace, tmp_path / "two.csv", [answer(41), answer(7, nps=0)]))
        thread.start()
        thread.join()
        assert held(warehouse) == inside == before
    assert held(warehouse) == asked(warehouse) != before
    workspace.identify([("C1", "C2")])
    assert held(warehouse) == asked(warehouse)
    erase(workspace, "C3", by="officer")
    assert held(warehouse) == asked(warehouse)


def test_tables_that_are_too_large_are_asked(workspace, monkeypatch):
    monkeypatch.setattr("touchline.warehouse.duckdb.warehouse.MOST_ROWS", 3)
    assert workspace.warehouse.held("touches") is None


def test_texts_are_read_once_and_again_when_they_change(workspace, tmp_path, monkeypatch):
    warehouse = workspace.warehouse
    wanted = warehouse.fetch("SELECT interaction_id, customer_key FROM interactions WHERE text IS NOT NULL")
    first = warehouse.texts(wanted)
    assert first == dict(
        warehouse.fetch("SELECT interaction_id, text FROM interactions WHERE text IS NOT NULL").to_pandas().to_numpy()
    )
    take(workspace, tmp_path / "again.csv", [answer(8, comment="Quite another thing.")])
    mine = next(name for name, text in warehouse.texts(wanted).items() if text == "Quite another thing.")
    assert first[mine] != "Quite another thing."
    read: list[str] = []
    original = type(warehouse).fetch
    monkeypatch.setattr(
        type(warehouse), "fetch", lambda self, sql, **given: read.append(sql) or original(self, sql, **given)
    )
    assert warehouse.texts(wanted)[mine] == "Quite another thing."
    assert not read
    erase(workspace, "C3", by="officer")
    assert len(warehouse.texts(wanted)) < len(first)
