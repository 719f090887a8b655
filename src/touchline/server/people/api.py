"""People, invitations, keys, sessions and the audit log over HTTP: what the pages do, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from ninja import Query, Router
from pydantic import Field

from touchline.errors import Missing
from touchline.server.people import audit, devices, keys, links, members
from touchline.server.people.access import access_of, person
from touchline.server.people.audit import address_of
from touchline.server.people.models import Entry, Key, Membership
from touchline.server.people.routing import Given, asks
from touchline.server.people.views.settings import sent, workspace_named
from touchline.words import phrase

router = Router(tags=["people"])

_MOST: Final = 1000


class Change(Given):
    """A person's new role, or what they may see."""

    role: str | None = None
    segments: dict[str, list[str]] | None = None


class Invitation(Given):
    """Whom to invite."""

    email: str = Field(max_length=254)
    role: str = "viewer"
    segments: dict[str, list[str]] = Field(default_factory=dict)
    days: float = links.INVITATION_DAYS


class NewKey(Given):
    """A key to be made."""

    name: str
    scopes: list[str]
    segments: dict[str, list[str]] = Field(default_factory=dict)
    days: float | None = None


class Rotation(Given):
    """For how many hours the old secret stays good."""

    overlap: float = keys.OVERLAP


def _slug(request: HttpRequest) -> str:
    return access_of(request).workspace or ""


@router.get("/me", summary="Who I am, and what I may do")
@asks("known")
def me(request: HttpRequest) -> Any:
    """Tell the caller what they may do in the workspace."""
    access = access_of(request)
    user = person(request) if access.user_id is not None else None
    own = Membership.objects.select_related("workspace").filter(user=user) if user else []
    return {
        "workspace": access.workspace,
        "name": access.name,
        "role": access.role,
        "scopes": sorted(access.scopes),
        "segments": {name: list(values) for name, values in access.segments},
        "key": access.key_id,
        "workspaces": [{"workspace": one.workspace.slug, "role": one.role} for one in own],
    }


@router.get("/people", summary="Who is in the workspace")
@asks("admin")
def people(request: HttpRequest) -> Any:
    """List people and their roles."""
    return {"people": [members.told(one) for one in members.everyone(_slug(request))]}


@router.patch("/people/{int:person_id}", summary="Change somebody's role")
@asks("admin")
def change(request: HttpRequest, person_id: int, body: Change) -> Any:
    """Change a role or a restriction; it holds from their next request."""
    member = members.find(_slug(request), person_id)
    done = members.change(access_of(request), member, role=body.role, segments=body.segments, ip=address_of(request))
    return members.told(done)


@router.delete("/people/{int:person_id}", summary="Take somebody out of the workspace")
@asks("admin")
def remove(request: HttpRequest, person_id: int) -> Any:
    """Take somebody out; their account and other workspaces stay."""
    members.remove(access_of(request), members.find(_slug(request), person_id), ip=address_of(request))
    return HttpResponse(status=204)


@router.get("/invitations", summary="Open invitations")
@asks("admin")
def invitations(request: HttpRequest) -> Any:
    """List invitations that can still be used; their links are not kept."""
    return {"invitations": [links.told(one) for one in links.invitations(_slug(request))]}


@router.post("/invitations", summary="Invite somebody")
@asks("admin")
def invite(request: HttpRequest, body: Invitation) -> Any:
    """Make a link by which somebody joins; it is told this once."""
    access = access_of(request)
    link, token = links.invite(
        access,
        workspace_named(access),
        body.email,
        body.role,
        segments=body.segments,
        days=body.days,
        ip=address_of(request),
    )
    return _secret({**links.told(link), "url": link_url("join", token)})


@router.delete("/invitations/{int:number}", summary="Take an invitation back")
@asks("admin")
def take_back(request: HttpRequest, number: int) -> Any:
    """Take an invitation back."""
    links.revoke(access_of(request), _slug(request), number, ip=address_of(request))
    return HttpResponse(status=204)


