"""The whole through time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.figures import TrendPoint, trend_line
from touchline.figures.markup import Markup
from touchline.figures.numbers import between, day, period, plain
from touchline.report.pieces import card, numbers
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.report.asked import Asked

_LEAST: Final = 2  # periods that a trend is drawn of


def trend(asked: Asked) -> Markup | None:
    """Return the JSI of the whole through time; None where there are not two periods of it."""
    rows = asked.trend_of("all")
    if sum(row["jsi"] is not None for row in rows) < _LEAST:
        return None
    by = period(asked.trend.facts["by"])
    return card(
        phrase("The whole through time"),
        phrase("JSI by {by} · band = 95 % interval · dotted = gate {gate}", by=by, gate=Number(f"{asked.gate:g}")),
        trend_line(
            trend_points(asked, "all"),
            title=phrase("JSI by {by}", by=by),
            step=asked.step,
            gate=asked.gate,
            width=980,
            height=330,
        ),
        numbers(
            (str(by).title(), "JSI", phrase("95 % interval"), phrase("Comments"), phrase("Customers")),
            [
                (
                    day(row["period"]),
                    "hidden" if row["hidden"] else plain(row["jsi"]),
                    between(row["low"], row["high"]),
                    plain(row["n"]),
                    plain(row["customers"]),
                )
                for row in rows
            ],
        ),
        class_="trend",
    )


def trend_points(asked: Asked, stage: str) -> list[TrendPoint]:
    """Return a stage's trend as it is drawn."""
    return [
        TrendPoint(row["period"], row["jsi"], row["low"], row["high"], row["n"], row["unfinished"], row["low_n"])
        for row in asked.trend_of(stage)
    ]
