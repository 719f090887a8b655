"""Damage, full disks, many writers, killed processes: nothing acknowledged is lost or doubled, and damage is named."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from tests.journal.conftest import NO_KEY, batch, on_sqlite, rejected

from touchline.errors import JournalDamaged, NoSpaceLeft, TouchlineError
from touchline.journal import Append, SqliteJournal

pytestmark = pytest.mark.faults

KILLS = 200 if os.environ.get("TOUCHLINE_SOAK") else 20


def filled(journal) -> None:
    """Put something into every table."""
    for n in range(3):
        journal.append_many([Append(batch(n, n + 1), rejected(n), "", '{"source": "csv"}')])
    journal.rewrite(2, None, "erasure")
    journal.expire()


#: Every column of every table, and what a row of the table is called in a message.
COLUMNS = {
    "meta": ("key", "value", "sha256"),
    "batches": (
        "offset", "kind", "rows", "live", "origin", "received_at", "digest", "key_id", "sha256", "payload",
    ),
    "quarantine": (
        "id", "digest", "file", "row", "column", "reason", "first_seen", "expires_at", "seen", "reading", "key_id",
        "sha256", "raw",
    ),
    "readings": ("id", "digest", "reading", "sha256"),
    "doors": ("day", "origin", "received", "accepted", "repeated", "quarantined", "batches", "sha256"),
    "rewrites": ("id", "offset", "at", "why", "rows_before", "rows_after", "sha256"),
}  # fmt: skip
NAMED = {
    "meta": "counters|format", "batches": "batch ", "quarantine": "quarantined record", "readings": "reading ",
    "doors": "count of", "rewrites": "rewrite of batch",
}  # fmt: skip


def flipped(value: object, at: int) -> object:
    """Return a value with one bit turned, somewhere; still of the column's type."""
    if isinstance(value, int):
        return value ^ (1 << 5 + at)
    if isinstance(value, str):
        data = bytearray(value.encode() or b"\0")
        data[at % len(data)] ^= 1
        return data.decode()
    data = bytearray(value or b"\0")
    data[at % len(data)] ^= 1 << at % 8
    return bytes(data)


@pytest.mark.parametrize("table", COLUMNS)
def test_a_flipped_bit_in_any_column_is_named(kept, table):
    with kept.open() as journal:
        filled(journal)
        assert journal.verify() == []
        for column in COLUMNS[table]:
            (value,) = kept.edit(f'SELECT "{column}" FROM {table} ORDER BY 1 LIMIT 1')[0]
            for at in (0, 3, 11):
                bad = flipped(value, at)
                kept.edit(f'UPDATE {table} SET "{column}" = ? WHERE "{column}" = ?', bad, value)
                problems = "; ".join(journal.verify())
                assert any(name in problems for name in NAMED[table].split("|")), (column, at, problems)
                kept.edit(f'UPDATE {table} SET "{column}" = ? WHERE "{column}" = ?', value, bad)
        assert journal.verify() == []


def test_a_flipped_bit_in_any_byte_of_a_payload_is_named_and_never_read(kept):
    with kept.open() as journal:
        journal.append(batch(1, 2, 3))
        offset = journal.append(batch(4)).offset
        ((payload,),) = kept.edit('SELECT payload FROM batches WHERE "offset" = ?', offset)
        for at in range(0, len(payload), 41):
            bad = bytearray(payload)
            bad[at] ^= 4
            kept.edit('UPDATE batches SET payload = ? WHERE "offset" = ?', bytes(bad), offset)
            assert any(f"batch {offset}" in problem for problem in journal.verify())
            entries = journal.read()
            assert next(entries).table["n"].to_pylist() == [1, 2, 3]
            with pytest.raises(JournalDamaged, match=f"batch {offset} does not match"):
                next(entries)


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_batch_that_is_gone_is_named_and_nothing_after_it_is_read(kept, lost):
    with kept.open() as journal:
        for n in range(3):
            journal.append(batch(n))
        kept.edit('DELETE FROM batches WHERE "offset" = ?', lost)
        assert any(f"batch {lost} is missing" in problem for problem in journal.verify())
        entries = journal.read()
        assert [next(entries).offset for _ in range(lost - 1)] == list(range(1, lost))
        with pytest.raises(JournalDamaged, match=f"batch {lost} is missing"):
            next(entries)


