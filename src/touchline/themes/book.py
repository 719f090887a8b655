"""The book of themes: those that were found in customers' words, and what people said of any theme.

The taxonomy's themes stay where they are, in ``taxonomy.yaml``; the book adds to them and never copies them. Its
version names all that decides which mention gets which theme, so that a new name places nothing anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from touchline.vocabulary.model import Theme

Side = Literal["pain", "delight", "topic"]
SIDES: Final[tuple[Side, ...]] = ("pain", "delight", "topic")
#: The sentiment that a theme's mentions may not contradict; a topic is raised with any.
SIGN: Final[Mapping[str, int]] = {"pain": -1, "delight": 1, "topic": 0}
#: Bumped when equal books assign other themes.
REVISION: Final = "t1"


@dataclass(frozen=True, slots=True)
class Found:
    """A theme that is not the taxonomy's.

    Attributes:
        id: Made from its anchor, and never changed: ``pain_hidden_fee``.
        name: As customers say it, or as a person named it.
        group: The topic above it: ``Refund``, or the name of a stage.
        stage: Id of the stage where most of it was said when it was founded, or ``unassigned``.
        polarity: ``pain``, ``delight``, or ``topic`` where customers raise it without a feeling.
        phrases: What a mention says that has it; the first is its anchor.
        of: Id of the theme that it was split from; empty for one that was discovered.
        into: Id of the theme that it was merged into; empty while it stands for itself.
        pinned: It stays when themes are found afresh; whatever a person has edited is pinned.
        hidden: Mentions that would have it have none.
    """

    id: str
    name: str
    group: str
    stage: str
    polarity: Side
    phrases: tuple[str, ...]
    of: str = ""
    into: str = ""
    pinned: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """What people said of one of the taxonomy's themes.

    Attributes:
        id: The theme's id in the taxonomy.
        name: Its other name; empty for its own.
        into: Id of the theme that it was merged into.
        hidden: Mentions that would have it have none.
    """

    id: str
    name: str = ""
    into: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Book:
    """All found themes, in the order of founding, and all edits of the taxonomy's.

    >>> Book().empty, Book().version
    (True, '')
    """

    found: tuple[Found, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not self.found and not self.edits

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of what decides the theme of a mention; empty for a book that says nothing of it."""
        rows = [[f.id, f.polarity, f.phrases, f.of, f.into, f.hidden] for f in self.found]
        edits = [[e.id, e.into, e.hidden] for e in self.edits if e.into or e.hidden]
        if not rows and not edits:
            return ""
        text = json.dumps([REVISION, rows, sorted(edits)], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def by_id(self) -> Mapping[str, Found]:
        """The found themes by id."""
        return {found.id: found for found in self.found}

    @cached_property
    def edit(self) -> Mapping[str, Edit]:
        """The edits by id."""
        return {edit.id: edit for edit in self.edits}

    @cached_property
    def merged(self) -> Mapping[str, str]:
        """The theme that each merged one was merged into."""
        return {f.id: f.into for f in self.found if f.into} | {e.id: e.into for e in self.edits if e.into}

    @cached_property
    def stands_for(self) -> Mapping[str, str | None]:
        """Where each merged or hidden theme's mentions go: another theme's id, or None."""
        into = self.merged
        hidden = {f.id for f in self.found if f.hidden} | {e.id for e in self.edits if e.hidden}
        ends: dict[str, str | None] = {}
        for id_ in {*into, *hidden}:
            end = id_
            for _ in into:
                end = into.get(end, end)
            ends[id_] = None if end in hidden else end
        return ends

    def shown(self, themes: tuple[Theme, ...]) -> dict[str, Theme]:
        """Return the themes that mentions can have, as the taxonomy has them, by id.

        Args:
            themes: The taxonomy's own.
        """
        own = {t.id: replace(t, name=self.edit[t.id].name or t.name) if t.id in self.edit else t for t in themes}
        more = {f.id: _as_theme(f) for f in self.found}
        both = own | more
        return {id_: both.get(self.stands_for.get(id_) or id_, theme) for id_, theme in both.items()}

    def kept(self) -> Book:
        """Return the book without the themes that nobody pinned, edited, or merged or split another one by."""
        needed = {f.of for f in self.found} | set(self.merged.values())
        return Book(tuple(f for f in self.found if f.pinned or f.id in needed), self.edits)

    def with_found(self, *found: Found) -> Book:
        """Return the book with themes added, or replaced where it has their id."""
        fresh = {f.id: f for f in found}
        return Book((*(fresh.pop(f.id, f) for f in self.found), *fresh.values()), self.edits)

    def with_edit(self, edit: Edit) -> Book:
        """Return the book with an edit of a theme of the taxonomy added or replaced; one of no content goes."""
        kept = [edit if e.id == edit.id else e for e in self.edits]
        kept += [] if edit.id in self.edit else [edit]
        return Book(self.found, tuple(e for e in kept if e.name or e.into or e.hidden))


#: The book of a workspace that has found nothing.
NO_THEMES: Final = Book()


def _as_theme(found: Found) -> Theme:
    """Return a found theme as the taxonomy would have it; it knows no topics."""
    return Theme(
        id=found.id,
        name=found.name,
        stage=found.stage,
        polarity="delight" if found.polarity == "delight" else "pain",
        phrases=found.phrases,
    )
