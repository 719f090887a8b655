"""Who asks: from an API key, a log-in, or the token that the command line finds in a workspace's folder."""

from __future__ import annotations

import functools
import hmac
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from touchline.errors import WorkspaceMissing
from touchline.server.people import tokens
from touchline.server.people.models import Key, Membership, User
from touchline.server.people.roles import ROLE_NAMES, SCOPE_WORDS, SCOPES, Access, as_segments, operator, role_of
from touchline.server.workspaces.facade import held
from touchline.words import phrase

View = TypeVar("View", bound=Callable[..., Any])
_log = logging.getLogger("touchline.people")
_MINUTE: Final = timedelta(minutes=1)
_MARK: Final = "touchline_rule"
_CHOSEN: Final = "workspace"  # in the session: the workspace last looked at

#: Every rule that a view can have, and what it asks. A view without one is a mistake that a test finds.
RULES: Final[Mapping[str, str]] = {
    "public": "nobody need be known",
    "signed-in": "a person who is logged in; no role in a workspace",
    "known": "a person or an API key of the workspace, whatever they may do there",
    **{scope: f"a person or an API key that may {words} in the workspace" for scope, words in SCOPE_WORDS.items()},
}


def by_key(token: str) -> Access | None:
    """Return what an API key may do, or None if it is unknown, wrong, revoked or expired: one indexed query.

    It may be called in any process. When the key was last used is written at most once a minute.

    Args:
        token: ``tl_PREFIX_SECRET``.
    """
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != "tl" or not parts[1].isascii():
        return None
    key = Key.objects.select_related("workspace").filter(prefix=parts[1]).first()
    now = timezone.now()
    good = tokens.matches(token, key.digest if key else "")
    old = tokens.matches(token, key.old_digest if key else "")
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    if not good and not (old and key.old_until is not None and key.old_until > now):
        return None
    _used(key)
    scopes = frozenset(key.scopes) & frozenset(SCOPES)
    shown = as_segments(key.segments)
    return Access(key.workspace.slug, None, key.prefix, key.name, role_of(scopes), scopes, shown)


def _used(key: Key) -> None:
    now = timezone.now()
    if key.used_at is not None and now - key.used_at < _MINUTE:
        return
    try:
        Key.objects.filter(pk=key.pk).update(used_at=now)
    except DatabaseError as error:  # a full disk must not keep those out who only want to read
        _log.warning("when key %s was used could not be written: %s", key.prefix, error)


def by_email(email: str, slug: str) -> Access | None:
    """Return what a person may do in a workspace now, or None: for what is done in their name by the clock."""
    found = Membership.objects.select_related("workspace", "user")
    one = found.filter(user__email=email, user__is_active=True, workspace__slug=slug).first()
    return one.access if one else None


def bearer(request: HttpRequest) -> str | None:
    """Return the token of the ``Authorization`` header; None without one, empty if it is of another kind."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def by_request(request: HttpRequest, slug: str) -> Access | None:
    """Return what the one who sends a request may do in a workspace, or None.

    An ``Authorization`` header alone decides where there is one; else the log-in does. A request that changes
    something needs, with a log-in, the token against forgery (``X-CSRFToken``).

    Args:
        request: The request.
        slug: The workspace. One of another tenant, or none at all, gives None.
    """
    token = bearer(request)
    if token is not None:
        if _is_local(token, slug):
            return operator(slug)
        access = by_key(token)
        return access if access is not None and access.workspace == slug else None
    user = person(request)
    if user is None or _forged(request):
        return None
    found = Membership.objects.select_related("workspace", "user").filter(user=user, workspace__slug=slug).first()
    return found.access if found else None


def _is_local(token: str, slug: str) -> bool:
    try:
        own = held(slug).token
    except WorkspaceMissing:  # not open in this process: there is no such token
        return False
    return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), own.encode())


def person(request: HttpRequest) -> User | None:
    """Return who is logged in, or None."""
    user = getattr(request, "user", None)
    return user if isinstance(user, User) and user.is_active else None


def _forged(request: HttpRequest) -> bool:
    """Whether a request with a log-in lacks the token against forgery; views that Django has looked at pass."""
    if getattr(request, "csrf_processing_done", False):
        return False
    looked = CsrfViewMiddleware(_nothing)
    looked.process_request(request)
    return looked.process_view(request, _nothing, (), {}) is not None


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def workspace_of(request: HttpRequest, slug: str | None = None) -> str | None:
    """Return the workspace that a request is about, or None if it does not say and there is not exactly one.

    In order: `slug` (from the path), ``?workspace=``, the key's own, the only one of the person; on pages also the one
    that the person looked at last, or their first.
    """
    said = slug or request.GET.get("workspace")
    if said:
        return said
    token = bearer(request)
    if token is not None:
        access = by_key(token)
        if access is not None:
            return access.workspace
        from touchline.server.workspaces.facade import everyone

        return next((one.slug for one in everyone() if _is_local(token, one.slug)), None)
    user = person(request)
    if user is None:
        return None
    own = list(Membership.objects.filter(user=user).values_list("workspace__slug", flat=True)[:100])
    if len(own) == 1 or (own and not _is_api(request)):
        chosen = request.session.get(_CHOSEN)
        return chosen if chosen in own else own[0]
    return None


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def needs(scope: str) -> Callable[[View], View]:
    """Let only those to a view who may do what `scope` names (`RULES`); mark the view with it.

    The view finds who asks in ``request.access`` and their person in ``request.user``. It works on Django's views and
    on those of the API; a workspace is taken from an argument named `slug`, or as `workspace_of` says. Who is not in
    the workspace gets 404, as if there were none.

    >>> @needs("read")
    ... def view(request): ...
    >>> rule_of(view)
    'read'
    """
    if scope not in RULES:
        raise ValueError(f"there is no rule {scope!r}")

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                _admit(request, scope, kwargs.get("slug"))
                answer: HttpResponseBase = view(request, *args, **kwargs)
            except Refused as refused:
                answer = _answer(request, refused)
            if isinstance(answer, HttpResponseBase) and scope != "public":
                patch_cache_control(answer, private=True)
                patch_vary_headers(answer, ("Cookie", "Authorization"))
            return answer

        setattr(guarded, _MARK, scope)
        return cast(View, guarded)

    return decorate


def access_of(request: HttpRequest) -> Access:
    """Return who asks, in a view that `needs` guards."""
    found: Access = request.access  # type: ignore[attr-defined]
    return found


def rule_of(view: Any) -> str | None:
    """Return the rule that a view was marked with, or None."""
    return getattr(view, _MARK, None)


class Refused(Exception):
    """The one who asks may not: the answer's status, and what to say."""

    def __init__(self, status: int, what: str, todo: str = "") -> None:
        self.status, self.what, self.todo = status, what, todo
        super().__init__(what)


