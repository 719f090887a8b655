"""What the routes of every app's API share: who may ask and how often, what they may send, what is written down."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict
from ninja import Schema
from ninja.decorators import decorate_view
from pydantic import ConfigDict

from touchline.errors import QuestionError, unknown
from touchline.server.people import rates
from touchline.server.people.access import access_of, needs, problem
from touchline.server.people.audit import address_of, record
from touchline.words import phrase

Operation = TypeVar("Operation", bound=Callable[..., Any])
RATES = rates.from_environment()


class Given(Schema):
    """What a caller sends; what is not named there is refused."""

    model_config = ConfigDict(extra="forbid")


def asks(scope: str) -> Callable[[Operation], Operation]:
    """Let those to an operation who may do what a scope names, as often as they may; before anything is read.

    A public operation cannot tell its callers apart, and counts nothing.
    """

    def guard(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        return needs(scope)(run if scope == "public" else _counted(run))

    return decorate_view(guard)


def _counted(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @functools.wraps(run)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access = access_of(request)
        wait = RATES.wait(f"{access.workspace}/{access.key_id or access.user_id or access.name}")
        if not wait:
            return run(request, *args, **kwargs)
        seconds = max(1, math.ceil(wait))
        todo = f"wait {seconds} s; the limit is {RATES.rate:g} a second"
        answer = problem(request, 429, "too many requests", todo=todo)
        answer["Retry-After"] = str(seconds)
        return answer

    return counted


def noted(request: HttpRequest, action: str, what: str = "") -> None:
    """Write into the audit log what was seen or done: see `record`."""
    access = access_of(request)
    record(access, action, access.workspace or "", what, address_of(request))


def look_over(query: QueryDict, known: Mapping[str, bool]) -> None:
    """See that a request says nothing that nobody reads.

    Args:
        query: What it says.
        known: Parameter to whether it may be repeated.

    Raises:
        QuestionError: An unknown parameter (it names the nearest), or one given twice.
    """
    for name in query:
        if name not in known:
            error = unknown("parameter", name, sorted(known))
            raise QuestionError(error.what, where=name, todo=error.todo)
        if not known[name] and len(query.getlist(name)) > 1:
            raise QuestionError(
                phrase("{name} is given more than once", name=str(name)), where=name, todo=phrase("give it once")
            )


def only(request: HttpRequest, names: Iterable[str] = ()) -> None:
    """See that an address has no parameters but some, each once; ``workspace`` is known to all routes.

    Raises:
        QuestionError: It has.
    """
    look_over(request.GET, dict.fromkeys(("workspace", *names), False))


def as_json(value: Any, status: int = 200) -> JsonResponse:
    """Return an answer that no cache keeps."""
    answer = JsonResponse(value, status=status, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "private, no-store"
    return answer
