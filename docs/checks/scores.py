"""The scores that the page on trust tells are those of the model card."""

from __future__ import annotations

import re
from typing import Final

from checks.pages import Page

_TRUST: Final = "docs/trust.md"
_CARD: Final = "docs/model-card.md"
_KINDS: Final = ("stage", "sentiment", "emotion", "effort", "resolution", "intent", "severity")
_DOMAINS: Final = "telecom, utility, gym"
#: What the page calls a score, and where it stands in the card: set and what.
_ROWS: Final = {
    **{kind: (_DOMAINS, f"{kind}, macro-F1") for kind in _KINDS},
    "stage, channel and source given": (f"{_DOMAINS}, channel and source given", "stage, macro-F1"),
    "calibration error of the stage": (_DOMAINS, "stage: calibration error"),
    "calibration error of the sentiment": (_DOMAINS, "sentiment: calibration error"),
    "could be placed, and was left unassigned": (_DOMAINS, "placeable but unassigned"),
}


def check(pages: list[Page]) -> list[str]:
    """Return a line per score of the reader, or of two labellers, that differs from the card's."""
    texts = {page.name: page.text for page in pages}
    told = {row[0]: row[1:] for row in _rows(texts[_TRUST], "measured")}
    scores = {(row[0], row[1]): row[3] for row in _rows(texts[_CARD], "scores")}
    kappas = {row[0]: row[2] for row in _rows(texts[_CARD], "agreement")}
    problems = []
    for name, place in _ROWS.items():
        if name not in told or place not in scores:
            problems.append(f"{_TRUST}: the card or the page has no row for {name!r}")
            continue
        wanted = (_short(scores[place]), kappas.get(name, ""))
        if told[name][1:] != wanted:
            problems.append(f"{_TRUST}: {name} is {' and '.join(filter(None, wanted))} in {_CARD}; write that")
    return problems


def _rows(text: str, name: str) -> list[tuple[str, ...]]:
    """Return the cells of the table between two markers, its head left out."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    lines = found[1].strip().splitlines()[2:] if found else []
    return [tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines]


def _short(score: str) -> str:
    return f"{float(score) + 1e-9:.2f}"
