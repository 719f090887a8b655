"""DESIGN rule 3: every record that was received has its place, whatever comes in whatever order."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.files import answer, answers, take_in, write_csv

from touchline.warehouse.duckdb import DuckWarehouse
from touchline.workspace import Workspace

FAULTS = ({}, {}, {}, {"date": "soon"}, {"nps": 99}, {"date": ""}, {"date": "2199-01-01"}, {"nps": "eleven?"})

row = st.builds(
    lambda number, fault, score: answer(number, **({"nps": score} | fault)),
    st.integers(0, 12), st.sampled_from(FAULTS), st.integers(0, 10),
)  # fmt: skip
files = st.lists(st.lists(row, min_size=1, max_size=12), min_size=1, max_size=3)


@given(files, st.data())
@settings(max_examples=6, deadline=None)
def test_received_is_stored_duplicate_revised_quarantined(them, data):
    order = data.draw(st.lists(st.sampled_from(range(len(them))), min_size=1, max_size=4))
    roles = {"id": "id", "time": "date", "score:nps": "nps", "customer": "customer", "text": "comment"}
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder) / "w") as workspace:
        paths = [write_csv(Path(folder) / f"{n}.csv", rows) for n, rows in enumerate(them)]
        received = 0
        for number in order:
            imported = take_in(workspace, paths[number], overrides=roles)
            assert imported.received == len(them[number])
            placed = imported.stored + imported.duplicate + imported.revised + imported.quarantined
            assert placed == imported.received
            received += imported.received
        status = workspace.status()
        assert (status.received, status.balanced, status.waiting) == (received, True, 0)
        assert workspace.check() == []
        ids = {
            row["id"] for n in set(order) for row in them[n] if row["date"][:5] == "2026-" and row["nps"] in range(11)
        }
        assert status.interactions == len(ids)
        assert workspace.rebuild().equal
        assert workspace.status() == status


def test_counts_are_kept_until_the_data_change_and_no_longer(tmp_path, monkeypatch):
    with Workspace.create(tmp_path / "w") as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", answers(1, 2, 3)))
        before = workspace.status()
        asked: list[str] = []
        fetch = DuckWarehouse.fetch
        monkeypatch.setattr(
            DuckWarehouse, "fetch", lambda self, sql, **more: asked.append(sql) or fetch(self, sql, **more)
        )
        assert workspace.status() == before
        assert not [sql for sql in asked if "DISTINCT" in sql]
        with workspace.warehouse.reading():
            assert workspace.status() == before
        take_in(workspace, write_csv(tmp_path / "b.csv", [answer(1, nps=7), *answers(2, 4)]))
        after = workspace.status()
        assert (after.interactions, after.customers, after.revised, after.duplicate) == (4, 4, 1, 1)
        workspace.identify([("C1", "C2")])
        assert workspace.status().customers == 3


def test_what_is_in_quarantine_is_there_as_it_was(tmp_path):
    with Workspace.create(tmp_path / "w") as workspace:
        path = write_csv(tmp_path / "a.csv", [*(answer(n) for n in range(30)), answer(40, date="soon")])
        take_in(workspace, path)
        (kept,) = workspace.journal.quarantined()
        assert (kept["file"], kept["row"], kept["column"]) == ("a.csv", 32, "date")
        assert b"soon" in kept["raw"]
        assert "soon" in kept["reason"]
