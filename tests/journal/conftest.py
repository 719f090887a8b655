"""A journal on each database, to be opened as often as a test wants."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from touchline.journal import Batch, Cipher, SqliteJournal
from touchline.journal.sql import SqlJournal
from touchline.vocabulary.schemas import QUARANTINE

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NO_KEY = Cipher([])
_numbers = count(1)


def batch(*values: int, kind: str = "interactions", origin: str = "a.csv") -> Batch:
    return Batch(kind, pa.table({"n": list(values)}), repr((kind, values)).encode().ljust(32, b"."), False, origin, NOW)


def rejected(*rows: int, raw: bytes = b"x,11", reason: str = "11 is over 10", file: str = "a.csv") -> pa.Table:
    return pa.Table.from_pylist(
        [{"file": file, "row": row, "column": "nps", "reason": reason, "raw": raw} for row in rows], QUARANTINE
    )


@dataclass(frozen=True)
class Kept:
    """A journal on some database.

    Attributes:
        name: The database's.
        target: What another process opens it with (`python -c`): an expression.
        open: Opens it, with a cipher.
        edit: Runs SQL on its tables, past the journal; values are ``?``.
    """

    name: str
    target: str
    open: Callable[..., SqlJournal]
    edit: Callable[..., list[tuple]]


def on_sqlite(path: Path) -> Kept:
    def edit(sql: str, *values: object) -> list[tuple]:
        with sqlite3.connect(path) as connection:
            found = connection.execute(sql, values).fetchall()
        connection.close()
        return found

    target = f"__import__('touchline.journal').journal.SqliteJournal(__import__('pathlib').Path({str(path)!r}))"
    return Kept("sqlite", target, lambda cipher=NO_KEY: SqliteJournal(path, cipher), edit)


def on_postgres(url: str) -> Kept:
    import psycopg

    from touchline.journal.postgres import PostgresJournal

    schema = f"journal_{next(_numbers)}"

    def edit(sql: str, *values: object) -> list[tuple]:
        with psycopg.connect(url, options=f"-csearch_path={schema}") as connection:
            cursor = connection.execute(sql.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    target = f"__import__('touchline.journal.postgres').journal.postgres.PostgresJournal({url!r}, {schema!r})"
    return Kept("postgres", target, lambda cipher=NO_KEY: PostgresJournal(url, schema, cipher), edit)


@pytest.fixture(scope="session")
def worlds() -> int:
    """How many random runs a state machine makes."""
    return 200 if os.environ.get("TOUCHLINE_SOAK") else 15


@pytest.fixture(scope="session")
def database(postgres) -> str:
    return postgres.database()


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request, tmp_path) -> Kept:
    if request.param == "sqlite":
        return on_sqlite(tmp_path / "journal.db")
    return on_postgres(request.getfixturevalue("database"))


@pytest.fixture
def journal(kept) -> Iterator[SqlJournal]:
    with kept.open() as opened:
        yield opened
