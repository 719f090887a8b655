"""Every relative link leads somewhere, and every anchor is a heading."""

from __future__ import annotations

import re
from typing import Final

from checks.pages import Page

_LINK: Final = re.compile(r"\]\((?P<target>[^)\s]+)\)|(?:src|href)=\"(?P<tag>[^\"]+)\"")
_ELSEWHERE: Final = ("http://", "https://", "mailto:")


def check(pages: list[Page]) -> list[str]:
    """Return a line per link that leads nowhere."""
    anchors = {page.path.resolve(): page.anchors() for page in pages}
    problems = []
    for page in pages:
        for found in _LINK.finditer(page.prose()):
            target = found["target"] or found["tag"]
            if target.startswith(_ELSEWHERE):
                continue
            path, _, anchor = target.partition("#")
            to = (page.path.parent / path).resolve() if path else page.path.resolve()
            where = f"{page.name}:{page.line_of(found.start())}"
            if not to.exists():
                problems.append(f"{where}: {target} does not exist")
            elif anchor and anchor not in anchors.get(to, set()):
                problems.append(f"{where}: {target} names no heading")
    return problems
