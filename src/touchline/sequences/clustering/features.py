"""What a journey is like, as numbers: shares of states, transitions, how much and how long, and sentiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.sequences.visits import DAY
from touchline.warehouse.index.journeys import NO_SIGN, Floats, Ints, Journeys

Matrix = npt.NDArray[np.float32]

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
    states, code = _states(journeys, of)
    customers, width = journeys.customers, len(states)
    owner = journeys.owner.astype(np.int64)
    known = code >= 0
    here, held = (owner, code) if known.all() else (owner[known], code[known])
    counts = np.bincount(here * width + held, minlength=customers * width).reshape(customers, width)
    begins, ends = journeys.starts[:-1], journeys.starts[1:] - 1
    events = np.diff(journeys.starts)
    days = (journeys.at[ends] - journeys.at[begins]) / DAY
    scored, signs = _signs(journeys)
    shares = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    blocks = [
        (f"shares of {width} states of {of}", shares),
        (f"tf-idf of the {TRANSITIONS} most frequent transitions", _transitions(here, held, customers, width)),
        (
            "logarithms of interactions and of days from first to last",
            np.stack([np.log1p(events), np.log1p(days)], axis=1).astype(np.float32),
        ),
    ]
    if scored.any():
        sentiment = (signs / np.maximum(scored, 1)).astype(np.float32)
        blocks.append(("mean sentiment, 0 where nothing was scored", sentiment[:, None]))
    return Features(
        states=states,
        counts=counts.astype(np.float32),
        events=events,
        days=days,
        scored=scored,
        signs=signs,
        matrix=np.concatenate([_scaled(block) for _, block in blocks], axis=1),
        said=tuple(name for name, _ in blocks),
    )


def _states(journeys: Journeys, of: str) -> tuple[tuple[str, ...], Ints]:
    """Return the most frequent states and each row's; the rarer ones are one."""
    coded = journeys.coded(of)
    often = np.bincount(coded.codes[coded.codes >= 0], minlength=len(coded.names))
    order = sorted(np.flatnonzero(often).tolist(), key=lambda code: (-often[code], coded.names[code]))
    names = [coded.names[code] for code in order[:STATES]]
    table = np.full(len(coded.names) + 1, -1, dtype=np.int64)
    table[order[:STATES]] = np.arange(len(names))
    if len(order) > STATES:
        table[order[STATES:]] = len(names)
        names.append(OTHER)
    return tuple(names), table[coded.codes]


def _transitions(owner: Ints, held: Ints, customers: int, width: int) -> Matrix:
    goes_on = owner[1:] == owner[:-1]
    pair = (held[:-1] * width + held[1:])[goes_on]
    often = np.bincount(pair, minlength=width * width)
    chosen = np.argsort(-often, kind="stable")[: min(TRANSITIONS, int((often > 0).sum()))]
    many = max(len(chosen), 1)
    table = np.full(width * width, -1, dtype=np.int64)
    table[chosen] = np.arange(len(chosen))
    column = table[pair]
    there = column >= 0
    cells = owner[:-1][goes_on][there] * many + column[there]
    counts = np.bincount(cells, minlength=customers * many).reshape(customers, many).astype(np.float32)
    rarity = np.log((1 + customers) / (1 + (counts > 0).sum(axis=0))) + 1
    weighed = counts * rarity.astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", weighed, weighed))
    found: Matrix = weighed / np.maximum(length, 1e-9)[:, None]
    return found


def _signs(journeys: Journeys) -> tuple[Floats, Floats]:
    if "s" not in journeys.columns:
        return np.zeros(journeys.customers), np.zeros(journeys.customers)
    numbers = journeys.numbers("s")
    known = numbers != NO_SIGN if numbers.dtype == np.int8 else ~np.isnan(numbers)
    begins = journeys.starts[:-1]
    return (
        np.add.reduceat(known, begins, dtype=np.float64),
        np.add.reduceat(np.where(known, numbers, 0), begins, dtype=np.float64),
    )


def _scaled(block: Matrix) -> Matrix:
    centred = block - block.mean(axis=0, dtype=np.float64).astype(np.float32)
    variance = float(np.einsum("ij,ij->", centred, centred, dtype=np.float64)) / len(block)
    scaled: Matrix = centred / np.float32(max(variance, 1e-12) ** 0.5)
    return scaled
