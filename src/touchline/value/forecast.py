"""What is to come: the JSI of each stage, and the contacts of each channel, with prediction intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.figures.numbers import period, stretch
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.cells import column
from touchline.scores.trend import period_end, period_start
from touchline.sequences.calendar import calendar
from touchline.value.basis import Basis
from touchline.value.churn import moment_day
from touchline.value.foretold import LEVELS, Foretold, Scale, foretell, least
from touchline.warehouse.index.journeys import Floats, Ints
from touchline.words import phrase

Of = Literal["jsi", "contacts"]
OF: Final = ("jsi", "contacts")
_ALL: Final = "all"
_SEASON: Final = {"day": 7, "week": 52}
_AHEAD: Final = {"day": 28, "week": 8}
#: A season of weeks takes so many years to be told from chance.
_YEARS: Final = 3


@dataclass(frozen=True)
class Series:
    """Values of successive periods.

    Attributes:
        key: Of the stage or channel.
        name: What it is called.
        firsts: The first day of each period.
        values: NaN where one is missing, shape (periods,).
        n: What the values are over: touches or contacts.
        keys: The customers behind it.
    """

    key: str
    name: str
    firsts: tuple[date, ...]
    values: Floats
    n: int
    keys: Ints


def contacts(basis: Basis, *, by: str) -> list[Series]:
    """Return how many contacts came by channel, and in all, in every period that is over.

    Args:
        basis: The customers.
        by: ``day`` or ``week``.

    Raises:
        QuestionError: Nobody turned to the company.
    """
    journeys = basis.journeys
    rows = np.flatnonzero(basis.contacts & basis.within(journeys.at))
    if not len(rows):
        raise QuestionError(
            phrase("nobody turned to the company"), where="contacts", todo=phrase("look at another period")
        )
    begin, end = journeys.observed
    begin, end = max(begin, basis.period[0] or begin), min(end, basis.period[1] or end)
    periods = calendar(begin, end, "day" if by == "day" else "week", journeys.zone)
    # What lies at the edges of the data is not whole.
    whole = slice(int(begin > periods.edges[0]), len(periods) - int(end + 1 < periods.edges[-1]))
    place = periods.numbers(journeys.at[rows])
    channel = journeys.coded("channel") if "channel" in journeys.columns else None
    made = [(_ALL, rows >= 0)]
    if channel is not None:
        here = channel.codes[rows]
        made += [(name, here == code) for code, name in enumerate(channel.names) if (here == code).any()]
    out: list[Series] = []
    for name, mine in made:
        counts = np.bincount(place[mine], minlength=len(periods))[whole].astype(np.float64)
        keys = np.unique(journeys.keys[journeys.owner[rows[mine]]])
        out.append(Series(name, name, periods.firsts[whole], counts, int(counts.sum()), keys))
    return [out[0], *sorted(out[1:], key=lambda one: (-one.n, one.key))]


def told(trend: Figure, customers: Callable[[str], Ints], *, since: date | None = None) -> list[Series]:
    """Return the JSI of each stage by period, from the figure ``trend``; unfinished periods are left out.

    Args:
        trend: The figure, by day or week.
        customers: From a stage's id to the customers who spoke of it.
        since: The first day of the data, or asked for: a period that holds it and begins before is left out.
    """
    by = str(trend.facts["by"])
    rows = [row for row in trend.to_dicts() if not row["unfinished"] and not (since and row["period"] < since)]
    out: list[Series] = []
    for stage, name in dict.fromkeys((row["stage"], row["name"]) for row in rows):
        mine = {row["period"]: row for row in rows if row["stage"] == stage}
        firsts = [min(mine)]
        while firsts[-1] < max(mine):
            firsts.append(period_end(firsts[-1], by) + timedelta(days=1))
        found = [mine[day]["jsi"] if day in mine else None for day in firsts]
        values = np.array([np.nan if value is None else value for value in found], dtype=np.float64)
        n = sum(row["n"] for row in mine.values())
        out.append(Series(stage, name, tuple(firsts), values, n, customers(stage)))
    return out


def forecast(series: Sequence[Series], *, of: Of, by: str, ahead: int | None = None) -> Figure:
    """Return what is to come of each series.

    Args:
        series: Their history.
        of: ``jsi`` or ``contacts``.
        by: ``day`` or ``week``.
        ahead: How many periods; 28 days or 8 weeks by default.

    Returns:
        One row per series and period to come: series, name, period (its first day), ahead (1 for the next), value,
        low80, high80, low and high (95 %), model, scaled (mean absolute error of past forecasts per that of "as a
        season ago"), n (touches or contacts behind the series), customers, hidden, low_n. Facts: ``history`` of each
        series, and ``covered``: the share of past values that lay inside past forecasts' intervals.

    Raises:
        QuestionError: No series has a history that is long enough; it says how long it must be.
    """
    if of not in OF:
        raise unknown("forecast", of, OF)
    if by not in _SEASON:
        raise unknown("period", by, tuple(_SEASON))
    ahead = ahead or _AHEAD[by]
    needed = least(by, ahead)
    scale = Scale(counts=True) if of == "contacts" else Scale(most=100.0)
    rows: list[dict[str, Any]] = []
    history: dict[str, Any] = {}
    short: list[str] = []
    ins: list[tuple[int, Floats]] = []
    last: QuestionError | None = None
    for one in series:
        m = _SEASON[by]
        if by == "week" and len(one.values) < _YEARS * m + ahead:
            m = 1
        try:
            found = foretell(one.values, ahead=ahead, m=m, scale=scale, needed=needed)
        except QuestionError as error:
            short.append(one.name)
            last = error
            continue
        rows += _rows(one, found, by)
        ins.append((found.origins, found.covered))
        history[one.key] = [
            [day.isoformat(), None if np.isnan(value) else float(value)]
            for day, value in zip(one.firsts, one.values, strict=True)
        ]
    if not rows:
        raise last or QuestionError(
            phrase("there is no history"), where="forecast", todo=phrase("look at another period")
        )
    behinds = {one.key: one.keys for one in series}
    keys = [row["series"] for row in rows]
    weights = np.array([origins for origins, _ in ins], dtype=np.float64)
    covered = np.average(np.array([inside for _, inside in ins]), axis=0, weights=weights)
    what = phrase("the JSI of each stage") if of == "jsi" else phrase("how many contacts come by each channel")
    note = (
        (
            phrase(
                "Too short a history ({needed} are needed): {listed}.",
                needed=stretch(needed, by),
                listed=", ".join(short),
            ),
        )
        if short
        else ()
    )
    return Figure(
        "forecast",
        _table(rows),
        phrase(
            "Forecasts by {by} of {what}, with prediction intervals of 80 and 95 %: the values "
            "themselves are expected there, not only their mean. The model is the one that "
            "foretold the past best.",
            by=period(by),
            what=what,
        ),
        note,
        {
            "of": of,
            "by": by,
            "ahead": ahead,
            "needed": needed,
            "history": history,
            "covered": {f"{level:.0%}": float(share) for level, share in zip(LEVELS, covered, strict=True)},
        },
        lambda row: behinds[keys[row]],
    )


def _rows(one: Series, found: Foretold, by: str) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    day = one.firsts[-1]
    for place in range(len(found.value)):
        day = period_end(day, by) + timedelta(days=1)
        out.append(
            {
                "series": one.key,
                "name": one.name,
                "period": day,
                "ahead": place + 1,
                "value": found.value[place],
                "low80": found.low[0, place],
                "high80": found.high[0, place],
                "low": found.low[1, place],
                "high": found.high[1, place],
                "model": found.model,
                "scaled": found.scaled,
                "n": one.n,
                "customers": len(one.keys),
                "low_n": len(one.keys) < LOW_N,
            }
        )
    return out


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    hide = np.array([row["customers"] < HIDDEN_N for row in rows], dtype=np.bool_)

    def numbers(name: str) -> pa.Array:
        return column(np.array([row[name] for row in rows], dtype=np.float64), hide)

    return pa.table(
        {
            **{name: pa.array([row[name] for row in rows], pa.string()) for name in ("series", "name")},
            "period": pa.array([row["period"] for row in rows], pa.date32()),
            "ahead": pa.array([row["ahead"] for row in rows], pa.int64()),
            **{name: numbers(name) for name in ("value", "low80", "high80", "low", "high")},
            "model": pa.array([row["model"] for row in rows], pa.string()),
            "scaled": numbers("scaled"),
            **{name: pa.array([row[name] for row in rows], pa.int64()) for name in ("n", "customers")},
            "hidden": pa.array(hide),
            "low_n": pa.array([row["low_n"] for row in rows], pa.bool_()),
        }
    )


def first_whole(basis: Basis, by: str) -> date:
    """Return the first day of the first period that the data hold as a whole."""
    begin = basis.journeys.observed[0]
    begin = max(begin, basis.period[0] or begin)
    day = date.fromisoformat(moment_day(begin, basis.journeys.zone))
    start = period_start(day, by)
    return start if start == day else period_end(day if by == "day" else start, by) + timedelta(days=1)
