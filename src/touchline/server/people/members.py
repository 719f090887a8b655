"""Who is in a workspace: roles changed, people taken out, accounts closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from touchline.errors import Conflict, Missing
from touchline.server.people import checks
from touchline.server.people.audit import record
from touchline.server.people.models import Link, Membership, Session, User
from touchline.server.people.roles import ROLES, Access
from touchline.words import phrase


def everyone(workspace: str) -> list[Membership]:
    """Return the people of a workspace."""
    return list(Membership.objects.select_related("user").filter(workspace__slug=workspace))


def colleagues(workspace: str, scope: str) -> list[User]:
    """Return the people of a workspace who may do what a scope names, by address."""
    return [one.user for one in everyone(workspace) if one.user.is_active and one.access.may(scope)]


def find(workspace: str, user_id: int) -> Membership:
    """Return a person's place in a workspace.

    Raises:
        Missing: They have none.
    """
    found = Membership.objects.select_related("user", "workspace")
    one = found.filter(workspace__slug=workspace, user_id=user_id).first()
    if one is None:
        raise Missing(phrase("there is no such person in the workspace"))
    return one


def change(
    by: Access,
    member: Membership,
    *,
    role: str | None = None,
    segments: Mapping[str, Iterable[str]] | None = None,
    ip: str = "",
) -> Membership:
    """Change a person's role, or what they may see; it holds from their next request.

    Args:
        by: Who does it.
        member: The person's place.
        role: The new role; None leaves it.
        segments: What they may see; None leaves it (or, with a role that cannot be restricted, lifts it).
        ip: From which address.

    Raises:
        InputError: The role or the segments cannot be used.
        Conflict: No administrator would be left.
    """
    chosen = checks.role(role) if role is not None else member.role
    kept = member.segments if chosen == "viewer" else {}
    shown = checks.segments(kept if segments is None else segments, ROLES[chosen])
    with transaction.atomic():
        if chosen != "admin":
            _not_the_last(member)
        before = f"{member.role}{_said(member.segments)}"
        member.role, member.segments = chosen, shown
        member.save(update_fields=["role", "segments"])
        told = f"{member.user.email}: {before} to {chosen}{_said(shown)}"
        record(by, "person.changed", member.workspace.slug, told, ip)
    return member


def remove(by: Access, member: Membership, *, ip: str = "") -> None:
    """Take a person out of a workspace. Their account and their other workspaces stay.

    Raises:
        Conflict: No administrator would be left.
    """
    with transaction.atomic():
        _not_the_last(member)
        member.delete()
        record(by, "person.removed", member.workspace.slug, f"{member.user.email}, {member.role}", ip)


def disable(by: Access, user: User, *, ip: str = "") -> None:
    """Close an account on the whole server: it cannot log in, its sessions and open links end.

    Raises:
        Conflict: It is closed already.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            raise Conflict(phrase("{email} is disabled already", email=str(user.email)))
        Session.objects.filter(user=user).delete()
        Link.objects.filter(email=user.email, used_at=None, revoked_at=None).update(revoked_at=timezone.now())
        record(by, "person.disabled", "", user.email, ip)


def _not_the_last(member: Membership) -> None:
    """Keep the last administrator. The rows are locked, so that two cannot take each other out."""
    if member.role != "admin":
        return
    admins = Membership.objects.select_for_update().filter(workspace_id=member.workspace_id, role="admin")
    if not any(one.pk != member.pk and one.user.is_active for one in admins.select_related("user")):
        todo = phrase("make somebody else an administrator first")
        raise Conflict(phrase("no administrator would be left"), todo=todo)


def _said(segments: Mapping[str, Iterable[str]]) -> str:
    return "".join(f" {name}={'|'.join(values)}" for name, values in segments.items())


def told(member: Membership) -> dict[str, Any]:
    """Return what may be told of a person in a workspace."""
    user = member.user
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "role": member.role,
        "segments": dict(member.segments),
        "active": user.is_active,
        "since": member.created_at.isoformat(),
        "last_login": user.last_login.isoformat() if user.last_login else None,
    }
