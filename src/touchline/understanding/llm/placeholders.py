"""Places in a text from places in what was sent of it, where more was redacted before it left."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Final

_MARK: Final = re.compile(r"\[[A-Z_]+(?:_\d+)?\]")


def back(text: str, sent: str) -> Callable[[int], int]:
    """Return the function from places in the sent text to places in the text.

    What lies between placeholders stands in both. A place inside a placeholder goes to the end of what it hides.

    >>> move = back("Card 4111111111111111 was declined", "Card [CARD] was declined")
    >>> "Card 4111111111111111 was declined"[move(12):]
    'was declined'
    """
    starts, shifts, ends = [0], [0], [len(sent)]
    at = cursor = 0
    for mark in [*_MARK.finditer(sent), None]:
        low = mark.start() if mark else len(sent)
        piece = sent[at:low]
        found = text.find(piece, cursor) if mark else len(text) - len(piece)
        place = max(found, cursor)
        starts.append(at)
        shifts.append(place - at)
        ends.append(low)
        cursor = min(place + len(piece), len(text))
        at = mark.end() if mark else low
        if mark and text.startswith(mark[0], cursor):  # it stands in both
            starts.append(low)
            shifts.append(cursor - low)
            ends.append(at)
            cursor += len(mark[0])

    def move(place: int) -> int:
        part = bisect_right(starts, place) - 1
        return min(max(place + shifts[part] if place <= ends[part] else _next(part), 0), len(text))

    def _next(part: int) -> int:
        return starts[part + 1] + shifts[part + 1] if part + 1 < len(starts) else len(text)

    return move
