"""The figure of metrics, and their columns in the heatmap of metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Figure, Filters
from touchline.scores.cells import column, hidden, hidden_note, low_n
from touchline.sequences.restricting import let_through
from touchline.value.own.measuring import Trials, expanded, groups, measured, trials
from touchline.value.own.metric import Metric
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase

ALL: Final = "all"
_NONE: Final = "(none)"


def metrics(
    journeys: Journeys,
    declared: Sequence[Metric],
    filters: Filters | None = None,
    *,
    names: Sequence[str] = (),
    by: str = "",
    called: Callable[[str], str] | None = None,
) -> Figure:
    """Return metrics with their intervals.

    Args:
        journeys: Whole journeys.
        declared: The metrics.
        filters: Say what may begin; what follows is looked for in the whole journey.
        names: Ids of the metrics wanted; otherwise all that can be measured.
        by: ``stage``, ``touchpoint``, ``channel``, ``segment:NAME``, any column, ``day``, ``week`` or ``month``: of
            what a trial began with. Empty for the whole.
        called: From a stage's id to the name that is shown.

    Returns:
        One row per metric and group: metric, name, group, group_name, value with low and high, unit, target_low,
        target_high, target (``in``, ``below``, ``above``, where the interval lies wholly so; ``open`` else; null
        without a target), direction, nature, signal, n, customers, open (left out, as their window is not over),
        hidden, low_n. Facts: ``unmeasured``: metrics that ship and whose events are not there.

    Raises:
        QuestionError: A metric names a step that is not in the data; it names the file and the line.
    """
    known = {metric.id: metric for metric in declared}
    chosen: list[Metric] = []
    for name in names:
        if name not in known:
            raise unknown("metric", name, known)
        chosen.append(known[name])
    keep = let_through(journeys, filters or Filters())
    rows: list[dict[str, Any]] = []
    behinds: list[Ints] = []
    unmeasured: list[str] = []
    for metric in chosen or declared:
        try:
            made = [(one, trials(journeys, one, keep)) for one in expanded(journeys, metric)]
        except QuestionError:
            if not metric.shipped or names:
                raise
            unmeasured.append(metric.name)
            continue
        for one, found in made:
            if by in ("day", "week", "month") and one.kind == "trend":
                raise QuestionError(
                    phrase("{id} is a trend already", id=one.id),
                    where="by",
                    todo=phrase("name other metrics with --metric"),
                )
            told, who = _rows(journeys, one, found, by, called)
            rows += told
            behinds += who
    hide = hidden(np.array([row["customers"] for row in rows], dtype=np.int64))
    note = (
        (phrase("Not measured, as their events are not in the data: {listed}.", listed=", ".join(unmeasured)),)
        if unmeasured
        else ()
    )
    return Figure(
        "metrics",
        _table(rows, hide),
        phrase(
            "{metrics}, each in its unit, with a 95 % interval over customers. Times are medians (Kaplan and Meier), "
            "so that those who are still on their way count too.",
            metrics=phrase("Metrics by {by}", by=by) if by else phrase("Metrics"),
        ),
        (*note, *hidden_note(hide)),
        {"by": by, "unmeasured": unmeasured},
        lambda row: behinds[row],
    )


def _rows(
    journeys: Journeys, metric: Metric, made: Trials, by: str, called: Callable[[str], str] | None
) -> tuple[list[dict[str, Any]], list[Ints]]:
    owner = journeys.owner
    parts: list[tuple[str, Bools, Bools]] = []
    if not by:
        parts.append((ALL, np.ones(len(made.row), np.bool_), np.ones(len(made.open), np.bool_)))
    else:
        group = groups(journeys, made, by)
        late = groups(journeys, replace(made, row=made.open), by) if len(made.open) else None
        codes = np.unique(group.codes).tolist()
        for code in sorted(codes, key=lambda c: (c < 0, group.names[c] if c >= 0 else "")):
            name = group.names[code] if code >= 0 else _NONE
            open_ = np.zeros(len(made.open), np.bool_)
            if late is not None:
                open_ = late.codes == (late.names.index(name) if name in late.names else -1 if code < 0 else -2)
            parts.append((name, group.codes == code, open_))
    out: list[dict[str, Any]] = []
    who: list[Ints] = []
    for name, mine, open_ in parts:
        here = made.of(mine)
        keys = journeys.keys[owner[here.row]]
        people = np.unique(keys)
        found = measured(metric, here, keys)
        out.append(
            {
                "metric": metric.id, "name": metric.name, "group": name,
                "group_name": called(name) if called and by == "stage" and name != _NONE else name,
                "value": found.value, "low": found.low, "high": found.high, "unit": metric.unit,
                "target_low": metric.target[0], "target_high": metric.target[1],
                "target": _target(metric, found.low, found.high, len(people)), "direction": metric.direction,
                "nature": metric.nature or None, "signal": metric.signal or None, "n": len(here.row),
                "customers": len(people), "open": int(open_.sum()),
            }
        )  # fmt: skip
        who.append(people)
    return out, who


def _target(metric: Metric, low: float, high: float, customers: int) -> str | None:
    least, most = metric.target
    if np.isnan(least) and np.isnan(most):
        return None
    if hidden(customers) or np.isnan(low) or np.isnan(high):
        return "open"
    if high < least:
        return "below"
    if low > most:
        return "above"
    inside = not (low < least) and not (high > most)
    return "in" if inside else "open"


def _table(rows: list[dict[str, Any]], hide: Bools) -> pa.Table:
    def texts(name: str) -> pa.Array:
        return pa.array([row[name] for row in rows], pa.string())

    def numbers(name: str, mask: Bools | None = None) -> pa.Array:
        return column(np.array([row[name] for row in rows], dtype=np.float64), mask)

    return pa.table(
        {
            **{name: texts(name) for name in ("metric", "name", "group", "group_name")},
            **{name: numbers(name, hide) for name in ("value", "low", "high")},
            "unit": texts("unit"),
            **{name: numbers(name) for name in ("target_low", "target_high")},
            **{name: texts(name) for name in ("target", "direction", "nature", "signal")},
            **{name: pa.array([row[name] for row in rows], pa.int64()) for name in ("n", "customers", "open")},
            "hidden": pa.array(hide),
            "low_n": pa.array(low_n(np.array([row["customers"] for row in rows], dtype=np.int64))),
        }
    )


def beside(heatmap: Figure, own: Figure) -> Figure:
    """Return the heatmap by metric with a column per own metric, at the stages that it has.

    Args:
        heatmap: From `touchline.scores.heatmap.heatmap`, by metric.
        own: From `metrics`, by stage.
    """
    rows = heatmap.to_dicts()
    stages = {row["stage"]: row["name"] for row in rows}
    more = {
        (row["group"], row["metric"]): {
            "stage": row["group"], "name": stages[row["group"]], "column": row["metric"], "column_name": row["name"],
            **{name: row[name] for name in ("value", "low", "high", "n", "customers", "hidden", "low_n")},
        }
        for row in own.to_dicts() if row["group"] in stages
    }  # fmt: skip
    out: list[dict[str, Any]] = []
    for stage in stages:
        out += [row for row in rows if row["stage"] == stage]
        out += [row for (where, _), row in more.items() if where == stage]
    units = {row["metric"]: row["unit"] for row in own.to_dicts()}
    table = pa.Table.from_pylist(out, schema=heatmap.table.schema)
    facts = dict(heatmap.facts) | {"unit": dict(heatmap.facts["unit"]) | units}
    named = (
        phrase("{meaning} Beside them stand the workspace's own metrics.", meaning=heatmap.meaning)
        if more
        else heatmap.meaning
    )
    return replace(heatmap, table=table, facts=facts, meaning=named)
