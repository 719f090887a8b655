"""How much something matters against how well it goes: four fields, and what belongs into each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import LIGHT, jsi_colour
from touchline.figures.markup import Markup, tag
from touchline.figures.shapes import Look, line, picture, words
from touchline.figures.steps import shortened
from touchline.words import phrase

_LEFT: Final = 34.0
_TOP: Final = 16.0
_FOOT: Final = 34.0


@dataclass(frozen=True, slots=True)
class Driver:
    """A dot.

    Attributes:
        name: Of what.
        importance: How much it matters, 0 and more.
        performance: How well it goes: a JSI, 0 to 100.
        told: All its numbers.
        low_n: Fewer than 30 customers: hollow.
    """

    name: str
    importance: float
    performance: float
    told: str
    low_n: bool = False


def quadrants(
    rows: Sequence[Driver], *, title: str, split: tuple[float, float], names: tuple[str, str, str, str],
    axes: tuple[str, str], width: float = 620.0, height: float = 380.0,
) -> Markup:  # fmt: skip
    """Draw importance upwards and performance to the right.

    Args:
        rows: The dots.
        title: The picture's name.
        split: The importance and the performance at which the fields part.
        names: Of the fields: important and bad, important and good, unimportant and bad, unimportant and good.
        axes: What goes to the right, and what upwards.
        width: Of the drawing.
        height: Of the drawing.

    >>> "late" in quadrants([Driver("late", 1.0, 20.0, "late: 1")], title="Drivers", split=(0.5, 50.0),
    ...                     names=("Fix", "Keep", "Watch", "Ignore"), axes=("JSI", "importance"))
    True
    """
    right, bottom = width - 10, height - _FOOT
    most = max([*(row.importance for row in rows), split[0] * 1.4, 1e-9]) * 1.1

    def across(value: float) -> float:
        return _LEFT + (right - _LEFT) * max(0.0, min(100.0, value)) / 100

    def up(value: float) -> float:
        return bottom - (bottom - _TOP) * max(0.0, value) / most

    x, y = across(split[1]), up(split[0])
    strong: Look = {"font_size": 12, "font_weight": 650}
    frame = [
        tag("rect", x=_LEFT, y=_TOP, width=x - _LEFT, height=y - _TOP, fill=LIGHT["bad"], fill_opacity=0.06,
            class_="tl-fill-bad"),
        line(_LEFT, bottom, right, bottom, "tl-grid"), line(_LEFT, _TOP, _LEFT, bottom, "tl-grid"),
        line(x, _TOP, x, bottom, "tl-grid"), line(_LEFT, y, right, y, "tl-grid"),
        words(_LEFT + 8, _TOP + 16, names[0], "tl-text tl-bad", **strong),
        words(right - 6, _TOP + 16, names[1], "tl-text tl-good", text_anchor="end", **strong),
        words(_LEFT + 8, bottom - 8, names[2], "tl-text", **strong),
        words(right - 6, bottom - 8, names[3], "tl-text", text_anchor="end", **strong),
        words(right, bottom + 28, f"{axes[0]} →", text_anchor="end", font_size=11),
        words(_LEFT - 8, _TOP - 4, f"↑ {axes[1]}", font_size=11),
        *(words(across(v), bottom + 14, f"{v}", text_anchor="middle", font_size=10.5) for v in (0, 25, 50, 75, 100)),
    ]  # fmt: skip
    taken: list[tuple[float, float]] = []
    drawn = [_dot(row, across(row.performance), up(row.importance), right, taken) for row in rows]
    spoken = "; ".join(row.told for row in rows)
    return picture(width, height, title, spoken or phrase("Nothing."), frame, drawn, class_="tl-quadrants")


def _dot(row: Driver, x: float, y: float, right: float, taken: list[tuple[float, float]]) -> Markup:
    colour = jsi_colour(row.performance)
    given: Look = {"cx": x, "cy": y, "r": 6}
    if row.low_n:
        hollow: Look = {"fill": LIGHT["surface"], "stroke": colour, "stroke_width": 1.8}
        dot = tag("circle", class_="tl-hollow", **hollow, **given)
    else:
        dot = tag("circle", fill=colour, stroke=LIGHT["surface"], stroke_width=1.5, class_="tl-node", **given)
    label = None
    if all(abs(x - a) > 110 or abs(y - b) > 12 for a, b in taken):  # room for a name
        taken.append((x, y))
        left = x > right - 130
        look: Look = {"fill": LIGHT["ink"], "font_size": 11.5, "text_anchor": "end" if left else "start"}
        label = words(x - 10 if left else x + 10, y + 4, shortened(row.name, 24), "tl-text tl-strong", **look)
    return tag("g", tag("title", row.told), dot, label, data_tip=row.told, tabindex=0)
