"""What allauth asks us: who may come in, how often they may try, how a second factor is kept."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from touchline.server.people import links, throttle
from touchline.server.people.audit import address_of, record
from touchline.server.people.models import Link, Session, User

_SILENT: Final = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Log-in by password. Nobody signs up by themselves."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy("The address or the password is not right."),
        "too_many_login_attempts": gettext_lazy("Too many tries. Wait a quarter of an hour, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: people are invited."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that `middleware.Client` found."""
        return str(request.META.get("REMOTE_ADDR") or "unknown")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return whom an address and a password let in, or None.

        Raises:
            ValidationError: There were too many tries.
        """
        email, ip = str(credentials.get("email", "")), self.get_client_ip(request)
        attempt = throttle.begin(email, ip)
        if attempt is None:
            record(None, "login.refused", "", email, ip)
            raise self.validation_error("too_many_login_attempts")
        user = authenticate(request, email=email, password=str(credentials.get("password", "")))
        if not isinstance(user, User):
            record(None, "login.failed", "", email, ip)
            return None
        throttle.succeed(attempt)
        return user

    def reauthenticate(self, user: User, password: str) -> bool:
        """Return whether a password is that of one who is logged in, counting the tries."""
        try:
            found = self.authenticate(context.request, email=user.email, password=password)
        except ValidationError:
            return False
        return found is not None and found.pk == user.pk

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *more: Any, **named: Any) -> None:  # fmt: skip  # noqa: E501
        """Say what a page does not show by itself."""
        if message_template not in _SILENT:
            super().add_message(request, level, message_template, *more, **named)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of authenticator apps encrypted with a key made from the server's secret."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret."""
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"second-factor").digest()
    return Fernet(base64.urlsafe_b64encode(key))


class OrganisationAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Log-in at the organisation (OpenID Connect): for those who have an account, or an open invitation."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Return whether somebody new was invited, to an address that the organisation vouches for."""
        return bool(_invited(sociallogin))

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """End what others may have opened of an account that is taken over by its address's owner."""
        if getattr(sociallogin, "_did_authenticate_by_email", None) and sociallogin.user:
            Session.objects.filter(user_id=sociallogin.user.pk).delete()

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """Take the name and the address."""
        user = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "")[:200]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """Make the account, and take its invitations up."""
        invited = _invited(sociallogin)
        sociallogin.user.email = invited[0].email
        user = super().save_user(request, sociallogin, form)
        for link in invited:
            links.join(link, user, ip=address_of(request))
        return user


def _invited(sociallogin: Any) -> list[Link]:
    """Return the open invitations to the verified addresses of a log-in."""
    emails = [one.email.lower() for one in sociallogin.email_addresses if one.verified][:1]
    found = Link.objects.select_related("workspace").filter(kind="invitation", email__in=emails)
    return [link for link in found if link.is_open]
