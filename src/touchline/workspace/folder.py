"""Where things lie in a workspace's folder.

touchline.toml          settings, edited by people
taxonomy.yaml           stages, sub-stages, touchpoints, themes, edited by people
mappings/               how exports are read, by name: TOML, as --mapping takes it
themes.yaml             themes that were found in the texts, and what people said of themes
.touchline/format       the number of this layout (`touchline.workspace.upgrading`)
.touchline/key          the secret of ids and keys; without it a second import would not be recognised
.touchline/journal.db   everything that was accepted: the truth
.touchline/warehouse/   what questions are asked of; built from the journal
.touchline/index/       customers' interactions in order, as arrays; made from the warehouse when it is asked for
.touchline/words.db     full-text search; made from the warehouse, and like it never part of a backup
.touchline/understood.db  what a language model answered, where one is asked; no words of any text
.touchline/taught/      labels that the reader was taught with, and what it learnt, version by version
.touchline/tombstones   who was erased, as keyed hashes; never part of a backup
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from touchline.errors import WorkspaceError, WorkspaceMissing

SETTINGS: Final = "touchline.toml"
_KEY_BYTES: Final = 32

#: The layout that is told above; older folders are brought up to it, newer ones refused.
LAYOUT: Final = 2


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths of one workspace."""

    root: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.root / SETTINGS

    @property
    def taxonomy(self) -> Path:
        """The taxonomy file."""
        return self.root / "taxonomy.yaml"

    @property
    def themes(self) -> Path:
        """The book of themes, once there is one."""
        return self.root / "themes.yaml"

    @property
    def mappings(self) -> Path:
        """Saved mappings of exports."""
        return self.root / "mappings"

    @property
    def inside(self) -> Path:
        """What Touchline keeps for itself."""
        return self.root / ".touchline"

    @property
    def format(self) -> Path:
        """Says which layout this is."""
        return self.inside / "format"

    @property
    def journal(self) -> Path:
        """The journal."""
        return self.inside / "journal.db"

    @property
    def index(self) -> Path:
        """The journey index."""
        return self.inside / "index"

    @property
    def words(self) -> Path:
        """Full-text search."""
        return self.inside / "words.db"

    @property
    def understood(self) -> Path:
        """What a language model answered, so that nothing is paid for twice."""
        return self.inside / "understood.db"

    @property
    def taught(self) -> Path:
        """What the reader was taught."""
        return self.inside / "taught"

    @property
    def tombstones(self) -> Path:
        """Who was erased."""
        return self.inside / "tombstones"

    @property
    def warehouses(self) -> Path:
        """The warehouse's files, one per version built."""
        return self.inside / "warehouse"

    @property
    def warehouse(self) -> Path:
        """The warehouse file in use."""
        pointer = self.warehouses / "current"
        name = pointer.read_text().strip() if pointer.exists() else "1.duckdb"
        return self.warehouses / name

    def next_warehouse(self) -> Path:
        """A path for a warehouse to be built beside the one in use."""
        return self.warehouses / f"{int(self.warehouse.stem) + 1}.duckdb"

    def use_warehouse(self, path: Path) -> None:
        """Switch to a warehouse, atomically."""
        fresh = self.warehouses / "current.new"
        fresh.write_text(path.name + "\n")
        os.replace(fresh, self.warehouses / "current")

    def key(self) -> bytes:
        """Read the workspace's secret.

        Raises:
            WorkspaceError: It is missing or cut off.
        """
        path = self.inside / "key"
        try:
            key = bytes.fromhex(path.read_text())
        except (OSError, ValueError) as error:
            raise WorkspaceError(
                "the workspace's key cannot be read",
                where=str(path),
                todo="restore it from a backup: without it the ids of rows cannot be recognised again",
            ) from error
        if len(key) != _KEY_BYTES:
            raise WorkspaceError("the workspace's key is cut off", where=str(path), todo="restore it from a backup")
        return key

    def make(self, key: bytes | None = None) -> None:
        """Make the folder, with a fresh key unless there is one to take."""
        self.warehouses.mkdir(parents=True, exist_ok=True)
        path = self.inside / "key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write((key or secrets.token_bytes(_KEY_BYTES)).hex())
            self.format.write_text(f"{LAYOUT}\n")

    def require(self) -> None:
        """Raise unless this is a workspace.

        Raises:
            WorkspaceMissing: There is no `touchline.toml`.
        """
        if not self.settings.exists():
            raise WorkspaceMissing(
                f"there is no workspace here (no {SETTINGS})",
                where=str(self.root),
                todo="run `touchline init`, or name one with --workspace DIR",
            )


def key_of(files: Iterable[Path]) -> bytes:
    """Return the key that a workspace for some files has: made of what they hold, so that nobody without them knows it.

    What is no file is passed over; whoever reads it says so.
    """
    held = hashlib.sha256(b"the key of a workspace for files")
    for file in files:
        if file.is_file():
            with file.open("rb") as content:
                held.update(hashlib.file_digest(content, "sha256").digest())
    return held.digest()
