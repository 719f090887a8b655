"""Replaces e-mail addresses, telephone, card and account numbers and IP addresses by typed placeholders.

It runs before anything is stored. Rules have a version, so texts can be redacted again when they improve.
Texts that hold neither an ``@`` nor digits enough are told by one vectorised look, and cost next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.privacy.checks import iban_length, is_card, is_ipv6
from touchline.privacy.phones import find_phones

REDACTION: Final = "r1"
KINDS: Final = ("email", "iban", "card", "ip", "phone")
#: Kinds whose placeholders are numbered, so that two addresses in a text stay two.
_NUMBERED: Final = frozenset({"email", "phone"})

#: What a text must hold to be looked at closely (RE2 syntax).
_SUSPECT: Final = (
    r"\S@\S|\p{Nd}(?:[^\p{L}\p{Nd}]{0,3}\p{Nd}){6}|\p{Nd}\.\p{Nd}{1,3}\.\p{Nd}{1,3}\.\p{Nd}"
    r"|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:|[(\[ ](?i:at|dot)[)\] ].{0,64}[(\[ ](?i:dot)[)\] ]"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+%&'*/=?^`{|}~-])[\w.+%&'*/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])"
    r"|(?<![\w.+-])[\w.+-]{1,64} ?(?:\(at\)|\[at\]| at ) ?[\w-]{1,63}"
    r"(?: ?(?:\(dot\)|\[dot\]| dot ) ?[\w-]{2,24}){1,3}",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,32}")
_CARD: Final = re.compile(r"(?<![\w.,+#-])\d{2,19}(?:[ \u00a0-]\d{2,19})*(?!\w)")
_IPV4: Final = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)")
_IPV6: Final = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,39}(?:\.\d{1,3}){0,3}(?![\w:])")
_VERSION: Final = re.compile(r"\b(?:v|ver|version|firmware|release|build|ios|android|update)\W{0,3}$", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\[(EMAIL|PHONE)_(\d+)\]")
_GROUPS: Final = re.compile(r"\d+")


def redact(texts: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, dict[str, int]]:
    """Redact an array of texts.

    Args:
        texts: Strings; NULL stays NULL.

    Returns:
        The redacted texts, and how many values of each of `KINDS` were replaced.

    >>> clean, counts = redact(pa.array(["ann@example.org or bob@example.org, not ann@example.org.", None]))
    >>> clean.to_pylist(), counts["email"]
    (['[EMAIL_1] or [EMAIL_2], not [EMAIL_1].', None], 3)
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    counts = dict.fromkeys(KINDS, 0)
    if texts.null_count == len(texts):
        return texts, counts
    suspect = pc.fill_null(pc.match_substring_regex(texts, _SUSPECT), False)
    rows = pc.indices_nonzero(suspect)
    if not len(rows):
        return texts, counts
    cleaned = [redact_text(text, counts) for text in texts.take(rows).to_pylist()]
    return pc.replace_with_mask(texts, suspect, pa.array(cleaned, texts.type)), counts


def redact_text(text: str, counts: dict[str, int] | None = None) -> str:
    """Redact one text; what is redacted already stays as it is.

    Args:
        text: The text.
        counts: Replacements are added to it.

    >>> redact_text("Pay with 4111 1111 1111 1111 from 10.0.0.7; ring +44 20 7946 0958")
    'Pay with [CARD] from [IP]; ring [PHONE_1]'
    """
    counts = dict.fromkeys(KINDS, 0) if counts is None else counts
    while True:  # what was taken out may bare what it hid; each round leaves fewer digits
        once = _round(text, counts)
        if once == text:
            return text
        text = once


def _round(text: str, counts: dict[str, int]) -> str:
    numbers: dict[tuple[str, str], int] = {}
    last = dict.fromkeys(_NUMBERED, 0)
    for kind, number in _PLACEHOLDER.findall(text):
        last[kind.lower()] = max(last[kind.lower()], int(number))
    parts: list[str] = []
    end = 0
    for start, stop, kind in sorted(_found(text), key=lambda f: (f[0], -f[1], KINDS.index(f[2]))):
        if start < end:
            continue
        label = kind.upper()
        if kind in _NUMBERED:
            key = (kind, _plain(text[start:stop], kind))
            if key not in numbers:
                last[kind] += 1
                numbers[key] = last[kind]
            label = f"{label}_{numbers[key]}"
        parts += (text[end:start], f"[{label}]")
        counts[kind] += 1
        end = stop
    return "".join(parts) + text[end:]


def _plain(value: str, kind: str) -> str:
    return value.lower() if kind == "email" else "".join(c for c in value if c.isdigit())


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _EMAIL.finditer(text):
        yield *match.span(), "email"
    yield from _ibans(text)
    yield from _cards(text)
    for match in _IPV4.finditer(text):
        if not _VERSION.search(text, max(0, match.start() - 12), match.start()):
            yield *match.span(), "ip"
    for match in _IPV6.finditer(text):
        if is_ipv6(match[0]):
            yield *match.span(), "ip"
    for start, stop in find_phones(text):
        yield start, stop, "phone"


def _ibans(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _IBAN.finditer(text):
        places = [i for i in range(*match.span()) if text[i].isalnum()]
        length = iban_length("".join(text[i] for i in places))
        if length and (length == len(places) or places[length] > places[length - 1] + 1):
            yield match.start(), places[length - 1] + 1, "iban"


def _cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Runs of digit groups that are a card's number; a run may hold a date or a code beside it."""
    for match in _CARD.finditer(text):
        groups = [g.span() for g in _GROUPS.finditer(text, *match.span())]
        first = 0
        while first < len(groups):
            step = 1
            digits = ""
            for last in range(first, len(groups)):
                digits += text[slice(*groups[last])]
                if len(digits) >= 13 and is_card(digits):
                    yield groups[first][0], groups[last][1], "card"
                    step = last - first + 1
                    break
                if len(digits) >= 19:
                    break
            first += step
