"""What every page of a workspace has: who asks, what about, and how its answer is remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from touchline.errors import QuestionError, TooSlow, TouchlineError
from touchline.figures.markup import Markup
from touchline.server.journey.filtering import OWN, Chosen, bar, chosen
from touchline.server.people.facade import needs
from touchline.server.workspaces.facade import Held, Workspace, find, held

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.people.facade import Access

SECONDS: Final = 30.0
_KEPT: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page.

    Attributes:
        request: Django's.
        access: Who asks, and what they may see.
        workspace: Of which tenant.
        held: It, open.
        chosen: The filters.
        local: Its questions.
    """

    request: HttpRequest
    access: Access
    workspace: Workspace
    held: Held
    chosen: Chosen
    local: Local

    def said(self, name: str, default: str = "") -> str:
        """Return a parameter of the page itself."""
        return self.request.GET.get(name, default)


Content = Callable[..., Mapping[str, Any]]
View = Callable[..., HttpResponseBase]


def shown(template: str, place: str) -> Callable[[Content], View]:
    """Make a page of a function that answers what its template shows.

    The content is asked for in one state of the data, and remembered until the data, the filters, the viewer's scope
    or the language are others.
    """

    def made(content: Content) -> View:
        @require_safe
        @needs("read")
        @wraps(content)
        def view(request: HttpRequest, slug: str, **kwargs: str) -> HttpResponseBase:
            access: Access = request.access  # type: ignore[attr-defined]  # `needs` puts it there
            workspace = find(slug)
            assert workspace is not None  # noqa: S101  `needs` has found it
            hold = held(slug)
            name = _name(request, access, hold, template)
            try:
                body = cache.get(name)
                if body is None:
                    body = hold.ask(
                        lambda local: _content(request, access, workspace, hold, local, content, template, kwargs),
                        seconds=SECONDS,
                    )
                    cache.set(name, body, _KEPT)
            except TouchlineError as error:
                status = 503 if isinstance(error, TooSlow) else 404 if isinstance(error, QuestionError) else 500
                body = render_to_string("journey/error.html", {"error": error}, request)
                return _framed(request, workspace, hold, place, body, status)
            return _framed(request, workspace, hold, place, body, 200)

        return view

    return made


def _name(request: HttpRequest, access: Access, hold: Held, template: str) -> str:
    said = (
        hold.slug, hold.published, hold.workspace.taxonomy.version, template, request.path,
        sorted(request.GET.lists()), access.segments, sorted(access.scopes), get_language(),
    )  # fmt: skip
    return "page:" + hashlib.sha256(repr(said).encode()).hexdigest()


def _content(
    request: HttpRequest, access: Access, workspace: Workspace, hold: Held, local: Local, content: Content,
    template: str, kwargs: Mapping[str, str],
) -> str:  # fmt: skip
    now = chosen(request.GET, local.span(), access)
    visit = Visit(request, access, workspace, hold, now, local)
    own = [(name, value) for name in request.GET if name not in OWN for value in request.GET.getlist(name)]
    context = {
        "visit": visit, "workspace": workspace, "bar": bar(local, now, access), "chosen": now, "own": own,
        "access": access, **content(visit, **kwargs),
    }  # fmt: skip
    return render_to_string(template, {key: _safe(value) for key, value in context.items()}, request)


def _framed(request: HttpRequest, workspace: Workspace, hold: Held, place: str, body: str, status: int) -> HttpResponse:
    context = {"title": f"{place}, {workspace.name}", "body": SafeString(body), "trouble": hold.trouble,
               "published": hold.published}  # fmt: skip
    response = render(request, "journey/frame.html", context, status=status)
    response["Cache-Control"] = "private, no-cache"
    return response


def _safe(value: Any) -> Any:
    """Let Django take the engine's markup, which has escaped what it was made from, as markup."""
    if isinstance(value, Markup):
        return SafeString(value)
    if isinstance(value, list | tuple) and value and all(isinstance(one, Markup | None) for one in value):
        return SafeString("".join(conditional_escape(_safe(one)) for one in value if one is not None))
    return value
