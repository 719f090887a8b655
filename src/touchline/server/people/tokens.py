"""Secrets that are shown once and kept as hashes.

A token has 256 random bits, so that a plain SHA-256 cannot be guessed back; a slow hash is for passwords only.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # none that look alike
_PREFIX: Final = 10


def fresh() -> str:
    """Return a new token, safe in a URL."""
    return secrets.token_urlsafe(32)


def prefix() -> str:
    """Return a new name of a key."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX))


def digest(token: str) -> str:
    """Return what is kept of a token: 64 hexadecimal digits.

    >>> digest("x")[:8]
    '2d711642'
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def matches(token: str, kept: str) -> bool:
    """Return whether a token is the one that was kept, in a time that does not tell how far they agree.

    >>> matches("x", digest("x")), matches("x", digest("y")), matches("x", "")
    (True, False, False)
    """
    return hmac.compare_digest(digest(token), kept)


def keyed(secret: str, purpose: str, text: str) -> str:
    """Return an HMAC of a text, for what is looked up but must not be readable: 64 hexadecimal digits."""
    return hmac.new(f"{purpose}:{secret}".encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
