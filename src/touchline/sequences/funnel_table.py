"""From what a funnel counted to its table: rates with intervals, times, and the difference of a segment to the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.figures.numbers import listed
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import benjamini_hochberg, wilson
from touchline.sequences.proportions import design_effect, newcombe
from touchline.sequences.units import NONE
from touchline.warehouse.index.journeys import Floats, Ints
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.sequences.funnel import Asked, FunnelCounts

_COLUMNS: Final = [
    ("step", pa.int64()),
    ("name", pa.string()),
    ("n", pa.int64()),
    ("customers", pa.int64()),
    ("closed", pa.int64()),
    ("open", pa.int64()),
    ("lost", pa.int64()),
    ("rate", pa.float64()),
    ("low", pa.float64()),
    ("high", pa.float64()),
    ("step_rate", pa.float64()),
    ("step_low", pa.float64()),
    ("step_high", pa.float64()),
    ("seconds_median", pa.float64()),
    ("seconds_p90", pa.float64()),
    ("step_seconds_median", pa.float64()),
    ("step_seconds_p90", pa.float64()),
    ("censored", pa.bool_()),
    ("hidden", pa.bool_()),
    ("low_n", pa.bool_()),
]
_COMPARED: Final = [
    ("rest_rate", pa.float64()),
    ("difference", pa.float64()),
    ("difference_low", pa.float64()),
    ("difference_high", pa.float64()),
    ("p", pa.float64()),
    ("p_adjusted", pa.float64()),
    ("significant", pa.bool_()),
]
_LEVEL: Final = 0.05
_RATES: Final = ("rate", "low", "high", "step_rate", "step_low", "step_high")
_TIMES: Final = ("seconds_median", "seconds_p90", "step_seconds_median", "step_seconds_p90")


@dataclass(frozen=True, slots=True)
class _Shares:
    """Shares of closed units, each of shape (groups, steps), and the units that they are worth."""

    overall: tuple[Floats, Floats, Floats]
    of_step: tuple[Floats, Floats, Floats]
    hits: Floats
    base: Floats


def figure(
    counts: FunnelCounts, question: Asked, names: tuple[str, ...] | None, behind: Callable[[int | None, int], Ints]
) -> Figure:
    """Turn counts into the figure.

    Args:
        counts: Of the whole.
        question: What was asked.
        names: Of the groups, that of none first; None when it was not split.
        behind: From a group's number (None for all) and a step's to the customers.
    """
    groups = [0]
    if names is not None:
        named = names
        groups = sorted(
            (group for group in range(len(names)) if counts.n[group].any()),
            key=lambda group: (named[group] == NONE, named[group]),
        )
    shares = _shares(counts, question)
    cells = np.arange(counts.n.size)
    times = np.concatenate([counts.whole.quantiles(cells), counts.between.quantiles(cells)], axis=1)
    times = times.reshape(*counts.n.shape, len(_TIMES))
    rows: list[dict[str, Any]] = []
    for group in groups:
        split = {} if names is None else {"segment": _segment(question), "value": names[group]}
        rows += [split | row for row in _rows(counts, question, shares, times, group)]
    family = _compare(rows, counts, question, names, groups) if names is not None else 0
    steps = len(question.steps)
    places = [(None if names is None else group, step) for group in groups for step in range(steps)]
    fields = [] if names is None else [("segment", pa.string()), ("value", pa.string())]
    schema = pa.schema(fields + _COLUMNS + ([] if names is None else _COMPARED))
    return Figure(
        "funnel",
        pa.Table.from_pylist(rows, schema=schema),
        _meaning(question),
        _notes(question, int(counts.waiting.sum()), family),
        facts={
            "steps": list(question.steps),
            "order": question.rules.order,
            "count_by": question.unit,
            "entered": int(counts.n[:, 0].sum()),
            "completed": int(counts.n[:, -1].sum()),
            "tests": family,
        },
        behind=lambda row: behind(*places[row]),
    )


def _segment(question: Asked) -> str:
    return (question.by or "").removeprefix("segment:")


def _shares(counts: FunnelCounts, question: Asked) -> _Shares:
    closed = counts.closed.astype(np.float64)
    first, before = (
        np.broadcast_to(closed[:, :1], closed.shape),
        np.concatenate([closed[:, :1], closed[:, :-1]], axis=1),
    )
    wide, wide_step = np.ones_like(closed), np.ones_like(closed)
    if question.unit == "session":
        hh, hf, hb = counts.alike.astype(np.float64)
        ff, bb = np.broadcast_to(hh[:, :1], hh.shape), np.concatenate([hh[:, :1], hh[:, :-1]], axis=1)
        entered = np.broadcast_to(counts.people_closed[:, :1].astype(np.float64), hh.shape)
        came = np.concatenate([counts.people_closed[:, :1], counts.people_closed[:, :-1]], axis=1).astype(np.float64)
        wide = design_effect(closed, first, hh, hf, ff, entered)
        wide_step = design_effect(closed, before, hh, hb, bb, came)
    return _Shares(
        wilson(closed / wide, first / wide),
        wilson(closed / wide_step, before / wide_step),
        closed / wide,
        first / wide,
    )


def _rows(counts: FunnelCounts, question: Asked, shares: _Shares, times: Floats, group: int) -> list[dict[str, Any]]:
    steps = len(question.steps)
    windowed = question.rules.horizon(steps) is not None
    people = counts.people_closed[group]
    rows = []
    for step, text in enumerate(question.steps):
        n, waiting = int(counts.n[group, step]), int(counts.waiting[group, step])
        before = int(counts.n[group, step - 1]) if step else n
        values = [float(part[group, step]) for part in (*shares.overall, *shares.of_step)]
        row: dict[str, Any] = {
            "step": step + 1,
            "name": f"{step + 1} of {steps}" if question.rules.order == "any" else text,
            "n": n,
            "customers": int(counts.people[group, step]),
            "closed": int(counts.closed[group, step]),
            "open": (waiting if step else 0) if windowed else None,
            "lost": before - n - (waiting if windowed else 0) if step else 0,
            **dict(zip(_RATES, values, strict=True)),
            **dict(zip(_TIMES, times[group, step].tolist(), strict=True)),
            "censored": bool(windowed and step and waiting),
            "hidden": bool(people[0] < HIDDEN_N),
            "low_n": bool(people[0] < LOW_N),
        }
        unknown = set(_RATES) if row["hidden"] else set()
        unknown |= set(_TIMES) if not step or row["customers"] < HIDDEN_N else set()
        unknown |= set(_RATES[3:]) if step and people[step - 1] < HIDDEN_N else set()
        rows.append({k: None if k in unknown or v != v else v for k, v in row.items()})  # noqa: PLR0124  NaN
    return rows


def _compare(
    rows: list[dict[str, Any]], counts: FunnelCounts, question: Asked, names: tuple[str, ...], groups: list[int]
) -> int:
    """Add to every row how its rate differs from that of all others together; return how many were tested."""
    from dataclasses import replace

    steps = len(question.steps)
    tested: list[tuple[int, float]] = []
    for place, group in enumerate(groups):
        others = [g for g in range(len(names)) if g != group]
        rest = _shares(
            replace(
                counts,
                closed=counts.closed[others].sum(axis=0, keepdims=True),
                alike=counts.alike[:, others].sum(axis=1, keepdims=True),
                people_closed=counts.people_closed[others].sum(axis=0, keepdims=True),
            ),
            question,
        )
        mine = _shares(
            replace(
                counts,
                closed=counts.closed[[group]],
                alike=counts.alike[:, [group]],
                people_closed=counts.people_closed[[group]],
            ),
            question,
        )
        change, low, high, p = newcombe(mine.hits[0], mine.base[0], rest.hits[0], rest.base[0])
        rest_people = int(counts.people_closed[others, 0].sum())
        for step in range(steps):
            row = rows[place * steps + step]
            row |= dict.fromkeys(("rest_rate", "difference", "difference_low", "difference_high", "p", "p_adjusted"))
            row["significant"] = False
            if row["hidden"] or rest_people < HIDDEN_N or names[group] == NONE:
                continue
            row["rest_rate"] = float(rest.overall[0][0, step])
            if step:
                row |= {"difference": float(change[step]), "p": float(p[step])}
                row |= {"difference_low": float(low[step]), "difference_high": float(high[step])}
                tested.append((place * steps + step, float(p[step])))
    adjusted = benjamini_hochberg([p for _, p in tested])
    for (number, _), value in zip(tested, adjusted, strict=True):
        rows[number] |= {"p_adjusted": float(value), "significant": bool(value < _LEVEL)}
    return len(tested)


_WHAT: Final = {
    "ordered": phrase("{unit} that did the steps in this order, whatever else in between"),
    "strict": phrase("{unit} that did the steps directly after each other"),
    "any": phrase("{unit} by how many of the steps they did, in any order"),
}
_UNITS: Final = {"customer": phrase("Customers"), "account": phrase("Accounts"), "session": phrase("Sessions")}


def _meaning(question: Asked) -> str:
    what = _WHAT[question.rules.order].given(unit=_UNITS[question.unit])
    limits = [
        phrase("within {span} {of}", span=_span(limit), of=of)
        for limit, of in (
            (question.rules.window, phrase("of the first")),
            (question.rules.step_window, phrase("of the step before")),
        )
        if limit is not None
    ]
    bounds = phrase(", {limits}", limits=listed(limits)) if limits else ""
    without = phrase(", without {listed} in between", listed=", ".join(question.exclude)) if question.exclude else ""
    return phrase(
        "{what}{bounds}{without}; rates of the first step and of the step before, with 95 % "
        "intervals (Wilson), and the time that it took.",
        what=what,
        bounds=bounds,
        without=without,
    )


def _span(length: int) -> str:
    seconds = length / 1_000_000
    for unit, each in ((phrase("{n} d"), 86400), (phrase("{n} h"), 3600), (phrase("{n} min"), 60)):
        if seconds % each == 0:
            return unit.given(n=Number(f"{seconds / each:,.0f}"))
    return phrase("{n} s", n=Number(f"{seconds:,.0f}"))


def _notes(question: Asked, waiting: int, family: int) -> tuple[str, ...]:
    notes = []
    if question.rules.horizon(len(question.steps)) is None:
        notes.append(phrase("Without a window nobody is ever too late: rates are those until the data end."))
    else:
        notes.append(
            phrase(
                "Rates are over those whose first window is over (closed); {waiting} are still on "
                "their way (open) and count neither as converted nor as lost.",
                waiting=waiting,
            )
        )
    if question.unit == "session":
        notes.append(phrase("Sessions of one customer are alike: intervals are widened by the design effect."))
    if question.by:
        notes.append(
            phrase(
                "p-values are corrected for {family} comparisons (Benjamini-Hochberg); the value of "
                "a segment is that where the attempt began, and the rest is everyone else together.",
                family=family,
            )
        )
    return tuple(notes)
