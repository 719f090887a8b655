"""Passwords: hashed with Argon2id, checked in a time that does not tell whether there is such an account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from touchline.server.people.models import User

MOST = 1000


class Argon2id(Argon2PasswordHasher):
    """Argon2id with OWASP's costs: 46 MiB, one pass, one lane."""

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1


class NotTooLong:
    """Refuses passwords so long that hashing them is a burden."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where it is too long."""
        if len(password) > MOST:
            raise ValidationError(_("The password may have %(most)s characters at most.") % {"most": MOST})

    def get_help_text(self) -> str:
        """Return nothing: nobody needs to know beforehand."""
        return ""


class Backend(BaseBackend):
    """Lets people in by e-mail address and password."""

    def authenticate(
        self, request: HttpRequest | None, email: str | None = None, password: str | None = None, **_more: Any
    ) -> User | None:
        """Return the user whose address and password these are, and who may log in; else None.

        One password is hashed in every case.
        """
        if not email or not password or len(password) > MOST:
            return None
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None or not user.has_usable_password():
            User().set_password(password)
            return None
        right = user.check_password(password)
        return user if right and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """Return who a session belongs to, if they still may log in."""
        return User.objects.filter(pk=user_id, is_active=True).first()
