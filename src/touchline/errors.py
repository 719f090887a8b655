"""Every error that Touchline raises on purpose.

    TouchlineError
    ├── InputError            a file or a value that we were given cannot be used
    │   ├── SourceError       an export that cannot be read as a whole
    │   ├── TaxonomyError     a taxonomy file that is wrong, with its line
    │   ├── SettingsError     a touchline.toml that is wrong, with its key
    │   ├── MapError          a journey map, or an edit of one, that is wrong
    │   ├── Missing           what is named is not there, or the one who asks may not see it
    │   ├── QuestionError     a question with an unknown stage, segment, metric, date ...
    │   └── OutgoingRefused   a URL that is not called: it leads inside, or hides where it leads
    ├── OutgoingFailed        another machine gave no whole answer
    ├── NotAllowed            the one who asks a server may not do that
    └── WorkspaceError        the workspace's own state stands in the way
        ├── WorkspaceMissing  there is none here
        ├── Conflict          somebody else was first
        ├── WarehouseLocked   another process holds it
        ├── WarehouseDamaged  its file cannot be used; the journal holds everything
        ├── JournalDamaged    a batch fails its checksum
        ├── NoSpaceLeft       the disk is full; what was acknowledged is safe
        └── TooSlow           a query ran past the time it was given

Each message says what happened, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from touchline.words import Phrase, joined, phrase, phrase_of

_SHOWN: Final = 15
#: What can be named, and may be named wrongly.
_KINDS: Final = {
    "stage": phrase_of("there is no", "stage"), "segment": phrase_of("there is no", "segment"),
    "theme": phrase_of("there is no", "theme"), "touchpoint": phrase_of("there is no", "touchpoint"),
    "channel": phrase_of("there is no", "channel"), "source": phrase_of("there is no", "source"),
    "metric": phrase_of("there is no", "metric"), "period": phrase_of("there is no", "period"),
    "breakdown": phrase_of("there is no", "breakdown"), "measure": phrase_of("there is no", "measure"),
}  # fmt: skip


class TouchlineError(Exception):
    """What happened, where, and what to do.

    Args:
        what: What happened, as a sentence without its full stop.
        where: Where: a file with line, row and column, a table, a key.
        todo: What the reader can do about it.

    >>> print(TouchlineError("the file is empty", where="a.csv", todo="export it again"))
    a.csv: the file is empty; export it again
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what, self.where, self.todo = what, where, todo
        super().__init__(what, where, todo)

    @property
    def told(self) -> Phrase:
        """What happened and what to do, as it can be said in the reader's language."""
        return joined("; ", [part for part in (self.what, self.todo) if part])

    def __str__(self) -> str:
        """One line: where, what, what to do."""
        return (f"{self.where}: " if self.where else "") + self.what + (f"; {self.todo}" if self.todo else "")


class InputError(TouchlineError):
    """A file or a value that we were given cannot be used."""

    exit_code = 2


class SourceError(InputError):
    """An export that cannot be read as a whole."""


class TaxonomyError(InputError):
    """A taxonomy file that is wrong."""


class SettingsError(InputError):
    """A ``touchline.toml`` that is wrong."""


class MapError(InputError):
    """A journey map that cannot be read, or an edit that does not fit the map."""


class Missing(InputError):
    """What is named is not there, or the one who asks may not see it."""


class QuestionError(InputError):
    """A question that cannot be asked: an unknown stage, segment, metric or date."""


class OutgoingRefused(InputError):
    """A URL that is not called: it leads to the own network, or it hides where it leads. Nothing was sent."""


class OutgoingFailed(TouchlineError):
    """Another machine could not be reached, or gave no whole answer.

    Attributes:
        why: The reason, in few words.
        unsent: Whether nothing of the request has left.
    """

    def __init__(self, why: str, *, where: str = "", todo: str = "", unsent: bool = False) -> None:
        super().__init__(f"no answer ({why})", where=where, todo=todo)
        self.why, self.unsent = why, unsent


class NotAllowed(TouchlineError):
    """The one who asks a server may not do that, or is not known there."""


class WorkspaceError(TouchlineError):
    """The workspace's own state stands in the way."""

    exit_code = 3


class WorkspaceMissing(WorkspaceError):
    """There is no workspace here."""


class Conflict(WorkspaceError):
    """Somebody else was first: what is to be changed, made or used up was so meanwhile."""

    def beside(self) -> dict[str, Any]:
        """Return what a program is told beside the error, to choose from: plain data, made when it is asked for."""
        return {}


class WarehouseLocked(WorkspaceError):
    """Another process holds the warehouse."""

    exit_code = 4


class WarehouseDamaged(WorkspaceError):
    """The warehouse's file cannot be used; it can be built anew from the journal."""


class JournalDamaged(WorkspaceError):
    """A journal batch fails its checksum."""

    exit_code = 5


class NoSpaceLeft(WorkspaceError):
    """The disk is full; what was acknowledged is safe."""

    exit_code = 6


class TooSlow(WorkspaceError):
    """A query ran past the time that it was given, and was ended."""


def unknown(what: str, value: str, known: Iterable[str]) -> QuestionError:
    """Return the error for a name that does not exist: the nearest one that does, and all of them.

    >>> print(unknown("stage", "delivry", ("delivery", "use")))
    there is no stage 'delivry'; did you mean 'delivery'? There are: delivery, use
    """
    known = tuple(known)
    near = get_close_matches(value.lower(), [name.lower() for name in known], n=1, cutoff=0.6)
    guess = next((name for name in known if near and name.lower() == near[0]), None)
    there: str = phrase("There is none in the data")
    if known:
        more = phrase(" and {n} more", n=len(known) - _SHOWN) if len(known) > _SHOWN else ""
        there = phrase("There are: {known}{more}", known=", ".join(known[:_SHOWN]), more=more)
    if guess:
        there = phrase("did you mean {guess}? {there}", guess=repr(guess), there=there)
    return QuestionError(
        phrase("there is no {what} {value}", what=_KINDS.get(what, what), value=repr(value)), todo=there
    )
