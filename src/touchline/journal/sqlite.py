"""The journal on the standard library's SQLite: write-ahead log, full sync, one appender at a time.

A connection is used by one thread at a time and kept for the next. A process that was forked opens its own.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from touchline.errors import JournalDamaged, NoSpaceLeft, WorkspaceError
from touchline.journal.cipher import Cipher
from touchline.journal.database import TABLES, Db
from touchline.journal.sql import SqlJournal

#: Seconds to wait for another process that writes.
PATIENCE: Final = 30.0
_PROBE: Final = 64 * 1024  # bytes
#: Seconds to wait for readers before the log is emptied.
_EMPTYING: Final = 5.0


class SqliteJournal(SqlJournal):
    """A journal in a file.

    Args:
        path: The file; made when it is missing.
        cipher: Encrypts payloads and quarantined bytes; by default what the environment says.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder, SqliteJournal(pathlib.Path(folder) / "journal.db") as journal:
    ...     journal.head
    0
    """

    def __init__(self, path: Path, cipher: Cipher | None = None) -> None:
        self.path = path
        super().__init__(SqliteDatabase(path), cipher)


class _Db:
    """A connection within a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        self.connection.executemany(sql, rows)


class SqliteDatabase:
    """A file, and the connections to it that are open."""

    def __init__(self, path: Path) -> None:
        self.path, self.where = path, str(path)
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._one = threading.Lock()
        with self.reading() as db:
            db.ask("PRAGMA schema_version")

    @contextmanager
    def writing(self) -> Iterator[Db]:
        """One transaction, the only one that writes meanwhile."""
        with self._one, self._connection("BEGIN IMMEDIATE") as connection:
            yield _Db(connection)

    @contextmanager
    def reading(self) -> Iterator[Db]:
        """One state of the data."""
        with self._connection("BEGIN") as connection:
            yield _Db(connection)

    @contextmanager
    def _connection(self, begin: str) -> Iterator[sqlite3.Connection]:
        """Lend a connection within a transaction."""
        connection = None
        try:
            connection = self._taken()
            connection.execute(begin)
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            if connection:
                self._rolled_back(connection)
            if isinstance(error, sqlite3.Error | UnicodeDecodeError):
                raise told(error, self.path) from error
            raise
        self._idle.append(connection)

    def _taken(self) -> sqlite3.Connection:
        if self._process != os.getpid():  # a connection must not be carried across a fork, not even to be closed
            self._forked, self._idle, self._process = self._idle, [], os.getpid()
            self._one = threading.Lock()
        try:
            return self._idle.pop()
        except IndexError:
            return self._opened()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _rolled_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:  # closing it rolls back what is left
            connection.close()
        else:
            self._idle.append(connection)

    def create(self, db: Db) -> None:
        """Make the tables."""
        for statement in TABLES.format(whole="INTEGER", bytes="BLOB", strict=" STRICT").split(";"):
            if statement.strip():
                db.ask(statement)

    def format(self, db: Db) -> int | None:
        """Return the format of the tables that are there."""
        if not db.ask("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'"):
            return None
        found = db.ask("SELECT value FROM meta WHERE key = 'format'")
        try:
            return int(found[0][0])
        except (IndexError, ValueError) as error:
            raise told(error, self.path) from error

    def problems(self) -> list[str]:
        """Return what SQLite finds wrong."""
        with self.reading() as db:
            reported = [text for (text,) in db.ask("PRAGMA integrity_check") if text != "ok"]
        return [f"{self.path}: SQLite reports: {text}" for text in reported]

    def scrub(self, *, whole: bool) -> None:
        """Move the log into the file and empty it; deleted rows are overwritten there already.

        Raises:
            WorkspaceError: Somebody reads, and did not stop; unless ``whole`` the log is then emptied another time.
        """
        until = time.monotonic() + (_EMPTYING if whole else _EMPTYING / 10)
        connection = self._taken()
        try:
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    if not whole:
                        return
                    raise WorkspaceError(
                        "the journal's log could not be emptied: somebody reads",
                        where=f"{self.path}-wal",
                        todo="what was erased is gone from the journal and leaves the log when it is next emptied",
                    )
                time.sleep(0.02)
        except sqlite3.Error as error:
            raise told(error, self.path) from error
        finally:
            self._idle.append(connection)

    def close(self) -> None:
        """Close every connection."""
        if self._process == os.getpid():
            while self._idle:
                self._idle.pop().close()


def told(error: Exception, path: Path) -> WorkspaceError:
    """Say an SQLite error in our words."""
    text, failed = str(error), "disk I/O" in str(error)
    if "full" in text or (failed and _is_full(error, path)):
        return NoSpaceLeft(
            f"the journal could not be written ({text})",
            where=str(path),
            todo="free some space and repeat the command; what was acknowledged before is safe",
        )
    if failed:
        name = getattr(error, "sqlite_errorname", "")
        return WorkspaceError(
            f"the disk failed ({text}{', ' if name else ''}{name})",
            where=str(path),
            todo="look at the disk; nothing of this was acknowledged, and what was before is safe",
        )
    if "locked" in text:
        return WorkspaceError("another process is writing", where=str(path), todo="wait for it and repeat the command")
    if "readonly" in text or "unable to open" in text:
        return WorkspaceError(f"the journal cannot be written ({text})", where=str(path), todo="check its permissions")
    return JournalDamaged(f"SQLite cannot read it ({text})", where=str(path), todo="restore it from a backup")


def _is_full(error: Exception, path: Path) -> bool:
    """Whether an I/O error tells of a quota or a limit: SQLite tells a full disk alone from one that fails.

    So we write as far as it did, into a file of our own.
    """
    if getattr(error, "sqlite_errorname", "") == "SQLITE_IOERR_SHMSIZE":  # the index of its log could not grow
        return True
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.truncate(max(one.stat().st_size for one in path.parent.glob(f"{path.name}*")))
            file.seek(0, os.SEEK_END)
            file.write(bytes(_PROBE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as found:
        return found.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return False
