"""Where in a text a rule may begin: found once, so that each rule looks at a few places and not at every character."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_NUMBER: Final = re.compile(r"[+(\d](?<!\w.)")
_RUN: Final = re.compile(r"\d+")
#: Longer words are no code.
_LONGEST: Final = 34
_SPLIT: Final = frozenset(" -")


class Places:
    """A text and the places in it where numbers begin, and codes of letters and digits.

    Attributes:
        text: The text, in its plain form.
        low: The same in lower case; of the same length.
        numbers: Where a digit, a plus or a bracket stands that no letter or digit precedes.
        codes: Where a letter begins a word that has digits in it, or up to two short words before one.

    >>> found = Places("Call +44 20 or use AB 12 and X1")
    >>> found.numbers, found.codes
    ([5, 6, 9, 22], [15, 19, 25, 29])
    """

    __slots__ = ("codes", "low", "numbers", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        low = text.lower()
        self.low = low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        self.numbers = [match.start() for match in _NUMBER.finditer(text)]
        self.codes = sorted(set(self._codes()))

    def _codes(self) -> Iterator[int]:
        text = self.text
        for run in _RUN.finditer(text):
            end = run.start()
            for back in range(3):  # the word with the digits, and two before it, as in RSS MRA 85T10 A562S
                start, least = end, max(0, end - (_LONGEST if back == 0 else 6))
                while start > least and text[start - 1].isalnum():
                    start -= 1
                if start and text[start - 1].isalnum():
                    break
                if start < end and text[start].isalpha():
                    yield start
                if start < 2 or text[start - 1] not in _SPLIT:
                    break
                end = start - 1


def matches(pattern: re.Pattern[str], text: str, starts: Iterable[int]) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern that begin at one of some rising places, none overlapping another."""
    end = 0
    for start in starts:
        if start >= end:
            match = pattern.match(text, start)
            if match:
                end = match.end()
                yield match
