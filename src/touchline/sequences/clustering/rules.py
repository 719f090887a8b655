"""A rule that finds a cluster again, in the workspace's own rule language, and how well it does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from touchline.sequences.visits import DAY
from touchline.settings.rules import Node, tree, written
from touchline.settings.rules.events import folded
from touchline.vocabulary.coded import Coded

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys

#: Flags as the bits of words.
Bits = npt.NDArray[np.uint64]
#: How often customers did something.
Numbers = npt.NDArray[np.int32]

#: Conditions of a rule, and first conditions that are tried on.
_LONGEST: Final = 3
_BEAM: Final = 6
#: What a further condition must bring, in points of F1.
_WORTH: Final = 0.02
_NOUNS: Final = 30
#: Customers that rules are tried on; how well the one taken does is counted over all.
_TRIED: Final = 5_000
_THRESHOLDS: Final = (1, 2, 3, 5, 8, 13, 21)


@dataclass(frozen=True, slots=True)
class Found:
    """A rule for a cluster.

    Attributes:
        rule: Its text, for ``when`` under ``[[personas]]``.
        precision: Share of the customers whom the rule finds that are of the cluster.
        recall: Share of the cluster that the rule finds.
    """

    rule: str
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-12)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that a rule can be made of: that a number is large enough, or that it is not.

    Attributes:
        node: What it is in a rule.
        values: The number, of each customer.
        least: From where on it is large enough.
        below: Does the condition hold of all others instead?
    """

    node: Node
    values: Numbers | Bools
    least: int = 1
    below: bool = False

    def holds(self, some: slice = slice(None)) -> Bools:
        """Of whom does it hold when the data end?"""
        values = self.values[some]
        return values < self.least if self.below else values >= self.least


