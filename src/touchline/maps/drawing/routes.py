"""Branches, loops and exits: lines in a strip between the heads and the lanes, never across a card."""

from __future__ import annotations

from touchline.figures.markup import Markup, number
from touchline.maps.drawing.dress import Dress
from touchline.maps.drawing.layout import Drawn, Layout

_LEVEL = 24.0
_DASH = {"branch": None, "loop": "5 4", "exit": None}


def routes(plan: Layout, dress: Dress) -> list[Markup]:
    """Draw the strip of a layout's routes.

    A branch is a solid line to the step that it reaches, a loop a dashed one back, an exit a short orange one that
    ends in a bar.
    """
    return [part for one in plan.routes for part in _route(plan, one, dress)]


def _route(plan: Layout, one: Drawn, dress: Dress) -> list[Markup]:
    y = plan.route_top + 16 + _LEVEL * one.level
    top = plan.route_top + 3
    role = "bad" if one.route.kind == "exit" else "muted"
    start = one.start
    if one.end is None:  # out of the journey
        end = start + 14
        text = one.text or "leaves"
        return [
            dress.path(f"M{number(start)} {number(top)}L{number(start)} {number(y - 6)}Q{number(start)} {number(y)} "
                       f"{number(start + 6)} {number(y)}L{number(end)} {number(y)}", role),
            dress.line(end, y - 4.5, end, y + 4.5, role, wide=2),
            dress.words(end + 7, y + 4, text, role),
        ]  # fmt: skip
    end = one.end
    dash = _DASH.get(one.route.kind)
    if abs(end - start) < 12:  # a loop to itself
        end = start + 34
    turn = 6.0 if end > start else -6.0
    data = (
        f"M{number(start)} {number(top)}L{number(start)} {number(y - 6)}Q{number(start)} {number(y)} "
        f"{number(start + turn)} {number(y)}L{number(end - turn)} {number(y)}Q{number(end)} {number(y)} {number(end)} "
        f"{number(y - 6)}L{number(end)} {number(top + 5)}"
    )
    tip = f"M{number(end)} {number(top)}L{number(end - 4)} {number(top + 7)}L{number(end + 4)} {number(top + 7)}Z"
    middle = between(plan, start, end)
    drawn = [dress.path(data, role, dash=dash), dress.shape(tip, "ink", opacity=0.62)]
    if one.text:
        drawn.append(dress.words(middle, y + 4, one.text, role, anchor="middle", halo=True))
    return drawn


def between(plan: Layout, start: float, end: float) -> float:
    """Return where a route's words stand: between two steps, where no other route comes down, nearest to its middle."""
    left, right = min(start, end), max(start, end)
    edges = [column.x for column in plan.columns if left + 20 < column.x < right - 20]
    return min(edges, key=lambda x: abs(x - (left + right) / 2), default=(left + right) / 2)
