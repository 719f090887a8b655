"""The heads of the network, on grids: what is seen goes in, logits come out, each row's whatever is beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.product import ROWS, Desk, Grid, gridded
from touchline.understanding.fast.seen import Plain, Seen
from touchline.understanding.fast.weights import Weights

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

#: Heads that are read of each mention; the language is read of each text. The first two part a text into mentions.
OF_MENTIONS: Final = ("stage", "sentiment", "emotion", "effort", "resolution", "intent", "severity")
PARTING: Final = OF_MENTIONS[:2]
OF_TEXTS: Final = "language"


@dataclass(frozen=True, slots=True)
class Look:
    """The weights of some heads: columns of the hidden layer first, then those of the heads.

    Attributes:
        heads: First and last column of each head in the logits.
        own: From what is seen of a mention.
        whole: From what is seen of its text; behind its own columns, those of heads that only the text has.
        outer: From the hidden layer to the heads.
        inner_bias: Of the hidden layer.
        bias: Of the heads.
        near: Columns of a product with ``whole`` that count beside ``own``, as stretches: here, and there.
    """

    heads: dict[str, slice]
    own: Grid
    whole: Grid
    outer: Grid
    inner_bias: Floats
    bias: Floats
    near: tuple[tuple[slice, slice], ...]

    @classmethod
    def of(cls, weights: Weights, heads: Sequence[str], alone: str | None = None, *, rough: bool = False) -> Look:
        """Return the weights of heads, and of one that is read of texts ``alone``."""
        cuts = [weights.columns(head) for head in heads]
        columns = np.concatenate([np.arange(cut.start, cut.stop) for cut in cuts])
        wide = np.concatenate((weights.inner, weights.straight[:, columns]), axis=1)
        half, width = len(wide) // 2, weights.rows.shape[1]
        around = [wide[half:]]
        if alone:  # a whole text is its own surroundings
            both = weights.straight[:, weights.columns(alone)]
            around.append(both[:half] + both[half:])
        every = slice(0, wide.shape[1])
        return cls(
            _laid(heads, [cut.stop - cut.start for cut in cuts]),
            gridded(heard(wide[:half], width), rough=rough),
            gridded(heard(np.concatenate(around, axis=1), width)),
            gridded(weights.outer[:, columns], rough=rough, positive=True),
            weights.inner_bias.astype(np.float32),
            weights.bias[columns].astype(np.float32),
            ((every, every),),
        )

    def only(self, heads: Sequence[str]) -> Look:
        """Return the look of some heads alone, to the bit what they say here; ``whole`` begins with `PARTING`."""
        deep, columns = len(self.inner_bias), {head: _places(cut) for head, cut in self.heads.items()}
        inner, alone = np.arange(deep), np.arange(self.own.columns, self.whole.columns)
        some = np.concatenate([columns[head] for head in heads])
        around = [*PARTING, *(head for head in heads if head not in PARTING)]
        laid = _laid(around, [len(columns[head]) for head in around])
        own = _laid(heads, [len(columns[head]) for head in heads])
        near = [(_shifted(own[head], deep), _shifted(laid[head], deep)) for head in heads]
        return Look(
            own,
            self.own.some(np.concatenate((inner, deep + some))),
            self.whole.some(np.concatenate((inner, *(deep + columns[head] for head in around), alone))),
            self.outer.some(some),
            self.inner_bias,
            self.bias[some],
            ((slice(0, deep), slice(0, deep)), *near),
        )

    def sizes(self) -> list[int]:
        """Return how many columns each head has."""
        return [cut.stop - cut.start for cut in self.heads.values()]

    def beside(self, around: Floats) -> Floats:
        """Return what of a product with ``whole`` counts beside ``own``."""
        out = np.zeros((len(around), self.own.whole.shape[1]), np.float32)
        for here, there in self.near:
            out[:, here] = around[:, there]
        return out

    def logits(self, own: Seen, beside: Floats, of: Ints, hidden: Floats | None = None) -> Floats:
        """Return the heads' logits, each column in one piece.

        Args:
            own: What is seen of each mention.
            beside: From `beside`, of each text.
            of: Text of each mention.
            hidden: Where the hidden layer of each mention is written, if anywhere.
        """
        deep, many = len(self.inner_bias), len(self.bias)
        tall, rows = np.empty((many, len(own)), np.float32), min(len(own), ROWS)
        grids = self.own, self.own, self.outer
        wide, near, out = (np.empty((rows, grid.whole.shape[1]), np.float32) for grid in grids)
        bent = np.empty((rows, deep), np.float32)
        inner, outer = Desk(len(own), self.own), Desk(len(own), self.outer)
        bias = np.zeros(wide.shape[1], np.float32)
        bias[:deep], bias[deep : deep + many] = self.inner_bias, self.bias
        for low in range(0, len(own), ROWS):
            some = slice(low, low + ROWS)
            at = of[some]
            wide, near, out = wide[: len(at)], near[: len(at)], out[: len(at)]
            inner.multiply(own, some, wide)
            wide += beside.take(at, axis=0, out=near, mode="clip")
            wide += bias
            bent = bent[: len(at)] if hidden is None else hidden[some]
            np.maximum(wide[:, :deep], 0, out=bent)
            outer.multiply(Plain(bent), slice(None), out)
            np.add(out.T[:many], wide.T[deep : deep + many], out=tall[:, some])
        return tall.T


def heard(weights: npt.NDArray[np.floating], width: int) -> npt.NDArray[np.floating]:
    """Return weights of what is seen without the last columns of sums, of ``width``, that say nothing in them."""
    said = np.flatnonzero(weights[:width].any(axis=1))
    kept = int(said[-1]) + 1 if len(said) else 0
    return np.concatenate((weights[:kept], weights[width:]))


def _laid(heads: Sequence[str], sizes: Sequence[int]) -> dict[str, slice]:
    ends = np.cumsum(sizes).tolist()
    return {head: slice(end - size, end) for head, size, end in zip(heads, sizes, ends, strict=True)}


def _places(cut: slice) -> Ints:
    return np.arange(cut.start, cut.stop)


def _shifted(cut: slice, by: int) -> slice:
    return slice(cut.start + by, cut.stop + by)
