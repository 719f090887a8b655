"""The rules, as functions of plain values, for the door (ASGI) and for Django alike."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

#: Bytes of a request's line and headers, and how many headers: more than any browser or client sends.
MOST_PATH: Final = 8 * 1024
MOST_HEADERS: Final = 32 * 1024
MOST_HEADER_LINES: Final = 100

HOST_TODO: Final = "start `touchline serve` with --url, or name it in TOUCHLINE_ALLOWED_HOSTS"

_FEATURES: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection",
    "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
    "window-management", "xr-spatial-tracking",
)  # fmt: skip


def content_policy(environment: Mapping[str, str] = os.environ) -> str:
    """Return the Content-Security-Policy: nothing but our own files, nothing inline, no frame around us.

    Where people log in at their organisation, its origin may be what a form leads on to.

    >>> content_policy({})
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    """  # noqa: E501
    issuer = urlsplit(environment.get("TOUCHLINE_OIDC_URL", ""))
    onward = f" {issuer.scheme}://{issuer.netloc}" if issuer.scheme == "https" and issuer.netloc else ""
    return "; ".join(
        (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
            "connect-src 'self'", f"form-action 'self'{onward}", "frame-ancestors 'none'", "base-uri 'none'",
        )
    )  # fmt: skip


def headers() -> dict[str, str]:
    """Return the headers of every answer, by name in small letters."""
    return {
        "content-security-policy": content_policy(),
        "permissions-policy": ", ".join(f"{name}=()" for name in _FEATURES),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "origin-agent-cluster": "?1",
        "x-permitted-cross-domain-policies": "none",
    }


def cached(cache_control: str, content_type: str, has_tag: bool) -> str:
    """Return how long an answer may be kept: what is personal, nowhere.

    Args:
        cache_control: What the view said, or "".
        content_type: Of the answer.
        has_tag: Whether it has an ETag, so that a client asks before it uses its copy.

    >>> cached("private", "text/html; charset=utf-8", False), cached("max-age=31536000, public", "text/css", False)
    ('no-store', 'max-age=31536000, public')
    >>> cached("", "application/json", True), cached("", "application/json", False)
    ('private, no-cache', 'no-store')
    """
    said = {part.strip() for part in cache_control.lower().split(",")} - {""}
    if content_type.startswith("text/html"):
        return "no-store"
    if said - {"private"}:
        return cache_control
    return "private, no-cache" if has_tag else "no-store"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    what: str
    todo: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it in the one shape that errors have."""
        return {"error": {"what": self.what, "where": "", "todo": self.todo}}


def refused_method(method: str) -> Refusal | None:
    """Refuse a method that nothing here has, such as TRACE."""
    if method in METHODS:
        return None
    return Refusal(405, "there is no such method here", "use one of " + ", ".join(sorted(METHODS)))


def refused_shape(target: bytes, path: str, lines: Iterable[tuple[bytes, bytes]]) -> Refusal | None:
    """Refuse what no honest client sends: long targets, many or large headers, control characters, two lengths."""
    lines = list(lines)
    names = [name.lower() for name, _ in lines]
    if len(target) > MOST_PATH:
        return Refusal(414, f"the path and its query are longer than {MOST_PATH:,} bytes", "send the rest in the body")
    if len(lines) > MOST_HEADER_LINES or sum(len(n) + len(v) + 4 for n, v in lines) > MOST_HEADERS:
        todo = f"send at most {MOST_HEADER_LINES} headers of {MOST_HEADERS:,} bytes together"
        return Refusal(431, "the headers are too large", todo)
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in path):
        return Refusal(400, "the path holds control characters", "leave them out")
    if any(names.count(name) > 1 for name in (b"host", b"content-length", b"authorization", b"transfer-encoding")):
        return Refusal(400, "a header is given twice that can stand once only", "send it once")
    if b"content-length" in names and b"transfer-encoding" in names:
        return Refusal(400, "the body's length is told in two ways", "send Content-Length or Transfer-Encoding")
    return None


def refused_origin(method: str, given: Mapping[str, str], own: Iterable[str]) -> Refusal | None:
    """Refuse what another site makes a browser send. Beside Django's token, which knows nothing of these headers.

    What carries an ``Authorization`` header was not made by a page that only borrows a log-in, so it passes.

    Args:
        method: Of the request.
        given: Its headers, by name in small letters.
        own: Our own origins, ``https://host``.
    """
    site, origin = given.get("sec-fetch-site", ""), given.get("origin", "")
    told = Refusal(403, "another site has sent this request", "open the page here, and send it from there")
    if method in SAFE:
        leads_here = given.get("sec-fetch-mode") == "navigate" and given.get("sec-fetch-dest") == "document"
        return told if site == "cross-site" and not leads_here and "authorization" not in given else None
    if "authorization" in given:
        return None
    if site in ("cross-site", "same-site") or (origin and origin.lower() not in _plain(own)):
        return told
    return None


def _plain(origins: Iterable[str]) -> set[str]:
    """Return origins as browsers write them: without the port that the scheme has anyway."""
    plain = set()
    for origin in origins:
        scheme, _, host = origin.lower().partition("://")
        default = {"https": ":443", "http": ":80"}.get(scheme, "")
        plain.add(f"{scheme}://{host.removesuffix(default)}")
    return plain
