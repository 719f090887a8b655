"""Saying no: every refusal of the door, in the one shape that errors have over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.errors import InputError, NoSpaceLeft, TouchlineError, WorkspaceMissing

if TYPE_CHECKING:
    from starlette.responses import Response

#: Seconds after which a client may try again, where nothing tells it better.
AGAIN: Final = 2


class Refused(TouchlineError):
    """A request that the door does not take; nothing of it was kept.

    Args:
        status: Of HTTP.
        what: What happened, as a sentence without its full stop.
        where: Which part of the request.
        todo: What the caller can do about it.
        headers: Further headers of the answer.
    """

    def __init__(
        self, status: int, what: str, *, where: str = "", todo: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(what, where=where, todo=todo)
        self.status, self.headers = status, dict(headers or {})


def bad(what: str, *, where: str = "", todo: str = "") -> Refused:
    """Return the refusal of a request that is wrong in itself."""
    return Refused(400, what, where=where, todo=todo)


def later(status: int, what: str, *, seconds: int = AGAIN) -> Refused:
    """Return the refusal of a request that may succeed in a moment."""
    todo = f"send it again in {seconds} s"
    return Refused(status, what, todo=todo, headers={"retry-after": str(seconds)})


def refusal(error: TouchlineError) -> Refused:
    """Return what an error of the engine is over HTTP.

    >>> from touchline.errors import SourceError
    >>> refusal(SourceError("the file is empty", where="a.csv", todo="export it again")).status
    400
    """
    if isinstance(error, Refused):
        return error
    status, headers = 503, {"retry-after": str(AGAIN)}
    if isinstance(error, NoSpaceLeft):
        status, headers = 507, {"retry-after": "60"}
    elif isinstance(error, WorkspaceMissing):
        status, headers = 404, {}
    elif isinstance(error, InputError):
        status, headers = 400, {}
    return Refused(status, error.what, where=error.where, todo=error.todo, headers=headers)


def answer(refused: Refused) -> Response:
    """Return the HTTP response that tells a refusal."""
    from starlette.responses import JSONResponse

    told = {"what": refused.what, "where": refused.where, "todo": refused.todo}
    return JSONResponse({"error": told}, refused.status, refused.headers)
