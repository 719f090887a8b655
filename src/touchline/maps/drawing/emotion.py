"""The line of emotions: believed dashed, measured solid on one axis, its interval as a band, gaps as gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from touchline.figures.colour import jsi_colour
from touchline.figures.markup import Markup, number, tag
from touchline.figures.numbers import plain, plus_minus
from touchline.figures.shapes import Spot, curve, runs
from touchline.maps.drawing.dress import Dress
from touchline.maps.drawing.letters import wrapped
from touchline.maps.measured import Measure, Overlay
from touchline.maps.model import Belief, Map, Step
from touchline.maps.telling import beliefs, thousands
from touchline.words import phrase

#: How the believed lines are told apart: of all, then persona by persona.
DASHES: Final = ("5 4", "2 4", "9 3 2 3", "1 5")
_UPPER, _LOWER = 26.0, 28.0  # room above and below the scale, for numbers
_RADIUS: Final = 8.0
_FEW: Final = 30  # customers


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lane is.

    Attributes:
        across: The middle of each step.
        left: Its left end.
        right: Its right end.
        top: Its upper end.
        tall: Its height, without cards.
    """

    across: Sequence[float]
    left: float
    right: float
    top: float
    tall: float

    def up(self, jsi: float) -> float:
        """Return where a JSI of 0 to 100 is."""
        inner = self.tall - _UPPER - _LOWER
        return self.top + _UPPER + inner * (1 - max(0.0, min(100.0, jsi)) / 100)

    def spot(self, at: int, value: float | None, low: float | None = None, high: float | None = None) -> Spot | None:
        """Return where a value of a step is; None where there is none."""
        if value is None:
            return None
        return Spot(
            self.across[at], self.up(value), self.up(value if high is None else high),
            self.up(value if low is None else low),
        )  # fmt: skip


def emotion(
    whole: Map, steps: Sequence[Step], overlay: Overlay | None, place: Place, dress: Dress, *, persona: str = ""
) -> list[Markup]:
    """Draw the lane's lines.

    Args:
        whole: The map.
        steps: Those drawn, a middle of ``place.across`` each.
        overlay: What was measured; None draws what is believed alone.
        place: Where.
        dress: Its colours.
        persona: Whose lane it is; "" for all that the map is about.
    """
    lines = _believed(whole, steps, persona)
    believed = [[place.spot(at, one.jsi if one else None) for at, one in enumerate(row)] for _, row in lines]
    drawn = [dress.line(place.left, place.up(50), place.right, place.up(50))]
    measured: list[Spot | None] = [None] * len(steps)
    if overlay is not None:
        every = _of(overlay, steps, persona)
        measured = [place.spot(at, one.value, one.low, one.high) for at, one in enumerate(every)]
        drawn += [_band(run, dress) for run in runs(measured)]
        thin, names = ([], []) if persona else _personas(whole, steps, overlay, place, dress)
        drawn += thin
    for dash, spots in zip(DASHES, believed, strict=False):
        drawn += [
            dress.path(_line(run), "ghost", wide=1.8, dash=dash) if len(run) > 1 else _ring(run[0], dress)
            for run in runs(spots)
        ]
    drawn += [dress.path(_line(run), "ink", wide=2.6) for run in runs(measured) if len(run) > 1]
    if overlay is None:
        return drawn + [
            _alone(spot, one, dress) for spots, (_, row) in zip(believed[:1], lines, strict=False)
            for spot, one in zip(spots, row, strict=True) if spot and one
        ]  # fmt: skip
    apart = {one.step for one in overlay.findings if one.kind == "belief" and not persona}
    for at, (step, measure) in enumerate(zip(steps, every, strict=True)):
        beside = [spots[at] for spots in believed]
        drawn += _node(measure, measured[at], place.across[at], beside, place, dress)
        if step.id in apart and beside and beside[0] is not None:
            jsi = next(row[at] for _, row in lines)
            drawn.append(_parted(jsi, beside[0], measured[at], place, dress))
    return drawn + names + ([] if persona else _shapes(overlay, steps, place, dress))


