"""The journal, on every database: what was acknowledged is there, once, in order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from tests.journal.conftest import NOW, batch, rejected

from touchline.errors import InputError, WorkspaceError
from touchline.journal import Append
from touchline.journal.base import KINDS, decode, encode


def test_what_goes_in_comes_out_in_order(journal):
    offsets = [journal.append(batch(n)).offset for n in (3, 1, 2)]
    assert offsets == [1, 2, 3]
    assert [entry.table["n"].to_pylist() for entry in journal.read()] == [[3], [1], [2]]
    assert [entry.offset for entry in journal.read(after=offsets[0])] == offsets[1:]
    assert journal.head == offsets[-1]
    assert journal.rows_after(offsets[0]) == 2


def test_it_is_there_after_reopening(kept):
    with kept.open() as journal:
        journal.append(batch(1, 2))
    with kept.open() as journal:
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


def test_a_group_is_committed_at_once_and_each_of_it_gets_its_receipt(journal):
    journal.append(batch(9))
    receipts = journal.append_many(
        [
            Append(batch(1, 2)),
            Append(None, rejected(5), "api"),
            Append(batch(9)),
            Append(batch(1, 2)),
            Append(batch(3), rejected(6)),
        ]
    )
    assert [(r.offset, r.repeated) if r else None for r in receipts] == [
        (2, False), None, (1, True), (2, True), (3, False),
    ]  # fmt: skip
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.repeated, counts.quarantined, counts.batches) == (9, 4, 3, 2, 3)
    assert journal.append_many([]) == []
    assert journal.verify() == []


def test_a_group_with_one_that_cannot_be_kept_changes_nothing(journal):
    with pytest.raises(InputError, match="kind of record 'gossip'"):
        journal.append_many([Append(batch(1)), Append(batch(2, kind="gossip"))])
    assert journal.head == 0
    assert journal.counts().received == 0


def test_only_interactions_are_counted(journal):
    for kind in KINDS:
        journal.append(batch(1, 2, kind=kind))
    assert journal.head == len(KINDS)
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.batches) == (2, 2, 1)
    assert journal.rows_after(0) == 2
    assert journal.verify() == []


def test_long_journals_are_read_in_spans(journal, monkeypatch):
    monkeypatch.setattr("touchline.journal.sql._SPAN_BATCHES", 3)
    monkeypatch.setattr("touchline.journal.sql._SPAN_ROWS", 4)
    journal.append_many([Append(batch(*range(n, n + 1 + n % 5))) for n in range(20)])
    assert [entry.offset for entry in journal.read()] == list(range(1, 21))
    assert [entry.offset for entry in journal.read(after=7)] == list(range(8, 21))


def test_what_is_appended_while_it_is_read_is_read_too(journal):
    journal.append(batch(0))
    found = []
    for entry in journal.read():
        found.append(entry.offset)
        if entry.offset < 5:
            journal.append(batch(entry.offset))
    assert found == [1, 2, 3, 4, 5]


def test_many_threads_append_and_read_at_once(journal):
    def write(thread: int) -> list[int]:
        return [journal.append(batch(thread, n), rejected(1000 * thread + n)).offset for n in range(12)]

    def read(_: int) -> None:
        for _ in range(6):
            offsets = [entry.offset for entry in journal.read()]
            assert offsets == list(range(1, len(offsets) + 1))
            assert journal.counts().balanced

    with ThreadPoolExecutor(8) as pool:
        writing, reading = pool.map(write, range(5)), pool.map(read, range(3))
        offsets = [offset for found in writing for offset in found]
        list(reading)
    assert sorted(offsets) == list(range(1, 61))
    assert journal.counts().received == 180
    assert journal.verify() == []


def test_text_that_a_database_does_not_take_is_kept_readable(journal):
    journal.append(batch(1, origin="a\0b\udcff.csv"), rejected(1, file="x\0", reason="\0"))
    (entry,) = journal.read()
    assert entry.origin == "a\ufffdb?.csv"
    assert journal.quarantined()[0]["file"] == "x\ufffd"
    assert journal.verify() == []


def test_a_newer_journal_is_refused(kept):
    kept.open().close()
    kept.edit("UPDATE meta SET value = '99' WHERE key = 'format'")
    with pytest.raises(WorkspaceError, match="upgrade"):
        kept.open()


def test_expired_records_stay_counted(journal):
    journal.append(None, rejected(2, 3, 4), origin="a.csv")
    assert journal.expire(datetime.now(UTC) + timedelta(days=1)) == 0
    assert journal.expire(datetime.now(UTC) + timedelta(days=1000)) == 3
    counts = journal.counts()
    assert (counts.received, counts.quarantined, counts.expired, counts.erased) == (3, 0, 3, 0)
    assert journal.verify() == []


def test_payloads_round_trip():
    table = pa.table({"a": [1, None], "b": ["x", "ä"]})
    assert decode(encode(table)).equals(table)
