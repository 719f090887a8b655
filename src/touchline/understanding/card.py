"""What was measured of the shipped reader, as it is shipped: the tables of the model card (``docs/model-card.md``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("card.json")


@dataclass(frozen=True, slots=True)
class Measured:
    """One score.

    Attributes:
        set: Of which texts.
        what: Which score.
        n: How many texts.
        score: The value.
        interval: 95 %, as words.
        beside: What it is compared with.
        goal: What it was to reach.
        verdict: ``met``, ``missed`` or nothing.
    """

    set: str
    what: str
    n: str
    score: str
    interval: str
    beside: str
    goal: str
    verdict: str


@cache
def scores() -> tuple[Measured, ...]:
    """Return every score of the card, in its order.

    >>> scores()[0].what
    'stage, macro-F1'
    """
    return tuple(Measured(*row) for row in json.loads(_FILE.read_text("utf-8"))["scores"])


def tables(card: str) -> dict[str, list[list[str]]]:
    r"""Return the rows of a card's scores, without their heads, each once; what ``card.json`` holds.

    >>> tables("<!-- scores -->\n| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 2 |\n<!-- /scores -->")
    {'scores': [['1', '2']]}
    """
    block = card.partition("<!-- scores -->")[2].partition("<!-- /scores -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.split("\n") if line.startswith("|")]
    return {"scores": [list(row) for row in dict.fromkeys(map(tuple, rows[2:]))]}
