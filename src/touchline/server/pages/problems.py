"""What goes wrong, as the status of a page, and as much of it as one may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.errors import (
    Conflict,
    InputError,
    Missing,
    NoSpaceLeft,
    NotAllowed,
    QuestionError,
    TooSlow,
    TouchlineError,
    WarehouseDamaged,
    WarehouseLocked,
)
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.server.people.facade import Access

#: Class of an error to its status, the narrower classes first.
_STATUS: Final = (
    (TooSlow, 503), (WarehouseLocked, 503), (WarehouseDamaged, 503), (NotAllowed, 403), (NoSpaceLeft, 507),
    (Conflict, 409), (Missing, 404), (QuestionError, 404), (InputError, 400),
)  # fmt: skip


def status_of(error: TouchlineError, otherwise: int = 500) -> int:
    """Return the status of a page that could not be shown.

    >>> status_of(QuestionError("there is no stage 'x'")), status_of(TouchlineError("broken"))
    (404, 500)
    """
    return next((status for kind, status in _STATUS if isinstance(error, kind)), otherwise)


def silent(access: Access, error: QuestionError) -> QuestionError:
    """Return an error without the names that it lists from the data, for a viewer who may not see all of them."""
    if not access.segments or "There are" not in error.todo:
        return error
    return QuestionError(error.what, where=error.where, todo=phrase("see the names in what you are shown"))
