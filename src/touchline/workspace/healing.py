"""A warehouse that cannot be used takes nobody's day: it is moved aside, and a new one is drained from the journal.

A server does this by itself, and says so. The command line does not: it refuses, and names `touchline rebuild`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.errors import WarehouseDamaged
from touchline.warehouse.duckdb import writing

if TYPE_CHECKING:
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.workspace import Workspace
    from touchline.workspace.folder import Folder

Told = Callable[[str], None]

#: Ends the name of a file that was moved aside; there is one at most, and a rebuild or an erasure deletes it.
ASIDE: Final = ".damaged"
#: A file that ends the process as often as this while it is opened is taken for damaged.
_CRASHES: Final = 3


def opened(workspace: Workspace, told: Told) -> bool:
    """Open a workspace's warehouse, or move it aside and open a new one; return whether it was sound.

    Args:
        workspace: Its journal is sound.
        told: Is told, in a sentence, what was done.

    Raises:
        WarehouseLocked: Another process holds it.
    """
    opening = workspace.folder.warehouses / "opening"
    crashes = _number(opening)
    opening.write_text(str(crashes + 1))
    try:
        if crashes >= _CRASHES:
            raise WarehouseDamaged(
                f"the process has ended {crashes} times while it was opened", where=str(workspace.folder.warehouse)
            )
        workspace.warehouse.meta("position")
        sound = True
    except WarehouseDamaged as error:
        put_aside(workspace, error, told)
        sound = False
    opening.unlink(missing_ok=True)
    return sound


def heal(workspace: Workspace, why: WarehouseDamaged, told: Told) -> bool:
    """Open anew a warehouse that fails, and read all of it; move it aside if it fails again.

    No other thread opens it meanwhile. Return whether it was sound after all.
    """
    with workspace.exchanging():
        workspace.let_go_of_warehouse()
        try:
            writing.fingerprint(workspace.warehouse)
        except WarehouseDamaged as error:
            put_aside(workspace, error, told)
            return False
    told(f"{why}: it was opened again, and all of it could be read")
    return True


def put_aside(workspace: Workspace, why: WarehouseDamaged, told: Told) -> None:
    """Move the warehouse's file aside and open a new, empty one, for the journal to be drained into.

    Raises:
        OSError: The disk is full; the file is moved aside all the same, and the new one goes by its name.
    """
    folder = workspace.folder
    with workspace.exchanging():
        workspace.let_go_of_warehouse()
        path, fresh = folder.warehouse, folder.next_warehouse()
        forget_aside(folder)
        for old in (path, _log_of(path)):
            if old.exists():
                os.replace(old, old.with_name(old.name + ASIDE))
        for left in (fresh, _log_of(fresh)):
            left.unlink(missing_ok=True)
        shutil.rmtree(folder.index, ignore_errors=True)
        folder.use_warehouse(fresh)
        _named_anew(workspace.warehouse)
    told(f"{why}: it was moved aside to {path.name}{ASIDE}, and a new one is built from the journal")


def forget_aside(folder: Folder) -> None:
    """Delete what was moved aside: it may hold what people were since promised to be forgotten."""
    for old in folder.warehouses.glob(f"*{ASIDE}"):
        old.unlink()


def _named_anew(warehouse: DuckWarehouse) -> None:
    """Let no remembered answer of the old file pass for one of the new: its states count from the clock."""
    with warehouse.transaction():
        warehouse.remember(published=int(time.time()))


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0
