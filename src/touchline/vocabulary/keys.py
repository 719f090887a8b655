"""Our own keys of customers and accounts: the same on every engine and machine, of no use without the secret."""

from __future__ import annotations

import hashlib
from typing import Final

#: Separates the parts of a name; no export holds it.
UNIT: Final = "\x1f"


def key_of(key: bytes, name: str) -> int:
    """Return a 60-bit key of a name.

    >>> key_of(b"key", "a") == key_of(b"key", "a") != key_of(b"other", "a")
    True
    """
    return int(hashlib.sha256(key + name.encode()).hexdigest()[:15], 16)


def customer_key(key: bytes, ref: str) -> int:
    """Return the key of a customer's reference."""
    return key_of(key, f"customer{UNIT}{ref}")


def account_key(key: bytes, ref: str) -> int:
    """Return the key of an account's reference."""
    return key_of(key, f"account{UNIT}{ref}")
