"""Patterns as automata: states that a journey is in, row by row.

`compiled` gives Glushkov's automaton: one state per row that a pattern speaks of, and one per place where it waits.
`deterministic` makes it one table lookup per row (the subset construction).
Sources: Glushkov 1961; Rabin and Scott 1959.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.errors import QuestionError
from touchline.sequences.pattern import Atom, Choice, Joint, Node, Pattern, Repeat
from touchline.warehouse.index.journeys import Bools, Ints
from touchline.words import phrase

_MOST_ROWS: Final = 200  # that a pattern may speak of, each repetition counted
_MOST_TABLE: Final = 4_096
_MOST_TESTS: Final = 62  # bits of a class
_FEW: Final = 4  # tests up to which every class is kept, whether there is a row of it or not


@dataclass(frozen=True, slots=True)
class Edge:
    """One way on.

    Attributes:
        source: State before; -1 where a match begins.
        target: State after the row.
        limit: Microseconds since the clock of the source was set; None for any time.
        waits: The row is only waited through: the clock goes on.
    """

    source: int
    target: int
    limit: int | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Automaton:
    """Every way through a pattern.

    Attributes:
        atoms: The row that each state is entered with; None where any row may be waited through.
        edges: The ways.
        final: States in which the pattern is complete.
    """

    atoms: tuple[Atom | None, ...]
    edges: tuple[Edge, ...]
    final: frozenset[int]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that rows are tested for."""
        return tuple(dict.fromkeys(step for atom in self.atoms if atom for step in atom.steps))

    @property
    def limits(self) -> tuple[int, ...]:
        """The limits from a row to the one directly after it."""
        return tuple(dict.fromkeys(e.limit for e in self.edges if e.limit is not None and not self._waited(e)))

    @property
    def timed(self) -> bool:
        """Must clocks be kept, because something is waited for within a time?"""
        return any(edge.limit is not None and self._waited(edge) for edge in self.edges)

    def _waited(self, edge: Edge) -> bool:
        return edge.source >= 0 and self.atoms[edge.source] is None

    def reversed(self) -> Automaton:
        """Return the automaton that reads rows from the last to the first, and is complete where this one begins."""
        waiting = {e.source: e for e in self.edges if self._waited(e) and not e.waits}
        begins = frozenset(edge.target for edge in self.edges if edge.source < 0)
        edges = [Edge(-1, state) for state in sorted(self.final)]
        for edge in self.edges:
            if edge.waits and not self._waited(edge):  # into where it waits: there the way back ends, and is timed
                edges.append(Edge(edge.target, edge.source, waiting[edge.target].limit))
            elif edge.source >= 0:
                edges.append(Edge(edge.target, edge.source, None, True) if self._waited(edge) else
                             Edge(edge.target, edge.source, edge.limit))  # fmt: skip
        return Automaton(self.atoms, tuple(edges), begins)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part's first and last states with what still joins them to their neighbours, and how it can be left out."""

    first: tuple[tuple[int, Joint], ...]
    last: tuple[tuple[int, Joint], ...]
    empty: Joint | None


