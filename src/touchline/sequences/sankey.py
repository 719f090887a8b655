"""What customers did around one step: the states before and after it, level by level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.find import rows_of
from touchline.sequences.tabling import columns
from touchline.sequences.tally import Tally
from touchline.sequences.units import column_of
from touchline.sequences.walks import END, OTHER, START, counted
from touchline.warehouse.index.journeys import Ints, Journeys
from touchline.words import phrase

Occurrence = Literal["first", "last"]

_SCHEMA: Final = pa.schema(
    [
        ("part", pa.string()),
        ("level", pa.int64()),
        ("source", pa.string()),
        ("target", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Around:
    """What is asked.

    Attributes:
        anchor: The step in the middle.
        by: The column of states.
        before: Levels before it.
        after: Levels after it.
        occurrence: Whether a customer's first such step or the last is meant.
    """

    anchor: str
    by: str
    before: int
    after: int
    occurrence: Occurrence = "first"

    def __post_init__(self) -> None:
        if not (0 <= self.before <= _MOST and 0 <= self.after <= _MOST and self.before + self.after):
            raise QuestionError(
                phrase("a flow needs levels"),
                todo=phrase("give 0 to {most} before and after, and not 0 to both", most=_MOST),
            )
        if self.occurrence not in ("first", "last"):
            raise QuestionError(
                phrase("there is no occurrence {occurrence}", occurrence=repr(self.occurrence)),
                todo=phrase("use first or last"),
            )


def _levels(journeys: Journeys, asked: Around) -> tuple[Ints, list[Ints], int]:
    """Return the customers with the anchor, the state of each at each level, and the number of states.

    A level's state is that number where the journey was over (before: had not begun); the anchor's own level is 0.
    """
    coded = journeys.coded(column_of(journeys, asked.by))
    codes, none = coded.codes, len(coded.names)
    anchor = np.flatnonzero(rows_of(journeys, asked.anchor))
    owner = journeys.owner.take(anchor)
    change = np.flatnonzero(owner[1:] != owner[:-1])
    one = np.append(0, change + 1) if asked.occurrence == "first" else np.append(change, len(anchor) - 1)
    left, who = (array.take(one[: len(anchor)]).astype(np.int64) for array in (anchor, owner))
    right, low, high = left + 1, journeys.starts.take(who), journeys.starts[1:].take(who)
    if codes.min(initial=0) < 0:  # only rows that have a state are levels
        named = np.flatnonzero(codes >= 0)
        codes = np.append(codes.take(named), codes.dtype.type(0))  # one more, so that there is any
        right, left, low, high = (np.searchsorted(named, place) for place in (right, left, low, high))
    states: list[Ints] = []
    for level in range(-asked.before, asked.after + 1):
        place = right + (level - 1) if level > 0 else left + level
        there = place < high if level > 0 else place >= low
        state = np.where(there, codes.take(place, mode="clip"), np.int64(none))
        states.append(state if level else np.zeros_like(who))
    return who, states, none


def count(journeys: Journeys, asked: Around) -> Tally:
    """Count moves from level to level: the kernel. A cell is (level, state before, state after)."""
    _, states, none = _levels(journeys, asked)
    width = none + 1
    cells = [(level * width + one) * width + other for level, (one, other) in enumerate(pairwise(states))]
    return Tally.of(np.concatenate(cells), len(cells) * width**2)


def sankey(journeys: Journeys, asked: Around, top: int) -> Figure:
    """Answer what customers did before and after a step.

    Args:
        journeys: Everybody's.
        asked: Around what, and how far.
        top: So many states per level, most common first; the others as ``(other)``.

    Returns:
        Rows part (``node`` or ``link``), level (of the node, or of the link's source; 0 is the anchor), source, target
        (links), n, customers, share (of all who have the anchor) with low and high, hidden, low_n. Every level adds up
        to the customers who have the anchor: with `START` where a journey had not begun, `END` where it was over.
    """
    if top < 1:
        raise QuestionError(
            phrase("cannot show the {top} most common", top=top), where="top", todo=phrase("give 1 or more")
        )
    column = column_of(journeys, asked.by)
    names = journeys.coded(column).names
    counts, notes = counted(journeys, asked.by, partial(count, asked=asked))
    width, levels = len(names) + 1, asked.before + asked.after
    level, source, target = counts.cells // width**2, counts.cells // width % width, counts.cells % width
    fold = _folded(asked, names, level, source, target, counts.n, top)
    everyone = int(counts.n[level == 0].sum())
    link = _summed(np.stack([level, fold[level, source], fold[level + 1, target]], axis=1), counts.n)
    last = link[link[:, 0] == levels - 1]
    node = np.concatenate([link[:, [0, 1, 3]], last[:, [0, 2, 3]] + [1, 0, 0]])
    node = _summed(node[:, :2], node[:, 2])
    called = [(*names, START, OTHER)] * asked.before
    called += [(asked.anchor,), *[(*names, END, OTHER)] * asked.after]
    nodes = [(at, called[at][one], "", n, one, -1) for at, one, n in node.tolist()]
    links = [(at, called[at][one], called[at + 1][other], n, one, other) for at, one, other, n in link.tolist()]
    cells = [*sorted(nodes, key=_most_first), *sorted(links, key=_most_first)]
    n = [cell[3] for cell in cells]
    rate = wilson(n, everyone) if everyone >= HIDDEN_N else np.full((3, len(n)), np.nan)
    table = columns(
        _SCHEMA,
        ["node"] * len(nodes) + ["link"] * len(links),
        [cell[0] - asked.before for cell in cells],
        [cell[1] for cell in cells],
        [None if cell[5] < 0 else cell[2] for cell in cells],
        n,
        n,
        *rate,
        [everyone < HIDDEN_N] * len(n),
        [everyone < LOW_N] * len(n),
    )

    def behind(row: int) -> Ints:
        owner, states, _ = _levels(journeys, asked)
        at, _, _, _, one, other = cells[row]
        there = fold[at].take(states[at]) == one
        if row >= len(nodes):
            there &= fold[at + 1].take(states[at + 1]) == other
        keys: Ints = journeys.keys[owner[there]]
        return keys

    return Figure(
        "sankey",
        table,
        phrase(
            "What customers did around their {occurrence} {anchor}, by {by}, as a share of all "
            "who have it, with 95 % intervals (Wilson).",
            occurrence=asked.occurrence,
            anchor=asked.anchor,
            by=asked.by,
        ),
        notes,
        facts={
            "anchor": asked.anchor,
            "by": asked.by,
            "before": asked.before,
            "after": asked.after,
            "customers": everyone,
        },
        behind=behind,
    )


def _most_first(cell: tuple[int, str, str, int, int, int]) -> tuple[int, int, str, str]:
    level, source, target, n, _, _ = cell
    return level, -n, source, target


def _summed(keys: Ints, n: Ints) -> Ints:
    """Return different rows of keys, ascending, each with the sum of its numbers as one more column."""
    order = np.lexsort(keys.T[::-1])
    keys = keys.take(order, axis=0)
    first = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1))[: len(keys)])
    summed = np.add.reduceat(n.take(order), first) if len(first) else n
    return np.concatenate([keys.take(first, axis=0), summed[:, None]], axis=1)


def _folded(asked: Around, names: tuple[str, ...], level: Ints, source: Ints, target: Ints, n: Ints, top: int) -> Ints:
    """Return which state each is shown as, shape (levels, states + 1): itself, or the number after the last one."""
    width, levels = len(names) + 1, asked.before + asked.after + 1
    found = np.tile(np.arange(width), (levels, 1))
    for place in range(levels):
        here, state = (level == place, source) if place < levels - 1 else (level == place - 1, target)
        counts = np.bincount(state[here], n[here], width)[:-1]
        order = sorted(np.flatnonzero(counts).tolist(), key=lambda code: (-counts[code], names[code]))
        if place != asked.before:
            found[place, order[top:]] = width
    return found
