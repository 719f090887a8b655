"""The journal on the standard library's SQLite: write-ahead log, full sync, one appender at a time.

What `append` returned for is on disk. Offsets rise in commit order. Every batch carries its SHA-256, so that a
flipped bit is named and never read.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from touchline.errors import JournalDamaged, NoSpaceLeft, WorkspaceError
from touchline.journal.base import FORMAT, Batch, Counts, Entry, Receipt, checksum, decode, encode

QUARANTINE_DAYS: Final = 90

#: A batch as it is read: where, what is noted about it, what it was sealed with, the records.
_BATCH: Final = "offset, kind, rows, live, origin, received_at, sha256, payload"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS batches (
    offset      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL,
    rows        INTEGER NOT NULL,
    live        INTEGER NOT NULL,
    origin      TEXT    NOT NULL,
    received_at TEXT    NOT NULL,
    digest      BLOB    NOT NULL UNIQUE,
    sha256      BLOB    NOT NULL,
    payload     BLOB    NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS quarantine (
    id          INTEGER PRIMARY KEY,
    digest      BLOB    NOT NULL UNIQUE,
    file        TEXT    NOT NULL,
    row         INTEGER,
    "column"    TEXT,
    reason      TEXT    NOT NULL,
    raw         BLOB    NOT NULL,
    first_seen  TEXT    NOT NULL,
    expires_at  TEXT    NOT NULL,
    seen        INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE IF NOT EXISTS doors (
    id          INTEGER PRIMARY KEY,
    at          TEXT    NOT NULL,
    origin      TEXT    NOT NULL,
    received    INTEGER NOT NULL,
    accepted    INTEGER NOT NULL,
    repeated    INTEGER NOT NULL,
    quarantined INTEGER NOT NULL
) STRICT;
"""


