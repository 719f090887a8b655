"""`touchline restore`: a workspace from its backup, beside what was there before."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from touchline.errors import InputError, WarehouseLocked, WorkspaceError
from touchline.journal import SqliteJournal, open_journal
from touchline.journal.opening import url_of
from touchline.workspace.archive import Manifest, extract
from touchline.workspace.backup import fingerprint
from touchline.workspace.folder import LAYOUT, SETTINGS, Folder
from touchline.workspace.upgrading import served_by

_STATE: Final = "server/state.db"
#: Stays with a workspace through every restore: who was erased, so that no backup brings them back.
TOMBSTONES: Final = "tombstones"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Attributes:
        folder: Where the workspace is now.
        before: Where what was there before is now; None when there was nothing.
        made_at: The moment that it is of.
        offset: The journal's last batch.
        interactions: How many the journal holds, before tombstones were applied.
        erased: How many records were erased again, of people who had been erased after the backup was made.
    """

    folder: Path
    before: Path | None
    made_at: str
    offset: int
    interactions: int
    erased: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"folder": str(self.folder), "before": str(self.before) if self.before else None}


def restore(
    file: Path,
    root: Path,
    *,
    replace: bool = False,
    key: Path | None = None,
    tombstones: Path | None = None,
    servers: Sequence[Callable[[Path], int | None]] = (),
) -> Restored:
    """Restore a workspace into a folder. The whole backup is proved before anything is changed.

    People who were erased after the backup was made are erased again, before anybody can ask for them: their
    tombstones are taken from the workspace that is replaced, or from where they are said to be.

    Args:
        file: The backup.
        root: The folder; made when it is missing. Other files in it stay.
        replace: Whether a workspace that is there may be moved aside, into a folder beside its settings.
        key: The workspace's key, for a backup that was made without.
        tombstones: The folder or file of tombstones, kept elsewhere.
        servers: What erases again from a server's database beside the workspace, and returns how many records went;
            None where there is no such server in the folder.

    Raises:
        InputError: The backup is damaged, or the key is not the one of this workspace.
        WorkspaceError: It is of a newer version; a workspace is there already; a server holds it.
        NoSpaceLeft: The disk is full; what was there is untouched.
    """
    folder = Folder(root.resolve())
    _refuse_living(folder, replace=replace)
    folder.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder.root) as staged:
        fresh = Folder(Path(staged))
        manifest = extract(file, fresh.root)
        if manifest.layout > LAYOUT:
            raise WorkspaceError(
                f"the backup's workspace has layout {manifest.layout} and this version knows up to {LAYOUT}",
                where=str(file),
                todo="upgrade Touchline",
            )
        _key(manifest, fresh, folder, key)
        _tombstones(fresh, folder, tombstones)
        _state(manifest, fresh, folder)
        _locked(fresh.inside)
        _to_postgres(fresh)
        before = _move_in(fresh, folder)
    erased = next((count for again in servers if (count := again(folder.root)) is not None), None)
    erased = _erase_again(folder) if erased is None else erased
    return Restored(folder.root, before, manifest.made_at, manifest.offset, manifest.interactions, erased)


def _refuse_living(folder: Folder, *, replace: bool) -> None:
    if not (folder.settings.exists() or folder.inside.exists()):
        return
    if not replace:
        raise WorkspaceError(
            "there is a workspace here already",
            where=str(folder.root),
            todo="name another folder, or say --replace: what is there is moved aside",
        )
    if pid := served_by(folder):
        raise WorkspaceError(
            f"a server holds the workspace (process {pid})", where=str(folder.root), todo="stop it first"
        )
    if folder.warehouse.exists():
        with folder.warehouse.open("rb+") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise WarehouseLocked(
                    "another process holds the warehouse", where=str(folder.root), todo="wait for it to end"
                ) from error


