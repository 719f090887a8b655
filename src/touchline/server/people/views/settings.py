"""A workspace's settings: people, API keys, the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.errors import TouchlineError
from touchline.server.people import audit, checks, keys, links, members
from touchline.server.people.access import access_of, needs, problem
from touchline.server.people.audit import address_of
from touchline.server.people.models import Entry, Key, User
from touchline.server.people.roles import Access
from touchline.server.people.views.forms import InviteForm, KeyForm, MemberForm
from touchline.server.workspaces.facade import Workspace
from touchline.server.workspaces.facade import find as find_workspace
from touchline.words import phrase

_PAGE: Final = 50


def workspace_named(access: Access) -> Workspace:
    """Return the workspace that a request is about."""
    workspace = find_workspace(access.workspace or "")
    if workspace is None:
        raise Workspace.DoesNotExist
    return workspace


@needs("admin")
@require_safe
def to_people(request: HttpRequest) -> HttpResponse:
    """Lead to the first page of the settings."""
    return HttpResponseRedirect(_to("people", access_of(request)))


@needs("admin")
@require_safe
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """Show who is in the workspace."""
    return _people(request)


def _people(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    access = access_of(request)
    slug = access.workspace or ""
    found = [
        {
            "member": one,
            "form": MemberForm(
                initial={"role": one.role, "segments": said(one.segments)}, auto_id=f"m{one.user_id}_%s"
            ),
            "said": said(one.segments),
            "own": one.user_id == access.user_id,
        }
        for one in members.everyone(slug)
    ]
    context = {"people": found, "invitations": links.invitations(slug), "invite": InviteForm(), **more}
    return render(request, "people/people.html", context, status=status)


def said(segments: dict[str, list[str]]) -> str:
    """Return a restriction as a person writes it."""
    return ", ".join(f"{name}={value}" for name, values in segments.items() for value in values)


@needs("admin")
@require_POST
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody, and show the link once."""
    access, form = access_of(request), InviteForm(request.POST)
    if not form.is_valid():
        return _people(request, 400, invite=form)
    asked = form.cleaned_data
    try:
        link, token = links.invite(
            access,
            workspace_named(access),
            asked["email"],
            asked["role"],
            segments=checks.said_segments(asked["segments"]),
            ip=address_of(request),
        )
    except TouchlineError as error:
        form.add_error(error.where if error.where in form.fields else None, _told(error))
        return _people(request, 400, invite=form)
    url = f"{settings.URL}{reverse('join', args=[token])}"
    return _people(request, shown={"url": url, "email": link.email, "until": link.expires_at, "kind": "invitation"})


@needs("admin")
@require_POST
def revoke_invitation(request: HttpRequest, number: int) -> HttpResponse:
    """Take an invitation back."""
    access = access_of(request)
    slug, ip = access.workspace or "", address_of(request)
    told = _("The invitation is taken back.")
    return _done(request, "people", lambda: links.revoke(access, slug, number, ip=ip), told)


@needs("admin")
@require_POST
def change_member(request: HttpRequest, number: int) -> HttpResponse:
    """Change somebody's role."""
    access, form = access_of(request), MemberForm(request.POST)

    def change() -> None:
        member = members.find(access.workspace or "", number)
        if not form.is_valid():
            raise NotAForm(phrase("the form is not filled in right"))
        asked = form.cleaned_data
        shown = checks.said_segments(asked["segments"])
        members.change(access, member, role=asked["role"], segments=shown, ip=address_of(request))

    return _done(request, "people", change, _("The role is changed."))


class NotAForm(TouchlineError):
    """A form was not filled in as it must be."""


@needs("admin")
@require_POST
def remove_member(request: HttpRequest, number: int) -> HttpResponse:
    """Take somebody out of the workspace."""
    access = access_of(request)
    return _done(
        request,
        "people",
        lambda: members.remove(access, members.find(access.workspace or "", number), ip=address_of(request)),
        _("The person is out of the workspace."),
    )


@needs("admin")
@require_POST
@never_cache
def offer_reset(request: HttpRequest, number: int) -> HttpResponse:
    """Make a link for a new password, and show it once."""
    access = access_of(request)
    try:
        user: User = members.find(access.workspace or "", number).user
        token = links.offer_reset(access, user, ip=address_of(request))
    except TouchlineError as error:
        messages.error(request, _told(error))
        return HttpResponseRedirect(_to("people", access))
    url = f"{settings.URL}{reverse('reset', args=[token])}"
    return _people(request, shown={"url": url, "email": user.email, "until": None, "kind": "reset"})