@dataclass(frozen=True)
class Conditions:
    """Conditions that rules can be made of.

    Attributes:
        conditions: All of them.
        customers: How many customers there are.
    """

    conditions: tuple[Condition, ...]
    customers: int

    @property
    def some(self) -> slice:
        """The customers whom rules are tried on."""
        return slice(None, None, max(1, self.customers // _TRIED))

    @cached_property
    def tried(self) -> Bits:
        """Of whom of them each condition holds, shape (conditions, words)."""
        return _bits(np.array([condition.holds(self.some) for condition in self.conditions]))


def _bits(flags: Bools) -> Bits:
    """Return flags as the bits of words, along the last axis."""
    packed = np.packbits(flags, axis=-1)
    words = np.zeros((*packed.shape[:-1], -(-packed.shape[-1] // 8) * 8), dtype=np.uint8)
    words[..., : packed.shape[-1]] = packed
    return words.view(np.uint64)


def conditions(journeys: Journeys) -> Conditions:
    """Return what a rule could ask of these journeys: counts of events and kinds, segments, the stage held."""
    found: list[Condition] = []
    days = float(-(-(journeys.observed[1] - int(journeys.at.min())) // DAY) + 1)
    for noun, counts in _counted(journeys):
        fewest, most = int(counts.min()), int(counts.max())
        for least in _THRESHOLDS:
            if least > most or (least == 1 and fewest >= 1):
                continue
            less = tree.Absent(noun, None) if least == 1 else tree.Counted(noun, "<", float(least), days)
            found.append(Condition(tree.Counted(noun, ">=", float(least), days), counts, least))
            found.append(Condition(less, counts, least, below=True))
    last = journeys.starts[1:] - 1
    for name in journeys.columns:
        if not name.startswith("seg_") and name != "stage":
            continue
        column = journeys.columns[name]
        if not isinstance(column, Coded):
            continue
        codes = column.codes[last]
        for code, value in enumerate(column.names):
            true = codes == code
            if true.any() and not true.all():
                attribute = name.removeprefix("seg_")
                node = tree.Stage((value,)) if name == "stage" else tree.Compare(attribute, "=", value)
                found.append(Condition(node, true))
    return Conditions(tuple(found), journeys.customers)


def _counted(journeys: Journeys) -> list[tuple[str, Numbers]]:
    """Return how often each customer did what a noun stands for, the most frequent nouns first."""
    columns = tuple(name for name in ("event", "kind") if name in journeys.columns)
    nouns: dict[str, str] = {}
    for column in columns:
        for name in journeys.coded(column).names:
            if folded(name):
                nouns.setdefault(folded(name), name)
    if not nouns:
        return []
    counts = journeys.counted(lambda part: _per_noun(part, columns, tuple(nouns)), _beside)
    often = counts.sum(axis=1).tolist()
    found = [(name, line, n) for name, line, n in zip(nouns.values(), counts, often, strict=True) if n]
    return [(name, line) for name, line, _ in sorted(found, key=lambda one: (-one[2], one[0]))[:_NOUNS]]


def _beside(one: Numbers, other: Numbers) -> Numbers:
    return np.concatenate([one, other], axis=1)


def _per_noun(journeys: Journeys, columns: tuple[str, ...], nouns: tuple[str, ...]) -> Numbers:
    """Return how often each customer did what each noun stands for, shape (nouns, customers)."""
    by_customer = None
    if "author" in journeys.columns:
        author = journeys.coded("author")
        if "employee" in author.names:
            by_customer = author.codes != author.names.index("employee")
    customers = journeys.customers
    place = {noun: number for number, noun in enumerate(nouns, 1)}
    found = np.zeros((len(nouns) + 1, customers), dtype=np.int64)
    met: list[Ints] = []  # where the noun of each row begins in that table, by each column; 0 for none
    for column in columns:
        coded = journeys.coded(column)
        table = np.array([place.get(folded(name), 0) * customers for name in coded.names] + [0], dtype=np.int64)
        rows = table.take(coded.codes, mode="wrap")
        if by_customer is not None:
            rows *= by_customer
        if met:
            rows[rows == met[0]] = 0  # of the same noun already
        met.append(rows)
        found += np.bincount(rows + journeys.owner, minlength=found.size).reshape(found.shape)
    return found[1:].astype(np.int32)


def rule_for(known: Conditions, target: Bools) -> Found | None:
    """Return the rule of a few conditions joined by "and" that finds a cluster best, by F1; None without conditions.

    Args:
        known: What can be asked.
        target: Who is of the cluster, shape (customers,).
    """
    if not known.conditions or not target.any():
        return None
    holds, tried = known.tried, target[known.some]
    wanted, total = _bits(tried), float(tried.sum())
    scores = _f1(*_hits(holds, wanted), total)
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for first in np.argsort(-scores, kind="stable")[:_BEAM].tolist():
        picked: tuple[int, ...] = (first,)
        met, score = holds[first], float(scores[first])
        while len(picked) < _LONGEST:
            further = _f1(*_hits(holds & met, wanted), total)
            more = int(np.argmax(further))
            if further[more] < score + _WORTH:
                break
            picked, met, score = (*picked, more), met & holds[more], float(further[more])
        if score > best[0] + 1e-9:
            best = score, picked
    if not best[1]:
        return None
    taken = [known.conditions[i] for i in best[1]]
    found = np.logical_and.reduce([condition.holds() for condition in taken])
    right = int((found & target).sum())
    nodes = tuple(condition.node for condition in taken)
    text = written(nodes[0] if len(nodes) == 1 else tree.And(nodes))
    return Found(text, right / max(int(found.sum()), 1), right / int(target.sum()))


def _hits(met: Bits, wanted: Bits) -> tuple[Ints, Ints]:
    """Return how many are met, row by row: the wanted ones, and all."""
    hits, size = (np.bitwise_count(bits).sum(axis=1, dtype=np.int64) for bits in (met & wanted, met))
    return hits, size


def _f1(hits: Ints, size: Ints, wanted: float) -> Floats:
    scores: Floats = 2 * hits / np.maximum(size + wanted, 1e-12)
    return scores


def personas_toml(named: Sequence[tuple[str, Found | None]]) -> str:
    """Return personas as they are pasted into ``touchline.toml``.

    >>> print(personas_toml([("returns often", Found("orders >= 3 in 90 d", 0.9, 0.75))]))
    # finds 75 % of the cluster; 90 % of whom it finds are of it
    [[personas]]
    name = "returns often"
    when = "orders >= 3 in 90 d"
    """
    return "\n\n".join(
        f"# finds {100 * found.recall:.0f} % of the cluster; {100 * found.precision:.0f} % of whom it finds are of it\n"
        f"[[personas]]\nname = {_quoted(name)}\nwhen = {_quoted(found.rule)}"
        for name, found in named
        if found
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
