"""The journal on PostgreSQL: an advisory lock lets one appender write at a time, whatever machine it is on.

Offsets are a counter within the locked transaction, not a sequence: a sequence gives its numbers before the commit, so
that a reader may see 8, go on, and never meet 7. Commits wait for the server's disk.
"""

from __future__ import annotations

import hashlib
import os
import selectors
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import JournalDamaged, NoSpaceLeft, SettingsError, WorkspaceError
from touchline.journal.cipher import Cipher
from touchline.journal.database import TABLES, Db
from touchline.journal.sql import SqlJournal

if TYPE_CHECKING:
    from psycopg import Connection, Error

#: Seconds to wait for the server, and for another that writes.
PATIENCE: Final = 30
_LOST: Final = "08", "57P"  # classes of errors: the connection, and a server that stops or starts
_SPACE: Final = "53100"
_BROKEN: Final = "XX", "58"  # damaged data, and errors of the server's machine
_TABLES: Final = ("batches", "quarantine", "readings", "doors", "rewrites", "meta")


class PostgresJournal(SqlJournal):
    """A journal in a PostgreSQL database.

    Args:
        url: ``postgresql://user@host/database``.
        schema: Holds its tables; made when it is missing. One per workspace.
        cipher: Encrypts payloads and quarantined bytes; by default what the environment says.
    """

    def __init__(self, url: str, schema: str, cipher: Cipher | None = None) -> None:
        super().__init__(PostgresDatabase(url, schema), cipher)


def schema_of(key: bytes) -> str:
    """Name the schema of the workspace that has a key; the name says nothing of the key.

    >>> schema_of(b"key")
    'touchline_623fdc772388'
    """
    return "touchline_" + hashlib.sha256(b"journal" + key.strip()).hexdigest()[:12]


class _Db:
    """A connection within a transaction."""

    def __init__(self, connection: Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(_marked(sql), values or None)
            return cursor.fetchall() if cursor.description else []

    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_marked(sql), rows)


def _marked(sql: str) -> str:
    return sql.replace("?", "%s")


