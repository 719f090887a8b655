"""Whole journeys that are alike, and how common each is."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.durations import SECOND
from touchline.sequences.transitions import notes
from touchline.sequences.walks import OTHER, Fold, Walks, fold_of, passed_over, walks
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
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
        name: A number for each journey, equal for equal ones, shape (customers,), ascending.
        seconds: How long each took.
        known: The distinct numbers, ascending.
        state: The states of journeys, one after the other.
        begin: Where in ``state`` the journey that stands for each number begins, shape (numbers,).
        length: How many states it has.
    """

    name: Ints
    seconds: Ints
    known: Ints
    state: npt.NDArray[Any]
    begin: Ints
    length: Ints

    def __add__(self, other: VariantCounts) -> VariantCounts:
        place = np.minimum(np.searchsorted(self.known, other.known), max(len(self.known) - 1, 0))
        shared = self.known[place] == other.known if len(self.known) else np.zeros(len(other.known), dtype=np.bool_)
        if not (
            np.array_equal(self.length[place[shared]], other.length[shared])
            and np.array_equal(self.states(place[shared]), other.states(shared))
        ):
            raise _TwoOfOneNumberError
        name = np.concatenate([self.name, other.name])
        order = np.argsort(name, kind="stable")
        known = np.concatenate([self.known, other.known[~shared]])
        back = np.argsort(known, kind="stable")
        return VariantCounts(
            name[order],
            np.concatenate([self.seconds, other.seconds])[order],
            known[back],
            np.concatenate([self.state, other.state]),
            np.concatenate([self.begin, other.begin[~shared] + len(self.state)])[back],
            np.concatenate([self.length, other.length[~shared]])[back],
        )

    def states(self, which: Ints | Bools) -> npt.NDArray[Any]:
        """Return the states of some of the distinct journeys, one after the other."""
        return self.state[_spans(self.begin[which], self.length[which])]


def _spans(begin: Ints, length: Ints) -> Ints:
    """Return the rows of spans, one after the other."""
    shift = np.repeat(begin - (np.cumsum(length) - length), length)
    return shift + np.arange(len(shift))


def _names(found: Walks, states: int, seed: int) -> Ints:
    """Return a number for each walk from its states and their places: sum of T(state) B^place, mixed, in 64 bits."""
    rng = np.random.default_rng(seed)
    of_state = rng.integers(1, 2**63, states + 1, dtype=np.uint64)
    powers = np.full(len(found.state) + 1, _FACTOR, dtype=np.uint64)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    value = of_state.take(found.state)
    value *= powers[:-1]
    begin = found.starts[:-1]
    summed = np.add.reduceat(value, begin) if len(begin) else value
    # The powers went on from the first row of all: B is odd, so that it can be divided by.
    back = np.full(int(begin.max(initial=0)) + 1, _INVERSE, dtype=np.uint64)
    back[0] = 1
    np.multiply.accumulate(back, out=back)
    summed *= back.take(begin)
    summed ^= summed >> np.uint64(32)
    summed *= _FACTOR
    named: Ints = (summed ^ (summed >> np.uint64(29))).view(np.int64)
    return named


