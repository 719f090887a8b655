"""Mappings saved by name: ``mappings/NAME.toml`` beside the settings, as ``touchline import --mapping`` reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from touchline.errors import InputError, SourceError
from touchline.sources import ColumnMapping
from touchline.words import phrase

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}")
_FREE: Final = ("attribute", "ignore", "segment")


class Mappings:
    """The saved mappings of a workspace.

    >>> from pathlib import Path
    >>> Mappings(Path("nowhere")).names()
    ()
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Return the names, in order."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.toml") if _NAME.fullmatch(path.stem)))

    def path(self, name: str) -> Path:
        """Return the file of a name.

        Raises:
            InputError: It cannot be the name of a mapping.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                phrase("{value} cannot name a mapping", value=repr(name[:80])),
                where="name",
                todo=phrase("use letters, digits, spaces, _ . and -"),
            )
        return self._folder / f"{name}.toml"

    def get(self, name: str) -> ColumnMapping:
        """Return a mapping.

        Raises:
            InputError: There is none of this name.
            SourceError: It cannot be read.
        """
        path = self.path(name)
        if not path.exists():
            raise InputError(
                phrase("there is no mapping {name}", name=repr(name)),
                todo=phrase("there are {value}", value=str(", ".join(self.names()) or "none")),
            )
        return ColumnMapping.load(path)

    def save(self, name: str, mapping: ColumnMapping) -> None:
        """Write a mapping; one of the same name is replaced."""
        path = self.path(name)
        self._folder.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        mapping.save(fresh)
        os.replace(fresh, path)

    def remove(self, name: str) -> None:
        """Let go of a mapping; one that is not there is no error."""
        self.path(name).unlink(missing_ok=True)

    def fitting(self, columns: Iterable[str]) -> str | None:
        """Return the name of the mapping that says most of a file with some columns, and names none that it lacks."""
        there = set(columns)
        best: tuple[int, str] | None = None
        for name in self.names():
            try:
                mapping = self.get(name)
            except SourceError:  # one that was spoilt by hand fits nothing
                continue
            said = {one.column for one in mapping.columns if one.role not in _FREE}
            if said and said <= there and (best is None or len(said) > best[0]):
                best = len(said), name
        return best[1] if best else None
