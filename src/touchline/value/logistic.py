"""A binary logistic regression that can be read: regularised, with intervals over customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.scores.bootstrap import REPLICATES, poisson_weights
from touchline.warehouse.index.journeys import Bools, Floats, Ints

_Z: Final = 1.959963984540054
#: How the shared fit holds a bias against a weight, and its scale.
_BIAS: Final = 0.1
_SCALE: Final = 10.0
#: Newton's steps at most; the step that changes nothing any more; the smallest part of one; what a sum is rounded by.
_STEPS: Final = 50
_CLOSE: Final = 1e-10
_SMALLEST: Final = 1e-6
_ROUNDED: Final = 1e-13
#: Multiplications of one product that OpenBLAS does in one thread.
_ALONE: Final = 250_000
_CHUNK: Final = 4096  # customers at a time


@dataclass(frozen=True)
class Logistic:
    """A fitted model: ``log odds = bias + sum(weights * (x - middle) / spread)``.

    Attributes:
        names: Of the columns.
        middle: Their means in what was learnt from.
        spread: Their standard deviations there; 1 where a column does not vary.
        bias: Log odds of an average customer.
        weights: Per standard deviation.
        covariance: Of bias and weights, over customers, shape (1 + columns, 1 + columns).
    """

    names: tuple[str, ...]
    middle: Floats
    spread: Floats
    bias: float
    weights: Floats
    covariance: Floats

    def logits(self, x: Floats) -> Floats:
        """Return log odds, shape (n,)."""
        out: Floats = (x - self.middle) / self.spread @ self.weights + self.bias
        return out

    def design(self, x: Floats) -> Floats:
        """Return what bias and weights are multiplied by, shape (n, 1 + columns)."""
        return np.column_stack([np.ones(len(x)), (x - self.middle) / self.spread])

    def errors(self) -> Floats:
        """Return the standard error of each weight."""
        found: Floats = np.sqrt(np.maximum(np.diag(self.covariance)[1:], 0))
        return found


def logistic(
    names: tuple[str, ...], x: Floats, lost: Bools, keys: Ints, *, strength: float = 1.0, errors: bool = True
) -> Logistic:
    """Fit a regularised logistic regression.

    The penalty is ``strength / 4 * sum(weights^2)`` over columns of variance 1; the bias is hardly held. Rows that are
    alike are added up first, which changes nothing. Covariance:
    the sandwich over customers, whose examples go together (Liang and Zeger 1986).

    Args:
        names: Of the columns.
        x: Shape (n, columns).
        lost: What came out, shape (n,).
        keys: Customer keys, shape (n,).
        strength: Of the penalty.
        errors: Whether the covariance is wanted; without, it is NaN.

    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(4000, 1))
    >>> made = logistic(("x",), x, rng.random(4000) < 1 / (1 + np.exp(-x[:, 0])), np.arange(4000))
    >>> bool(abs(made.weights[0] / made.spread[0] - 1) < 0.1)
    True
    """
    middle = x.mean(axis=0)
    spread = x.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1.0)
    share = np.clip(lost.mean(), 1e-6, 1 - 1e-6)
    apart, of = _distinct(x)
    many = np.bincount(of, minlength=len(apart)).astype(np.float64)
    bad = np.bincount(of, lost, len(apart)).astype(np.float64)
    bias, weights = _optimum((apart - middle) / spread, many, bad, float(np.log(share / (1 - share))), strength)
    if not errors:
        covariance = np.full((len(weights) + 1,) * 2, np.nan)
        return Logistic(names, middle, spread, bias, weights, covariance)
    design = np.column_stack([np.ones(len(x)), (x - middle) / spread])
    bread, clusters, _ = _parts(design, np.append(bias, weights), lost, keys, strength)
    inverse = np.linalg.inv(bread)
    of_them = len(clusters)
    meat = clusters.T @ clusters * (of_them / max(of_them - 1, 1))
    return Logistic(names, middle, spread, bias, weights, inverse @ meat @ inverse)


def _distinct(x: Floats) -> tuple[Floats, Ints]:
    """Return the rows that differ, and for each row which of them it is: columns of yes and no repeat themselves."""
    mark = x @ np.random.default_rng(0).normal(size=x.shape[1])
    _, first, of = np.unique(mark, return_index=True, return_inverse=True)
    apart = x[first]
    if not np.array_equal(apart[of], x):  # two that differ have one mark, which hardly ever is
        return x, np.arange(len(x), dtype=np.int64)
    return apart, of.astype(np.int64)


def _optimum(z: Floats, many: Floats, bad: Floats, base: float, strength: float) -> tuple[float, Floats]:
    """Return bias and weights of the lowest penalised loss, by Newton's method.

    A bias away from the base is held as the shared fit of two classes holds it, which may move its bias or its scale.

    Args:
        z: Rows that differ, shape (n, columns).
        many: How often each is met.
        bad: How often with the outcome.
        base: Log odds of the outcome where nothing is known.
        strength: Of the penalty.
    """
    design = np.column_stack([np.ones(len(z)), z])
    hold = np.full(design.shape[1], strength / 2)
    hold[0] = strength / (2 / _BIAS + base * base / _SCALE)
    found = np.zeros(design.shape[1])

    def loss(at: Floats) -> float:
        logits = design @ at + base
        return float((many * np.logaddexp(0, logits) - bad * logits).sum() + 0.5 * (hold * at * at).sum())

    now = loss(found)
    for _ in range(_STEPS):
        p = sigmoid(design @ found + base)
        slope = design.T @ (many * p - bad) + hold * found
        bread = _squares(design, many * p * (1 - p))
        bread[np.diag_indices_from(bread)] += hold
        step = np.linalg.solve(bread, slope)
        size, ahead = 1.0, loss(found - step)
        while not ahead <= now + _ROUNDED * abs(now) and size > _SMALLEST:  # a whole step may go past the optimum
            size /= 2
            ahead = loss(found - size * step)
        found, now = found - size * step, ahead
        if float(np.abs(step).max()) < _CLOSE:
            break
    return base + float(found[0]), found[1:]


def redrawn(
    model: Logistic, x: Floats, lost: Bools, keys: Ints, *, strength: float, replicates: int = REPLICATES, seed: int = 0
) -> Floats:
    """Return bias and weights as whole customers drawn again would give them, shape (1 + columns, replicates).

    One Newton step from the fitted weights, with each customer's part of the slope weighed by a Poisson weight less
    one, is as good as fitting anew, and takes no fitting. Source: Kline and Santos 2012, the score bootstrap.

    Args:
        model: Fitted to these rows.
        x: Shape (n, columns).
        lost: What came out, shape (n,).
        keys: Customer keys, shape (n,).
        strength: Of the penalty with which it was fitted.
        replicates: How many draws.
        seed: Of the draws.
    """
    design = model.design(x)
    bread, score, known = _parts(design, np.append(model.bias, model.weights), lost, keys, strength)
    moved = np.zeros((design.shape[1], replicates))
    for start in range(0, len(known), _CHUNK):
        span = slice(start, start + _CHUNK)
        moved += score[span].T @ (poisson_weights(known[span], replicates, seed).astype(np.float64) - 1)
    drawn: Floats = np.append(model.bias, model.weights)[:, None] + np.linalg.solve(bread, moved)
    return drawn


def _parts(design: Floats, weights: Floats, lost: Bools, keys: Ints, strength: float) -> tuple[Floats, Floats, Ints]:
    """Return the curvature, each customer's part of the slope, and the customers."""
    p = sigmoid(design @ weights)
    bread = _squares(design, p * (1 - p))
    bread[np.diag_indices_from(bread)] += np.append(strength * _BIAS / 2, np.full(design.shape[1] - 1, strength / 2))
    known, of = np.unique(keys, return_inverse=True)
    order = np.argsort(of, kind="stable")
    begins = np.searchsorted(of[order], np.arange(len(known)))
    clusters = np.add.reduceat((design * (lost - p)[:, None])[order], begins, axis=0)
    return bread, clusters, known


def _squares(x: Floats, weights: Floats) -> Floats:
    """Return ``x.T @ diag(weights) @ x``.

    A part of the rows at a time is too small for the linear algebra library to spread over threads, which would wait
    for each other where other processes hold them up.
    """
    out = np.zeros((x.shape[1], x.shape[1]))
    size = max(1, _ALONE // max(1, x.shape[1] ** 2))
    for start in range(0, len(x), size):
        part = x[start : start + size]
        out += (part * weights[start : start + size, None]).T @ part
    return out


def sigmoid(logits: Floats) -> Floats:
    """Return probabilities of log odds."""
    from scipy.special import expit

    out: Floats = expit(logits)
    return out


def odds(model: Logistic) -> tuple[Floats, Floats, Floats]:
    """Return the odds ratio of one standard deviation more, with its 95 % interval."""
    error = model.errors()
    return np.exp(model.weights), np.exp(model.weights - _Z * error), np.exp(model.weights + _Z * error)
