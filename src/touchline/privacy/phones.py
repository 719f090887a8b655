"""Finds telephone numbers, and leaves order numbers, dates, prices and times alone.

A run of digits is a telephone number by its shape (international, North American, trunk zero), or because the
words before it say so; words that say "order number" or "invoice" take the doubtful shapes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_GAP: Final = r"[ \u00a0.\-/]?"
#: Beyond doubt by their shape.
_SURE: Final = re.compile(
    rf"""(?<![\w+.,/#-])(?:
        \+{_GAP}[1-9]\d{{0,2}}{_GAP}(?:\(0\){_GAP})?(?:\(\d{{1,5}}\){_GAP})?\d(?:{_GAP}\d){{5,12}}
      | 00[1-9]\d{{0,2}}[ \-/]\d(?:{_GAP}\d){{6,11}}
      | (?:1[ .-]?)?\([2-9]\d\d\)[ .-]?[2-9]\d\d[ .-]?\d{{4}}
      | (?:1[ .-])?[2-9]\d\d([.-])[2-9]\d\d\1\d{{4}}
      | \(0\d{{1,5}}\)[ -]?\d(?:[ -]?\d){{4,8}}
      | \(\d{{2}}\)[ ]?9?\d{{4}}[ -]\d{{4}}
      | 0[1-9](?:[ ]\d\d){{4}} | 0[1-9](?:\.\d\d){{4}} | 0[1-9](?:-\d\d){{4}}
      | 0\d{{2,4}}[ ]\d{{3,4}}[ ]\d{{3,4}} | 0\d{{2,4}}-\d{{3,4}}-\d{{3,4}}
      | 0\d{{3}}[ ]\d{{2,3}}[ ]\d{{2}}[ ]\d{{2}}
      | 0\d{{2,5}}[ /-]\d{{5,8}} | 0\d[ -]\d{{4}}[ -]\d{{4}}
    )(?![\w#]|[.,-]\d)""",
    re.VERBOSE,
)
#: Telephone numbers as often as not; what stands before decides.
_DOUBTFUL: Final = re.compile(
    r"""(?<![\w+.,/#-])(?:
        (?:1[ ])?[2-9]\d\d[ ][2-9]\d\d[ ]\d{4}
      | 0[1-9]\d{8,9} | 00[1-9]\d{9,12}
      | [679]\d\d[ ]\d{3}[ ]\d{3} | [6-9]\d{4}[ ]\d{5}
    )(?![\w#]|[.,-]\d)""",
    re.VERBOSE,
)
#: Anything with enough digits, when the words before it say that it is one.
_NAMED: Final = re.compile(r"(?<![\w+.,/#-])\(?\d(?:[ \u00a0().\-/]{0,2}\d){6,14}(?![\w#]|[.,-]\d)")

_SAY_PHONE: Final = frozenset(
    {
        "phone", "telephone", "mobile", "cell", "cellphone", "fon", "telefon", "handy", "móvil", "whatsapp",
        "fax", "tel", "ph", "mob", "call", "calling", "ring", "dial", "text", "sms", "reach", "contact",
    }
)  # fmt: skip
_SAY_OTHER: Final = frozenset(
    {
        "order", "invoice", "ref", "reference", "booking", "reservation", "ticket", "case", "claim", "policy",
        "tracking", "parcel", "shipment", "account", "acct", "confirmation", "serial", "id", "sku", "isbn",
        "ean", "article", "item", "product", "model", "contract", "customer", "member", "loyalty", "incident",
        "transaction", "payment", "receipt", "pnr", "imei", "meter", "vin", "zip", "code", "pin",
    }
)  # fmt: skip
_SIGNS: Final = "#№$£€¥"
_BEFORE: Final = re.compile(r"[^\W\d_]+|[\d\n]")
_DATE: Final = re.compile(
    r"(?:^|[^\d])(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d(?:[./-]\d{1,2}){2})(?!\d)"
)
_LOOK_BACK: Final = 40


def find_phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each telephone number; they may overlap.

    >>> text = "Call 020 7946 0958 about order 4155550123, not 2026-11-22."
    >>> [text[a:b] for a, b in find_phones(text)]
    ['020 7946 0958', '020 7946 0958']
    """
    for match in _SURE.finditer(text):
        if not _DATE.search(match[0]) and not _is_other(text, match.start(), sure=match[0][0] in "+("):
            yield match.span()
    for match in _DOUBTFUL.finditer(text):
        if not _is_other(text, match.start(), sure=False):
            yield match.span()
    for match in _NAMED.finditer(text):
        says_phone, says_other = _said(text, match.start())
        if says_phone and not says_other and not _DATE.search(match[0]):
            yield match.span()


def _is_other(text: str, start: int, *, sure: bool) -> bool:
    """Whether the words before say that this is some other number."""
    if sure:
        return False
    says_phone, says_other = _said(text, start)
    return says_other and not says_phone


def _said(text: str, start: int) -> tuple[bool, bool]:
    """Whether the words before a place, back to the last digit, speak of a telephone or of another number."""
    before = text[max(0, start - _LOOK_BACK) : start].lower()
    words: set[str] = set()
    for word in reversed(_BEFORE.findall(before)):
        if word.isdigit() or word == "\n":
            break
        words.add(word)
    other = before.rstrip()[-1:] in _SIGNS if before.strip() else False
    return not words.isdisjoint(_SAY_PHONE), other or not words.isdisjoint(_SAY_OTHER)
