"""What is open: how many conversations, and how old, at a moment and week by week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure, Filters
from touchline.scores.filtering import resolve
from touchline.service.conversations import breakdown, called, conversations, customers_of, group_order
from touchline.service.counting import quantile
from touchline.service.measures import hidden_rows
from touchline.service.rows import Scope, local, offsets, scope
from touchline.words import Number, phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_WEEK: Final = 7 * 86_400

_SCHEMA: Final = pa.schema(
    [
        ("group", pa.string()),
        ("name", pa.string()),
        ("n", pa.int64()),
        ("opened", pa.int64()),
        ("closed", pa.int64()),
        ("age_median", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("age_p90", pa.float64()),
        ("age_p90_low", pa.float64()),
        ("age_p90_high", pa.float64()),
        ("oldest", pa.float64()),
        ("customers", pa.int64()),
        ("censored", pa.bool_()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)
_MEANING: Final = phrase(
    "Conversations open at {moment}: n is an exact count; ages, in seconds since they "
    "were opened (or last opened again), are exact quantiles with 95 % intervals between "
    "order statistics. Only sources count that tell when conversations are closed."
)


def backlog(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    settings: Settings,
    filters: Filters,
    *,
    by: str = "week",
    at: datetime | None = None,
) -> Figure:
    """Return what is open: at the end of each week, or at one moment by anything.

    Args:
        warehouse: The data.
        taxonomy: Names and orders the stages.
        settings: Which events close and open.
        filters: Which conversations. With ``by="week"`` days choose the weeks, and conversations opened before count
            too; at a moment they are the days on which conversations began.
        by: ``week``, or channel, team, agent, stage, source, ``segment:NAME``, ``all`` for one moment.
        at: The moment (UTC); the end of the data by default. Not for weeks.

    Returns:
        ``group`` (the week's Monday, or the value), ``name``, ``n`` (open), ``opened`` and ``closed`` (within the week;
        so n rises by their difference; NULL at a moment), ``age_median`` with ``low`` and ``high``, ``age_p90`` with
        ``age_p90_low`` and ``age_p90_high``, ``oldest`` (seconds), ``customers``, ``censored`` (the week is not over),
        ``hidden``, ``low_n``. Facts: ``by``, ``at``, ``open``.

    Raises:
        QuestionError: An unknown filter or breakdown.
    """
    by = breakdown(warehouse, by)
    days = resolve(warehouse, taxonomy, filters)
    asked = scope(warehouse, taxonomy, settings, filters, dated=by != "week")
    moment = asked.end if at is None else int((at.replace(tzinfo=UTC) if at.tzinfo is None else at).timestamp())
    if by == "week":
        made, moment = _weeks(warehouse, asked, days), asked.end
    else:
        made = _moment(warehouse, taxonomy, asked, by, moment)
    table = pa.Table.from_pylist(made, schema=_SCHEMA)
    when = datetime.fromtimestamp(moment, UTC)
    said = (
        phrase("the end of each week") if by == "week" else phrase("{when} UTC", when=Number(f"{when:%Y-%m-%d %H:%M}"))
    )
    total = (made[-1]["n"] if made else 0) if by == "week" else sum(row["n"] for row in made)
    return Figure(
        "backlog", table, _MEANING.given(moment=said), asked.silent("closes") + hidden_rows(table),
        {"by": by, "at": when, "open": total},
        _behind(warehouse, asked, by, moment, [row["group"] for row in made]),
    )  # fmt: skip


def _open_at(warehouse: Warehouse, asked: Scope, by: str, moment: int) -> ir.Table:
    s = conversations(warehouse, asked, by, lasting=True)
    return s.filter((s.opened <= moment) & (s.closed.isnull() | (s.closed > moment)))


def _moment(warehouse: Warehouse, taxonomy: Taxonomy, asked: Scope, by: str, moment: int) -> list[dict[str, Any]]:
    def build() -> ir.Table:
        s = _open_at(warehouse, asked, by, moment)
        s = s.mutate(age=moment - s.opened)
        return s.group_by(["grp", "customer_key", "age"]).agg(times=s.count())

    rows = warehouse.ask(("backlog", asked, by, moment), build).to_pylist()
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["grp"], []).append(row)
    sizes = {group: sum(row["times"] for row in mine) for group, mine in groups.items()}
    return [
        _row(
            group, called(taxonomy, by, group), [(row["age"], row["times"]) for row in groups[group]],
            len({row["customer_key"] for row in groups[group]}),
        )
        for group in group_order(taxonomy, by, set(groups), sizes)
    ]  # fmt: skip


def _weeks(warehouse: Warehouse, asked: Scope, days: Filters) -> list[dict[str, Any]]:
    """Return one row per week, from the first with a conversation to that of the end of the data."""
    ends = _boundaries(asked)
    if not ends:
        return []
    open_ = warehouse.ask(("backlog weeks", asked, asked.end), lambda: _week_ages(warehouse, asked)).to_pylist()
    flows = warehouse.ask(("backlog flows", asked, asked.end), lambda: _week_flows(warehouse, asked)).to_pylist()
    ages: dict[int, list[tuple[int, int]]] = {}
    people: dict[int, int] = {}
    for row in open_:
        if row["age"] is None:
            people[row["week"]] = row["times"]
        else:
            ages.setdefault(row["week"], []).append((row["age"], row["times"]))
    moved = {(row["week"], row["what"]): row["times"] for row in flows}
    first = min((row["week"] for row in flows), default=len(ends))
    made = []
    for week, monday in enumerate(ends):
        if week < first or (days.until and monday > days.until):
            continue
        if days.since and monday + timedelta(days=6) < days.since:
            continue
        row = _row(monday.isoformat(), monday.isoformat(), ages.get(week, []), people.get(week, 0))
        row |= {"opened": moved.get((week, "opened"), 0), "closed": moved.get((week, "closed"), 0)}
        made.append(row | {"censored": week == len(ends) - 1})
    return made


def _boundaries(asked: Scope) -> list[date]:
    """Return the Mondays, in the reporting zone, of all weeks of the data."""
    if asked.end <= asked.first and not asked.end:
        return []
    place = ZoneInfo(asked.zone)
    first, last = (datetime.fromtimestamp(moment, place).date() for moment in (asked.first, asked.end))
    monday = first - timedelta(days=first.weekday())
    return [monday + timedelta(days=7 * i) for i in range((last - monday).days // 7 + 1)]


def _placed(warehouse: Warehouse, asked: Scope) -> ir.Table:
    """Return spells with the numbers of the weeks in which they were opened and closed."""
    import ibis

    monday = _boundaries(asked)[0]
    zero = int(datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp())
    s = conversations(warehouse, asked, "all", lasting=True)

    def number(second: ir.IntegerValue) -> ir.IntegerValue:
        return ((local(second, asked) - zero) / _WEEK).floor().cast("int64")

    last = len(_boundaries(asked)) - 1
    s = s.mutate(week_opened=number(s.opened), week_closed=number(s.closed))
    # It is open at the end of every week from that in which it was opened to the one before it was closed.
    return s.mutate(until=ibis.cases((s.closed.isnull(), ibis.literal(last, "int64")), else_=s.week_closed - 1))


def _week_ages(warehouse: Warehouse, asked: Scope) -> ir.Table:
    """Return how often each age occurs at each week's end, and under the age NULL the customers."""
    import ibis

    ends = _boundaries(asked)
    zero = int(datetime(ends[0].year, ends[0].month, ends[0].day, tzinfo=UTC).timestamp())
    s = _placed(warehouse, asked)
    s = s.filter(s["until"] >= s.week_opened)
    s = s.select("customer_key", "opened", week=ibis.range(s.week_opened, s["until"] + 1).unnest())
    # The moment is the end of the week on the zone's clock, or of the data.
    turn = zero + (s.week + 1) * _WEEK
    shifts = offsets(asked.zone, asked.first, asked.end + 1)
    shift = ibis.literal(shifts[0][1], "int64")
    for since, offset in shifts[1:]:
        shift = ibis.cases((turn - offset >= since, ibis.literal(offset, "int64")), else_=shift)
    s = s.mutate(age=ibis.least(turn - shift, asked.end) - s.opened)
    ages = s.group_by(["week", "age"]).agg(times=s.count())
    people = s.group_by("week").agg(times=s.customer_key.nunique())
    return ages.union(people.select("week", age=ibis.null("int64"), times=people.times))


