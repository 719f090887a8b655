"""What data call a thing, as people read it: ``order_placed`` is Order placed, ``apac`` is APAC."""

from __future__ import annotations

import re
from typing import Final

from touchline.vocabulary.named import anything

#: A word of small letters, or several held together by underscores; anything else was written for people.
_IDENTIFIER: Final = re.compile(r"[a-z]+|[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_ASIDE: Final = re.compile(r"[(<]([a-z_]+)[)>]")
_BETWEEN: Final = " > "
_SHORT: Final = frozenset((
    "amer", "api", "apac", "b2b", "b2c", "ces", "csat", "dach", "emea", "eu", "faq", "jsi", "latam", "nps", "roi",
    "sla", "sme", "smb", "sms", "uk", "url", "us", "usa", "vip",
))  # fmt: skip


def called(name: str) -> str:
    """Return a name of the data as it is read in a figure; one that was written for people stays as it is.

    >>> called("order_placed"), called("apac"), called("(end)"), called("C1024"), called("Delivery, late")
    ('Order placed', 'APAC', 'End', 'C1024', 'Delivery, late')
    >>> called("at risk")
    'At risk'
    >>> called("first_visit > ad_clicked")
    'First visit → Ad clicked'
    """
    if _BETWEEN in name:
        return " → ".join(called(part) for part in name.split(_BETWEEN))
    if aside := _ASIDE.fullmatch(name):
        name = aside[1]
    if name.islower() and (known := anything(name)) is not None:
        said = str(known)
        return said[:1].upper() + said[1:]
    if not _IDENTIFIER.fullmatch(name):
        return name
    words = [word.upper() if word in _SHORT else word for word in name.split("_")]
    return " ".join((words[0][:1].upper() + words[0][1:], *words[1:]))
