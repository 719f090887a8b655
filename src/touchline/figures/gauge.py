"""One score against its scale: a touchline with a node, its interval and the target."""

from __future__ import annotations

from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup
from touchline.figures.numbers import half, places, plain, plus_minus
from touchline.figures.shapes import Look, Spot, line, node, picture, words
from touchline.words import joined, phrase

_EDGE: Final = 10.0
_MIDDLE: Final = 15.0


def gauge(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    title: str,
    target: float | None = None,
    low_n: bool = False,
    width: float = 240.0,
) -> Markup:
    """Draw a JSI on the line from 0 to 100.

    Args:
        value: The score; None draws the scale alone.
        low: Of its 95 % interval.
        high: Of it.
        title: The picture's name for screen readers.
        target: What its owner aims for, as a tick with its number.
        low_n: Fewer than 30 customers: hatched.
        width: Of the drawing.

    >>> "37 ±4, target 75" in gauge(37.0, 33.0, 41.0, title="Delivery", target=75)
    True
    """

    def at(score: float) -> float:
        return _EDGE + (width - 2 * _EDGE) * max(0.0, min(100.0, score)) / 100

    drawn = [line(at(0), _MIDDLE, at(100), _MIDDLE, "tl-grid", stroke_width=2)]
    spoken: list[str] = [phrase("no score")]
    if target is not None:
        look: Look = {"stroke": LIGHT["good"], "stroke_width": 1.6}
        drawn.append(line(at(target), _MIDDLE - 8, at(target), _MIDDLE + 8, "tl-target", **look))
        drawn.append(
            words(
                at(target),
                36,
                phrase("target {target}", target=plain(target)),
                text_anchor="end" if target > 80 else "middle",
                font_size=11,
            )
        )
    if value is not None:
        known = Spot(at(value), _MIDDLE, at(value if low is None else low), at(value if high is None else high))
        drawn.append(line(known.top, _MIDDLE, known.bottom, _MIDDLE, "tl-range", stroke=LIGHT["ink"], stroke_width=4))
        drawn.append(node(known.x, _MIDDLE, 8.0, value, hatched=low_n))
        spoken = [f"{plain(value, places(half(low, high)))} {plus_minus(low, high)}".strip()]
    if target is not None:
        spoken.append(phrase("target {target}", target=plain(target)))
    return picture(width, 42.0, title, joined(", ", spoken), drawn, class_="tl-gauge")
