"""``[privacy]``: what is redacted beyond the rules that always hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from touchline.settings.section import Section
from touchline.vocabulary.schemas import AGREEMENTS, KINDS

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
        ask_first: Purposes for which nothing is done without a customer's yes (`AGREEMENTS`); for the others it is
            done until they say no.
    """

    orders: bool = False
    patterns: tuple[str, ...] = ()
    names: str = ""
    regions: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    ask_first: tuple[str, ...] = ()


def read_privacy(section: Section) -> Privacy:
    """Read ``[privacy]``; what is wrong is noted at its key."""
    d = Privacy()
    found = Privacy(
        section.flag("orders", d.orders),
        section.texts("patterns"),
        section.text("names", d.names),
        section.texts("regions"),
        section.texts("leave"),
        section.texts("ask_first"),
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
    for purpose in found.ask_first:
        if purpose not in AGREEMENTS:
            section.wrong("ask_first", f"'{purpose}' is not known; one of {', '.join(AGREEMENTS)}")
    section.close()
    return found


@dataclass(frozen=True, slots=True)
class Retention:
    """``[[retention]]``: how long something is kept.

    Attributes:
        days: Since it happened.
        what: ``text`` (the words go, what was read in them stays) or ``whole`` (the record goes).
        sources: Globs of sources; empty is all.
        kinds: Kinds of interaction; empty is all.
    """

    days: float
    what: str = "text"
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


def read_retention(section: Section) -> Retention:
    """Read one ``[[retention]]``; what is wrong is noted at its key."""
    if not section.has("days"):
        section.wrong("", "'days' is missing")
    found = Retention(
        section.number("days", 3650.0, 0.0, 36_500.0),
        section.text("what", "text", among=("text", "whole")),
        section.texts("sources"),
        section.texts("kinds"),
    )
    for kind in found.kinds:
        if kind not in KINDS:
            section.wrong("kinds", f"'{kind}' is not known; one of {', '.join(KINDS)}")
    section.close()
    return found
