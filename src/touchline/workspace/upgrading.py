"""Bringing the folder of an older version up to date, step by numbered step, with a backup first.

``.touchline/format`` holds the number of the layout; a folder without one is of layout 1. A step may be killed at any
moment and run again: the number is written when it is done.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from touchline.errors import InputError, WorkspaceError
from touchline.journal import open_journal
from touchline.workspace.folder import LAYOUT, Folder


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done to a folder.

    Attributes:
        before: The layout that was found.
        after: The layout now.
        backup: What the folder was before.
    """

    before: int
    after: int
    backup: Path


def layout_of(folder: Folder) -> int:
    """Return the number of a folder's layout.

    Raises:
        WorkspaceError: What stands there is no number.
    """
    try:
        text = folder.format.read_text().strip()
    except FileNotFoundError:
        return 1
    if not text.isdecimal():
        raise WorkspaceError(
            "the layout's number cannot be read", where=str(folder.format), todo=f"write {LAYOUT} into it, or restore"
        )
    return int(text)


def bring_up(folder: Folder) -> Upgraded | None:
    """Bring a workspace's folder up to this version's layout; None when it is of that one already.

    Raises:
        WorkspaceError: It is of a newer version, or a server of an older version holds it.
        JournalDamaged: Its journal is damaged; nothing was changed.
        NoSpaceLeft: There is no room for the backup; nothing was changed.
    """
    found = layout_of(folder)
    if found == LAYOUT:
        return None
    if found > LAYOUT:
        raise WorkspaceError(
            f"the workspace has layout {found} and this version knows up to {LAYOUT}",
            where=str(folder.root),
            todo="upgrade Touchline",
        )
    with _alone(folder):
        before = layout_of(folder)
        if before == LAYOUT:  # another process did it meanwhile
            return None
        if pid := served_by(folder):
            raise WorkspaceError(
                f"a server of an older version holds the workspace (process {pid})",
                where=str(folder.root),
                todo="stop it, and repeat the command",
            )
        backup = _backed_up(folder, before)
        for number in range(before, LAYOUT):
            STEPS[number](folder)
            _note(folder, number + 1)
    return Upgraded(before, LAYOUT, backup)


def served_by(folder: Folder) -> int | None:
    """Return the process of the server that holds a workspace, if one does.

    The number that a server which was killed had may be another process's by now: what runs under it has to be ours.
    """
    try:
        pid = int(json.loads((folder.inside / "serving.json").read_text())["pid"])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    except PermissionError:  # it is somebody else's, and lives
        return pid
    except (ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(
            "what a server says of itself cannot be read",
            where=str(folder.inside / "serving.json"),
            todo="delete it if no server runs",
        ) from error
    command = Path(f"/proc/{pid}/cmdline")
    return pid if not command.exists() or b"touchline.server" in command.read_bytes() else None


def _backed_up(folder: Folder, before: int) -> Path:
    from touchline.workspace.archive import SUFFIX, extract
    from touchline.workspace.backup import back_up

    path = folder.inside / "backups" / f"before-layout-{before + 1}{SUFFIX}"
    if path.exists():
        try:
            extract(path)
        except InputError:  # of a disk that lies; it is made anew
            path.unlink()
        else:
            return path
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return back_up(folder, path).file


@contextmanager
def _alone(folder: Folder) -> Iterator[None]:
    with (folder.inside / "upgrading").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _note(folder: Folder, number: int) -> None:
    fresh = folder.format.with_name("format.new")
    with fresh.open("w") as file:
        file.write(f"{number}\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, folder.format)


def _sealed_rows(folder: Folder) -> None:
    """1 to 2: every row of the journal is sealed, and others on the machine cannot read what Touchline keeps."""
    open_journal(folder).close()  # opening brings its tables up, in one transaction
    folder.inside.chmod(folder.inside.stat().st_mode & ~0o007)


#: What brings a layout to the next one, by the number of the first. Each does nothing where it was done before.
STEPS: Final[dict[int, Callable[[Folder], None]]] = {1: _sealed_rows}
