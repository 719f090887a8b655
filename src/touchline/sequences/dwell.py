"""How long customers stay at each stage, and where they wait longest: dwell time and bottlenecks."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.scores.base import LOW_N, Figure, Filters
from touchline.scores.cells import hidden_note
from touchline.sequences.exact import Exact, clustered_mean, quantile
from touchline.sequences.grouping import group_codes, group_names, group_order
from touchline.sequences.kaplan_meier import median_of
from touchline.sequences.restricting import let_through
from touchline.sequences.tabling import days, ordered, table
from touchline.sequences.visits import SECOND, Visits, per_customer, visits
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Codes, Floats, Ints, Journeys

_COLUMNS: Final = {
    "stage": "text", "segment": "text", "n": "count", "customers": "count", "open": "count",
    "mean_days": "number", "low": "number", "high": "number", "median_days": "number", "p90_days": "number",
    "median_with_open_days": "number", "time_share": "number", "excess_days": "number", "excess_share": "number",
    "rank": "count",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dwelt:
    """What visits add up to, per cell (group times stage).

    Attributes:
        finished: Seconds of the visits that were left.
        open: Seconds so far of those that were not.
        customers: Customers with a visit, shape (cells,).
        sums: Of the customers with finished visits: how many, and sums over them of their seconds S, S squared, S times
            their visits v, v, and v squared; shape (6, cells).
    """

    finished: Exact
    open: Exact
    customers: Ints
    sums: Floats

    def __add__(self, other: Dwelt) -> Dwelt:
        """Return both."""
        return Dwelt(
            self.finished + other.finished,
            self.open + other.open,
            self.customers + other.customers,
            self.sums + other.sums,
        )


def kernel(journeys: Journeys, column: str, by: str | None, filters: Filters) -> Dwelt:
    """Count the visits of whole customers; see `Dwelt`."""
    found, cell, cells = _placed(journeys, column, by, filters)
    left = found.left >= 0
    gone, still = np.flatnonzero(left), np.flatnonzero(~left)
    seconds = found.left - found.entered
    seconds[still] = journeys.observed[1] - found.entered[still]
    seconds //= SECOND
    anybody, sums = per_customer(found, cell, seconds, journeys.customers, cells)
    return Dwelt(
        finished=Exact.of(cell.take(gone), seconds.take(gone)),
        open=Exact.of(cell.take(still), seconds.take(still)),
        customers=anybody,
        sums=sums,
    )


def _placed(journeys: Journeys, column: str, by: str | None, filters: Filters) -> tuple[Visits, Codes, int]:
    """Return the visits that filters let begin, the cell of each, and how many cells there are."""
    found = visits(journeys, column)
    if filters != Filters():
        found = found.take(let_through(journeys, filters)[found.row])
    stages = len(journeys.coded(column).names)
    cell = found.code if by is None else group_codes(journeys, by, found.row) * stages + found.code
    return found, cell, len(group_names(journeys, by)) * stages


def dwell(journeys: Journeys, *, of: str = "stage", by: str | None = None, filters: Filters | None = None) -> Figure:
    """Return how long visits of each stage last; `touchline.sequences.journey.SequenceQuestions.dwell` says it all."""
    chosen = filters or Filters()
    names, groups = journeys.coded(of).names, group_names(journeys, by)
    total = journeys.counted(lambda part: kernel(part, of, by, chosen), add)
    cells = [
        (group, code)
        for code in ordered(journeys, of, names)
        for group in group_order(groups)
        if total.customers[group * len(names) + code]
    ]
    everything = float(total.sums[1].sum())
    typical = {
        code: quantile(total.finished.of_cells([g * len(names) + code for g in range(len(groups))]), 0.5)
        if by is not None
        else total.finished.quantile(code, 0.5)
        for code in {code for _, code in cells}
    }
    rows = [_row(total, names, groups, group, code, everything, typical[code]) for group, code in cells]
    _ranked(rows)
    columns = {name: kind for name, kind in _COLUMNS.items() if name != "segment" or by is not None}

    def behind(row: int) -> Ints:
        group, code = cells[row]
        found, cell, _ = _placed(journeys, of, by, chosen)
        keys: Ints = journeys.keys[np.unique(found.owner[cell == group * len(names) + code])]
        return keys

    made = table(rows, columns)
    still = sum(row["open"] for row in rows)
    return Figure(
        name="dwell",
        table=made,
        meaning=(
            phrase(
                "Days from entering each {of} till entering the next, over the visits that were "
                "left: mean with a 95 % interval over customers, median and 90th percentile from "
                "exact counts. The excess is the time beyond the {of}'s median visit, added up.",
                of=of,
            )
        ),
        notes=(
            phrase(
                "{still} visits were not left when the data end: they are counted as open, and only "
                "the median with open visits (Kaplan-Meier) takes them in.",
                still=still,
            ),
            *hidden_note(made["hidden"].to_numpy(zero_copy_only=False)),
        ),
        facts={
            "of": of,
            "by": by,
            "total_days": days(everything),
            "bottleneck": next((row["stage"] for row in rows if row["rank"] == 1), None),
        },
        behind=behind,
    )


def _row(
    total: Dwelt,
    names: tuple[str, ...],
    groups: tuple[str, ...],
    group: int,
    code: int,
    everything: float,
    typical: float,
) -> dict[str, Any]:
    cell = group * len(names) + code
    sums = total.sums[:, cell]
    still = total.open.n(cell)
    values, counts = finished = total.finished.of_cell(cell)
    middle, low, high = clustered_mean(sums[:4], sums[4:])
    over = slice(np.searchsorted(values, typical), None) if len(values) else slice(0)
    excess = float(((values[over] - typical) * counts[over]).sum())
    return {
        "stage": names[code],
        "segment": groups[group],
        "n": total.finished.n(cell) + still,
        "customers": int(total.customers[cell]),
        "open": still,
        "mean_days": days(middle),
        "low": days(low),
        "high": days(high),
        "median_days": days(total.finished.quantile(cell, 0.5)),
        "p90_days": days(total.finished.quantile(cell, 0.9)),
        "median_with_open_days": days(median_of(finished, total.open.of_cell(cell))),
        "time_share": float(sums[1]) / everything if everything else float("nan"),
        "excess_days": days(excess),
        "excess_share": excess / everything if everything else float("nan"),
        "rank": None,
    }


def _ranked(rows: list[dict[str, Any]]) -> None:
    """Rank the rows by their excess; those over few customers get none."""
    told = [row for row in rows if row["customers"] >= LOW_N and row["excess_days"] > 0]
    for place, row in enumerate(sorted(told, key=lambda row: -row["excess_days"]), start=1):
        row["rank"] = place
