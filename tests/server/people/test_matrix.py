"""Every route of the server, from its URL table, with everybody who must not get in. One without a rule fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from inspect import unwrap
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from ninja.openapi.views import default_home
from tests.server.people.conftest import World, bearer

from touchline.server.api.facade import api
from touchline.server.people import keys
from touchline.server.people.facade import ROLES, RULES, SCOPES, needs, rule_of
from touchline.server.people.links import OPERATOR
from touchline.server.people.models import Key, Membership

_VALUES = {"int": "1", "str": "x", "slug": "acme", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


@dataclass(frozen=True)
class Route:
    """A path with values in it, a method, and who may use it."""

    path: str
    method: str
    rule: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _filled(pattern: str) -> str:
    text = re.sub(
        r"[<{](?:(\w+):)?(\w+)[>}]", lambda one: _VALUES["slug" if one[2] == "slug" else one[1] or "str"], pattern
    )
    return "/" + text.replace("^", "").replace("$", "").replace(".*", "").replace("\\Z", "").lstrip("/")


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _patterns(one, here)
        else:
            yield here, one


def _pages() -> list[Route]:
    found = []
    for path, pattern in _patterns(get_resolver()):
        view: Any = pattern.callback
        inner = unwrap(view)
        if isinstance(inner, partial) and inner.func is default_home:
            continue  # where the API has no page: 404 for everybody
        if view.__module__ == "ninja.operation":
            continue  # its operations have rules of their own
        found += [Route(_filled(path), method, rule_of(view)) for method in ("GET", "POST")]
    return found


def _operations() -> list[Route]:
    return [
        Route(f"/api/v1{_filled(prefix + path)}", method, rule_of(operation.run))
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


ROUTES = _pages() + _operations()
GUARDED = [route for route in ROUTES if route.rule in SCOPES]
OF_A_PERSON = [route for route in ROUTES if route.rule == "signed-in"]


def _ask(browser: Client, route: Route, workspace: str = "acme", **more: str) -> int:
    joined = f"{route.path}?workspace={workspace}"
    answer = browser.generic(route.method, joined, "{}", content_type="application/json", **more)  # type: ignore[arg-type]
    return answer.status_code


def test_every_route_says_who_may_use_it() -> None:
    assert [str(route) for route in ROUTES if route.rule not in RULES] == []
    assert len(GUARDED) > 50


def test_what_is_open_to_all_is_known() -> None:
    """A new page that nobody need be known for has to be written down here."""
    found = {route.path for route in ROUTES if route.rule == "public"}
    known = {
        "/", "/login", "/login/second-factor", "/login/closed", "/login/cancelled", "/login/error", "/logout",
        "/setup/x", "/join/x", "/reset/x", "/oidc/x/login", "/oidc/x/callback",
        "/healthz", "/readyz", "/api/docs", "/api/docs/style.css", "/api/v1/openapi.json", "/api/v1/[\\s\\S]*",
        "/assets/icon.svg", "/assets/figures.css", "/assets/board.css", "/language", "/favicon.ico", "/metrics",
        "/api/v1/heard/x", "/maps/shared/x", "/maps/shared/x/pictures/x",
        "/workshops/join", "/workshops/join/x",
        "/workshops/guest/1", "/workshops/guest/1/board", "/workshops/guest/1/part",
    }  # fmt: skip
    assert found <= known, found - known


@pytest.mark.parametrize("role", ["nobody", *ROLES, "stranger", "alone"])
def test_who_may_not_does_not(world: World, role: str) -> None:
    """Roles without the scope get 403, members of other workspaces 404, those not logged in 401 or the log-in."""
    if role == "alone":
        world.people["alone"] = type(world.people["viewer"]).objects.create(email="alone@nowhere.example")
    browser = Client() if role == "nobody" else world.client(role)
    wrong = {}
    for route in GUARDED:
        if role in ROLES and route.rule in ROLES[role]:
            continue
        status = _ask(browser, route)
        wanted = {403, 405} if role in ROLES else {404, 405} if role in ("stranger", "alone") else {302, 401, 405}
        if status not in wanted:
            wrong[str(route)] = status
    assert wrong == {}


@pytest.mark.parametrize(
    "kind", ["other tenant", "no scope", "revoked", "expired", "rotated away", "wrong", "malformed"]
)
def test_a_key_that_may_not_does_not(world: World, kind: str) -> None:
    now, wrong = timezone.now(), {}
    tokens: dict[str, str] = {}
    for scope in SCOPES:
        others = [one for one in SCOPES if one != scope]
        place = world.other if kind == "other tenant" else world.acme
        key, token = world.key(*(others if kind == "no scope" else SCOPES), workspace=place)
        if kind == "revoked":
            keys.revoke(OPERATOR, key)
        elif kind == "expired":
            Key.objects.filter(pk=key.pk).update(expires_at=now - timedelta(seconds=1))
        elif kind == "rotated away":
            keys.rotate(OPERATOR, key, overlap=0)
        elif kind == "wrong":
            token = token[:-4] + "AAAA"
        elif kind == "malformed":
            token = f"xx{token}"
        tokens[scope] = token
    wanted = {"other tenant": {404, 405}, "no scope": {403, 405}}.get(kind, {401, 405})
    for route in GUARDED:
        status = _ask(Client(), route, **bearer(tokens[str(route.rule)]))
        if status not in wanted:
            wrong[str(route)] = status
    assert wrong == {}


def test_a_bad_key_is_not_saved_by_a_log_in(world: World) -> None:
    """The header alone decides: a session in the same browser does not help a revoked key."""
    wrong = {}
    browser = world.client("admin")
    for route in GUARDED:
        status = _ask(browser, route, HTTP_AUTHORIZATION="Bearer tl_gone_gone")
        if status not in (401, 405):
            wrong[str(route)] = status
    assert wrong == {}


def test_pages_of_a_person_are_no_keys_and_nobodys(world: World) -> None:
    _key, token = world.key(*SCOPES)
    wrong = {}
    for route in OF_A_PERSON:
        for who, more in (("nobody", {}), ("key", bearer(token))):
            status = _ask(Client(), route, **more)
            if status not in (302, 401, 405):
                wrong[f"{who}: {route}"] = status
    assert wrong == {}


def test_a_change_by_a_log_in_needs_the_token_against_forgery(world: World) -> None:
    browser, wrong = Client(enforce_csrf_checks=True), {}
    browser.force_login(world.people["admin"])
    for route in GUARDED + OF_A_PERSON:
        if route.method in ("GET", "HEAD"):
            continue
        status = _ask(browser, route)
        if status not in (403, 405):
            wrong[str(route)] = status
    assert wrong == {}
    assert Key.objects.count() == 0
    assert Membership.objects.count() == len(ROLES) + 1


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_it_is_for_and_no_more(world: World, role: str, scope: str) -> None:
    @needs(scope)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.access.role)  # type: ignore[attr-defined]

    request = RequestFactory().get("/api/v1/x?workspace=acme")
    request.user = world.people[role]
    answer = view(request)
    assert answer.status_code == (200 if scope in ROLES[role] else 403)


def test_a_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule"):
        needs("everything")
