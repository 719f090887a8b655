"""Answers through time: a column per period, cut into the unhappy, the indifferent and the happy, and the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import half, percent, places, plain, plus_minus
from touchline.figures.shapes import Look, line, picture, words
from touchline.words import joined, phrase

_TOP: Final = 34.0
_FOOT: Final = 38.0
_WORD: Final = 44.0  # the room that a column's numbers need
_GAP: Final = 0.28  # of a column's room


@dataclass(frozen=True, slots=True)
class Spread:
    """One period.

    Attributes:
        name: As it is read below the column.
        negative: Share of the unhappy; None hides the column.
        neutral: Of the indifferent.
        positive: Of the happy.
        score: What they make.
        low: Of its 95 % interval.
        high: Of it.
        n: Customers who answered.
        low_n: Fewer than 30 of them: drawn paler.
        unfinished: The period is not over.
    """

    name: str
    negative: float | None
    neutral: float | None = None
    positive: float | None = None
    score: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    low_n: bool = False
    unfinished: bool = False


def spreads(
    rows: Sequence[Spread], *, title: str, names: tuple[str, str, str], signed: bool = False, width: float = 760.0,
    height: float = 250.0,
) -> Markup:  # fmt: skip
    """Draw columns of equal height, the happy at the top, the score above each and n below.

    Args:
        rows: In order of time.
        title: The picture's name.
        names: Of the three parts, the unhappy first.
        signed: Whether the score has a sign.
        width: Of the drawing.
        height: Of the drawing.

    >>> "+30" in spreads([Spread("Oct", 0.2, 0.3, 0.5, 30.0, 20.0, 40.0, 50)], title="NPS", names=("a", "b", "c"),
    ...                  signed=True)
    True
    """
    left, right = 46.0, width - 4
    room = (right - left) / max(len(rows), 1)
    thick = min(46.0, room * (1 - _GAP))
    bottom = height - _FOOT
    grid = []
    for share in (0.0, 0.5, 1.0):
        y = bottom - (bottom - _TOP) * share
        grid.append(line(left - 4, y, right, y, "tl-grid"))
        grid.append(words(left - 9, y + 4, f"{share:.0%}", text_anchor="end", font_size=10.5))
    every = ceil(_WORD / room)  # of many columns, some say their numbers
    drawn = [
        _column(row, left + room * (at + 0.5), thick, bottom, names, signed, told=(len(rows) - 1 - at) % every == 0)
        for at, row in enumerate(rows)
    ]
    spoken = joined("; ", (_told(row, names, signed) for row in rows))
    return picture(width, height, title, spoken or phrase("No answers."), grid, drawn, class_="tl-spreads")


def _told(row: Spread, names: tuple[str, str, str], signed: bool) -> str:
    if row.negative is None:
        return phrase("{name}: hidden, n {n}", name=row.name, n=row.n)
    score = (
        f"{plain(row.score, places(half(row.low, row.high)), signed=signed)} {plus_minus(row.low, row.high)}".strip()
    )
    shares = (row.negative, row.neutral, row.positive)
    parts = ", ".join(f"{name} {percent(share)}" for name, share in zip(names, shares, strict=True))
    ending = phrase(", unfinished") if row.unfinished else ""
    return f"{row.name}: {score}, {parts}, n {plain(row.n)}{phrase(', low n') if row.low_n else ''}{ending}"


def _column(
    row: Spread, middle: float, thick: float, bottom: float, names: tuple[str, str, str], signed: bool, *, told: bool
) -> Markup:
    tip = _told(row, names, signed)
    below = (
        []
        if not told
        else [
            words(middle, bottom + 16, row.name + ("…" if row.unfinished else ""), text_anchor="middle", font_size=11),
            words(middle, bottom + 30, f"n {plain(row.n)}", text_anchor="middle", font_size=10),
        ]
    )
    if row.negative is None or row.score is None:
        nothing = words(middle, bottom - 8, "n < 5", text_anchor="middle", font_size=10.5)
        return tag("g", tag("title", tip), nothing if told else None, below, data_tip=tip)
    parts, y, tall = [], bottom, bottom - _TOP
    colours = (("bad", "#be4a18"), ("sand", LIGHT["sand"]), ("good", "#0f6b5e"))
    shares = (row.negative, row.neutral or 0.0, row.positive or 0.0)
    classes = ("tl-negative", "tl-neutral", "tl-positive")
    for share, (_, colour), class_ in zip(shares, colours, classes, strict=True):
        length = tall * share
        y -= length
        if length > 0:
            shape: Look = {"x": middle - thick / 2, "y": y, "width": thick, "height": max(length - 1, 0.5)}
            parts.append(tag("rect", fill=colour, class_=class_, fill_opacity=0.45 if row.low_n else 1.0, **shape))
    look: Look = {"fill": LIGHT["ink"], "font_size": 13, "font_weight": 650, "text_anchor": "middle"}
    score = plain(row.score, places(half(row.low, row.high)), signed=signed)
    above = (
        []
        if not told
        else [
            words(middle, _TOP - 16, score, "tl-text tl-strong", **look),
            words(middle, _TOP - 5, plus_minus(row.low, row.high), text_anchor="middle", font_size=10),
        ]
    )
    return tag("g", tag("title", tip), parts, above, below, data_tip=tip)
