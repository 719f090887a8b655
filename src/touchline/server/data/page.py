"""What every page of this app has: who asks, the workspace, and one way of telling what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import NotAllowed, TouchlineError
from touchline.server.api.facade import unrestricted
from touchline.server.pages.facade import safe, status_of
from touchline.server.people.facade import access_of, needs
from touchline.server.workspaces.facade import Held, find, held

if TYPE_CHECKING:
    pass

View = Callable[..., HttpResponseBase]


def reading(view: View) -> View:
    """Let those to a page who may ask questions and see all customers; it gets the request and the open workspace."""
    return needs("read")(require_safe(never_cache(_told(view))))


def asking(view: View) -> View:
    """As `reading`, with parameters sent as a form: nothing is changed by it."""
    return needs("read")(require_POST(never_cache(_told(view))))


def changing(scope: str, back: str) -> Callable[[View], View]:
    """Let those change something who may do what a scope names; what goes wrong is told on the page named ``back``."""

    def made(view: View) -> View:
        @wraps(view)
        def changed(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            try:
                unrestricted(access_of(request), back)
                return view(request, held(slug), **kwargs)
            except NotAllowed as error:
                return wrong(request, slug, error)
            except TouchlineError as error:
                if wants_json(request):
                    return JsonResponse({"error": {"what": error.what, "todo": error.todo}}, status=status_of(error))
                messages.error(request, said(error))
                return HttpResponseRedirect(address(slug, back))

        return needs(scope)(require_POST(never_cache(changed)))

    return made


def _told(view: View) -> View:
    @wraps(view)
    def shown(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
        try:
            unrestricted(access_of(request), str(_("this page")))
            return view(request, held(slug), **kwargs)
        except TouchlineError as error:
            return wrong(request, slug, error)

    return shown


def wants_json(request: HttpRequest) -> bool:
    """Tell whether a program of the page asks, rather than a person."""
    return "application/json" in request.headers.get("Accept", "")


def address(slug: str, page: str) -> str:
    """Return the address of a page of a workspace."""
    return f"/w/{slug}/{page}"


def said(error: TouchlineError) -> str:
    """Return an error as sentences."""
    where = f"{error.where}: " if error.where else ""
    what = f"{where}{error.what}"
    return what[:1].upper() + what[1:] + (f"; {error.todo}" if error.todo else "") + "."


def wrong(request: HttpRequest, slug: str, error: TouchlineError) -> HttpResponse:
    """Return the page of an error."""
    context = {"status": status_of(error), "what": error.what, "todo": error.todo}
    if wants_json(request):
        return JsonResponse({"error": {"what": error.what, "todo": error.todo}}, status=status_of(error))
    return render(request, "pages/problem.html", context, status=status_of(error))


def shown(
    request: HttpRequest, hold: Held, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page.

    Args:
        request: Django's.
        hold: The workspace.
        template: Extends ``data/base.html``.
        context: What it shows; the engine's markup is taken as markup.
        status: Of HTTP.
    """
    access = access_of(request)
    whole = {
        "slug": hold.slug, "space": find(hold.slug), "may_change": access.may("admin"),
        "may_send": access.may("ingest"), "published": hold.published, "trouble": hold.trouble,
        **safe(dict(context)),
    }  # fmt: skip
    return render(request, template, whole, status=status)
