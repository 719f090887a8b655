"""From which state customers go to which, how often, how fast."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.sequences.durations import Durations
from touchline.sequences.tally import Tally, distinct
from touchline.sequences.walks import END, START, Fold, Walks, fold_of, passed_over, walks
from touchline.warehouse.index.journeys import Ints, Journeys
from touchline.words import phrase

_SCHEMA: Final = pa.schema(
    [
        ("source", pa.string()),
        ("target", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("seconds_median", pa.float64()),
        ("seconds_p90", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class TransitionCounts:
    """Moves between states; adds up over slices of customers.

    With k states a cell is ``source * (k + 1) + target``: source k is where a journey begins, target k where it ends.

    Attributes:
        n: Moves, by cell.
        customers: Customers who made the move, by cell.
        seconds: Time from the one to the other, by cell.
    """

    n: Tally
    customers: Tally
    seconds: Durations

    def __add__(self, other: TransitionCounts) -> TransitionCounts:
        return TransitionCounts(self.n + other.n, self.customers + other.customers, self.seconds + other.seconds)


def _cells(found: Walks, states: int) -> npt.NDArray[Any]:
    """Return the cell of each row to the next one; the last row of a walk goes to the end."""
    kind = np.int16 if (states + 1) ** 2 < 2**15 else np.int64
    state = found.state.astype(kind, copy=False)
    cells: npt.NDArray[Any] = np.multiply(state, kind(states + 1))
    following = np.full(len(state), states, dtype=kind)
    following[:-1] = state[1:]
    following[found.starts[1:] - 1] = states
    cells += following
    return cells


def count(journeys: Journeys, by: str, fold: Fold, collapse: bool) -> TransitionCounts:
    """Count moves: the kernel.

    Args:
        journeys: A slice of whole customers.
        by: The column of states.
        fold: Which states are shown.
        collapse: Is staying in a state one step?
    """
    found = walks(journeys, by, fold, collapse=collapse)
    states = len(fold.names)
    size = (states + 1) ** 2
    cells = _cells(found, states)
    begins = Tally.of(found.state[found.starts[:-1]].astype(np.int64) + states * (states + 1), size)
    gap = np.zeros(len(cells), dtype=np.int64)
    np.subtract(found.at[1:], found.at[:-1], out=gap[:-1])
    gap[found.starts[1:] - 1] = 0
    return TransitionCounts(
        Tally.of(cells, size) + begins, distinct(found.owner, cells, size) + begins, Durations.of(cells, gap)
    )


def transitions(journeys: Journeys, by: str, top: int | None, collapse: bool) -> Figure:
    """Answer from which state customers go to which.

    Args:
        journeys: Everybody's.
        by: The column of states.
        top: Show the most common states, and the rest as ``(other)``; None for all.
        collapse: Is staying in a state one step?

    Returns:
        Rows source, target, n, customers, share (of all that leave the source), seconds_median and seconds_p90, hidden,
        low_n, most common first. `START` and `END` are sources and targets of their own, so that all that goes into a
        state comes out of it, and what starts are the customers.
    """
    fold = fold_of(journeys, by, top)
    counts = journeys.counted(partial(count, by=by, fold=fold, collapse=collapse), operator.add)
    states = len(fold.names)
    source, target = counts.n.cells // (states + 1), counts.n.cells % (states + 1)
    out = np.bincount(source, counts.n.n, states + 1)
    seconds = counts.seconds.quantiles(counts.n.cells)
    order = np.lexsort((counts.n.cells, -counts.n.n))
    rows: list[dict[str, Any]] = []
    for place in order:
        people = int(counts.customers.n[place])
        begins, ends = source[place] == states, target[place] == states
        row: dict[str, Any] = {
            "source": START if begins else fold.names[source[place]],
            "target": END if ends else fold.names[target[place]],
            "n": int(counts.n.n[place]),
            "customers": people,
            "share": float(counts.n.n[place] / out[source[place]]),
            "hidden": people < HIDDEN_N,
            "low_n": people < LOW_N,
        }
        if not (begins or ends or row["hidden"]):
            row |= {"seconds_median": float(seconds[place, 0]), "seconds_p90": float(seconds[place, 1])}
        rows.append(row)
    return Figure(
        "transitions",
        pa.Table.from_pylist(rows, schema=_SCHEMA),
        phrase(
            "Where customers go next, by {by}: moves from one to the other, as a share of all "
            "that leave the source, and the time between.",
            by=by,
        ),
        notes(passed_over(journeys, by), by),
        facts={
            "by": by,
            "customers": int(out[states]),
            "moves": int(counts.n.n[(source < states) & (target < states)].sum()),
            "interactions": int(out[:states].sum()),
        },
        behind=lambda row: _behind(journeys, by, fold, collapse, int(counts.n.cells[order[row]])),
    )


def notes(rows: int, by: str) -> tuple[str, ...]:
    """Return what a reader must know of rows without a state."""
    return (phrase("{rows} interactions have no {by} and are passed over.", rows=rows, by=by),) if rows else ()


def _behind(journeys: Journeys, by: str, fold: Fold, collapse: bool, cell: int) -> Ints:
    found = walks(journeys, by, fold, collapse=collapse)
    states = len(fold.names)
    if cell // (states + 1) == states:
        walk = np.flatnonzero(found.state[found.starts[:-1]] == cell % (states + 1))
    else:
        walk = np.unique(found.owner[_cells(found, states) == cell])
    return journeys.keys[found.customer[walk]]
