"""How the answers of one kind of question are spread, and how that moves: detractors, passives, promoters by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import unknown
from touchline.figures.numbers import period
from touchline.scores.answers import KINDS, cells
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.cells import hidden_note
from touchline.scores.filtering import resolve
from touchline.scores.intervals import mean_interval, t_interval, wilson
from touchline.scores.moments import Moments
from touchline.scores.periods import span
from touchline.scores.trend import period_end, period_start
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

BY: Final = ("week", "month")
_MOST: Final = 24  # periods, the last ones


def distribution(
    warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, *, of: str = "nps", by: str = "month"
) -> Figure:
    """Return how many answered badly, indifferently and well in each period, and the score that this makes.

    Args:
        warehouse: The data.
        taxonomy: Names the stages.
        filters: Which answers.
        of: ``nps`` (detractors 0-6, passives 7-8, promoters 9-10; relationship programmes where there are answers
            to some, else all others), ``csat`` or ``ces``.
        by: ``week`` or ``month``; the last 24 of them.

    Returns:
        Rows period (its first day), negative, neutral, positive (shares of the customers who answered, each with their
        latest answer of the period), score with low and high (95 %), n, customers, unfinished, hidden, low_n.
        Facts: of, by, scope.

    Raises:
        QuestionError: An unknown kind, period or filter value.
    """
    if of not in KINDS:
        raise unknown("kind of answer", of, KINDS)
    if by not in BY:
        raise unknown("period", by, BY)
    filters = resolve(warehouse, taxonomy, filters)
    since, until = span(warehouse, filters)
    found = _found(warehouse, filters, since, until, of, by) if since and until else []
    scopes = {row["scope"] for row in found}
    scope = next((one for one in ("relationship", "transaction", "whole") if one in scopes), "")
    rows = [_row(row, of, by, until) for row in _largest(row for row in found if row["scope"] == scope)]
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    hide = table["hidden"].to_numpy(zero_copy_only=False)
    return Figure(
        "distribution",
        table,
        phrase(
            "{upper} by {by}: shares of the customers who answered badly, indifferently and "
            "well, each with their latest answer, and the score with its 95 % interval. A period "
            "without answers is absent.",
            upper=of.upper(),
            by=period(by),
        ),
        hidden_note(hide),
        {"of": of, "by": by, "scope": scope},
    )


_SCHEMA: Final = pa.schema(
    [
        ("period", pa.date32()), ("negative", pa.float64()), ("neutral", pa.float64()), ("positive", pa.float64()),
        ("score", pa.float64()), ("low", pa.float64()), ("high", pa.float64()), ("n", pa.int64()),
        ("customers", pa.int64()), ("unfinished", pa.bool_()), ("hidden", pa.bool_()), ("low_n", pa.bool_()),
    ]
)  # fmt: skip


def _periods(since: date, until: date, by: str) -> list[date]:
    firsts = [period_start(since, by)]
    while (following := period_end(firsts[-1], by) + timedelta(days=1)) <= until:
        firsts.append(following)
    return firsts[-_MOST:]


def _found(warehouse: Warehouse, filters: Filters, since: date, until: date, of: str, by: str) -> list[dict[str, Any]]:
    periods = tuple(
        (first.isoformat(), replace(filters, since=max(first, since), until=min(period_end(first, by), until)))
        for first in _periods(since, until, by)
    )
    answer = cells(warehouse, periods)
    answer = answer.filter(pc.and_(pc.equal(answer["kind"], of), pc.not_equal(answer["scope"], "stage")))
    point, low, high = (part.tolist() for part in mean_interval(Moments.of(answer)))
    scores = zip(answer.to_pylist(), point, low, high, strict=True)
    return [row | {"point": p, "point_low": a, "point_high": b} for row, p, a, b in scores]


def _largest(rows: Any) -> list[dict[str, Any]]:
    """Return one row per period: scales are not pooled, and the one with most answers counts."""
    best: dict[str, dict[str, Any]] = {}
    for row in rows:
        held = best.get(row["period"])
        if held is None or row["n"] > held["n"]:
            best[row["period"]] = row
    return [best[period] for period in sorted(best)]


def _row(row: dict[str, Any], of: str, by: str, until: date | None) -> dict[str, Any]:
    n, first = int(row["n"]), date.fromisoformat(row["period"])
    made: dict[str, Any] = {
        "period": first, "n": n, "customers": n, "hidden": n < HIDDEN_N, "low_n": n < LOW_N,
        "unfinished": until is not None and period_end(first, by) > until,
    }  # fmt: skip
    if n < HIDDEN_N:
        return made
    negative, positive = row["negative"] / n, row["positive"] / n
    if of == "nps":
        score, low, high = (100 * row[name] for name in ("point", "point_low", "point_high"))
    elif of == "csat":
        score, low, high = (100 * float(part) for part in wilson(row["positive"], n))
    else:
        score, (low, high) = row["mean"], (float(end) for end in t_interval(n, row["mean"], row["variance"]))
    shares = {"negative": negative, "positive": positive, "neutral": max(0.0, 1 - negative - positive)}
    return made | shares | {"score": score, "low": low, "high": high}