def _week_flows(warehouse: Warehouse, asked: Scope) -> ir.Table:
    import ibis

    s = _placed(warehouse, asked)
    opened = s.select(week=s.week_opened, what=ibis.literal("opened"))
    closed = s.filter(s.week_closed.notnull())
    both = opened.union(closed.select(week=closed.week_closed, what=ibis.literal("closed")))
    return both.group_by(["week", "what"]).agg(times=both.count())


def _row(group: str, name: str, ages: list[tuple[int, int]], customers: int) -> dict[str, Any]:
    n = sum(times for _, times in ages)
    row: dict[str, Any] = {
        "group": group, "name": name, "n": n, "customers": customers, "censored": False,
        "hidden": 0 < customers < HIDDEN_N, "low_n": customers < LOW_N,
    }  # fmt: skip
    if n and customers >= HIDDEN_N:
        values, often = zip(*ages, strict=True)
        for names, p in (
            (("age_median", "low", "high"), 0.5),
            (("age_p90", "age_p90_low", "age_p90_high"), 0.9),
        ):
            row |= dict(zip(names, quantile(values, often, p), strict=True))
        row["oldest"] = float(max(values))
    return row


def _behind(warehouse: Warehouse, asked: Scope, by: str, moment: int, groups: list[str]) -> Callable[[int], Any]:
    def behind(row: int) -> Any:
        def build() -> ir.Table:
            if by != "week":
                s = _open_at(warehouse, asked, by, moment)
                return s.filter(s.grp == groups[row])
            week = _boundaries(asked).index(date.fromisoformat(groups[row]))
            s = _placed(warehouse, asked)
            return s.filter((s.week_opened <= week) & (s["until"] >= week))

        return customers_of(warehouse, ("backlog", asked, by, moment, groups[row]), build)

    return behind
