"""What each model but Markov gives to each touch of a path that converts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from touchline.sequences.attribution.asked import Asked
from touchline.sequences.attribution.paths import Paths
from touchline.sequences.distinct import once
from touchline.warehouse.index.journeys import Bools, Floats, Ints

#: What the first and the last touch get by position; those between share the rest.
ENDS: Final = 0.4


@dataclass(frozen=True)
class Converting:
    """The paths that convert, alone.

    Attributes:
        code: Each touch's code, shape (touches,).
        at: When, microseconds, shape (touches,).
        start: Where each path's touches begin, and the number of touches, shape (paths + 1,).
        owner: Number of each path's customer, shape (paths,).
        value: What it is worth, shape (paths,).
        group: Number of its group, shape (paths,).
        names: How many codes there are.
    """

    code: Ints
    at: Ints
    start: Ints
    owner: Ints
    value: Floats
    group: Ints
    names: int

    @classmethod
    def of(cls, paths: Paths, names: int) -> Converting:
        """Take those of all paths."""
        kept, length = paths.converts, paths.length
        rows = np.repeat(kept, length)
        start = np.append(0, np.cumsum(length[kept]))
        found = (paths.owner[kept], paths.value[kept], paths.group[kept])
        return cls(paths.code[rows].astype(np.int64), paths.at[rows], start, *found, names)

    @cached_property
    def length(self) -> Ints:
        """Touches of each path, shape (paths,)."""
        return np.diff(self.start)

    @cached_property
    def path(self) -> Ints:
        """Number of each touch's path, shape (touches,)."""
        return np.repeat(np.arange(len(self.owner)), self.length)

    @cached_property
    def distinct(self) -> tuple[Ints, Ints]:
        """Path and code of every name that a path has, once each, ascending."""
        key = once(self.path * self.names + self.code, len(self.owner) * self.names)
        return key // max(self.names, 1), key % max(self.names, 1)


#: Path, code and share of what a path is worth, ascending by path; a path's shares add up to 1.
Shares = tuple[Ints, Ints, Floats]


def first(paths: Converting, asked: Asked) -> Shares:
    """All to the first touch."""
    return np.arange(len(paths.owner)), paths.code[paths.start[:-1]], np.ones(len(paths.owner))


def last(paths: Converting, asked: Asked) -> Shares:
    """All to the last touch."""
    return np.arange(len(paths.owner)), paths.code[paths.start[1:] - 1], np.ones(len(paths.owner))


def last_but(paths: Converting, direct: Bools) -> Shares:
    """All to the last touch that is not direct; to the last one where all are.

    Args:
        paths: The paths.
        direct: Is the code direct? shape (codes,).
    """
    rows = np.where(direct[paths.code], -1, np.arange(len(paths.code)))
    latest = np.maximum.accumulate(rows)[paths.start[1:] - 1] if len(rows) else rows
    chosen = np.where(latest >= paths.start[:-1], latest, paths.start[1:] - 1)
    return np.arange(len(paths.owner)), paths.code[chosen], np.ones(len(paths.owner))


def linear(paths: Converting, asked: Asked) -> Shares:
    """The same to each touch."""
    return paths.path, paths.code, np.repeat(1 / paths.length, paths.length)


def time_decay(paths: Converting, asked: Asked) -> Shares:
    """Twice as much to a touch one half-life later.

    Ages are taken from the path's last touch, which changes no share and keeps old paths from vanishing.
    """
    if not len(paths.code):
        return paths.path, paths.code, np.zeros(0)
    age = np.repeat(paths.at[paths.start[1:] - 1], paths.length) - paths.at
    weight = np.exp2(age / -float(asked.half_life))
    return paths.path, paths.code, weight / np.repeat(np.add.reduceat(weight, paths.start[:-1]), paths.length)


def position(paths: Converting, asked: Asked) -> Shares:
    """40 % to the first, 40 % to the last, the rest shared by those between; two share equally."""
    length = paths.length
    between = np.where(length > 2, (1 - 2 * ENDS) / np.maximum(length - 2, 1), 0.0)
    share = np.repeat(between, length)
    ends = np.where(length == 1, 1.0, np.where(length == 2, 0.5, ENDS))
    share[paths.start[:-1]] = ends
    share[paths.start[1:] - 1] = ends
    return paths.path, paths.code, share


def shapley(paths: Converting, asked: Asked) -> Shares:
    """Shapley values of the game in which a coalition of names wins the paths that need no other name.

    With v(S) = what the paths whose names all lie in S are worth, each path is a unanimity game, and the value of a
    sum of games is the sum of values: a path's worth is shared equally by its different names. It is exact for any
    number of names.

    Source: Shapley 1953; Zhao, Mahboobi and Bagheri 2018, "Shapley Value Methods for Attribution Modeling in Online
    Advertising", section 3.
    """
    path, code = paths.distinct
    return path, code, 1 / np.bincount(path, minlength=len(paths.owner))[path]


#: Every model that shares out each path by itself; the last non-direct touch needs to know which are direct.
BY_PATH: Final[dict[str, Callable[[Converting, Asked], Shares]]] = {
    "first": first,
    "last": last,
    "linear": linear,
    "time_decay": time_decay,
    "position": position,
    "shapley": shapley,
}
