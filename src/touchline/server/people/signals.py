"""What is written into the audit log when somebody comes, goes, or changes how they log in."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils import timezone

from touchline.server.people.audit import address_of, record
from touchline.server.people.models import Session, User
from touchline.server.people.roles import ROLES, Access


def connect() -> None:
    """Listen."""
    user_logged_in.connect(_came)
    user_logged_out.connect(_went)
    password_changed.connect(_told("password.changed"), weak=False)
    authenticator_added.connect(_told("second-factor.added"), weak=False)
    authenticator_removed.connect(_told("second-factor.removed"), weak=False)
    authenticator_reset.connect(_told("second-factor.renewed"), weak=False)
    authentication_failed.connect(_told("second-factor.failed"), weak=False)


def itself(user: User) -> Access:
    """Return who acts upon their own account."""
    return Access(None, user.pk, None, user.email, "viewer", ROLES["viewer"])


def _came(request: HttpRequest | None = None, user: Any = None, **_more: Any) -> None:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    record(itself(user), "session.started", "", "", address_of(request))


def _went(request: HttpRequest | None = None, user: Any = None, **_more: Any) -> None:
    if isinstance(user, User):
        record(itself(user), "session.ended", "", "", address_of(request))


def _told(action: str) -> Any:
    def tell(request: HttpRequest | None = None, user: Any = None, **more: Any) -> None:
        kind = getattr(more.get("authenticator"), "type", "")
        record(itself(user), action, "", str(kind), address_of(request))

    return tell
