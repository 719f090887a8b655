"""`Workspace.themes`: the themes of a workspace, found and edited; the book is the file ``themes.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from touchline.drain import Progress, silent
from touchline.themes import LANGUAGES, Book, Discovery, Mentions, discover, editing
from touchline.themes import file as book_file

if TYPE_CHECKING:
    from pathlib import Path

    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.workspace.workspace import Workspace


class Themes:
    """The themes of an open workspace. What is changed is on disk, and in the warehouse, when a method returns.

    >>> from touchline.workspace import Workspace
    >>> with Workspace.temporary() as workspace:
    ...     workspace.themes.rename("late_delivery", "Parcel comes late")
    ...     workspace.taxonomy.theme("late_delivery").name
    'Parcel comes late'
    """

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self._workspace = workspace
        self.path = path
        self.book: Book = book_file.load(path)

    def discover(
        self, *, keep: bool = True, least: int | None = None, afresh: bool = False, progress: Progress = silent
    ) -> Discovery:
        """Find the themes that customers raise and that nothing names yet; those found before stay as they are.

        Args:
            keep: Whether to write them down and to place the mentions on them.
            least: Distinct customers that a new theme needs; by default as `touchline.themes.discovery.needed` says.
            afresh: Whether to let go of the themes found before, but for those that a person pinned or edited. A theme
                that is found again has the id that it had.
            progress: Called with a step's name and how much of it is done.
        """
        self._workspace.drain(progress)
        known = self.book.kept() if afresh else self.book
        mentions = _mentions(self._workspace.warehouse)
        progress("finding themes", 0.0)
        found = discover(mentions, known, self._workspace.taxonomy, least=least)
        progress("finding themes", 1.0)
        if keep and found.book != self.book:
            self._use(found.book, progress)
        return found

    def rename(self, theme: str, name: str) -> None:
        """Give a theme another name; see `touchline.themes.editing` for this and the others, and what they raise."""
        self._use(editing.rename(self.book, self._workspace.taxonomy, theme, name))

    def merge(self, theme: str, into: str) -> None:
        """Let the mentions of one theme be another's, also those to come."""
        self._use(editing.merge(self.book, self._workspace.taxonomy, theme, into))

    def unmerge(self, theme: str) -> None:
        """Let a merged theme stand for itself again."""
        self._use(editing.unmerge(self.book, self._workspace.taxonomy, theme))

    def split(self, theme: str, phrases: Sequence[str], *, name: str = "") -> str:
        """Make a theme of those mentions of another that say one of some phrases; return its id."""
        self._use(editing.split(self.book, self._workspace.taxonomy, theme, phrases, name=name))
        return self.book.found[-1].id

    def pin(self, theme: str, *, pinned: bool = True) -> None:
        """Keep a theme also when themes are found afresh."""
        self._use(editing.pin(self.book, self._workspace.taxonomy, theme, pinned=pinned))

    def hide(self, theme: str, *, hidden: bool = True) -> None:
        """Let the mentions of a theme have none."""
        self._use(editing.hide(self.book, self._workspace.taxonomy, theme, hidden=hidden))

    def _use(self, book: Book, progress: Progress = silent) -> None:
        """Write a book down, then place the mentions by it. Killed in between, the next command places them."""
        book_file.save(book, self.path)
        self.book = book
        self._workspace.name_themes()
        self._workspace.catch_up(progress)


def _mentions(warehouse: DuckWarehouse) -> Mentions:
    """Return every mention that was understood and is in a language that discovery knows."""
    rows = warehouse.fetch(
        'SELECT substr(text, evidence."start" + 1, evidence."end" - evidence."start") AS words,'
        " mentions.customer_key, evidence.sentiment, mentions.stage, evidence.theme"
        " FROM evidence JOIN mentions USING (interaction_id, mention)"
        " JOIN (SELECT interaction_id, text FROM stored) USING (interaction_id)"
        f" WHERE evidence.understood AND evidence.language IN {LANGUAGES}"
    )
    return Mentions(
        words=rows["words"].to_pylist(),
        customer=rows["customer_key"].to_numpy(),
        sentiment=rows["sentiment"].to_numpy().astype(np.int64),
        stage=rows["stage"].to_pylist(),
        theme=rows["theme"].to_pylist(),
    )
