"""From which state customers go to which, how often, how fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.sequences.durations import Durations
from touchline.sequences.tabling import columns
from touchline.sequences.tally import Tally, distinct
from touchline.sequences.walks import END, START, Fold, Walks, counted, fold_of, walks
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


def count_moves(journeys: Journeys, by: str, fold: Fold, collapse: bool) -> Tally:
    """Count moves alone: a kernel; see `count`."""
    found = walks(journeys, by, fold, collapse=collapse)
    return Tally.of(_cells(found, len(fold.names)), (len(fold.names) + 1) ** 2) + _begins(found, len(fold.names))


def _begins(found: Walks, states: int) -> Tally:
    return Tally.of(found.state[found.starts[:-1]].astype(np.int64) + states * (states + 1), (states + 1) ** 2)


def count(journeys: Journeys, by: str, fold: Fold, collapse: bool) -> TransitionCounts:
    """Count moves, who makes them and how long they take: the kernel.

    Args:
        journeys: A slice of whole customers.
        by: The column of states.
        fold: Which states are shown.
        collapse: Is staying in a state one step?
    """
    found = walks(journeys, by, fold, collapse=collapse)
    states = len(fold.names)
    size, cells, begins = (states + 1) ** 2, _cells(found, states), _begins(found, states)
    gap = np.zeros(len(cells), dtype=np.int64)
    np.subtract(found.at[1:], found.at[:-1], out=gap[:-1])
    gap[found.starts[1:] - 1] = 0
    return TransitionCounts(
        Tally.of(cells, size) + begins, distinct(found.owner, cells, size) + begins, Durations.of(cells, gap)
    )


def transitions(journeys: Journeys, by: str, top: int | None, collapse: bool, counts_alone: bool = False) -> Figure:
    """Answer from which state customers go to which.

    Args:
        journeys: Everybody's.
        by: The column of states.
        top: Show the most common states, and the rest as ``(other)``; None for all.
        collapse: Is staying in a state one step?
        counts_alone: Leave out who made the moves and how long they took, which is most of the work.

    Returns:
        Rows source, target, n, customers, share (of all that leave the source), seconds_median and seconds_p90, hidden,
        low_n, most common first. `START` and `END` are sources and targets of their own, so that all that goes into a
        state comes out of it, and what starts are the customers.
    """
    fold = fold_of(journeys, by, top)
    kernel: Callable[..., Tally | TransitionCounts] = count_moves if counts_alone else count
    counts, notes = counted(journeys, by, partial(kernel, by=by, fold=fold, collapse=collapse))
    met = counts if isinstance(counts, Tally) else counts.n
    states = len(fold.names)
    order = np.lexsort((met.cells, -met.n))
    cells, n = met.cells[order], met.n[order]
    source, target = cells // (states + 1), cells % (states + 1)
    out = np.bincount(source, n, states + 1)
    held: dict[str, Any] = {
        "source": [(*fold.names, START)[state] for state in source],
        "target": [(*fold.names, END)[state] for state in target],
        "n": n,
        "share": n / out[source],
    }
    if isinstance(counts, TransitionCounts):
        people, seconds = counts.customers.n[order], counts.seconds.quantiles(cells)
        seconds[(source == states) | (target == states) | (people < HIDDEN_N)] = np.nan
        held |= {"customers": people, "seconds_median": seconds[:, 0], "seconds_p90": seconds[:, 1]}
        held |= {"hidden": people < HIDDEN_N, "low_n": people < LOW_N}
    schema = pa.schema([of for of in _SCHEMA if of.name in held])
    return Figure(
        "transitions",
        columns(schema, *(held[name] for name in schema.names)),
        phrase(
            "Where customers go next, by {by}: moves from one to the other, as a share of all "
            "that leave the source, and the time between.",
            by=by,
        ),
        notes,
        facts={
            "by": by,
            "customers": int(out[states]),
            "moves": int(n[(source < states) & (target < states)].sum()),
            "interactions": int(out[:states].sum()),
        },
        behind=lambda row: _behind(journeys, by, fold, collapse, int(cells[row])),
    )


def _behind(journeys: Journeys, by: str, fold: Fold, collapse: bool, cell: int) -> Ints:
    found = walks(journeys, by, fold, collapse=collapse)
    states = len(fold.names)
    if cell // (states + 1) == states:
        walk = np.flatnonzero(found.state[found.starts[:-1]] == cell % (states + 1))
    else:
        walk = np.unique(found.owner[_cells(found, states) == cell])
    return journeys.keys[found.customer[walk]]
