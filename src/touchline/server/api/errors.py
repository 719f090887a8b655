"""Errors as answers: one shape, and the status of each class."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.errors import HttpError, ValidationError

from touchline import errors
from touchline.client.transport import KIND
from touchline.errors import (
    Conflict,
    InputError,
    JournalDamaged,
    NoSpaceLeft,
    NotAllowed,
    QuestionError,
    TooSlow,
    TouchlineError,
    WarehouseDamaged,
    WarehouseLocked,
    WorkspaceError,
    WorkspaceMissing,
)
from touchline.server.api.formats import NotOffered
from touchline.server.workspaces.facade import Healing

if TYPE_CHECKING:
    from ninja import NinjaAPI

_log = logging.getLogger("touchline.api")

#: Class of an error to its status, the narrower classes first.
STATUS: Final[tuple[tuple[type[TouchlineError], int], ...]] = (
    (NotOffered, 406), (errors.Missing, 404), (InputError, 400), (NotAllowed, 403), (WorkspaceMissing, 404),
    (WarehouseLocked, 503), (WarehouseDamaged, 503), (JournalDamaged, 503), (NoSpaceLeft, 507), (TooSlow, 408),
    (WorkspaceError, 409), (TouchlineError, 409),
)  # fmt: skip
#: Seconds after which a caller may ask again.
RETRY: Final = 2


class Missing(QuestionError, errors.Missing):
    """What a path names is not there."""


def problem(
    status: int,
    what: str,
    *,
    where: str = "",
    todo: str = "",
    kind: str = "",
    beside: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return an error in its one shape.

    Args:
        status: Of the answer.
        what: What happened.
        where: Where.
        todo: What to do.
        kind: The class of the error, for our own client.
        beside: What is told beside the error.
    """
    response = JsonResponse({"error": {"what": what, "where": where, "todo": todo}, **(beside or {})}, status=status)
    response["Cache-Control"] = "private, no-store"
    if kind:
        response[KIND] = kind
    if status in (429, 503):
        response["Retry-After"] = str(RETRY)
    return response


def told(error: TouchlineError, *, page: bool = False) -> HttpResponse:
    """Return the answer that an error of ours makes: in English, or in the reader's language for a page's script."""
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    kind = next(one.__name__ for one in type(error).__mro__ if one.__module__ == "touchline.errors")
    if status >= 500 and not isinstance(error, Healing):
        _log.error("%s: %s", type(error).__name__, error)
    beside = error.beside() if isinstance(error, Conflict) else None
    what, todo = (str(error.what), str(error.todo)) if page else (error.what, error.todo)
    return problem(status, what, where=error.where, todo=todo, kind=kind, beside=beside)


def add_to(api: NinjaAPI) -> None:
    """Let an API answer every error in the one shape."""

    @api.exception_handler(TouchlineError)
    def _ours(request: HttpRequest, error: TouchlineError) -> HttpResponse:
        return told(error, page="X-CSRFToken" in request.headers)

    @api.exception_handler(ValidationError)
    def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0]
        place = [str(part) for part in first.get("loc", ()) if part not in ("query", "body", "path", "asked", "given")]
        where = ".".join(place) or "the request"
        more = f"; and {len(error.errors) - 1} more" if len(error.errors) > 1 else ""
        what = f"{where}: {_sentence(first)}{more}"
        return problem(400, what, where=where, todo="see /api/docs", kind="QuestionError")

    @api.exception_handler(HttpError)
    def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, str(error), todo="see /api/docs")

    @api.exception_handler(Exception)
    def _other(request: HttpRequest, error: Exception) -> HttpResponse:
        _log.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem(500, "something went wrong in the server; its log says what", todo="tell who runs it")


def _sentence(problem_: dict[str, object]) -> str:
    if problem_.get("type") == "missing":
        return "it is missing"
    text = str(problem_.get("msg", "it cannot be used"))
    return text[:1].lower() + text[1:]
