"""Apps of the server import each other's facade only."""

from __future__ import annotations

import ast
from pathlib import Path

import touchline.server

ROOT = Path(touchline.server.__file__).parent
#: No apps: what all stand on, and what puts them together.
OPEN = {"config", "home", "processes", "cli", "manage"}
#: What a facade cannot give: a foreign key's class, commands of the command line, and the door, which has no Django.
ALLOWED = {"workspaces.models", "people.commands", "people.terminal", "security.door", "privacy.offline"}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.removeprefix("touchline.server.") for name in names if name.startswith("touchline.server.")}


def test_an_app_knows_of_another_what_its_facade_gives() -> None:
    beyond = []
    for path in ROOT.rglob("*.py"):
        own = path.relative_to(ROOT).parts[0].removesuffix(".py")
        for name in imported(path):
            app, module = ([*name.split("."), "facade"])[:2]
            if own in OPEN | {app} or app in OPEN or module == "facade" or f"{app}.{module}" in ALLOWED:
                continue
            beyond.append(f"{path.relative_to(ROOT)}: {name}")
    assert not beyond
