"""Attribution as one would write it by hand for one table, in plain NumPy: the floor that ours is measured against.

Linear, time decay and a Markov chain of order 1 with exact removal effects; no groups, no window, no figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import add

import numpy as np

from benchmarks.timing import Pair, pair
from touchline.scores.bootstrap import poisson_weights
from touchline.sequences.attribution import Asked
from touchline.sequences.attribution.counting import count_credits
from touchline.sequences.attribution.figure import attribution
from touchline.warehouse.index.journeys import Floats, Ints, Journeys

_WEEK = 7 * 86_400_000_000


@dataclass(frozen=True)
class Table:
    """Arrays sorted by customer and time."""

    keys: Ints
    owner: Ints
    at: Ints
    channel: Ints
    converts: np.ndarray[tuple[int], np.dtype[np.bool_]]
    channels: int

    @classmethod
    def of(cls, journeys: Journeys, event: str) -> Table:
        """Take the arrays out; not timed."""
        events, channel = journeys.coded("event"), journeys.coded("channel")
        converts = events.codes == events.names.index(event)
        return cls(journeys.keys, journeys.owner, journeys.at, channel.codes, converts, len(channel.names))


def three_models(t: Table) -> tuple[Floats, Floats, Floats, Ints, Ints]:
    """Return linear, time decay, Markov; and the chain's steps with their customers, for the bootstrap."""
    width = t.channels + 3
    row = np.flatnonzero(~t.converts & (t.channel >= 0))
    end = np.flatnonzero(t.converts)
    place, owner, code, at = np.cumsum(t.converts)[row], t.owner[row], t.channel[row].astype(np.int64), t.at[row]
    wins = np.append(t.owner[end], -1)[place] == owner
    new = np.ones(len(row) + 1, dtype=bool)
    new[1:-1] = (place[1:] != place[:-1]) | (owner[1:] != owner[:-1])
    start = np.flatnonzero(new)
    length, last = np.diff(start), start[1:] - 1
    won = wins[start[:-1]]
    touched = np.repeat(won, length)
    linear = np.bincount(code[touched], np.repeat(1 / length, length)[touched], t.channels)
    code_w, length_w = code[touched], length[won]
    first_w = np.cumsum(length_w) - length_w
    weight = np.exp2((at[touched] - np.repeat(at[last[won]], length_w)) / _WEEK)
    decay = np.bincount(code_w, weight / np.repeat(np.add.reduceat(weight, first_w), length_w), t.channels)
    before = np.empty_like(code)
    before[1:] = code[:-1]
    before[start[:-1]] = t.channels
    step = before * width + code
    final = code[last] * width + t.channels + 1 + ~won
    steps = np.concatenate([step, final])
    counts = np.bincount(steps, minlength=width * width).reshape(1, width, width).astype(float)
    return linear, decay, markov(counts, t.channels)[0], steps, np.concatenate([owner, owner[last]])


def markov(counts: Floats, channels: int) -> Floats:
    """Return what channels get, for several chains at once."""
    inner = counts[:, : channels + 1, : channels + 1]
    total = np.maximum(counts[:, : channels + 1].sum(axis=2, keepdims=True), 1e-300)
    inverse = np.linalg.inv(np.eye(channels + 1) - inner / total)
    worth = (inverse @ (counts[:, : channels + 1, channels + 1, None] / total))[..., 0]
    lost = inverse[:, channels, :channels] * worth[:, :channels]
    lost /= np.diagonal(inverse, axis1=1, axis2=2)[:, :channels]
    earned = counts[:, :, channels + 1].sum(axis=1)
    return lost / lost.sum(axis=1, keepdims=True) * earned[:, None]


def with_samples(t: Table, replicates: int = 200) -> Floats:
    """Return Markov's credit in the data's bootstrap samples, drawn by customer."""
    from scipy.sparse import csc_array

    *_, steps, owner = three_models(t)
    order = np.argsort(owner, kind="stable")
    steps, bound = steps[order], np.searchsorted(owner[order], np.arange(len(t.keys) + 1))
    width = t.channels + 3
    total = np.zeros((width * width, replicates))
    for begin in range(0, len(t.keys), 4096):
        weights = poisson_weights(t.keys[begin : begin + 4096], replicates).astype(float)
        here = bound[begin : begin + len(weights) + 1]
        ones = np.ones(here[-1] - here[0])
        total += csc_array((ones, steps[here[0] : here[-1]], here - here[0]), (width * width, len(weights))) @ weights
    return markov(total.T.reshape(replicates, width, width), t.channels)


def pairs(journeys: Journeys, event: str, rounds: int) -> list[Pair]:
    """Measure ours beside it: the three models, and the chain with 200 samples."""
    t = Table.of(journeys, event)
    journeys.owner  # noqa: B018  both sides have it ready
    three = Asked(event, models=("linear", "time_decay", "markov"), replicates=0)
    chain = Asked(event, models=("markov",))
    ours = journeys.counted(lambda part: count_credits(part, three), add)
    hand = three_models(t)
    np.testing.assert_allclose(ours.credit[0, :, :, 0], hand[:2], rtol=1e-9)
    rows = {row["name"]: row["credit"] for row in attribution(journeys, three).to_dicts() if row["model"] == "markov"}
    np.testing.assert_allclose([rows[name] for name in journeys.coded("channel").names], hand[2], rtol=1e-9)
    return [
        pair("attribution, 3 models / NumPy by hand", lambda: attribution(journeys, three), lambda: three_models(t),
             rounds=rounds, at_most=1.5, goal="at most 1.5"),
        pair("attribution, Markov, 200 samples / by hand", lambda: attribution(journeys, chain),
             lambda: with_samples(t), rounds=rounds, at_most=1.5, goal="at most 1.5"),
    ]  # fmt: skip
