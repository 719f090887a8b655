"""A workspace as the door has it: its journal, its secret, what it redacts. Never its warehouse."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import TouchlineError
from touchline.privacy.tombstones import Graveyard, Tombstones
from touchline.settings import Settings
from touchline.workspace.folder import Folder

if TYPE_CHECKING:
    from touchline.journal import Journal

_log = logging.getLogger("touchline.intake")


class Place:
    """One workspace's folder, held open for its journal.

    Args:
        slug: Names it.
        folder: Where it is.

    Raises:
        WorkspaceMissing: There is none in the folder.
        SettingsError: Its settings cannot be read.
        WorkspaceError: Its journal cannot be opened.
    """

    def __init__(self, slug: str, folder: Path) -> None:
        from touchline.journal import open_journal

        self.slug = slug
        self.folder = Folder(folder)
        self.folder.require()
        self.key = self.folder.key()
        self._graveyard = Graveyard(self.folder.tombstones, self.key)
        self._loading = threading.Lock()
        self._stamp = os.stat(self.folder.settings).st_mtime_ns
        self._settings = Settings.load(self.folder.settings)
        self.journal: Journal = open_journal(self.folder)
        self._named = tuple(map(str, (self.folder.inside / "key", self.folder.journal)))
        self._found = self._files()

    @property
    def settings(self) -> Settings:
        """The settings as they are in the file; those before, while the file cannot be read."""
        with self._loading:
            try:
                stamp = os.stat(self.folder.settings).st_mtime_ns
                if stamp != self._stamp:
                    self._stamp = stamp  # a file that cannot be read is told once
                    self._settings = Settings.load(self.folder.settings)
            except (TouchlineError, OSError) as error:
                _log.warning("the settings of %s stay as they were: %s", self.slug, error)
        return self._settings

    @property
    def in_place(self) -> bool:
        """Whether the journal is still the one in the folder; another one is there after a backup was restored."""
        return self._files() == self._found

    def _files(self) -> tuple[int | None, ...]:
        found: list[int | None] = []
        for path in self._named:
            try:
                found.append(os.stat(path).st_ino)
            except FileNotFoundError:  # the journal may be in a database elsewhere
                found.append(None)
        return tuple(found)

    @property
    def tombstones(self) -> Tombstones:
        """Who was erased, and is not to come back."""
        return self._graveyard.read()

    @property
    def zone(self) -> str:
        """Of times that do not tell theirs."""
        return self.settings.workspace.timezone

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()
