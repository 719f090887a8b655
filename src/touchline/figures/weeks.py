"""Counts week by week, the size of a word: a bar each, the last ones dark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import day, plain
from touchline.figures.shapes import Look, picture

_MOST: Final = 26
_RECENT: Final = 4


def weeks(counts: Sequence[tuple[date, int]], *, title: str, width: float = 132.0, height: float = 26.0) -> Markup:
    """Draw the last 26 weeks as bars.

    Args:
        counts: Each week's first day, and how many.
        title: The picture's name.
        width: Of the drawing.
        height: Of the drawing.

    >>> weeks([(date(2026, 1, 5), 3)], title="Late").count("<rect")
    1
    """
    shown = counts[-_MOST:]
    most = max((n for _, n in shown), default=0) or 1
    room = width / max(len(shown), 1)
    drawn = []
    for place, (first, n) in enumerate(shown):
        tall = max((height - 2) * n / most, 1.0 if n else 0.4)
        recent = place >= len(shown) - _RECENT
        shape: Look = {"x": place * room, "y": height - tall, "width": max(room - 1, 0.8), "height": tall, "rx": 0.8}
        said = f"{day(first)}: {plain(n)}"
        bar = tag("rect", tag("title", said), fill=LIGHT["ink"], fill_opacity=0.8 if recent else 0.28,
                  class_="tl-fill-ink", data_tip=said, **shape)  # fmt: skip
        drawn.append(bar)
    spoken = ", ".join(f"{day(first, year=False)} {n}" for first, n in shown)
    return picture(width, height, title, spoken, drawn, class_="tl-weeks")
