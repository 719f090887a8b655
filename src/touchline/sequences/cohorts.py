"""Customers by when they began, and what became of them period by period: who came back, their score, their revenue."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.figures.numbers import period as named
from touchline.scores.base import Figure, Filters
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.scores.intervals import index, mean_interval, t_interval, wilson
from touchline.scores.moments import Moments
from touchline.sequences.calendar import Calendar, Period, calendar
from touchline.sequences.grouping import group_codes, group_names, group_order
from touchline.sequences.restricting import let_through
from touchline.sequences.steps import step
from touchline.sequences.visits import first_of
from touchline.warehouse.index.journeys import NO_SIGN
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys

Measure = Literal["retention", "score", "jsi", "revenue"]
MEASURES: Final = ("retention", "score", "jsi", "revenue")
_SAID: Final = {
    "retention": phrase("share of each cohort that came back in each {period}, with Wilson's 95 % interval"),
    "score": phrase("mean s (-1 to 1) of each cohort in each {period}, with a 95 % interval over customers"),
    "jsi": phrase(
        "Journey Sentiment Index (0 to 100) of each cohort in each {period}, with a 95 % interval over customers"
    ),
    "revenue": phrase("revenue per customer of the cohort in each {period}, with Student's 95 % interval"),
}
#: Cells past which a finer period is refused: their sums would take more memory than the events.
_MOST: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, for kernels.

    Attributes:
        periods: The calendar.
        first: The step that begins, None for the first interaction.
        returning: What counts as coming back, None for anything.
        measure: One of `MEASURES`.
        unbounded: Does a customer who comes back later count as kept until then?
        by: What to break it down by.
        filters: Which beginnings count.
    """

    periods: Calendar
    first: str | None
    returning: str | None
    measure: str
    unbounded: bool
    by: str | None
    filters: Filters


@dataclass(frozen=True, slots=True)
class Cohorts:
    """What cohorts add up to.

    Attributes:
        size: Customers, shape (groups, cohorts).
        sums: Per cell: customers with anything there; and, but for retention, entries, sum, and over customers the
            squares of entries, of entries times sum, and of sums; shape (1 or 6, groups, cohorts, periods).
    """

    size: Ints
    sums: Floats

    def __add__(self, other: Cohorts) -> Cohorts:
        """Return both."""
        return Cohorts(self.size + other.size, self.sums + other.sums)


@dataclass(frozen=True, slots=True)
class Runs:
    """One entry per customer of a cohort and period in which there is something, in order.

    Attributes:
        owner: Number of the customer.
        cell: Number of the cell: group, cohort, period since.
        row: Its first entry among the rows below.
        amounts: What each row that counts adds, or None.
        size: As in `Cohorts`.
    """

    owner: npt.NDArray[np.int32]
    cell: Ints
    row: Ints
    amounts: Floats | None
    size: Ints


def kernel(journeys: Journeys, asked: Question) -> Cohorts:
    """Add up cohorts of whole customers."""
    found = runs(journeys, asked)
    many = len(asked.periods)
    shape = (len(found.size), many, many)
    cells = int(np.prod(shape))
    if found.amounts is None:
        there = np.bincount(found.cell, minlength=cells).astype(np.float64)
        return Cohorts(found.size, there.reshape(1, *shape))
    if not len(found.row):
        return Cohorts(found.size, np.zeros((6, *shape)))
    n = np.diff(np.append(found.row, len(found.amounts))).astype(np.float64)
    s = np.add.reduceat(found.amounts, found.row)
    parts = [np.bincount(found.cell, x, cells) for x in (np.ones_like(n), n, s, n * n, s * n, s * s)]
    sums: Floats = np.stack(parts).reshape(6, *shape).astype(np.float64, copy=False)
    return Cohorts(found.size, sums)


def runs(journeys: Journeys, asked: Question) -> Runs:
    """Return who of a cohort did something in which period."""
    many = len(asked.periods)
    begins, there = _begins(journeys, asked)
    period = asked.periods.numbers(journeys.at)
    cohort = period[begins].astype(np.int64)
    group = group_codes(journeys, asked.by, begins)
    size = np.bincount((group * many + cohort)[there], minlength=len(group_names(journeys, asked.by)) * many)
    counts, amounts = _counting(journeys, asked, begins, there)
    if counts is None:
        held, owner, new = period, journeys.owner, journeys.first.copy()
        new[1:] |= held[1:] != held[:-1]
    else:
        held, owner = period.take(counts), journeys.owner.take(counts)
        new = np.ones(len(held), dtype=np.bool_)
        new[1:] = (held[1:] != held[:-1]) | (owner[1:] != owner[:-1])
    row = np.flatnonzero(new)
    who = owner.take(row)
    cell = ((group * many + cohort) * many - cohort).take(who)
    cell += held.take(row)
    if asked.unbounded and amounts is None:
        last = np.ones(len(who), dtype=np.bool_)
        last[:-1] = who[1:] != who[:-1]
        who, cell, row = who[last], cell[last], row[last]
    return Runs(who, cell, row, amounts, size.reshape(-1, many))


