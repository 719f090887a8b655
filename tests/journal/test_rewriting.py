"""Rewriting: a batch's records are replaced for good, at the same offset, and counted."""

from __future__ import annotations

import pyarrow as pa
import pytest
from tests.journal.conftest import batch, on_postgres, on_sqlite, rejected

from touchline.errors import InputError
from touchline.journal import Batch

MARKER = "ann-marker-4711"


def test_a_rewritten_batch_has_its_offset_and_digest_and_the_new_records(journal):
    for n in (10, 20, 30):
        journal.append(batch(n, n + 1))
    assert journal.rewrite(2, pa.table({"n": [21]}), "erasure 7").offset == 2
    assert [entry.table["n"].to_pylist() for entry in journal.read()] == [[10, 11], [21], [30, 31]]
    assert journal.append(batch(20, 21)).repeated
    counts = journal.counts()
    assert (counts.received, counts.accepted, counts.repeated, counts.expired, counts.erased) == (8, 5, 2, 1, 1)
    assert journal.verify() == []
    (receipt,) = journal.rewrites()
    assert (receipt["offset"], receipt["why"], receipt["rows_before"], receipt["rows_after"]) == (2, "erasure 7", 2, 1)


def test_a_batch_may_be_left_with_no_records(journal):
    journal.append(batch(1, 2))
    journal.rewrite(1, None, "erasure")
    (entry,) = journal.read()
    assert entry.table.num_rows == 0
    assert entry.table.schema == pa.schema({"n": pa.int64()})
    assert journal.rows_after(0) == 0
    assert journal.counts().erased == 2
    assert journal.verify() == []


def test_records_of_other_kinds_are_rewritten_and_not_counted(journal):
    journal.append(batch(1, 2, kind="identity"))
    journal.rewrite(1, pa.table({"n": [5]}), "erasure")
    assert journal.counts().erased == 0
    assert journal.verify() == []


def test_a_rewrite_neither_adds_records_nor_changes_columns(journal):
    journal.append(batch(1))
    for table in (pa.table({"n": [1, 2]}), pa.table({"m": [1]}), pa.table({"n": ["1"]})):
        with pytest.raises(InputError, match="cannot become"):
            journal.rewrite(1, table, "no")
    with pytest.raises(InputError, match="no batch 2"):
        journal.rewrite(2, None, "no")
    assert journal.rewrites() == []
    assert next(iter(journal.read())).table["n"].to_pylist() == [1]


def marked(journal) -> None:
    """Plant a marker in a batch and in quarantine, between others; no compression hides it."""
    for n in range(5):
        journal.append(batch(n))
    table = pa.table({"text": [MARKER, "else"]})
    journal.append(Batch("interactions", table, b"m" * 32, False, "a.csv", batch(1).received_at))
    journal.append(None, rejected(1, raw=MARKER.encode() * 50), origin="a.csv")
    for n in range(5, 10):
        journal.append(batch(n))


def erased(journal) -> None:
    journal.rewrite(6, pa.table({"text": ["else"]}), "erasure")
    assert journal.forget_quarantined(lambda row: MARKER.encode() in row["raw"]) == 1


def test_no_byte_of_it_is_left_in_the_file(tmp_path, monkeypatch):
    # Tables as small as these are not compressed by themselves; this makes sure of it.
    monkeypatch.setattr("touchline.journal.batches.encode", uncompressed)
    with on_sqlite(tmp_path / "journal.db").open() as journal:
        marked(journal)

        def found() -> bool:
            return any(MARKER.encode() in path.read_bytes() for path in tmp_path.iterdir())

        assert found()
        erased(journal)
        assert not found()
        assert journal.verify() == []


def test_no_byte_of_it_is_left_in_the_tables_of_the_server(postgres, monkeypatch):
    import psycopg

    monkeypatch.setattr("touchline.journal.batches.encode", uncompressed)
    url = postgres.database()
    with on_postgres(url).open() as journal:
        marked(journal)

        def found() -> bool:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
            return any(
                MARKER.encode() in path.read_bytes()
                for path in (postgres.folder / "data/base").rglob("*")
                if path.is_file()
            )

        assert found()
        erased(journal)
        journal.scrub()
        assert not found()
        assert journal.verify() == []


def uncompressed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
