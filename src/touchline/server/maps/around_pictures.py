"""The small drawings of the pages around the maps; what they show stands in words beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from touchline.figures.colour import jsi_colour
from touchline.figures.markup import Markup, tag
from touchline.maps.measured import Measure
from touchline.overlay.values import Gap, Priority

#: The scale that a figure is drawn on; others are not drawn.
_SCALES: Final = {
    "jsi": (0.0, 100.0), "csat": (0.0, 100.0), "nps": (-100.0, 100.0), "ces": (1.0, 7.0), "dropoff": (0.0, 100.0),
}  # fmt: skip
_WIDE: Final = 168.0
_MARGIN: Final = 6.0


def reach(gap: Gap) -> Markup:
    """Draw where a figure is, with its interval, and where it shall be."""
    scale = _SCALES.get(gap.metric)
    if scale is None or gap.now.value is None:
        return Markup("")

    def x(value: float) -> float:
        share = (value - scale[0]) / (scale[1] - scale[0])
        return round(_MARGIN + (_WIDE - 2 * _MARGIN) * min(max(share, 0.0), 1.0), 1)

    here = x(gap.now.value)
    parts: list[Markup | None] = [tag("path", d=f"M{_MARGIN} 12H{_WIDE - _MARGIN}", class_="rail")]
    if gap.target is not None:
        there = x(gap.target)
        tone = "good" if gap.verdict == "reached" else "bad" if gap.verdict == "missed" else "flat"
        parts.append(tag("path", d=f"M{here} 12H{there}", class_=f"span {tone}"))
        parts.append(tag("path", d=f"M{there} 4V20", class_="aim"))
    if gap.now.low is not None and gap.now.high is not None:
        parts.append(tag("path", d=f"M{x(gap.now.low)} 12H{x(gap.now.high)}", class_="sure"))
    colour = jsi_colour(gap.now.value) if gap.metric == "jsi" else None
    parts.append(tag("circle", cx=here, cy=12.0, r=5.0, fill=colour, class_="here"))
    return tag("svg", parts, class_="reach", viewBox=f"0 0 {_WIDE:.0f} 24", aria_hidden="true", focusable="false")


def little_line(stages: Iterable[tuple[str, Measure]]) -> Markup:
    """Draw JSI by stage as a small line; a stage that is not measured is a gap in it."""
    points = [measure.value for _name, measure in stages]
    if not any(value is not None for value in points):
        return Markup("")
    step = 150.0 / max(len(points) - 1, 1)
    at = [None if value is None else (round(9 + i * step, 1), round(39 - 0.34 * value, 1))
          for i, value in enumerate(points)]  # fmt: skip
    lines, open_ = [], False
    for point in at:
        if point is None:
            open_ = False
            continue
        lines.append(f"{'L' if open_ else 'M'}{point[0]} {point[1]}")
        open_ = True
    dots = [
        tag("circle", cx=point[0], cy=point[1], r=3.5, fill=jsi_colour(value), class_="tl-node")
        for point, value in zip(at, points, strict=True)
        if point is not None and value is not None
    ]
    return tag(
        "svg", tag("path", d="M4 22H164", class_="rail"), tag("path", d="".join(lines), class_="run"), dots,
        class_="little", viewBox="0 0 168 44", aria_hidden="true", focusable="false",
    )  # fmt: skip


def quadrants(ranked: Sequence[Priority], names: tuple[str, str, str, str], axes: tuple[str, str]) -> Markup:
    """Draw priorities by effort (across) and by what speaks for them (up); each dot bears its rank.

    Args:
        ranked: Those with a rank are drawn.
        names: Of the fields: top left, top right, bottom left, bottom right.
        axes: What is across, and what is up.
    """
    wide, high, left, top = 920.0, 300.0, 26.0, 12.0

    def x(effort: float) -> float:
        return left + (wide - left - 12) * (effort - 0.5) / 5

    def y(value: float) -> float:
        return top + (high - top - 26) * (1 - value) * 0.94 + 8

    middle, half = x(3.5), y(0.5)
    end = high - 24
    corners = ((left + 8, top + 14, "start"), (wide - 18, top + 14, "end"), (left + 8, end - 8, "start"),
               (wide - 18, end - 8, "end"))  # fmt: skip
    parts: list[Markup] = [
        tag("path", d=f"M{left} {top}V{end}H{wide - 12}", class_="rail"),
        tag("path", d=f"M{middle:.1f} {top}V{end}M{left} {half:.1f}H{wide - 12}", class_="rail dashed"),
        *(tag("text", name, x=px, y=py, text_anchor=anchor, class_="field-name")
          for name, (px, py, anchor) in zip(names, corners, strict=True)),
        tag("text", axes[0], x=wide - 18, y=high - 6, text_anchor="end", class_="axis-name"),
        tag("text", axes[1], x=-top - 4, y=14.0, text_anchor="end", transform="rotate(-90)", class_="axis-name"),
    ]  # fmt: skip
    taken: dict[tuple[int, int], int] = {}
    for one in [one for one in ranked if one.rank and one.value is not None][::-1]:
        effort = float(one.effort if one.effort is not None else 3)
        value = one.value or 0.0
        place = (round(effort), round(value * 12))
        beside = taken.get(place, 0)
        taken[place] = beside + 1
        cx, cy = x(effort) + 24 * ((beside + 1) // 2) * (1 if beside % 2 else -1), y(value)
        parts.append(
            tag(
                "g", tag("title", one.text), tag("circle", cx=round(cx, 1), cy=round(cy, 1), r=11.0),
                tag("text", str(one.rank), x=round(cx, 1), y=round(cy + 4, 1), text_anchor="middle"),
                class_="spot believed" if one.basis != "measured" else "spot",
            )
        )  # fmt: skip
    return tag("svg", parts, class_="quadrants", viewBox=f"0 0 {wide:.0f} {high:.0f}", role="img",
               aria_label=f"{axes[0]}, {axes[1]}")  # fmt: skip
