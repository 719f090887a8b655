"""Where customers are after so many steps."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.tabling import columns
from touchline.sequences.walks import Fold, Walks, counted, fold_of, walks
from touchline.warehouse.index.journeys import Ints, Journeys
from touchline.words import phrase

#: The journey was over before.
ENDED: Final = "(ended)"

_SCHEMA: Final = pa.schema(
    [
        ("state", pa.string()),
        ("position", pa.int64()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


def count(journeys: Journeys, by: str, fold: Fold, steps: int, collapse: bool) -> Ints:
    """Count customers by state (the ended last) and position: the kernel; shape (states + 1, steps)."""
    found = walks(journeys, by, fold, collapse=collapse)
    length = np.diff(found.starts)
    counts = np.zeros((len(fold.names) + 1, steps), dtype=np.int64)
    begin = found.starts[:-1]
    for position in range(steps):
        if position:  # those who are still there
            going = length > position
            begin, length = begin[going], length[going]
        counts[:-1, position] = np.bincount(found.state.take(begin + position), minlength=len(fold.names))
    counts[-1] = len(found.customer) - counts[:-1].sum(axis=0)
    return counts


def step_matrix(journeys: Journeys, by: str, steps: int, top: int | None, collapse: bool) -> Figure:
    """Answer where customers are at each of their first steps.

    Args:
        journeys: Everybody's.
        by: The column of states.
        steps: How many positions.
        top: Show the most common states, and the rest as ``(other)``; None for all.
        collapse: Is staying in a state one step?

    Returns:
        Rows state, position (from 1), n (customers there), customers (all), share with low and high, hidden, low_n. The
        shares of a position add up to 1, with the ended among them.
    """
    if not 1 <= steps <= 1000:
        raise QuestionError(
            phrase("cannot show {steps} steps", steps=steps), where="steps", todo=phrase("give 1 to 1000")
        )
    fold = fold_of(journeys, by, top)
    kernel = partial(count, by=by, fold=fold, steps=steps, collapse=collapse)
    counts, notes = counted(journeys, by, kernel)
    everyone = int(counts[:, 0].sum())
    shown = [state for state in range(len(counts)) if counts[state].any() or state == len(fold.names)]
    n = counts[shown].ravel()
    rate = wilson(n, everyone) if everyone >= HIDDEN_N else np.full((3, len(n)), np.nan)
    return Figure(
        "step_matrix",
        columns(
            _SCHEMA,
            [name for state in shown for name in [(*fold.names, ENDED)[state]] * steps],
            np.tile(np.arange(1, steps + 1), len(shown)),
            n,
            [everyone] * len(n),
            *rate,
            [everyone < HIDDEN_N] * len(n),
            [everyone < LOW_N] * len(n),
        ),
        phrase(
            "Customers by {by} at each of their first {steps} steps, as a share of all, with 95 % intervals (Wilson).",
            by=by,
            steps=steps,
        ),
        notes,
        facts={"by": by, "steps": steps, "customers": everyone},
        behind=lambda row: _behind(
            journeys, walks(journeys, by, fold, collapse=collapse), len(fold.names), shown[row // steps], row % steps
        ),
    )


def _behind(journeys: Journeys, found: Walks, ended: int, state: int, position: int) -> Ints:
    there = np.diff(found.starts) > position
    held = np.full(len(there), ended)
    held[there] = found.state[found.starts[:-1][there] + position]
    keys: Ints = journeys.keys[found.customer[held == state]]
    return keys
