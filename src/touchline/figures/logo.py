"""The mark: a journey line with the one node that hurts."""

from __future__ import annotations

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.shapes import Look, picture


def logo() -> Markup:
    """Draw the mark.

    >>> logo().count("<circle")
    1
    """
    line: Look = {"fill": "none", "stroke": LIGHT["ink"], "stroke_width": 2.4, "stroke_linecap": "round"}
    return picture(
        40,
        24,
        "Touchline",
        "",
        tag("path", d="M2 16C10 16 10 6 20 10S30 20 38 6", class_="tl-mark", **line),
        tag("circle", cx=20, cy=10, r=4, fill=LIGHT["bad"], class_="tl-fill-bad"),
        class_="tl-logo",
    )
