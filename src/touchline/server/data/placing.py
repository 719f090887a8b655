"""What takes long and changes what is shown: done in a thread, one at a time in a workspace, told as it goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from django.db import close_old_connections

from touchline.errors import InputError, TouchlineError
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.drain import Progress
    from touchline.server.workspaces.facade import Held
    from touchline.workspace import Workspace

_log: Final = logging.getLogger("touchline.data")
Change = Callable[["Workspace", "Progress"], Any]


@dataclass(frozen=True, slots=True)
class Going:
    """A change that is being made, or was.

    Attributes:
        what: In words.
        step: What is being done.
        done: How much of that, 0 to 1.
        ended: Whether it has come to its end.
        error: What went wrong, if anything did.
    """

    what: str
    step: str = "starting"
    done: float = 0.0
    ended: bool = False
    error: TouchlineError | None = None


_going: dict[str, Going] = {}
_beginning = threading.Lock()


def going(slug: str) -> Going | None:
    """Return the change that is being made in a workspace, or None."""
    found = _going.get(slug)
    return found if found and not found.ended else None


def ended(slug: str) -> Going | None:
    """Return the change that has ended since this was asked last, once."""
    found = _going.get(slug)
    return _going.pop(slug) if found and found.ended else None


def begin(hold: Held, what: str, change: Change, then: Callable[[], None] | None = None) -> None:
    """Begin a change.

    Args:
        hold: The workspace.
        what: In words.
        change: Makes it; it gets the open workspace while no drain runs, and what to tell how far it is.
        then: Called when it has ended well.

    Raises:
        InputError: Another one is being made.
    """
    with _beginning:
        if other := going(hold.slug):
            raise InputError(
                phrase("another change is being made: {what}", what=str(other.what)),
                todo=phrase("wait until it has ended"),
            )
        _going[hold.slug] = Going(what)

    def tell(step: str, done: float) -> None:
        _going[hold.slug] = replace(_going[hold.slug], step=step, done=done)

    def work() -> None:
        error: TouchlineError | None = None
        try:
            with hold.writing() as opened:
                change(opened, tell)
            if then:
                then()
        except TouchlineError as failed:
            error = failed
        except Exception:
            _log.exception("a change of %s failed: %s", hold.slug, what)
            error = TouchlineError(phrase("the change failed"), todo=phrase("the server's log says why"))
        finally:
            _going[hold.slug] = replace(_going[hold.slug], ended=True, error=error)
            close_old_connections()

    start(work, f"change-{hold.slug}")


def start(work: Callable[[], None], name: str) -> None:
    """Do something in a thread of its own."""
    threading.Thread(target=work, name=name, daemon=True).start()
