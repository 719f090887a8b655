"""Bringing a server's folder and its database up to date before its processes start; with a backup first."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from touchline.errors import WorkspaceError
from touchline.server.home import Home
from touchline.workspace.folder import Folder
from touchline.workspace.snapshot import copy, frozen
from touchline.workspace.upgrading import bring_up

_KEEP: Final = 5
_log = logging.getLogger("touchline.upgrade")


def prepare(folder: Path) -> None:
    """Bring a workspace's folder, the server's database and every further workspace up to this version.

    Raises:
        WorkspaceError: Something is of a newer version; nothing of it was changed.
    """
    _bring_up(folder)
    migrate()
    from touchline.server.workspaces import facade

    for one in facade.everyone():
        if one.root != folder.resolve() and (one.root / "touchline.toml").exists():
            _bring_up(one.root)


def _bring_up(root: Path) -> None:
    done = bring_up(Folder(root.resolve()))
    if done:
        _log.warning("upgraded from layout %d to %d; the backup is %s", done.before, done.after, done.backup.name)


def migrate() -> Path | None:
    """Bring the server's database up to date; return the backup of a file that had to be changed.

    Raises:
        WorkspaceError: It was written by a newer version.
    """
    executor = MigrationExecutor(connection)
    applied = set(executor.loader.applied_migrations)
    known = set(executor.loader.disk_migrations)
    ours = {config.label for config in apps.get_app_configs()}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise WorkspaceError(
            f"the server's database was written by a newer version ({', '.join(newer[:3])})",
            where=str(connection.settings_dict["NAME"]),
            todo="upgrade Touchline, or restore a backup",
        )
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return None
    backup = _backed_up() if applied and connection.vendor == "sqlite" else None
    connection.close()
    call_command("migrate", verbosity=0, interactive=False)
    if backup:
        _log.warning("the server's database was migrated; the backup is %s", backup.name)
    return backup


def _backed_up() -> Path:
    state = Path(connection.settings_dict["NAME"])
    to = Home.from_environment().root / "backups"
    to.mkdir(exist_ok=True, mode=0o700)
    path = to / f"state-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with frozen([state]) as (reader,):
        copy(reader, partial)
    partial.chmod(0o600)
    partial.rename(path)
    for old in sorted(to.glob("state-*.db"))[:-_KEEP]:
        old.unlink()
    return path