class _Builder:
    def __init__(self) -> None:
        self.atoms: list[Atom | None] = []
        self.joined: dict[tuple[int, int, Joint], None] = {}

    def build(self, node: Node) -> _Part:
        if isinstance(node, Atom):
            if len(self.atoms) >= _MOST_ROWS:
                raise QuestionError(
                    phrase("the path is too long"), todo=phrase("use fewer steps or smaller numbers in {n,m}")
                )
            self.atoms.append(node)
            here = ((len(self.atoms) - 1, Joint()),)
            return _Part(here, here, None)
        if isinstance(node, Choice):
            parts = [self.build(option) for option in node.options]
            empty = next((part.empty for part in parts if part.empty is not None), None)
            return _Part(sum((p.first for p in parts), ()), sum((p.last for p in parts), ()), empty)
        if isinstance(node, Repeat):
            return self.repeat(node)
        whole = self.build(node.parts[0])
        for joint, part in zip(node.joints, node.parts[1:], strict=True):
            whole = self.chain(whole, joint, self.build(part))
        return whole

    def repeat(self, node: Repeat) -> _Part:
        whole: _Part | None = None
        for _ in range(node.low):
            whole = self.then(whole, self.build(node.node))
        if node.high is None:
            again = self.build(node.node)
            self.join(again.last, Joint(), again.first)
            return self.then(whole, _Part(again.first, again.last, Joint()))
        for _ in range(node.high - node.low):
            more = self.build(node.node)
            whole = self.then(whole, _Part(more.first, more.last, Joint()))
        assert whole is not None  # noqa: S101  high is 1 or more
        return whole

    def then(self, one: _Part | None, other: _Part) -> _Part:
        return other if one is None else self.chain(one, Joint(), other)

    def chain(self, one: _Part, joint: Joint, other: _Part) -> _Part:
        self.join(one.last, joint, other.first)
        first, last = one.first, other.last
        if one.empty is not None:
            first += tuple((state, one.empty | joint | pending) for state, pending in other.first)
        if other.empty is not None:
            last += tuple((state, pending | joint | other.empty) for state, pending in one.last)
        both = one.empty is not None and other.empty is not None
        return _Part(first, last, (one.empty or Joint()) | joint | (other.empty or Joint()) if both else None)

    def join(self, last: Sequence[tuple[int, Joint]], joint: Joint, first: Sequence[tuple[int, Joint]]) -> None:
        for (source, before), (target, after) in product(last, first):
            self.joined[source, target, before | joint | after] = None


def compiled(pattern: Pattern) -> Automaton:
    """Return a pattern's automaton.

    Raises:
        QuestionError: It is too long, or is complete without any row.
    """
    builder = _Builder()
    whole = builder.build(pattern.node)
    if whole.empty is not None:
        raise QuestionError(
            phrase("the path {text} is there without any step", text=repr(pattern.text)),
            todo=phrase("name a step that must be there"),
        )
    atoms: list[Atom | None] = list(builder.atoms)
    edges: dict[Edge, None] = {Edge(-1, state): None for state, _ in whole.first}
    for source, target, joint in builder.joined:
        edges[Edge(source, target, joint.limit)] = None
        if joint.later:
            wait = len(atoms)
            atoms.append(None)
            edges |= dict.fromkeys(
                [Edge(source, wait, None, True), Edge(wait, wait, None, True), Edge(wait, target, joint.limit)]
            )
    made = Automaton(tuple(atoms), tuple(edges), frozenset(state for state, _ in whole.last))
    if len(made.steps) + len(made.limits) > _MOST_TESTS:
        raise QuestionError(
            phrase("the path is too long"),
            todo=phrase("use at most {most_tests} different steps and spans", most_tests=_MOST_TESTS),
        )
    return made


@dataclass(frozen=True, slots=True)
class Symbols:
    """What a pattern tells rows apart by.

    Attributes:
        of_row: Number of each row's class, shape (rows,).
        classes: What holds in each class, as bits: the steps, then the limits to the row before.
    """

    of_row: npt.NDArray[Any]
    classes: Ints


def symbols(tests: Sequence[Bools], rows: int) -> Symbols:
    """Put rows into classes by what holds for them.

    Args:
        tests: Each of shape (rows,).
        rows: How many rows there are.

    >>> symbols([np.array([True, False, True]), np.array([False, False, True])], 3).of_row.tolist()
    [1, 0, 3]
    """
    if len(tests) <= 8:
        small = np.zeros(rows, dtype=np.uint8)
        for number, test in enumerate(tests):
            small |= test.view(np.uint8) << np.uint8(number)
        if len(tests) <= _FEW:
            return Symbols(small, np.arange(1 << len(tests)))
        classes = np.flatnonzero(np.bincount(small, minlength=1))
        table = np.zeros(256, dtype=np.int64)
        table[classes] = np.arange(len(classes))
        return Symbols(table.take(small), classes)
    bits = np.zeros(rows, dtype=np.int64)
    for number, test in enumerate(tests):
        bits |= test.astype(np.int64) << number
    known, of_row = np.unique(bits, return_inverse=True)
    return Symbols(of_row.astype(np.int64), known)


