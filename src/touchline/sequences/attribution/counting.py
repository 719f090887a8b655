"""The kernel of attribution: from whole customers to sums that can be added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.sequences.attribution.asked import Asked
from touchline.sequences.attribution.credit import BY_PATH, Converting, Shares, last_but
from touchline.sequences.attribution.markov import Alphabet, steps_of
from touchline.sequences.attribution.paths import Paths, paths
from touchline.sequences.distinct import once
from touchline.sequences.grouping import group_names
from touchline.sequences.resampling import Entries, sums
from touchline.warehouse.index.journeys import Floats, Ints, Journeys

#: Different steps of a Markov chain up to which they are looked up in a table.
_TABLE: Final = 4_000_000
#: And up to which all are counted, met or not.
_FEW: Final = 1_000


@dataclass(frozen=True, slots=True)
class Credits:
    """What models give, and how often. The first of 1 + r columns is the data, the others are bootstrap samples.

    Attributes:
        credit: By group, model (but Markov) and name, shape (groups, models, names, 1 + r).
        bare: Of conversions without a touch, shape (groups, 1 + r).
        keys: Steps of the Markov chain, ascending.
        steps: How often each was taken, shape (steps, 1 + r).
        paths: Paths that convert and have the name, by group; the last group is all; shape (groups + 1, names).
        customers: Customers of such paths, shape (groups + 1, names).
        conversions: Conversions, shape (groups + 1,).
        converted: Customers who converted, shape (groups + 1,).
        bare_conversions: Conversions without a touch before them, and their customers, shape (groups + 1, 2).
        ends: Paths that led nowhere, those of them that could still convert, and conversions without a value.
        worth: What all conversions are worth.
    """

    credit: Floats
    bare: Floats
    keys: Ints
    steps: Floats
    paths: Ints
    customers: Ints
    conversions: Ints
    converted: Ints
    bare_conversions: Ints
    ends: Ints
    worth: float

    def __add__(self, other: Credits) -> Credits:
        """Return what both slices count."""
        keys = np.union1d(self.keys, other.keys)
        steps = np.zeros((len(keys), self.steps.shape[1]))
        for part in (self, other):
            steps[np.searchsorted(keys, part.keys)] += part.steps
        return Credits(
            self.credit + other.credit,
            self.bare + other.bare,
            keys,
            steps,
            self.paths + other.paths,
            self.customers + other.customers,
            self.conversions + other.conversions,
            self.converted + other.converted,
            self.bare_conversions + other.bare_conversions,
            self.ends + other.ends,
            self.worth + other.worth,
        )


def count_credits(journeys: Journeys, asked: Asked) -> Credits:
    """Return what the models give over whole customers.

    Raises:
        QuestionError: As `paths`; or a Markov chain with more states than can be counted.
    """
    coded = journeys.coded(asked.of)
    names, groups = len(coded.names), len(group_names(journeys, asked.by))
    found = paths(journeys, asked)
    converting = Converting.of(found, names)
    by_path = [model for model in asked.models if model != "markov"]
    keys, parts = _chain(found, Alphabet(names, asked.order, groups), asked) if "markov" in asked.models else _none()
    steps, cells = len(keys), groups * len(by_path) * names
    for number, model in enumerate(by_path):
        path, code, share = _shares(model, converting, asked, coded.names)
        cell = steps + (converting.group[path] * len(by_path) + number) * names + code
        parts.append(Entries(converting.owner[path], cell, share * converting.value[path]))
    parts.append(Entries(found.bare_owner, steps + cells + found.bare_group, found.bare_value))
    total = sums(journeys.keys, parts, steps + cells + groups, asked.replicates)
    having, people, conversions, converted, bare = _counts(found, converting, groups, names)
    return Credits(
        credit=total[steps : steps + cells].reshape(groups, len(by_path), names, 1 + asked.replicates),
        bare=total[steps + cells :],
        keys=keys,
        steps=total[:steps],
        paths=having,
        customers=people,
        conversions=conversions,
        converted=converted,
        bare_conversions=bare,
        ends=np.array([int((~found.converts).sum()), found.unfinished, found.unvalued]),
        worth=float(found.value.sum() + found.bare_value.sum()),
    )


def _shares(model: str, paths: Converting, asked: Asked, names: tuple[str, ...]) -> Shares:
    if model == "last_non_direct":
        return last_but(paths, np.array([name.lower() in asked.direct for name in names], dtype=np.bool_))
    return BY_PATH[model](paths, asked)


def _chain(found: Paths, alphabet: Alphabet, asked: Asked) -> tuple[Ints, list[Entries]]:
    """Return the different steps of the chain, and the entries with their cells numbered as those."""
    taken = steps_of(found, alphabet, valued=asked.of_scores or asked.value is not None)
    if alphabet.size <= _FEW:
        return np.arange(alphabet.size), taken
    if alphabet.size <= _TABLE:
        there = np.zeros(alphabet.size, dtype=np.bool_)
        for part in taken:
            there[part.cell] = True
        keys, number = np.flatnonzero(there), np.cumsum(there) - 1
        return keys, [Entries(part.owner, number[part.cell], part.amount) for part in taken]
    keys = once(np.concatenate([part.cell for part in taken]))
    return keys, [Entries(part.owner, np.searchsorted(keys, part.cell), part.amount) for part in taken]


def _none() -> tuple[Ints, list[Entries]]:
    return np.zeros(0, dtype=np.int64), []


def _counts(found: Paths, converting: Converting, groups: int, names: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return paths and customers by group and name, and conversions and customers by group; all of them last."""
    path, code = converting.distinct
    group, owner = converting.group[path], converting.owner[path]
    having = _with_all(np.bincount(group * names + code, minlength=groups * names).reshape(groups, names))
    customers = int(max(found.owner.max(initial=-1), found.bare_owner.max(initial=-1))) + 1
    people = _different(group, owner, code, groups, names, customers)
    every_owner = np.concatenate([converting.owner, found.bare_owner])
    every_group = np.concatenate([converting.group, found.bare_group])
    conversions = _with_all(np.bincount(every_group, minlength=groups))
    converted = _different(every_group, every_owner, np.zeros_like(every_owner), groups, 1, customers)[:, 0]
    bare = np.stack(
        [
            _with_all(np.bincount(found.bare_group, minlength=groups)),
            _different(found.bare_group, found.bare_owner, np.zeros_like(found.bare_owner), groups, 1, customers)[:, 0],
        ],
        axis=1,
    )
    return having, people, conversions, converted, bare


def _with_all(counted: Ints) -> Ints:
    return np.concatenate([counted, counted.sum(axis=0, keepdims=True)])


def _different(group: Ints, owner: Ints, code: Ints, groups: int, names: int, customers: int) -> Ints:
    """Return how many different owners each group and code has, and each code in all groups together."""
    found = np.zeros((groups + 1, names), dtype=np.int64)
    pair = once(owner * max(names, 1) + code, customers * max(names, 1))
    found[groups] = np.bincount(pair % max(names, 1), minlength=names)
    if groups == 1:
        found[0] = found[1]
        return found
    triple = once((owner * groups + group) * max(names, 1) + code, customers * groups * max(names, 1))
    cell = triple // max(names, 1) % groups * names + triple % max(names, 1)
    found[:groups] = np.bincount(cell, minlength=groups * names).reshape(groups, names)
    return found
