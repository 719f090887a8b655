"""Markov attribution: what is lost when a name is taken out of an absorbing chain, exactly.

States are the last k touches of a path (fewer at its beginning). With Q the probabilities between states, r what a
visit of a state earns by converting next, and N = (I - Q)^-1 the fundamental matrix, a path that begins is worth
V = (N r)_start. A name X is taken out by letting every path end where it would meet X. With A the states that end
in X, u the row of N at the start and h = N r, what is lost is

    V - V_X = u_A (N_AA)^-1 h_A

because (N_AA)^-1 turns visits into first visits. The removal effect is (V - V_X) / V, and what was earned is shared
in proportion to the effects. Nothing is simulated.

Source: Kemeny and Snell 1960, Finite Markov Chains, chapter 3; Anderl, Becker, von Wangenheim and Schumann 2016,
"Mapping the customer journey".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.errors import QuestionError
from touchline.sequences.attribution.paths import Paths
from touchline.sequences.resampling import Entries
from touchline.warehouse.index.journeys import Floats, Ints
from touchline.words import phrase

#: What a step of the chain may be beside a touch: a conversion, an end without one, gains and losses by converting.
CONVERTS, ENDS, GAINS, LOSES = range(4)
_SPECIAL: Final = 4
#: States up to which chains are inverted as dense matrices.
_DENSE: Final = 400
_AT_ONCE: Final = 4_000_000  # numbers of dense matrices held at a time


@dataclass(frozen=True, slots=True)
class Alphabet:
    """How a step of the chain is written as one number: group, state, and what comes next.

    Attributes:
        names: How many names there are.
        order: Touches that a state remembers.
        groups: How many groups there are.
    """

    names: int
    order: int
    groups: int

    def __post_init__(self) -> None:
        if self.size > 2**62:
            raise QuestionError(
                phrase(
                    "a Markov chain of order {order} over {names} names has too many states",
                    order=self.order,
                    names=self.names,
                ),
                where="order",
                todo=phrase("lower the order, or group the names"),
            )

    @property
    def states(self) -> int:
        """How many states could be; 0 is the start."""
        return int((self.names + 1) ** self.order)

    @property
    def symbols(self) -> int:
        """How many things can come next."""
        return self.names + _SPECIAL

    @property
    def size(self) -> int:
        """How many steps could be."""
        return self.groups * self.states * self.symbols

    def keys(self, group: Ints | int, state: Ints, symbol: Ints | int) -> Ints:
        """Return steps as numbers."""
        return (group * self.states + state) * self.symbols + symbol


def steps_of(paths: Paths, alphabet: Alphabet, *, valued: bool) -> list[Entries]:
    """Return every step of the chain that paths take; the cell of an entry is its `Alphabet` key.

    Args:
        paths: Those that convert and those that do not.
        alphabet: How steps are written.
        valued: Are conversions worth something else than 1?
    """
    width, length = alphabet.names + 1, paths.length
    code = paths.code.astype(np.int64)
    after = code + 1
    if alphabet.order > 1:
        place = np.arange(len(code)) - np.repeat(paths.start[:-1], length)
        for back in range(1, alphabet.order):
            earlier = np.zeros_like(code)
            earlier[back:] = code[:-back] + 1
            after += np.where(place >= back, earlier, 0) * width**back
    before = np.zeros_like(code)
    before[1:] = after[:-1]
    before[paths.start[:-1]] = 0
    group, owner = paths.group, paths.owner
    final = after[paths.start[1:] - 1]
    end = np.where(paths.converts, CONVERTS, ENDS)
    of_touch = np.repeat(group, length) if alphabet.groups > 1 else 0
    found = [
        Entries(paths.who, alphabet.keys(of_touch, before, code)),
        Entries(owner, alphabet.keys(group, final, alphabet.names + end)),
    ]
    if not valued:
        return found
    for sign, symbol in ((1, GAINS), (-1, LOSES)):
        there = paths.value * sign > 0
        cell = alphabet.keys(group[there], final[there], alphabet.names + symbol)
        found.append(Entries(owner[there], cell, np.abs(paths.value[there])))
    return found


@dataclass(frozen=True, slots=True)
class Removal:
    """What taking each name out of a chain does, in the chain of the data and in those of the samples.

    Attributes:
        lost: The share of what is earned that is lost without the name, shape (signs, 1 + r, names).
        earned: What is earned in all, shape (signs, 1 + r). Signs: gains, and losses where there are any.
    """

    lost: Floats
    earned: Floats

    @property
    def credit(self) -> Floats:
        """What is earned shared in proportion to what is lost, losses taken away; shape (1 + r, names)."""
        total = self.lost.sum(axis=2, keepdims=True)
        share = np.divide(self.lost, total, out=np.zeros_like(self.lost), where=total > 0)
        each = share * self.earned[:, :, None]
        net: Floats = each[0] - each[1:].sum(axis=0)
        return net


def removal(keys: Ints, counts: Floats, alphabet: Alphabet, *, valued: bool) -> Removal:
    """Return what taking each name out does.

    Args:
        keys: Steps of one group, as numbers without the group's part, ascending.
        counts: How often each was taken, in the data and in each sample, shape (steps, 1 + r).
        alphabet: How steps are written.
        valued: Are conversions worth something else than 1?
    """
    state, symbol = keys // alphabet.symbols, keys % alphabet.symbols
    names, width = alphabet.names, alphabet.names + 1
    known, origin = np.unique(np.append(0, state), return_inverse=True)
    origin = origin[1:]
    moves = symbol < names
    target = np.searchsorted(known, (state[moves] * width + symbol[moves] + 1) % alphabet.states)
    leaves = symbol < names + GAINS
    visits = np.zeros((len(known), counts.shape[1]))
    np.add.at(visits, origin[leaves], counts[leaves])
    signs = (GAINS, LOSES) if valued else (CONVERTS,)
    earns = np.zeros((len(signs), *visits.shape))
    for sign, wanted in enumerate(signs):
        here = symbol == names + wanted
        earns[sign, origin[here]] = counts[here]
    earned = earns.sum(axis=1)
    met = np.maximum(visits, 1e-300)
    chance = counts[moves] / met[origin[moves]]
    reward = earns / met
    ends_in = np.where(known > 0, known % width - 1, -1)
    solve = _dense if len(known) <= _DENSE else _sparse
    lost = solve(origin[moves], target, chance, reward, ends_in, names)
    return Removal(np.maximum(lost, 0.0), earned)


def _dense(origin: Ints, target: Ints, chance: Floats, reward: Floats, ends_in: Ints, names: int) -> Floats:
    """Return V - V_X over V by name, all samples at once: shape (signs, samples, names)."""
    states, samples = len(ends_in), chance.shape[1]
    lost = np.zeros((len(reward), samples, names))
    several = max(1, _AT_ONCE // states**2)
    blocks = [(name, np.flatnonzero(ends_in == name)) for name in np.unique(ends_in[ends_in >= 0])]
    for begin in range(0, samples, several):
        some = slice(begin, min(begin + several, samples))
        chain = np.zeros((some.stop - some.start, states, states))
        chain[:, origin, target] = -chance[:, some].T
        chain[:, np.arange(states), np.arange(states)] += 1
        visits = np.linalg.inv(chain)
        worth = np.moveaxis(visits @ np.moveaxis(reward[:, :, some], 2, 0).swapaxes(1, 2), 2, 0)  # sign, sample, state
        for name, block in blocks:
            if len(block) == 1:
                lost[:, some, name] = visits[:, 0, block[0]] * worth[:, :, block[0]] / visits[:, block[0], block[0]]
                continue
            inner = visits[:, block[:, None], block]
            first = np.linalg.solve(inner[None], worth[:, :, block, None])[..., 0]
            lost[:, some, name] = np.einsum("rs,krs->kr", visits[:, 0, block], first)
        whole = worth[:, :, 0]
        np.divide(lost[:, some], whole[:, :, None], out=lost[:, some], where=whole[:, :, None] > 0)
    return lost


def _sparse(origin: Ints, target: Ints, chance: Floats, reward: Floats, ends_in: Ints, names: int) -> Floats:
    """Return the same, sample by sample and name by name: each chain without the name is solved by itself."""
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    states, samples = len(ends_in), chance.shape[1]
    lost = np.zeros((len(reward), samples, names))
    one = eye_array(states, format="csc")
    for sample in range(samples):
        chain = csc_array((chance[:, sample], (origin, target)), shape=(states, states))
        earns = reward[:, :, sample].T
        whole = splu(one - chain).solve(earns)[0]
        for name in np.unique(ends_in[ends_in >= 0]):
            kept = np.flatnonzero(ends_in != name)
            left = (one - chain)[kept][:, kept].tocsc()
            without = splu(left).solve(np.ascontiguousarray(earns[kept]))[0]
            lost[:, sample, name] = np.where(whole > 0, (whole - without) / np.where(whole > 0, whole, 1.0), 0.0)
    return lost
