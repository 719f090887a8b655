"""What the pages of cases have in common: who asks, how errors are told, and where one goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import TouchlineError
from touchline.server.care.errors import CaseMissing
from touchline.server.pages.facade import safe, status_of
from touchline.server.people.facade import access_of, needs, problem
from touchline.server.workspaces.facade import Workspace, find

if TYPE_CHECKING:
    pass

View = Callable[..., HttpResponseBase]


def page(scope: str = "read") -> Callable[[View], View]:
    """Make a page that is looked at. It shows only what the one who asks may see; the view sees to that."""
    return _made(scope, require_safe)


def action() -> Callable[[View], View]:
    """Make a page that a form is sent to, by those who may work on cases."""
    return _made("cases", require_POST)


def _made(scope: str, method: Callable[[View], View]) -> Callable[[View], View]:
    def made(view: View) -> View:
        @method
        @never_cache
        @needs(scope)
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, slug, **kwargs)
            except TouchlineError as error:
                status = 404 if isinstance(error, CaseMissing) else status_of(error)
                return problem(request, status, error.what, where=error.where, todo=error.todo)

        return guarded

    return made


def shown(
    request: HttpRequest, slug: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page from its template."""
    workspace = find(slug)
    assert isinstance(workspace, Workspace)  # noqa: S101  `needs` has found it
    made = safe(dict(context))
    made |= {"tenant": workspace, "may_work": access_of(request).may("cases")}
    return render(request, template, made, status=status)


def back(request: HttpRequest, slug: str, said: object = "", *, bad: bool = False, **changed: str) -> HttpResponse:
    """Return to the list that a form was sent from, with what is said of what was done."""
    if said:
        (messages.error if bad else messages.success)(request, str(said))
    query = QueryDict(request.POST.get("back", ""), mutable=True)
    for name, value in changed.items():
        query[name] = value
    return HttpResponseRedirect(f"{reverse('cases', args=[slug])}?{query.urlencode()}")
