"""Heads, lanes and cards of a layout, drawn."""

from __future__ import annotations

from collections.abc import Sequence

from touchline.figures.markup import Markup, number, tag
from touchline.maps.drawing.dress import Dress
from touchline.maps.drawing.emotion import Place, emotion
from touchline.maps.drawing.layout import (
    CURVE,
    FIGURE,
    HEAD,
    LINE,
    PAD,
    SMALL,
    SMALL_LINE,
    TEXT,
    Cardlet,
    Column,
    Layout,
    Row,
)
from touchline.maps.drawing.routes import routes
from touchline.maps.measured import Overlay
from touchline.maps.model import Map
from touchline.maps.pictures import Picture
from touchline.words import phrase

_EDGES = {"pain": "bad", "gain": "good", "opportunity": "good"}


def grid(whole: Map, overlay: Overlay | None, plan: Layout, dress: Dress) -> list[Markup]:
    """Draw a map's grid where its layout says.

    Args:
        whole: The map.
        overlay: What was measured, as the layout was made with.
        plan: Its layout.
        dress: Its colours.
    """
    drawn = [dress.box(plan.x, plan.y, plan.wide, plan.tall, "surface", radius=12), _ground(plan, dress)]
    drawn += [part for head in _heads(plan, dress) for part in head]
    if plan.route_tall:
        drawn += [dress.line(plan.x, plan.route_top, plan.x + plan.wide, plan.route_top), *routes(plan, dress)]
    for row in plan.rows:
        drawn += _row(whole, overlay, plan, row, dress)
    drawn.append(dress.line(plan.x + HEAD, plan.y, plan.x + HEAD, plan.bottom))
    drawn.append(dress.box(plan.x, plan.y, plan.wide, plan.tall, stroke="hair", radius=12))
    return drawn


def _ground(plan: Layout, dress: Dress) -> Markup:
    """Return the soft ground of heads and lane names, its corners as round as the grid's."""
    r = 12.0
    x, y, right, bottom = plan.x, plan.y, plan.x + plan.wide, plan.bottom
    head = y + plan.phase_tall + plan.step_tall
    inner = min(x + HEAD, right)
    n = number
    if bottom - y < 2 * r:
        return dress.box(x, y, plan.wide, plan.tall, "soft", radius=r)
    floor = min(head, bottom - r) if plan.rows else bottom - r
    return dress.shape(
        f"M{n(x)} {n(y + r)}C{n(x)} {n(y + r / 2)} {n(x + r / 2)} {n(y)} {n(x + r)} {n(y)}L{n(right - r)} {n(y)}"
        f"C{n(right - r / 2)} {n(y)} {n(right)} {n(y + r / 2)} {n(right)} {n(y + r)}L{n(right)} {n(floor)}"
        f"L{n(inner)} {n(floor)}L{n(inner)} {n(bottom)}L{n(x + r)} {n(bottom)}"
        f"C{n(x + r / 2)} {n(bottom)} {n(x)} {n(bottom - r / 2)} {n(x)} {n(bottom - r)}Z",
        "soft",
    )


def _heads(plan: Layout, dress: Dress) -> list[list[Markup]]:
    top = plan.y + plan.phase_tall
    made = [[_step(column, top, dress)] for column in plan.columns]
    floor = plan.y + plan.phase_tall + plan.step_tall
    for at, column in enumerate(plan.columns[1:], 1):
        begins = any(abs(head.x - column.x) < 0.1 for head in plan.heads)
        made[at].append(dress.line(column.x, plan.y if begins else top, column.x, floor))
    made += [[dress.words(head.x + PAD, plan.y + 18, head.name, size=TEXT, weight=600)] for head in plan.heads]
    if plan.heads:
        made.append([dress.line(plan.x + HEAD, top, plan.x + plan.wide, top)])
    return made


def _step(column: Column, top: float, dress: Dress) -> Markup:
    x, y = column.x + PAD, top + 19
    drawn = [dress.words(x, y + LINE * at, one, "ink", size=13.5, weight=640) for at, one in enumerate(column.name)]
    below = y + LINE * len(column.name)
    drawn += [dress.words(x, below - 1 + SMALL_LINE * at, one, size=SMALL) for at, one in enumerate(column.about)]
    if column.step.moment:
        drawn.append(moment(column.x + column.wide - 15, y - 5, dress))
    return tag("g", tag("title", _spoken(column)), drawn)


def moment(x: float, y: float, dress: Dress, size: float = 5.5) -> Markup:
    """Return the mark of a moment that matters: a diamond."""
    n = number
    return dress.shape(f"M{n(x)} {n(y - size)}L{n(x + size)} {n(y)}L{n(x)} {n(y + size)}L{n(x - size)} {n(y)}Z", "bad")


def _spoken(column: Column) -> str:
    name = column.step.name
    return phrase("{name}, a moment that matters", name=name) if column.step.moment else name


