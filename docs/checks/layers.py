"""The layers that the architecture page draws are those that import-linter holds."""

from __future__ import annotations

import tomllib
from pathlib import Path

from checks.pages import Page, page_named

PAGE = "docs/architecture.md"
HEADING = "Layers"


def declared(pyproject: Path) -> list[str]:
    """Return the layers of ``pyproject.toml``, the highest first, without the package's name."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [layer.replace("touchline.", "") for layer in layers]


def check(pages: list[Page]) -> list[str]:
    """Return a line if the page's first block of plain text under its heading is not the list of layers."""
    page = page_named(pages, PAGE)
    want = declared(Path(__file__).resolve().parents[2] / "pyproject.toml")
    _, _, below = page.text.partition(f"## {HEADING}\n")
    start = below.find("```text\n")
    block = below[start:].split("```")[1].removeprefix("text\n") if start >= 0 else ""
    drawn = [line.split("  ")[0].strip() for line in block.splitlines() if line.strip()]
    if drawn == want:
        return []
    return [f"{page.name}: the layers under '{HEADING}' are {drawn}, and pyproject.toml has {want}"]
