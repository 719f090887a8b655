"""``[privacy]``: what is redacted beyond the rules that always hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from touchline.settings.section import Section

#: What can be left in the texts: the kinds that always are replaced unless it is said otherwise.
LEAVABLE: Final = ("url", "email", "iban", "card", "id", "ip", "phone", "address")
_REGION: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Privacy:
    """``[privacy]``: what is redacted before anything is stored.

    Attributes:
        orders: Also order, booking, account and customer numbers, told by the words before them.
        patterns: Regular expressions of the company's own numbers; what they match is replaced.
        names: A finder of person names, ``spacy`` or ``spacy:MODEL``; empty finds none.
        regions: Countries (ISO 3166) whose phone numbers are found without gaps and without a word that names them.
        leave: Kinds that are not replaced, of `LEAVABLE`.
    """

    orders: bool = False
    patterns: tuple[str, ...] = ()
    names: str = ""
    regions: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


def read_privacy(section: Section) -> Privacy:
    """Read ``[privacy]``; what is wrong is noted at its key."""
    d = Privacy()
    found = Privacy(
        section.flag("orders", d.orders),
        section.texts("patterns"),
        section.text("names", d.names),
        section.texts("regions"),
        section.texts("leave"),
    )
    for pattern in found.patterns:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            section.wrong("patterns", f"'{pattern}' is no regular expression: {error}")
            continue
        if compiled.fullmatch(""):
            section.wrong("patterns", f"'{pattern}' also matches nothing; let it ask for one character at least")
    for region in found.regions:
        if not _REGION.fullmatch(region):
            section.wrong("regions", f"'{region}' is no country; use two capital letters such as GB")
    for kind in found.leave:
        if kind not in LEAVABLE:
            section.wrong("leave", f"'{kind}' is not known; one of {', '.join(LEAVABLE)}")
    section.close()
    return found