def _begins(journeys: Journeys, asked: Question) -> tuple[Ints, Bools]:
    """Return the row with which each customer begins (any row without one), and whether there is one."""
    begins = journeys.starts[:-1].copy()
    there = np.ones(journeys.customers, dtype=np.bool_)
    if asked.first is not None:
        rows = first_of(np.flatnonzero(step(journeys, asked.first).rows), journeys.owner)
        there = np.zeros(journeys.customers, dtype=np.bool_)
        there[journeys.owner[rows]] = True
        begins[journeys.owner[rows]] = rows
    if asked.filters != Filters():
        there &= let_through(journeys, asked.filters)[begins]
    return begins, there


def _counting(journeys: Journeys, asked: Question, begins: Ints, there: Bools) -> tuple[Ints | None, Floats | None]:
    """Return the rows that count, None for all, and what they add, None where only their being there counts."""
    counts: Bools | None = None
    if asked.first is not None or not there.all():
        since = np.where(there, begins, len(journeys))
        counts = np.arange(len(journeys)) >= np.repeat(since, np.diff(journeys.starts))
    if asked.returning is not None:
        came = step(journeys, asked.returning).rows
        counts = came if counts is None else counts & came
    if asked.measure == "retention":
        return (None if counts is None else np.flatnonzero(counts)), None
    numbers = journeys.numbers("value" if asked.measure == "revenue" else "s")
    known = numbers != NO_SIGN if numbers.dtype == np.int8 else ~np.isnan(numbers)
    rows = np.flatnonzero(known if counts is None else known & counts)
    return rows, numbers[rows].astype(np.float64)


