"""A map as a Mermaid journey diagram, which code hosts and wikis draw by themselves."""

from __future__ import annotations

import re
from typing import Final

from touchline.maps.measured import Overlay
from touchline.maps.model import Map, Step

_NOBODY: Final = "Customer"
#: What ends a name in Mermaid, begins a comment or an entity, or would be read as markup.
_MARKS: Final = re.compile(r"[:;#%<>\"{}|]+")
#: Words that open a line of their own.
_KEYWORDS: Final = re.compile(r"^(title|section|journey|accTitle|accDescr)\b", re.IGNORECASE)


def mermaid(whole: Map, overlay: Overlay | None = None) -> str:
    """Return a map as a Mermaid ``journey``: phases as sections, steps as tasks with a score of 1 to 5.

    A score is the measured JSI where there is one, else what is believed (a JSI of 0 is 1, of 100 is 5). Where there is
    neither, Mermaid still needs one: the step is drawn in the middle, and its name says that there is no data.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.

    >>> from touchline.maps.model import Belief, Phase
    >>> steps = (Step("a", "Orders", believed=(Belief(jsi=75),)), Step("b", "Waits: long"))
    >>> print(mermaid(Map("m", "Coffee", personas=("Nora",), phases=(Phase("p", "Buy", steps),))))
    journey
        title Coffee
        section Buy
            Orders: 4: Nora
            Waits, long (no data): 3: Nora
    <BLANKLINE>
    """
    people = ", ".join(" ".join(_said(name).replace(",", " ").split()) for name in whole.personas) or _NOBODY
    lines = ["journey", f"    title {_said(whole.name) or 'Journey'}"]
    for phase in whole.phases:
        if phase.steps:
            lines.append(f"    section {_begun(_said(phase.name)) or 'Phase'}")
        for step in phase.steps:
            score, name = _scored(step, overlay)
            lines.append(f"        {_begun(name)}: {score}: {people}")
    return "\n".join(lines) + "\n"


def _scored(step: Step, overlay: Overlay | None) -> tuple[int, str]:
    found = overlay.steps.get(step.id) if overlay else None
    jsi = found.jsi.value if found else None
    name = _said(step.name) or "Step"
    jsi = step.belief().jsi if jsi is None else jsi
    if jsi is None:
        return 3, f"{name} (no data)"
    return 1 + round(max(0.0, min(100.0, jsi)) / 25), name


def _said(text: str) -> str:
    """Return text on one line, without what Mermaid would read as more."""
    flat = " ".join(text.split())
    return re.sub(r"\s+,", ",", _MARKS.sub(",", flat)).strip(" ,")


def _begun(text: str) -> str:
    """Return text that does not begin as a line of another kind."""
    return f"“{text}”" if _KEYWORDS.match(text) else text
