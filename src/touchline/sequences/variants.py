"""Whole journeys that are alike, and how common each is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.durations import Durations
from touchline.sequences.tabling import columns
from touchline.sequences.walks import OTHER, Fold, Walks, counted, fold_of, walks
from touchline.warehouse.index.journeys import Ints, Journeys
from touchline.words import phrase

_SCHEMA: Final = pa.schema(
    [
        ("rank", pa.int64()),
        ("variant", pa.string()),
        ("steps", pa.int64()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("cumulative", pa.float64()),
        ("seconds_median", pa.float64()),
        ("seconds_p90", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_INVERSE: Final = np.uint64(pow(int(_FACTOR), -1, 2**64))


@dataclass(frozen=True, slots=True)
class VariantCounts:
    """Journeys by what they are; adds up over slices of customers.

    Attributes:
        name: A number for each journey, equal for equal ones, shape (customers,).
        took: Microseconds that each took.
        known: The distinct numbers, ascending in what `merged` returns.
        n: How many journeys have each.
        state: The states of journeys, one after the other.
        begin: Where in ``state`` the journey that stands for each number begins, shape (numbers,).
        length: How many states it has.
    """

    name: Ints
    took: Ints
    known: Ints
    n: Ints
    state: npt.NDArray[Any]
    begin: Ints
    length: Ints

    def __add__(self, other: VariantCounts) -> VariantCounts:
        added = replace(other, begin=other.begin + len(self.state))
        return VariantCounts(*(
            np.concatenate([getattr(self, part.name), getattr(added, part.name)]) for part in fields(self)
        ))  # fmt: skip

    def merged(self) -> VariantCounts:
        """Return the same with each number once.

        Two different journeys of one number would be counted as one: 3 in 10^10 runs over 100,000 customers. So every
        journey is compared with the one that stands for its number.

        Raises:
            TwoOfOneNumberError: Two are different.
        """
        order = np.argsort(self.known)
        known = self.known.take(order)
        new = np.append(True, known[1:] != known[:-1])[: len(known)]
        first = np.flatnonzero(new)
        stands, again = order.take(first), np.flatnonzero(~new)
        mine, its = order.take(again), stands.take(np.cumsum(new).take(again) - 1)
        if not (
            np.array_equal(self.length.take(mine), self.length.take(its))
            and np.array_equal(self.states(mine), self.states(its))
        ):
            raise TwoOfOneNumberError
        state, begin, length = self.state, self.begin.take(stands), self.length.take(stands)
        if 2 * length.sum() < len(state):  # few journeys stand for many: the others need not be carried along
            state, begin = self.states(stands), np.cumsum(length) - length
        n = np.add.reduceat(self.n.take(order), first) if len(first) else first
        return VariantCounts(self.name, self.took, known.take(first), n, state, begin, length)

    def states(self, which: Ints) -> npt.NDArray[Any]:
        """Return the states of some of the journeys that stand for numbers, one after the other."""
        length = self.length.take(which)
        rows = np.repeat(self.begin.take(which) - (np.cumsum(length) - length), length)
        rows += np.arange(len(rows))
        return self.state.take(rows)


class TwoOfOneNumberError(Exception):
    """Two different journeys got one number; another seed gives others."""


def _powers(base: np.uint64, many: int) -> npt.NDArray[np.uint64]:
    """Return base^0, base^1 ... in 64 bits."""
    found = np.ones(many, dtype=np.uint64)
    ready = 1
    while ready < many:
        more = found[ready : 2 * ready]
        np.multiply(found[: len(more)], base, out=more)
        with np.errstate(over="ignore"):
            base, ready = base * base, 2 * ready
    return found


def _names(found: Walks, states: int, seed: int) -> Ints:
    """Return a number for each walk from its states and their places: sum of T(state) B^place, mixed, in 64 bits."""
    rng = np.random.default_rng(seed)
    of_state = rng.integers(1, 2**63, states + 1, dtype=np.uint64)
    value = of_state.take(found.state)
    value *= _powers(_FACTOR, len(value))
    np.cumsum(value, out=value)
    summed = np.diff(value.take(found.starts[1:] - 1), prepend=np.uint64(0))
    # The powers went on from the first row of all: B is odd, so that it can be divided by.
    begin = found.starts[:-1]
    summed *= _powers(_INVERSE, int(begin.max(initial=0)) + 1).take(begin)
    summed ^= summed >> np.uint64(32)
    summed *= _FACTOR
    named: Ints = (summed ^ (summed >> np.uint64(29))).view(np.int64)
    return named


def count(journeys: Journeys, by: str, fold: Fold, collapse: bool, seed: int = 0) -> VariantCounts:
    """Count journeys by what they are: the kernel."""
    found = walks(journeys, by, fold, collapse=collapse)
    name, one = _names(found, len(fold.names), seed), np.ones(len(found.customer), dtype=np.int64)
    took = found.at.take(found.starts[1:] - 1) - found.at.take(found.starts[:-1])
    return VariantCounts(name, took, name, one, found.state, found.starts[:-1], np.diff(found.starts)).merged()


def variants(journeys: Journeys, by: str, top: int, states: int | None, collapse: bool) -> Figure:
    """Answer which whole journeys there are.

    Args:
        journeys: Everybody's.
        by: The column of states.
        top: So many variants, most common first; the others together.
        states: Show the most common states, and the rest as ``(other)``; None for all.
        collapse: Is staying in a state one step?

    Returns:
        Rows rank, variant, steps, n, customers, share with low and high, cumulative, seconds_median and seconds_p90
        from the first interaction to the last, hidden, low_n; the last row is ``(other)``.
    """
    if top < 1:
        raise QuestionError(
            phrase("cannot show the {top} most common", top=top), where="top", todo=phrase("give 1 or more")
        )
    fold = fold_of(journeys, by, states)
    counts, notes, seed = _counted(journeys, by, partial(count, by=by, fold=fold, collapse=collapse))
    chosen = _most_common(counts, top, fold.names)
    shown, everyone = counts.known[chosen], len(counts.name)
    n = counts.n[chosen].tolist()
    rank = [*range(1, len(n) + 1)]
    steps: list[int | None] = counts.length[chosen].tolist()
    called = [" > ".join(_path(counts, variant, fold.names)) for variant in chosen]
    if everyone > sum(n):
        n, rank, steps, called = [*n, everyone - sum(n)], [*rank, None], [*steps, None], [*called, OTHER]
    rate = np.stack([*wilson(n, everyone), np.cumsum(n) / max(everyone, 1)])
    took = Durations.of(_among(shown, counts.name), counts.took).quantiles(np.arange(len(n))).T
    rate[:, everyone < HIDDEN_N], took[:, np.array(n) < HIDDEN_N] = np.nan, np.nan
    hidden, few = [everyone < HIDDEN_N] * len(n), [everyone < LOW_N] * len(n)

    def behind(row: int) -> Ints:
        found = walks(journeys, by, fold, collapse=collapse)
        keys: Ints = journeys.keys[found.customer[_among(shown, _names(found, len(fold.names), seed)) == row]]
        return keys

    return Figure(
        "variants",
        columns(_SCHEMA, rank, called, steps, n, n, *rate, *took, hidden, few),
        phrase(
            "Whole journeys by {by}, the most common first, as a share of all customers, with 95 % intervals (Wilson).",
            by=by,
        ),
        notes,
        facts={"by": by, "customers": everyone, "variants": len(counts.known)},
        behind=behind,
    )


def _counted(
    journeys: Journeys, by: str, kernel: Callable[..., VariantCounts], seed: int = 0
) -> tuple[VariantCounts, tuple[str, ...], int]:
    """Count with the first seed under which no two journeys share a number; return that too."""
    try:
        counts, notes = counted(journeys, by, partial(kernel, seed=seed))
        return counts.merged(), notes, seed
    except TwoOfOneNumberError:
        return _counted(journeys, by, kernel, seed + 1)


def _among(shown: Ints, name: Ints) -> Ints:
    """Return the place of each number among those that are shown, and how many these are where it is not."""
    place = np.full(len(name), len(shown))
    few = np.zeros(1 << 16, dtype=np.bool_)
    few[shown.astype(np.uint16)] = True
    rows = np.flatnonzero(few.take(name.astype(np.uint16)))  # whose last bits are those of one
    at, number = np.nonzero(name.take(rows)[:, None] == shown)
    place[rows[at]] = number
    return place


def _most_common(counts: VariantCounts, top: int, names: tuple[str, ...]) -> list[int]:
    """Return the most common variants; of equally common ones the shorter first, then by their states' names."""
    n, length = counts.n, counts.length
    order = np.arange(len(n))
    if len(n) > top:  # none rarer than the last that is shown need be looked at
        order = np.flatnonzero(n >= np.partition(n, -top)[-top])
        order = order[np.lexsort((length[order], -n[order]))]
        last = order[top - 1]
        tied = order[(n[order] == n[last]) & (length[order] == length[last])]
        first = int(np.flatnonzero(order == tied[0])[0])
        rank = np.argsort(np.argsort(np.array(names, dtype=object), kind="stable"))
        of_tied = rank[counts.states(tied)].reshape(len(tied), -1)
        order = np.append(order[:first], tied[np.lexsort(of_tied.T[::-1])])[:top]
    return sorted(order.tolist(), key=lambda v: (-n[v], length[v], _path(counts, v, names)))


def _path(counts: VariantCounts, variant: int, names: tuple[str, ...]) -> list[str]:
    begin = counts.begin[variant]
    return [names[state] for state in counts.state[begin : begin + counts.length[variant]].tolist()]
