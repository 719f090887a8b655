"""No place of one machine, no promise, in any page."""

from __future__ import annotations

import re
from typing import Final

from checks.pages import Page

_UNWANTED: Final = {
    "a place that only one machine has": re.compile(r"(?<![\w.~])/(?:work|home|root|Users|tmp|mnt)/"),
    "an open end": re.compile(r"\b(?:TODO|FIXME|TBD|XXX|lorem ipsum)\b", re.IGNORECASE),
}


def check(pages: list[Page]) -> list[str]:
    """Return a line per unwanted word."""
    return [
        f"{page.name}:{page.line_of(found.start())}: {found[0]!r} is {what}"
        for page in pages
        for what, pattern in _UNWANTED.items()
        for found in pattern.finditer(page.text)
    ]
