"""`touchline backup`: everything that cannot be made again, of one moment, in one file, while others go on working.

What is in it: settings, taxonomy, themes and rates; the key; the journal with its quarantine; a language model's
answers; what the reader was taught; the server's state. Not in it: the warehouse and the index, which are built from
the journal (the warehouse can be asked for), tombstones, which must outlive a backup, and other backups.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import InputError, JournalDamaged, NoSpaceLeft, TouchlineError
from touchline.journal import SqliteJournal, open_journal
from touchline.journal.base import FORMAT as JOURNAL_FORMAT
from touchline.journal.cipher import VARIABLE as DATA_KEY
from touchline.journal.opening import url_of
from touchline.workspace.archive import SUFFIX, Manifest, Part, extract, hashed, write
from touchline.workspace.folder import SETTINGS, Folder
from touchline.workspace.snapshot import copy, frozen
from touchline.workspace.upgrading import layout_of

if TYPE_CHECKING:
    from touchline.warehouse.duckdb import DuckWarehouse

_STATE: Final = "server/state.db"
_TENANTS: Final = "server/workspaces"
_STAGED: Final = ".touchline-backup-"
_STALE: Final = 86_400.0  # seconds: what was gathered so long ago was left by a process that was killed
_SECRETS: Final = ("key", "server/secret")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made.

    Attributes:
        file: Where it is.
        bytes: Its size.
        manifest: What it holds.
        removed: Older ones that were deleted.
        notes: What its owner should know.
    """

    file: Path
    bytes: int
    manifest: Manifest
    removed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "file": str(self.file), "bytes": self.bytes, "removed": [str(path) for path in self.removed],
            "notes": list(self.notes), **self.manifest.as_json(),
        }  # fmt: skip


def back_up(
    folder: Folder,
    to: Path,
    *,
    keep: int = 0,
    with_key: bool = True,
    warehouse: DuckWarehouse | None = None,
) -> BackedUp:
    """Write a backup of a workspace; it may be served, and written to, meanwhile.

    It is proved before it gets its name: every batch of the journal against its checksum, every file as it was
    written. Killed before that, there is no backup and the ones before are untouched.

    Args:
        folder: The workspace.
        to: A file, or a folder that is there already, in which the file is named by workspace and time.
        keep: How many of this workspace's backups stay in that folder; 0 deletes none.
        with_key: Whether the key and the server's secret are in it. A backup without them tells no customer's id to
            who finds it, and is of no use to who has lost them.
        warehouse: The open warehouse, to be in it too; else it is built from the journal when it is restored.

    Raises:
        JournalDamaged: The journal is damaged; no backup was made, and the ones before are untouched.
        NoSpaceLeft: The disk is full.
        InputError: The place cannot be written.
    """
    folder.require()
    now = datetime.now(UTC)
    file = to / f"{_stem(folder)}-{now:%Y%m%dT%H%M%SZ}{SUFFIX}" if to.is_dir() else to
    if keep and not to.is_dir():
        raise InputError("only of the backups in a folder a number can be kept", where=str(to), todo="name a folder")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _clear(file.parent)
        with tempfile.TemporaryDirectory(prefix=_STAGED, dir=file.parent) as staged:
            manifest, notes = _staged(folder, Path(staged), now, with_key=with_key, warehouse=warehouse)
            partial = Path(staged) / f"partial{SUFFIX}"
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                write(Path(staged), manifest, out)
                out.flush()
                os.fsync(out.fileno())
            extract(partial)
            os.replace(partial, file)
        _sync(file.parent)
    except OSError as error:
        raise _told(error, file) from error
    removed = _prune(file, folder, keep) if keep else ()
    return BackedUp(file, file.stat().st_size, manifest, removed, notes)


def verify(file: Path) -> tuple[Manifest, list[str]]:
    """Prove a backup: its parts against the manifest, and its journals batch by batch.

    Returns:
        What it holds, and what is wrong with it, a sentence each.

    Raises:
        InputError: It is no backup, or a part of it is damaged.
        WorkspaceError: It is of a newer version.
        NoSpaceLeft: There is no room to unpack it.
    """
    with tempfile.TemporaryDirectory(prefix="touchline-") as folder:
        root = Path(folder)
        manifest = extract(file, root)
        problems: list[str] = []
        for part in manifest.files:
            if part.path.endswith("/journal.db"):
                problems += [text.replace(f"{root}/", "") for text in _proved(root / part.path)]
            elif part.path.endswith(".db"):
                problems += [f"{part.path}: {text}" for text in _integrity(root / part.path)]
    return manifest, problems