def _believed(whole: Map, steps: Sequence[Step], persona: str) -> list[tuple[str, list[Belief | None]]]:
    """Return the believed lines over some of the map's steps; of one persona a single one."""
    if persona:
        row = [step.belief(persona) for step in steps]
        return [(persona, [one if one.jsi is not None else None for one in row])]
    at = {step.id: number for number, step in enumerate(whole.steps())}
    found = [(name, [row[at[step.id]] for step in steps]) for name, row in beliefs(whole)]
    return [(name, row) for name, row in found if any(row)][: len(DASHES)]


def _of(overlay: Overlay, steps: Sequence[Step], persona: str) -> list[Measure]:
    """Return the steps' JSI; of a persona that was measured by itself, its own."""
    if persona in overlay.personas:
        return [overlay.personas[persona].get(step.id, Measure()) for step in steps]
    return [overlay.steps[step.id].jsi if step.id in overlay.steps else Measure() for step in steps]


def _line(run: Sequence[Spot]) -> str:
    return curve([(spot.x, spot.y) for spot in run])


def _band(run: Sequence[Spot], dress: Dress) -> Markup:
    """Return the interval of a run; of a single value as a bar."""
    if len(run) == 1:
        (spot,) = run
        a, b = number(spot.x - 4.5), number(spot.x + 4.5)
        data = f"M{a} {number(spot.top)}L{b} {number(spot.top)}L{b} {number(spot.bottom)}L{a} {number(spot.bottom)}Z"
        return dress.shape(data, "ink", opacity=0.09)
    there = curve([(spot.x, spot.top) for spot in run])
    back = curve([(spot.x, spot.bottom) for spot in reversed(run)])
    return dress.shape(f"{there}L{back.removeprefix('M')}Z", "ink", opacity=0.09)


def _ring(spot: Spot, dress: Dress) -> Markup:
    return tag(
        "circle", cx=spot.x, cy=spot.y, r=3.5, fill="none", stroke=dress.colours["ghost"], stroke_width=1.8,
        class_="tl-ghost",
    )  # fmt: skip


def _named(run: Sequence[Spot], name: str, dress: Dress) -> list[Markup]:
    """Return a line's name over its last stretch."""
    if len(run) < 2 or not name.strip():
        return []
    (x0, y0), (x1, y1) = ((spot.x, spot.y) for spot in run[-2:])
    said = wrapped(name, max(x1 - x0 - 40, 60.0), 10.5, most=1)[0]
    return [dress.words((x0 + x1) / 2, (y0 + y1) / 2 - 3, said, size=10.5, anchor="middle", halo=True)]


def _personas(
    whole: Map, steps: Sequence[Step], overlay: Overlay, place: Place, dress: Dress
) -> tuple[list[Markup], list[Markup]]:
    """Return a thin line for each persona that was measured by itself, and their names, which stand over all lines."""
    drawn: list[Markup] = []
    names: list[Markup] = []
    known = [name for name in whole.personas if name in overlay.personas]
    for name in known if len(overlay.personas) > 1 else []:
        values = [overlay.personas[name].get(step.id, Measure()).value for step in steps]
        spots = [place.spot(at, value) for at, value in enumerate(values)]
        there = [run for run in runs(spots) if len(run) > 1]
        drawn += [dress.path(_line(run), "muted", wide=1.2) for run in there]
        names += _named(there[-1], name, dress) if there else []
    return drawn, names


def _alone(spot: Spot, belief: Belief, dress: Dress) -> Markup:
    """Return a believed value where nothing is laid over the map."""
    jsi = belief.jsi or 0.0
    dot = tag(
        "circle", cx=spot.x, cy=spot.y, r=5.5, fill=dress.colours["surface"], stroke=jsi_colour(jsi), stroke_width=2,
        class_="tl-hollow",
    )  # fmt: skip
    value = dress.words(spot.x, spot.y - 12, plain(jsi), "ink", size=13, weight=600, anchor="middle", halo=True)
    felt = dress.words(spot.x, spot.y + 21, belief.emotion, anchor="middle", halo=True) if belief.emotion else None
    return tag("g", dot, value, felt)