@needs("admin")
@require_safe
@never_cache
def api_keys(request: HttpRequest) -> HttpResponse:
    """Show the workspace's API keys."""
    return _keys(request)


def _keys(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    found = Key.objects.select_related("made_by").filter(workspace__slug=access_of(request).workspace)
    shown = [{"key": one, "said": said(one.segments)} for one in found[:200]]
    return render(
        request, "people/keys.html", {"keys": shown, "create": KeyForm(initial={"days": "90"}), **more}, status=status
    )


@needs("admin")
@require_POST
@never_cache
def create_key(request: HttpRequest) -> HttpResponse:
    """Make an API key, and show it once."""
    access, form = access_of(request), KeyForm(request.POST)
    if not form.is_valid():
        return _keys(request, 400, create=form)
    asked = form.cleaned_data
    try:
        key, token = keys.create(
            access,
            workspace_named(access),
            asked["name"],
            asked["scopes"],
            segments=checks.said_segments(asked["segments"]),
            days=float(asked["days"]) if asked["days"] else None,
            ip=address_of(request),
        )
    except TouchlineError as error:
        form.add_error(error.where if error.where in form.fields else None, _told(error))
        return _keys(request, 400, create=form)
    return _keys(request, token=token, of=key)


@needs("admin")
@require_POST
@never_cache
def rotate_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """Give a key a new secret, and show it once."""
    access = access_of(request)
    try:
        key = keys.find(access.workspace or "", prefix)
        token = keys.rotate(access, key, ip=address_of(request))
    except TouchlineError as error:
        messages.error(request, _told(error))
        return HttpResponseRedirect(_to("keys", access))
    return _keys(request, token=token, of=key, rotated=True)


@needs("admin")
@require_POST
def revoke_key(request: HttpRequest, prefix: str) -> HttpResponse:
    """End a key."""
    access = access_of(request)
    return _done(
        request,
        "keys",
        lambda: keys.revoke(access, keys.find(access.workspace or "", prefix), ip=address_of(request)),
        _("The key is revoked."),
    )


@needs("admin")
@require_safe
@never_cache
def audit_log(request: HttpRequest) -> HttpResponse:
    """Show the audit log, the newest first."""
    slug = access_of(request).workspace or ""
    found = Entry.objects.filter(workspace=slug).order_by("-number")
    action = request.GET.get("action", "").strip()[:60]
    if action:
        found = found.filter(action__startswith=action)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(number__lt=int(before))
    shown = list(found[: _PAGE + 1])
    more = shown[_PAGE - 1].number if len(shown) > _PAGE else None
    context = {"entries": shown[:_PAGE], "more": more, "action": action, "newest": not before}
    return render(request, "people/audit.html", context)


@needs("admin")
@require_safe
def export_audit(request: HttpRequest) -> HttpResponseBase:
    """Send the whole log as a file."""
    access = access_of(request)
    wanted = request.GET.get("format", "csv")
    if wanted not in ("csv", "ndjson"):
        told = phrase("there is no format {wanted}", wanted=repr(wanted))
        return problem(request, 400, told, where="format", todo=phrase("give csv or ndjson"))
    audit.record(access, "audit.exported", access.workspace or "", wanted, address_of(request))
    return sent(audit.lines(access.workspace or ""), access.workspace or "", wanted)


def sent(chain: Iterator[dict[str, Any]], workspace: str, wanted: str) -> StreamingHttpResponse:
    """Return lines of the log as a file that is sent as it is read."""
    write, kind = (audit.as_csv, "text/csv") if wanted == "csv" else (audit.as_ndjson, "application/x-ndjson")
    answer = StreamingHttpResponse(write(chain), content_type=f"{kind}; charset=utf-8")
    stem = f"audit-{workspace}-{datetime.now(UTC):%Y-%m-%d}"
    answer["Content-Disposition"] = f'attachment; filename="{stem}.{wanted}"'
    return answer


def _told(error: TouchlineError) -> str:
    told = str(error.told)
    return told[:1].upper() + told[1:] + "."


def _to(page: str, access: Access) -> str:
    return f"{reverse(page)}?workspace={access.workspace}"


def _done(request: HttpRequest, page: str, act: Any, words: str) -> HttpResponse:
    """Do something, say so, and lead back."""
    try:
        act()
    except TouchlineError as error:
        messages.error(request, _told(error))
    else:
        messages.success(request, words)
    return HttpResponseRedirect(_to(page, access_of(request)))