def test_records_that_vanish_from_quarantine_are_missed(kept):
    with kept.open() as journal:
        filled(journal)
        kept.edit('DELETE FROM quarantine WHERE "row" = 1')
        assert any("received does not equal" in problem for problem in journal.verify())


def test_damaged_quarantine_is_not_shown_and_not_tried_again(kept):
    with kept.open() as journal:
        journal.append(None, rejected(1, 2), origin="a.csv")
        kept.edit('UPDATE quarantine SET raw = ? WHERE "row" = 1', b"other")
        with pytest.raises(JournalDamaged, match="quarantined record 1"):
            journal.quarantined()
        with pytest.raises(JournalDamaged, match="quarantined record 1"):
            journal.requeue([1], batch(1))
        assert journal.head == 0


def test_a_file_that_was_cut_or_flipped_anywhere_is_whole_or_named(tmp_path):
    """Cuts and flips of the file itself and of its log: all that was acknowledged is read, or an error is raised."""
    path = tmp_path / "journal.db"
    with SqliteJournal(path, NO_KEY) as journal:
        filled(journal)
        for n in range(10, 40):
            journal.append(batch(*range(n, n + 20)))
        expected = [(entry.offset, entry.table) for entry in journal.read()]
        files = {name: (tmp_path / name).read_bytes() for name in ("journal.db", "journal.db-wal")}
    draw = random.Random(7)
    silent = 0
    for _ in range(KILLS * 6):
        name = draw.choice(list(files))
        data = bytearray(files[name])
        if draw.random() < 0.3:
            del data[draw.randrange(len(data)) :]
        else:
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        for other, content in files.items():
            (tmp_path / other).write_bytes(data if other == name else content)
        (tmp_path / "journal.db-shm").unlink(missing_ok=True)
        try:
            with SqliteJournal(path, NO_KEY) as journal:
                problems = journal.verify()
                found = [(entry.offset, entry.table) for entry in journal.read()]
        except TouchlineError:
            continue
        if found != expected and not problems:
            assert name == "journal.db-wal"  # the last commits of a log that was cut: nothing in the file can tell
            assert found == expected[: len(found)]
            silent += 1
    assert silent < KILLS * 6  # something was named


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(JournalDamaged, match="restore"):
        SqliteJournal(path)


def test_a_full_disk_is_told_and_nothing_is_half_there(tmp_path):
    with SqliteJournal(tmp_path / "journal.db", NO_KEY) as journal:
        journal.append(batch(1))
        (connection,) = journal._database._idle
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(NoSpaceLeft, match="free some space"):
            journal.append_many([Append(batch(2)), Append(batch(*range(200_000)), rejected(2))])
        connection.execute("PRAGMA max_page_count = 1000000")
        assert [entry.table.num_rows for entry in journal.read()] == [1]
        assert journal.quarantined() == []
        assert journal.verify() == []
        assert journal.append(batch(*range(200_000))).offset == 2


#: Appends from some threads, and says after each what was acknowledged: thread, number, offset.
WRITER = """
import sys, threading
import pyarrow as pa
from datetime import UTC, datetime
from touchline.journal import Append, Batch
from touchline.vocabulary.schemas import QUARANTINE

def batch(*values):
    digest = repr(values).encode().ljust(32, b".")
    return Batch("interactions", pa.table({{"n": list(values)}}), digest, False, "a.csv", datetime.now(UTC))

def rejected(row):
    return pa.Table.from_pylist([{{"file": "a", "row": row, "column": "", "reason": "", "raw": b"x"}}], QUARANTINE)

journal = {target}
first, threads, each = {first}, {threads}, {each}
said = threading.Lock()

def write(thread):
    for n in range(each):
        appends = [Append(batch(thread, n, k), rejected(thread * 100000 + n * 10 + k)) for k in range(1 + n % 3)]
        receipts = journal.append_many(appends)
        with said:
            for k, receipt in enumerate(receipts):
                sys.stdout.write(f"{{thread}} {{n}} {{k}} {{receipt.offset}}\\n")
            sys.stdout.flush()

workers = [threading.Thread(target=write, args=(first + n,)) for n in range(threads)]
for worker in workers: worker.start()
for worker in workers: worker.join()
"""


