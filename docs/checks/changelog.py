"""The change log knows the current version, or has an open section for it."""

from __future__ import annotations

import re

from checks.pages import Page, page_named
from touchline import __version__


def check(pages: list[Page]) -> list[str]:
    """Return a line if neither the version nor ``Unreleased`` has a section with a line in it."""
    page = page_named(pages, "CHANGELOG.md")
    sections = re.findall(r"^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## |\Z)", page.text, re.M | re.S)
    told = {name for name, body in sections if re.search(r"^- ", body, re.M)}
    if told & {"Unreleased", __version__}:
        return []
    return [f"{page.name}: there is no section [Unreleased] or [{__version__}] with a line in it"]
