"""Pages that are asked of nobody's memory: who may ask, how what goes wrong is told, and what every template is given.

Pages of figures, which are remembered, are made by `journey.page`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import QuestionError, TouchlineError
from touchline.server.pages.markup import safe
from touchline.server.pages.problems import silent, status_of
from touchline.server.people.facade import access_of, needs, problem
from touchline.server.workspaces.facade import find

View = Callable[..., HttpResponseBase]
#: Looks at who asks before the view does; raises what stands against it.
Check = Callable[[HttpRequest], object]


def page(scope: str = "read", check: Check | None = None) -> Callable[[View], View]:
    """Make a page that is looked at by those who may do what a scope names."""
    return _made(scope, check, require_safe)


def action(scope: str, check: Check | None = None) -> Callable[[View], View]:
    """Make a page that a form is sent to."""
    return _made(scope, check, require_POST)


def _made(scope: str, check: Check | None, method: Callable[[View], View]) -> Callable[[View], View]:
    def made(view: View) -> View:
        @method
        @never_cache
        @needs(scope)
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            try:
                if check is not None:
                    check(request)
                return view(request, slug, **kwargs)
            except TouchlineError as trouble:
                error = silent(access_of(request), trouble) if isinstance(trouble, QuestionError) else trouble
                return problem(request, status_of(error), error.what, where=error.where, todo=error.todo)

        return guarded

    return made


def shown(
    request: HttpRequest, slug: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page from its template, which is given the workspace (`tenant`) and what the reader may do (`may`)."""
    made = {**safe(dict(context)), "tenant": find(slug), "may": access_of(request).scopes}
    return render(request, template, made, status=status)