def count(journeys: Journeys, by: str, fold: Fold, collapse: bool, seed: int = 0) -> VariantCounts:
    """Count journeys by what they are: the kernel.

    Two different journeys of one number would be counted as one: 3 in 10^10 runs over 100,000 customers. So every
    journey is compared with the one that stands for its number.
    """
    found = walks(journeys, by, fold, collapse=collapse)
    name = _names(found, len(fold.names), seed)
    length = np.diff(found.starts)
    order = np.argsort(name, kind="stable")
    ordered = name[order]
    new = np.ones(len(name), dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    first = order[new]
    if not _alike(found, order, new):
        raise _TwoOfOneNumberError
    took = (found.at[found.starts[1:] - 1] - found.at[found.starts[:-1]]) // SECOND
    state, begin, length = found.state, found.starts[:-1][first], length[first]
    if 2 * length.sum() < len(state):  # few journeys stand for many: the others need not be carried along
        state, begin = state[_spans(begin, length)], np.cumsum(length) - length
    return VariantCounts(ordered, took[order], ordered[new], state, begin, length)


class _TwoOfOneNumberError(Exception):
    """Two different journeys got one number; another seed gives others."""


def _alike(found: Walks, order: Ints, new: Bools) -> bool:
    """Is every walk the same as the first of its number?"""
    length = np.diff(found.starts)
    stands = order[np.flatnonzero(new)[np.cumsum(new) - 1]]
    others = ~new
    mine, its = order[others], stands[others]
    if not np.array_equal(length[mine], length[its]):
        return False
    begin = found.starts[:-1]
    return np.array_equal(found.state[_spans(begin[mine], length[mine])], found.state[_spans(begin[its], length[its])])


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
    counts, seed = _counted(journeys, partial(count, by=by, fold=fold, collapse=collapse))
    edges = np.append(np.searchsorted(counts.name, counts.known), len(counts.name))
    n, length = np.diff(edges), counts.length
    chosen = _most_common(counts, n, top, fold.names)
    everyone, rows, so_far = len(counts.name), [], 0
    for rank, variant in enumerate(chosen, 1):
        so_far += int(n[variant])
        row = _row(rank, _text(counts, variant, fold.names), int(n[variant]), everyone, so_far)
        rows.append(row | {"steps": int(length[variant])} | _took(counts.seconds[edges[variant] : edges[variant + 1]]))
    if everyone > so_far:
        rest = np.ones(everyone, dtype=np.bool_)
        for variant in chosen:
            rest[edges[variant] : edges[variant + 1]] = False
        rows.append(_row(None, OTHER, everyone - so_far, everyone, everyone) | _took(counts.seconds[rest]))

    def behind(row: int) -> Ints:
        found = walks(journeys, by, fold, collapse=collapse)
        number = _names(found, len(fold.names), seed)
        shown = counts.known[chosen]
        there = number == shown[row] if row < len(chosen) else ~np.isin(number, shown)
        return journeys.keys[found.customer[there]]

    return Figure(
        "variants",
        pa.Table.from_pylist(rows, schema=_SCHEMA),
        phrase(
            "Whole journeys by {by}, the most common first, as a share of all customers, with 95 % intervals (Wilson).",
            by=by,
        ),
        notes(passed_over(journeys, by), by),
        facts={"by": by, "customers": everyone, "variants": len(counts.known)},
        behind=behind,
    )


def _counted(journeys: Journeys, kernel: Callable[..., VariantCounts], seed: int = 0) -> tuple[VariantCounts, int]:
    """Count with the first seed under which no two journeys share a number; return that too."""
    try:
        return journeys.counted(partial(kernel, seed=seed), operator.add), seed
    except _TwoOfOneNumberError:
        return _counted(journeys, kernel, seed + 1)


def _most_common(counts: VariantCounts, n: Ints, top: int, names: tuple[str, ...]) -> list[int]:
    """Return the most common variants; of equally common ones the shorter first, then by their states' names."""
    length = counts.length
    if len(n) > top:  # none rarer than the last that is shown need be looked at
        likely = np.flatnonzero(n >= np.partition(n, -top)[-top])
        order = likely[np.lexsort((length[likely], -n[likely]))]
    else:
        order = np.arange(len(n))
    if len(order) > top:
        last = order[top - 1]
        tied = np.flatnonzero((n == n[last]) & (length == length[last]))
        sure = order[: np.searchsorted(-n[order], -n[last])]
        between = order[len(sure) :]
        sure = np.append(sure, between[(n[between] == n[last]) & (length[between] < length[last])])
        rank = np.argsort(np.argsort(np.array(names, dtype=object), kind="stable"))
        of_tied = rank[counts.states(tied)].reshape(len(tied), -1)
        order = np.append(sure, tied[np.lexsort(of_tied.T[::-1])][: top - len(sure)])
    return sorted(order.tolist(), key=lambda v: (-n[v], length[v], _path(counts, v, names)))


def _path(counts: VariantCounts, variant: int, names: tuple[str, ...]) -> list[str]:
    return [names[state] for state in counts.states(np.array([variant]))]


def _text(counts: VariantCounts, variant: int, names: tuple[str, ...]) -> str:
    return " > ".join(_path(counts, variant, names))


def _row(rank: int | None, variant: str, n: int, everyone: int, so_far: int) -> dict[str, Any]:
    share, low, high = (float(x) for x in wilson(n, everyone))
    row: dict[str, Any] = {"rank": rank, "variant": variant, "n": n, "customers": n, "hidden": everyone < HIDDEN_N}
    row |= {"low_n": everyone < LOW_N}
    return row if row["hidden"] else row | {"share": share, "low": low, "high": high, "cumulative": so_far / everyone}


def _took(seconds: Ints) -> dict[str, float]:
    if len(seconds) < HIDDEN_N:
        return {}
    median, p90 = np.quantile(seconds, (0.5, 0.9))
    return {"seconds_median": float(median), "seconds_p90": float(p90)}
