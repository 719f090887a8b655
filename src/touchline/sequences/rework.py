"""Loops: states that customers stay in or come back to, and what that adds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.durations import Durations
from touchline.sequences.tally import Tally, keyed
from touchline.sequences.walks import Fold, Walks, counted, fold_of, walks
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase

_SCHEMA: Final = pa.schema(
    [
        ("state", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("repeats", pa.int64()),
        ("returns", pa.int64()),
        ("extra", pa.int64()),
        ("extra_share", pa.float64()),
        ("returning", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("from", pa.string()),
        ("from_share", pa.float64()),
        ("away_seconds_median", pa.float64()),
        ("away_seconds_p90", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class ReworkCounts:
    """Adds up over slices of customers; the first four by state.

    Attributes:
        n: Interactions.
        customers: Customers who were there.
        repeats: Interactions right after one of the same state.
        returning: Customers who came back after leaving.
        back: Returns by state and the state that they came from: ``state * states + from``.
        away: Time between leaving and coming back, by state.
    """

    n: Ints
    customers: Ints
    repeats: Ints
    returning: Ints
    back: Tally
    away: Durations

    def __add__(self, other: ReworkCounts) -> ReworkCounts:
        return ReworkCounts(
            self.n + other.n,
            self.customers + other.customers,
            self.repeats + other.repeats,
            self.returning + other.returning,
            self.back + other.back,
            self.away + other.away,
        )


@dataclass(frozen=True, slots=True)
class _Visits:
    """Stays in a state, from its first row to the last before another state; by customer and state, then in order."""

    walk: npt.NDArray[np.int32]
    state: Ints
    before: Ints
    begin: Ints
    end: Ints
    again: Bools


def _visits(found: Walks, states: int) -> _Visits:
    """Return the visits, ``again`` where the customer was there before."""
    owner, state = found.owner, found.state.astype(np.int64)
    new = np.ones(len(state), dtype=np.bool_)
    new[1:] = (state[1:] != state[:-1]) | (owner[1:] != owner[:-1])
    begin = np.flatnonzero(new)
    key = keyed(owner[begin], state[begin], states)
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), dtype=np.bool_)
    again[1:] = key[order][1:] == key[order][:-1]
    end = np.append(begin[1:], len(state))[order] - 1 if len(begin) else begin
    begin = begin[order]
    return _Visits(owner[begin], state[begin], state[np.maximum(begin - 1, 0)], begin, end, again)


def count(journeys: Journeys, by: str, fold: Fold) -> ReworkCounts:
    """Count loops: the kernel."""
    found = walks(journeys, by, fold)
    states = len(fold.names)
    visits = _visits(found, states)
    n = np.bincount(found.state, minlength=states)
    customers = np.bincount(visits.state[~visits.again], minlength=states)
    second = visits.again.copy()
    second[1:] &= ~visits.again[:-1]  # of a customer's visits the first that is a return
    back = np.flatnonzero(visits.again)
    state = visits.state[back]
    return ReworkCounts(
        n,
        customers,
        n - np.bincount(visits.state, minlength=states),
        np.bincount(visits.state[second], minlength=states),
        Tally.of(state * states + visits.before[back], states * states),
        Durations.of(state, found.at[visits.begin[back]] - found.at[visits.end[back - 1]]),
    )


def rework(journeys: Journeys, by: str, top: int | None) -> Figure:
    """Answer which states are repeated and come back to.

    Args:
        journeys: Everybody's.
        by: The column of states.
        top: Show the most common states, and the rest as ``(other)``; None for all.

    Returns:
        Rows state, n (interactions), customers, repeats (right after one of the same state), returns (the first of a
        visit after having left), extra (both: ``n = customers + repeats + returns``), extra_share (of n), returning
        (customers who came back at least once), share of customers with low and high, from (the state that they most
        often came back from), from_share (of the returns), away_seconds_median and away_seconds_p90 (between leaving
        and coming back), hidden, low_n; the state with the most extra first.
    """
    fold = fold_of(journeys, by, top)
    counts, notes = counted(journeys, by, partial(count, by=by, fold=fold))
    states = len(fold.names)
    share, low, high = wilson(counts.returning, counts.customers)
    away = counts.away.quantiles(np.arange(states))
    extra = counts.n - counts.customers
    shown = [int(s) for s in np.lexsort((np.arange(states), -extra)) if counts.n[s]]
    rows: list[dict[str, Any]] = []
    for state in shown:
        n, people, repeats = (int(part[state]) for part in (counts.n, counts.customers, counts.repeats))
        row: dict[str, Any] = {"state": fold.names[state], "n": n, "customers": people, "repeats": repeats}
        returns, returning = n - people - repeats, int(counts.returning[state])
        row |= {"returns": returns, "extra": n - people, "returning": returning}
        row |= {"hidden": people < HIDDEN_N, "low_n": people < LOW_N}
        if not row["hidden"]:
            row |= {"extra_share": (n - people) / n, "share": float(share[state])}
            row |= {"low": float(low[state]), "high": float(high[state])}
        if returning >= HIDDEN_N:
            mine = counts.back.cells // states == state
            most = int(np.argmax(counts.back.n[mine]))
            row |= {"from": fold.names[int(counts.back.cells[mine][most]) % states]}
            row |= {"from_share": float(counts.back.n[mine][most] / returns)}
            row |= {"away_seconds_median": float(away[state, 0]), "away_seconds_p90": float(away[state, 1])}
        rows.append(row)

    def behind(row: int) -> Ints:
        found = walks(journeys, by, fold)
        visits = _visits(found, states)
        back = np.unique(visits.walk[visits.again & (visits.state == shown[row])])
        keys: Ints = journeys.keys[found.customer[back]]
        return keys

    return Figure(
        "rework",
        pa.Table.from_pylist(rows, schema=_SCHEMA),
        phrase(
            "Loops by {by}: interactions beyond a customer's first in the state, either right "
            "after one or after having left; the share of customers who came back, with a 95 % "
            "interval (Wilson).",
            by=by,
        ),
        (*notes, phrase("The customers behind a row are those who came back.")),
        facts={"by": by, "interactions": int(counts.n.sum()), "extra": int(extra.sum())},
        behind=behind,
    )
