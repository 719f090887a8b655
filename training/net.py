"""A small network over sums of word rows, trained in NumPy: deterministic, no framework.

x = sum of rows / sqrt(n)          rows: of words (with the rows of their letters), of hashed pairs
u = [x of the stretch, x of the whole text, counts of both]
logits = u A + relu(u B + b) C + c
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from touchline.understanding.fast.features import DENSE, PAIRS
from touchline.understanding.fast.model import scale
from training.features import Examples

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
F: Final = np.float32


@dataclass
class Net:
    """Weights; ``words`` already holds a word's row without its letters' part, ``letters`` the hashed n-grams."""

    words: Floats
    letters: Floats
    pairs: Floats
    spelt: csr_matrix  # words x letters, rows sum to 1
    known: Floats  # what the large encoder knows of each word alone, words x 384
    project: Floats
    straight: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    bias: Floats
    heads: dict[str, slice]

    @classmethod
    def fresh(
        cls,
        spelt: csr_matrix,
        known: Floats,
        width: int,
        hidden: int,
        heads: Mapping[str, int],
        rng: np.random.Generator,
    ) -> Net:
        """Return a network that knows nothing."""
        words, letters = spelt.shape
        out, at, slices = sum(heads.values()), 0, {}
        for name, size in heads.items():
            slices[name] = slice(at, at + size)
            at += size
        inputs = 2 * (width + DENSE)

        def small(*shape: int, scale: float) -> Floats:
            made: Floats = rng.normal(0, scale, shape).astype(F)
            return made

        return cls(
            words=np.zeros((words, width), F),
            letters=small(letters, width, scale=0.05),
            pairs=np.zeros((PAIRS, width), F),
            spelt=spelt,
            known=known,
            project=small(known.shape[1], width, scale=float(1 / np.sqrt(known.shape[1]))),
            straight=small(inputs, out, scale=0.02),
            inner=small(inputs, hidden, scale=float(1 / np.sqrt(inputs))),
            inner_bias=np.zeros(hidden, F),
            outer=small(hidden, out, scale=0.05) * _bends(slices, out),
            bias=np.zeros(out, F),
            heads=slices,
        )

    def word_rows(self) -> Floats:
        """Return the rows of all words, letters included."""
        rows: Floats = self.words + self.known @ self.project + self.spelt @ self.letters
        return rows

    def logits(self, part: Examples, whole: Examples, at: Ints | None = None, rows: Floats | None = None) -> Floats:
        """Return the logits of stretches within their texts."""
        rows = self.word_rows() if rows is None else rows
        at = np.arange(len(part)) if at is None else at
        u = np.concatenate(
            [_sum(part, at, rows, self.pairs), part.dense[at], _sum(whole, at, rows, self.pairs), whole.dense[at]],
            axis=1,
        )
        hidden = np.maximum(u @ self.inner + self.inner_bias, 0)
        out: Floats = u @ self.straight + hidden @ self.outer + self.bias
        return out


def _bends(heads: Mapping[str, slice], out: int) -> Floats:
    """Return 1 for the columns that the hidden layer speaks to; the language is told without it, which is cheaper."""
    mask = np.ones(out, F)
    if "language" in heads:
        mask[heads["language"]] = 0
    return mask


def _matrix(lists: tuple[Ints, Ints], at: Ints, columns: int) -> csr_matrix:
    ptr, values = lists
    sizes = (ptr[1:] - ptr[:-1])[at]
    ends = np.concatenate(([0], np.cumsum(sizes)))
    index = np.arange(ends[-1]) - np.repeat(ends[:-1] - ptr[:-1][at], sizes)
    return csr_matrix((np.ones(len(index), F), values[index], ends), shape=(len(at), columns))


def _norm(part: Examples, at: Ints) -> Floats:
    sizes = (part.words[0][1:] - part.words[0][:-1])[at]
    return scale(sizes)


def _sum(part: Examples, at: Ints, rows: Floats, pairs: Floats) -> Floats:
    total: Floats = (_matrix(part.words, at, len(rows)) @ rows + _matrix(part.pairs, at, PAIRS) @ pairs) * _norm(
        part, at
    )
    return total


@dataclass
class _Adam:
    """Adam; tables are moved only in the rows that a batch touched."""

    rate: float
    decay: float = 0.0
    step: int = 0
    first: dict[str, Floats] = field(default_factory=dict)
    second: dict[str, Floats] = field(default_factory=dict)

    def move(self, name: str, weights: Floats, gradient: Floats, rows: Ints | None = None, rate: float = 1.0) -> None:
        m = self.first.setdefault(name, np.zeros_like(weights))
        v = self.second.setdefault(name, np.zeros_like(weights))
        at: Ints | slice = slice(None) if rows is None else rows
        m[at] = 0.9 * m[at] + 0.1 * gradient
        v[at] = 0.99 * v[at] + 0.01 * gradient * gradient
        fix = np.sqrt(1 - 0.99 ** min(self.step, 2000)) / (1 - 0.9 ** min(self.step, 2000))
        move = self.rate * rate * fix * m[at] / (np.sqrt(v[at]) + 1e-7)
        decay = self.decay if name in ("words", "pairs") else 0.0
        weights[at] -= (move + self.rate * decay * weights[at]).astype(F)


@dataclass(frozen=True)
class Lesson:
    """What to learn from.

    Attributes:
        part: Stretches of text.
        whole: The texts around them.
        targets: Per head, what to say: distributions, shape (examples, size).
        weights: Per head, how much each example counts, shape (examples,); 0 where nothing is known.
        draw: How many of the examples are shown in an epoch, as a share.
    """

    part: Examples
    whole: Examples
    targets: dict[str, Floats]
    weights: dict[str, Floats]
    draw: float = 1.0


def train(
    net: Net,
    lessons: list[Lesson],
    *,
    epochs: int,
    rng: np.random.Generator,
    rate: float = 0.004,
    decay: float = 0.0,
    drop: float = 0.1,
    batch: int = 384,
    told: bool = False,
) -> Net:
    """Train a network in place; the rate falls to nothing over the epochs."""
    adam = _Adam(rate, decay)
    plan = [sum(int(np.ceil(len(lesson.part) * lesson.draw / batch)) for lesson in lessons) for _ in range(epochs)]
    total, seen = sum(plan), 0
    for epoch in range(epochs):
        loss = 0.0
        for lesson, at in _shuffled(lessons, batch, rng):
            adam.step += 1
            adam.rate = rate * 0.5 * (1 + np.cos(np.pi * min(1.0, seen / max(1, total))))
            loss += _learn(net, lesson, at, adam, rng, drop)
            seen += 1
        if told:
            print(f"epoch {epoch + 1}: loss {loss / max(1, plan[epoch]):.3f}", flush=True)
    return net


def _shuffled(lessons: list[Lesson], batch: int, rng: np.random.Generator) -> Iterator[tuple[Lesson, Ints]]:
    runs: list[tuple[int, Ints]] = []
    for number, lesson in enumerate(lessons):
        order = rng.permutation(len(lesson.part))[: int(len(lesson.part) * lesson.draw)]
        runs += [(number, order[at : at + batch]) for at in range(0, len(order), batch)]
    for which in rng.permutation(len(runs)):
        number, at = runs[which]
        yield lessons[number], at


def _learn(net: Net, lesson: Lesson, at: Ints, adam: _Adam, rng: np.random.Generator, drop: float) -> float:
    width = net.words.shape[1]
    sides, inputs = [], []
    for part in (lesson.part,) if lesson.part is lesson.whole else (lesson.part, lesson.whole):
        words, pairs = _matrix(part.words, at, len(net.words)), _matrix(part.pairs, at, PAIRS)
        if drop:
            words.data *= (rng.random(len(words.data)) >= drop) / F(1 - drop)
            pairs.data *= (rng.random(len(pairs.data)) >= 2 * drop) / F(1 - 2 * drop)
        rows, where = np.unique(words.indices, return_inverse=True)
        buckets, there = np.unique(pairs.indices, return_inverse=True)
        words = csr_matrix((words.data, where, words.indptr), shape=(len(at), len(rows)))
        pairs = csr_matrix((pairs.data, there, pairs.indptr), shape=(len(at), len(buckets)))
        # a word is known by its letters alone now and then, so that unseen words are read well
        named = (rng.random(len(rows)) >= drop).astype(F)[:, None]
        spelt = net.spelt[rows]
        known = net.known[rows]
        values = (net.words[rows] + known @ net.project) * named + spelt @ net.letters
        norm = _norm(part, at)
        x = (words @ values + pairs @ net.pairs[buckets]) * norm
        sides.append((words, pairs, rows, buckets, spelt, named, norm, known))
        inputs += [x, part.dense[at]]
    u = np.concatenate(inputs if len(sides) == 2 else inputs * 2, axis=1)
    mask = (rng.random(u.shape) >= drop).astype(F) / F(1 - drop) if drop else np.ones_like(u)
    u = u * mask
    before = u @ net.inner + net.inner_bias
    hidden = np.maximum(before, 0)
    logits = u @ net.straight + hidden @ net.outer + net.bias
    gradient = np.zeros_like(logits)
    loss = 0.0
    for name, target in lesson.targets.items():
        cut = net.heads[name]
        share, weight = target[at], lesson.weights[name][at][:, None]
        z = logits[:, cut]
        if name == "vector":
            gap = z - share
            gradient[:, cut] = weight * gap
            loss += float((weight * gap * gap).sum()) / 2
        else:
            z = z - z.max(axis=1, keepdims=True)
            p = np.exp(z)
            p /= p.sum(axis=1, keepdims=True)
            gradient[:, cut] = weight * (p - share)
            loss -= float((weight * share * np.log(p + 1e-9)).sum())
    gradient /= len(at)
    bent = gradient * _bends(net.heads, gradient.shape[1])
    back = (bent @ net.outer.T) * (before > 0)
    to_input = (gradient @ net.straight.T + back @ net.inner.T) * mask
    adam.move("straight", net.straight, u.T @ gradient, rate=0.5)
    adam.move("outer", net.outer, hidden.T @ bent, rate=0.5)
    adam.move("inner", net.inner, u.T @ back, rate=0.5)
    adam.move("bias", net.bias, gradient.sum(axis=0))
    adam.move("inner_bias", net.inner_bias, back.sum(axis=0))
    half = to_input.shape[1] // 2
    parts = [to_input[:, :half], to_input[:, half:]] if len(sides) == 2 else [to_input[:, :half] + to_input[:, half:]]
    for (words, pairs, rows, buckets, spelt, named, norm, known), part in zip(sides, parts, strict=True):
        dx = part[:, :width] * norm
        value = words.T @ dx
        own = (value * named).astype(F)
        adam.move("words", net.words, own, rows)
        adam.move("project", net.project, known.T @ own, rate=0.3)
        letters = np.unique(spelt.indices)
        down = (spelt.T @ value)[letters].astype(F)
        adam.move("letters", net.letters, down, letters)
        adam.move("pairs", net.pairs, (pairs.T @ dx).astype(F), buckets)
    return loss / len(at)
