"""What goes wrong, as the status of a page."""

from __future__ import annotations

from typing import Final

from touchline.errors import InputError, NoSpaceLeft, NotAllowed, QuestionError, TooSlow, TouchlineError

#: Class of an error to its status, the narrower classes first.
_STATUS: Final = ((TooSlow, 503), (NotAllowed, 403), (NoSpaceLeft, 507), (QuestionError, 404), (InputError, 400))


def status_of(error: TouchlineError, otherwise: int = 500) -> int:
    """Return the status of a page that could not be shown.

    >>> status_of(QuestionError("there is no stage 'x'")), status_of(TouchlineError("broken"))
    (404, 500)
    """
    return next((status for kind, status in _STATUS if isinstance(error, kind)), otherwise)
