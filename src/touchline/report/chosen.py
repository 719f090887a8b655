"""What a board report is made of: its sections in their order, and the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from touchline.errors import QuestionError, unknown
from touchline.words import phrase

#: The sections by id, in the order in which they stand.
SECTIONS: Final = {
    "finding": phrase("The finding"),
    "headlines": phrase("Headline figures"),
    "line": phrase("The journey line"),
    "attention": phrase("What needs attention"),
    "trend": phrase("The trend"),
    "segments": phrase("Stage by segment"),
    "why": phrase("Probable causes"),
    "friction": phrase("Friction"),
    "metrics": phrase("Stage by metric"),
    "stages": phrase("Stage by stage"),
    "method": phrase("Method and definitions"),
}
PAPERS: Final = {"a4": "A4", "letter": phrase("Letter")}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to put on paper.

    Attributes:
        sections: Of `SECTIONS`, in their order.
        paper: Of `PAPERS`, landscape.
        words: Whether customers' own words may stand in it; what is sent to others has none.
    """

    sections: tuple[str, ...] = tuple(SECTIONS)
    paper: str = "a4"
    words: bool = True

    def has(self, *names: str) -> bool:
        """Say whether one of some sections was chosen."""
        return any(name in self.sections for name in names)


def plan(sections: tuple[str, ...] = (), paper: str = "a4", *, words: bool = True) -> Plan:
    """Return a plan from names as people give them; without sections, all.

    Raises:
        QuestionError: There is no such section, or no such paper.

    >>> plan(("why", "line")).sections
    ('line', 'why')
    """
    for name in sections:
        if name not in SECTIONS:
            raise unknown("section", name, tuple(SECTIONS))
    if paper not in PAPERS:
        raise QuestionError(
            phrase("there is no paper {paper}", paper=repr(paper)),
            where="paper",
            todo=phrase("choose {listed}", listed=" or ".join(PAPERS)),
        )
    chosen = tuple(name for name in SECTIONS if not sections or name in sections)
    return Plan(chosen, paper, words)
