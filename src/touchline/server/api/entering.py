"""Who may come in: a scope per route, and how often one may ask."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from ninja.decorators import decorate_view

from touchline.server.api import rates
from touchline.server.api.errors import problem
from touchline.server.people import facade as people
from touchline.server.people.facade import access_of

RATES = rates.from_environment()


def asks(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let those to a route of the API who may do what a scope names, as often as they may; before anything is read."""

    def guard(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        return people.needs(scope)(_counted(run))

    return decorate_view(guard)


def seen(request: HttpRequest, action: str, what: str) -> None:
    """Write into the audit log what was seen or done."""
    access = access_of(request)
    address = request.headers.get("X-Touchline-Client") or request.META.get("REMOTE_ADDR", "")
    people.record(access, action, access.workspace or "", what, address)


def _counted(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @functools.wraps(run)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access = access_of(request)
        wait = RATES.wait(f"{access.workspace}/{access.key_id or access.user_id or access.name}")
        if not wait:
            return run(request, *args, **kwargs)
        seconds = max(1, math.ceil(wait))
        answer = problem(429, "too many requests", todo=f"wait {seconds} s; the limit is {RATES.rate:g} a second")
        answer["Retry-After"] = str(seconds)
        return answer

    return counted