def _admit(request: HttpRequest, scope: str, slug: str | None) -> None:
    """Write down in the request who asks.

    Raises:
        Refused: They may not do what the scope names.
    """
    if scope == "public":
        return
    user = person(request) if bearer(request) is None else None
    if scope == "signed-in":
        if user is None:
            raise _unknown()
        if _forged(request):
            raise _no_token()
        slug = workspace_of(request)  # for the navigation around the page; it opens nothing
        request.access = by_request(request, slug) if slug else None  # type: ignore[attr-defined]
        return
    workspace = workspace_of(request, slug)
    if workspace is None:
        raise _nowhere(user)
    access = by_request(request, workspace)
    if access is None:
        raise _no_access(request, user, workspace)
    if scope != "known" and not access.may(scope):
        words = SCOPE_WORDS[scope]
        told = phrase("the key does not allow to {do}", do=words)
        if access.user_id is not None:
            told = phrase("the role {role} does not allow to {do}", role=ROLE_NAMES[access.role], do=words)
        raise Refused(403, told, phrase("ask an administrator of the workspace"))
    if user is not None and not _is_api(request) and request.session.get(_CHOSEN) != workspace:
        request.session[_CHOSEN] = workspace
    request.access = access  # type: ignore[attr-defined]


def _unknown() -> Refused:
    return Refused(
        401, phrase("nobody is logged in, or the key is not valid"), phrase("log in, or give a valid API key")
    )


def _no_token() -> Refused:
    todo = phrase("load the page again, then try again")
    return Refused(403, phrase("the request lacks its token against forgery"), todo)


def _nowhere(user: User | None) -> Refused:
    if user is None:
        return _unknown()
    if Membership.objects.filter(user=user).exists():
        return Refused(400, phrase("you are in several workspaces"), phrase("add ?workspace=SLUG"))
    return Refused(403, phrase("you are in no workspace"), phrase("ask an administrator to invite you"))


def _no_access(request: HttpRequest, user: User | None, workspace: str) -> Refused:
    token = bearer(request)
    if user is None and (token is None or by_key(token) is None):
        return _unknown()
    if user is not None and Membership.objects.filter(user=user, workspace__slug=workspace).exists():
        return _no_token()
    told = phrase("there is no workspace {workspace}", workspace=repr(workspace))
    return Refused(404, told, phrase("see /account for those that you are in"))


def _answer(request: HttpRequest, refused: Refused) -> HttpResponse:
    by_person = bearer(request) is None and not _is_api(request) and request.method in ("GET", "HEAD")
    if refused.status == 401 and by_person:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
    answer = problem(request, refused.status, refused.what, todo=refused.todo)
    if refused.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="touchline"'
    return answer


def problem(request: HttpRequest, status: int, what: str, *, where: str = "", todo: str = "") -> HttpResponse:
    """Return an error in its one shape: a page for a person at a page, else JSON."""
    if not _is_api(request) and "text/html" in request.headers.get("Accept", ""):
        return render(request, "pages/problem.html", {"status": status, "what": what, "todo": todo}, status=status)
    if "Touchline-Part" in request.headers:  # a page's script shows it to a person
        what, todo = str(what), str(todo)
    return JsonResponse({"error": {"what": what, "where": where, "todo": todo}}, status=status)
