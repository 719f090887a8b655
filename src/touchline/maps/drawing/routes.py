"""Branches, loops and exits: lines in a strip between the heads and the lanes, never across a card."""

from __future__ import annotations

from touchline.figures.markup import Markup, number
from touchline.maps.drawing.dress import Dress
from touchline.maps.drawing.layout import SMALL, Drawn, Layout

#: How far the levels of routes are apart.
LEVEL = 24.0
_DASH = {"loop": "5 4"}


def routes(plan: Layout, dress: Dress) -> list[Markup]:
    """Draw the strip of a layout's routes.

    A branch is a solid line to the step that it reaches, a loop a dashed one back, an exit a short orange one that
    ends in a bar.
    """
    lines = [part for one in plan.routes for part in _route(plan, one, dress)]
    return lines + [_words(plan, one, dress) for one in plan.routes if one.text]


def _route(plan: Layout, one: Drawn, dress: Dress) -> list[Markup]:
    top, y = plan.route_top + 3, plan.route_top + 16 + LEVEL * one.level
    n, start, end = number, one.start, one.end
    turn = 6.0 if end > start else -6.0
    down = f"M{n(start)} {n(top)}L{n(start)} {n(y - 6)}Q{n(start)} {n(y)} {n(start + turn)} {n(y)}"
    if one.route.kind == "exit" or not one.route.end:
        return [dress.path(f"{down}L{n(end)} {n(y)}", "bad"), dress.line(end, y - 4.5, end, y + 4.5, "bad", wide=2)]
    up = f"L{n(end - turn)} {n(y)}Q{n(end)} {n(y)} {n(end)} {n(y - 6)}L{n(end)} {n(top + 5)}"
    tip = f"M{n(end)} {n(top)}L{n(end - 4)} {n(top + 7)}L{n(end + 4)} {n(top + 7)}Z"
    return [dress.path(down + up, "muted", dash=_DASH.get(one.route.kind)), dress.shape(tip, "ink", opacity=0.62)]


def _words(plan: Layout, one: Drawn, dress: Dress) -> Markup:
    """Return when a route is taken, over whatever line runs behind it."""
    role = "bad" if one.route.kind == "exit" or not one.route.end else "muted"
    return dress.words(one.at, plan.route_top + 20 + LEVEL * one.level, one.text, role, size=SMALL, halo=True)
