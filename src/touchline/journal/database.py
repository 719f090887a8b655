"""The little that a journal needs of a database, and the tables that it keeps there.

SQL is written once, with ``?`` for values; column names that a database reserves are quoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

#: The tables. Every row of each carries the SHA-256 of its other columns, so that a flipped bit is named.
TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, sha256 {bytes} NOT NULL){strict};
CREATE TABLE batches (
    "offset"    {whole} PRIMARY KEY,
    kind        TEXT    NOT NULL,
    rows        {whole} NOT NULL,
    live        {whole} NOT NULL,
    origin      TEXT    NOT NULL,
    received_at TEXT    NOT NULL,
    digest      {bytes} NOT NULL UNIQUE,
    key_id      TEXT    NOT NULL,
    sha256      {bytes} NOT NULL,
    payload     {bytes} NOT NULL
){strict};
CREATE TABLE quarantine (
    id          {whole} PRIMARY KEY,
    digest      {bytes} NOT NULL UNIQUE,
    file        TEXT    NOT NULL,
    "row"       {whole},
    "column"    TEXT,
    reason      TEXT    NOT NULL,
    first_seen  TEXT    NOT NULL,
    expires_at  TEXT    NOT NULL,
    seen        {whole} NOT NULL,
    reading     {whole},
    key_id      TEXT    NOT NULL,
    sha256      {bytes} NOT NULL,
    raw         {bytes} NOT NULL
){strict};
CREATE INDEX quarantine_expires ON quarantine (expires_at);
CREATE TABLE readings (
    id          {whole} PRIMARY KEY,
    digest      {bytes} NOT NULL UNIQUE,
    reading     TEXT    NOT NULL,
    sha256      {bytes} NOT NULL
){strict};
CREATE TABLE doors (
    day         TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    received    {whole} NOT NULL,
    accepted    {whole} NOT NULL,
    repeated    {whole} NOT NULL,
    quarantined {whole} NOT NULL,
    batches     {whole} NOT NULL,
    sha256      {bytes} NOT NULL,
    PRIMARY KEY (day, origin)
){strict};
CREATE TABLE rewrites (
    id          {whole} PRIMARY KEY,
    "offset"    {whole} NOT NULL,
    at          TEXT    NOT NULL,
    why         TEXT    NOT NULL,
    rows_before {whole} NOT NULL,
    rows_after  {whole} NOT NULL,
    sha256      {bytes} NOT NULL
){strict};
"""


class Db(Protocol):
    """A connection within a transaction."""

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows; none where it gives none."""

    def many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement once per row of values."""


class Database(Protocol):
    """A database that a journal lies in. Every method may be called from any thread."""

    where: str

    def writing(self) -> AbstractContextManager[Db]:
        """One transaction, the only one that writes meanwhile; on disk when the block is left without an error."""

    def reading(self) -> AbstractContextManager[Db]:
        """One state of the data for as long as the block takes; nobody waits for it."""

    def create(self, db: Db) -> None:
        """Make the tables."""

    def format(self, db: Db) -> int | None:
        """Return the format of the tables that are there; None when there are none."""

    def problems(self) -> list[str]:
        """Return what the database itself finds wrong, a sentence each."""

    def scrub(self, *, whole: bool) -> None:
        """Leave no byte of deleted rows behind; unless ``whole`` only as far as that is cheap."""

    def close(self) -> None:
        """Close every connection."""
