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
from touchline.maps.drawing.labels import Labels, Put
from touchline.maps.drawing.letters import wrapped
from touchline.maps.measured import Measure, Overlay
from touchline.maps.model import Belief, Map, Step
from touchline.maps.telling import beliefs, thousands
from touchline.words import phrase

#: How believed lines are dashed: of all, and of a persona.
DASHES: Final = ("5 4", "2 4")
#: How many colours there are for personas.
OWN: Final = 4
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
    """Draw the lane's lines: of all, and where the map has several personas a believed and a measured one of each.

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
    floor = 18 if overlay is not None and overlay.shapes and not persona else 4
    labels = Labels(place.top + 2, place.top + place.tall - floor)
    drawn = [dress.line(place.left, place.up(50), place.right, place.up(50))]
    every = [] if overlay is None else _of(overlay, steps, persona)
    measured = [place.spot(at, one.value, one.low, one.high) for at, one in enumerate(every)]
    drawn += [_band(run, dress) for run in runs(measured)]
    known = [] if persona or overlay is None else [name for name in whole.personas if name in overlay.personas]
    own = [(name, _of(overlay, steps, name)) for name in known] if overlay and len(overlay.personas) > 1 else []
    theirs = [(name, [place.spot(at, one.value) for at, one in enumerate(row)], row) for name, row in own]
    for spots in (measured, *believed, *(one for _, one, _ in theirs)):
        for run in runs(spots):
            labels.line([(spot.x, spot.y) for spot in run])
    for name, spots, row in theirs:
        drawn += _theirs(whole, name, spots, row, steps, dress)
    for (name, _), spots in zip(lines, believed, strict=True):
        role, dash = ("ghost", DASHES[0]) if name in ("", persona) else (hue(whole, name), DASHES[1])
        drawn += [
            dress.path(_line(run), role, wide=1.8 if role == "ghost" else 1.3, dash=dash)
            if len(run) > 1
            else _ring(run[0], dress)
            for run in runs(spots)
        ]
    drawn += [dress.path(_line(run), "ink", wide=2.6) for run in runs(measured) if len(run) > 1]
    if overlay is None:
        guessed = zip(believed[0], lines[0][1], strict=True) if lines else ()
        return drawn + _alone([(spot, one) for spot, one in guessed if spot and one], place, labels, dress)
    for dots, radius in ((measured, _RADIUS + 1), *((one, 3.0) for _, one, _ in theirs)):
        for spot in filter(None, dots):
            labels.dot(spot.x, spot.y, radius)
    guesses = list(zip(believed[0], lines[0][1], strict=True)) if lines else [(None, None)] * len(steps)
    apart = {one.step for one in overlay.findings if one.kind == "belief" and not persona}
    parted = [step.id in apart for step in steps]
    drawn += _nodes(every, measured, guesses, parted, place, labels, dress)
    for name, spots, _ in theirs:
        drawn += _named(name, hue(whole, name), spots, labels, place, dress)
    return drawn + ([] if persona else _shapes(overlay, steps, place, dress))


def _nodes(
    every: Sequence[Measure], measured: Sequence[Spot | None], guesses: Sequence[tuple[Spot | None, Belief | None]],
    parted: Sequence[bool], place: Place, labels: Labels, dress: Dress,
) -> list[Markup]:  # fmt: skip
    """Return the measured nodes with their words: first all numbers, then beliefs that part, then what all rests on."""
    nodes = [
        _node(measure, spot, guess, labels, dress)
        for measure, spot, (guess, _) in zip(every, measured, guesses, strict=True)
    ]
    for at, (guess, belief) in enumerate(guesses):
        if parted[at] and guess is not None and belief is not None:
            said, spot = phrase("believed {jsi}", jsi=plain(belief.jsi)), measured[at]
            put = labels.beside(guess.x, guess.y, 3, said, 11, must=True, below=spot is not None and spot.y < guess.y)
            nodes[at] += _words(put, said, "bad", dress, size=11)
    for at, (measure, spot) in enumerate(zip(every, measured, strict=True)):
        x, y, reach = (place.across[at], place.up(50), 0.0) if spot is None else (spot.x, spot.y, _RADIUS)
        rests = known_of(measure) if spot else "n < 5" if measure.n else phrase("no data")
        put = labels.beside(x, y, reach, rests, 11, must=spot is None, below=True)
        nodes[at] += _words(put, rests, "muted", dress, size=11)
    return [part for node in nodes for part in node]


def hue(whole: Map, persona: str) -> str:
    """Return the colour's role of a persona's lines.

    >>> hue(Map("m", "M", personas=("Nora", "Ben")), "Ben")
    'own1'
    """
    at = whole.personas.index(persona) if persona in whole.personas else len(whole.personas)
    return f"own{at % OWN}"


def known_of(measure: Measure) -> str:
    """Return what a number rests on: its margin, and how many comments."""
    return " · ".join(part for part in (plus_minus(measure.low, measure.high), thousands(measure.n)) if part)


def _words(
    put: Put | None, said: str, role: str, dress: Dress, *, size: float, weight: int = 400
) -> list[Markup]:  # fmt: skip
    """Return words in their place, with the line that leads there; nothing where there was none."""
    if put is None:
        return []
    leader = [dress.line(put.x, put.leader[0], put.x, put.leader[1], "ghost")] if put.leader else []
    return [*leader, dress.words(put.x, put.y, said, role, size=size, weight=weight, anchor="middle", halo=True)]


def _believed(whole: Map, steps: Sequence[Step], persona: str) -> list[tuple[str, list[Belief | None]]]:
    """Return the believed lines over some of the map's steps; of one persona a single one."""
    if persona:
        row = [step.belief(persona) for step in steps]
        return [(persona, [one if one.jsi is not None else None for one in row])]
    at = {step.id: number for number, step in enumerate(whole.steps())}
    found = [(name, [row[at[step.id]] for step in steps]) for name, row in beliefs(whole)]
    return [(name, row) for name, row in found if any(row)][: OWN + 1]


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