@router.get("/keys", summary="API keys")
@asks("admin")
def list_keys(request: HttpRequest) -> Any:
    """List keys; their secrets are not kept."""
    return {
        "keys": [
            keys.told(one)
            for one in Key.objects.select_related("made_by").filter(workspace__slug=_slug(request))[:_MOST]
        ]
    }


@router.post("/keys", summary="Make an API key")
@asks("admin")
def create_key(request: HttpRequest, body: NewKey) -> Any:
    """Make a key; it is told this once."""
    access = access_of(request)
    key, token = keys.create(
        access,
        workspace_named(access),
        body.name,
        body.scopes,
        segments=body.segments,
        days=body.days,
        ip=address_of(request),
    )
    return _secret({**keys.told(key), "key": token})


@router.post("/keys/{prefix}/rotate", summary="Give a key a new secret")
@asks("admin")
def rotate_key(request: HttpRequest, prefix: str, body: Rotation) -> Any:
    """Give a key a new secret; the old one stays good for the overlap."""
    key = keys.find(_slug(request), prefix)
    token = keys.rotate(access_of(request), key, overlap=body.overlap, ip=address_of(request))
    return _secret({**keys.told(key), "key": token})


@router.delete("/keys/{prefix}", summary="Revoke a key")
@asks("admin")
def revoke_key(request: HttpRequest, prefix: str) -> Any:
    """End a key, now."""
    keys.revoke(access_of(request), keys.find(_slug(request), prefix), ip=address_of(request))
    return HttpResponse(status=204)


@router.get("/sessions", summary="Where I am logged in")
@asks("signed-in")
def sessions(request: HttpRequest) -> Any:
    """List the sessions of the person who asks. A key has none."""
    user = person(request)
    if user is None:
        raise Missing(phrase("nobody is logged in"))
    found = devices.alive(user, request)
    return {"sessions": [{**one, "since": _iso(one["since"]), "seen": _iso(one["seen"])} for one in found]}


@router.delete("/sessions/{number}", summary="Log a device out")
@asks("signed-in")
def end_session(request: HttpRequest, number: str) -> Any:
    """End one of one's own sessions."""
    user = person(request)
    if user is None:
        raise Missing(phrase("nobody is logged in"))
    devices.end(user, number, request)
    return HttpResponse(status=204)


@router.get("/audit", summary="The audit log")
@asks("admin")
def audit_log(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, description="The number of the line after which to begin.")] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    action: Annotated[str, Query(max_length=60, description="Only actions that begin so.")] = "",
    since: datetime | None = None,
    wanted: Annotated[str, Query(alias="format", pattern="^(json|csv|ndjson)$")] = "json",
) -> Any:
    """Read the audit log, the first line first; as CSV or NDJSON the whole of it from `after` on."""
    access, slug = access_of(request), _slug(request)
    if wanted != "json":
        audit.record(access, "audit.exported", slug, wanted, address_of(request))
        return sent(audit.lines(slug, after=after, since=since), slug, wanted)
    found = Entry.objects.filter(workspace=slug, number__gt=after, action__startswith=action).order_by("number")
    if since is not None:
        found = found.filter(at__gte=since)
    shown = list(found[: limit + 1])
    return {
        "lines": [audit.as_line(one) for one in shown[:limit]],
        "next": shown[limit - 1].number if len(shown) > limit else None,
    }


def link_url(name: str, token: str) -> str:
    """Return the address of a one-time link."""
    return f"{settings.URL}{reverse(name, args=[token])}"


def _secret(told: dict[str, Any]) -> HttpResponseBase:
    """Return an answer that nobody on the way keeps."""
    answer = JsonResponse(told, status=201)
    answer["Cache-Control"] = "no-store"
    return answer


def _iso(at: datetime) -> str:
    return at.isoformat()
