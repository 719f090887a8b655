"""A binary logistic regression that can be read: the shared regularised fit, with intervals over customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.scores.bootstrap import REPLICATES, poisson_weights
from touchline.understanding.teaching.regression import fit
from touchline.warehouse.index.journeys import Bools, Floats, Ints

_Z: Final = 1.959963984540054
#: How the shared fit holds a bias against a weight.
_BIAS: Final = 0.1
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


def logistic(names: tuple[str, ...], x: Floats, lost: Bools, keys: Ints, *, strength: float = 1.0) -> Logistic:
    """Fit a regularised logistic regression.

    The penalty is ``strength / 4 * sum(weights^2)`` over columns of variance 1; the bias is hardly held. Covariance:
    the sandwich over customers, whose examples go together (Liang and Zeger 1986).

    Args:
        names: Of the columns.
        x: Shape (n, columns).
        lost: What came out, shape (n,).
        keys: Customer keys, shape (n,).
        strength: Of the penalty.

    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(4000, 1))
    >>> made = logistic(("x",), x, rng.random(4000) < 1 / (1 + np.exp(-x[:, 0])), np.arange(4000))
    >>> bool(abs(made.weights[0] / made.spread[0] - 1) < 0.1)
    True
    """
    middle = x.mean(axis=0)
    spread = x.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1.0)
    z = (x - middle) / spread
    share = np.clip(lost.mean(), 1e-6, 1 - 1e-6)
    base = np.broadcast_to(np.log([1 - share, share]), (len(z), 2))
    targets = np.column_stack([~lost, lost]).astype(np.float64)
    found = fit(z, np.ascontiguousarray(base), targets, np.ones(len(z)), strength)
    weights = found.weights[:, 1] - found.weights[:, 0]
    bias = float(found.scale * (base[0, 1] - base[0, 0]) + found.bias[1] - found.bias[0])
    design = np.column_stack([np.ones(len(z)), z])
    bread, clusters, _ = _parts(design, np.append(bias, weights), lost, keys, strength)
    inverse = np.linalg.inv(bread)
    many = len(clusters)
    meat = clusters.T @ clusters * (many / max(many - 1, 1))
    return Logistic(names, middle, spread, bias, weights, inverse @ meat @ inverse)


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
    bread = design.T @ (design * (p * (1 - p))[:, None])
    bread[np.diag_indices_from(bread)] += np.append(strength * _BIAS / 2, np.full(design.shape[1] - 1, strength / 2))
    known, of = np.unique(keys, return_inverse=True)
    clusters = np.zeros((len(known), design.shape[1]))
    np.add.at(clusters, of, design * (lost - p)[:, None])
    return bread, clusters, known


def sigmoid(logits: Floats) -> Floats:
    """Return probabilities of log odds."""
    from scipy.special import expit

    out: Floats = expit(logits)
    return out


def odds(model: Logistic) -> tuple[Floats, Floats, Floats]:
    """Return the odds ratio of one standard deviation more, with its 95 % interval."""
    error = model.errors()
    return np.exp(model.weights), np.exp(model.weights - _Z * error), np.exp(model.weights + _Z * error)
