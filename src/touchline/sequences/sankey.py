"""What customers did around one step: the states before and after it, level by level."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.find import rows_of
from touchline.sequences.tally import Tally
from touchline.sequences.transitions import notes
from touchline.sequences.units import column_of
from touchline.sequences.walks import END, OTHER, START, passed_over
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


def _levels(journeys: Journeys, asked: Around) -> tuple[Ints, Ints, int]:
    """Return the customers with the anchor and their states, shape (levels, customers), and the number of states.

    A level's state is that number where the journey was over (before: had not begun); the anchor's own level is 0.
    """
    coded = journeys.coded(column_of(journeys, asked.by))
    none = len(coded.names)
    anchor = np.flatnonzero(rows_of(journeys, asked.anchor))
    owner = journeys.owner[anchor]
    one = np.ones(len(anchor), dtype=np.bool_)
    change = owner[1:] != owner[:-1]
    one[1:] &= change if asked.occurrence == "first" else True
    one[:-1] &= change if asked.occurrence == "last" else True
    anchor, owner = anchor[one], owner[one]
    right, left, named = anchor + 1, anchor, None
    low, high = journeys.starts[owner], journeys.starts[owner + 1]
    if (coded.codes < 0).any():  # only rows that have a state are levels
        named = np.flatnonzero(coded.codes >= 0)
        right, left, low, high = (np.searchsorted(named, place) for place in (right, left, low, high))
    states = np.zeros((asked.before + 1 + asked.after, len(anchor)), dtype=np.int64)
    for level in range(-asked.before, asked.after + 1):
        if level == 0:
            continue
        place = right + level - 1 if level > 0 else left + level
        there = place < high if level > 0 else place >= low
        at = place if named is None else named.take(place, mode="clip")
        states[level + asked.before] = np.where(there, coded.codes.take(at, mode="clip"), none)
    return owner.astype(np.int64), states, none


def count(journeys: Journeys, asked: Around) -> Tally:
    """Count moves from level to level: the kernel. A cell is (level, state before, state after)."""
    _, states, none = _levels(journeys, asked)
    width = none + 1
    levels = np.arange(len(states) - 1)[:, None]
    cells = (levels * width + states[:-1]) * width + states[1:]
    return Tally.of(cells.ravel(), len(levels) * width**2)


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
    counted = journeys.counted(partial(count, asked=asked), operator.add)
    width = len(names) + 1
    level, source, target = counted.cells // width**2, counted.cells // width % width, counted.cells % width
    labels = _labels(asked, names, level, source, target, counted.n, top)
    links: dict[tuple[int, str, str], int] = {}
    nodes: dict[tuple[int, str], int] = {}
    for number, one, other, n in zip(level.tolist(), source.tolist(), target.tolist(), counted.n.tolist(), strict=True):
        link = (number - asked.before, labels[number][one], labels[number + 1][other])
        links[link] = links.get(link, 0) + n
        nodes[link[:2]] = nodes.get(link[:2], 0) + n
        if number == asked.before + asked.after - 1:
            nodes[link[0] + 1, link[2]] = nodes.get((link[0] + 1, link[2]), 0) + n
    everyone = int(counted.n[level == 0].sum())
    cells: list[tuple[int, str, str | None, int]] = [(at, name, None, n) for (at, name), n in nodes.items()]
    cells.sort(key=lambda cell: (cell[0], -cell[3], cell[1]))
    cells += sorted(((*link, n) for link, n in links.items()), key=lambda cell: (cell[0], -cell[3], cell[1], cell[2]))
    bounds = np.stack(wilson([cell[3] for cell in cells], everyone), axis=1).tolist() if cells else []
    rows = [_row(*cell, everyone, *bound) for cell, bound in zip(cells, bounds, strict=True)]

    def behind(row: int) -> Ints:
        owner, states, _ = _levels(journeys, asked)
        at, one, other, _ = cells[row]
        there = np.ones(len(owner), dtype=np.bool_)
        for place, label in ((at + asked.before, one), (at + asked.before + 1, other)):
            if label is not None:
                there &= np.array([name == label for name in labels[place]])[states[place]]
        return journeys.keys[owner[there]]

    return Figure(
        "sankey",
        pa.Table.from_pylist(rows, schema=_SCHEMA),
        phrase(
            "What customers did around their {occurrence} {anchor}, by {by}, as a share of all "
            "who have it, with 95 % intervals (Wilson).",
            occurrence=asked.occurrence,
            anchor=asked.anchor,
            by=asked.by,
        ),
        notes(passed_over(journeys, asked.by), asked.by),
        facts={
            "anchor": asked.anchor,
            "by": asked.by,
            "before": asked.before,
            "after": asked.after,
            "customers": everyone,
        },
        behind=behind,
    )


def _labels(
    asked: Around, names: tuple[str, ...], level: Ints, source: Ints, target: Ints, n: Ints, top: int
) -> list[list[str]]:
    """Return what each state is called at each level."""
    width, levels = len(names) + 1, asked.before + asked.after + 1
    found = []
    for place in range(levels):
        if place == asked.before:
            found.append([asked.anchor] * width)
            continue
        here, state = (level == place, source) if place < levels - 1 else (level == place - 1, target)
        counts = np.bincount(state[here], n[here], width)[:-1]
        order = sorted(np.flatnonzero(counts).tolist(), key=lambda code: (-counts[code], names[code]))
        shown = set(order[:top])
        label = [name if code in shown else OTHER for code, name in enumerate(names)]
        found.append([*label, START if place < asked.before else END])
    return found


def _row(
    at: int, one: str, other: str | None, n: int, everyone: int, share: float, low: float, high: float
) -> dict[str, Any]:
    row: dict[str, Any] = {"part": "node" if other is None else "link", "level": at, "source": one, "target": other}
    row |= {"n": n, "customers": n, "hidden": everyone < HIDDEN_N, "low_n": everyone < LOW_N}
    return row if row["hidden"] else row | {"share": share, "low": low, "high": high}
