"""The journey line: stages across, JSI up, a node per stage. Who has read it once can read every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import LOW, arrow, half, places, plain, plus_minus
from touchline.figures.shapes import Look, Spot, band_through, line, line_through, node, picture, runs, words
from touchline.words import joined, phrase

_LEFT: Final = 46.0
_RIGHT: Final = 24.0
_TOP: Final = 30.0
_BOTTOM: Final = 246.0
_STEP: Final = 99.0  # the least room that a stage gets
_WIDTH: Final = 1060.0
_ROW: Final = 17.0
_SMALLEST, _LARGEST = 6.5, 14.0  # radii


@dataclass(frozen=True, slots=True)
class JourneyStage:
    """One stage of the line. Without a value it is hidden, and the line has a gap there.

    Attributes:
        name: As people say it.
        value: Period JSI, 0 to 100.
        low: Of its 95 % interval.
        high: Of its 95 % interval.
        n: Touches: the size of the node.
        previous: JSI of the period before.
        change: Points since then.
        change_margin: Half the interval of the change.
        significant: Whether the change is, after correction.
        low_n: Fewer than 30 customers: hatched, without an arrow.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    previous: float | None = None
    change: float | None = None
    change_margin: float | None = None
    significant: bool = False
    low_n: bool = False


def journey_line(
    stages: Sequence[JourneyStage], *, title: str = phrase("The journey line"), gate: float | None = 70.0
) -> Markup:
    """Draw the journey.

    Args:
        stages: In the journey's order.
        title: The picture's name for screen readers.
        gate: The minimum JSI to pass a stage, as a dotted line; None draws none.

    >>> drawing = journey_line([JourneyStage("Delivery", 37.0, 33.0, 41.0, 3960)])
    >>> "Delivery 37 ±4 (n 3,960)" in drawing
    True
    """
    width = max(_WIDTH, _LEFT + _STEP * len(stages) + _RIGHT)
    step = (width - _LEFT - _RIGHT) / max(len(stages), 1)
    across = [_LEFT + step * (i + 0.5) for i in range(len(stages))]
    spots = [_spot(x, stage) for x, stage in zip(across, stages, strict=True)]
    before = [
        None if stage.previous is None else Spot(x, _up(stage.previous), 0, 0)
        for x, stage in zip(across, stages, strict=True)
    ]
    names = [_wrapped(stage.name, int(step / 7.4)) for stage in stages]
    below = _BOTTOM + 26 + _ROW * max((len(lines) for lines in names), default=1)
    compared = any(stage.change is not None for stage in stages)
    most = max((stage.n for stage in stages), default=0) or 1
    return picture(
        width,
        below + _ROW * (2 if compared else 1),
        title,
        joined("; ", (_spoken(stage) for stage in stages)) or phrase("No stage."),
        _grid(width, gate),
        [band_through(run) for run in runs(spots)],
        [_ghost(run) for run in runs(before)],
        [line_through(run) for run in runs(spots) if len(run) > 1],
        [
            _stage(i, stage, spots, across[i], most, names[i], below, compared=compared)
            for i, stage in enumerate(stages)
        ],
        class_="tl-journey",
    )


