"""Finds telephone numbers, and leaves order numbers, dates, prices and times alone.

A run of digits is a telephone number by its shape (international, North American, trunk zero), or because the
words before it say so, or because it is valid in some country and grouped just as that country does; words that
say "order number" or "invoice" take the doubtful shapes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from touchline.privacy.context import CARD_WORDS, ID_WORDS, NUMBER_WORDS, PHONE_WORDS, says_other, words_before
from touchline.privacy.places import Places, matches

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

_DATE: Final = re.compile(
    r"(?:^|[^\d])(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d(?:[./-]\d{1,2}){2})(?!\d)"
)
#: Groups of digits as people write the numbers of their own country.
_GROUPED: Final = re.compile(
    r"(?<![\w+.,/#$€£-])\(?\d{1,5}\)?[ .\-/]\d{1,10}(?:[ .\-/]\d{1,5}){0,4}(?![\w#%€$£]|[.,-]\d|[ ]?(?:€|EUR|USD)\b)"
)
_BARE: Final = re.compile(r"(?<![\w+.,/#$€£-])\d{8,12}(?![\w#%€$£]|[.,-]\d)")
#: Whose way of grouping a number is known by: phonenumbers' names of countries.
COUNTRIES: Final = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "PT", "BR", "MX", "AR", "IN", "AU", "NZ", "IE", "SE",
    "NO", "DK", "FI", "PL", "CZ", "ZA", "JP", "KR", "TR",
)  # fmt: skip
#: How many numbers of a text are held against every country: it takes half a millisecond each.
_MOST: Final = 16
_RUNS: Final = re.compile(r"\d+")


def find_phones(places: Places, regions: Sequence[str] = ()) -> Iterator[tuple[int, int]]:
    """Yield start and end of each telephone number; they may overlap.

    Args:
        places: The text.
        regions: Countries (ISO 3166) whose numbers are also found where they are written without gaps and no word
            names them.

    >>> text = "Call 020 7946 0958 about order 4155550123, not 2026-11-22."
    >>> {text[a:b] for a, b in find_phones(Places(text))}
    {'020 7946 0958'}
    """
    text, starts = places.text, places.numbers
    found = set()
    for match in matches(_SURE, text, starts):
        found.add(match.start())
        if not _DATE.search(match[0]) and not _is_other(text, match.start(), sure=match[0][0] in "+("):
            yield match.span()
    for match in matches(_DOUBTFUL, text, starts):
        if not _is_other(text, match.start()):
            yield match.span()
    for match in matches(_NAMED, text, starts):
        words = words_before(text, match.start())
        named = not words.isdisjoint(PHONE_WORDS)
        if not named and not words.isdisjoint(NUMBER_WORDS):
            named = words.isdisjoint(CARD_WORDS | ID_WORDS) and sum(c.isdigit() for c in match[0]) >= 9
        if named and not says_other(text, match.start(), words) and not _DATE.search(match[0]):
            yield match.span()
    grouped = (m for m in matches(_GROUPED, text, starts) if m.start() not in found and not _DATE.search(m[0]))
    for match in islice(grouped, _MOST):
        if not _is_other(text, match.start()) and _is_national(match[0]):
            yield match.span()
    for match in islice(matches(_BARE, text, starts), _MOST) if regions else ():
        if not _is_other(text, match.start()) and _is_valid(match[0], regions):
            yield match.span()


def _is_other(text: str, start: int, *, sure: bool = False) -> bool:
    """Whether the words before say that this is some other number."""
    if sure:
        return False
    words = words_before(text, start)
    return says_other(text, start, words) and words.isdisjoint(PHONE_WORDS)


def _is_national(written: str) -> bool:
    """Whether a country's valid number is written here just as its people group it, trunk zero or not."""
    import phonenumbers as pn

    groups = _RUNS.findall(written)
    if not 9 <= sum(map(len, groups)) <= 13:
        return False
    for country in COUNTRIES:
        try:
            number = pn.parse(written, country)
        except pn.NumberParseException:
            continue
        if pn.is_valid_number_for_region(number, country):
            for style in (pn.PhoneNumberFormat.NATIONAL, pn.PhoneNumberFormat.INTERNATIONAL):
                usual = _RUNS.findall(pn.format_number(number, style))
                if groups == (usual[1:] if style == pn.PhoneNumberFormat.INTERNATIONAL else usual):
                    return True
    return False


def _is_valid(digits: str, regions: Sequence[str]) -> bool:
    """Whether digits without gaps are a number of one of the countries."""
    import phonenumbers as pn

    for country in regions:
        try:
            number = pn.parse(digits, country)
        except pn.NumberParseException:
            continue
        if pn.is_valid_number_for_region(number, country):
            return True
    return False
