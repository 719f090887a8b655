"""Saved views: the list of them, the address of each, saving and forgetting."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import TouchlineError
from touchline.server.journey import saved
from touchline.server.journey.models import SavedView
from touchline.server.people.facade import access_of, needs, noted, problem


@needs("read")
@never_cache
def saved_views(request: HttpRequest, slug: str) -> HttpResponse:
    """List the views, or save one."""
    return _saved(request, slug) if request.method == "POST" else _listed(request, slug)


@require_safe
def _listed(request: HttpRequest, slug: str) -> HttpResponse:
    access = access_of(request)
    views = [{"view": one, "mine": one.owner == access.name or access.may("admin")} for one in saved.seen_by(access)]
    return render(request, "journey/saved.html", {"views": views, "slug": slug})


@require_POST
def _saved(request: HttpRequest, slug: str) -> HttpResponse:
    given = request.POST
    try:
        view = saved.save(
            access_of(request), name=given.get("name", ""), page=given.get("page", ""), query=given.get("query", ""),
            shared=given.get("shared") == "on",
        )  # fmt: skip
    except TouchlineError as error:
        return problem(request, 400, error.what, where=error.where, todo=error.todo)
    noted(request, "view.saved", f"{view.slug} ({'shared' if view.shared else 'own'})")
    messages.success(request, _("“%(name)s” is saved.") % {"name": view.name})
    return HttpResponseRedirect(_with_view(view))


@needs("read")
@require_safe
@never_cache
def saved_view(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Lead to a view's page."""
    view = next((one for one in saved.seen_by(access_of(request)) if one.slug == name), None)
    if view is None:
        raise Http404
    return HttpResponseRedirect(_with_view(view))


def _with_view(view: SavedView) -> str:
    return f"{view.leads_to}{'&' if view.query else '?'}view={view.slug}"


@needs("read")
@require_POST
def forget_view(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Throw a view away."""
    try:
        view = saved.forget(access_of(request), name)
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    except TouchlineError as error:
        return problem(request, 403, error.what, where=error.where, todo=error.todo)
    noted(request, "view.forgotten", view.slug)
    messages.success(request, _("“%(name)s” is gone.") % {"name": view.name})
    return HttpResponseRedirect(reverse("saved-views", args=[slug]))
