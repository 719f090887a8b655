"""What a journey is like, as numbers: shares of states, transitions, how much and how long, and sentiment."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.sequences.visits import DAY
from touchline.warehouse.index.journeys import NO_SIGN, Floats, Ints, Journeys
from touchline.words import phrase

Matrix = npt.NDArray[np.float32]
#: States, or pairs of them.
Numbers = npt.NDArray[np.int16]

#: States and transitions that have a column of their own; the rest is one state, "other".
STATES: Final = 24
TRANSITIONS: Final = 24
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Features:
    """Features of customers.

    Attributes:
        states: What a customer can be at or do, the most frequent first.
        counts: Interactions per state, shape (customers, states).
        events: Interactions, shape (customers,).
        days: Days from first to last interaction.
        scored: Interactions with a sign.
        signs: Sum of their signs.
        matrix: The scaled features that distances are taken of, shape (customers, features).
        said: What they are, in words.
    """

    states: tuple[str, ...]
    counts: Matrix
    events: Ints
    days: Floats
    scored: Floats
    signs: Floats
    matrix: Matrix
    said: tuple[str, ...]


def features(journeys: Journeys, of: str) -> Features:
    """Return the features of every customer.

    Each block (shares of states; transitions as tf-idf, of length 1; the logarithms of interactions and days; mean
    sentiment) is centred and scaled to a total variance of 1, so that no block weighs more for having more columns.

    Args:
        journeys: Whole journeys; at least one customer.
        of: The column whose names are the states.

    Raises:
        QuestionError: There is no such column of names.
    """
    states, table = _states(journeys, of)
    width = len(states)
    parts, often = journeys.counted(lambda part: _met(part, of, table, width), _both)
    counts = np.concatenate(parts)
    begins, ends = journeys.starts[:-1], journeys.starts[1:] - 1
    events = np.diff(journeys.starts)
    days = (journeys.at[ends] - journeys.at[begins]) / DAY
    scored, signs = _signs(journeys)
    shares = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float32, copy=False)
    blocks = [
        (phrase("shares of {width} states of {of}", width=width, of=of), shares),
        (
            phrase("tf-idf of the {transitions} most frequent transitions", transitions=TRANSITIONS),
            _transitions(journeys, of, table, often),
        ),
        (
            phrase("logarithms of interactions and of days from first to last"),
            np.stack([np.log1p(events), np.log1p(days)], axis=1).astype(np.float32),
        ),
    ]
    if scored.any():
        sentiment = (signs / np.maximum(scored, 1)).astype(np.float32)
        blocks.append((phrase("mean sentiment, 0 where nothing was scored"), sentiment[:, None]))
    return Features(
        states=states,
        counts=counts,
        events=events,
        days=days,
        scored=scored,
        signs=signs,
        matrix=_beside([block for _, block in blocks]),
        said=tuple(name for name, _ in blocks),
    )


def _states(journeys: Journeys, of: str) -> tuple[tuple[str, ...], Numbers]:
    """Return the most frequent states, and the state of each code, -1 for none; the rarer ones are one."""
    coded = journeys.coded(of)
    often = journeys.counted(lambda part: _often(part, of), np.add)
    order = sorted(np.flatnonzero(often).tolist(), key=lambda code: (-often[code], coded.names[code]))
    names = [coded.names[code] for code in order[:STATES]]
    table = np.full(len(coded.names) + 1, -1, dtype=np.int16)
    table[order[:STATES]] = np.arange(len(names))
    if len(order) > STATES:
        table[order[STATES:]] = len(names)
        names.append(OTHER)
    return tuple(names), table


def _often(journeys: Journeys, of: str) -> Ints:
    coded = journeys.coded(of)
    found: Ints = np.bincount(coded.codes + np.int64(1), minlength=len(coded.names) + 1)[1:]
    return found


def _held(journeys: Journeys, of: str, table: Numbers) -> tuple[npt.NDArray[np.int32], Numbers]:
    """Return the customer and the state of every row that has one."""
    code = table.take(journeys.coded(of).codes, mode="wrap")
    if (code >= 0).all():
        return journeys.owner, code
    rows = np.flatnonzero(code >= 0)
    return journeys.owner.take(rows), code.take(rows)


def _met(journeys: Journeys, of: str, table: Numbers, width: int) -> tuple[list[Matrix], Ints]:
    """Return each customer's rows by state, shape (customers, states), and how often each transition was made.

    The former in a list, so that parts are put one under the other once.
    """
    owner, held = _held(journeys, of, table)
    key = owner * np.int64(width)
    key += held
    counts = np.bincount(key, minlength=journeys.customers * width).reshape(-1, width).astype(np.float32)
    return [counts], np.bincount(_pairs(owner, held, width), minlength=width * width + 1)[:-1]


def _pairs(owner: npt.NDArray[np.int32], held: Numbers, width: int) -> Numbers:
    """Return each row's transition to the next: its number; width squared where the customer's rows end."""
    pair = held[:-1] * np.int16(width)
    pair += held[1:]
    pair[owner[1:] != owner[:-1]] = width * width
    return pair


def _both(one: tuple[list[Matrix], Ints], other: tuple[list[Matrix], Ints]) -> tuple[list[Matrix], Ints]:
    return one[0] + other[0], one[1] + other[1]


def _transitions(journeys: Journeys, of: str, table: Numbers, often: Ints) -> Matrix:
    chosen = np.argsort(-often, kind="stable")[: min(TRANSITIONS, int((often > 0).sum()))]
    many = max(len(chosen), 1)
    column = np.full(len(often) + 1, many, dtype=np.int16)
    column[chosen] = np.arange(len(chosen))
    width = round(len(often) ** 0.5)
    counts = np.concatenate(journeys.counted(lambda part: [_chosen(part, of, table, width, column, many)], add))
    rarity = np.log((1 + len(counts)) / (1 + np.count_nonzero(counts, axis=0))) + 1
    counts *= rarity.astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", counts, counts))
    counts /= np.maximum(length, 1e-9)[:, None]
    return counts


def _chosen(journeys: Journeys, of: str, table: Numbers, width: int, column: Numbers, many: int) -> Matrix:
    """Return how often each customer made the chosen transitions, shape (customers, many)."""
    owner, held = _held(journeys, of, table)
    which = column.take(_pairs(owner, held, width))
    rows = np.flatnonzero(which < many)
    key = owner.take(rows) * np.int64(many)
    key += which.take(rows)
    return np.bincount(key, minlength=journeys.customers * many).reshape(-1, many).astype(np.float32)


def _signs(journeys: Journeys) -> tuple[Floats, Floats]:
    """Return how many signs each customer has, and their sum."""
    if "s" not in journeys.columns:
        return np.zeros(journeys.customers), np.zeros(journeys.customers)
    numbers = journeys.numbers("s")
    rows = np.flatnonzero(numbers != NO_SIGN if numbers.dtype == np.int8 else ~np.isnan(numbers))
    owner = journeys.owner.take(rows)
    return (
        np.bincount(owner, minlength=journeys.customers).astype(np.float64),
        np.bincount(owner, numbers.take(rows), journeys.customers).astype(np.float64, copy=False),
    )


def _beside(blocks: list[Matrix]) -> Matrix:
    """Return blocks beside each other, each centred and scaled to a total variance of 1."""
    whole = np.concatenate(blocks, axis=1)
    whole -= (np.einsum("ij->j", whole, dtype=np.float64) / len(whole)).astype(np.float32)
    widths = [block.shape[1] for block in blocks]
    squares = np.einsum("ij,ij->j", whole, whole, dtype=np.float64)
    variance = np.add.reduceat(squares, np.cumsum([0, *widths[:-1]])) / len(whole)
    whole /= np.repeat(np.sqrt(np.maximum(variance, 1e-12)).astype(np.float32), widths)
    return whole
