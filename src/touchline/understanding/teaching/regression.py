"""Multinomial logistic regression that starts from what is known: log-probabilities are given, a correction is fitted.

    log P(k | x)  =  scale * base_k(x)  +  x W_k  +  b_k  +  constant

The penalty pulls towards W = 0, b = 0, scale = 1, which is the base itself; the stronger, the more labels it takes to
move it. The problem is convex: the answer does not hang on where the search begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: How much less than a weight a bias is held, and how much more the scale.
_BIAS: Final = 0.1
_SCALE: Final = 10.0
_STEPS: Final = 200
#: Multiplications of one product that OpenBLAS does in one thread.
_ALONE: Final = 250_000


@dataclass(frozen=True, slots=True)
class Fit:
    """A correction.

    Attributes:
        weights: Shape (features, classes).
        bias: Shape (classes,).
        scale: What the base is multiplied by.
    """

    weights: Floats
    bias: Floats
    scale: float

    @classmethod
    def nothing(cls, features: int, classes: int) -> Fit:
        """Return the correction that changes nothing."""
        return cls(np.zeros((features, classes)), np.zeros(classes), 1.0)

    def logs(self, x: Floats, base: Floats) -> Floats:
        """Return log-probabilities, shape (n, classes)."""
        return log_softmax(self.scale * base + x @ self.weights + self.bias)


def fit(x: Floats, base: Floats, targets: Floats, weights: Floats, strength: float, start: Fit | None = None) -> Fit:
    """Fit a correction.

    Args:
        x: Features, shape (n, features).
        base: Log-probabilities as they are known, shape (n, classes).
        targets: What is right, as distributions, shape (n, classes).
        weights: How much each row counts, shape (n,).
        strength: Of the pull towards the base; labels and it weigh against each other.
        start: Where to begin; it saves time and changes nothing else.

    >>> x, base = np.array([[1.0], [-1.0]]), np.log(np.full((2, 2), 0.5))
    >>> learnt = fit(x, base, np.eye(2), np.ones(2), 0.1).logs(x, base)
    >>> learnt.argmax(axis=1).tolist()
    [0, 1]
    """
    from scipy.optimize import minimize

    rows, features = x.shape
    classes = base.shape[1]
    cut = features * classes
    blocks = _blocks(x, classes)
    begin = start or Fit.nothing(features, classes)

    def loss(flat: Floats) -> tuple[float, Floats]:
        w, b, more = flat[:cut].reshape(features, classes), flat[cut:-1], flat[-1]
        said = (blocks @ w).reshape(-1, classes)[:rows]
        logs = log_softmax((1 + more) * base + said + b)
        gap = (np.exp(logs) * targets.sum(axis=1, keepdims=True) - targets) * weights[:, None]
        value = -float((weights[:, None] * targets * logs).sum())
        value += 0.5 * strength * float((w * w).sum() + _BIAS * (b * b).sum() + _SCALE * more * more)
        slope = np.concatenate(
            (
                (_turned(blocks, gap) + strength * w).ravel(),
                gap.sum(axis=0) + strength * _BIAS * b,
                [float((gap * base).sum()) + strength * _SCALE * more],
            )
        )
        return value, slope

    flat = np.concatenate((begin.weights.ravel(), begin.bias, [begin.scale - 1]))
    found = minimize(loss, flat, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "ftol": 1e-8, "maxcor": 20})
    return Fit(found.x[:cut].reshape(features, classes), found.x[cut:-1], float(1 + found.x[-1]))


def _blocks(x: Floats, classes: int) -> Floats:
    """Return rows in blocks, shape (blocks, rows of one, features), filled up with zeros.

    A product of one block is too small for the linear algebra library to spread over threads: a search of thousands
    of them would otherwise wait for threads that other processes hold up.
    """
    size = max(1, min(len(x), _ALONE // max(1, x.shape[1] * classes)))
    many = -(-len(x) // size)
    out = np.zeros((many * size, x.shape[1]))
    out[: len(x)] = x
    return out.reshape(many, size, x.shape[1])


def _turned(blocks: Floats, gap: Floats) -> Floats:
    """Return ``x.T @ gap`` of blocks of x."""
    wide = np.zeros((blocks.shape[0] * blocks.shape[1], gap.shape[1]))
    wide[: len(gap)] = gap
    out: Floats = (blocks.transpose(0, 2, 1) @ wide.reshape(*blocks.shape[:2], gap.shape[1])).sum(axis=0)
    return out


def balanced(targets: Floats) -> Floats:
    """Return a weight per row, 1 on average: rare classes count more, by the square root of how rare they are.

    >>> balanced(np.array([[1.0, 0], [1, 0], [1, 0], [1, 0], [0, 1]])).round(2).tolist()
    [0.83, 0.83, 0.83, 0.83, 1.67]
    """
    counts = targets.sum(axis=0)
    each = np.sqrt(1 / np.maximum(counts, 1))
    weights: Floats = targets @ each
    return weights / weights.mean() if len(weights) else weights


def log_softmax(logits: Floats) -> Floats:
    """Return log-probabilities over the columns."""
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    out: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return out
