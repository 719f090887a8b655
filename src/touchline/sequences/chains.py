"""Paths that are a chain of single steps, found without an automaton: ``a > b``, ``a .. b > c``, ``a > !b* > c``.

From step to step it is enough to know which rows end a part of the path, and the first row from which each is
reached. A row of the next step follows one of them if the latest of those is not before the last row that breaks the
gap. The earlier such a part ends, the earlier it began: so the first one after the break gives the first beginning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.sequences.pattern import Atom, Node, Pattern, Repeat, Sequence
from touchline.sequences.steps import step
from touchline.warehouse.index.journeys import Bools, Ints, Journeys


@dataclass(frozen=True, slots=True)
class Gap:
    """What may lie between two steps.

    Attributes:
        directly: Nothing.
        all_of: Only such rows; None for any.
    """

    directly: bool = False
    all_of: Atom | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps, and the gaps between each two."""

    steps: tuple[Atom, ...]
    gaps: tuple[Gap, ...]


def chain_of(pattern: Pattern) -> Chain | None:
    """Return a pattern as a chain; None if it is more than that.

    >>> from touchline.sequences.pattern import read
    >>> chain_of(read("a > !b* > c")).gaps
    (Gap(directly=False, all_of=Atom(steps=('b',), negated=True)),)
    >>> chain_of(read("a > (b | c)+ > d")) is None
    True
    """
    node = pattern.node
    if pattern.at_start or pattern.at_end or not isinstance(node, Sequence):
        return None
    if any(joint.limit is not None for joint in node.joints):
        return None
    steps: list[Atom] = []
    gaps: list[Gap] = []
    between: Atom | None = None
    for place, part in enumerate(node.parts):
        if isinstance(part, Atom):
            if steps and between is None:
                gaps.append(Gap(directly=not node.joints[place - 1].later))
            elif steps:
                gaps.append(Gap(all_of=between))
            steps.append(part)
            between = None
            continue
        between = _any_number(part)
        inside = 0 < place < len(node.parts) - 1 and isinstance(node.parts[place - 1], Atom)
        if between is None or not inside or node.joints[place - 1].later or node.joints[place].later:
            return None
    return Chain(tuple(steps), tuple(gaps))


def _any_number(node: Node) -> Atom | None:
    """Return the row of which there may be none or many."""
    if isinstance(node, Repeat) and node.low == 0 and node.high is None and isinstance(node.node, Atom):
        return node.node
    return None


def ends(journeys: Journeys, chain: Chain) -> tuple[Ints, Ints]:
    """Return every row at which a chain is complete, ascending, and the first row from which it is reached.

    Raises:
        QuestionError: A step does not exist.
    """
    tests = [_rows(journeys, atom) for atom in chain.steps]
    breaks = [~_rows(journeys, gap.all_of) if gap.all_of and gap.all_of.steps else None for gap in chain.gaps]
    here = begin = np.flatnonzero(tests[0])
    for gap, test, broken in zip(chain.gaps, tests[1:], breaks, strict=True):
        rows = np.flatnonzero(test)
        least = journeys.starts[journeys.owner[rows]]
        if gap.directly:
            least = np.maximum(least, rows - 1)
        elif broken is not None:
            places = np.flatnonzero(broken)
            last = np.append(-1, places)[np.searchsorted(places, rows)]  # before the row, or -1
            least = np.maximum(least, last)
        first = np.searchsorted(here, least)
        reached = np.append(here, len(journeys))[first] < rows
        here, begin = rows[reached], begin[first[reached]]
    return here, begin


def _rows(journeys: Journeys, atom: Atom) -> Bools:
    found = np.zeros(len(journeys), dtype=np.bool_)
    for text in atom.steps:
        found |= step(journeys, text).rows
    if not atom.steps:
        return ~found
    return ~found if atom.negated else found
