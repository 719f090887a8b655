"""A value per row with its interval: attribution, differences, times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, number, tag
from touchline.figures.shapes import Look, Scale, line, picture, words
from touchline.figures.steps import shortened

_NAME: Final = 120.0  # at least
_NUMBERS: Final = 92.0  # at least
_ROW: Final = 26.0
_HEAD: Final = 22.0
_LONGEST: Final = 44  # letters of a name
_WHOLE: Final = 640.0  # from here on a drawing grows for the sake of long names
_MANY: Final = 6  # groups: from here on they may stand in two columns
_TALL: Final = 30  # rows
_GUTTER: Final = 40.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One row.

    Attributes:
        name: What it is of.
        value: The value; None hides it.
        text: The value as it is read.
        low: Of its 95 % interval.
        high: Of it.
        note: Small, beside the value: n.
        group: A heading is drawn where it changes.
        tone: good or bad where the difference is sure and means something.
        low_n: Fewer than 30 customers: hollow.
    """

    name: str
    value: float | None
    text: str
    low: float | None = None
    high: float | None = None
    note: str = ""
    group: str = ""
    tone: Literal["ink", "good", "bad"] = "ink"
    low_n: bool = False


def dots(rows: Sequence[Dot], *, title: str, zero: bool = True, apart: bool = False, width: float = 640.0) -> Markup:
    """Draw a dot with its interval per row, on one scale, or on one per group.

    Args:
        rows: In order; a group's rows stand together.
        title: The picture's name.
        zero: Whether a scale must hold 0, which is marked.
        apart: A scale per group, where groups are of different units.
        width: Of the drawing, or of each of two columns where there are many scales.

    >>> "chat" in dots([Dot("chat", 12.0, "12", 9.0, 15.0)], title="Credit")
    True
    """
    longest = max((len(row.name) for row in rows), default=0)
    letters = min(longest, 2 * _LONGEST if width >= _WHOLE else _LONGEST)
    told = max((len(row.text) * 7.4 + len(row.note) * 5.9 + 26 for row in rows), default=0.0)
    if letters > _LONGEST:
        width += (letters - _LONGEST) * 6.4
    left, right = max(_NAME, letters * 6.4 + 16), width - max(_NUMBERS, told)
    groups = [list(found) for _group, found in groupby(rows, key=lambda row: row.group)]
    whole = None if apart else _scale(rows, left, right, zero)
    columns = _halves(groups) if len(groups) >= _MANY and (apart or len(rows) > _TALL) else [groups]
    drawn, tall = [], 0.0
    for at, column in enumerate(columns):
        made, y = _column(column, left, right, whole, zero, letters)
        tall = max(tall, y)
        drawn.append(tag("g", made, transform=f"translate({number(at * (width + _GUTTER))} 0)") if at else made)
    across = width * len(columns) + _GUTTER * (len(columns) - 1)
    spoken = "; ".join(f"{row.group} {row.name}: {row.text} {row.note}".strip() for row in rows)
    return picture(across, tall + 6, title, spoken, drawn, class_="tl-dots")


def _column(
    groups: Sequence[Sequence[Dot]], left: float, right: float, whole: tuple[Scale, bool] | None, zero: bool,
    letters: int,
) -> tuple[list[Markup], float]:  # fmt: skip
    """Return groups below each other, and how tall they are."""
    drawn: list[Markup] = []
    y = 0.0
    for held in groups:
        if group := held[0].group:
            strong: Look = {"fill": LIGHT["ink"], "font_size": 12, "font_weight": 650}
            drawn.append(words(0, y + 15, group, "tl-text tl-strong", **strong))
            y += _HEAD
        across, marked = whole or _scale(held, left, right, zero)
        if marked:
            drawn.append(line(across(0.0), y, across(0.0), y + len(held) * _ROW, "tl-grid"))
        for row in held:
            drawn += _row(row, y + _ROW / 2, across, right, letters)
            y += _ROW
    return drawn, y


def _halves(groups: Sequence[Sequence[Dot]]) -> list[Sequence[Sequence[Dot]]]:
    """Return groups as two columns of about the same length, in order."""
    tall = [len(group) * _ROW + _HEAD for group in groups]
    cut = min(range(1, len(groups)), key=lambda at: abs(sum(tall[:at]) - sum(tall[at:])))
    return [groups[:cut], groups[cut:]]


def _scale(rows: Sequence[Dot], left: float, right: float, zero: bool) -> tuple[Scale, bool]:
    """Return a scale that holds all values and ends of some rows, and whether it holds 0."""
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    if zero or not ends:
        ends.append(0.0)
    low, high = min(ends), max(ends)
    reach = (high - low) or 1.0
    return lambda value: left + (right - left) * (value - low) / reach, low <= 0.0 <= high


def _row(row: Dot, y: float, across: Scale, right: float, letters: int) -> list[Markup]:
    colour = LIGHT[row.tone]
    class_ = "tl-mark" if row.tone == "ink" else f"tl-stroke-{row.tone}"
    drawn = [words(0, y + 4, shortened(row.name, letters), "tl-text tl-strong", fill=LIGHT["ink"], font_size=12)]
    if row.low is not None and row.high is not None:
        look: Look = {"stroke": colour, "stroke_width": 2, "stroke_opacity": 0.45, "stroke_linecap": "round"}
        drawn.append(line(across(row.low), y, across(row.high), y, class_, **look))
    if row.value is not None:
        dot: Look = {"cx": across(row.value), "cy": y, "r": 4.2}
        if row.low_n:
            hollow: Look = {"fill": LIGHT["surface"], "stroke": colour, "stroke_width": 1.6}
            drawn.append(tag("circle", class_=f"tl-hollow {class_}", **hollow, **dot))
        else:
            fill = "tl-fill-ink" if row.tone == "ink" else f"tl-fill-{row.tone}"
            drawn.append(tag("circle", fill=colour, class_=fill, **dot))
    shown = tag("tspan", row.text, fill=LIGHT["ink"], font_size=12.5, font_weight=620, class_="tl-strong")
    drawn.append(words(right + 14, y + 4.5, [shown, Markup("  "), row.note]))
    return drawn
