"""Which journal a workspace has, and opening it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol

from touchline.errors import SettingsError, WorkspaceMissing
from touchline.journal.cipher import Cipher
from touchline.journal.sql import SqlJournal
from touchline.journal.sqlite import SqliteJournal

#: The environment variable with the address of a PostgreSQL database, which goes before the settings.
VARIABLE: Final = "TOUCHLINE_JOURNAL"
_SCHEMES: Final = ("postgresql://", "postgres://")


class Place(Protocol):
    """A workspace's folder, as `touchline.workspace.folder.Folder` is."""

    @property
    def root(self) -> Path:
        """The folder."""


def open_journal(folder: Path | str | Place, url: str | None = None, *, cipher: Cipher | None = None) -> SqlJournal:
    """Open a workspace's journal; it is made when it is missing.

    Args:
        folder: The workspace's folder.
        url: ``postgresql://user@host/database``; or "", for the file in the folder. None looks it up: in the
            environment (``TOUCHLINE_JOURNAL``), then in ``touchline.toml`` (``[journal] url``). Each workspace has a
            schema of its own in the database, named by its key.
        cipher: Encrypts payloads and quarantined bytes; by default what the environment says.

    Raises:
        WorkspaceMissing: There is no workspace in the folder.
        SettingsError: The address is none.
        WorkspaceError: The database cannot be reached, or is of a newer version.
        JournalDamaged: It cannot be read.
    """
    root = Path(folder) if isinstance(folder, str | Path) else folder.root
    inside = root / ".touchline"
    if not inside.is_dir():
        raise WorkspaceMissing("there is no workspace here", where=str(root), todo="make one with `touchline init`")
    found = url_of(root) if url is None else url
    if not found:
        return SqliteJournal(inside / "journal.db", cipher)
    if not found.startswith(_SCHEMES):
        raise SettingsError(
            "the journal's address is not one of PostgreSQL",
            where=f"{VARIABLE} or [journal] url",
            todo="write it as postgresql://user@host/database, or leave it out",
        )
    from touchline.journal.postgres import PostgresJournal, schema_of

    return PostgresJournal(found, schema_of((inside / "key").read_bytes()), cipher)


def url_of(root: Path) -> str:
    """Return the address of a workspace's journal; empty for the file in its folder."""
    from touchline.settings import Settings

    told = os.environ.get(VARIABLE)
    return Settings.load(root / "touchline.toml").journal.url if told is None else told.strip()
