"""Journeys as walks from state to state: by stage, event, channel or any column of names."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.errors import QuestionError
from touchline.sequences.units import column_of
from touchline.warehouse.index.journeys import Bools, Counts, Ints, Journeys
from touchline.words import phrase

START: Final = "(start)"
END: Final = "(end)"
OTHER: Final = "(other)"


@dataclass(frozen=True, slots=True)
class Fold:
    """The states that are shown, and the rest as one.

    Attributes:
        names: Of the states, `OTHER` last where there is one.
        table: From a code to the state's number, shape (codes,); None where they are the same.
    """

    names: tuple[str, ...]
    table: Ints | None


@dataclass(frozen=True, slots=True)
class Walks:
    """The states that customers went through; customers without one are not among them.

    Attributes:
        state: Number of the state, shape (rows,).
        at: Microseconds, shape (rows,).
        starts: Where each walk begins, and the number of rows, shape (walks + 1,).
        customer: Number of each walk's customer in the journeys, shape (walks,).
        whole: The journeys, where each of their rows has a state; None where some are not among the walks.
    """

    state: npt.NDArray[Any]
    at: Ints
    starts: Ints
    customer: Ints
    whole: Journeys | None = None

    @property
    def owner(self) -> npt.NDArray[np.int32]:
        """Number of each row's walk, shape (rows,)."""
        if self.whole is not None:
            return self.whole.owner
        return np.repeat(np.arange(len(self.customer), dtype=np.int32), np.diff(self.starts))


def state_counts(journeys: Journeys, by: str) -> Ints:
    """Return how often each code of a column is met, after how many rows have none: a kernel whose counts add up."""
    coded = journeys.coded(column_of(journeys, by))
    return np.bincount(
        coded.codes.astype(np.int16 if len(coded.names) < 2**15 else np.int64) + 1, minlength=len(coded.names) + 1
    )


def counted(journeys: Journeys, by: str, kernel: Callable[[Journeys], Counts]) -> tuple[Counts, tuple[str, ...]]:
    """Return what a kernel counts whose counts add up, and what a reader must know of rows without a state."""
    counts, rows = journeys.counted(partial(_beside, kernel=kernel, by=by), _both)
    return counts, (phrase("{rows} interactions have no {by} and are passed over.", rows=rows, by=by),) if rows else ()


def _beside(journeys: Journeys, kernel: Callable[[Journeys], Counts], by: str) -> tuple[Counts, int]:
    return kernel(journeys), int(np.count_nonzero(journeys.coded(column_of(journeys, by)).codes < 0))


def _both(one: tuple[Any, int], other: tuple[Any, int]) -> tuple[Any, int]:
    return one[0] + other[0], one[1] + other[1]


def fold_of(journeys: Journeys, by: str, top: int | None) -> Fold:
    """Return the states of a column that are shown; see `folded`.

    Raises:
        QuestionError: There is no such column, or nothing to show.
    """
    names = journeys.coded(column_of(journeys, by)).names
    if top is None:
        return folded(names, np.zeros(0, np.int64), None)
    return folded(names, journeys.counted(partial(state_counts, by=by), operator.add)[1:], top)


def folded(names: tuple[str, ...], counts: Ints, top: int | None) -> Fold:
    """Return the most common states, ties by name, and the rest as `OTHER`.

    Args:
        names: Of the codes.
        counts: How often each is met.
        top: How many to show; None for all.

    >>> folded(("a", "b", "c"), np.array([1, 3, 2]), 2).names
    ('b', 'c', '(other)')
    """
    if top is not None and top < 1:
        raise QuestionError(
            phrase("cannot show the {top} most common", top=top), where="top", todo=phrase("give 1 or more")
        )
    if top is None or top >= len(names):
        return Fold(names, None)
    order = sorted(range(len(names)), key=lambda code: (-counts[code], names[code]))[:top]
    table = np.full(len(names), top, dtype=np.int64)
    table[order] = np.arange(top)
    return Fold((*(names[code] for code in order), OTHER), table)


def walks(journeys: Journeys, by: str, fold: Fold | None = None, *, collapse: bool = False) -> Walks:
    """Return customers' walks; rows without a state are passed over.

    Args:
        journeys: A slice of whole customers.
        by: The column of states.
        fold: Which states are shown; None for all codes.
        collapse: Is staying in a state one step?
    """
    codes = journeys.coded(column_of(journeys, by)).codes
    state: npt.NDArray[Any] = codes if codes.dtype != np.int64 else codes.astype(np.int32)
    there = state >= 0
    if fold is not None and fold.table is not None:
        state = np.append(fold.table, -1).astype(np.int16).take(state, mode="wrap")
    if not there.all() or collapse:
        if collapse:
            there = _moves(state, there, journeys)
        rows = np.flatnonzero(there)
        starts = np.append(0, np.cumsum(there))[journeys.starts]
        some = np.diff(starts) > 0
        begin = np.append(starts[:-1][some], len(rows))
        return Walks(state.take(rows), journeys.at.take(rows), begin, np.flatnonzero(some))
    return Walks(state, journeys.at, journeys.starts, np.arange(journeys.customers), journeys)


def _moves(state: npt.NDArray[Any], there: Bools, journeys: Journeys) -> Bools:
    """Return the rows that have a state, and another one than the row before that has one."""
    rows = np.flatnonzero(there)
    new = np.ones(len(rows), dtype=np.bool_)
    same = (state[rows][1:] == state[rows][:-1]) & (journeys.owner[rows][1:] == journeys.owner[rows][:-1])
    new[1:] = ~same
    kept = np.zeros(len(state), dtype=np.bool_)
    kept[rows[new]] = True
    return kept
