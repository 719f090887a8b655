"""Where everything of a map stands: columns, lanes and cards, measured before anything is drawn.

Slides and drawings share it. Lengths are pixels of the drawing, from its left upper corner.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from touchline.maps.drawing.letters import packed, width, wrapped
from touchline.maps.kinds import LANE_KINDS, Look
from touchline.maps.measured import Overlay
from touchline.maps.model import Card, Lane, Map, Route, Step
from touchline.maps.pictures import NONE, Picture, Pictures
from touchline.maps.telling import Told, figures, lane_name, picture_told, step_about, told, topics
from touchline.words import phrase

#: Width of the lanes' heads.
HEAD: Final = 132.0
#: Room within a cell, around its cards.
PAD: Final = 9.0
#: Sizes of a card's words and of the small ones, and how far apart their lines are.
TEXT: Final = 12.5
LINE: Final = 16.5
SMALL: Final = 11.0
SMALL_LINE: Final = 14.5
#: Height of the line of emotions, without cards.
CURVE: Final = 186.0
#: Height of one measured figure.
FIGURE: Final = 17.0
#: How wide a grid is, where nobody says otherwise.
WIDE: Final = 1160.0
#: The least and the most room that a step gets.
NARROW: Final = 158.0
BROAD: Final = 300.0
#: The most height that a card's picture takes.
TALL_PICTURE: Final = 150.0
_GAP: Final = 6.0
_LEAST: Final = 44.0
_LINE_TALL: Final = 34.0
_PHASE: Final = 26.0
_ROUTE: Final = 24.0
_FRAME: Final = 6.0  # around a card's picture
_EXIT: Final = 14.0  # how far an exit reaches
_APART: Final = 9.0  # where routes leave a step and where they reach it


@dataclass(frozen=True, slots=True)
class Column:
    """A step: where it begins, how wide it is, and its words as lines."""

    step: Step
    x: float
    wide: float
    name: tuple[str, ...]
    about: tuple[str, ...]

    @property
    def middle(self) -> float:
        """Return where its middle is."""
        return self.x + self.wide / 2


@dataclass(frozen=True, slots=True)
class Head:
    """A phase above its columns."""

    name: str
    x: float
    wide: float


@dataclass(frozen=True, slots=True)
class Cardlet:
    """A card in its place, its words as lines.

    Attributes:
        card: Which.
        told: What it says.
        x: Its left end.
        y: Its upper end.
        wide: How wide it is.
        tall: How high it is.
        text: Its words as lines.
        small: What stands below them.
        picture: What stands above them.
        shown: How wide and how high that is drawn.
    """

    card: Card
    told: Told
    x: float
    y: float
    wide: float
    tall: float
    text: tuple[str, ...]
    small: tuple[str, ...]
    picture: Picture | None = None
    shown: tuple[float, float] = (0.0, 0.0)

    @property
    def head(self) -> float:
        """Return how much room the picture takes above the words."""
        return self.shown[1] + (2 * _FRAME if self.text or self.small else _FRAME) if self.picture else 0.0

    @property
    def framed(self) -> tuple[float, float, float, float]:
        """Return where the picture is: left, top, width and height."""
        return self.x + (self.wide - self.shown[0]) / 2, self.y + _FRAME, *self.shown


@dataclass(frozen=True, slots=True)
class Row:
    """A lane in its place.

    Attributes:
        lane: Which.
        look: How its cells are drawn.
        top: Where it begins.
        tall: How high it is.
        name: Its name as lines.
        hint: What stands below its name.
        cards: Its cards, in all columns.
        figures: Of a measured lane: per column, names and numbers, and themes below them.
    """

    lane: Lane
    look: Look
    top: float
    tall: float
    name: tuple[str, ...]
    hint: tuple[str, ...]
    cards: tuple[Cardlet, ...] = ()
    figures: tuple[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A route in its place.

    Attributes:
        route: Which.
        level: On which level of the strip below the heads.
        start: Where it leaves.
        end: Where it arrives, of an exit where it ends.
        text: When it is taken.
        at: Where the text begins.
    """

    route: Route
    level: int
    start: float
    end: float
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything in its place.

    Attributes:
        columns: Of the steps.
        heads: Of the phases; none where each is one step of the same name.
        rows: Of the lanes.
        routes: Branches, loops and exits.
        x: Where the grid begins.
        y: Where it begins.
        wide: How wide it is.
        tall: How high it is.
        phase_tall: How high the row of phases is.
        step_tall: How high the row of steps is.
        route_top: Where the strip of routes begins.
        route_tall: How high it is.
    """

    columns: tuple[Column, ...]
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    routes: tuple[Drawn, ...]
    x: float
    y: float
    wide: float
    tall: float
    phase_tall: float
    step_tall: float
    route_top: float
    route_tall: float

    @property
    def bottom(self) -> float:
        """Return where the grid ends."""
        return self.y + self.tall


def layout(
    whole: Map, overlay: Overlay | None = None, *, steps: Collection[str] | None = None,
    lanes: Sequence[Lane] | None = None, routes: bool = True, x: float = 0.0, y: float = 0.0, wide: float = WIDE,
    pictures: Pictures = NONE,
) -> Layout:  # fmt: skip
    """Return where everything of a map stands.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over.
        steps: Only these; None for all.
        lanes: Only these; None for all that are not folded away.
        routes: Whether branches, loops and exits are drawn.
        x: Where the grid begins.
        y: Where it begins.
        wide: How wide it is, where the number of steps allows it.
        pictures: Those of cards that can be drawn.

    >>> layout(Map("m", "M")).columns
    ()
    """
    shown = [step for step in whole.steps() if steps is None or step.id in steps]
    size = max(min((wide - HEAD) / max(len(shown), 1), BROAD), NARROW)
    columns = tuple(_column(step, x + HEAD + at * size, size) for at, step in enumerate(shown))
    heads = _heads(whole, columns)
    phase_tall = _PHASE if heads else 0.0
    step_tall = max((14 + LINE * len(one.name) + SMALL_LINE * len(one.about) for one in columns), default=30.0)
    route_top = y + phase_tall + step_tall
    drawn, levels = _routes(whole, columns) if routes else ((), 0)
    route_tall = 10 + _ROUTE * levels if levels else 0.0
    rows, top = [], route_top + route_tall
    for lane in [one for one in whole.lanes if not one.hidden] if lanes is None else lanes:
        rows.append(_row(whole, overlay, lane, columns, top, pictures))
        top += rows[-1].tall
    whole_wide = HEAD + size * len(columns)
    return Layout(
        columns, heads, tuple(rows), drawn, x, y, whole_wide, top - y, phase_tall, step_tall, route_top, route_tall
    )


def _column(step: Step, x: float, wide: float) -> Column:
    room = wide - 2 * PAD - (14 if step.moment else 0)
    name = wrapped(step.name, room, 13.5, strong=True, most=3)
    about = wrapped(step_about(step), wide - 2 * PAD, SMALL, most=2)
    if step.zoom:
        about = (*about, *wrapped(phrase("in detail: {zoom}", zoom=step.zoom), wide - 2 * PAD, SMALL, most=1))
    return Column(step, x, wide, name, about)


def _heads(whole: Map, columns: Sequence[Column]) -> tuple[Head, ...]:
    heads = []
    told_apart = False
    for phase in whole.phases:
        inside = [one for one in columns if any(one.step.id == step.id for step in phase.steps)]
        if inside:
            told_apart |= len(phase.steps) != 1 or phase.steps[0].name != phase.name
            heads.append(Head(phase.name, inside[0].x, sum(one.wide for one in inside)))
    return tuple(heads) if told_apart else ()


def _routes(whole: Map, columns: Sequence[Column]) -> tuple[tuple[Drawn, ...], int]:
    """Return the routes, each on the first level where nothing is in its way, and how many levels there are."""
    at = {one.step.id: one for one in columns}
    right = columns[-1].x + columns[-1].wide - 6 if columns else 0.0
    taken: list[list[tuple[float, float]]] = []
    placed = []
    for route in whole.routes:
        start, end = at.get(route.start), at.get(route.end)
        if start is None or (end is None and route.end):
            continue
        one = _routed(route, start.middle + _APART, end.middle - _APART if end else None, columns, right)
        reach = [one.start, one.end, one.at, one.at + width(one.text, SMALL)]
        span = (min(reach) - 10, max(reach) + 10)
        level = next((i for i, row in enumerate(taken) if all(b < span[0] or span[1] < a for a, b in row)), len(taken))
        if level == len(taken):
            taken.append([])
        taken[level].append(span)
        placed.append(replace(one, level=level))
    return tuple(placed), len(taken)


def _routed(route: Route, start: float, end: float | None, columns: Sequence[Column], right: float) -> Drawn:
    """Return a route with its words: on its line where they fit, else behind its end, on the side with more room."""
    text = " ".join(route.text.split()) or ("leaves" if end is None else "")
    long = width(text, SMALL)
    if end is not None and long + 40 <= abs(end - start):
        left, last = min(start, end), max(start, end)
        edges = [one.x for one in columns if left + long / 2 + 12 < one.x < last - long / 2 - 12]
        middle = min(edges, key=lambda x: abs(x - (left + last) / 2), default=(left + last) / 2)
        return Drawn(route, 0, start, end, text, middle - long / 2)
    first, last = (start, start + _EXIT) if end is None else (min(start, end), max(start, end))
    behind, before = right - last - 8, first - (columns[0].x + 6) - 8
    if behind >= long or behind >= before:
        shown = next(iter(wrapped(text, max(behind, 30.0), SMALL, most=1)), "")
        return Drawn(route, 0, start, last if end is None else end, shown, last + 8)
    shown = next(iter(wrapped(text, max(before, 30.0), SMALL, most=1)), "")
    reach = start - _EXIT if end is None else end
    return Drawn(route, 0, start, reach, shown, min(first, reach) - 8 - width(shown, SMALL))


def _row(
    whole: Map, overlay: Overlay | None, lane: Lane, columns: Sequence[Column], top: float, pictures: Pictures
) -> Row:
    known = LANE_KINDS.get(lane.kind, LANE_KINDS["custom"])
    look: Look = known.look
    before = {"curve": CURVE, "line": _LINE_TALL - PAD}.get(look, 0.0)
    cards, figured, tall = [], [], _LINE_TALL if look == "line" else _LEAST
    for column in columns:
        below = top + before + (0 if before else PAD - 1)
        if lane.kind == "measured":
            rows, themes = _measured(overlay, column)
            figured.append((rows, themes))
            tall = max(tall, 2 * PAD + FIGURE * len(rows) + SMALL_LINE * len(themes) + (4 if themes else 0))
            below += FIGURE * len(rows) + SMALL_LINE * len(themes)
        for card in whole.cell(lane.id, column.step.id):
            says, room = told(whole, card, overlay), column.wide - 2 * PAD
            made = cardlet(card, says, column.x + PAD, below, room, pictures.cards.get(card.picture))
            cards.append(made)
            below += made.tall + _GAP
            tall = max(tall, below - _GAP + PAD - top)
    name = wrapped(lane_name(lane), HEAD - 2 * PAD, TEXT, strong=True, most=3)
    hint = _hint(lane, overlay, cards)
    lines = wrapped(hint, HEAD - 2 * PAD, SMALL, most=3)
    tall = max(tall, before, 2 * PAD + LINE * len(name) + SMALL_LINE * len(lines)) if look != "line" else tall
    return Row(lane, look, top, tall, name, lines, tuple(cards), tuple(figured))


def _measured(overlay: Overlay | None, column: Column) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    found = overlay.steps.get(column.step.id) if overlay else None
    themes = [line for one in topics(found) for line in wrapped(one, column.wide - 2 * PAD, SMALL, most=2)]
    return tuple(figures(found)), tuple(themes)


def cardlet(card: Card, says: Told, x: float, y: float, wide: float, picture: Picture | None = None) -> Cardlet:
    """Return a card in a place, as high as its words need."""
    room = wide - 16 - (3 if says.edge else 0) - (12 if says.level not in ("", "untold") else 0)
    text = wrapped(says.text, room, TEXT)
    unseen = picture_told(card) if picture else ""
    small = packed([one for one in says.small if one != unseen], room, SMALL)
    shown = (0.0, 0.0)
    if picture:
        scale = min((wide - 2 * _FRAME) / picture.wide, TALL_PICTURE / picture.tall, 1.0)
        shown = (round(picture.wide * scale, 2), round(picture.tall * scale, 2))
    made = Cardlet(card, says, x, y, wide, 0.0, text, small, picture, shown)
    words = LINE * len(text) + SMALL_LINE * len(small) + (22 if says.figure else 0)
    return replace(made, tall=max(made.head + (9 + words if words or not picture else _FRAME), 26.0))


def _hint(lane: Lane, overlay: Overlay | None, cards: Sequence[Cardlet]) -> str:
    if lane.of:
        return lane.of
    if lane.kind == "emotions":
        return phrase("believed · measured") if overlay else phrase("believed")
    if lane.kind == "measured":
        return "" if overlay else phrase("nothing laid over")
    if lane.kind == "opportunities" and any(one.told.small for one in cards):
        return phrase("impact × effort")
    backed = any(one.told.level in ("strong", "some") for one in cards)
    return "data-backed" if backed and lane.kind == "touchpoints" else ""
