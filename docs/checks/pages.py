"""The pages, and the few parts of Markdown that the checks look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FENCE: Final = re.compile(r"^(?P<mark><!-- runs -->\n)?```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^```$", re.M | re.S)
_HEADING: Final = re.compile(r"^#{1,6} +(.+?)\s*$", re.M)
_GENERATED: Final = re.compile(
    r"^<!-- generated: (?P<name>.+?) -->\n(?P<body>.*?)^<!-- end generated -->$", re.M | re.S
)
_INLINE_CODE: Final = re.compile(r"`[^`\n]*`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code.

    Attributes:
        language: What stands behind the fence: ``python``, ``console`` ...
        body: Its lines.
        line: The line of its fence in the page, from 1.
        runs: Whether ``<!-- runs -->`` stands before it.
    """

    language: str
    body: str
    line: int
    runs: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown file.

    Attributes:
        name: Its path from the root, with slashes.
        path: Where it is.
        text: What it says.
    """

    name: str
    path: Path
    text: str

    def line_of(self, position: int) -> int:
        """Return the line, from 1, of a place in the text."""
        return self.text.count("\n", 0, position) + 1

    def blocks(self, language: str) -> list[Block]:
        """Return the fenced blocks of a language."""
        return [
            Block(m["language"], m["body"], self.line_of(m.start("language")), m["mark"] is not None)
            for m in _FENCE.finditer(self.text)
            if m["language"] == language
        ]

    def prose(self) -> str:
        """Return the text with code, fenced and inline, blanked out; places stay the same."""
        without = _FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), self.text)
        return _INLINE_CODE.sub(lambda m: " " * len(m[0]), without)

    def anchors(self) -> set[str]:
        """Return the anchors that GitHub gives the headings."""
        found: dict[str, int] = {}
        anchors = set()
        text = _FENCE.sub("", self.text)
        for heading in _HEADING.findall(text):
            slug = slug_of(heading)
            times = found.get(slug, 0)
            anchors.add(f"{slug}-{times}" if times else slug)
            found[slug] = times + 1
        return anchors

    def generated(self) -> dict[str, str]:
        """Return the generated parts by name."""
        return {m["name"]: m["body"] for m in _GENERATED.finditer(self.text)}

    def with_generated(self, parts: dict[str, str]) -> str:
        """Return the text with generated parts renewed; parts that are not given stay."""

        def renewed(m: re.Match[str]) -> str:
            body = parts.get(m["name"], m["body"])
            return f"<!-- generated: {m['name']} -->\n{body}<!-- end generated -->"

        return _GENERATED.sub(renewed, self.text)


def slug_of(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading.

    >>> slug_of("`[[scales]]`: how scores are read")
    'scales-how-scores-are-read'
    """
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")


def read_pages(root: Path) -> list[Page]:
    """Return every page of the repository: those at its root and all under ``docs``."""
    paths = sorted(root.glob("*.md")) + sorted((root / "docs").rglob("*.md"))
    return [Page(path.relative_to(root).as_posix(), path, path.read_text(encoding="utf-8")) for path in paths]


def page_named(pages: list[Page], name: str) -> Page:
    """Return a page; an empty one where it is missing, so that every check can say what it lacks."""
    return next((page for page in pages if page.name == name), Page(name, Path(name), ""))


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next heading; empty where there is none."""
    found = re.search(rf"^#+ +{re.escape(heading)}[^\n]*\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    return found[1] if found else ""


def first_cells(text: str) -> list[str]:
    """Return the code in the first cell of each table row: ``| `key` | ... |``."""
    return re.findall(r"^\| `([^`]+)`", text, re.M)
