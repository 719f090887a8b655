"""The journey index says what the warehouse says, however it came about: built at once, extended, or read from disk."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from tests.files import answer, answers, write_csv

from touchline.sources import open_export
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index import Journeys
from touchline.workspace import Workspace


def take(workspace: Workspace, path, rows) -> None:
    workspace.take_in(open_export(write_csv(path, rows), source="answers", taxonomy=workspace.taxonomy))


def told(journeys: Journeys) -> list[dict[str, object]]:
    """Return every row in plain values."""
    out = []
    for row in range(len(journeys)):
        values: dict[str, object] = {"customer": int(journeys.keys[journeys.owner[row]]), "at": int(journeys.at[row])}
        for name, column in journeys.columns.items():
            if isinstance(column, Coded):
                code = int(column.codes[row])
                values[name] = column.names[code] if code >= 0 else None
            else:
                values[name] = float(column[row]).hex()
        out.append(values)
    return out


def built_anew(workspace: Workspace, folder) -> Journeys:
    from touchline.workspace.indexing import index

    return index(workspace.warehouse, workspace.taxonomy, "UTC", workspace.key, folder)


@pytest.fixture
def workspace(tmp_path):
    with Workspace.create(tmp_path / "ws") as opened:
        take(opened, tmp_path / "one.csv", answers(*range(60)))
        yield opened


def test_every_identified_interaction_is_in_it_once_and_in_the_order_of_placement(workspace):
    journeys = workspace.journeys
    rows = workspace.warehouse.fetch(
        f"SELECT customer_key, epoch_us(occurred_at) AS at, position FROM journey_{workspace.warehouse.generation}"
        " WHERE identified ORDER BY customer_key, rowid"
    ).to_pylist()
    assert [(r["customer"], r["at"], r["stage"]) for r in told(journeys)] == [
        (r["customer_key"], r["at"], r["position"]) for r in rows
    ]
    assert journeys.starts[0] == 0
    assert journeys.starts[-1] == len(journeys) == 60
    assert (np.diff(journeys.keys) > 0).all()


def test_what_was_said_is_what_the_touches_say(workspace):
    touches = workspace.warehouse.fetch("SELECT customer_key, epoch_us(occurred_at) AS at, stage, s FROM touches")
    said = {(t["customer_key"], t["at"]): (t["stage"], t["s"]) for t in touches.to_pylist()}
    journeys = workspace.journeys
    about, signs = journeys.coded("about"), journeys.numbers("s")
    found = {
        (int(journeys.keys[journeys.owner[row]]), int(journeys.at[row])): (about.names[about.codes[row]], signs[row])
        for row in range(len(journeys))
        if about.codes[row] >= 0
    }
    assert found.keys() >= said.keys()
    assert all(found[key] == said[key] for key in said)


def test_segments_are_the_touches_segments(workspace, tmp_path):
    take(workspace, tmp_path / "moved.csv", [answer(n, region="americas") for n in (100, 103, 109)])
    journeys = workspace.journeys
    region = journeys.coded("seg_region")
    mine = {
        (int(journeys.keys[journeys.owner[row]]), int(journeys.at[row])): region.names[region.codes[row]]
        for row in range(len(journeys))
    }
    touches = workspace.warehouse.fetch("SELECT customer_key, epoch_us(occurred_at) AS at, seg_region FROM touches")
    theirs = {(t["customer_key"], t["at"]): t["seg_region"] for t in touches.to_pylist()}
    assert theirs
    assert {key: mine[key] for key in theirs} == theirs
    assert "americas" in set(theirs.values())


def test_an_extended_index_equals_one_built_at_once(workspace, tmp_path):
    first = workspace.journeys
    assert "americas" not in first.coded("seg_region").names  # made on request, and kept: it is extended too
    new = answer(64, customer="new", comment="Late again, I am leaving", region="americas")
    take(workspace, tmp_path / "two.csv", [*answers(61, 62, 63), new])
    second = workspace.journeys
    assert len(second) == len(first) + 4
    assert told(second) == told(built_anew(workspace, tmp_path / "elsewhere"))
    assert len(first) == 60  # what was held before is as it was, though its files were replaced
    assert len(told(first)) == 60


def test_a_revision_a_merge_and_a_split_show(workspace, tmp_path):
    assert len(workspace.journeys) == 60
    take(workspace, tmp_path / "again.csv", [answer(7, nps=0, customer="C6")])
    assert told(workspace.journeys) == told(built_anew(workspace, tmp_path / "a"))
    people = workspace.journeys.customers
    workspace.identify([("C1", "C2")])
    assert workspace.journeys.customers == people - 1
    assert told(workspace.journeys) == told(built_anew(workspace, tmp_path / "b"))
    workspace.identify([("C1", None)])
    assert workspace.journeys.customers == people
    assert told(workspace.journeys) == told(built_anew(workspace, tmp_path / "c"))


def test_it_is_read_from_disk_by_the_next_process(workspace, tmp_path):
    before, folder = told(workspace.journeys), workspace.folder.root
    workspace.journeys.coded("seg_region")
    workspace.close()
    with Workspace(folder) as again:
        files = {path: path.stat().st_mtime_ns for path in again.folder.index.iterdir()}
        assert told(again.journeys) == before
        assert {path: path.stat().st_mtime_ns for path in again.folder.index.iterdir()} == files


def test_a_damaged_description_is_built_anew(workspace):
    before = told(workspace.journeys)
    (workspace.folder.index / "index.json").write_text("{ not json")
    workspace._index = None
    assert told(workspace.journeys) == before


def test_the_order_of_import_does_not_show(tmp_path):
    rows = answers(*range(40))
    found = []
    for name, parts in {"one": [rows], "two": [rows[20:], rows[:20]]}.items():
        with Workspace.create(tmp_path / name) as workspace:
            for number, part in enumerate(parts):
                take(workspace, tmp_path / f"{name}{number}.csv", part)
                _ = workspace.journeys  # so that the second part extends
            refs = {
                row["customer_key"]: row["customer_ref"]
                for row in workspace.warehouse.fetch("SELECT customer_key, customer_ref FROM customers").to_pylist()
            }
            found.append(
                sorted(
                    (
                        {k: v for k, v in row.items() if k not in ("conversation", "account", "customer")}
                        | {"ref": refs[row["customer"]]}
                        for row in told(workspace.journeys)
                    ),
                    key=lambda row: (row["ref"], row["at"]),
                )
            )
    assert found[0] == found[1]


def test_rows_kept_and_spans_are_whole(workspace):
    journeys = workspace.journeys
    late = journeys.keep(journeys.at >= int(datetime(2026, 1, 15).timestamp()) * 1_000_000)
    assert 0 < len(late) < len(journeys)
    assert told(late) == [row for row in told(journeys) if row["at"] >= late.at.min()]
    parts = list(journeys.slices(3))
    assert [row for part in parts for row in told(part)] == told(journeys)
    some = np.zeros(journeys.customers, dtype=np.bool_)
    some[1] = True
    assert {row["customer"] for row in told(journeys.of(some))} == {int(journeys.keys[1])}
