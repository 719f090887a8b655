"""Metrics measured over journeys: what counts, row by row, and per group the number with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.bootstrap import resampled_sums
from touchline.scores.intervals import mean_interval
from touchline.scores.moments import Moments
from touchline.sequences.kaplan_meier import curve
from touchline.sequences.steps import step
from touchline.value.judging import Estimate, interval
from touchline.value.linear import line
from touchline.value.own.metric import Metric
from touchline.value.voices import DAY
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys
from touchline.words import Number, phrase


@dataclass(frozen=True)
class Trials:
    """What a metric counts, one entry per row (or per customer) that counts.

    Attributes:
        row: The row that it began with.
        y: Share: 0 or 1. Value: the number. Time: seconds. Trend: 1 lately, 0 before.
        ended: Times only: was the end reached?
        open: Rows left out, as their window is not over.
    """

    row: Ints
    y: Floats
    ended: Bools
    open: Ints

    def of(self, rows: Bools) -> Trials:
        """Return some of them."""
        return replace(self, row=self.row[rows], y=self.y[rows], ended=self.ended[rows])


def expanded(journeys: Journeys, metric: Metric) -> Iterator[Metric]:
    """Yield a metric, or one per value of its column ``each``, named after it.

    Raises:
        QuestionError: As `trials`.
    """
    if not metric.each:
        yield metric
        return
    text = metric.end if metric.kind == "time" else metric.of
    try:
        coded = journeys.coded(metric.each)
        codes = coded.codes[rows_of(journeys, text, metric.shipped)]
    except QuestionError as error:
        raise _located(metric, error) from error
    for code in np.unique(codes[codes >= 0]).tolist():
        value = coded.names[code]
        only = f"[{metric.each}={value}]"
        parts = "|".join(f"{part.strip()}{only}" for part in text.split("|"))
        new = replace(metric, id=f"{metric.id}.{value}", name=f"{metric.name} {value.replace('_', ' ')}", each="")
        yield replace(new, end=parts) if metric.kind == "time" else replace(new, of=parts)


def rows_of(journeys: Journeys, text: str, lenient: bool) -> Bools:
    """Return the rows of a step, shape (rows,).

    Args:
        journeys: Where.
        text: The step.
        lenient: One of several names may be missing from the data; all may not.

    Raises:
        QuestionError: As `touchline.sequences.steps.step`.
    """
    if not lenient:
        return step(journeys, text).rows
    found: Bools | None = None
    missing: QuestionError | None = None
    for part in text.split("|"):
        try:
            rows = step(journeys, part).rows
        except QuestionError as error:
            missing = error
            continue
        found = rows if found is None else found | rows
    if found is None:
        raise missing or QuestionError(phrase("the step {text} names nothing", text=repr(text)))
    return found


def trials(journeys: Journeys, metric: Metric, keep: Bools) -> Trials:
    """Return what a metric counts.

    Args:
        journeys: Whole journeys.
        metric: The metric.
        keep: The rows that may begin something, shape (rows,); what follows is looked for in all.

    Raises:
        QuestionError: A step or column does not exist; it names the file and the line.
    """
    try:
        return _trials(journeys, metric, keep & _place(journeys, metric))
    except QuestionError as error:
        raise _located(metric, error) from error


def _located(metric: Metric, error: QuestionError) -> QuestionError:
    """Return an error that names the metric, the file and the line."""
    what = f"metric {metric.id!r}: {error.what}" + (f" ({error.where})" if error.where else "")
    return QuestionError(what, where=metric.where, todo=error.todo)


def _place(journeys: Journeys, metric: Metric) -> Bools:
    """Return the rows at the stage and touchpoint that a metric belongs to."""
    rows = np.ones(len(journeys), dtype=np.bool_)
    for column, value in (("stage", metric.stage), ("touchpoint", metric.touchpoint)):
        if value:
            rows &= step(journeys, f"{column}:{value}").rows
    return rows


def _trials(journeys: Journeys, metric: Metric, keep: Bools) -> Trials:
    if metric.kind == "trend":
        return _lately(journeys, metric, keep)
    begin = metric.begin if metric.kind == "time" else metric.over
    rows = np.flatnonzero(rows_of(journeys, begin, metric.shipped) & keep)
    if metric.kind == "value":
        y = np.asarray(journeys.numbers(metric.column), dtype=np.float64)[rows]
        there = np.isfinite(y)
        return Trials(rows[there], y[there], np.ones(int(there.sum()), np.bool_), np.zeros(0, np.int64))
    if metric.count == "customers":
        _, first = np.unique(journeys.owner[rows], return_index=True)
        rows = rows[first]
    target = rows_of(journeys, metric.end if metric.kind == "time" else metric.of, metric.shipped)
    if metric.kind == "share" and metric.over.strip() == "*" and metric.count == "customers" and not metric.within:
        done = np.zeros(journeys.customers, dtype=np.bool_)  # of all customers: whenever they did it
        done[journeys.owner[target & keep]] = True
        hit = done[journeys.owner[rows]] != metric.without
        return Trials(rows, hit.astype(np.float64), np.ones(len(rows), np.bool_), np.zeros(0, np.int64))
    following = _next(journeys, target)[rows]
    reached = following >= 0
    end = np.where(reached, journeys.at[following], journeys.observed[1])
    waited = end - journeys.at[rows]
    if metric.kind == "time":
        return Trials(rows, (waited // 1_000_000).astype(np.float64), reached, np.zeros(0, np.int64))
    over = np.ones(len(rows), dtype=np.bool_)
    if metric.within:
        over = journeys.at[rows] + metric.within <= journeys.observed[1]
        reached &= waited <= metric.within
    hit = (reached != metric.without)[over]
    return Trials(rows[over], hit.astype(np.float64), np.ones(len(hit), np.bool_), rows[~over])


def _lately(journeys: Journeys, metric: Metric, keep: Bools) -> Trials:
    rows = np.flatnonzero(rows_of(journeys, metric.of, metric.shipped) & keep)
    end = int(journeys.at[keep].max()) if keep.any() else journeys.observed[1]
    begin = end - 2 * metric.within
    if begin < journeys.observed[0]:
        raise QuestionError(
            phrase("the data are shorter than twice {within} days", within=Number(f"{metric.within / DAY:g}")),
            where=metric.id,
        )
    rows = rows[journeys.at[rows] > begin]
    lately = (journeys.at[rows] > end - metric.within).astype(np.float64)
    return Trials(rows, lately, np.ones(len(rows), np.bool_), np.zeros(0, np.int64))


def _next(journeys: Journeys, target: Bools) -> Ints:
    """Return the first row at or after each, of the same customer, that is the target; -1 for none."""
    n = len(journeys)
    if not n:
        return np.zeros(0, np.int64)
    far = np.where(target, np.arange(n), n)
    found = np.minimum.accumulate(far[::-1])[::-1]
    ends = np.repeat(journeys.starts[1:], np.diff(journeys.starts))
    return np.where(found < ends, found, -1)


def measured(metric: Metric, made: Trials, keys: Ints) -> Estimate:
    """Return a metric's number with its 95 % interval, in its unit.

    A share: the house interval of shares, over customers. A mean: Student's, robust to a customer's rows going
    together. A sum and a trend: whole customers drawn again (Poisson). A time: the median of Kaplan and Meier, in days,
    so that who has not come to the end yet counts for as long as they were watched; NaN where fewer than half do.

    Args:
        metric: The metric.
        made: What it counts.
        keys: The customer of each entry, shape (n,).
    """
    nothing = Estimate(float("nan"), float("nan"), float("nan"))
    if not len(made.row):
        return nothing
    if metric.kind == "share":
        return _share(made.y, keys)
    if metric.kind == "time":
        parts = [np.unique(made.y[mask].astype(np.int64), return_counts=True) for mask in (made.ended, ~made.ended)]
        found = curve(parts[0], parts[1]).median() if made.ended.any() else (float("nan"),) * 3
        return Estimate(*(value / 86_400 for value in found))
    if metric.kind == "value" and metric.statistic == "mean":
        fit = line(np.ones((len(made.y), 1)), made.y, keys)
        return Estimate(*fit.told(0)[:3]) if fit else Estimate(float(made.y.mean()), float("nan"), float("nan"))
    values = np.column_stack([made.y, 1 - made.y])
    drawn = resampled_sums(keys, np.zeros(len(keys), np.int64), values, 1)[0]
    if metric.kind == "value":
        return interval(float(made.y.sum()), drawn[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        before = (1 - made.y).sum()
        return interval(100 * (made.y.sum() / before - 1) if before else float("nan"), 100 * (drawn[0] / drawn[1] - 1))


def _share(y: Floats, keys: Ints) -> Estimate:
    _, of = np.unique(keys, return_inverse=True)
    n = np.bincount(of).astype(np.float64)
    s = 2 * np.bincount(of, y) - n
    hits = int(y.sum())

    def whole(value: float) -> Floats:
        return np.array([value])

    many = np.array([len(n)])
    moments = Moments(
        n=np.array([len(y)]), customers=many, clusters=many, negative=np.array([len(y) - hits]),
        positive=np.array([hits]), w=whole(n.sum()), s=whole(s.sum()), ww=whole(float(n @ n)), sw=whole(float(s @ n)),
        ss=whole(float(s @ s)),
    )  # fmt: skip
    return Estimate(*(50 * (1 + float(part[0])) for part in mean_interval(moments)))


def groups(journeys: Journeys, made: Trials, by: str) -> Coded:
    """Return the group of each entry: of a period, a segment or any column of names.

    Raises:
        QuestionError: There is no such column.
    """
    from touchline.sequences.calendar import calendar
    from touchline.sequences.units import segment_of

    if by in ("day", "week", "month"):
        if not len(made.row):
            return Coded(np.zeros(0, np.int64), ())
        at = journeys.at[made.row]
        periods = calendar(int(at.min()), int(at.max()), by, journeys.zone)  # type: ignore[arg-type]
        return Coded(periods.numbers(at).astype(np.int64), tuple(day.isoformat() for day in periods.firsts))
    return segment_of(journeys, by).take(made.row)
