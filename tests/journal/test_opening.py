"""Opening: which journal a folder has, and journals of an older format."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from tests.journal.conftest import NO_KEY, NOW, batch

from touchline.errors import JournalDamaged, WorkspaceMissing
from touchline.journal import SqliteJournal, open_journal
from touchline.journal.base import checksum
from touchline.workspace import Workspace

#: The tables as they were in format 1.
FORMAT_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE batches (
    offset INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, rows INTEGER NOT NULL, live INTEGER NOT NULL,
    origin TEXT NOT NULL, received_at TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, sha256 BLOB NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, file TEXT NOT NULL, row INTEGER, "column" TEXT,
    reason TEXT NOT NULL, raw BLOB NOT NULL, first_seen TEXT NOT NULL, expires_at TEXT NOT NULL,
    seen INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE doors (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, origin TEXT NOT NULL, received INTEGER NOT NULL,
    accepted INTEGER NOT NULL, repeated INTEGER NOT NULL, quarantined INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES ('format', '1'), ('expired', '2');
"""


def by_buffers(table: pa.Table) -> bytes:
    """Return a payload as it was in format 1: compressed buffer by buffer."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@pytest.fixture
def older(tmp_path):
    """A journal of format 1: three batches, one of them repeated, two records in quarantine, two expired."""
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as db:
        db.executescript(FORMAT_1)
        for n in range(3):
            made = batch(n, n + 1)
            payload = by_buffers(made.table)
            about = ("interactions", 2, 0, "a.csv", NOW.isoformat())
            db.execute(
                "INSERT INTO batches (kind, rows, live, origin, received_at, digest, sha256, payload)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*about, made.digest, checksum(payload, *about), payload),
            )
            values = (NOW.isoformat(), "a.csv", 2, 2, 0, 0)
            db.execute(f"INSERT INTO doors (at, origin, received, accepted, repeated, quarantined) VALUES {values}")
        values = (datetime.now(UTC).isoformat(), "b.csv", 8, 0, 2, 6)
        db.execute(f"INSERT INTO doors (at, origin, received, accepted, repeated, quarantined) VALUES {values}")
        for n in range(2):
            db.execute(
                "INSERT INTO quarantine VALUES (?, ?, 'b.csv', ?, NULL, 'no', ?, ?, ?, 2)",
                (n + 5, bytes([n]) * 32, n, b"raw", NOW.isoformat(), "2999-01-01T00:00:00+00:00"),
            )
    db.close()
    return path


def test_an_older_journal_is_brought_up_to_date_with_everything_in_it(older):
    for _ in range(2):
        with SqliteJournal(older, NO_KEY) as journal:
            assert [entry.table["n"].to_pylist() for entry in journal.read()] == [[0, 1], [1, 2], [2, 3]]
            counts = journal.counts()
            assert (counts.received, counts.accepted, counts.repeated) == (14, 6, 2)
            assert (counts.quarantined, counts.expired, counts.batches) == (4, 2, 3)
            assert [row["id"] for row in journal.quarantined()] == [6, 5]
            assert journal.verify() == []
    with SqliteJournal(older, NO_KEY) as journal:
        assert journal.append(batch(1, 2)).repeated
        assert journal.append(batch(9)).offset == 4
        journal.requeue([5], batch(5))
        assert journal.verify() == []


def test_a_damaged_older_journal_is_left_as_it_is(older):
    with sqlite3.connect(older) as db:
        db.execute("UPDATE batches SET rows = 3 WHERE offset = 2")
    db.close()
    before = older.read_bytes()
    for _ in range(2):
        with pytest.raises(JournalDamaged, match="batch 2"):
            SqliteJournal(older, NO_KEY)
    with sqlite3.connect(older) as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("1",)
        assert db.execute("SELECT count(*) FROM batches").fetchone() == (3,)
    db.close()
    assert len(before) == older.stat().st_size


def test_a_workspace_has_its_journal_in_its_folder(tmp_path):
    with Workspace.create(tmp_path / "one") as workspace:
        workspace.journal.append(batch(1))
        for place in (tmp_path / "one", str(tmp_path / "one"), workspace.folder):
            with open_journal(place) as journal:
                assert journal.head == 1


def test_where_there_is_no_workspace_there_is_no_journal(tmp_path):
    with pytest.raises(WorkspaceMissing):
        open_journal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_records_that_the_warehouse_does_not_know_only_move_its_position(tmp_path):
    with Workspace.create(tmp_path / "one") as workspace:
        workspace.journal.append(batch(1, kind="erasure"))
        workspace.drain()
        assert workspace.warehouse.position == 1
        assert workspace.rebuild().equal
        assert workspace.check() == []


def test_payloads_of_no_rows_are_payloads(tmp_path):
    with SqliteJournal(tmp_path / "journal.db", NO_KEY) as journal:
        journal.append(batch())
        (entry,) = journal.read()
        assert entry.table.schema == pa.schema({"n": pa.null()})