def cohorts(
    journeys: Journeys,
    *,
    first: str | None = None,
    period: Period = "week",
    returning: str | None = None,
    measure: Measure = "retention",
    unbounded: bool = False,
    by: str | None = None,
    filters: Filters | None = None,
) -> Figure:
    """Return what became of cohorts; `touchline.sequences.journey.SequenceQuestions.cohorts` says it all."""
    if measure not in MEASURES:
        raise unknown("measure", measure, MEASURES)
    if unbounded and measure != "retention":
        raise QuestionError(
            phrase("{measure} cannot be unbounded", measure=measure), todo=phrase("leave it out, or ask for retention")
        )
    begin, end = journeys.extent
    periods = calendar(begin, max(journeys.observed[1], end), period, journeys.zone)
    groups = group_names(journeys, by)
    if len(groups) * len(periods) ** 2 > _MOST:
        raise QuestionError(
            phrase("{n} {period}s make too many cells", n=len(periods), period=period),
            where="period",
            todo=phrase("ask by week or month"),
        )
    asked = Question(periods, first, returning, measure, unbounded, by, filters or Filters())
    total = journeys.counted(lambda part: kernel(part, asked), add)
    if unbounded:
        total = Cohorts(total.size, np.cumsum(total.sums[..., ::-1], axis=-1)[..., ::-1])
    lines = _lines(total, groups, periods, journeys.observed[1])
    value, low, high, customers, n = _measured(measure, lines)
    hide = hidden(customers)
    blank = hide | lines.censored
    columns = {
        "cohort": pa.array([None if c < 0 else periods.firsts[c] for c in lines.cohort.tolist()], pa.date32()),
        **({} if by is None else {"segment": pa.array([groups[g] for g in lines.group.tolist()], pa.string())}),
        "period": lines.period,
        "begins": pa.array(
            [
                None if c < 0 else periods.firsts[c + p]
                for c, p in zip(lines.cohort.tolist(), lines.period.tolist(), strict=True)
            ],
            pa.date32(),
        ),
        "size": lines.size,
        "n": n,
        "customers": customers,
        "value": column(value, blank),
        "low": column(low, blank),
        "high": column(high, blank),
        "censored": lines.censored,
        "hidden": hide,
        "low_n": low_n(customers),
    }
    what = phrase("first interaction") if first is None else phrase("first {first}", first=first)

    def behind(row: int) -> Ints:
        found = runs(journeys, asked)
        group, rest = np.divmod(found.cell, len(periods) ** 2)
        cohort, after = np.divmod(rest, len(periods))
        g, c, p = int(lines.group[row]), int(lines.cohort[row]), int(lines.period[row])
        late = after >= p if unbounded else after == p
        mine = (group == g) & late & ((cohort == c) if c >= 0 else lines.finished(cohort, p))
        keys: Ints = journeys.keys[found.owner[mine]]
        return keys

    return Figure(
        name="cohorts",
        table=pa.table(columns),
        meaning=(
            phrase(
                "Customers by the {period} of their {what}: {measure}{later}. Rows without a cohort "
                "are all finished cells together.",
                period=named(period),
                what=what,
                measure=_SAID[measure].given(period=named(period)),
                later=phrase(" or later") if unbounded else "",
            )
        ),
        notes=_notes(journeys, asked, hide, lines.censored, period, measure),
        facts={
            "first": first,
            "returning": returning,
            "period": period,
            "measure": measure,
            "unbounded": unbounded,
            "by": by,
            "cohorts": int((total.size.sum(axis=0) > 0).sum()),
        },
        behind=behind,
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """The rows of the table: which cell each is, and its sums."""

    group: Ints
    cohort: Ints
    period: Ints
    size: Ints
    sums: Floats
    censored: Bools
    done: Ints

    def finished(self, cohort: Ints, period: int) -> Bools:
        """Return which cohorts had finished a period when the data end."""
        over: Bools = cohort + period < self.done[0]
        return over


def _lines(total: Cohorts, groups: tuple[str, ...], periods: Calendar, end: int) -> _Lines:
    many = len(periods)
    done = int(np.searchsorted(periods.edges[1:], end, side="right"))  # periods that ended by the data's end
    c, p = (x.ravel() for x in np.indices((many, many)))
    whole = c + p < done
    parts = []
    for g in group_order(groups):
        size = total.size[g]
        if not size.any():
            continue
        sums = total.sums[:, g].reshape(len(total.sums), -1)
        both = np.concatenate([np.bincount(p, x * whole, many)[None] for x in sums])
        everyone = np.bincount(p, size[c] * whole, many).astype(np.int64)
        told = np.flatnonzero(everyone)
        cells = np.flatnonzero((size[c] > 0) & (c + p < many))
        parts.append((
            np.full(len(told) + len(cells), g), np.append(np.full(len(told), -1), c[cells]),
            np.append(told, p[cells]), np.append(everyone[told], size[c[cells]]),
            np.concatenate([both[:, told], sums[:, cells]], axis=1),
            np.append(np.zeros(len(told), np.bool_), ~whole[cells]),
        ))  # fmt: skip
    if not parts:
        none = np.zeros(0, np.int64)
        return _Lines(none, none, none, none, np.zeros((len(total.sums), 0)), none.astype(bool), np.array([done]))
    group, cohort, period, size, sums, censored = (
        np.concatenate(columns, axis=-1) for columns in zip(*parts, strict=True)
    )
    return _Lines(group, cohort, period, size, sums, censored, np.array([done]))


def _measured(measure: str, lines: _Lines) -> tuple[Floats, Floats, Floats, Ints, Ints]:
    """Return value, low, high, customers and n of each line."""
    there = lines.sums[0].astype(np.int64)
    if measure == "retention":
        value, low, high = wilson(lines.sums[0], lines.size)
        return value, low, high, lines.size, there
    _, n, s, nn, sn, ss = lines.sums
    if measure == "revenue":
        size = lines.size.astype(np.float64)
        mean = s / np.maximum(size, 1)
        variance = np.maximum(ss - size * mean**2, 0.0) / np.maximum(size - 1, 1)
        low, high = t_interval(size, mean, variance)
        return mean, low, high, lines.size, there
    none = np.zeros_like(there)
    moments = Moments(n.astype(np.int64), there, there, none, none, n, s, nn, sn, ss)
    value, low, high = mean_interval(moments)
    if measure == "jsi":
        value, low, high = index(value), index(low), index(high)
    return value, low, high, there, n.astype(np.int64)


def _notes(
    journeys: Journeys, asked: Question, hide: Bools, censored: Bools, period: str, measure: str
) -> tuple[str, ...]:
    notes = [
        phrase(
            "{sum} cells are not over when the data end: they are marked censored, and have no value yet.",
            sum=int(censored.sum()),
        )
    ]
    if asked.first is None and asked.filters.since is None:
        notes.append(phrase("Customers of the first {period} may have begun before the data do.", period=named(period)))
    if measure == "revenue" and "currency" in journeys.columns and len(journeys.coded("currency").names) > 1:
        notes.append(phrase("Values in several currencies are added as they stand; filter by one to compare."))
    return (*notes, *hidden_note(hide))
