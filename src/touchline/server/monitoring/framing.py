"""What the pages of monitoring have in common: who asks, of which workspace, and how errors are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from touchline.server.api.facade import unrestricted
from touchline.server.pages import facade as pages
from touchline.server.people.facade import access_of
from touchline.server.workspaces.facade import held

View = Callable[..., HttpResponseBase]


def page(scope: str = "read", what: str = "alerts") -> Callable[[View], View]:
    """Make a page that is looked at, for those who may see all customers: an alert tells of all of them."""
    return pages.page(scope, lambda request: unrestricted(access_of(request), what))


def action(scope: str, what: str = "alerts") -> Callable[[View], View]:
    """Make a page that a form is sent to, by those who may see all customers."""
    return pages.action(scope, lambda request: unrestricted(access_of(request), what))


def shown(
    request: HttpRequest, slug: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page from its template."""
    hold = held(slug)
    more = {"published": hold.published, "trouble": hold.trouble}
    return pages.shown(request, slug, template, {**context, **more}, status)
