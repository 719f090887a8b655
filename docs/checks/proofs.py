"""A promise names the test that proves it: every ``tests/file.py::test_name`` in a page is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

from checks.pages import Page

ROOT: Final = Path(__file__).resolve().parents[2]
_PROOF: Final = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def tests_of(path: Path) -> frozenset[str]:
    """Return the names of a file's tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_"))


def check(pages: list[Page]) -> list[str]:
    """Return a line per proof that is not there."""
    problems = []
    for page in pages:
        for found in _PROOF.finditer(page.text):
            path = ROOT / found[1]
            if not path.exists() or found[2] not in tests_of(path):
                problems.append(f"{page.name}:{page.line_of(found.start())}: there is no test {found[1]}::{found[2]}")
    return problems
