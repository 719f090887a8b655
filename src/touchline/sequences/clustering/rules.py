"""A rule that finds a cluster again, in the workspace's own rule language, and how well it does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from touchline.sequences.clustering.features import Matrix
from touchline.sequences.clustering.kmeans import product
from touchline.sequences.visits import DAY
from touchline.settings.rules import Node, tree, written
from touchline.settings.rules.events import folded
from touchline.vocabulary.coded import Coded

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys

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


@dataclass(frozen=True)
class Conditions:
    """Conditions that rules can be made of, and of whom each holds when the data end.

    Attributes:
        nodes: The conditions.
        holds: Shape (conditions, customers).
    """

    nodes: tuple[Node, ...]
    holds: Bools

    @property
    def some(self) -> slice:
        """The customers whom rules are tried on."""
        return slice(None, None, max(1, self.holds.shape[1] // _TRIED))

    @cached_property
    def tried(self) -> Matrix:
        """Of whom of them each condition holds, 0 or 1."""
        return self.holds[:, self.some].astype(np.float32)


def conditions(journeys: Journeys) -> Conditions:
    """Return what a rule could ask of these journeys: counts of events and kinds, segments, the stage held."""
    nodes: list[Node] = []
    holds: list[Bools] = []
    days = float(-(-(journeys.observed[1] - int(journeys.at.min())) // DAY) + 1)
    for noun, counts in _counted(journeys):
        for least in _THRESHOLDS:
            true = counts >= least
            if not true.any() or (least == 1 and true.all()):
                continue
            less = tree.Absent(noun, None) if least == 1 else tree.Counted(noun, "<", float(least), days)
            nodes += [tree.Counted(noun, ">=", float(least), days), less]
            holds += [true, ~true]
    last = journeys.starts[1:] - 1
    for name in journeys.columns:
        if not name.startswith("seg_") and name != "stage":
            continue
        column = journeys.columns[name]
        if not isinstance(column, Coded):
            continue
        for code, value in enumerate(column.names):
            true = column.codes[last] == code
            if true.any() and not true.all():
                attribute = name.removeprefix("seg_")
                nodes.append(tree.Stage((value,)) if name == "stage" else tree.Compare(attribute, "=", value))
                holds.append(true)
    return Conditions(tuple(nodes), np.array(holds, dtype=np.bool_).reshape(len(nodes), journeys.customers))


def _counted(journeys: Journeys) -> list[tuple[str, Ints]]:
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


def _beside(one: Ints, other: Ints) -> Ints:
    return np.concatenate([one, other], axis=1)


def _per_noun(journeys: Journeys, columns: tuple[str, ...], nouns: tuple[str, ...]) -> Ints:
    """Return how often each customer did what each noun stands for, shape (nouns, customers)."""
    by_customer = None
    if "author" in journeys.columns:
        author = journeys.coded("author")
        if "employee" in author.names:
            by_customer = author.codes != author.names.index("employee")
    place = {noun: number for number, noun in enumerate(nouns)}
    found = np.zeros((len(nouns), journeys.customers), dtype=np.int64)
    met: list[npt.NDArray[np.int32]] = []  # the noun of each row by each column, one more than its number; 0 for none
    for column in columns:
        coded = journeys.coded(column)
        table = np.array([place.get(folded(name), -1) + 1 for name in coded.names] + [0], dtype=np.int32)
        rows = table.take(coded.codes, mode="wrap")
        if by_customer is not None:
            rows *= by_customer
        if met:
            rows[rows == met[0]] = 0  # of the same noun already
        met.append(rows)
        key = rows.astype(np.int64)
        key *= journeys.customers
        key += journeys.owner
        many = (len(nouns) + 1) * journeys.customers
        found += np.bincount(key, minlength=many).reshape(-1, journeys.customers)[1:]
    return found


def rule_for(known: Conditions, target: Bools) -> Found | None:
    """Return the rule of a few conditions joined by "and" that finds a cluster best, by F1; None without conditions.

    Args:
        known: What can be asked.
        target: Who is of the cluster, shape (customers,).
    """
    if not known.nodes or not target.any():
        return None
    holds, wanted = known.tried, target[known.some].astype(np.float32)
    total = float(wanted.sum())
    scores = _f1(*_hits(holds, wanted, np.ones_like(wanted)), total)
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for first in np.argsort(-scores, kind="stable")[:_BEAM].tolist():
        picked: tuple[int, ...] = (first,)
        met, score = holds[first], float(scores[first])
        while len(picked) < _LONGEST:
            further = _f1(*_hits(holds, wanted, met), total)
            more = int(np.argmax(further))
            if further[more] < score + _WORTH:
                break
            picked, met, score = (*picked, more), met * holds[more], float(further[more])
        if score > best[0] + 1e-9:
            best = score, picked
    if not best[1]:
        return None
    found = known.holds[list(best[1])].all(axis=0)
    right = int((found & target).sum())
    nodes = tuple(known.nodes[i] for i in best[1])
    text = written(nodes[0] if len(nodes) == 1 else tree.And(nodes))
    return Found(text, right / max(int(found.sum()), 1), right / int(target.sum()))


def _hits(holds: Matrix, wanted: Matrix, met: Matrix) -> tuple[Matrix, Matrix]:
    """Return how many of those who are met each condition finds: the wanted ones, and all."""
    found = product(holds, np.stack([met * wanted, met], axis=1))
    return found[:, 0], found[:, 1]


def _f1(hits: npt.ArrayLike, size: npt.ArrayLike, wanted: float) -> Floats:
    scores: Floats = 2 * np.asarray(hits, dtype=np.float64) / np.maximum(np.asarray(size) + wanted, 1e-12)
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
