"""A score through time: the interval as a band, gaps where nothing is known, an unfinished last period dashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import day, half, places, plain, plus_minus
from touchline.figures.shapes import Look, Spot, band_through, line, line_through, node, picture, runs, words
from touchline.words import Day, joined, phrase

_LEFT: Final = 30.0
_RIGHT: Final = 40.0
_TOP: Final = 12.0
_FOOT: Final = 24.0
_LEAST_RANGE: Final = 40.0  # points that a sparkline spans at least, so that noise looks like noise


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period. Without a value it is hidden.

    Attributes:
        period: Its first day.
        value: JSI, 0 to 100.
        low: Of its 95 % interval.
        high: Of its 95 % interval.
        n: Touches.
        unfinished: The data end before the period does.
        low_n: Fewer than 30 customers.
    """

    period: date
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    unfinished: bool = False
    low_n: bool = False


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a score between ``low`` and ``high`` to a height between ``bottom`` and ``top``."""

    low: float
    high: float
    top: float
    bottom: float

    def __call__(self, value: float) -> float:
        share = (max(self.low, min(self.high, value)) - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * share


def trend_line(
    points: Sequence[TrendPoint],
    *,
    title: str,
    step: int,
    width: float = 480.0,
    height: float = 150.0,
    gate: float | None = 70.0,
    marks: Sequence[tuple[date, str]] = (),
) -> Markup:
    """Draw a score through time, always from 0 to 100, so that two of them can be compared.

    Args:
        points: In order of time; periods without touches are left out.
        title: The picture's name for screen readers.
        step: Days in a period: a longer distance is a gap.
        width: Of the drawing.
        height: Of the drawing.
        gate: The minimum JSI, as a dotted line; None draws none.
        marks: Days that are marked by an upright line, and what each is.
    """
    end, bottom = width - _RIGHT, height - _FOOT
    up = _Scale(0.0, 100.0, _TOP, bottom)
    across = _across(points, _LEFT + 6, end)
    grid = []
    for value in (0, 50, 100):
        grid.append(line(_LEFT, up(value), end + 6, up(value), "tl-grid"))
        grid.append(words(_LEFT - 7, up(value) + 4, str(value), text_anchor="end", font_size=11))
    if gate is not None:
        dots: Look = {"stroke": LIGHT["good"], "stroke_width": 1.2, "stroke_dasharray": "2 5"}
        grid.append(line(_LEFT, up(gate), end + 6, up(gate), "tl-gate", **dots))
    spots = _spots(points, across, up, step)
    marked = _marked(points, marks, end, bottom)
    return picture(
        width,
        height,
        title,
        joined("; ", [_spoken(points), *(f"{label} {Day(at)}" for at, label in marks)]),
        grid,
        marked,
        _drawn(points, spots, 2.0),
        _last_value(points, spots),
        _hover(points, across, bottom),
        _dates(points, across, height - 6),
        class_="tl-trend",
    )


def sparkline(
    points: Sequence[TrendPoint], *, title: str, step: int, width: float = 120.0, height: float = 32.0
) -> Markup:
    """Draw a trend the size of a word: no axes, its own range, but never less than 40 points of it."""
    known = [p for p in points if p.value is not None]
    ends = [end for p in known for end in (p.value, p.low, p.high) if end is not None]
    low, high = (min(ends), max(ends)) if ends else (0.0, 100.0)
    spare = max(0.0, _LEAST_RANGE - (high - low)) / 2
    up = _Scale(low - spare, high + spare, 6.0, height - 6.0)
    spots = _spots(points, _across(points, 6.0, width - 6.0), up, step)
    return picture(width, height, title, _spoken(points), _drawn(points, spots, 1.6), class_="tl-spark")


def _marked(points: Sequence[TrendPoint], marks: Sequence[tuple[date, str]], end: float, bottom: float) -> list[Markup]:
    if len(points) < 2:
        return []
    first, last = points[0].period.toordinal(), points[-1].period.toordinal()
    look: Look = {"stroke": LIGHT["bad"], "stroke_width": 1.2, "stroke_dasharray": "3 4"}
    drawn = []
    for at, label in marks:
        share = min(max((at.toordinal() - first) / max(last - first, 1), 0.0), 1.0)
        x = _LEFT + 6 + (end - _LEFT - 6) * share
        drawn.append(line(x, _TOP - 4, x, bottom, "tl-event", **look))
        anchor, shift = ("end", -4) if share > 0.8 else ("start", 4)
        drawn.append(words(x + shift, _TOP + 2, label, text_anchor=anchor, font_size=11))
    return drawn


def _hover(points: Sequence[TrendPoint], across: Sequence[float], bottom: float) -> list[Markup]:
    """Return an area over each point that says its numbers."""
    made = []
    for at, (point, x) in enumerate(zip(points, across, strict=True)):
        left = (across[at - 1] + x) / 2 if at else x - 6
        right = (across[at + 1] + x) / 2 if at + 1 < len(across) else x + 6
        said = f"{day(point.period)}: {_number(point)}"
        shape: Look = {"x": left, "y": _TOP, "width": max(right - left, 1.0), "height": bottom - _TOP}
        area = tag("rect", tag("title", said), fill="transparent", class_="tl-hover", data_tip=said, **shape)
        made.append(area)
    return made


def _number(point: TrendPoint) -> str:
    if point.value is None:
        return phrase("hidden, n {n}", n=point.n)
    shown = f"{plain(point.value, places(half(point.low, point.high)))} {plus_minus(point.low, point.high)}".rstrip()
    ending = phrase(", unfinished") if point.unfinished else ""
    return f"{shown}, n {plain(point.n)}{phrase(', low n') if point.low_n else ''}{ending}"


def _across(points: Sequence[TrendPoint], left: float, right: float) -> list[float]:
    if len(points) < 2:
        return [(left + right) / 2] * len(points)
    first, last = points[0].period.toordinal(), points[-1].period.toordinal()
    return [left + (right - left) * (p.period.toordinal() - first) / max(last - first, 1) for p in points]


def _spots(points: Sequence[TrendPoint], across: Sequence[float], up: _Scale, step: int) -> list[Spot | None]:
    """Return the values on the drawing with None between those that are more than a period apart."""
    spots: list[Spot | None] = []
    before: date | None = None
    for point, x in zip(points, across, strict=True):
        if before is not None and (point.period - before).days > 1.5 * step:
            spots.append(None)
        before = point.period
        if point.value is None:
            spots.append(None)
            continue
        low, high = (point.value if end is None else end for end in (point.low, point.high))
        spots.append(Spot(x, up(point.value), up(high), up(low)))
    return spots


def _drawn(points: Sequence[TrendPoint], spots: Sequence[Spot | None], weight: float) -> list[Markup]:
    drawn = []
    open_end = bool(points) and points[-1].unfinished and bool(spots) and spots[-1] is not None
    for run in runs(spots):
        drawn.append(band_through(run, 5.0))
        dashed = open_end and run[-1] is spots[-1]
        solid = run[:-1] if dashed else run
        if len(solid) > 1:
            drawn.append(line_through(solid, stroke_width=weight))
        if dashed and len(run) > 1:
            drawn.append(line_through(run[-2:], "tl-line tl-open", stroke_width=weight, stroke_dasharray="3 4"))
        if len(run) == 1:
            value = next(p.value for p, s in _paired(points, spots) if s is run[0])
            drawn.append(node(run[0].x, run[0].y, 3.4, value or 0.0))
    known = [(p, s) for p, s in _paired(points, spots) if s is not None]
    if known:
        point, spot = known[-1]
        hollow = point.low_n or point.unfinished
        drawn.append(node(spot.x, spot.y, 4.6 if weight >= 2 else 3.6, point.value or 0.0, hatched=hollow))
    return drawn


def _paired(points: Sequence[TrendPoint], spots: Sequence[Spot | None]) -> list[tuple[TrendPoint, Spot]]:
    return list(zip((p for p in points if p.value is not None), (s for s in spots if s is not None), strict=True))


def _last_value(points: Sequence[TrendPoint], spots: Sequence[Spot | None]) -> Markup | None:
    known = _paired(points, spots)
    if not known:
        return None
    point, spot = known[-1]
    shown = plain(point.value, places(half(point.low, point.high)))
    look: Look = {"fill": LIGHT["ink"], "font_size": 13, "font_weight": 650}
    return words(spot.x + 10, spot.y + 4.5, shown, "tl-text tl-value", **look)


def _dates(points: Sequence[TrendPoint], across: Sequence[float], y: float) -> list[Markup]:
    """Return day labels below, as many as there is room for: the first, the last and some between."""
    if not points:
        return []
    years = len({p.period.year for p in points}) > 1
    room = 84.0 if years else 62.0
    chosen = [0]
    for i in range(1, len(points)):
        if across[i] - across[chosen[-1]] >= room:
            chosen.append(i)
    last = len(points) - 1
    if chosen[-1] != last and len(chosen) > 1 and last > 0:
        chosen[-1] = last
    if len(chosen) > 2 and across[chosen[-1]] - across[chosen[-2]] < room:
        chosen.pop(-2)
    labels = []
    for i in chosen:
        anchor = "start" if i == 0 and last else "end" if i == last and last else "middle"
        shift = -6 if anchor == "start" else 6 if anchor == "end" else 0
        label = day(points[i].period, year=years)
        labels.append(words(across[i] + shift, y, label, text_anchor=anchor, font_size=11))
    return labels


def _spoken(points: Sequence[TrendPoint]) -> str:
    parts: list[str] = []
    for p in points:
        if p.value is None:
            parts.append(phrase("{isoformat}: hidden", isoformat=p.period))
            continue
        margin = half(p.low, p.high)
        told = f"{Day(p.period)}: {plain(p.value, places(margin))} {plus_minus(p.low, p.high)}".rstrip()
        parts.append(f"{told} (n {plain(p.n)}{phrase(', unfinished') if p.unfinished else ''})")
    return joined("; ", parts) or phrase("No comments.")
