"""Every key of ``touchline.toml`` stands on its page, and nothing else does.

The reader itself tells which keys it knows: it is given a file that holds one unknown key per table.
"""

from __future__ import annotations

import re
from typing import Final

from checks.pages import Page, first_cells, page_named, section
from touchline.errors import SettingsError
from touchline.settings import Settings

PAGE: Final = "docs/settings.md"
_UNKNOWN: Final = "q9"
_TABLES: Final = (
    "[workspace]", "[score]", "[engine]", "[journal]", "[understanding]", "[understanding.llm]",
    "[privacy]", "[[retention]]", "[segments]",
    "[service]", "[[service.targets]]", "[service.events]",
    "[[segments.rules]]", "[[scales]]", "[[programmes]]", "[[severity]]", "[[proxies]]", "[[personas]]", "[lifecycle]",
    "[value]", "[value.health]", "[cases]", "[cases.due]",
)  # fmt: skip


def known() -> dict[str, set[str]]:
    """Return the keys of each table, and under the empty name the tables, as the reader tells them."""
    asked = "\n".join([f"{_UNKNOWN} = 1", *(f"{table}\n{_UNKNOWN} = 1" for table in _TABLES)])
    try:
        Settings.parse(asked)
    except SettingsError as error:
        told = re.findall(rf"(\S*){_UNKNOWN}: unknown key; known: ([\w, ]+)", error.what)
    else:
        raise AssertionError("the reader took unknown keys")
    return {re.sub(r"\[\d+\]", "", path).rstrip("."): set(keys.split(", ")) for path, keys in told}


def check(pages: list[Page]) -> list[str]:
    """Return a line per key that is missing on the page, and per key there that does not exist."""
    page = page_named(pages, PAGE)
    keys = known()
    names = {table.strip("[]"): table for table in _TABLES}
    problems = [
        f"{page.name}: the reader knows the table [{name}], which this check does not"
        for name in keys[""] - names.keys()
    ]
    for name, table in names.items():
        there = set(first_cells(section(page.text, f"`{table}`")))
        want = keys[name] - {key for key in keys[name] if f"{name}.{key}" in names}
        problems += [f"{page.name}: {table} lacks the key {key}" for key in sorted(want - there)]
        problems += [f"{page.name}: {table} has no key {key}" for key in sorted(there - want)]
    return problems
