"""The lane of emotions: what is believed dashed, what was measured solid, its interval as a band, gaps as gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from touchline.figures.colour import jsi_colour
from touchline.figures.markup import Markup, number, tag
from touchline.figures.numbers import half, places, plain, plus_minus
from touchline.figures.shapes import Spot, band_through, line_through, runs
from touchline.maps.drawing.emotion import OWN
from touchline.maps.drawing.labels import Labels, Put
from touchline.maps.measured import Measure, Overlay
from touchline.maps.model import Lane, Map, Step

HEIGHT: Final = 188.0
_TOP: Final = 34.0
_BOTTOM: Final = 152.0
_UNIT: Final = 168.0  # a column, in pixels, where it is as narrow as it gets
_NODE: Final = 8.0


def up(value: float) -> float:
    """Return where a JSI stands in the lane, in pixels from its top.

    >>> up(100), up(0)
    (34.0, 152.0)
    """
    return _BOTTOM - (_BOTTOM - _TOP) * max(0.0, min(100.0, value)) / 100


@dataclass(frozen=True, slots=True)
class Own:
    """A persona's own lines.

    Attributes:
        hue: The number of its colour.
        name: The persona.
        believed: What is believed at each step.
        measured: What was measured there.
    """

    hue: int
    name: str
    believed: tuple[float | None, ...]
    measured: tuple[Measure, ...]


def own_lines(now: Map, overlay: Overlay | None, lane: Lane) -> list[Own]:
    """Return the own lines of each persona that a lane shows: of a map that has several, where there is anything.

    >>> own_lines(Map("m", "M", personas=("Nora", "Ben")), None, Lane("l", "emotions"))
    []
    """
    steps, made = list(now.steps()), []
    for at, name in enumerate(now.personas if len(now.personas) > 1 and not lane.of else ()):
        guesses = tuple(next((one.jsi for one in step.believed if one.persona == name), None) for step in steps)
        rows = overlay.personas.get(name, {}) if overlay else {}
        real = tuple(rows.get(step.id, Measure()) for step in steps)
        if any(one is not None for one in guesses) or any(one.value is not None for one in real):
            made.append(Own(at % OWN, name, guesses, real))
    return made


def curve(
    now: Map, overlay: Overlay | None, lane: Lane, *, few: int = 30, edits: bool = False, aims: bool = False
) -> Markup:
    """Draw the lane through all columns: of all, and of each persona where the map has several.

    Widths are percentages, so that the drawing follows the columns without a script; words are placed as if columns
    were as narrow as they get.

    Args:
        now: The map.
        overlay: What was measured; None draws what is believed alone.
        lane: Which lane: it may be of one persona.
        few: Under how many customers a node is hatched.
        edits: Whether what is believed can be dragged, and set with arrow keys.
        aims: Whether it is not what is believed, but what shall be.
    """
    steps = list(now.steps())
    believed = [step.belief(lane.of).jsi for step in steps]
    found = [_measure(overlay, lane, step) for step in steps]
    parted = {one.step for one in overlay.findings if one.kind == "belief"} if overlay and not aims else set()
    spots, ghosts = _spots(found), _ghosts(believed)
    own = own_lines(now, overlay, lane)
    placed = _placed(steps, spots, ghosts, found, own, parted)
    drawn = []
    for at, step in enumerate(steps):
        x = f"{number((at + 0.5) / len(steps) * 100)}%"
        value, guess, known = placed[at]
        drawn.append(_bar(x, found[at], alone=_alone(found, at)))
        drawn += [_theirs(x, step, one, at) for one in own]
        drawn.append(_believed(x, step, believed[at], guess, parted=step.id in parted, edits=edits))
        drawn.append(_node(x, step, found[at], few, value, known))
    return tag(
        "svg", _lines(len(steps), spots, ghosts, own), drawn, width="100%", height=HEIGHT, class_="emotions",
        role="group", data_top=_TOP, data_bottom=_BOTTOM,
        aria_label=_("Emotion: %(said)s") % {"said": _spoken(steps, believed, found)},
    )  # fmt: skip


def _lines(
    many: int, spots: Sequence[Spot | None], ghosts: Sequence[Spot | None], own: Sequence[Own]
) -> Markup:  # fmt: skip
    wide = max(many, 1) * _UNIT
    still = {"vector_effect": "non-scaling-stroke"}

    def through(row: Iterable[Spot | None], class_: str) -> list[Markup]:
        return [line_through(run, class_, **still) for run in runs(row) if len(run) > 1]

    return tag(
        "svg",
        tag("line", x1=0, x2=wide, y1=up(50), y2=up(50), class_="tl-grid", **still),
        [band_through(run) for run in runs(spots) if len(run) > 1],
        [through(_ghosts(one.believed), f"believed own p{one.hue}") for one in own],
        [through(_spots(one.measured), f"measured own p{one.hue}") for one in own],
        through(ghosts, "believed"), through(spots, "measured"),
        viewBox=f"0 0 {number(wide)} {number(HEIGHT)}", preserveAspectRatio="none", width="100%", height=HEIGHT,
    )  # fmt: skip


def _placed(
    steps: Sequence[Step], spots: Sequence[Spot | None], ghosts: Sequence[Spot | None], found: Sequence[Measure],
    own: Sequence[Own], parted: set[str],
) -> list[tuple[Put | None, Put | None, Put | None]]:  # fmt: skip
    """Return per step where the measured number stands, the believed one, and what the measured one rests on."""
    labels = Labels(2, HEIGHT - 3)
    for row in (spots, ghosts, *(_spots(one.measured) for one in own), *(_ghosts(one.believed) for one in own)):
        for run in runs(row):
            labels.line([(spot.x, spot.y) for spot in run])
    for spot, ghost in zip(spots, ghosts, strict=True):
        for there, reach in ((spot, _NODE + 1), (ghost, 4.0)):
            if there is not None:
                labels.dot(there.x, there.y, reach)
    values: list[Put | None] = []
    for spot, ghost, one in zip(spots, ghosts, found, strict=True):
        above = spot is not None and ghost is not None and -_NODE < spot.y - ghost.y < 40
        text = plain(one.value)
        values.append(
            labels.beside(spot.x, spot.y, _NODE, text, 15, strong=True, must=True, below=above) if spot else None
        )
    guesses: list[Put | None] = []
    for step, spot, ghost in zip(steps, spots, ghosts, strict=True):
        put = None
        if ghost is not None and (spot is None or step.id in parted):
            text = _guess(step.id in parted, 100.0)
            put = labels.beside(ghost.x, ghost.y, 4, text, 11, must=True, below=spot is not None and spot.y < ghost.y)
        guesses.append(put)
    known = [
        labels.beside(spot.x, spot.y, _NODE, _rests(one), 11, below=True) if spot else None
        for spot, one in zip(spots, found, strict=True)
    ]  # fmt: skip
    return list(zip(values, guesses, known, strict=True))


def _guess(parted: bool, value: float) -> str:
    return _("believed %(value)s") % {"value": plain(value)} if parted else plain(value)


def _rests(one: Measure) -> str:
    many = _("n %(n)s") % {"n": _short(one.n)} if one.n else ""
    return " · ".join(filter(None, (plus_minus(one.low, one.high), many)))


def _measure(overlay: Overlay | None, lane: Lane, step: Step) -> Measure:
    if overlay is None:
        return Measure()
    if lane.of in overlay.personas:
        return overlay.personas[lane.of].get(step.id, Measure())
    measured = overlay.steps.get(step.id)
    return measured.jsi if measured else Measure()


def _spots(row: Sequence[Measure]) -> list[Spot | None]:
    return [
        None
        if one.value is None
        else Spot(
            (at + 0.5) * _UNIT, up(one.value), up(one.value if one.high is None else one.high),
            up(one.value if one.low is None else one.low),
        )
        for at, one in enumerate(row)
    ]  # fmt: skip


def _ghosts(row: Sequence[float | None]) -> list[Spot | None]:
    return [None if one is None else Spot((at + 0.5) * _UNIT, up(one), 0, 0) for at, one in enumerate(row)]


def _alone(found: Sequence[Measure], at: int) -> bool:
    beside = [found[i].value for i in (at - 1, at + 1) if 0 <= i < len(found)]
    return all(value is None for value in beside)


def _bar(x: str, one: Measure, *, alone: bool) -> Markup | None:
    """Return the interval of a value that no line leads to."""
    if not alone or one.low is None or one.high is None:
        return None
    return tag("line", x1=x, x2=x, y1=up(one.high), y2=up(one.low), class_="interval")


def _words(x: str, put: Put | None, text: str, class_: str) -> list[Markup]:
    """Return words in their place, with the line that leads there."""
    if put is None:
        return []
    leader = [tag("line", x1=x, x2=x, y1=put.leader[0], y2=put.leader[1], class_="leader")] if put.leader else []
    return [*leader, tag("text", text, x=x, y=put.y, text_anchor="middle", class_=class_)]


def _theirs(x: str, step: Step, own: Own, at: int) -> Markup | None:
    """Return a persona's node at a step, which tells its numbers when it is pointed at."""
    guess, real = own.believed[at], own.measured[at]
    if real.value is None and guess is None:
        return None
    said = [_("believed %(value)s") % {"value": plain(guess)}] if guess is not None else []
    said += (
        [_("measured %(value)s") % {"value": f"{plain(real.value)} {_rests(real)}"}] if real.value is not None else []
    )
    told = tag("title", f"{own.name}, {step.name}: {', '.join(said)}")
    y, radius = (up(guess or 0.0), 2.2) if real.value is None else (up(real.value), 3.4)
    return tag(
        "g", told, tag("circle", cx=x, cy=y, r=radius, class_=f"p{own.hue}"), class_="was theirs", data_measured=step.id
    )


