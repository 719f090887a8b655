"""The jobs that every server has: quarantine, sessions, backups, the disk, the shares of memory."""

from __future__ import annotations

import logging
import os
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Final

from django.conf import settings

from touchline.errors import SettingsError
from touchline.server.home import Home
from touchline.server.operations import limits
from touchline.server.operations.disk import disk
from touchline.server.operations.jobs import Job, register
from touchline.server.workspaces import facade as workspaces
from touchline.server.workspaces.facade import Held

BACKUPS: Final = "TOUCHLINE_BACKUPS"
EVERY: Final = "TOUCHLINE_BACKUP_HOURS"
KEEP: Final = "TOUCHLINE_BACKUP_KEEP"
WITHOUT_KEY: Final = "TOUCHLINE_BACKUP_WITHOUT_KEY"
WITH_WAREHOUSE: Final = "TOUCHLINE_BACKUP_WAREHOUSE"
_KEEP: Final = 7
_OLD: Final = timedelta(days=30)
_log = logging.getLogger("touchline.disk")
_low: set[str] = set()


def register_all() -> None:
    """Have them done from now on."""
    register(Job("quarantine", timedelta(hours=1), expire, each=True))
    register(Job("leftovers", timedelta(days=1), clear_leftovers, each=True))
    register(Job("sessions", timedelta(hours=6), clear_sessions))
    register(Job("disk", timedelta(seconds=10), watch_disk, each=True))
    register(Job("memory", timedelta(seconds=10), share_memory))
    if os.environ.get(BACKUPS):
        register(Job("backup", timedelta(hours=number(EVERY, 24)), back_up))


def number(name: str, default: int) -> int:
    """Return a whole number, 1 or more, from the environment.

    Raises:
        SettingsError: It is none.
    """
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise SettingsError(f"{name} is {text!r}", todo="give a whole number, 1 or more")
    return int(text)


def expire(held: Held | None) -> str:
    """Let go of quarantined rows past their time."""
    assert held is not None  # noqa: S101  a job for each workspace gets one
    return f"{held.workspace.journal.expire()} rows expired"


def clear_leftovers(held: Held | None) -> str:
    """Delete the copies that were made before an upgrade, once they are old: they hold who was erased since."""
    assert held is not None  # noqa: S101  as above
    inside = held.workspace.folder.inside
    old = time.time() - _OLD.total_seconds()
    found = [*inside.glob("backups/before-layout-*"), *inside.glob("server/backups/state-*.db")]
    gone = [path for path in found if path.stat().st_mtime < old]
    for path in gone:
        path.unlink()
    return f"{len(gone)} copies of before an upgrade deleted"


def clear_sessions(_held: Held | None) -> str:
    """Delete log-ins that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return "sessions past their time deleted"


def watch_disk(held: Held | None) -> str:
    """Say once when a disk runs low, and once when there is room again."""
    assert held is not None  # noqa: S101  as above
    found = disk(held.workspace.folder.root)
    if found.low and held.slug not in _low:
        _log.error("the disk of %s is nearly full: %d MiB are free; nothing is taken in", held.slug, found.free >> 20)
        _low.add(held.slug)
    elif not found.low and held.slug in _low:
        _log.warning("the disk of %s has room again: %d MiB are free", held.slug, found.free >> 20)
        _low.discard(held.slug)
    return f"{found.free >> 20} MiB free"


def share_memory(_held: Held | None) -> str:
    """Give every open workspace its share of the memory."""
    return limits.share(workspaces.open_here())


def back_up(_held: Held | None) -> str:
    """Back up the server's own workspace with all that are inside it, and each that lies elsewhere."""
    from touchline.workspace.backup import back_up as backed_up
    from touchline.workspace.folder import Folder

    to = Path(os.environ[BACKUPS])
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    home = Home.from_environment().root
    own = home.parents[1]
    roots = {own, *(one.root for one in workspaces.everyone() if not one.root.is_relative_to(own))}
    told = []
    for root in sorted(root for root in roots if (root / "touchline.toml").exists()):
        open_here = [one for one in workspaces.open_here() if one.workspace.folder.root == root]
        wanted = bool(os.environ.get(WITH_WAREHOUSE)) and bool(open_here)
        made = backed_up(
            Folder(root),
            to,
            keep=number(KEEP, _KEEP),
            with_key=not os.environ.get(WITHOUT_KEY),
            warehouse=open_here[0].workspace.warehouse if wanted else None,
        )
        told.append(f"{made.file.name}, up to batch {made.manifest.offset}")
    if not told:
        raise SettingsError("there is nothing to back up", where=str(own), todo="look at TOUCHLINE_HOME")
    return "; ".join(told)