class Journal:
    """An open journal.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder, Journal(pathlib.Path(folder) / "journal.db") as journal:
    ...     journal.head
    0
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))
        except sqlite3.DatabaseError as error:
            raise _told(error, path) from error
        if (found := self._meta("format")) > FORMAT:
            self._db.close()
            raise WorkspaceError(
                f"the journal has format {found} and this version reads up to {FORMAT}",
                where=str(path),
                todo="upgrade Touchline",
            )

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was appended stays."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.DatabaseError):
                raise _told(error, self.path) from error
            raise

    def append(self, batch: Batch | None, quarantine: pa.Table | None = None, *, origin: str = "") -> Receipt | None:
        """Commit a batch and the rows rejected beside it, in one transaction.

        Args:
            batch: Accepted records; None when every row was rejected.
            quarantine: Rejected rows (schema `QUARANTINE`).
            origin: Names the door when there is no batch.

        Returns:
            The batch's receipt, or None when there was no batch. A batch of a digest that is there already is not
            added again; it counts as repeated.

        Raises:
            NoSpaceLeft: The disk is full; nothing of this call was kept.
        """
        payload = encode(batch.table) if batch else b""
        rows = batch.table.num_rows if batch and batch.kind == "interactions" else 0
        rejected = quarantine.num_rows if quarantine is not None else 0
        now = datetime.now(UTC)
        receipt = None
        with self._transaction() as db:
            if batch:
                receipt = self._append(db, batch, payload)
            if quarantine is not None and rejected:
                self._reject(db, quarantine, now)
            repeated = rows if receipt and receipt.repeated else 0
            db.execute(
                "INSERT INTO doors (at, origin, received, accepted, repeated, quarantined) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    now.isoformat(),
                    batch.origin if batch else origin,
                    rows + rejected,
                    rows - repeated,
                    repeated,
                    rejected,
                ),
            )
        return receipt

    def _append(self, db: sqlite3.Connection, batch: Batch, payload: bytes) -> Receipt:
        found = db.execute("SELECT offset FROM batches WHERE digest = ?", (batch.digest,)).fetchone()
        if found:
            return Receipt(offset=found[0], repeated=True)
        about = (batch.kind, batch.table.num_rows, int(batch.live), batch.origin, batch.received_at.isoformat())
        cursor = db.execute(
            "INSERT INTO batches (kind, rows, live, origin, received_at, digest, sha256, payload)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*about, batch.digest, checksum(payload, *about), payload),
        )
        assert cursor.lastrowid is not None  # noqa: S101  an INSERT always sets it
        return Receipt(offset=cursor.lastrowid, repeated=False)

    def _reject(self, db: sqlite3.Connection, rows: pa.Table, now: datetime) -> None:
        expires = (now + timedelta(days=QUARANTINE_DAYS)).isoformat()
        db.executemany(
            'INSERT INTO quarantine (digest, file, row, "column", reason, raw, first_seen, expires_at)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET seen = seen + 1",
            (
                (
                    hashlib.sha256(repr((r["file"], r["row"], r["raw"])).encode()).digest(),
                    r["file"], r["row"], r["column"], r["reason"], r["raw"], now.isoformat(), expires,
                )
                for r in rows.to_pylist()
            ),
        )  # fmt: skip

    def _ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except (sqlite3.DatabaseError, ValueError) as error:  # a value of another type than its column's
            raise _told(error, self.path) from error

    @property
    def head(self) -> int:
        """The last offset that was given out; 0 when there is none."""
        ((offset,),) = self._ask("SELECT coalesce(max(offset), 0) FROM batches")
        return int(offset)

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the batches after an offset, in order, each checked against its SHA-256.

        Raises:
            JournalDamaged: A batch does not match its checksum. The batches before it have been yielded.
        """
        while found := self._ask(f"SELECT {_BATCH} FROM batches WHERE offset > ? ORDER BY offset LIMIT 1", after):
            ((after, *about, expected, payload),) = found
            if checksum(payload, *about) != expected:
                raise self._damaged(after)
            kind, _, live, origin, received_at = about
            yield Entry(after, kind, bool(live), origin, datetime.fromisoformat(received_at), decode(payload))

    def rows_after(self, offset: int) -> int:
        """Return how many interactions wait after an offset."""
        ((rows,),) = self._ask(
            "SELECT coalesce(sum(rows), 0) FROM batches WHERE kind = 'interactions' AND offset > ?", offset
        )
        return int(rows)

    def verify(self) -> list[str]:
        """Return what is wrong with the journal, a sentence each; an empty list when it is sound."""
        try:
            reported = [text for (text,) in self._ask("PRAGMA integrity_check") if text != "ok"]
            problems = [f"{self.path}: SQLite reports: {text}" for text in reported]
            for (offset,) in self._ask("SELECT offset FROM batches ORDER BY offset"):
                ((_, *about, expected, payload),) = self._ask(f"SELECT {_BATCH} FROM batches WHERE offset = ?", offset)
                if checksum(payload, *about) != expected:
                    problems.append(str(self._damaged(offset)))
            counts = self.counts()
        except WorkspaceError as error:
            return [str(error)]
        if counts.received != counts.accepted + counts.repeated + counts.quarantined + counts.expired:
            problems.append(
                f"{self.path}: received does not equal accepted + repeated + quarantined + expired: {counts}"
            )
        return problems

    def _damaged(self, offset: int) -> JournalDamaged:
        return JournalDamaged(
            f"batch {offset} does not match its checksum",
            where=str(self.path),
            todo="restore the journal from a backup; nothing after this batch was read",
        )

    def counts(self) -> Counts:
        """Return how many records went which way at the door."""
        ((received, repeated),) = self._ask("SELECT coalesce(sum(received), 0), coalesce(sum(repeated), 0) FROM doors")
        ((accepted, batches),) = self._ask(
            "SELECT coalesce(sum(rows), 0), count(*) FROM batches WHERE kind = 'interactions'"
        )
        ((held,),) = self._ask("SELECT coalesce(sum(seen), 0) FROM quarantine")
        reasons = self._ask("SELECT reason, sum(seen) FROM quarantine GROUP BY reason ORDER BY 2 DESC, 1 LIMIT 20")
        return Counts(received, accepted, repeated, held, self._meta("expired"), batches, tuple(reasons))

    def quarantined(self, limit: int = 100) -> list[dict[str, object]]:
        """Return rejected rows with file, row, column, reason and raw bytes, newest first."""
        names = ("file", "row", "column", "reason", "raw", "first_seen", "seen")
        columns = 'file, row, "column", reason, raw, first_seen, seen'
        found = self._ask(f"SELECT {columns} FROM quarantine ORDER BY id DESC LIMIT ?", limit)
        return [dict(zip(names, row, strict=True)) for row in found]

    def expire(self, now: datetime | None = None) -> int:
        """Delete quarantined rows past their time; they stay counted as expired. Returns how many."""
        with self._transaction() as db:
            moment = (now or datetime.now(UTC)).isoformat()
            (gone,) = db.execute(
                "SELECT coalesce(sum(seen), 0) FROM quarantine WHERE expires_at <= ?", (moment,)
            ).fetchone()
            db.execute("DELETE FROM quarantine WHERE expires_at <= ?", (moment,))
            db.execute(
                "INSERT INTO meta VALUES ('expired', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (str(self._meta("expired") + gone),),
            )
        return int(gone)

    def _meta(self, key: str) -> int:
        ((value,),) = self._ask("SELECT coalesce(max(value), '0') FROM meta WHERE key = ?", key)
        try:
            return int(value)
        except ValueError as error:
            raise _told(error, self.path) from error


def _told(error: Exception, path: Path) -> WorkspaceError:
    """Say an SQLite error in our words."""
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return NoSpaceLeft(
            f"the journal could not be written ({text})",
            where=str(path),
            todo="free some space and repeat the command; what was acknowledged before is safe",
        )
    if "locked" in text:
        return WorkspaceError("another process is writing", where=str(path), todo="wait for it and repeat the command")
    return JournalDamaged(f"SQLite cannot read it ({text})", where=str(path), todo="restore it from a backup")
