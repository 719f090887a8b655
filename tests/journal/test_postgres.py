"""What only a journal on a server meets: slow writers, restarts, several workspaces in one database."""

from __future__ import annotations

import threading
import time

import pytest
from tests.journal.conftest import batch, on_postgres, rejected

from touchline.errors import SettingsError, WorkspaceError
from touchline.journal import open_journal
from touchline.journal.postgres import PostgresJournal, schema_of
from touchline.workspace import Workspace


def test_a_writer_delayed_between_insert_and_commit_loses_nothing(database, monkeypatch):
    """The second writer waits for the first; a reader meanwhile sees neither, and later both in order."""
    kept = on_postgres(database)
    inserted, go_on = threading.Event(), threading.Event()
    from touchline.journal import meta

    real = meta.note

    def delayed(db, now):
        real(db, now)
        if threading.current_thread().name == "slow":
            inserted.set()
            assert go_on.wait(30)

    with kept.open() as slow, kept.open() as fast, kept.open() as reader:
        monkeypatch.setattr(meta, "note", delayed)
        receipts: dict[str, int] = {}
        threads = [
            threading.Thread(name="slow", target=lambda: receipts.update(slow=slow.append(batch(1)).offset)),
            threading.Thread(name="fast", target=lambda: receipts.update(fast=fast.append(batch(2)).offset)),
        ]
        threads[0].start()
        assert inserted.wait(30)
        threads[1].start()
        read: list[int] = []
        for _ in range(10):  # a consumer that keeps its position, as the drain does
            read += [entry.offset for entry in reader.read(read[-1] if read else 0)]
            time.sleep(0.02)
        assert read == []
        assert receipts == {}
        go_on.set()
        for thread in threads:
            thread.join()
        read += [entry.offset for entry in reader.read(read[-1] if read else 0)]
        assert receipts == {"slow": 1, "fast": 2}
        assert read == [1, 2]
        assert [entry.table["n"].to_pylist() for entry in reader.read()] == [[1], [2]]


def test_without_the_lock_the_same_delay_would_lose_a_batch(database, monkeypatch):
    """The test above can fail: with a sequence and no lock the reader passes by the slow writer's batch."""
    import psycopg

    schema = "loses"
    with psycopg.connect(database, autocommit=True) as setup:
        setup.execute(f"CREATE SCHEMA {schema}")
        setup.execute(f"CREATE TABLE {schema}.log (n bigserial PRIMARY KEY)")
    with psycopg.connect(database) as slow, psycopg.connect(database) as fast, psycopg.connect(database) as reader:
        slow.execute(f"INSERT INTO {schema}.log DEFAULT VALUES")
        fast.execute(f"INSERT INTO {schema}.log DEFAULT VALUES")
        fast.commit()
        read = [n for (n,) in reader.execute(f"SELECT n FROM {schema}.log")]
        reader.rollback()
        slow.commit()
        read += [n for (n,) in reader.execute(f"SELECT n FROM {schema}.log WHERE n > {read[-1]}")]
    assert read == [2]


def test_a_writer_that_died_holding_the_lock_keeps_nobody_waiting(database):
    import psycopg

    kept = on_postgres(database)
    with kept.open() as journal:
        journal.append(batch(1))
        dead = psycopg.connect(database)
        dead.execute("SELECT pg_advisory_xact_lock(%s)", (journal._database._lock,))
        dead.pgconn.finish()  # its process is gone; the server lets go of its lock
        assert journal.append(batch(2)).offset == 2


@pytest.mark.faults
def test_after_the_server_crashed_and_started_again_everything_is_there(postgres):
    with on_postgres(postgres.database()).open() as journal:
        for n in range(20):
            journal.append(batch(n), rejected(n))
        postgres.stop("immediate")
        try:
            with pytest.raises(WorkspaceError, match="cannot be reached"):
                journal.append(batch(99))
        finally:
            postgres.start()
        assert journal.append(batch(19)).repeated
        assert journal.append(batch(20)).offset == 21
        assert [entry.offset for entry in journal.read()] == list(range(1, 22))
        assert journal.verify() == []


def test_several_workspaces_share_a_database_and_see_nothing_of_each_other(database, tmp_path, monkeypatch):
    for name in ("one", "two"):
        Workspace.create(tmp_path / name).close()
    monkeypatch.setenv("TOUCHLINE_JOURNAL", database)
    with Workspace(tmp_path / "one") as one, Workspace(tmp_path / "two") as two:
        assert isinstance(one.journal, PostgresJournal)
        one.journal.append(batch(1, 2), rejected(1))
        two.journal.append(batch(3))
        assert (one.journal.head, two.journal.head) == (1, 1)
        assert (one.journal.counts().received, two.journal.counts().received) == (3, 1)
        assert next(iter(two.journal.read())).table["n"].to_pylist() == [3]
    key = (tmp_path / "one/.touchline/key").read_bytes()
    assert schema_of(key) in one.journal.where


def test_the_settings_name_the_database_and_the_environment_goes_before_them(database, tmp_path, monkeypatch):
    Workspace.create(tmp_path / "one").close()
    settings = tmp_path / "one/touchline.toml"
    settings.write_text(settings.read_text().replace("[journal]", f'[journal]\nurl = "{database}"'))
    with open_journal(tmp_path / "one") as journal:
        assert journal.where.startswith("postgresql://postgres@127.0.0.1")
    monkeypatch.setenv("TOUCHLINE_JOURNAL", "")
    with open_journal(tmp_path / "one") as journal:
        assert journal.where.endswith("journal.db")
    with pytest.raises(SettingsError, match="not one of PostgreSQL"):
        open_journal(tmp_path / "one", "mysql://db")


def test_a_password_is_never_shown(database):
    where = database.replace("postgres@", "postgres:geheim@")
    with PostgresJournal(where, "hidden") as journal:
        assert "geheim" not in journal.where
    with pytest.raises(WorkspaceError) as error:
        PostgresJournal("postgresql://ann:geheim@127.0.0.1:1/none", "hidden")
    assert "geheim" not in str(error.value)
    assert "cannot be reached" in str(error.value)
