"""Older formats of the tables into today's, in the transaction that opens the journal: killed, nothing has changed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any, Final

from touchline.errors import WorkspaceError
from touchline.journal import batches, doors, meta
from touchline.journal.base import FORMAT, checksum
from touchline.journal.cipher import Cipher
from touchline.journal.database import Database, Db
from touchline.journal.doors import Door

_TABLES: Final = ("meta", "batches", "quarantine", "doors")


def upgrade(database: Database, db: Db, cipher: Cipher) -> None:
    """Bring the tables from format 1 to today's.

    Raises:
        JournalDamaged: A batch does not match its checksum; nothing was changed.
        WorkspaceError: The format is an unknown one.
    """
    if (found := database.format(db)) != 1:
        raise WorkspaceError(
            f"the journal has the unknown format {found}", where=database.where, todo="restore it from a backup"
        )
    for name in _TABLES:
        db.ask(f"ALTER TABLE {name} RENAME TO {name}_1")
    database.create(db)
    head = _batches(db, cipher, database.where)
    last_id = _quarantine(db, cipher)
    _doors(db, database.where)
    expired = db.ask("SELECT value FROM meta_1 WHERE key = 'expired'")
    meta.put(db, "format", str(FORMAT))
    meta.note(db, meta.Counters(head, last_id, int(expired[0][0]) if expired else 0))
    for name in _TABLES:
        db.ask(f"DROP TABLE {name}_1")


def _batches(db: Db, cipher: Cipher, where: str) -> int:
    """Seal the batches anew, each checked against its old checksum; return the last one's offset."""
    offset = 0
    names = "kind, rows, live, origin, received_at, digest, sha256, payload"
    while found := db.ask(f'SELECT {names} FROM batches_1 WHERE "offset" = ?', offset + 1):
        offset += 1
        *about, digest, sha256, payload = found[0]
        if checksum(payload, *about) != sha256:
            raise batches.damaged(offset, where)
        sealed = cipher.seal(payload, digest)
        noted = (*about, digest, cipher.key_id)
        seal = checksum(hashlib.sha256(sealed).digest(), offset, *noted)
        batches.add(db, [(offset, *noted, seal, sealed)])
    ((last,),) = db.ask('SELECT coalesce(max("offset"), 0) FROM batches_1')
    if last > offset:
        raise batches.missing(offset + 1, where)
    return offset


def _quarantine(db: Db, cipher: Cipher) -> int:
    """Seal the rejected records anew; return the last one's id."""
    from touchline.journal.rejected import restore

    last = 0
    rows = db.ask('SELECT id, file, "row", "column", reason, raw, first_seen, expires_at, seen FROM quarantine_1')
    for row in rows:
        restore(db, row, cipher)
        last = max(last, row[0])
    return last


def _doors(db: Db, where: str) -> None:
    """Add the doors up by day and origin."""
    found: dict[str, dict[str, Door]] = defaultdict(dict)
    rows: list[tuple[Any, ...]] = db.ask("SELECT at, origin, received, accepted, repeated, quarantined FROM doors_1")
    for at, origin, *values in rows:
        day = found[at[:10]]
        day[origin] = day.get(origin, Door()) + Door(*values)
    numbers = db.ask(
        "SELECT substr(received_at, 1, 10), origin, count(*) FROM batches WHERE kind = 'interactions' GROUP BY 1, 2"
    )
    for on, origin, number in numbers:
        found[on][origin] = found[on].get(origin, Door()) + Door(batches=number)
    for on, day in found.items():
        doors.add(db, on, day, where)
