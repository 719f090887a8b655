"""The journal: what was acknowledged is there, once, in order, and damage is named."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from touchline.errors import JournalDamaged, NoSpaceLeft, WorkspaceError
from touchline.journal import Batch, SqliteJournal
from touchline.journal.base import decode, encode
from touchline.vocabulary.schemas import QUARANTINE

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def batch(*values: int) -> Batch:
    table = pa.table({"n": list(values)})
    return Batch("interactions", table, repr(values).encode().ljust(32, b"."), False, "a.csv", NOW)


def rejected(*rows: int) -> pa.Table:
    return pa.Table.from_pylist(
        [{"file": "a.csv", "row": row, "column": "nps", "reason": "11 is over 10", "raw": b"x,11"} for row in rows],
        QUARANTINE,
    )


@pytest.fixture
def journal(tmp_path):
    with SqliteJournal(tmp_path / "journal.db") as opened:
        yield opened


def test_what_goes_in_comes_out_in_order(journal):
    offsets = [journal.append(batch(n)).offset for n in (3, 1, 2)]
    assert offsets == sorted(offsets)
    assert [entry.table["n"].to_pylist() for entry in journal.read()] == [[3], [1], [2]]
    assert [entry.offset for entry in journal.read(after=offsets[0])] == offsets[1:]
    assert journal.head == offsets[-1]
    assert journal.rows_after(offsets[0]) == 2


def test_it_is_there_after_reopening(tmp_path):
    with SqliteJournal(tmp_path / "journal.db") as journal:
        journal.append(batch(1, 2))
    with SqliteJournal(tmp_path / "journal.db") as journal:
        (entry,) = journal.read()
        assert entry.table["n"].to_pylist() == [1, 2]
        assert entry.received_at == NOW


def test_an_equal_batch_is_not_added_again(journal):
    first = journal.append(batch(1, 2))
    again = journal.append(batch(1, 2))
    assert (first.repeated, again.repeated) == (False, True)
    assert first.offset == again.offset
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.repeated) == (4, 2, 2)


def test_rejected_rows_are_kept_with_their_bytes_and_counted_each_time(journal):
    journal.append(batch(1), rejected(2, 3))
    journal.append(batch(1), rejected(2, 3))
    held = journal.quarantined()
    assert len(held) == 2
    assert {row["raw"] for row in held} == {b"x,11"}
    assert {row["seen"] for row in held} == {2}
    counts = journal.counts()
    assert counts.received == counts.accepted + counts.repeated + counts.quarantined + counts.expired == 6


def test_equal_bad_rows_of_one_file_are_all_kept(journal):
    journal.append(None, rejected(*range(100)), origin="a.csv")
    assert len(journal.quarantined(limit=1000)) == 100


def test_expired_rows_stay_counted(journal):
    journal.append(None, rejected(2, 3, 4), origin="a.csv")
    assert journal.expire(datetime.now(UTC) + timedelta(days=1)) == 0
    assert journal.expire(datetime.now(UTC) + timedelta(days=1000)) == 3
    counts = journal.counts()
    assert (counts.received, counts.quarantined, counts.expired) == (3, 0, 3)
    assert journal.verify() == []


def test_a_flipped_bit_in_any_byte_of_a_payload_is_named(tmp_path):
    path = tmp_path / "journal.db"
    with SqliteJournal(path) as journal:
        journal.append(batch(1, 2, 3))
        offset = journal.append(batch(4)).offset
    with sqlite3.connect(path) as raw:
        (payload,) = raw.execute("SELECT payload FROM batches WHERE offset = ?", (offset,)).fetchone()
    for at in range(0, len(payload), 7):
        bad = bytearray(payload)
        bad[at] ^= 4
        with sqlite3.connect(path) as raw:
            raw.execute("UPDATE batches SET payload = ? WHERE offset = ?", (bytes(bad), offset))
        raw.close()
        with SqliteJournal(path) as journal:
            assert any(f"batch {offset}" in problem for problem in journal.verify())
            entries = journal.read()
            assert next(entries).table["n"].to_pylist() == [1, 2, 3]
            with pytest.raises(JournalDamaged, match=f"batch {offset} does not match"):
                next(entries)


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(JournalDamaged, match="restore"):
        SqliteJournal(path)


def test_a_newer_journal_is_refused(tmp_path):
    path = tmp_path / "journal.db"
    SqliteJournal(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    raw.close()
    with pytest.raises(WorkspaceError, match="upgrade"):
        SqliteJournal(path)


def test_a_full_disk_is_told_and_nothing_is_half_there(journal):
    journal.append(batch(1))
    pages = journal._database._idle[-1].execute("PRAGMA page_count").fetchone()[0]
    journal._database._idle[-1].execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NoSpaceLeft, match="free some space"):
        journal.append(batch(*range(200_000)), rejected(2))
    journal._database._idle[-1].execute("PRAGMA max_page_count = 1000000")
    assert [entry.table.num_rows for entry in journal.read()] == [1]
    assert journal.quarantined() == []
    assert journal.verify() == []
    assert journal.append(batch(*range(200_000))).offset > 1


def test_payloads_round_trip():
    table = pa.table({"a": [1, None], "b": ["x", "ä"]})
    assert decode(encode(table)).equals(table)
