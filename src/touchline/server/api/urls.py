"""The API's URLs."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from touchline.server.api import reference
from touchline.server.api.api import PREFIX, api, document
from touchline.server.api.errors import problem
from touchline.server.people.facade import needs


def _shaped(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view of the API say in the one shape that it has no such method."""

    @wraps(view)
    def shaped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        if answer.status_code != 405:
            return answer
        allowed = answer.headers.get("Allow", "")
        said = problem(405, f"{request.path} knows no {request.method}", where=request.path, todo=f"use {allowed}")
        said["Allow"] = allowed
        return said

    return shaped


def _patterns() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = list(api.urls[0])
    for pattern in found:
        if isinstance(pattern, URLPattern):
            pattern.callback = _shaped(pattern.callback)
    return found


@needs("public")
def openapi(_request: HttpRequest) -> HttpResponse:
    """The API's description; it says nothing of the data."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


@csrf_exempt
@needs("public")
def nothing(request: HttpRequest) -> HttpResponse:
    """There is no such route."""
    asked = request.path.removeprefix(PREFIX).strip("/")
    known = sorted(one.removeprefix(PREFIX) for one in document()["paths"] if "{" not in one)
    near = get_close_matches(asked, known, n=1, cutoff=0.6)
    todo = f"did you mean {PREFIX}{near[0]}?" if near else "see /api/docs"
    return problem(404, f"there is no {PREFIX}{asked}", where=request.path, todo=todo)


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/docs", reference.page, name="api-docs"),
    path("api/docs/style.css", reference.style, name="api-docs-style"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("api/v1/", ([*_patterns()], "ninja", "api-v1")),
    re_path(r"^api/v1/[\s\S]*\Z", nothing),
]
