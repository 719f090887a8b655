"""Every value of every segment beside everybody else, over what customers did: one table, one family of tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, Figure
from touchline.scores.cells import hidden_note
from touchline.scores.groups import NONE
from touchline.scores.intervals import benjamini_hochberg, wilson
from touchline.scores.segments import SIGNIFICANT
from touchline.sequences.calendar import calendar
from touchline.sequences.proportions import newcombe
from touchline.sequences.steps import step
from touchline.sequences.tabling import table
from touchline.sequences.units import segment_of
from touchline.sequences.visits import DAY
from touchline.warehouse.index.journeys import NO_SIGN
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Floats, Ints, Journeys

Kind = Literal["mean", "share", "index"]
_COUNT: Final = "count:"
_UNITS: Final = {
    "events": phrase("interactions per customer"),
    "duration": phrase("days from first to last interaction"),
    "active_days": phrase("days with an interaction, per customer"),
    "jsi": phrase("JSI, 0 to 100"),
    "revenue": phrase("revenue per customer"),
}
_COLUMNS: Final = {
    "segment": "text", "level": "text", "metric": "text", "unit": "text", "n": "count", "customers": "count",
    "share": "number", "value": "number", "low": "number", "high": "number", "rest": "number", "difference": "number",
    "difference_low": "number", "difference_high": "number", "p": "number", "p_adjusted": "number",
    "significant": "flag",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overview:
    """Sums over customers, per level (all segments' values in a row, and everybody last) and metric.

    Attributes:
        n: Interactions, shape (levels,).
        customers: Customers, shape (levels,).
        sums: Customers for whom the metric is defined, and sums over them of weight w, value times weight s, w squared,
            s times w, and s squared; shape (6, levels, metrics).
    """

    n: Ints
    customers: Ints
    sums: Floats

    def __add__(self, other: Overview) -> Overview:
        """Return both."""
        return Overview(self.n + other.n, self.customers + other.customers, self.sums + other.sums)


def kernel(journeys: Journeys, segments: Sequence[str], metrics: Sequence[str]) -> Overview:
    """Add up what customers did, by the value of each segment that they were last known to have."""
    n = np.diff(journeys.starts)
    places = [levels_of(journeys, segment) for segment in segments]
    widths = [len(segment_of(journeys, segment).names) + 1 for segment in segments]
    measured = [_measure(journeys, metric) for metric in metrics]

    def gathered(values: Floats | None) -> Floats:
        """Add up by level; None counts one each."""
        parts = [np.bincount(place, values, width) for place, width in zip(places, widths, strict=True)]
        return np.append(np.concatenate(parts), len(n) if values is None else values.sum())

    ones = gathered(None)
    sums = np.zeros((6, sum(widths) + 1, len(metrics)))
    for number, (w, s) in enumerate(measured):
        if w is None:
            once = gathered(s)
            found = [ones, ones, once, ones, once, gathered(s * s)]
        else:
            found = [gathered(values) for values in ((w > 0).astype(np.float64), w, s, w * w, s * w, s * s)]
        sums[:, :, number] = found
    return Overview(gathered(n.astype(np.float64)).astype(np.int64), ones.astype(np.int64), sums)


def levels_of(journeys: Journeys, segment: str) -> Ints:
    """Return the code of the value that each customer was last known to have; the number of names for none."""
    coded = segment_of(journeys, segment)
    level = coded.codes.take(journeys.starts[1:] - 1)
    if (level < 0).any():
        last = np.maximum.reduceat(np.where(coded.codes >= 0, np.arange(len(journeys)), -1), journeys.starts[:-1])
        level = np.where(last >= 0, coded.codes[last], len(coded.names))
    return level.astype(np.int64)


def _measure(journeys: Journeys, metric: str) -> tuple[Floats | None, Floats]:
    """Return each customer's weight (0 where the metric is not defined; None: 1 each) and value times weight."""
    begins, ends = journeys.starts[:-1], journeys.starts[1:] - 1
    if not journeys.customers:
        return None, np.zeros(0)
    if metric == "jsi":
        numbers = journeys.numbers("s")
        known = numbers != NO_SIGN if numbers.dtype == np.int8 else ~np.isnan(numbers)
        scored = np.where(known, numbers, 0)
        return (
            np.add.reduceat(known, begins, dtype=np.float64),
            np.add.reduceat(scored, begins, dtype=np.float64),
        )
    simple: dict[str, Callable[[], Any]] = {
        "events": lambda: np.diff(journeys.starts),
        "duration": lambda: (journeys.at[ends] - journeys.at[begins]) / DAY,
        "active_days": lambda: _active(journeys),
        "revenue": lambda: np.add.reduceat(np.nan_to_num(journeys.numbers("value")), begins, dtype=np.float64),
    }
    if metric in simple:
        return None, np.asarray(simple[metric](), dtype=np.float64)
    rows = step(journeys, metric.removeprefix(_COUNT)).rows
    if metric.startswith(_COUNT):
        return None, np.add.reduceat(rows, begins, dtype=np.float64)
    return None, np.logical_or.reduceat(rows, begins).astype(np.float64)


def _active(journeys: Journeys) -> Ints:
    day = calendar(*journeys.extent, "day", journeys.zone).numbers(journeys.at)
    new = journeys.first.copy()
    new[1:] |= day[1:] != day[:-1]
    upto = np.cumsum(new, dtype=np.int32).take(journeys.starts[1:] - 1)
    found: Ints = np.diff(upto, prepend=0).astype(np.int64)
    return found


def kind_of(metric: str) -> Kind:
    """Is a metric a mean, the share of customers who took a step, or an index?"""
    if metric == "jsi":
        return "index"
    return "mean" if metric in _UNITS or metric.startswith(_COUNT) else "share"


def overview(journeys: Journeys, *, by: Sequence[str] = (), metrics: Sequence[str] = ()) -> Figure:
    """Return segments side by side; `touchline.sequences.journey.SequenceQuestions.overview` says it all."""
    known = [name.removeprefix("seg_") for name in journeys.columns if name.startswith("seg_")]
    segments = tuple(dict.fromkeys((by,) if isinstance(by, str) else by or known))
    if not segments:
        raise QuestionError(
            phrase("there is no segment to compare"), todo=phrase("name one, or columns: by=('region',)")
        )
    asked = tuple(dict.fromkeys(metrics or _default(journeys)))
    names = [(segment, level) for segment in segments for level in (*segment_of(journeys, segment).names, NONE)]
    total = journeys.counted(lambda part: kernel(part, segments, asked), add)
    shown = [
        (place, metric)
        for place in sorted(
            range(len(names)), key=lambda i: (segments.index(names[i][0]), names[i][1] == NONE, names[i])
        )
        if total.customers[place] and (names[place][1] != NONE or total.customers[place] < total.customers[-1])
        for metric in range(len(asked))
    ]
    rows = [_row(total, place, metric, names[place], asked[metric]) for place, metric in shown]
    adjusted = benjamini_hochberg([row["p"] for row in rows], overlapping=len(segments) > 1)
    for row, p in zip(rows, adjusted, strict=True):
        row |= {"p_adjusted": p, "significant": bool(p < SIGNIFICANT)}
    made = table(rows, _COLUMNS)

    def behind(row: int) -> Ints:
        segment, level = names[shown[row][0]]
        levels = (*segment_of(journeys, segment).names, NONE)
        keys: Ints = journeys.keys[levels_of(journeys, segment) == levels.index(level)]
        return keys

    tests = int(np.isfinite([row["p"] for row in rows]).sum())
    return Figure(
        name="overview",
        table=made,
        meaning=(
            phrase(
                "What the customers of each value of a segment did, with a 95 % interval over "
                "customers, beside everybody else; p-values are corrected for {tests} tests ({what}).",
                tests=tests,
                what=phrase("Benjamini-Yekutieli") if len(segments) > 1 else phrase("Benjamini-Hochberg"),
            )
        ),
        notes=(
            phrase("A customer counts with the value last known."),
            *_currencies(journeys, asked),
            *hidden_note(made["hidden"].to_numpy(zero_copy_only=False)),
        ),
        facts={"segments": list(segments), "metrics": list(asked), "family": tests, "customers": journeys.customers},
        behind=behind,
    )


def _default(journeys: Journeys) -> tuple[str, ...]:
    """Return the metrics that the journeys can answer: a stage's share is that of customers who came to it."""
    found = ["events", "duration", "active_days"]
    if journeys.stages:
        found += [f"stage:{stage}" for stage in journeys.stages[1:]]
    numbers = {"jsi": "s", "revenue": "value"}
    return (*found, *(metric for metric, column in numbers.items() if column in journeys.columns))


def _currencies(journeys: Journeys, metrics: tuple[str, ...]) -> tuple[str, ...]:
    if "revenue" in metrics and "currency" in journeys.columns and len(journeys.coded("currency").names) > 1:
        return (phrase("Values in several currencies are added as they stand; filter by one to compare."),)
    return ()


def _row(total: Overview, place: int, metric: int, name: tuple[str, str], asked: str) -> dict[str, Any]:
    inside = total.sums[:, place, metric]
    outside = total.sums[:, -1, metric] - inside
    kind = kind_of(asked)
    if kind == "share":
        value, low, high = (float(x) for x in wilson(inside[2], inside[0]))
        rest = float(wilson(outside[2], outside[0])[0])
        change, below, above, p = (float(x) for x in newcombe(inside[2], inside[0], outside[2], outside[0]))
    else:
        (value, own, freedom), (rest, theirs, others) = _ratio(inside), _ratio(outside)
        half = _quantile(freedom) * own**0.5
        low, high = value - half, value + half
        change = value - rest
        below, above, p = _welch(change, own, freedom, theirs, others)
        if kind == "index":
            value, low, high, rest = (50 * (1 + x) for x in (value, max(low, -1.0), min(high, 1.0), rest))
            change, below, above = (50 * x for x in (change, below, above))
    if min(inside[0], outside[0]) < HIDDEN_N:
        rest = change = below = above = p = float("nan")
    return {
        "segment": name[0], "level": name[1], "metric": asked,
        "unit": _UNITS.get(asked, "times per customer" if asked.startswith(_COUNT) else "share of customers"),
        "n": int(total.n[place]), "customers": int(total.customers[place]),
        "share": float(total.customers[place] / total.customers[-1]),
        "value": value, "low": low, "high": high, "rest": rest,
        "difference": change, "difference_low": below, "difference_high": above, "p": p,
    }  # fmt: skip


def _ratio(sums: Floats) -> tuple[float, float, float]:
    """Return sum(s) / sum(w) over customers, its variance (linearised) and degrees of freedom; NaN of none."""
    customers, w, s, ww, sw, ss = (float(x) for x in sums)
    if w <= 0:
        return float("nan"), float("nan"), 0.0
    mean = s / w
    if customers < 2:
        return mean, float("nan"), 0.0
    return mean, customers / (customers - 1) * max(ss - 2 * mean * sw + mean * mean * ww, 0.0) / w**2, customers - 1


def _quantile(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975)) if freedom > 0 else float("nan")


def _welch(change: float, own: float, freedom: float, theirs: float, others: float) -> tuple[float, float, float]:
    """Return the 95 % interval of a difference and its p-value (Welch 1947)."""
    from scipy.special import stdtr

    spread = own + theirs
    if not spread > 0:
        return (change, change, 1.0 if change == 0 else 0.0) if spread == 0 else (float("nan"),) * 3
    joint = spread**2 / (own**2 / freedom + theirs**2 / others)
    half = _quantile(joint) * spread**0.5
    return change - half, change + half, float(2 * stdtr(joint, -abs(change) / spread**0.5))
