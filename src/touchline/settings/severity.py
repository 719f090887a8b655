"""Severity rules: words that make a complaint weigh less or more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """``[[severity]]``: words and phrases, and what they weigh.

    Attributes:
        when: Words and phrases, found as whole words in any case; ``poison*`` also finds "poisoned".
        severity: 0.5 trivial, 1 normal, 2 blocks the goal, 3 safety, legal, money or a threat to leave.

    >>> SeverityRule(("solicitor", "food poison*"), 3.0).found_in("I got FOOD  poisoning!")
    True
    """

    when: tuple[str, ...]
    severity: float

    def found_in(self, text: str) -> bool:
        """Does the text hold one of the phrases?"""
        return _pattern(self.when).search(text) is not None


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    bodies = (r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in phrase.split()) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(bodies)})(?!\w)", re.IGNORECASE)