def _theirs(
    whole: Map, name: str, spots: Sequence[Spot | None], row: Sequence[Measure], steps: Sequence[Step], dress: Dress
) -> list[Markup]:
    """Return a persona's own measured line, with a small node at each step that tells its number when pointed at."""
    role = hue(whole, name)
    drawn: list[Markup] = [dress.path(_line(run), role, wide=1.6) for run in runs(spots) if len(run) > 1]
    for step, spot, one in zip(steps, spots, row, strict=True):
        if spot is not None:
            told = tag("title", f"{name}, {step.name}: {plain(one.value)} {known_of(one)}")
            drawn.append(tag("g", told, tag("circle", cx=spot.x, cy=spot.y, r=3, fill=dress.colours[role])))
    return drawn


def _named(
    name: str, role: str, spots: Sequence[Spot | None], labels: Labels, place: Place, dress: Dress
) -> list[Markup]:
    """Return a persona's name beside the last point of their line that has room for it."""
    apart = place.across[1] - place.across[0] if len(place.across) > 1 else place.right - place.left
    said = next(iter(wrapped(name, max(apart - 12, 60.0), 10.5, most=1)), "")
    for spot in reversed([one for one in spots if one is not None]):
        put = labels.beside(spot.x, spot.y, 3, said, 10.5)
        if put is not None:
            return _words(put, said, role, dress, size=10.5)
    return []


def _alone(found: Sequence[tuple[Spot, Belief]], place: Place, labels: Labels, dress: Dress) -> list[Markup]:
    """Return believed values where nothing is laid over the map: each number, and the feeling where there is room."""
    drawn: list[Markup] = []
    for spot, belief in found:
        colour = jsi_colour(belief.jsi or 0.0)
        drawn.append(
            tag("circle", cx=spot.x, cy=spot.y, r=5.5, fill=dress.colours["surface"], stroke=colour, stroke_width=2,
                class_="tl-hollow")
        )  # fmt: skip
        labels.dot(spot.x, spot.y, 6)
    for spot, belief in found:
        said = plain(belief.jsi)
        put = labels.beside(spot.x, spot.y, 6, said, 13, strong=True, must=True)
        drawn += _words(put, said, "ink", dress, size=13, weight=600)
    apart = place.across[1] - place.across[0] if len(place.across) > 1 else place.right - place.left
    for spot, belief in found:
        said = next(iter(wrapped(belief.emotion, apart - 8, 11, most=1)), "")
        drawn += _words(labels.beside(spot.x, spot.y, 6, said, 11, below=True), said, "muted", dress, size=11)
    return drawn


def _node(measure: Measure, spot: Spot | None, guess: Spot | None, labels: Labels, dress: Dress) -> list[Markup]:
    """Return a measured node and its number."""
    if spot is None or measure.value is None:
        return []
    said = plain(measure.value)
    above = guess is not None and -_RADIUS < spot.y - guess.y < 40  # the believed line runs above: below is quieter
    put = labels.beside(spot.x, spot.y, _RADIUS, said, 15, strong=True, must=True, below=above)
    return [_dot(spot, measure, dress), *_words(put, said, "ink", dress, size=15, weight=650)]


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