def enters(automaton: Automaton, classes: Ints) -> Bools:
    """May a row of each class enter each state, time aside? shape (classes, states)."""
    bit = {step: number for number, step in enumerate(automaton.steps)}
    table = np.ones((len(classes), len(automaton.atoms)), dtype=np.bool_)
    for state, atom in enumerate(automaton.atoms):
        if atom is not None and atom.steps:
            is_it = np.logical_or.reduce([(classes >> bit[step]) & 1 == 1 for step in atom.steps])
            table[:, state] = ~is_it if atom.negated else is_it
    return table


def keeps(automaton: Automaton, classes: Ints, limits: Sequence[int]) -> Callable[[int, Edge], bool]:
    """Return whether a row of a class keeps an edge's limit to the row before."""
    bit = {limit: len(automaton.steps) + number for number, limit in enumerate(limits)}
    return lambda number, edge: edge.limit is None or bool(int(classes[number]) >> bit[edge.limit] & 1)


@dataclass(frozen=True, slots=True)
class Table:
    """A deterministic automaton, for one lookup per row.

    Attributes:
        next: The state after a row, times the number of classes, at ``state * classes + class``; 0 is where it begins.
        accepts: Is the pattern complete? By state.
        dead: Can it never be complete any more? By state.
        classes: How many classes of rows there are.
    """

    next: Ints
    accepts: Bools
    dead: Bools
    classes: int


def deterministic(
    automaton: Automaton, classes: Ints, limits: Sequence[int], *, anchored: bool, absorbing: bool
) -> Table | None:
    """Return the table of an automaton without clocks; None where it would be huge.

    Args:
        automaton: Without clocks.
        classes: As in `Symbols`.
        limits: As in ``automaton.limits``, in the order of the bits.
        anchored: May it begin at the first row only?
        absorbing: Once complete, stay so.
    """
    allowed = enters(automaton, classes)
    kept = keeps(automaton, classes, limits)
    begins = [edge.target for edge in automaton.edges if edge.source < 0]
    ways: list[list[Edge]] = [[] for _ in automaton.atoms]
    for edge in automaton.edges:
        if edge.source >= 0:
            ways[edge.source].append(edge)
    final = sum(1 << state for state in automaton.final)

    def after(held: int, number: int, start: bool) -> int:
        entered = 0
        if start or not anchored:
            for state in begins:
                entered |= int(allowed[number, state]) << state
        for state, edges in enumerate(ways):
            if held >> state & 1:
                for edge in edges:
                    if allowed[number, edge.target] and kept(number, edge):
                        entered |= 1 << edge.target
        return entered

    known: dict[tuple[int, bool], int] = {(0, True): 0}
    waiting, rows = [(0, True)], []
    while waiting:
        held, start = waiting.pop(0)
        row = []
        for number in range(len(classes)):
            entered = final if absorbing and held & final else after(held, number, start)
            to = (final if absorbing and entered & final else entered, False)
            if to not in known:
                if len(known) >= _MOST_TABLE:
                    return None
                known[to] = len(known)
                waiting.append(to)
            row.append(known[to] * len(classes))
        rows.append(row)
    accepts = np.array([bool(held & final) for held, _ in known], dtype=np.bool_)
    table = np.array(rows, dtype=np.int64)
    own = np.arange(len(known))[:, None] * len(classes)
    dead = ~accepts & (table == own).all(axis=1)
    return Table(table.ravel(), accepts, dead, len(classes))