def _key(manifest: Manifest, fresh: Folder, folder: Folder, given: Path | None) -> None:
    """Put the key in its place: the backup's, the one that is given, or the one that is there."""
    place = fresh.inside / "key"
    if not manifest.key_inside:
        source = given or folder.inside / "key"
        try:
            text = source.read_text()
        except FileNotFoundError:
            raise InputError(
                "the backup was made without the workspace's key",
                where=str(source),
                todo="say where it is kept with --key FILE",
            ) from None
        place.write_text(text)
    if fingerprint(place.read_text()) != manifest.key:
        raise InputError(
            "the key is not the one of this workspace",
            where=str(given or place.relative_to(fresh.root)),
            todo="give the key that the workspace had when the backup was made",
        )


def _tombstones(fresh: Folder, folder: Folder, given: Path | None) -> None:
    """Carry over who was erased."""
    if given and not given.exists():
        raise InputError("there are no tombstones", where=str(given), todo="name the file that was kept")
    for source, target in _kept(given, fresh, folder):
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def _kept(given: Path | None, fresh: Folder, folder: Folder) -> Iterable[tuple[Path, Path]]:
    """Yield where tombstones are and where they belong: those of further workspaces, and the folder's own."""
    for tenant in sorted((folder.inside / "server" / "workspaces").glob(f"*/.touchline/{TOMBSTONES}")):
        target = fresh.root / tenant.relative_to(folder.root)
        if target.parent.exists():
            yield tenant, target
    own = given or folder.inside / TOMBSTONES
    if own.exists():
        yield own, fresh.inside / TOMBSTONES


def _state(manifest: Manifest, fresh: Folder, folder: Folder) -> None:
    """Let the server's state name the folders where they are now, and end all sessions."""
    path = fresh.inside / _STATE
    if not path.exists():
        return
    was, now = Path(manifest.folder), folder.root
    with closing(sqlite3.connect(path)) as db, db:
        there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "workspaces_workspace" in there:
            rows = db.execute("SELECT id, folder FROM workspaces_workspace").fetchall()
            moved = [(str(now / Path(at).relative_to(was)), one) for one, at in rows if Path(at).is_relative_to(was)]
            db.executemany("UPDATE workspaces_workspace SET folder = ? WHERE id = ?", moved)
        for name in sorted(there):
            if name == "django_session" or name.endswith("_session"):
                db.execute(f'DELETE FROM "{name}"')


def _locked(inside: Path) -> None:
    """Let nobody else on the machine read what Touchline keeps; make room for what is built anew."""
    for one in (inside, *(inside / "server" / "workspaces").glob("*/.touchline")):
        one.chmod(0o700)
        (one / "warehouse").mkdir(exist_ok=True)
    for name in ("key", "server", "server/secret", _STATE):
        path = inside / name
        if path.exists():
            path.chmod(0o700 if path.is_dir() else 0o600)


def _to_postgres(fresh: Folder) -> None:
    """Bring a journal to the database that the settings or the environment name; it must have none there."""
    for settings in sorted(fresh.root.rglob(SETTINGS)):
        one = Folder(settings.parent)
        if url_of(one.root) and one.journal.exists():
            with SqliteJournal(one.journal) as source, open_journal(one) as target:
                source.copy_to(target)
            for path in one.inside.glob("journal.db*"):
                path.unlink()


def _move_in(fresh: Folder, folder: Folder) -> Path | None:
    """Move what is there aside and the fresh workspace in. The settings go first and come last: half is none."""
    names = [*sorted({path.name for path in fresh.root.iterdir()} - {SETTINGS}), SETTINGS]
    there = [name for name in [SETTINGS, *names] if (folder.root / name).exists()]
    before = None
    if there:
        before = folder.root / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        before.mkdir(mode=0o700)
        for name in dict.fromkeys(there):
            os.replace(folder.root / name, before / name)
    for name in names:
        os.replace(fresh.root / name, folder.root / name)
    return before


def _erase_again(folder: Folder) -> int:
    """Erase who was erased after the backup was made, from every workspace that was restored."""
    from touchline.workspace.erasing import reapply
    from touchline.workspace.workspace import Workspace

    count = 0
    for settings in [folder.settings, *sorted((folder.inside / "server" / "workspaces").glob(f"*/{SETTINGS}"))]:
        if (settings.parent / ".touchline" / TOMBSTONES).exists():
            with Workspace(settings.parent) as opened:
                count += reapply(opened)
    return count
