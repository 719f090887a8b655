"""What people think makes customers unhappy at a stage: a fishbone, dashed where it is only probable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.shapes import Look, line, picture, words
from touchline.figures.steps import shortened
from touchline.words import joined, phrase

_BONE: Final = 26.0
_HEAD: Final = 150.0
_SLANT: Final = 0.42  # sideways for a step along a branch


@dataclass(frozen=True, slots=True)
class Bone:
    """A cause.

    Attributes:
        text: What it is.
        confirmed: Whether a person confirmed it.
        told: Everything that is known of it: who wrote and confirmed it, and when.
    """

    text: str
    confirmed: bool = False
    told: str = ""


def fishbone(head: str, branches: Sequence[tuple[str, Sequence[Bone]]], *, title: str, width: float = 1080.0) -> Markup:
    """Draw a spine that ends in what is to be explained, with branches above and below and their causes as bones.

    Args:
        head: What is to be explained.
        branches: Names and causes; they stand above and below in turn.
        title: The picture's name.
        width: Of the drawing.

    >>> "late" in fishbone("Delivery", [("Process", [Bone("late")])], title="Causes")
    True
    """
    pairs = [branches[at : at + 2] for at in range(0, len(branches), 2)]
    most = max((len(bones) for _, bones in branches), default=0)
    tall = max(2, most) * _BONE + 30
    height = 2 * tall + 36
    middle = height / 2
    right = width - _HEAD
    room = (right - 16) / max(len(pairs), 1)
    drawn: list[Markup] = [_line(10, middle, right, middle, 2.4)]
    for place, pair in enumerate(pairs):
        foot = 16 + room * (place + 1) - 12
        for side, (name, bones) in enumerate(pair):
            up = -1 if side == 0 else 1
            drawn += _branch(name, bones, foot, middle, up, tall, room)
    box: Look = {"x": right, "y": middle - 22, "width": _HEAD - 6, "height": 44, "rx": 8, "fill": LIGHT["ink"]}
    inside: Look = {"fill": LIGHT["surface"], "font_size": 14, "font_weight": 650, "text_anchor": "middle"}
    drawn.append(tag("rect", class_="tl-fill-ink", **box))
    drawn.append(words(right + (_HEAD - 6) / 2, middle + 5, shortened(head, 17), "tl-inverse", **inside))
    spoken = joined(
        "; ",
        (f"{name}: {', '.join(_spoken(bone) for bone in bones) or phrase('nothing yet')}" for name, bones in branches),
    )
    return picture(width, height, title, spoken, drawn, class_="tl-fishbone")


def _spoken(bone: Bone) -> str:
    return f"{bone.text} ({'confirmed' if bone.confirmed else 'probable'})"


def _line(x1: float, y1: float, x2: float, y2: float, weight: float, *, dashed: bool = False) -> Markup:
    look: Look = {"stroke": LIGHT["ink"], "stroke_width": weight, "stroke_linecap": "round"}
    if dashed:
        look["stroke_dasharray"] = "3 4"
    return line(x1, y1, x2, y2, "tl-mark", **look)


def _branch(
    name: str, bones: Sequence[Bone], foot: float, middle: float, up: int, tall: float, room: float
) -> list[Markup]:
    reach = tall - 18
    tip_x, tip_y = foot - reach * _SLANT, middle + up * reach
    strong: Look = {"fill": LIGHT["ink"], "font_size": 12.5, "font_weight": 650, "text_anchor": "middle"}
    drawn = [
        _line(foot, middle, tip_x, tip_y, 1.5),
        words(tip_x, tip_y + (-7 if up < 0 else 17), name, "tl-text tl-strong", **strong),
    ]
    letters = int((room - 46) / 6.3)
    for place, bone in enumerate(bones):
        y = middle + up * (16 + place * _BONE + 4)
        x = foot - abs(y - middle) * _SLANT
        begin = x - room + 44
        text: Look = {"fill": LIGHT["ink"] if bone.confirmed else LIGHT["muted"], "font_size": 11.5}
        said = bone.told or _spoken(bone)
        drawn.append(
            tag(
                "g", tag("title", said), _line(begin, y, x, y, 1.1, dashed=not bone.confirmed),
                words(begin, y - 4, shortened(bone.text, letters), "tl-text tl-strong" if bone.confirmed else "tl-text",
                      **text),
                tag("circle", cx=x, cy=y, r=2.6, fill=LIGHT["bad"], class_="tl-fill-bad") if bone.confirmed else None,
                data_tip=said,
            )
        )  # fmt: skip
    return drawn