def backups(to: Path, name: str = "") -> list[Path]:
    """Return the backups in a folder, the oldest first.

    Args:
        to: The folder.
        name: Of one workspace only, as their names begin.
    """
    pattern = re.compile(rf"{re.escape(name) if name else '.+'}-\d{{8}}T\d{{6}}Z{re.escape(SUFFIX)}")
    found = [path for path in to.iterdir() if pattern.fullmatch(path.name)] if to.is_dir() else []
    return sorted(found, key=lambda path: path.name[-len(SUFFIX) - 16 :])


def fingerprint(key: str) -> str:
    """Return what tells a key from another without telling the key."""
    return hashlib.sha256(b"touchline backup\0" + key.strip().encode()).hexdigest()[:16]


def _stem(folder: Folder) -> str:
    return re.sub(r"[^\w.-]+", "-", folder.root.name).strip("-.") or "workspace"


def _staged(
    folder: Folder, to: Path, now: datetime, *, with_key: bool, warehouse: DuckWarehouse | None
) -> tuple[Manifest, tuple[str, ...]]:
    """Gather the parts in a folder, with links' targets and of one moment; return the manifest."""
    from touchline._version import __version__
    from touchline.settings import Settings

    tenants = [Folder(path.parent) for path in sorted((folder.inside / _TENANTS).glob(f"*/{SETTINGS}"))]
    folders = [folder, *tenants]
    names = {one: one.root.relative_to(folder.root) for one in folders}
    if warehouse:  # before the journal, so that it never knows more than the journal in the same backup
        _warehouse(folder, warehouse, to)
    for one in folders:
        _plain_files(one, to / names[one], with_key=with_key)
    _databases(folder, folders, to)
    offsets, interactions = {}, 0
    for one in folders:
        journal = to / names[one] / ".touchline" / "journal.db"
        if not journal.exists():
            _logical(one, journal)
        if problems := _proved(journal):
            raise JournalDamaged(
                problems[0].replace(f"{to}/", ""), todo="no backup was made; restore the journal from an earlier one"
            )
        offsets[one], rows = _head(journal)
        interactions = rows if one is folder else interactions
    manifest = Manifest(
        name=Settings.load(folder.settings).workspace.name,
        made_at=now.isoformat(timespec="seconds"),
        touchline=__version__,
        layout=layout_of(folder),
        offset=offsets[folder],
        interactions=interactions,
        folder=str(folder.root),
        key=fingerprint((folder.inside / "key").read_text()),
        key_inside=with_key,
        files=tuple(_parts(to)),
        tenants={names[one].as_posix(): offsets[one] for one in tenants},
    )
    return manifest, tuple(_notes(folder, with_key=with_key))


def _plain_files(folder: Folder, to: Path, *, with_key: bool) -> None:
    """Copy what people edit, and what is only ever written whole; no export that happens to lie beside it."""
    from touchline.settings import Settings

    settings = Settings.load(folder.settings)
    named = [folder.root / name for name in (settings.value.rates, settings.workspace.taxonomy) if name]
    edited = {folder.settings, *folder.root.glob("*.yaml"), *folder.root.glob("*.yml"),
              *folder.mappings.glob("*.toml"), *named}  # fmt: skip
    for path in sorted(edited):
        if path.is_file() and path.resolve().is_relative_to(folder.root):
            _copied(path, to / path.relative_to(folder.root))
    inside = [folder.inside / name for name in ("format", *(_SECRETS if with_key else ()))]
    inside += sorted(path for path in folder.taught.rglob("*") if path.is_file())
    for path in inside:
        with suppress(FileNotFoundError):  # not there, or replaced by a newer version meanwhile
            _copied(path, to / path.relative_to(folder.root))


