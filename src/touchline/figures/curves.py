"""Shares that fall or rise through time, one curve per group: survival, retention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, number, tag
from touchline.figures.names import called
from touchline.figures.numbers import percent, plain
from touchline.figures.shapes import Look, Scale, line, picture, words
from touchline.figures.steps import shortened
from touchline.words import joined, phrase

_LEFT: Final = 42.0
_TOP: Final = 12.0
_FOOT: Final = 36.0
_NARROW: Final = 420.0  # up to here there is room for three numbers below
_LABELS: Final = 134.0
#: Groups are told apart by dashes and by their names at the end of the line, never by colours that mean something.
_DASHES: Final = ("", "7 4", "2 4", "10 3 2 3", "1 5", "4 2")
MOST: Final = len(_DASHES)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point: where, the share (0 to 1), its 95 % interval."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's curve; points in order of x. ``stepped`` holds a value until the next point."""

    name: str
    points: tuple[CurvePoint, ...]
    stepped: bool = True


def share_curves(
    curves: Sequence[Curve], *, title: str, unit: str, width: float = 640.0, height: float = 260.0, most: float = 1.0
) -> Markup:
    """Draw curves of shares from 0 to ``most``, with their intervals as bands.

    Args:
        curves: At most `MOST`; further ones are left out, and the picture says so.
        title: The picture's name.
        unit: Of x, in words: ``days``.
        width: Of the drawing.
        height: Of the drawing.
        most: The top of the scale.

    >>> made = share_curves([Curve("vip", (CurvePoint(0, 1.0), CurvePoint(30, 0.4)))], title="Survival", unit="days")
    >>> "VIP" in made
    True
    """
    shown = [curve for curve in curves if curve.points][:MOST]
    end, bottom = width - _LABELS, height - _FOOT
    reach = max((curve.points[-1].x for curve in shown), default=1.0) or 1.0

    def across(x: float) -> float:
        return _LEFT + (end - _LEFT) * x / reach

    def up(y: float) -> float:
        return bottom - (bottom - _TOP) * min(max(y / most, 0.0), 1.0)

    drawn: list[Markup] = []
    for part in range(5):
        y = most * part / 4
        drawn.append(line(_LEFT, up(y), end, up(y), "tl-grid"))
        drawn.append(words(_LEFT - 7, up(y) + 4, percent(y), text_anchor="end", font_size=11))
    parts = 2 if width <= _NARROW else 4
    for part in range(parts + 1):
        x = reach * part / parts
        anchor = "start" if part == 0 else "end" if part == parts else "middle"
        drawn.append(words(across(x), height - 17, plain(x, 0 if reach >= 8 else 1), text_anchor=anchor, font_size=11))
    drawn.append(words((_LEFT + end) / 2, height - 3, unit, text_anchor="middle", font_size=11))
    drawn += [_band(curve, across, up) for curve in shown]
    for dash, curve in zip(_DASHES, shown, strict=False):
        look: Look = {"stroke": LIGHT["ink"], "stroke_width": 2, "stroke_linejoin": "round"}
        if dash:
            look["stroke_dasharray"] = dash
        path = _path([(across(p.x), up(p.y)) for p in curve.points], curve.stepped)
        drawn.append(tag("path", d=path, fill="none", class_="tl-line", **look))
    drawn += _names(shown, up, end, bottom)
    if len(curves) > len(shown):
        drawn.append(words(end + 12, height - 1, phrase("{n} more", n=len(curves) - len(shown)), font_size=11))
    return picture(width, height, title, _spoken(shown, unit), drawn, class_="tl-curves")


def _path(points: Sequence[tuple[float, float]], stepped: bool) -> str:
    data = f"M{number(points[0][0])} {number(points[0][1])}"
    for at, (x, y) in enumerate(points[1:]):
        data += f"L{number(x)} {number(points[at][1])}" if stepped else ""
        data += f"L{number(x)} {number(y)}"
    return data


def _band(curve: Curve, across: Scale, up: Scale) -> Markup:
    known = [(across(p.x), up(p.low), up(p.high)) for p in curve.points if p.low is not None and p.high is not None]
    if len(known) < 2:
        return Markup("")
    there = [(x, top) for x, _, top in known]
    back = [(x, bottom) for x, bottom, _ in known]
    if curve.stepped:
        there = _corners(there)
        back = _corners(back)
    points = there + back[::-1]
    data = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "Z"
    return tag("path", d=data, fill=LIGHT["ink"], fill_opacity=0.08, class_="tl-band")


def _corners(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    out = [points[0]]
    for x, y in points[1:]:
        out += [(x, out[-1][1]), (x, y)]
    return out


def _names(curves: Sequence[Curve], up: Scale, end: float, bottom: float) -> list[Markup]:
    """Return each curve's name at its end, moved apart where they would lie on each other."""
    wanted = sorted((up(curve.points[-1].y), number, curve) for number, curve in enumerate(curves))
    placed: list[float] = []
    for y, _, _ in wanted:
        placed.append(max(y, placed[-1] + 26 if placed else _TOP + 4))
    floor = bottom - 6
    for place in range(len(placed) - 1, -1, -1):  # from below: nothing under the axis, nothing on another
        placed[place] = min(placed[place], floor)
        floor = placed[place] - 26
    drawn = []
    for y, (at, which, curve) in zip(placed, wanted, strict=True):
        look: Look = {"stroke": LIGHT["ink"], "stroke_width": 2}
        if _DASHES[which]:
            look["stroke_dasharray"] = _DASHES[which]
        drawn.append(line(end + 3, at, end + 9, y, "tl-grid"))
        drawn.append(line(end + 12, y, end + 34, y, "tl-line", **look))
        strong: Look = {"fill": LIGHT["ink"], "font_size": 12, "font_weight": 560}
        drawn.append(words(end + 39, y + 1, shortened(called(curve.name), 14), "tl-text tl-strong", **strong))
        drawn.append(words(end + 39, y + 13, percent(curve.points[-1].y), font_size=11))
    return drawn


def _spoken(curves: Sequence[Curve], unit: str) -> str:
    return joined(
        "; ",
        (
            phrase(
                "{name}: {y} at {x} {unit}, {y2} at {x2} {unit}",
                name=called(curve.name),
                y=percent(curve.points[0].y),
                x=plain(curve.points[0].x),
                unit=unit,
                y2=percent(curve.points[-1].y),
                x2=plain(curve.points[-1].x),
            )
            for curve in curves
        ),
    )
