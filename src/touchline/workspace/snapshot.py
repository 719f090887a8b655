"""Copies of SQLite files as they all stood at one moment, while others go on writing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from touchline.errors import JournalDamaged, NoSpaceLeft, WorkspaceError

_PATIENCE: Final = 30.0  # seconds, together, until every writer has paused
_TRY: Final = 2.0  # seconds to wait for one writer before all are let go of again


@contextmanager
def frozen(paths: Sequence[Path]) -> Iterator[list[sqlite3.Connection]]:
    """Open SQLite files at one moment: what each connection reads is of the moment when none of them was written.

    Writers wait for as long as it takes to open them (milliseconds), and for nothing after that.

    Args:
        paths: The files, each with a write-ahead log.

    Raises:
        WorkspaceError: Somebody writes without a pause.
        JournalDamaged: A file is no database.
    """
    with ExitStack() as stack:
        yield _opened(paths, stack)


def _opened(paths: Sequence[Path], stack: ExitStack) -> list[sqlite3.Connection]:
    until = time.monotonic() + _PATIENCE
    while True:
        locks: list[sqlite3.Connection] = []
        readers: list[sqlite3.Connection] = []
        at = paths[0] if paths else Path()
        try:
            for at in paths:
                locks.append(_connection(at))
                locks[-1].execute("BEGIN IMMEDIATE")
            for at in paths:
                readers.append(_connection(at))
                readers[-1].execute("BEGIN")
                readers[-1].execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            for reader in readers:
                reader.close()
            if "locked" not in str(error) or time.monotonic() > until:
                raise _told(error, at) from error
            time.sleep(0.05)
            continue
        finally:
            for lock in locks:
                lock.close()
        for reader in readers:
            stack.callback(reader.close)
        return readers


def _connection(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is missing is not made
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_TRY, isolation_level=None)


def copy(reader: sqlite3.Connection, to: Path) -> None:
    """Copy what a connection sees into a new file, one file and nothing beside it.

    Raises:
        NoSpaceLeft: The disk is full.
        JournalDamaged: The database cannot be read to its end.
    """
    target = sqlite3.connect(to, isolation_level=None)
    try:
        reader.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        (found,) = target.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise _told(error, to) from error
    finally:
        target.close()
    if found != "ok":
        raise JournalDamaged(
            f"SQLite finds the database damaged ({found})", where=to.name, todo="restore it from an earlier backup"
        )


def _told(error: sqlite3.Error, path: Path) -> WorkspaceError:
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return NoSpaceLeft(f"the copy could not be written ({text})", where=str(path), todo="free some space")
    if "locked" in text:
        return WorkspaceError(
            "somebody writes without a pause", where=str(path), todo="wait for the import to end and repeat the command"
        )
    return JournalDamaged(f"SQLite cannot read it ({text})", where=str(path), todo="restore it from an earlier backup")