def writer(kept, first: int, threads: int, each: int) -> subprocess.Popen:
    program = WRITER.format(target=kept.target, first=first, threads=threads, each=each)
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=os.getcwd()
    )


def acknowledged(told: str) -> dict[tuple[int, ...], int]:
    lines = [line.split() for line in told.splitlines(keepends=True) if line.endswith("\n")]
    return {(int(a), int(b), int(c)): int(offset) for a, b, c, offset in lines}


def test_two_processes_of_eight_writers_each(kept):
    kept.open().close()
    each = 8
    told: dict[tuple[int, ...], int] = {}
    running = [writer(kept, first, 8, each) for first in (0, 100)]
    for process in running:
        out, err = process.communicate(timeout=250)
        assert process.returncode == 0, err[-2000:]
        told |= acknowledged(out)
    with kept.open() as journal:
        stored = {tuple(entry.table["n"].to_pylist()): entry.offset for entry in journal.read()}
        assert stored == told
        assert sorted(stored.values()) == list(range(1, len(told) + 1))
        assert journal.counts().quarantined == len(told)
        assert journal.verify() == []


def test_killed_in_the_middle_of_appends_nothing_acknowledged_is_lost_or_doubled(kept):
    """SIGKILL at random moments; what is not acknowledged is there whole or not at all."""
    kept.open().close()
    draw = random.Random(11)
    told: dict[tuple[int, ...], int] = {}
    for kill in range(KILLS):
        process = writer(kept, 1000 * kill, 4, 10_000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(draw.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, err[-2000:]
        told |= acknowledged(first + out)
    with kept.open() as journal:
        stored = {tuple(entry.table["n"].to_pylist()): entry.offset for entry in journal.read()}
        assert len(stored) == journal.head
        assert told.items() <= stored.items()
        groups: dict[tuple[int, ...], int] = {}
        for thread, n, _ in stored:
            groups[thread, n] = groups.get((thread, n), 0) + 1
        assert all(members == 1 + n % 3 for (_, n), members in groups.items())  # a group is there whole
        counts = journal.counts()
        assert counts.quarantined == len(stored)
        assert counts.balanced
        assert journal.verify() == []
    assert len(told) > KILLS


def test_a_forked_process_opens_connections_of_its_own(kept):
    with kept.open() as journal:
        journal.append(batch(0))
        child = os.fork()
        if child == 0:
            try:
                for n in range(1, 6):
                    journal.append(batch(n))
                os._exit(0)
            except BaseException:
                os._exit(1)
        for n in range(10, 15):
            journal.append(batch(n))
        assert os.waitpid(child, 0)[1] == 0
        assert sorted(entry.table["n"].to_pylist()[0] for entry in journal.read()) == [*range(6), *range(10, 15)]
        assert journal.verify() == []


def test_a_locked_file_is_waited_for_and_then_told(tmp_path, monkeypatch):
    monkeypatch.setattr("touchline.journal.sqlite.PATIENCE", 0.2)
    kept = on_sqlite(tmp_path / "journal.db")
    with kept.open() as journal:
        journal.append(batch(1))
        other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with kept.open() as waiting, pytest.raises(TouchlineError, match="another process is writing"):
            waiting.append(batch(2))
        assert journal.head == 1
        other.execute("ROLLBACK")
        other.close()
        assert journal.append(batch(2)).offset == 2
