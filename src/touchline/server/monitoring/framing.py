"""What the pages of monitoring have in common: who asks, of which workspace, and how errors are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import TouchlineError
from touchline.server.api.facade import unrestricted
from touchline.server.pages.facade import safe, status_of
from touchline.server.people.facade import access_of, needs, problem
from touchline.server.workspaces.facade import Workspace, find, held

if TYPE_CHECKING:
    pass

View = Callable[..., HttpResponseBase]


def page(scope: str = "read", what: str = "alerts") -> Callable[[View], View]:
    """Make a page that is looked at, for those who may see all customers: an alert tells of all of them."""
    return _made(scope, what, require_safe)


def action(scope: str, what: str = "alerts") -> Callable[[View], View]:
    """Make a page that a form is sent to."""
    return _made(scope, what, require_POST)


def _made(scope: str, what: str, method: Callable[[View], View]) -> Callable[[View], View]:
    def made(view: View) -> View:
        @method
        @never_cache
        @needs(scope)
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            try:
                unrestricted(access_of(request), what)
                return view(request, slug, **kwargs)
            except TouchlineError as error:
                status = status_of(error)
                return problem(request, status, error.what, where=error.where, todo=error.todo)

        return guarded

    return made


def shown(
    request: HttpRequest, slug: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page from its template."""
    workspace = find(slug)
    assert isinstance(workspace, Workspace)  # noqa: S101  `needs` has found it
    hold = held(slug)
    made = safe(dict(context))
    made |= {
        "tenant": workspace,
        "published": hold.published,
        "trouble": hold.trouble,
        "may": access_of(request).scopes,
    }
    return render(request, template, made, status=status)
