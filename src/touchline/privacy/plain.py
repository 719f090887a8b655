"""Texts and values in the plain form that rules are written for."""

from __future__ import annotations

import re
from typing import Final

#: Spaces, hyphens and at-signs that look like the plain ones, and digits of other scripts. One character each.
_ODD: Final = re.compile(
    r"[\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]|[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]|[\uff20\ufe6b]|\d"
)
_AT: Final = re.compile(r" ?[(\[]at[)\]] ?| at ")
_DOT: Final = re.compile(r" ?[(\[]dot[)\]] ?| dot ")


def plain(text: str) -> str:
    """Return a text of the same length with plain spaces, hyphens, at-signs and digits.

    >>> plain("020\u00a07946\u20130958, ٣")
    '020 7946-0958, 3'
    """
    return text if text.isascii() else _ODD.sub(_plainly, text)


def _plainly(match: re.Match[str]) -> str:
    sign = match[0]
    if sign.isdecimal():
        return str(int(sign))
    if sign in "\uff20\ufe6b":
        return "@"
    return "-" if sign in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d" else " "


def value_of(kind: str, written: str) -> str:
    """Return what makes two ways of writing a value the same: its letters and digits in lower case.

    >>> value_of("phone", "+44 20 7946-0958") == value_of("phone", "+442079460958")
    True
    """
    lowered = plain(written).lower()
    if kind == "email":
        lowered = _DOT.sub(".", _AT.sub("@", lowered))
    return lowered if kind in ("email", "url", "ip") else "".join(c for c in lowered if c.isalnum())
