"""What the pages of cases have in common: who may work on them, and where one goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse

from touchline.server.pages import facade as pages
from touchline.server.people.facade import access_of


def action() -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Make a page that a form is sent to, by those who may work on cases."""
    return pages.action("cases")


def shown(
    request: HttpRequest, slug: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page from its template."""
    return pages.shown(request, slug, template, {**context, "may_work": access_of(request).may("cases")}, status)


def back(request: HttpRequest, slug: str, said: object = "", *, bad: bool = False, **changed: str) -> HttpResponse:
    """Return to the list that a form was sent from, with what is said of what was done."""
    if said:
        (messages.error if bad else messages.success)(request, str(said))
    query = QueryDict(request.POST.get("back", ""), mutable=True)
    for name, value in changed.items():
        query[name] = value
    return HttpResponseRedirect(f"{reverse('cases', args=[slug])}?{query.urlencode()}")