class PostgresDatabase:
    """A schema of a database, and the connections to it that are open."""

    def __init__(self, url: str, schema: str) -> None:
        try:
            import psycopg
        except ModuleNotFoundError:
            raise SettingsError(
                "a journal on PostgreSQL needs the package psycopg",
                todo="install it with: pip install 'touchline[server]'",
            ) from None
        self._psycopg = psycopg
        self._url, self.schema = url, schema
        self.where = f"{_without_password(url)} ({schema})"
        self._lock = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)
        self._idle: list[Connection[tuple[Any, ...]]] = []
        self._process = os.getpid()
        self._one = threading.Lock()

    @contextmanager
    def writing(self) -> Iterator[Db]:
        """One transaction, the only one that writes to this journal meanwhile, on any machine."""
        with self._one, self._connection(alone=False) as connection:
            # What was committed before the lock was free is seen by the statements after it.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (self._lock,))
            yield _Db(connection)

    @contextmanager
    def reading(self) -> Iterator[Db]:
        """One state of the data."""
        with self._connection(alone=True) as connection:
            yield _Db(connection)

    @contextmanager
    def _connection(self, *, alone: bool) -> Iterator[Connection[tuple[Any, ...]]]:
        """Lend a connection; its transaction reads one state of the data, or writes on the newest one."""
        connection = None
        try:
            connection = self._taken()
            connection.isolation_level = self._psycopg.IsolationLevel.REPEATABLE_READ if alone else None
            connection.read_only = alone
            yield connection
            connection.commit()
        except BaseException as error:
            if connection:
                self._rolled_back(connection)
            if isinstance(error, self._psycopg.Error):
                raise self._told(error) from error
            raise
        self._idle.append(connection)

    def _taken(self) -> Connection[tuple[Any, ...]]:
        """Return a connection; those that the server has cut are let go of."""
        if self._process != os.getpid():  # a connection must not be carried across a fork, not even to be closed
            self._forked, self._idle, self._process = self._idle, [], os.getpid()
            self._one = threading.Lock()
        while self._idle:
            connection = self._idle.pop()
            if _quiet(connection):
                return connection
            connection.close()
        return self._opened()

    def _opened(self) -> Connection[tuple[Any, ...]]:
        connection = self._psycopg.connect(self._url, connect_timeout=PATIENCE, application_name="touchline journal")
        try:
            for key, value in (
                ("synchronous_commit", "on"), ("search_path", self.schema), ("lock_timeout", f"{PATIENCE}s"),
                ("TimeZone", "UTC"), ("client_encoding", "UTF8"),
            ):  # fmt: skip
                connection.execute("SELECT set_config(%s, %s, false)", (key, value))
            connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    def _rolled_back(self, connection: Connection[tuple[Any, ...]]) -> None:
        try:
            connection.rollback()
        except self._psycopg.Error:  # the server rolls back what a closed connection left
            connection.close()
        else:
            self._idle.append(connection)

    def create(self, db: Db) -> None:
        """Make the schema and the tables."""
        db.ask(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
        for statement in TABLES.format(whole="BIGINT", bytes="BYTEA", strict="").split(";"):
            if statement.strip():
                db.ask(statement)
        db.ask("ALTER TABLE batches ALTER COLUMN payload SET STORAGE EXTERNAL")  # it is compressed already

    def format(self, db: Db) -> int | None:
        """Return the format of the tables that are there."""
        if db.ask("SELECT to_regclass(?)", f'"{self.schema}".meta')[0][0] is None:
            return None
        found = db.ask("SELECT value FROM meta WHERE key = 'format'")
        try:
            return int(found[0][0])
        except (IndexError, ValueError) as error:
            raise JournalDamaged(
                f"its format cannot be read ({found})", where=self.where, todo="restore it from a backup"
            ) from error

    def problems(self) -> list[str]:
        """Return the settings of the server that break the journal's promise."""
        with self.reading() as db:
            found = db.ask(
                "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'"
            )
        return [
            f"{self.where}: the server runs with {name} off: what is acknowledged may be lost with its power"
            for (name,) in found
        ]

    def scrub(self, *, whole: bool) -> None:
        """Write the tables anew, without what was deleted; unless ``whole`` that is left to the server's vacuum."""
        if not whole:
            return
        try:
            connection = self._psycopg.connect(self._url, autocommit=True, connect_timeout=PATIENCE)
            with connection:
                for table in _TABLES:
                    connection.execute(f'VACUUM FULL "{self.schema}"."{table}"')
        except self._psycopg.Error as error:
            raise self._told(error) from error

    def close(self) -> None:
        """Close every connection."""
        if self._process == os.getpid():
            while self._idle:
                self._idle.pop().close()

    def _told(self, error: Error) -> WorkspaceError:
        """Say an error of the server in our words."""
        code, text = error.sqlstate or "", str(error).strip().splitlines()[0] if str(error).strip() else "no reason"
        if code == _SPACE:
            return NoSpaceLeft(
                f"the journal could not be written ({text})",
                where=self.where,
                todo="free some space on the server and repeat; what was acknowledged before is safe",
            )
        if code.startswith(_BROKEN):
            return JournalDamaged(
                f"PostgreSQL cannot read it ({text})", where=self.where, todo="restore it from a backup"
            )
        if code == "55P03":
            return WorkspaceError("another process is writing", where=self.where, todo="wait for it and repeat")
        if not code or code.startswith(_LOST):
            return WorkspaceError(
                f"the journal's database cannot be reached ({text})",
                where=self.where,
                todo="see that it runs, and repeat: batches that it has already are recognised",
            )
        return WorkspaceError(f"PostgreSQL refuses ({text})", where=self.where, todo="see the server's log")


def _quiet(connection: Connection[tuple[Any, ...]]) -> bool:
    """Is an idle connection whole? The server says nothing to it until it says goodbye."""
    if connection.closed:
        return False
    with selectors.DefaultSelector() as ready:
        ready.register(connection.fileno(), selectors.EVENT_READ)
        return not ready.select(0)


def _without_password(url: str) -> str:
    """Return an address that may be shown.

    >>> _without_password("postgresql://ann:secret@db/touchline?sslmode=require")
    'postgresql://ann@db/touchline'
    """
    head, _, rest = url.partition("://")
    rest = rest.partition("?")[0]
    user, at, host = rest.rpartition("@")
    return f"{head}://{user.partition(':')[0]}{at}{host}"
