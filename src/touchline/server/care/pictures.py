"""A customer's line on a case: how their standing JSI went, with what made it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import day
from touchline.figures.shapes import Spot, line, line_through, node, picture, words

_WIDTH: Final = 640.0
_HEIGHT: Final = 108.0
_LEFT: Final = 26.0
_PRIOR: Final = 1.0


def mood(rows: Sequence[Mapping[str, Any]], opened: datetime, half_life: float) -> Markup | None:
    """Draw how a customer's standing JSI went, touch by touch; None without a touch.

    Args:
        rows: Of `timeline`, in any order.
        opened: When the case was.
        half_life: Days after which a touch weighs half.
    """
    steps = standing(rows, half_life)
    if not steps:
        return None
    first, last = steps[0][0], max(steps[-1][0], opened)
    reach = max((last - first).total_seconds(), 1.0)

    def across(at: datetime) -> float:
        return _LEFT + 8 + (_WIDTH - _LEFT - 16) * (at - first).total_seconds() / reach

    def up(value: float) -> float:
        return _HEIGHT - 22 - (_HEIGHT - 34) * value / 100

    spots = [Spot(across(at), up(jsi), up(jsi), up(jsi)) for at, jsi, _s in steps]
    faded = _faded(rows, half_life, last)
    end = Spot(across(last), up(faded), up(faded), up(faded))
    drawn: list[Markup] = [line(_LEFT, up(50), _WIDTH, up(50), "tl-grid")]
    drawn += [words(0, up(value) + 4, str(value)) for value in (0, 50, 100)]
    if first <= opened:
        x = across(opened)
        drawn.append(line(x, 8, x, _HEIGHT - 20, "tl-event", stroke=LIGHT["bad"], stroke_dasharray="3 4"))
        beyond = x > _WIDTH * 0.8
        drawn.append(words(x + (-4 if beyond else 4), 14, _("case"), text_anchor="end" if beyond else "start"))
    drawn.append(line_through([*spots, end] if last > steps[-1][0] else spots, stroke_width=1.8))
    drawn += [
        node(spot.x, spot.y, 4.5, {-1: 10.0, 0: 50.0, 1: 90.0}[s])
        for spot, (_at, _jsi, s) in zip(spots, steps, strict=True)
    ]
    drawn += [
        words(_LEFT + 4, _HEIGHT - 4, day(first.date())),
        words(_WIDTH, _HEIGHT - 4, day(last.date()), text_anchor="end"),
    ]
    told = "; ".join(f"{day(at.date())}: {jsi:.0f}" for at, jsi, _s in steps[-30:])
    return picture(_WIDTH, _HEIGHT, _("Standing JSI, touch by touch"), told, tag("g", *drawn), class_="mood")


def aware(at: datetime) -> datetime:
    """Return a moment of the warehouse, which is UTC and may not say so, with its zone."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def standing(rows: Sequence[Mapping[str, Any]], half_life: float) -> list[tuple[datetime, float, int]]:
    """Return the standing JSI after each touch (DESIGN, "Standing JSI"), with the touch's sentiment.

    >>> from datetime import UTC, timedelta
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> rows = [{"occurred_at": at + timedelta(days=30 * n), "touches": [{"s": s, "weight": 1.0}]}
    ...         for n, s in enumerate((1, -1))]
    >>> [round(jsi) for _, jsi, _ in standing(rows, 30.0)]
    [75, 40]
    """
    made: list[tuple[datetime, float, int]] = []
    weight = score = 0.0
    before: datetime | None = None
    for at, s, w in _touches(rows):
        fade = _fade(before, at, half_life)
        weight, score, before = weight * fade + w, score * fade + w * s, at
        made.append((at, 50 * (1 + score / (weight + _PRIOR)), s))
    return made


def _touches(rows: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, int, float]]:
    return sorted(
        (
            (aware(row["occurred_at"]), int(touch["s"]), float(touch["weight"]))
            for row in rows
            for touch in row["touches"]
        ),
        key=lambda one: one[0],
    )


def _fade(before: datetime | None, at: datetime, half_life: float) -> float:
    return 0.5 ** ((at - before).total_seconds() / 86_400 / half_life) if before else 1.0


def _faded(rows: Sequence[Mapping[str, Any]], half_life: float, at: datetime) -> float:
    """Return the standing JSI at a moment after the last touch: silence moves it to 50."""
    weight = score = 0.0
    for when, s, w in _touches(rows):
        fade = _fade(when, at, half_life)
        weight, score = weight + w * fade, score + w * s * fade
    return 50 * (1 + score / (weight + _PRIOR))
