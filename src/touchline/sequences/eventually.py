"""Which state comes at any time after which, whatever lies between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.durations import Durations
from touchline.sequences.tabling import columns
from touchline.sequences.tally import keyed
from touchline.sequences.walks import Fold, Walks, counted, fold_of, walks
from touchline.warehouse.index.journeys import Ints, Journeys
from touchline.words import phrase

_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("target", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("seconds_median", pa.float64()),
        ("seconds_p90", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class PairCounts:
    """States that follow others at any time; adds up over slices of customers.

    With k states:

    Attributes:
        n: Pairs of interactions, the source's before the target's, shape (k, k).
        customers: Customers with such a pair, shape (k, k).
        been: Customers who were in a state at all, shape (k,).
        seconds: From a customer's first in the source to the first in the target after it, by ``source * k + target``.
    """

    n: Ints
    customers: Ints
    been: Ints
    seconds: Durations

    def __add__(self, other: PairCounts) -> PairCounts:
        return PairCounts(
            self.n + other.n,
            self.customers + other.customers,
            self.been + other.been,
            self.seconds + other.seconds,
        )


def count(journeys: Journeys, by: str, fold: Fold, collapse: bool) -> PairCounts:
    """Count pairs: the kernel. It goes through what follows each customer's first in each state, once per state.

    Args:
        journeys: A slice of whole customers.
        by: The column of states.
        fold: Which states are shown.
        collapse: Is staying in a state one step?
    """
    found = walks(journeys, by, fold, collapse=collapse)
    states = len(fold.names)
    owner = found.owner
    before = _before(found, owner, states)
    rows_of = np.argsort(found.state, kind="stable")
    edges = np.searchsorted(found.state, np.arange(states + 1), sorter=rows_of)
    n = np.zeros((states, states), dtype=np.int64)
    customers = np.zeros((states, states), dtype=np.int64)
    been = np.zeros(states, dtype=np.int64)
    groups, gaps = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for source in range(states):
        rows = rows_of[edges[source] : edges[source + 1]]
        if not len(rows):
            continue
        first = rows[np.append(True, owner[rows[1:]] != owner[rows[:-1]])]
        been[source] = len(first)
        length = found.starts[owner[first] + 1] - first - 1
        after, start = _spans(first + 1, length), np.repeat(first, length)
        target = found.state[after]
        mine = target == source
        so_far = np.cumsum(mine) - mine  # sources before, in this walk and the ones before it
        begin = np.repeat(np.cumsum(length) - length, length)
        earlier = 1 + so_far - so_far.take(begin)
        n[source] = np.bincount(target, earlier, states).astype(np.int64)
        anew = before[after] <= start  # the first in its state since the source's first
        customers[source] = np.bincount(target[anew], minlength=states)
        groups.append(source * states + target[anew].astype(np.int64))
        gaps.append(found.at[after[anew]] - found.at[start[anew]])
    return PairCounts(n, customers, been, Durations.of(np.concatenate(groups), np.concatenate(gaps)))


def _before(found: Walks, owner: npt.NDArray[np.int32], states: int) -> Ints:
    """Return the walk's row before in the same state, -1 where there is none, shape (rows,)."""
    key = keyed(owner, found.state, states)
    order = np.argsort(key, kind="stable")
    key = key.take(order)
    before = np.full(len(order), -1, dtype=np.int64)
    same = key[1:] == key[:-1]
    before[order[1:][same]] = order[:-1][same]
    return before


def _spans(begin: Ints, length: Ints) -> Ints:
    """Return the rows of spans, one after the other."""
    return np.repeat(begin - (np.cumsum(length) - length), length) + np.arange(int(length.sum()))


def eventually(journeys: Journeys, by: str, top: int | None, collapse: bool) -> Figure:
    """Answer which state comes at any time after which.

    Args:
        journeys: Everybody's.
        by: The column of states.
        top: Show the most common states, and the rest as ``(other)``; None for all.
        collapse: Is staying in a state one step?

    Returns:
        Rows source, target, n (pairs of interactions), customers (who have one), share (of the customers who were in
        the source) with low and high, seconds_median and seconds_p90 (from a customer's first in the source to the
        first in the target after it), hidden, low_n, most customers first.
    """
    fold = fold_of(journeys, by, top)
    counts, notes = counted(journeys, by, partial(count, by=by, fold=fold, collapse=collapse))
    states = len(fold.names)
    cells = np.flatnonzero(counts.n)
    cells = cells[np.lexsort((cells, -counts.n.ravel()[cells], -counts.customers.ravel()[cells]))]
    source, target = cells // max(states, 1), cells % max(states, 1)
    people, pairs = counts.customers.ravel()[cells], counts.n.ravel()[cells]
    numbers = np.concatenate([wilson(people, counts.been[source]), counts.seconds.quantiles(cells).T])
    numbers[:, people < HIDDEN_N] = np.nan
    return Figure(
        "eventually",
        columns(
            _SCHEMA,
            [fold.names[state] for state in source],
            [fold.names[state] for state in target],
            pairs,
            people,
            *numbers,
            people < HIDDEN_N,
            people < LOW_N,
        ),
        phrase(
            "What comes after what at any time, by {by}: pairs of interactions whatever lies "
            "between; the customers with one, as a share of all who were in the source, with 95 "
            "% intervals (Wilson); and the time from their first in the source to the first in "
            "the target after it.",
            by=by,
        ),
        notes,
        facts={"by": by, "pairs": int(counts.n.sum())},
        behind=lambda row: _behind(
            journeys, walks(journeys, by, fold, collapse=collapse), int(source[row]), int(target[row])
        ),
    )


def _behind(journeys: Journeys, found: Walks, source: int, target: int) -> Ints:
    """Return who has the target after the source: its last is later than the source's first."""
    first = np.full(len(found.customer), len(found.state))
    last = np.full(len(found.customer), -1)
    rows, owner = np.arange(len(found.state)), found.owner
    here, there = found.state == source, found.state == target
    np.minimum.at(first, owner[here], rows[here])
    np.maximum.at(last, owner[there], rows[there])
    keys: Ints = journeys.keys[found.customer[first < last]]
    return keys
