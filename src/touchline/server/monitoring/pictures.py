"""What a monitor watches through time, with its firings marked: a line for a level, columns for a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from django.utils.translation import gettext as _

from touchline.detection.base import DAY, Evidence
from touchline.figures import TrendPoint, trend_line
from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import day as said_day
from touchline.figures.shapes import Look, line, picture, words
from touchline.server.monitoring.spec import COUNTS, LEVELS, Spec

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Z: Final = 1.96
_EACH_DAY: Final = 8.0  # touches a day from which a day is worth a point of its own
_HIDDEN: Final = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A day that is marked, and what it is."""

    at: date
    label: str


def through_time(spec: Spec, seen: Evidence, first: date, last: date, marks: Sequence[Mark] = ()) -> Markup:
    """Draw what a monitor saw from one day to another.

    Args:
        spec: The monitor.
        seen: What it saw.
        first: The first day.
        last: The last.
        marks: Days that are marked.
    """
    title = _("%(name)s, from %(first)s to %(last)s") % {
        "name": spec.name, "first": said_day(first), "last": said_day(last),
    }  # fmt: skip
    days = seen.at // DAY
    start = (first - date(1970, 1, 1)).days
    length = (last - first).days + 1
    marked = [(one.at, one.label) for one in marks if first <= one.at <= last]
    if spec.watch in COUNTS:
        counts = np.bincount(np.clip(days - start, 0, length - 1), minlength=length)
        return columns(first, counts, title, marked)
    step = 1 if len(seen) >= _EACH_DAY * length else 7
    points = _points(spec, seen, days - start, first, step, length)
    return trend_line(points, title=title, step=step, width=1060, height=210, gate=None, marks=marked)


def _points(
    spec: Spec, seen: Evidence, day: NDArray[np.int64], first: date, step: int, length: int
) -> list[TrendPoint]:  # fmt: skip
    found = []
    for start in range(0, length, step):
        rows = (day >= start) & (day < start + step)
        n, weight = int(rows.sum()), float(seen.weight[rows].sum())
        if not n or not weight:
            continue
        mean = float((seen.weight[rows] * seen.value[rows]).sum() / weight)
        spread = float((seen.weight[rows] ** 2 * (seen.value[rows] - mean) ** 2).sum()) ** 0.5 / weight
        half = max(_Z * spread, 1 / (n + 2))
        low, high = max(mean - half, 0.0), min(mean + half, 1.0)
        if spec.watch not in LEVELS:
            mean, low, high = 1 - mean, 1 - high, 1 - low
        people = len(np.unique(seen.customer[rows]))
        hidden = people < _HIDDEN
        found.append(
            TrendPoint(
                first + timedelta(days=start), None if hidden else 100 * mean, None if hidden else 100 * low,
                None if hidden else 100 * high, n, start + step > length, people < 30,
            )
        )  # fmt: skip
    return found


def columns(first: date, counts: NDArray[np.int64], title: str, marks: Sequence[tuple[date, str]]) -> Markup:
    """Draw a number a day as columns."""
    width, height, left, foot, top = 1060.0, 210.0, 30.0, 24.0, 14.0
    most = max(int(counts.max(initial=0)), 1)
    each = (width - left - 16) / max(len(counts), 1)
    bottom = height - foot
    drawn = [line(left, bottom, width - 10, bottom, "tl-grid")]
    drawn.append(words(left - 7, top + 6, str(most), text_anchor="end", font_size=11))
    drawn.append(words(left - 7, bottom + 4, "0", text_anchor="end", font_size=11))
    for place, count in enumerate(counts.tolist()):
        if count:
            tall = (bottom - top) * count / most
            drawn.append(
                tag("rect", x=left + place * each, y=bottom - tall, width=max(each * 0.78, 0.8), height=tall,
                    fill=LIGHT["muted"], class_="tl-column")
            )  # fmt: skip
    for at, label in marks:
        x = left + ((at - first).days + 0.4) * each
        look: Look = {"stroke": LIGHT["bad"], "stroke_width": 1.2, "stroke_dasharray": "3 4"}
        drawn.append(line(x, top - 4, x, bottom, "tl-event", **look))
        drawn.append(words(x + 4, top + 2, label, font_size=11))
    for place in sorted({0, len(counts) // 2, len(counts) - 1}):
        anchor = "start" if place == 0 else "end" if place == len(counts) - 1 else "middle"
        shown = said_day(first + timedelta(days=place), year=False)
        drawn.append(words(left + (place + 0.4) * each, height - 6, shown, text_anchor=anchor, font_size=11))
    spoken = _("%(n)d in %(days)d days, at most %(most)d in one") % {
        "n": int(counts.sum()), "days": len(counts), "most": int(counts.max(initial=0)),
    }  # fmt: skip
    return picture(width, height, title, spoken, drawn, class_="tl-trend")