def _up(value: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * max(0.0, min(100.0, value)) / 100


def _spot(x: float, stage: JourneyStage) -> Spot | None:
    if stage.value is None:
        return None
    low, high = (stage.value if end is None else end for end in (stage.low, stage.high))
    return Spot(x, _up(stage.value), _up(high), _up(low))


def _grid(width: float, gate: float | None) -> list[Markup]:
    end = width - _RIGHT
    drawn = []
    for value in range(0, 101, 20):
        drawn.append(line(_LEFT, _up(value), end, _up(value), "tl-grid"))
        drawn.append(words(_LEFT - 10, _up(value) + 4, str(value), text_anchor="end"))
    if gate is not None:
        dots: Look = {"stroke": LIGHT["good"], "stroke_width": 1.3, "stroke_dasharray": "2 5"}
        drawn.append(line(_LEFT, _up(gate), end, _up(gate), "tl-gate", **dots))
        label = phrase("gate {gate}", gate=plain(gate))
        drawn.append(words(end, _up(gate) - 6, label, "tl-text tl-gate-label", text_anchor="end", fill=LIGHT["good"]))
    return drawn


def _ghost(run: Sequence[Spot]) -> Markup:
    """Return the line of the period before; a lone value as a small ring."""
    look: Look = {"stroke": LIGHT["ghost"], "stroke_width": 1.4}
    if len(run) == 1:
        return tag("circle", cx=run[0].x, cy=run[0].y, r=3.5, fill="none", class_="tl-ghost", **look)
    return line_through(run, "tl-ghost", stroke_dasharray="4 4", **look)


def _stage(
    i: int,
    stage: JourneyStage,
    spots: Sequence[Spot | None],
    x: float,
    most: int,
    name: Sequence[str],
    below: float,
    *,
    compared: bool,
) -> Markup:
    middle: Look = {"text_anchor": "middle"}
    ink: Look = {"fill": LIGHT["ink"], "font_weight": 560, "font_size": 13, **middle}
    drawn = [words(x, _BOTTOM + 26 + _ROW * row, part, "tl-text tl-stage", **ink) for row, part in enumerate(name)]
    spot = spots[i]
    if spot is None or stage.value is None:
        why = "n < 5" if stage.n else phrase("no comments")
        drawn.append(words(x, below, why, "tl-text", **middle))
        return tag("g", tag("title", _spoken(stage)), drawn)
    radius = _SMALLEST + (_LARGEST - _SMALLEST) * sqrt(stage.n / most)
    label: Look = {"fill": LIGHT["ink"], "font_size": 15, "font_weight": 650, **middle}
    beside = spot.y + radius + 18 if _label_below(i, spots, stage, radius) else spot.y - radius - 9
    drawn.append(node(x, spot.y, radius, stage.value, hatched=stage.low_n))
    drawn.append(
        words(
            x, beside, plain(stage.value), "tl-text tl-value", stroke=LIGHT["surface"],
            stroke_width=4, paint_order="stroke", **label,
        )
    )  # fmt: skip
    known = f"{plus_minus(stage.low, stage.high)} · n {plain(stage.n)}".removeprefix(" · ")
    drawn.append(words(x, below, known, "tl-text", **middle))
    if compared and stage.low_n:
        drawn.append(words(x, below + _ROW, LOW, "tl-text", **middle))
    elif compared and stage.change is not None:
        look, colour = _direction(stage)
        moved = arrow(stage.change, places(stage.change_margin))
        drawn.append(words(x, below + _ROW, moved, f"tl-text {look}", fill=colour, **middle))
    return tag("g", tag("title", _spoken(stage)), drawn)


def _direction(stage: JourneyStage) -> tuple[str, str]:
    """Return class and colour of a change: grey unless it is more than chance."""
    if not stage.significant or stage.change is None:
        return "tl-flat", LIGHT["muted"]
    return ("tl-bad", LIGHT["bad"]) if stage.change < 0 else ("tl-good", LIGHT["good"])


def _label_below(i: int, spots: Sequence[Spot | None], stage: JourneyStage, radius: float) -> bool:
    """Say whether the number stands under its node: where the line turns upwards on both sides, and there is room."""
    spot = spots[i]
    if spot is None or spot.y + radius + 24 > _BOTTOM:
        return False
    beside = [spots[j] for j in (i - 1, i + 1) if 0 <= j < len(spots)]
    valley = all(other is None or other.y < spot.y - 4 for other in beside) and any(beside)
    peak = all(other is None or other.y > spot.y + 4 for other in beside) and any(beside)
    over = stage.previous is not None and 4 < spot.y - _up(stage.previous) < radius + 26
    return valley or (over and not peak)


def _wrapped(name: str, letters: int) -> list[str]:
    """Return a name on at most two lines of so many letters; what does not fit ends in an ellipsis.

    >>> _wrapped("Adoption and value", 12), _wrapped("x" * 20, 8)
    (['Adoption and', 'value'], ['xxxxxxx…'])
    """
    lines = [""]
    for part in name.split():
        joined = f"{lines[-1]} {part}".strip()
        if len(joined) <= letters or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(part)
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return [part if len(part) <= letters else part[: letters - 1] + "…" for part in lines]


def _spoken(stage: JourneyStage) -> str:
    if stage.value is None:
        return joined(
            ": ", [stage.name, phrase("hidden, fewer than 5 customers") if stage.n else phrase("no comments")]
        )
    margin = half(stage.low, stage.high)
    parts = [f"{stage.name} {plain(stage.value, places(margin))}", plus_minus(stage.low, stage.high)]
    parts.append(f"(n {plain(stage.n)}{', ' + LOW if stage.low_n else ''})")
    if stage.change is not None and not stage.low_n:
        parts.append(
            phrase("changed by {change}", change=plain(stage.change, places(stage.change_margin), signed=True))
        )
    return joined(" ", (part for part in parts if part))