def _node(
    measure: Measure, spot: Spot | None, x: float, beside: Sequence[Spot | None], place: Place, dress: Dress
) -> list[Markup]:
    if spot is None or measure.value is None:
        why = "n < 5" if measure.n else phrase("no data")
        return [dress.words(x, place.up(50) + 4, why, anchor="middle", halo=True)]
    known = " · ".join(part for part in (plus_minus(measure.low, measure.high), thousands(measure.n)) if part)
    above, below = _free(spot, beside, place)
    value = plain(measure.value)
    drawn = [_dot(spot, measure, dress)]
    if above:
        shift = 0.0 if below else 14.0
        drawn.append(
            dress.words(spot.x, spot.y - 14 - shift, value, "ink", size=15, weight=650, anchor="middle", halo=True)
        )
        drawn.append(dress.words(spot.x, spot.y + 23 if below else spot.y - 13, known, anchor="middle", halo=True))
    else:
        drawn.append(dress.words(spot.x, spot.y + 25, value, "ink", size=15, weight=650, anchor="middle", halo=True))
        drawn.append(dress.words(spot.x, spot.y + 39, known, anchor="middle", halo=True))
    return drawn


def _free(spot: Spot, beside: Sequence[Spot | None], place: Place) -> tuple[bool, bool]:
    """Return whether the number goes above a node, and whether what it rests on goes below: where no line runs."""
    ends = [other.y for other in beside if other is not None]
    over = any(4 < spot.y - y < 32 for y in ends)
    under = any(4 < y - spot.y < 30 for y in ends)
    up, down = spot.y - 28 > place.top, spot.y + 42 < place.top + place.tall - 14
    if (over and down) or not up:
        return False, True
    return True, not (under and spot.y - 42 > place.top) and down


def _dot(spot: Spot, measure: Measure, dress: Dress) -> Markup:
    """Return the node; hollow and hatched where few customers stand behind it."""
    colour = jsi_colour(measure.value or 0.0)
    if measure.customers >= _FEW:
        return tag(
            "circle", cx=spot.x, cy=spot.y, r=_RADIUS, fill=colour, stroke=dress.colours["surface"], stroke_width=3,
            class_="tl-node",
        )  # fmt: skip
    chords = []
    for offset in (-0.55, 0.0, 0.55):
        reach = sqrt(1 - offset * offset) * (_RADIUS - 1) / sqrt(2)
        cx, cy = spot.x + offset * _RADIUS / sqrt(2), spot.y + offset * _RADIUS / sqrt(2)
        chords.append(f"M{number(cx - reach)} {number(cy + reach)}L{number(cx + reach)} {number(cy - reach)}")
    return tag(
        "g",
        tag("circle", cx=spot.x, cy=spot.y, r=_RADIUS + 1.5, fill=dress.colours["surface"], class_="tl-hollow"),
        tag("circle", cx=spot.x, cy=spot.y, r=_RADIUS - 1, fill="none", stroke=colour, stroke_width=1.8),
        tag("path", d="".join(chords), fill="none", stroke=colour, stroke_width=1.3),
    )


def _parted(belief: Belief | None, believed: Spot, measured: Spot | None, place: Place, dress: Dress) -> Markup:
    """Return the believed value of a step where it and the data part."""
    up = measured is None or believed.y < measured.y
    y = believed.y - 7 if up else believed.y + 16
    jsi = plain(belief.jsi if belief else None)
    y = min(max(y, place.top + 12), place.top + place.tall - 6)
    return dress.words(believed.x, y, phrase("believed {jsi}", jsi=jsi), "bad", anchor="middle", halo=True)


def _shapes(overlay: Overlay, steps: Sequence[Step], place: Place, dress: Dress) -> list[Markup]:
    """Return the names of the measured line's shapes, each under the steps that it spans."""
    at = {step.id: place.across[i] for i, step in enumerate(steps)}
    drawn = []
    floor = place.top + place.tall - 9
    free = place.left
    for name, spans in overlay.shapes:
        found = [at[one] for one in spans if one in at]
        if not found or min(found) - 26 < free:
            continue
        left, right = min(found) - 22, max(found) + 22
        half = 3.1 * len(name) + 6
        middle = (left + right) / 2
        for a, b in ((left, middle - half), (middle + half, right)):
            if b - a > 4:
                drawn.append(dress.line(a, floor, b, floor, "ghost"))
        drawn.append(dress.words(middle, floor + 3.5, name, size=10.5, anchor="middle"))
        free = max(right, middle + half)
    return drawn
