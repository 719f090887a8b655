"""A journal from one database into another, row by row as it is sealed: for backups, and for a move to PostgreSQL."""

from __future__ import annotations

from typing import Final

from touchline.errors import WorkspaceError
from touchline.journal import meta
from touchline.journal.batches import COLUMNS, add
from touchline.journal.database import Database, Db

#: The tables beside the batches, with what their rows are ordered by.
_TABLES: Final = {
    "quarantine": "id",
    "readings": "id",
    "doors": "day, origin",
    "rewrites": "id",
}
_AT_ONCE: Final = 100


def copy(source: Database, target: Database) -> int:
    """Copy a journal, as it is at one moment, into a database that has none.

    Seals and ciphers stay as they are, so that the copy can be verified as the journal itself.

    Args:
        source: Where it is; it may be written meanwhile.
        target: Where it goes to, in one transaction.

    Returns:
        The last offset.

    Raises:
        WorkspaceError: The target has a journal already, with something in it.
    """
    with source.reading() as db, target.writing() as out:
        if target.format(out) is None:
            target.create(out)
        elif out.ask("SELECT 1 FROM batches LIMIT 1") or out.ask("SELECT 1 FROM doors LIMIT 1"):
            raise WorkspaceError(
                "there is a journal already", where=target.where, todo="empty it first, or name another database"
            )
        else:
            out.ask("DELETE FROM meta")
        _rows(db, out, "meta", "key")
        for name, order in _TABLES.items():
            _rows(db, out, name, order)
        last = 0
        query = f'SELECT {COLUMNS} FROM batches WHERE "offset" > ? ORDER BY "offset" LIMIT {_AT_ONCE}'
        while rows := db.ask(query, last):
            add(out, [tuple(_plain(value) for value in row) for row in rows])
            last = rows[-1][0]
        return meta.counters(out, target.where).head


def _rows(db: Db, out: Db, name: str, order: str) -> None:
    """Copy a table; both databases have its columns in the same order."""
    rows = db.ask(f"SELECT * FROM {name} ORDER BY {order}")
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        out.many(f"INSERT INTO {name} VALUES ({marks})", (tuple(_plain(v) for v in row) for row in rows))


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
