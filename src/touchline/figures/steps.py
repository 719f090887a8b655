"""A funnel: how many come to each step, how sure that is, and how many are lost between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.names import called
from touchline.figures.numbers import percent, plain, span
from touchline.figures.shapes import Look, line, picture, words
from touchline.words import joined, phrase

_NAME: Final = 150.0
_NUMBERS: Final = 132.0
_ROW: Final = 58.0
_BAR: Final = 24.0
_LONGEST: Final = 22  # letters of a name
_NARROW: Final = 420.0  # up to here a name stands above its bar


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of a funnel.

    Attributes:
        name: What it is called.
        n: How many came to it.
        rate: Of those who entered, 0 to 1; None hides it.
        low: Of the rate's 95 % interval.
        high: Of it.
        lost: How many of the step before did not come.
        seconds: The median time from the step before.
        open: How many of the step before may still come: their window is open.
        low_n: Fewer than 30 customers.
    """

    name: str
    n: int
    rate: float | None
    low: float | None = None
    high: float | None = None
    lost: int = 0
    seconds: float | None = None
    open: int = 0
    low_n: bool = False


def funnel_steps(steps: Sequence[FunnelStep], *, title: str, width: float = 640.0) -> Markup:
    """Draw a funnel: one bar per step on one scale, the interval at its end, the loss between in orange.

    >>> drawn = funnel_steps([FunnelStep("visit", 200, 1.0), FunnelStep("order", 50, 0.25, 0.19, 0.31, 150)], title="F")
    >>> "150 lost" in drawn
    True
    """
    stacked = width <= _NARROW
    left, head, row = (0.0, 22.0, 82.0) if stacked else (_NAME, 0.0, _ROW)
    room = width - left - (0.0 if stacked else _NUMBERS)
    drawn: list[Markup] = []
    for at, step in enumerate(steps):
        top = 6 + at * row + head
        middle = top + _BAR / 2
        base = top - 9 if stacked else middle + 4.5
        if at:
            drawn += _between(step, left, top - head - (row - head - _BAR) / 2)
        strong: Look = {"fill": LIGHT["ink"], "font_size": 13, "font_weight": 560}
        drawn.append(words(0, base, shortened(called(step.name), _LONGEST), "tl-text tl-strong", **strong))
        drawn.append(tag("rect", x=left, y=top, width=room, height=_BAR, rx=3, fill=LIGHT["hair"], class_="tl-track"))
        if step.rate is not None:
            drawn += _bar(step, left, top, room)
        else:
            drawn.append(words(left + 8, middle + 4, "n < 5"))
        shown = tag("tspan", percent(step.rate), fill=LIGHT["ink"], font_size=15, font_weight=650, class_="tl-strong")
        drawn.append(words(width, base + 0.5, [shown, Markup("  "), plain(step.n)], text_anchor="end"))
    height = 12 + (len(steps) - 1) * row + head + _BAR
    return picture(width, height, title, _spoken(steps), drawn, class_="tl-funnel")


def shortened(name: str, most: int) -> str:
    """Return a name that fits.

    >>> shortened("order confirmation sent", 12)
    'order confi…'
    """
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _bar(step: FunnelStep, left: float, top: float, room: float) -> list[Markup]:
    length = max(1.5, room * (step.rate or 0.0))
    look: Look = {"fill": LIGHT["ink"], "fill_opacity": 0.35 if step.low_n else 0.82}
    drawn = [tag("rect", x=left, y=top, width=length, height=_BAR, rx=3, class_="tl-fill-ink", **look)]
    if step.low is not None and step.high is not None and step.high - step.low > 0.004:
        middle, low, high = top + _BAR / 2, left + room * step.low, left + room * step.high
        inside: Look = {"stroke": LIGHT["surface"], "stroke_width": 1.4}
        outside: Look = {"stroke": LIGHT["ink"], "stroke_width": 1.4}
        end = left + length
        drawn.append(line(low, middle, end, middle, "tl-whisker-in", **inside))
        drawn.append(line(end, middle, high, middle, "tl-whisker", **outside))
        drawn.append(line(high, middle - 4, high, middle + 4, "tl-whisker", **outside))
    return drawn


def _between(step: FunnelStep, left: float, middle: float) -> list[Markup]:
    parts = []
    if step.lost:
        parts.append(
            tag("tspan", phrase("{lost} lost", lost=step.lost), fill=LIGHT["bad"], font_weight=560, class_="tl-loss")
        )
    if step.open:
        parts.append(tag("tspan", phrase("{open} still open", open=step.open)))
    if step.seconds is not None:
        parts.append(tag("tspan", phrase("half within {seconds}", seconds=span(step.seconds))))
    joined = [part for number, one in enumerate(parts) for part in ((Markup(" · "), one) if number else (one,))]
    return [words(left + 1, middle + 4, joined)] if parts else []


def _spoken(steps: Sequence[FunnelStep]) -> str:
    return joined(
        "; ",
        (
            phrase(
                "{name}: {rate} ({n}), {lost} lost",
                name=called(step.name),
                rate=percent(step.rate),
                n=step.n,
                lost=step.lost,
            )
            if step.lost
            else phrase("{name}: {rate} ({n})", name=called(step.name), rate=percent(step.rate), n=step.n)
            for step in steps
        ),
    )
