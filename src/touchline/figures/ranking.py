"""Several lengths under each other with their names: causes, friction. One picture for slides and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from touchline.figures.bars import CauseBar
from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import between, plain
from touchline.figures.shapes import Look, line, picture, words
from touchline.figures.steps import shortened
from touchline.words import phrase

_ROW: Final = 46.0
_VALUE: Final = 110.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row of a ranking.

    Attributes:
        bar: Its length and interval.
        known: Small, under its name: counts.
        value: The number at its end, as it is read.
        margin: Small, under that.
    """

    bar: CauseBar
    known: str
    value: str
    margin: str = ""


def ranking(
    rows: Sequence[Ranked], *, title: str, direction: Literal["hurts", "lifts"] = "hurts", width: float = 960.0
) -> Markup:
    """Draw a ranking: names on the left, bars on one scale with their intervals, numbers on the right.

    >>> "late" in ranking([Ranked(CauseBar("late", 4.0, 2.0, 6.0, 3.0), "21 %", "+4")], title="Causes")
    True
    """
    most = max((max(row.bar.high or 0.0, row.bar.alone, row.bar.added or 0.0) for row in rows), default=1.0) or 1.0
    left, right = width * 0.42, width - _VALUE
    colour = LIGHT["bad" if direction == "hurts" else "good"]
    drawn: list[Markup] = []
    for i, row in enumerate(rows):
        drawn.append(_row(row, i * _ROW, left, right, most, colour, width))
        if i:
            drawn.append(line(0, i * _ROW, width, i * _ROW, "tl-grid"))
    spoken = "; ".join(f"{row.bar.name}: {plain(row.bar.alone, 1)} {row.bar.unit}{_ends(row.bar)}" for row in rows)
    return picture(width, max(len(rows) * _ROW, 1.0), title, spoken or phrase("Nothing."), drawn, class_="tl-ranking")


def _ends(bar: CauseBar) -> str:
    return "" if bar.low is None else f" ({between(bar.low, bar.high, 1)})"


def _row(row: Ranked, top: float, left: float, right: float, most: float, colour: str, width: float) -> Markup:
    bar, middle = row.bar, top + _ROW / 2
    scale = (right - left) / most

    def at(value: float) -> float:
        return left + max(0.0, min(right - left, value * scale))

    strong: Look = {"fill": LIGHT["ink"], "font_size": 13, "font_weight": 580}
    added = bar.alone if bar.added is None else bar.added
    shape: Look = {"x": left, "y": middle - 6, "height": 12, "rx": 2, "fill": colour}
    whisker = None
    if bar.low is not None and bar.high is not None:
        whisker = line(at(bar.low), middle, at(bar.high), middle, "tl-whisker", stroke=LIGHT["ink"], stroke_width=1.2)
    return tag(
        "g",
        words(0, middle - 2, shortened(bar.name, int((left - 10) / 7)), "tl-text tl-strong", **strong),
        words(0, middle + 14, row.known),
        tag("rect", width=max(at(bar.alone) - left, 0.5), fill_opacity=0.28, **shape),
        tag("rect", width=max(at(added) - left, 0.5), **shape),
        whisker,
        words(width, middle - (2 if row.margin else -4), row.value, "tl-text tl-strong", text_anchor="end", **strong),
        words(width, middle + 14, row.margin, text_anchor="end", font_size=11) if row.margin else None,
    )
