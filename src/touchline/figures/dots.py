"""A value per row with its interval: attribution, differences, times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import Final, Literal

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, number, tag
from touchline.figures.names import called
from touchline.figures.shapes import Look, Scale, line, picture, words
from touchline.figures.steps import shortened

_NAME: Final = 120.0  # at least
_ROW: Final = 26.0
_STACKED: Final = 42.0  # a row with the words above and the dot below
_LINE: Final = 15.0  # a further line of words
_LINES: Final = 3
_HEAD: Final = 26.0
_LETTER: Final = 6.4
_LONGEST: Final = 44  # letters of a name
_NARROW: Final = 420.0  # up to here a row is two lines
_SHARE: Final = 0.45  # of a small drawing is for names
_WHOLE: Final = 640.0  # from here on a drawing grows for the sake of long names
_WIDE: Final = 900.0  # from here on there is room for them
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


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the parts of a row stand: name to `left`, dots to `right`, value to `value`, its note from `note` on."""

    left: float
    right: float
    value: float
    note: float
    letters: int
    stacked: bool

    def lines(self, name: str) -> list[str]:
        """Return the name of a row as it fits."""
        name = called(name)
        if not self.stacked:
            return [shortened(name, self.letters)]
        lines = wrap(name, self.letters) or [""]
        return (
            [*lines[: _LINES - 1], shortened(" ".join(lines[_LINES - 1 :]), self.letters)] if lines[_LINES:] else lines
        )

    def tall(self, row: Dot) -> float:
        """Return how tall a row is."""
        return _STACKED + _LINE * (len(self.lines(row.name)) - 1) if self.stacked else _ROW


def dots(rows: Sequence[Dot], *, title: str, zero: bool = True, apart: bool = False, width: float = 640.0) -> Markup:
    """Draw a dot with its interval per row, on one scale, or on one per group.

    Args:
        rows: In order; a group's rows stand together.
        title: The picture's name.
        zero: Whether a scale must hold 0, which is marked.
        apart: A scale per group, where groups are of different units.
        width: Of the drawing; a narrow one has two lines a row, a wide one may have two columns.

    >>> "Chat" in dots([Dot("chat", 12.0, "12", 9.0, 15.0)], title="Credit")
    True
    """
    groups = [list(found) for _group, found in groupby(rows, key=lambda row: row.group)]
    halved = width >= _WHOLE and len(groups) >= _MANY and (apart or len(rows) > _TALL)
    each = (width - _GUTTER) / 2 if halved and width >= _WIDE else width
    frame, each = _framed(rows, each)
    whole = None if apart else _scale(rows, frame, zero)
    drawn, tall = [], 0.0
    columns = _halves(groups) if halved else [groups]
    for at, column in enumerate(columns):
        made, y = _column(column, frame, whole, zero)
        tall = max(tall, y)
        drawn.append(tag("g", made, transform=f"translate({number(at * (each + _GUTTER))} 0)") if at else made)
    across = each * len(columns) + _GUTTER * (len(columns) - 1)
    spoken = "; ".join(f"{called(row.group)} {called(row.name)}: {row.text} {row.note}".strip() for row in rows)
    return picture(across, tall + 6, title, spoken, drawn, class_="tl-dots")


def _framed(rows: Sequence[Dot], width: float) -> tuple[_Frame, float]:
    """Return where the parts of all rows stand, and how wide that is."""
    longest = max((len(called(row.name)) for row in rows), default=0)
    value = max((len(row.text) * 7.4 for row in rows), default=0.0)
    note = max((len(row.note) * 6.7 + 10 for row in rows if row.note), default=0.0)
    end = width - note
    if width <= _NARROW:
        letters = max(8, int((end - value - 12) / _LETTER))
        return _Frame(6.0, width - 6, end, end + 8, letters, stacked=True), width
    letters = min(longest, 2 * _LONGEST if width >= _WHOLE else int(width * _SHARE / _LETTER))
    if _WHOLE <= width < _WIDE and letters > _LONGEST:
        width += (letters - _LONGEST) * _LETTER
        end = width - note
    left = max(_NAME, letters * _LETTER + 16)
    return _Frame(left, max(left + 40, end - value - 16), end, end + 8, letters, stacked=False), width


def _column(
    groups: Sequence[Sequence[Dot]], frame: _Frame, whole: tuple[Scale, bool] | None, zero: bool
) -> tuple[list[Markup], float]:
    """Return groups below each other, and how tall they are."""
    drawn: list[Markup] = []
    y = 0.0
    for held in groups:
        if group := held[0].group:
            strong: Look = {"fill": LIGHT["ink"], "font_size": 12, "font_weight": 650}
            y += 6 if y else 0
            drawn.append(words(0, y + 15, called(group), "tl-text tl-strong", **strong))
            y += _HEAD
        across, marked = whole or _scale(held, frame, zero)
        if marked:
            drawn.append(line(across(0.0), y, across(0.0), y + sum(map(frame.tall, held)), "tl-grid"))
        for row in held:
            drawn += _row(row, y, across, frame)
            y += frame.tall(row)
    return drawn, y


def _halves(groups: Sequence[Sequence[Dot]]) -> list[Sequence[Sequence[Dot]]]:
    """Return groups as two columns of about the same length, in order."""
    tall = [len(group) * _ROW + _HEAD for group in groups]
    cut = min(range(1, len(groups)), key=lambda at: abs(sum(tall[:at]) - sum(tall[at:])))
    return [groups[:cut], groups[cut:]]


def _scale(rows: Sequence[Dot], frame: _Frame, zero: bool) -> tuple[Scale, bool]:
    """Return a scale that holds all values and ends of some rows, and whether it holds 0."""
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    if zero or not ends:
        ends.append(0.0)
    low, high = min(ends), max(ends)
    reach = (high - low) or 1.0
    room = frame.right - frame.left
    return lambda value: frame.left + room * (value - low) / reach, low <= 0.0 <= high


def _row(row: Dot, top: float, across: Scale, frame: _Frame) -> list[Markup]:
    colour = LIGHT[row.tone]
    class_ = "tl-mark" if row.tone == "ink" else f"tl-stroke-{row.tone}"
    base = top + (16 if frame.stacked else _ROW / 2 + 4)
    y = top + (frame.tall(row) - 13 if frame.stacked else _ROW / 2)
    drawn = [
        words(0, base + at * _LINE, said, "tl-text tl-strong", fill=LIGHT["ink"], font_size=12)
        for at, said in enumerate(frame.lines(row.name))
    ]
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
    strong: Look = {"fill": LIGHT["ink"], "font_size": 12.5, "font_weight": 620, "text_anchor": "end"}
    drawn.append(words(frame.value, base, row.text, "tl-text tl-strong", **strong))
    if row.note:
        drawn.append(words(frame.note, base, row.note))
    return drawn
