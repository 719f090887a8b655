"""Lengths: what a cause is worth, and how many are unhappy, indifferent and happy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import between, percent, plain
from touchline.figures.shapes import Look, line, picture, words
from touchline.words import phrase

_HEIGHT: Final = 22.0
_ROOM_FOR_A_NUMBER: Final = 38.0
_WHISKER: Final[Look] = {"stroke": LIGHT["ink"], "stroke_width": 1.2}


@dataclass(frozen=True, slots=True)
class CauseBar:
    """What one theme is worth to a stage, in JSI points.

    Attributes:
        name: Of the theme.
        alone: Points that come back if only this goes away.
        low: Of the 95 % interval of ``alone``; None draws no whisker.
        high: Of it.
        added: Points that it adds after the causes above it; None draws ``alone`` only.
        unit: Of the numbers, in words.
    """

    name: str
    alone: float
    low: float | None = None
    high: float | None = None
    added: float | None = None
    unit: str = phrase("points")


def cause_bar(
    cause: CauseBar, *, most: float, direction: Literal["hurts", "lifts"] = "hurts", width: float = 200.0
) -> Markup:
    """Draw one cause: what it adds as a solid bar, what it is worth alone paler behind it, the interval as a whisker.

    Args:
        cause: The numbers.
        most: The greatest value or upper end of all bars that stand together: they share one scale.
        direction: Burnt orange for what hurts, teal for what lifts.
        width: Of the drawing.
    """
    role = "bad" if direction == "hurts" else "good"
    inner = width - 2.0
    scale = inner / most if most > 0 else 0.0

    def at(value: float) -> float:
        return 1.0 + max(0.0, min(inner, value * scale))

    added = cause.alone if cause.added is None else cause.added
    bar: Look = {"x": 1.0, "y": 6.0, "height": 10.0, "rx": 2.0, "fill": LIGHT[role]}
    whisker = None
    told = f"{plain(cause.alone, 1)} {cause.unit}"
    if cause.low is not None and cause.high is not None:
        low, high, middle, look = at(cause.low), at(cause.high), _HEIGHT / 2, _WHISKER
        whisker = [
            line(low, middle, high, middle, "tl-whisker", **look),
            line(low, middle - 3, low, middle + 3, "tl-whisker", **look),
            line(high, middle - 3, high, middle + 3, "tl-whisker", **look),
        ]
        told += f" ({between(cause.low, cause.high, 1)})"
    return picture(
        width,
        _HEIGHT,
        cause.name,
        told,
        tag("rect", width=at(cause.alone) - 1, class_=f"tl-bar-alone tl-fill-{role}", fill_opacity=0.28, **bar),
        tag("rect", width=at(added) - 1, class_=f"tl-fill-{role}", **bar),
        whisker,
        class_="tl-cause",
    )


def stacked_bar(
    negative: float, neutral: float, positive: float, *, title: str, width: float = 480.0, height: float = 20.0
) -> Markup:
    """Draw shares of unhappy, indifferent and happy touches, which are 0 to 1 and add up to 1; numbers where they fit.

    >>> "52 % negative" in stacked_bar(0.52, 0.21, 0.27, title="Delivery")
    True
    """
    parts = (
        ("bad", "negative", negative, "#be4a18", "#ffffff"),
        ("sand", "neutral", neutral, LIGHT["sand"], "#000000"),
        ("good", "positive", positive, "#0f6b5e", "#ffffff"),
    )
    whole = negative + neutral + positive or 1.0
    drawn, x = [], 0.0
    for _, name, share, colour, ink in parts:
        length = width * share / whole
        if length > 0:
            inner = max(length - 1, min(length, 0.4))
            shown = tag("rect", x=x, y=0, width=inner, height=height, fill=colour, class_=f"tl-{name}")
            drawn.append(tag("g", tag("title", f"{percent(share)} {name}"), shown))
        if length >= _ROOM_FOR_A_NUMBER:
            look: Look = {"fill": ink, "text_anchor": "middle", "font_weight": 600}
            drawn.append(words(x + length / 2, height / 2 + 4, percent(share), f"tl-on-{name}", **look))
        x += length
    spoken = ", ".join(f"{percent(share)} {name}" for _, name, share, *_ in parts)
    return picture(width, height, title, spoken, drawn, class_="tl-stacked")
