"""Each promise names the tests that prove it, and they are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

from checks.pages import Page, page_named, section

#: The page with the table of promises, and the table's heading.
PAGE: Final = "docs/operations.md"
HEADING: Final = "Promises"
_ROOT: Final = Path(__file__).resolve().parents[2]
_TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_ROW: Final = re.compile(r"^\|(?P<promise>[^|]+)\|(?P<tests>[^|]+)\|$", re.M)


def check(pages: list[Page]) -> list[str]:
    """Return a line per promise without a test, and per test that is not there."""
    problems = [
        f"{page.name}:{page.line_of(found.start())}: there is no test {found[0].strip('`')}"
        for page in pages
        for found in _TEST.finditer(page.text)
        if found[2] not in tests_of(_ROOT / found[1])
    ]
    page = page_named(pages, PAGE)
    rows = list(_ROW.finditer(section(page.text, HEADING)))[2:]  # the first two are the head and the line below it
    if not rows:
        return [*problems, f"{PAGE}: there is no table of promises under '{HEADING}'"]
    bare = [row["promise"].strip() for row in rows if not _TEST.search(row["tests"])]
    return problems + [f"{PAGE}: no test proves: {promise}" for promise in bare]


@cache
def tests_of(path: Path) -> frozenset[str]:
    """Return the names of the tests in a file; none where there is no such file."""
    if not path.exists():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_"))
