"""Words beside lines: each where it lies on nothing else; shifted with a leader, or left out, without room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from touchline.maps.drawing.letters import width

#: How far words move away from their point, step by step.
_SHIFTS: Final = (0.0, 7.0, 14.0, 22.0, 31.0, 41.0, 52.0)
#: From here on a thin line leads from the point to its words.
_LEADS: Final = 14.0
_GAP: Final = 4.0
_SAMPLES: Final = 24  # points of a line from one node to the next
#: What it costs to lie on words, on a node, on a point of a line, on the other side, and per pixel of distance.
_ON_WORDS, _ON_DOT, _ON_LINE, _OTHER_SIDE, _FAR = 1000.0, 400.0, 9.0, 6.0, 1.0


@dataclass(frozen=True, slots=True)
class Put:
    """Where words stand.

    Attributes:
        x: Their middle.
        y: Their baseline.
        leader: From and to which height a line leads there; None where they stand at their point.
    """

    x: float
    y: float
    leader: tuple[float, float] | None = None


_Box = tuple[float, float, float, float]


class Labels:
    """Finds places for words in a strip; what is put first has the choice.

    Args:
        top: The strip's upper end.
        bottom: Its lower end.

    >>> labels = Labels(0.0, 100.0)
    >>> labels.line([(0.0, 40.0), (100.0, 40.0)])
    >>> first, second = (labels.beside(50.0, 50.0, 5.0, "late", 11.0) for _ in range(2))
    >>> first.y > 50 > second.y, labels.beside(50.0, 50.0, 5.0, "late " * 9, 60.0) is None
    (True, True)
    """

    def __init__(self, top: float, bottom: float) -> None:
        self._top, self._bottom = top, bottom
        self._words: list[_Box] = []
        self._dots: list[_Box] = []
        self._points: list[tuple[float, float]] = []

    def line(self, run: Sequence[tuple[float, float]]) -> None:
        """Note a line as `touchline.figures.shapes.curve` draws it: level at each of its points."""
        for (x0, y0), (x1, y1) in pairwise(run):
            middle = (x0 + x1) / 2
            for at in range(_SAMPLES):
                t = at / (_SAMPLES - 1)
                u = 1 - t
                x = x0 * u**3 + 3 * middle * t * u * (u + t) + x1 * t**3
                self._points.append((x, y0 + (y1 - y0) * t * t * (3 - 2 * t)))

    def dot(self, x: float, y: float, radius: float) -> None:
        """Note a node."""
        self._dots.append((x - radius, y - radius, x + radius, y + radius))

    def beside(
        self, x: float, y: float, reach: float, text: str, size: float, *, strong: bool = False, must: bool = False,
        below: bool = False,
    ) -> Put | None:  # fmt: skip
        """Return where words about a point stand; None where every place is taken.

        Args:
            x: The point.
            y: Its height.
            reach: The radius of what is drawn there.
            text: The words, on one line.
            size: The font's.
            strong: Whether it is semi-bold.
            must: Whether they are put in any case, where they lie on least.
            below: Whether they stand rather below than above.
        """
        if not text:
            return None
        half = width(text, size, strong=strong) / 2 + 1.5
        best: tuple[float, Put, _Box] | None = None
        for away in _SHIFTS:
            for under in (below, not below):
                lower = y + reach + _GAP + away + size * 0.8 if under else y - reach - _GAP - away
                box = (x - half, lower - size * 0.8, x + half, lower + size * 0.22)
                if (box[1] < self._top or box[3] > self._bottom) and not (must and best is None):
                    continue
                cost = self._cost(box) + _FAR * away + (_OTHER_SIDE if under != below else 0.0)
                if best is None or cost < best[0]:
                    leader = None
                    if away >= _LEADS:
                        leader = self._leader(x, *((y + reach, box[1] - 1) if under else (y - reach, box[3] + 1)))
                    best = (cost, Put(x, lower, leader), box)
        if best is None or (best[0] >= _ON_DOT and not must):
            return None
        self._words.append(best[2])
        return best[1]

    def _leader(self, x: float, start: float, end: float) -> tuple[float, float] | None:
        """Return a leader; none where it would run through other words, which then stand between."""
        box = (x - 0.5, min(start, end), x + 0.5, max(start, end))
        return None if any(_over(box, other) for other in self._words) else (start, end)

    def _cost(self, box: _Box) -> float:
        cost = _ON_WORDS * sum(_over(box, other) for other in self._words)
        cost += _ON_DOT * sum(_over(box, other) for other in self._dots)
        left, top, right, bottom = box
        return cost + _ON_LINE * sum(left <= x <= right and top <= y <= bottom for x, y in self._points)


def _over(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
