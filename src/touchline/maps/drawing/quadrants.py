"""An empathy map: what a person says, thinks, does and feels in four fields around them, pains and gains below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from touchline.figures.colour import ink_on, jsi_colour
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import plain
from touchline.maps.drawing.dress import Dress
from touchline.maps.drawing.grid import card, portrait
from touchline.maps.drawing.layout import Cardlet, cardlet
from touchline.maps.drawing.letters import wrapped
from touchline.maps.measured import Measure, Overlay
from touchline.maps.model import Lane, Map
from touchline.maps.pictures import NONE, Pictures
from touchline.maps.telling import lane_name, number_of, thousands, told
from touchline.words import phrase

_FIELDS: Final = ("says", "thinks", "does", "feels")
_WIDE: Final = 1160.0
_PAD: Final = 20.0
_GAP: Final = 8.0
_LEAST: Final = 150.0
_MIDDLE: Final = 74.0  # radius of the person
#: Draws everything from a height on, and says where it ends.
Body = Callable[[float], tuple[list[Markup], float]]


def quadrants(
    whole: Map, overlay: Overlay | None, dress: Dress, *, x: float, pictures: Pictures = NONE
) -> tuple[Body, float, str]:
    """Return how an empathy map is drawn from a height on, its width, and its words for who cannot see it.

    Lanes that are none of the four stand below them, two in a row; further steps' cards stand in the same fields.
    """
    lanes = [lane for lane in whole.lanes if not lane.hidden and lane.kind != "emotions"]
    four = [[lane for lane in lanes if lane.kind == kind] for kind in _FIELDS]
    rest = [[lane] for lane in lanes if lane.kind not in _FIELDS]
    shown = [lanes for lanes in four if lanes] + rest
    spoken = "; ".join(f"{lane_name(one[0])}: {', '.join(_texts(whole, one))}" for one in shown) or phrase("No card.")

    def body(top: float) -> tuple[list[Markup], float]:
        drawn: list[Markup] = []
        half = _WIDE / 2
        middle, start = top, top
        for upper in (0, 2):
            row = [
                _field(whole, overlay, one, x + half * at, top, half, at, pictures)
                for at, one in enumerate(four[upper : upper + 2])
            ]
            tall = max(_LEAST, *(height for _, height in row))
            for at, (cards, _) in enumerate(row):
                left = x + half * at
                drawn += _named(four[upper + at], _FIELDS[upper + at], cards, left, top, dress, at)
            top += tall
            middle = top if not upper else middle
        frame = [
            dress.box(x, start, _WIDE, top - start, "surface", "hair", radius=12),
            dress.line(x + half, start, x + half, top),
            dress.line(x, middle, x + _WIDE, middle),
        ]
        person = _person(whole, overlay, x + half, middle, dress, pictures)
        top += 12
        below: list[Markup] = []
        for first in range(0, len(rest), 2):
            pair = rest[first : first + 2]
            size = (_WIDE - 12 * (len(pair) - 1)) / len(pair)
            made = [
                _field(whole, overlay, one, x + (size + 12) * at, top, size, -1, pictures)
                for at, one in enumerate(pair)
            ]
            tall = max(64.0, *(height for _, height in made))
            for at, (cards, _) in enumerate(made):
                left = x + (size + 12) * at
                below.append(dress.box(left, top, size, tall, "surface", "hair", radius=12))
                below += _named(pair[at], "", cards, left, top, dress, 0)
            top += tall + 12
        return [*frame, *drawn, *person, *below], top - 12

    return body, _WIDE, spoken


def _texts(whole: Map, lanes: Sequence[Lane]) -> list[str]:
    known = {lane.id for lane in lanes}
    return [one.text for one in whole.cards if one.lane in known]


def _field(
    whole: Map,
    overlay: Overlay | None,
    lanes: Sequence[Lane],
    x: float,
    top: float,
    wide: float,
    side: int,
    pictures: Pictures,
) -> tuple[list[Cardlet], float]:
    """Return a field's cards in two columns beside the person, and how high it is."""
    left = x + _PAD + (_MIDDLE if side == 1 else 0)
    room = wide - 2 * _PAD - (_MIDDLE if side >= 0 else 0)
    columns = 2 if room > 380 else 1
    size = (room - _GAP * (columns - 1)) / columns
    heights = [top + 40.0] * columns
    placed = []
    known = {lane.id for lane in lanes}
    for one in (one for one in whole.cards if one.lane in known):
        at = heights.index(min(heights))
        says, place = told(whole, one, overlay), left + at * (size + _GAP)
        made = cardlet(one, says, place, heights[at], size, pictures.cards.get(one.picture))
        placed.append(made)
        heights[at] += made.tall + _GAP
    return placed, max(heights) - top - _GAP + _PAD


def _named(
    lanes: Sequence[Lane], kind: str, cards: Sequence[Cardlet], x: float, top: float, dress: Dress, side: int
) -> list[Markup]:
    name = lane_name(lanes[0]) if lanes else kind.capitalize()
    left = x + _PAD + (_MIDDLE if side == 1 else 0)
    head = dress.words(left, top + 26, name, "ink", size=15, weight=630)
    return [head, *(card(one, dress) for one in cards)]


def _person(whole: Map, overlay: Overlay | None, x: float, y: float, dress: Dress, pictures: Pictures) -> list[Markup]:
    """Return the person in the middle, with how they feel where that is measured or believed."""
    step = next(whole.steps(), None)
    found = overlay.steps.get(step.id) if overlay and step else None
    measure = found.jsi if found else Measure()
    believed = step.belief(whole.personas[0] if whole.personas else "").jsi if step else None
    value = measure.value if measure.value is not None else believed
    fill = dress.colours["soft"] if value is None else jsi_colour(value)
    ring = tag(
        "circle", cx=x, cy=y, r=_MIDDLE, fill=dress.colours["surface"], stroke=dress.colours["hair"],
        class_="tl-hollow tl-grid",
    )  # fmt: skip
    disc = tag("circle", cx=x, cy=y, r=_MIDDLE - 8, fill=fill)
    ink = dress.colours["ink"] if value is None else ink_on(fill)
    lines = wrapped(", ".join(whole.personas) or whole.name, 2 * _MIDDLE - 44, 13.5, strong=True, most=3)
    said = ""
    if measure.value is not None:
        said = phrase("JSI {number_of}", number_of=number_of("jsi", measure))
    elif believed is not None:
        said = phrase("believed {believed}", believed=plain(believed))
    small = [said] if said else []
    if measure.value is not None:
        small.append(f"n {thousands(measure.n)}")
    tall = 17.0 * len(lines) + 15.0 * len(small)
    first = y - tall / 2 + 13
    given: dict[str, str | float] = {"text_anchor": "middle", "fill": ink}
    face = next((one for name in whole.personas if (one := pictures.people.get(name))), None)
    drawn = [ring, disc, *([portrait(face, x, y - _MIDDLE - 4, 26.0, dress)] if face else [])]
    drawn += [
        tag("text", one, x=x, y=first + 17 * at, font_size=13.5, font_weight=640, **given)
        for at, one in enumerate(lines)
    ]
    below = first + 17 * len(lines)
    return drawn + [tag("text", one, x=x, y=below + 15 * at, font_size=11.5, **given) for at, one in enumerate(small)]
