"""From a score before to a score after, a step for each part of the change: the steps add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import between, plain
from touchline.figures.shapes import Look, Scale, line, picture, words
from touchline.figures.steps import shortened
from touchline.words import joined, phrase

_ROW: Final = 28.0
_NAME: Final = 210.0
_VALUE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a change.

    Attributes:
        name: Of the part.
        change: Points that it adds or takes.
        low: Of the 95 % interval.
        high: Of it.
        n: Answers or touches behind it.
        low_n: Fewer than 30 customers.
    """

    name: str
    change: float
    low: float | None = None
    high: float | None = None
    n: int = 0
    low_n: bool = False


def waterfall(
    before: float, after: float, steps: Sequence[Step], *, title: str, names: tuple[str, str], signed: bool = False,
    width: float = 760.0,
) -> Markup:  # fmt: skip
    """Draw the score before, every step, and the score after, on one scale.

    Args:
        before: The score before.
        after: The score after; ``before`` and the steps add up to it.
        steps: In order.
        title: The picture's name.
        names: What the first and the last row are called.
        signed: Whether the scores have a sign.
        width: Of the drawing.

    >>> "late" in waterfall(30.0, 24.0, [Step("late", -6.0)], title="NPS", names=("Before", "After"))
    True
    """
    at = [before]
    for step in steps:
        at.append(at[-1] + step.change)
    ends = [*at, after]
    low, high = min(ends), max(ends)
    spare = max((high - low) * 0.12, 1.0)
    low, high = low - spare, high + spare
    left, right = _NAME, width - _VALUE

    def across(value: float) -> float:
        return left + (right - left) * (value - low) / (high - low)

    drawn = [_whole(names[0], before, 0, across, signed, right)]
    for place, step in enumerate(steps):
        drawn.append(_step(step, at[place], at[place + 1], place + 1, across, right))
    drawn.append(_whole(names[1], after, len(steps) + 1, across, signed, right))
    spoken = joined("; ",
        [f"{names[0]} {plain(before, 1, signed=signed)}", *(_told(step) for step in steps),
         f"{names[1]} {plain(after, 1, signed=signed)}"]
    )  # fmt: skip
    return picture(width, _ROW * (len(steps) + 2) + 4, title, spoken, drawn, class_="tl-waterfall")


def _told(step: Step) -> str:
    interval = "" if step.low is None else f" ({between(step.low, step.high, 1)})"
    low = phrase(", low n") if step.low_n else ""
    return f"{step.name} {plain(step.change, 1, signed=True)}{interval}, n {plain(step.n)}{low}"


def _whole(name: str, value: float, place: int, across: Scale, signed: bool, right: float) -> Markup:
    x, y = across(value), place * _ROW
    strong: Look = {"fill": LIGHT["ink"], "font_size": 12.5, "font_weight": 650}
    return tag(
        "g",
        words(0, y + 19, name, "tl-text tl-strong", **strong),
        line(x, y + 3, x, y + _ROW, "tl-mark", stroke=LIGHT["ink"], stroke_width=2.4),
        words(right + 14, y + 19, plain(value, 1, signed=signed), "tl-text tl-strong", **strong),
    )


def _step(step: Step, start: float, end: float, place: int, across: Scale, right: float) -> Markup:
    y = place * _ROW
    x1, x2 = sorted((across(start), across(end)))
    role = "good" if step.change >= 0 else "bad"
    shape: Look = {"x": x1, "y": y + 7, "width": max(x2 - x1, 1.0), "height": 14, "rx": 2, "fill": LIGHT[role]}
    far = across(end)
    text: Look = {"fill": LIGHT["ink"], "font_size": 12, "font_weight": 540}
    margin = "" if step.low is None else between(step.low, step.high, 1)
    return tag(
        "g",
        tag("title", _told(step)),
        words(0, y + 18, shortened(step.name, 32), "tl-text tl-strong", **text),
        tag("rect", class_=f"tl-fill-{role}", fill_opacity=0.5 if step.low_n else 1.0, **shape),
        line(far, y + 7, far, y + _ROW + 7, "tl-grid"),
        words(right + 14, y + 18, plain(step.change, 1, signed=True), "tl-text tl-strong", **text),
        words(right + 54, y + 18, margin, font_size=10.5),
        data_tip=_told(step),
    )
