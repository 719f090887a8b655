"""What every drawing is made of: the picture's frame, runs without a gap, the curve, its band, a hatched node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Final, TypeAlias

from touchline.figures.colour import LIGHT, jsi_colour
from touchline.figures.markup import Child, Markup, number, tag, text

FONT: Final = "Inter, system-ui, sans-serif"

#: Presentation attributes that several elements share.
Look: TypeAlias = dict[str, str | float]
#: From a value to its place on the drawing.
Scale: TypeAlias = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A value on the drawing, in its units; ``top`` and ``bottom`` are the ends of the interval (top is less)."""

    x: float
    y: float
    top: float
    bottom: float


def picture(width: float, height: float, title: str, description: str, *children: Child, class_: str = "") -> Markup:
    """Return an SVG element that screen readers speak of as one image.

    Args:
        width: Of the view box.
        height: Of the view box.
        title: Its name.
        description: Every number that it shows, in words.
        children: The drawing.
        class_: Added to ``tl-figure``.
    """
    return tag(
        "svg",
        tag("title", title),
        tag("desc", description) if description else None,
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=f"{title}. {description}" if description else title,
        font_family=FONT,
        class_=f"tl-figure {class_}".strip(),
    )


def words(x: float, y: float, content: Child, class_: str = "tl-text", **attributes: str | float | None) -> Markup:
    """Return text on a drawing, small and grey unless its class says otherwise."""
    given: dict[str, str | float | None] = {"font_size": 11.5, "fill": LIGHT["muted"], **attributes}
    return tag("text", text(content), x=x, y=y, class_=class_, **given)


def line(x1: float, y1: float, x2: float, y2: float, class_: str, **attributes: str | float) -> Markup:
    """Return a straight hairline."""
    return tag(
        "line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_, **{"stroke": LIGHT["hair"], "stroke_width": 1, **attributes}
    )


def runs(spots: Iterable[Spot | None]) -> list[list[Spot]]:
    """Return the stretches between gaps: what is not known is never drawn over.

    >>> a = Spot(0, 0, 0, 0)
    >>> [len(run) for run in runs([a, a, None, None, a])]
    [2, 1]
    """
    found: list[list[Spot]] = [[]]
    for spot in spots:
        if spot is None:
            found.append([])
        else:
            found[-1].append(spot)
    return [run for run in found if run]


def curve(points: Sequence[tuple[float, float]]) -> str:
    """Return path data through points, level at each, so that it never goes beyond what was measured.

    >>> curve([(0, 10), (20, 30)])
    'M0 10C10 10 10 30 20 30'
    """
    data = f"M{number(points[0][0])} {number(points[0][1])}"
    return data + _onwards(points)


def line_through(run: Sequence[Spot], class_: str = "tl-line", **attributes: str | float) -> Markup:
    """Return the line of one run."""
    given = {"stroke": LIGHT["ink"], "stroke_width": 2.6, "stroke_linecap": "round", **attributes}
    return tag("path", d=curve([(spot.x, spot.y) for spot in run]), fill="none", class_=class_, **given)


def band_through(run: Sequence[Spot], width: float = 9.0) -> Markup:
    """Return the interval of one run as a band; of a single value as a bar as wide as ``width``."""
    if len(run) == 1:
        (spot,) = run
        return tag(
            "rect", x=spot.x - width / 2, y=spot.top, width=width, height=spot.bottom - spot.top, rx=width / 2,
            fill=LIGHT["ink"], fill_opacity=0.08, class_="tl-band",
        )  # fmt: skip
    there = [(spot.x, spot.top) for spot in run]
    back = [(spot.x, spot.bottom) for spot in reversed(run)]
    data = f"{curve(there)}L{number(back[0][0])} {number(back[0][1])}{_onwards(back)}Z"
    return tag("path", d=data, fill=LIGHT["ink"], fill_opacity=0.08, class_="tl-band")


def node(x: float, y: float, radius: float, value: float, *, hatched: bool = False) -> Markup:
    """Return a node in the colour of its JSI; hollow and hatched where few customers stand behind it."""
    colour = jsi_colour(value)
    if not hatched:
        ring: Look = {"stroke": LIGHT["surface"], "stroke_width": 3 if radius > 6 else 1.5}
        return tag("circle", cx=x, cy=y, r=radius, fill=colour, class_="tl-node", **ring)
    strokes = []
    for offset in (-0.55, 0.0, 0.55):  # chords of the circle at 45 degrees
        reach = sqrt(1 - offset * offset) * (radius - 1)
        cx, cy = x + offset * radius / sqrt(2), y + offset * radius / sqrt(2)
        dx = reach / sqrt(2)
        strokes.append(f"M{number(cx - dx)} {number(cy + dx)}L{number(cx + dx)} {number(cy - dx)}")
    return tag(
        "g",
        tag("circle", cx=x, cy=y, r=radius + 1.5, fill=LIGHT["surface"], class_="tl-hollow"),
        tag("circle", cx=x, cy=y, r=radius - 1, fill="none", stroke=colour, stroke_width=1.8),
        tag("path", d="".join(strokes), fill="none", stroke=colour, stroke_width=1.3),
        class_="tl-few",
    )


def _onwards(points: Sequence[tuple[float, float]]) -> str:
    parts = []
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        corners = ((middle, y0), (middle, y1), (x1, y1))
        parts.append("C" + " ".join(f"{number(x)} {number(y)}" for x, y in corners))
    return "".join(parts)