def _believed(
    x: str, step: Step, value: float | None, put: Put | None, *, parted: bool, edits: bool
) -> Markup | None:  # fmt: skip
    if value is None and not edits:
        return None
    shown = 50.0 if value is None else value
    label = [] if value is None else _words(x, put, _guess(parted, value), "parted" if parted else "guess")
    given: dict[str, str] = {}
    if edits:
        said = _("nobody said") if value is None else plain(value)
        given = {
            "role": "slider", "tabindex": "-1", "aria_label": _("Believed at %(step)s") % {"step": step.name},
            "aria_valuemin": "0", "aria_valuemax": "100", "aria_valuenow": plain(shown), "aria_valuetext": said,
            "data_belief": step.id, "data_value": "" if value is None else number(value),
        }  # fmt: skip
    dot = tag("circle", cx=x, cy=up(shown), r=4, class_="guess" if value is not None else "guess unsaid", **given)
    return tag("g", dot, label, class_="belief", data_measured=step.id)


def _node(x: str, step: Step, one: Measure, few: int, value: Put | None, known: Put | None) -> Markup | None:
    if one.value is None:
        return None
    y = up(one.value)
    low = one.customers < few
    said = f"{step.name}: {plain(one.value, places(half(one.low, one.high)))} {_rests(one)}"
    ring = {"fill": jsi_colour(one.value), "class_": "tl-node"}
    if low:
        ring = {"fill": "none", "stroke": jsi_colour(one.value), "class_": "hollow"}
    return tag(
        "g", tag("title", said), tag("circle", cx=x, cy=y, r=9.5, class_="tl-hollow") if low else None,
        tag("circle", cx=x, cy=y, r=_NODE if not low else 6.5, **ring),
        _words(x, value, plain(one.value), "val"), _words(x, known, _rests(one), "known"),
        class_="was", data_measured=step.id,
    )  # fmt: skip


def _short(n: int) -> str:
    """Return a count as people say it in passing.

    >>> _short(412), _short(3960), _short(41_200)
    ('412', '4.0k', '41k')
    """
    if n < 1000:
        return str(n)
    return f"{n / 1000:.1f}k" if n < 10_000 else f"{n / 1000:.0f}k"


def _spoken(steps: Sequence[Step], believed: Sequence[float | None], found: Sequence[Measure]) -> str:
    said = []
    for step, guess, one in zip(steps, believed, found, strict=True):
        parts = [_("believed %(value)s") % {"value": plain(guess)}] if guess is not None else []
        if one.value is not None:
            parts.append(_("measured %(value)s") % {"value": f"{plain(one.value)} {plus_minus(one.low, one.high)}"})
        said.append(f"{step.name} {', '.join(parts) or '–'}")
    return "; ".join(said)
