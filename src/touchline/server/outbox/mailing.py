"""The mail server that the operator names in ``TOUCHLINE_EMAIL``."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from touchline.errors import SettingsError

#: The environment variable: ``smtp://user:password@host:587?from=touchline@example.com``.
EMAIL: Final = "TOUCHLINE_EMAIL"
_PORTS: Final = {"smtp": 587, "smtps": 465}


def mail_settings(url: str) -> dict[str, Any]:
    """Return Django's settings of the mail server that a URL names; without one nothing is mailed.

    ``smtp`` asks for STARTTLS (``?plain=1`` does without, within one's own network), ``smtps`` speaks TLS from the
    beginning.

    Raises:
        SettingsError: It is no such URL.

    >>> found = mail_settings("smtp://bot:se%20cret@mail.example.com?from=Touchline <cx@example.com>")
    >>> found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_PASSWORD"], found["DEFAULT_FROM_EMAIL"]
    ('mail.example.com', 587, 'se cret', 'Touchline <cx@example.com>')
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if url and (parts.scheme not in _PORTS or not host):
        raise SettingsError(
            "this is no address of a mail server",
            where=EMAIL,
            todo="write smtp://user:password@host:587?from=a@b.example",
        )
    said = parse_qs(parts.query)
    plain = said.get("plain", ["0"])[0] == "1"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or _PORTS.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp" and not plain,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 15,
        "DEFAULT_FROM_EMAIL": said.get("from", [f"touchline@{host or 'localhost'}"])[0],
    }
