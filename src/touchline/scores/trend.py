"""How each stage moves through time: its JSI by day, week or month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.errors import unknown
from touchline.figures.numbers import period
from touchline.scores.base import Figure
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.filtering import resolve, stage_id
from touchline.scores.intervals import index, mean_interval
from touchline.scores.moments import Moments
from touchline.scores.ordering import ALL, name_of, stage_place
from touchline.scores.sums import touch_sums
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

PERIODS: Final = ("day", "week", "month")


def trend(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    stage: str | None = None,
    by: str = "week",
) -> Figure:
    """Return the JSI of each stage in each period; a period without touches is absent, never zero.

    Args:
        warehouse: Where the touches are.
        taxonomy: Names and orders the stages.
        filters: Which touches.
        stage: Only this stage, or ``all`` for everything together; without it, that and every stage.
        by: A period in the reporting zone: ``day``, ``week`` (from Monday) or ``month``.

    Returns:
        Rows stage, name, period (its first day), jsi, low, high, n, customers, unfinished (the data or the
        question end before the period does), hidden, low_n. Facts: ``by`` and ``last_day``, the data's.

    Raises:
        QuestionError: An unknown stage, period or filter value.
    """
    if by not in PERIODS:
        raise unknown("period", by, PERIODS)
    filters = resolve(warehouse, taxonomy, filters)
    only = None if stage is None else ALL if stage == ALL else stage_id(taxonomy, stage)
    parts: list[pa.Table] = []
    keys: list[tuple[str, date]] = []
    for whole in (True, False):
        if only is None or whole == (only == ALL):
            part = touch_sums(warehouse, filters, (by,) if whole else ("stage", by))
            days = part[by].cast(pa.date32()).to_pylist()  # a truncated date comes as a timestamp from DuckDB
            keys += zip([ALL] * len(days) if whole else part["stage"].to_pylist(), days, strict=True)
            parts.append(part.drop_columns([by] if whole else ["stage", by]))
    table = pa.concat_tables(parts)
    rows = [row for row, key in enumerate(keys) if only is None or key[0] == only]
    rows.sort(key=lambda row: (stage_place(taxonomy, keys[row][0]), keys[row][1]))
    stages, periods = [keys[row][0] for row in rows], [keys[row][1] for row in rows]
    moments = Moments.of(table.take(pa.array(rows, pa.int64())))
    jsi, low, high = (index(part) for part in mean_interval(moments))
    hide = hidden(moments.customers)
    last = warehouse.ask(("last day",), lambda: _last_day(warehouse)).column(0)[0].as_py()
    until = min((day for day in (last, filters.until) if day), default=date.max)
    columns = {
        "stage": pa.array(stages, pa.string()),
        "name": pa.array([name_of(taxonomy, key) for key in stages], pa.string()),
        "period": pa.array(periods, pa.date32()),
        "jsi": column(jsi, hide),
        "low": column(low, hide),
        "high": column(high, hide),
        "n": moments.n,
        "customers": moments.customers,
        "unfinished": pa.array([period_end(first, by) > until for first in periods], pa.bool_()),
        "hidden": hide,
        "low_n": low_n(moments.customers),
    }
    return Figure(
        name="trend",
        table=pa.table(columns),
        meaning=(
            phrase(
                "Journey Sentiment Index (0 to 100) of the touches of each {by}, with a 95 % "
                "interval over customers (accounts in B2B). A period without touches is absent.",
                by=period(by),
            )
        ),
        notes=(*hidden_note(hide), *_cut_note(filters.since, by)),
        facts={"by": by, "last_day": last},
    )


def period_start(day: date, by: str) -> date:
    """Return the first day of the period that holds a day.

    >>> period_start(date(2026, 3, 4), "week")
    datetime.date(2026, 3, 2)
    """
    if by == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if by == "week" else day


def period_end(first: date, by: str) -> date:
    """Return the last day of the period that begins on ``first``.

    >>> period_end(date(2026, 2, 1), "month")
    datetime.date(2026, 2, 28)
    """
    if by == "month":
        return (first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first + timedelta(days=6 if by == "week" else 0)


def _last_day(warehouse: Warehouse) -> ir.Table:
    touches = warehouse.table("touches")
    return touches.agg(last=touches.day.max())


def _cut_note(since: date | None, by: str) -> tuple[str, ...]:
    if since is None or period_start(since, by) == since:
        return ()
    return (phrase("The first {by} holds only the days from {since} on.", by=period(by), since=since),)
