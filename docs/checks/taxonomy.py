"""Every field of a taxonomy file stands on its page, and nothing else does."""

from __future__ import annotations

from typing import Final

from checks.pages import Page, first_cells, page_named, section
from touchline.vocabulary.reading import STAGE_KEYS, SUB_STAGE_KEYS, TAXONOMY_KEYS, THEME_KEYS, TOUCHPOINT_KEYS
from touchline.vocabulary.taxonomy import Taxonomy

PAGE: Final = "docs/taxonomy.md"


def check(pages: list[Page]) -> list[str]:
    """Return a line per field that is missing on the page, and per field there that does not exist."""
    page = page_named(pages, PAGE)
    levels = {
        "The file": TAXONOMY_KEYS,
        "Stage": STAGE_KEYS,
        "Sub-stage": SUB_STAGE_KEYS,
        "Touchpoint": TOUCHPOINT_KEYS,
        "Theme": THEME_KEYS,
    }
    problems = []
    for heading, keys in levels.items():
        there = first_cells(section(page.text, heading))
        problems += [f"{page.name}: {heading} lacks the field {key}" for key in keys if key not in there]
        problems += [f"{page.name}: {heading} has no field {key}" for key in there if key not in keys]
    return problems


def templates() -> str:
    """Return the templates with their stages, as a table."""
    lines = ["| template | stages, in order (recurring ones in italics) |", "|---|---|"]
    for name in Taxonomy.templates():
        stages = (f"*{s.name}*" if s.kind == "recurring" else s.name for s in Taxonomy.template(name).stages)
        lines.append(f"| `{name}` | {', '.join(stages)} |")
    return "\n".join(lines) + "\n"