def _row(whole: Map, overlay: Overlay | None, plan: Layout, row: Row, dress: Dress) -> list[Markup]:
    drawn = []
    if row.top > plan.y:
        drawn.append(dress.line(plan.x, row.top, plan.x + plan.wide, row.top))
    if row.look == "line":
        return [*drawn, *_across(plan, row, dress), *(card(one, dress) for one in row.cards)]
    upper = row.top + (CURVE if row.look == "curve" else 0)
    if upper < row.top + row.tall:
        drawn += [dress.line(column.x, upper, column.x, row.top + row.tall) for column in plan.columns[1:]]
    x = plan.x + PAD
    for at, one in enumerate(row.name):
        drawn.append(dress.words(x, row.top + 20 + LINE * at, one, "ink", size=TEXT, weight=600))
    below = row.top + 19 + LINE * len(row.name)
    drawn += [dress.words(x, below + SMALL_LINE * at, one, size=SMALL) for at, one in enumerate(row.hint)]
    if row.look == "curve":
        across = [column.middle for column in plan.columns]
        place = Place(across, plan.x + HEAD, plan.x + plan.wide, row.top, CURVE)
        steps = [column.step for column in plan.columns]
        drawn += emotion(whole, steps, overlay, place, dress, persona=row.lane.of)
    for column, (rows, themes) in zip(plan.columns, row.figures, strict=False):
        drawn += _figures(column, row, rows, themes, dress)
    return drawn + [card(one, dress) for one in row.cards]


def _across(plan: Layout, row: Row, dress: Dress) -> list[Markup]:
    """Return a line of a blueprint, its words at its beginning."""
    y = row.top + 17
    first = y + 4 - (len(row.name) - 1) * 6.5
    return [
        dress.line(plan.x + HEAD + PAD, y, plan.x + plan.wide - PAD, y, "muted", wide=1.4, dash="7 5"),
        *(dress.words(plan.x + PAD, first + 13 * at, one, size=SMALL, weight=560) for at, one in enumerate(row.name)),
    ]


def _figures(
    column: Column, row: Row, rows: Sequence[tuple[str, str]], themes: Sequence[str], dress: Dress
) -> list[Markup]:
    x, right, y = column.x + PAD, column.x + column.wide - PAD, row.top + PAD + 11
    drawn = []
    for at, (name, value) in enumerate(rows):
        drawn.append(dress.words(x, y + FIGURE * at, name))
        drawn.append(dress.words(right, y + FIGURE * at, value, "ink", size=TEXT, weight=600, anchor="end"))
    below = y + FIGURE * len(rows) + 2
    return drawn + [dress.words(x, below + SMALL_LINE * at, one) for at, one in enumerate(themes)]


def card(one: Cardlet, dress: Dress) -> Markup:
    """Draw a card in its place."""
    says = one.told
    role = _EDGES.get(says.edge, "")
    left = one.x + 8 + (3 if role else 0)
    parts: list[Markup] = []
    if says.missing:
        parts.append(dress.box(one.x, one.y, one.wide, one.tall, stroke="bad", radius=7, dash="4 3"))
    else:
        parts.append(dress.box(one.x, one.y, one.wide, one.tall, "paper", "hair", radius=7))
        if role:
            parts.append(dress.edge(one.x, one.y, one.tall, role))
    if one.picture:
        x, top, wide, tall = one.framed
        parts.append(tag("image", href=one.picture.uri, x=x, y=top, width=wide, height=tall))
    y = one.y + one.head + 17
    ink = "bad" if says.missing else "ink"
    for at, text in enumerate(one.text):
        parts.append(dress.words(left, y + LINE * at, text, ink, size=TEXT, italic=says.quote))
    y += LINE * len(one.text)
    if says.figure:
        tone = "ink" if says.met is None else "good" if says.met else "bad"
        parts.append(dress.words(left, y + 4, says.figure, tone, size=15, weight=650))
        y += 22
    parts += [dress.words(left, y - 1 + SMALL_LINE * at, text) for at, text in enumerate(one.small)]
    if says.level not in ("", "untold"):
        parts.append(level(one.x + one.wide - 9, one.y + 10, says.level, dress))
    return tag("g", parts)


def portrait(one: Picture, x: float, y: float, radius: float, dress: Dress) -> Markup:
    """Return a person's picture as a disc around a point."""
    name = f"face-{one.name[:8]}-{number(x)}-{number(y)}".replace(".", "_")
    size = 2 * radius
    return tag(
        "g",
        tag("clipPath", tag("circle", cx=x, cy=y, r=radius), id=name),
        tag("image", href=one.uri, x=x - radius, y=y - radius, width=size, height=size,
            preserveAspectRatio="xMidYMid slice", clip_path=f"url(#{name})"),
        tag("circle", cx=x, cy=y, r=radius, fill="none", stroke=dress.colours["hair"], class_="tl-grid"),
    )  # fmt: skip


def level(x: float, y: float, how: str, dress: Dress) -> Markup:
    """Return the mark of how well data back a card: full, half full, or an empty ring in orange."""
    given: dict[str, float] = {"cx": x, "cy": y}
    if how == "strong":
        return tag("circle", r=3.2, fill=dress.colours["good"], class_="tl-fill-good", **given)
    role = "bad" if how == "none" else "good"
    ring = tag(
        "circle", r=2.7, fill="none", stroke=dress.colours[role], stroke_width=1.1, class_=f"tl-stroke-{role}", **given
    )
    if how == "none":
        return ring
    n = number
    half = f"M{n(x)} {n(y - 2.7)}C{n(x - 3.6)} {n(y - 2.7)} {n(x - 3.6)} {n(y + 2.7)} {n(x)} {n(y + 2.7)}Z"
    return tag("g", ring, dress.shape(half, "good"))
