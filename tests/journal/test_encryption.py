"""Encryption at rest: with a key nothing of people's words lies readable in the journal, and keys can be changed."""

from __future__ import annotations

import base64
import json

import pyarrow as pa
import pytest
from tests.journal.conftest import NO_KEY, batch, rejected

from touchline.errors import JournalDamaged, SettingsError, WorkspaceError
from touchline.journal import Batch, Cipher, SqliteJournal
from touchline.journal.cipher import VARIABLE, key_id, new_key
from touchline.workspace import Workspace

ONE, TWO = bytes(range(32)), bytes(range(1, 33))
MARKER = "marker-in-clear-4711"


def filled(journal) -> None:
    table = pa.table({"text": [MARKER] * 3})
    journal.append(Batch("interactions", table, b"t" * 32, False, "a.csv", batch(1).received_at))
    journal.append(batch(2), rejected(1, raw=MARKER.encode()))


def whole(journal) -> bool:
    first, second = journal.read()
    (held,) = journal.quarantined()
    assert first.table["text"].to_pylist() == [MARKER] * 3
    assert second.table["n"].to_pylist() == [2]
    assert held["raw"] == MARKER.encode()
    assert journal.append(batch(2), rejected(1, raw=MARKER.encode())).repeated
    return journal.verify() == []


def stored(kept) -> list[bytes]:
    return [bytes(one) for (one,) in kept.edit("SELECT payload FROM batches UNION ALL SELECT raw FROM quarantine")]


def test_with_a_key_nothing_is_readable_without_it(kept):
    with kept.open(Cipher([ONE])) as journal:
        filled(journal)
        assert whole(journal)
    assert not any(MARKER.encode() in one or b"ARROW" in one for one in stored(kept))
    assert {one for (one,) in kept.edit("SELECT key_id FROM batches")} == {key_id(ONE)}
    for cipher in (NO_KEY, Cipher([TWO])):
        with kept.open(cipher) as journal:
            assert journal.verify() == []  # checksums are of what is stored
            assert journal.counts().received == 5 + 2
            with pytest.raises(WorkspaceError, match=key_id(ONE)):
                next(iter(journal.read()))
            with pytest.raises(WorkspaceError, match=VARIABLE):
                journal.quarantined()


def test_equal_records_are_encrypted_differently(kept):
    with kept.open(Cipher([ONE])) as journal:
        for n in range(3):
            journal.append(
                Batch("interactions", pa.table({"n": [1]}), bytes([n]) * 32, False, "a", batch(1).received_at)
            )
    assert len(set(stored(kept))) == 3


def test_a_payload_moved_to_another_batch_is_not_read(kept):
    """Not even where the checksums are made to fit, as one could who knows no key."""
    from touchline.journal import batches

    with kept.open(Cipher([ONE])) as journal:
        journal.append(batch(1))
        journal.append(batch(2))
        with journal._database.writing() as db:
            first, second = (journal._row(db, offset) for offset in (1, 2))
            batches.renew(db, second, bytes(first[9]), 1, key_id(ONE))
        entries = journal.read()
        next(entries)
        with pytest.raises(JournalDamaged, match="batch 2"):
            next(entries)


def test_keys_are_changed_by_rewriting(kept):
    with kept.open() as journal:
        filled(journal)
    for cipher, named in ((Cipher([ONE]), key_id(ONE)), (Cipher([TWO, ONE]), key_id(TWO))):
        with kept.open(cipher) as journal:
            assert whole(journal)
            assert journal.rekey() == 3
            assert whole(journal)
            assert journal.rekey() == 0
            assert {one for (one,) in kept.edit("SELECT key_id FROM batches")} == {named}
    with kept.open(Cipher([TWO])) as journal:
        first, _ = journal.read()
        assert first.table["text"].to_pylist() == [MARKER] * 3
        assert journal.rekey(off=True) == 3
    with kept.open() as journal:
        assert [row["raw"] for row in journal.quarantined()] == [MARKER.encode()]
        assert journal.verify() == []


def test_a_record_that_came_before_and_after_the_key_is_one(kept):
    with kept.open() as journal:
        journal.append(None, rejected(1, 2), origin="a.csv")
    with kept.open(Cipher([ONE])) as journal:
        journal.append(None, rejected(1), origin="a.csv")
        assert len(journal.quarantined()) == 3
        journal.rekey()
        assert sorted((row["row"], row["seen"]) for row in journal.quarantined()) == [(1, 2), (2, 1)]
        assert journal.counts().quarantined == 3
        assert journal.verify() == []


def test_rewriting_and_trying_again_keep_the_encryption(kept):
    with kept.open(Cipher([ONE])) as journal:
        filled(journal)
        journal.rewrite(1, pa.table({"text": ["x"]}), "erasure")
        (held,) = journal.quarantined()
        journal.requeue([held["id"]], batch(7), rejected(9, raw=MARKER.encode()))
        assert journal.verify() == []
        assert [entry.table.num_rows for entry in journal.read()] == [1, 1, 1]
    assert not any(MARKER.encode() in one or b"ARROW" in one for one in stored(kept))


def test_a_workspace_takes_the_key_from_the_environment(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from touchline.cli.app import app

    def run(*arguments: object) -> str:
        done = CliRunner().invoke(app, [str(one) for one in arguments])
        assert done.exit_code == 0, done.output
        return done.output

    Workspace.create(tmp_path / "acme").close()
    with Workspace(tmp_path / "acme") as workspace:
        filled(workspace.journal)
    monkeypatch.setenv(VARIABLE, new_key())
    assert json.loads(run("rekey", "-w", tmp_path / "acme", "--json"))["rewritten"] == 3
    with Workspace(tmp_path / "acme") as workspace:
        assert whole(workspace.journal)
    assert MARKER.encode() not in (tmp_path / "acme/.touchline/journal.db").read_bytes()
    assert "in the clear" in " ".join(run("rekey", "--off", "-w", tmp_path / "acme").split())
    monkeypatch.delenv(VARIABLE)
    with SqliteJournal(tmp_path / "acme/.touchline/journal.db") as journal:
        assert whole(journal)


@pytest.mark.parametrize("text", ["short", "!" * 44, base64.b64encode(bytes(31)).decode()])
def test_a_key_that_is_none_is_refused(text):
    with pytest.raises(SettingsError, match="32 bytes in base64"):
        Cipher.from_environment({VARIABLE: text})


def test_duckdb_alone_still_writes_no_encrypted_file(tmp_path):
    """Why the warehouse is not encrypted (docs/architecture.md); when this fails, it can be."""
    import duckdb

    alone = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    asked = f"ATTACH '{tmp_path / 'w.duckdb'}' AS w (ENCRYPTION_KEY '{'k' * 32}'); CREATE TABLE w.t AS SELECT 1 AS n"
    with duckdb.connect(config=alone) as connection, pytest.raises(duckdb.Error, match="httpfs"):
        connection.execute(asked)
