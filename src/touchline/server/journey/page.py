"""What every page of a workspace has: who asks, what about, and how its answer is remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from touchline.errors import QuestionError, TouchlineError
from touchline.figures.markup import Markup, tag
from touchline.server.api.facade import scoped
from touchline.server.journey.filtering import OWN, Chosen, bar, chosen, narrowed
from touchline.server.journey.saved import saving
from touchline.server.pages.facade import safe, silent, status_of
from touchline.server.people.facade import needs, noted
from touchline.server.workspaces.facade import Held, Workspace, find, held

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.people.facade import Access

Answer = TypeVar("Answer")
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
        local: Its questions, kept to what they may see, and to the account and the persona that were chosen.
        whole: Its questions, kept to what they may see.
        unscoped: Those of `local` before they were kept to what may be seen: for wrapping, never to be asked.
    """

    request: HttpRequest
    access: Access
    workspace: Workspace
    held: Held
    chosen: Chosen
    local: Local
    whole: Local
    unscoped: Local

    def said(self, name: str, default: str = "") -> str:
        """Return a parameter of the page itself."""
        return self.request.GET.get(name, default)


Content = Callable[..., Mapping[str, Any]]
View = Callable[..., HttpResponseBase]
#: Makes a part of a page that is of this moment and this reader, and is never remembered.
Late = Callable[[Visit], Markup]
#: Stands in remembered content where the token against forgery goes. No text of a customer can hold it: they are
#: escaped.
TOKEN: Final = "<!--token-->"  # noqa: S105  a place, and no secret
#: Stands where the form goes that saves the page under a name.
SAVING: Final = "<!--saving-->"


def shown(
    template: str,
    place: str,
    *,
    audit: str = "",
    late: Mapping[str, Late] | None = None,
    depends: Callable[[str], object] | None = None,
) -> Callable[[Content], View]:
    """Make a page of a function that answers what its template shows.

    The content is asked for in one state of the data, and remembered until the data, the filters, the viewer's scope
    or the language are others.

    Args:
        template: Shows the content.
        place: The page's name in the navigation.
        audit: What the audit log says of every visit, where the page shows persons.
        late: Parts of this moment; ``<!--NAME-->`` in the template is their place.
        depends: Names the state that people edit and that the content shows, of a workspace's slug.
    """

    def made(content: Content) -> View:
        @require_safe
        @gzip_page  # with bytes by chance, so that its size tells nobody what is in it
        @needs("read")
        @wraps(content)
        def view(request: HttpRequest, slug: str, **kwargs: str) -> HttpResponseBase:
            access: Access = request.access  # type: ignore[attr-defined]  # `needs` puts it there
            workspace = find(slug)
            assert workspace is not None  # noqa: S101  `needs` has found it
            hold = held(slug)
            if audit:
                noted(request, audit, " ".join([*kwargs.values(), request.GET.urlencode()]).strip())
            state = depends(slug) if depends else None
            name = _name(request, access, hold, template, state)
            try:
                body = cache.get(name)
                if body is None:
                    body = hold.ask(
                        lambda local: _content(
                            _visit(request, access, workspace, hold, local), content, template, kwargs
                        ),
                        seconds=SECONDS,
                    )
                    cache.set(name, body, _KEPT)
                if late:
                    body = hold.ask(
                        lambda local: _with_late(body, late, _visit(request, access, workspace, hold, local)),
                        seconds=SECONDS,
                    )
            except TouchlineError as trouble:
                error = silent(access, trouble) if isinstance(trouble, QuestionError) else trouble
                body = render_to_string("journey/error.html", {"error": error}, request)
                return _framed(request, workspace, hold, place, body, status_of(error))
            return _framed(request, workspace, hold, place, body, 200)

        return view

    return made


def _name(request: HttpRequest, access: Access, hold: Held, template: str, state: object) -> str:
    said = (
        hold.slug, hold.published, hold.workspace.taxonomy.version, template, request.path,
        sorted(request.GET.lists()), access.segments, sorted(access.scopes), get_language(), state,
    )  # fmt: skip
    return "page:" + hashlib.sha256(repr(said).encode()).hexdigest()


def _visit(request: HttpRequest, access: Access, workspace: Workspace, hold: Held, local: Local) -> Visit:
    now = chosen(request.GET, scoped(local, access).span(), access)
    mine = local.among(accounts=now.accounts, personas=now.personas)
    return Visit(request, access, workspace, hold, now, scoped(mine, access), scoped(local, access), mine)


def visiting(request: HttpRequest, slug: str, content: Callable[[Visit], Answer]) -> Answer:
    """Return what a function makes of a visit: for answers that are no pages, such as a CSV file.

    Raises:
        TouchlineError: What is asked cannot be answered.
    """
    access: Access = request.access  # type: ignore[attr-defined]  # `needs` puts it there
    workspace, hold = find(slug), held(slug)
    assert workspace is not None  # noqa: S101  `needs` has found it
    return hold.ask(lambda local: content(_visit(request, access, workspace, hold, local)), seconds=SECONDS)


def _content(visit: Visit, content: Content, template: str, kwargs: Mapping[str, str]) -> str:
    get = visit.request.GET
    own = [(name, value) for name in get if name not in OWN for value in get.getlist(name)]
    offered = bar(visit.whole, visit.chosen, visit.access)
    context = {
        "visit": visit, "workspace": visit.workspace, "bar": offered, "narrowed": narrowed(offered, visit.chosen, own),
        "chosen": visit.chosen, "own": own, "access": visit.access, **content(visit, **kwargs),
    }  # fmt: skip
    return render_to_string(template, safe(context), visit.request)


def _with_late(body: str, late: Mapping[str, Late], visit: Visit) -> str:
    for name, make in late.items():
        body = body.replace(f"<!--{name}-->", make(visit))
    return body


def _framed(request: HttpRequest, workspace: Workspace, hold: Held, place: str, body: str, status: int) -> HttpResponse:
    if TOKEN in body:
        field = tag("input", type="hidden", name="csrfmiddlewaretoken", value=get_token(request))
        body = body.replace(TOKEN, field)
    if SAVING in body:
        form = render_to_string("journey/save.html", {"saving": saving(request, workspace.slug)}, request)
        body = body.replace(SAVING, form)
    context = {"title": f"{gettext(place)}, {workspace.name}", "body": SafeString(body), "trouble": hold.trouble,
               "published": hold.published}  # fmt: skip
    response = render(request, "journey/frame.html", context, status=status)
    response["Cache-Control"] = "private, no-cache"
    return response
