"""Finds web addresses that open something: with tokens, passwords or personal values in them.

A link to a page that anyone may read stays, as it says what a comment is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

_URL: Final = re.compile(
    r"(?<![\w@.])(?:[a-z][a-z0-9+.-]{1,15}://|www\.|(?=[\w.-]{4,80}/?[?#/]))"
    r"(?:[\w.~%!$&'*+,;=-]{1,64}(?::[^\s@/]{0,64})?@)?"
    r"(?:[^\W_](?:[\w-]{0,62})\.){1,6}[^\W\d_]{2,24}(?::\d{1,5})?"
    r"(?:[/?#][^\s<>\"'`{}|\\^\[\]]{0,2048})?|(?<![\w@.])[a-z][a-z0-9+.-]{1,15}://[^\s<>\"'`]{1,2048}",
    re.IGNORECASE,
)
#: Names of parameters whose values open, identify or locate somebody.
_NAMES: Final = frozenset(
    {
        "token", "auth", "authorization", "key", "apikey", "secret", "sig", "signature", "session", "sessionid", "sid",
        "jwt", "code", "otp", "pin", "password", "passwd", "pwd", "pass", "hash", "ticket", "magic", "nonce", "state",
        "email", "mail", "phone", "tel", "mobile", "msisdn", "name", "firstname", "lastname", "surname", "fullname",
        "user", "username", "uid", "userid", "login", "customer", "customerid", "account", "accountid", "member",
        "memberid", "client", "clientid", "contact", "contactid", "subscriber", "recipient", "address", "street",
        "zip", "postcode", "dob", "birthday", "birthdate", "ssn", "iban", "card", "order", "orderid", "booking",
        "bookingid", "reservation", "invoice", "ref", "reference", "invite", "reset", "confirm", "unsubscribe",
        "access", "refresh", "bearer", "credential", "lat", "lng", "lon", "ip", "device", "deviceid", "gclid", "fbclid",
    }
)  # fmt: skip
_AUTHORITY: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?([^/?#]*)", re.IGNORECASE)
_PAIR: Final = re.compile(r"[?&#;]([^=&#;?]{1,64})=([^&#;]+)")
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_PIECE: Final = re.compile(r"[A-Za-z0-9]{16,}")
_TRAILING: Final = ".,;:!?)\u2026»”"


def find_links(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each link that opens or identifies something.

    >>> text = "https://shop.example/shoes is fine, https://shop.example/reset?token=a81f is not."
    >>> [text[a:b] for a, b in find_links(text)]
    ['https://shop.example/reset?token=a81f']
    """
    for match in _URL.finditer(text):
        url = match[0].rstrip(_TRAILING)
        if is_personal(url):
            yield match.start(), match.start() + len(url)


def is_personal(url: str) -> bool:
    """Whether a link holds a login, a token, or a parameter about a person.

    >>> is_personal("https://example.org/?utm_source=mail&page=2"), is_personal("example.org/?customer_id=81")
    (False, True)
    """
    authority = _AUTHORITY.match(url)
    host_end = authority.end() if authority else 0
    if authority and "@" in authority[1]:
        return True
    rest = unquote(url[host_end:])
    if "@" in rest.replace("/@", "/") or _UUID.search(rest):
        return True
    return any(_is_personal_name(name) for name, _ in _PAIR.findall(rest)) or any(
        _is_token(piece) for piece in _PIECE.findall(rest)
    )


def _is_personal_name(name: str) -> bool:
    if name.lower().startswith("utm"):
        return False
    words = [word.lower() for word in _WORDS.findall(name)]
    return not _NAMES.isdisjoint(words) or "".join(words) in _NAMES


def _is_token(piece: str) -> bool:
    """Whether letters and digits change places too often for words and numbers that people write."""
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(piece))
    turns = sum(a.islower() and b.isupper() for a, b in pairwise(piece))
    return changes >= 3 or turns >= 5
