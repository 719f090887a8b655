"""Addresses and keys of targets, encrypted with a key that is made of the server's secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from touchline.errors import SettingsError
from touchline.words import phrase


def _vault() -> Fernet:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"touchline outbox targets", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))


def seal(given: dict[str, Any]) -> str:
    """Return values encrypted."""
    return _vault().encrypt(json.dumps(given).encode()).decode()


def opened(sealed: str) -> dict[str, Any]:
    """Return what was sealed.

    Raises:
        SettingsError: The server's secret is another one than then.
    """
    try:
        found: dict[str, Any] = json.loads(_vault().decrypt(sealed.encode()))
    except InvalidToken:
        raise SettingsError(
            phrase("the target's keys cannot be read: the server's secret has changed"),
            where="TOUCHLINE_SECRET_KEY", todo=phrase("set the old one again, or give the target's keys anew"),
        ) from None  # fmt: skip
    return found


def fresh() -> str:
    """Return a new signing secret of Standard Webhooks: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
