"""Every variable of the environment that the program reads stands in a table of some page, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from checks.pages import Page

_VARIABLE: Final = re.compile(r"\bTOUCHLINE_[A-Z_]+\b")
_CELL: Final = re.compile(r"^\|[^|]*`TOUCHLINE_[^|]*\|", re.M)
#: What the processes of a server tell each other, and what building and testing read.
_INSIDE: Final = {"TOUCHLINE_HOME", "TOUCHLINE_WEB_SOCKET"}
_ELSEWHERE: Final = {"TOUCHLINE_SHARED", "TOUCHLINE_SOAK", "TOUCHLINE_NO_WEB", "TOUCHLINE_ADDRESS"}
#: Options of commands, which their reference tells.
_OPTIONS: Final = re.compile(r"Environment: (TOUCHLINE_[A-Z_]+)")


def check(pages: list[Page]) -> list[str]:
    """Return a line per variable that no page tells, and per one that is told and not read."""
    source = Path(__file__).resolve().parents[2] / "src"
    read = {name for path in source.rglob("*.py") for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))}
    docs = [page for page in pages if page.name.startswith("docs/")]
    cells = {name for page in docs for cell in _CELL.findall(page.text) for name in _VARIABLE.findall(cell)}
    told = cells | {name for page in docs for name in _OPTIONS.findall(page.text)}
    problems = [f"docs/operations.md: the variable {name} is missing" for name in sorted(read - told - _INSIDE)]
    return problems + [
        f"{page.name}:{page.line_of(found.start())}: nothing reads {found[0]}"
        for page in docs
        for found in _VARIABLE.finditer(page.text)
        if found[0] not in read | _ELSEWHERE
    ]