def _copied(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


def _databases(folder: Folder, folders: list[Folder], to: Path) -> None:
    """Copy the databases that are files, all as they stood at one moment."""
    wanted = [path for one in folders for path in (*([] if url_of(one.root) else [one.journal]), one.understood)]
    wanted.append(folder.inside / _STATE)
    paths = [path for path in wanted if path.exists()]
    with frozen(paths) as readers:
        for path, reader in zip(paths, readers, strict=True):
            target = to / path.relative_to(folder.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            copy(reader, target)


def _logical(folder: Folder, to: Path) -> None:
    """Copy a journal that lies in PostgreSQL into a file, sealed as it is."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with open_journal(folder) as journal, SqliteJournal(to) as copied:
        journal.copy_to(copied)


def _warehouse(folder: Folder, warehouse: DuckWarehouse, to: Path) -> None:
    """Copy the warehouse while nobody writes to it.

    Another process copies: when this one closed the file, the operating system would let go of DuckDB's lock on it.
    """
    target = to / folder.warehouses.relative_to(folder.root)
    target.mkdir(parents=True)
    with warehouse.alone():
        warehouse.execute("CHECKPOINT")
        log = warehouse.path.with_suffix(".duckdb.wal")
        for path in (warehouse.path, log):
            if path.exists():
                said = "import shutil, sys; shutil.copyfile(*sys.argv[1:])"
                subprocess.run([sys.executable, "-c", said, path, target / path.name], check=True)  # noqa: S603
    (target / "current").write_text(warehouse.path.name + "\n")


def _parts(root: Path) -> Iterator[Part]:
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        yield replace(hashed(path), path=path.relative_to(root).as_posix())


def _proved(journal: Path) -> list[str]:
    """Return what is wrong with a copy of a journal; of an older format only what SQLite says."""
    with _read_only(journal) as db:
        found = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    if found is None or found[0] != str(JOURNAL_FORMAT):
        return _integrity(journal)
    with SqliteJournal(journal) as copied:
        problems = copied.verify()
    with sqlite3.connect(journal, isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    return problems


def _integrity(path: Path) -> list[str]:
    with _read_only(path) as db:
        return [text for (text,) in db.execute("PRAGMA integrity_check") if text != "ok"]


def _head(journal: Path) -> tuple[int, int]:
    with _read_only(journal) as db:
        head, rows = db.execute(
            'SELECT coalesce(max("offset"), 0),'
            " coalesce(sum(rows) FILTER (WHERE kind = 'interactions'), 0) FROM batches"
        ).fetchone()
    return int(head), int(rows)


@contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield db
    finally:
        db.close()


def _notes(folder: Folder, *, with_key: bool) -> Iterator[str]:
    if with_key:
        yield "the key is inside: who has this file can recognise customers; keep it where only you can read it"
    else:
        yield f"the key is not inside: keep {folder.inside / 'key'} elsewhere, as nothing can be restored without it"
    if os.environ.get(DATA_KEY):
        yield f"the journal is encrypted with {DATA_KEY}, which is not inside: keep it elsewhere"
    if os.environ.get("TOUCHLINE_DATABASE"):
        yield "the server's state lies in PostgreSQL and is not inside: take it with pg_dump"
    state = folder.inside / _STATE
    if state.exists():
        with _read_only(state) as db:
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'workspaces_workspace'").fetchone():
                for (root,) in db.execute("SELECT folder FROM workspaces_workspace ORDER BY id"):
                    if not Path(root).is_relative_to(folder.root):
                        yield f"the workspace in {root} is not inside: back it up as well"


def _prune(file: Path, folder: Folder, keep: int) -> tuple[Path, ...]:
    """Delete older backups of a workspace until ``keep`` are left; the new one stays."""
    found = [path for path in backups(file.parent, _stem(folder)) if path != file]
    gone = found[: max(0, len(found) + 1 - keep)]
    for path in gone:
        path.unlink()
    return tuple(gone)


def _clear(folder: Path) -> None:
    """Delete what a backup that was killed had gathered."""
    for path in folder.glob(f"{_STAGED}*"):
        if time.time() - path.stat().st_mtime > _STALE:
            shutil.rmtree(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _told(error: OSError, file: Path) -> TouchlineError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return NoSpaceLeft(
            "the backup could not be written: the disk is full", where=str(file), todo="free some space, or keep fewer"
        )
    return InputError(f"the backup could not be written ({error.strerror})", where=str(file), todo="name another place")
