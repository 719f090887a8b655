"""One-time links: for the first administrator, for those who are invited, for those without their password.

A link's token is 256 random bits, kept as a hash, good once and for a while. Making a new one of the same kind for the
same person ends the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import Conflict, InputError, Missing
from touchline.server.people import checks, tokens
from touchline.server.people.audit import record
from touchline.server.people.models import Link, Membership, Session, User
from touchline.server.people.roles import ROLES, Access, operator
from touchline.server.workspaces.facade import Workspace, everyone
from touchline.words import phrase

SETUP: Final = timedelta(hours=1)
INVITATION_DAYS: Final = 7.0
RESET: Final = timedelta(days=1)
#: Who acts from the command line, which only one who may write the server's folder can use.
OPERATOR: Final = operator()


def setup_link(url: str) -> str | None:
    """Return a link by which the first administrator sets the server up; None when there is an administrator.

    It is good once, for an hour; asking again ends the one before.

    Args:
        url: The server's address.
    """
    if Membership.objects.filter(role="admin", user__is_active=True).exists():
        return None
    token = tokens.fresh()
    with transaction.atomic():
        _end(Link.objects.filter(kind="setup"))
        Link.objects.create(kind="setup", digest=tokens.digest(token), expires_at=timezone.now() + SETUP)
        record(OPERATOR, "setup.offered", "")
    return f"{url.rstrip('/')}/setup/{token}"


def invite(
    by: Access,
    workspace: Workspace,
    email: str,
    role: str,
    *,
    segments: Mapping[str, Iterable[str]] | None = None,
    days: float = INVITATION_DAYS,
    ip: str = "",
) -> tuple[Link, str]:
    """Invite somebody; return the invitation and its token, which cannot be had again.

    Args:
        by: Who invites.
        workspace: Where to.
        email: Whom.
        role: What they become, of `roles.ROLES`.
        segments: What they may see, if they are a viewer.
        days: How long the link is good.
        ip: From which address.

    Raises:
        InputError: The address, the role, the segments or the days cannot be used.
        Conflict: They are in the workspace already.
    """
    address, chosen = checks.address(email), checks.role(role)
    if Membership.objects.filter(workspace=workspace, user__email=address).exists():
        told = phrase("{address} is in the workspace already", address=address)
        raise Conflict(told, todo=phrase("change their role instead"))
    token = tokens.fresh()
    with transaction.atomic():
        _end(Link.objects.filter(kind="invitation", workspace=workspace, email=address))
        link = Link.objects.create(
            kind="invitation",
            digest=tokens.digest(token),
            workspace=workspace,
            email=address,
            role=chosen,
            segments=checks.segments(segments, ROLES[chosen]),
            made_by_id=by.user_id,
            expires_at=timezone.now() + timedelta(days=checks.within(days, 1 / 1440, 60, "days")),
        )
        record(by, "person.invited", workspace.slug, f"{address} as {chosen}", ip)
    return link, token


def offer_reset(by: Access, user: User, *, ip: str = "") -> str:
    """Return the token of a link by which somebody gives themselves a new password.

    An administrator may do that for those only who are in no workspace of somebody else: it would let them in there.

    Raises:
        Conflict: The person is in another workspace, too.
    """
    if by.user_id is not None or by.workspace is not None:
        theirs = Membership.objects.filter(user=user)
        if by.user_id is None:
            mine = theirs.filter(workspace__slug=by.workspace)
        else:
            own = Membership.objects.filter(user_id=by.user_id, role="admin")
            mine = theirs.filter(workspace__in=own.values_list("workspace", flat=True))
        if theirs.count() != mine.count():
            raise Conflict(
                phrase("the person is in workspaces that you do not administer, too"),
                todo=phrase("ask who runs the server: `touchline people reset EMAIL`"),
            )
    token = tokens.fresh()
    with transaction.atomic():
        _end(Link.objects.filter(kind="reset", email=user.email))
        Link.objects.create(
            kind="reset",
            digest=tokens.digest(token),
            email=user.email,
            made_by_id=by.user_id,
            expires_at=timezone.now() + RESET,
        )
        record(by, "password.reset.offered", by.workspace or "", user.email, ip)
    return token


def revoke(by: Access, workspace: str, number: int, *, ip: str = "") -> None:
    """Take an invitation back.

    Raises:
        Missing: The workspace has no such open invitation.
    """
    found = Link.objects.filter(kind="invitation", workspace__slug=workspace, pk=number).first()
    if found is None or not _end(Link.objects.filter(pk=found.pk)):
        raise Missing(phrase("there is no such open invitation"))
    record(by, "invitation.revoked", workspace, found.email, ip)


def find(kind: str, token: str) -> Link | None:
    """Return a link that can be used, or None."""
    link = Link.objects.select_related("workspace").filter(kind=kind, digest=tokens.digest(token)).first()
    return link if link is not None and link.is_open else None


def set_up(link: Link, email: str, name: str, password: str, *, ip: str = "") -> User:
    """Make the first administrator, of all workspaces that there are.

    Raises:
        Conflict: The link was used meanwhile, or there is an account of that address.
    """
    with transaction.atomic():
        _use(link)
        user = _made(email, name, password)
        for workspace in everyone():
            Membership.objects.create(user=user, workspace=workspace, role="admin")
            record(_as(user, workspace.slug, "admin"), "person.joined", workspace.slug, f"{user.email} as admin", ip)
        record(_as(user, None, "admin"), "setup.done", "", user.email, ip)
    return user


def join(link: Link, user: User | None, *, name: str = "", password: str | None = None, ip: str = "") -> User:
    """Take an invitation up, with an account or by making one.

    Args:
        link: The invitation.
        user: Who is logged in; None to make an account for the address that was invited.
        name: The new account's.
        password: The new account's; None if they log in at their organisation only.
        ip: From which address.

    Raises:
        Conflict: The link was used meanwhile, or there is an account of that address.
        InputError: The invitation is for somebody else.
    """
    if link.workspace is None:
        raise InputError(phrase("the invitation leads nowhere"))
    if user is not None and user.email != link.email:
        todo = phrase("log out, and open the link again")
        raise InputError(phrase("the invitation is for somebody else"), todo=todo)
    with transaction.atomic():
        _use(link)
        person = user or _made(link.email, name, password)
        Membership.objects.update_or_create(
            user=person, workspace=link.workspace, defaults={"role": link.role, "segments": link.segments}
        )
        told = f"{person.email} as {link.role}"
        record(_as(person, link.workspace.slug, link.role), "person.joined", link.workspace.slug, told, ip)
    return person


def reset(link: Link, password: str, *, ip: str = "") -> User:
    """Give somebody the password that they chose, and end their sessions.

    Raises:
        Conflict: The link was used meanwhile, or the account is gone.
    """
    with transaction.atomic():
        _use(link)
        user = User.objects.filter(email=link.email, is_active=True).first()
        if user is None:
            raise Conflict(phrase("there is no such account any more"))
        user.set_password(password)
        user.save(update_fields=["password"])
        Session.objects.filter(user=user).delete()
        record(_as(user, None, "viewer"), "password.reset", "", user.email, ip)
    return user


def told(link: Link) -> dict[str, Any]:
    """Return what may be told of an invitation."""
    return {
        "id": link.pk,
        "email": link.email,
        "role": link.role,
        "segments": dict(link.segments),
        "created_at": link.created_at.isoformat(),
        "expires_at": link.expires_at.isoformat(),
    }


def invitations(workspace: str) -> list[Link]:
    """Return a workspace's invitations that are open."""
    found = Link.objects.filter(kind="invitation", workspace__slug=workspace, used_at=None, revoked_at=None)
    return list(found.filter(expires_at__gt=timezone.now()))


def _end(links: Any) -> int:
    now = timezone.now()
    return int(links.filter(used_at=None, revoked_at=None).update(revoked_at=now))


def _use(link: Link) -> None:
    """Mark a link as used, once."""
    now = timezone.now()
    still = Link.objects.filter(pk=link.pk, used_at=None, revoked_at=None, expires_at__gt=now)
    if not still.update(used_at=now):
        raise Conflict(phrase("the link was used or has expired"), todo=phrase("ask for a new one"))


def _made(email: str, name: str, password: str | None) -> User:
    address = checks.address(email)
    if User.objects.filter(email=address).exists():
        told = phrase("there is an account of {address} already", address=address)
        raise Conflict(told, todo=phrase("log in, then open the link again"))
    return User.objects.create_user(address, password, name=name.strip()[:200])


def _as(user: User, workspace: str | None, role: str) -> Access:
    return Access(workspace, user.pk, None, user.email, role, ROLES[role])
