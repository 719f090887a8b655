"""Which texts to label next: those that the reader is unsure of, and that lie far from one another."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Texts that take part in the choice, the most uncertain, per text that is chosen.
POOL: Final = 20


def uncertainty(logs: npt.NDArray[np.floating]) -> Floats:
    """Return how unsure each row is: its entropy as a share of the most there can be, 0 to 1.

    >>> uncertainty(np.log([[0.5, 0.5], [0.999, 0.001]])).round(2).tolist()
    [1.0, 0.01]
    """
    share = np.exp(logs.astype(np.float64))
    out: Floats = -(share * np.log(np.maximum(share, 1e-12))).sum(axis=1) / np.log(max(2, logs.shape[1]))
    return np.clip(out, 0.0, 1.0)


def choose(
    vectors: npt.NDArray[np.floating], doubt: Floats, many: int, *, near: npt.NDArray[np.floating] | None = None
) -> Ints:
    """Return places of texts to label, the most telling first: greedy k-centre, distance weighed by doubt.

    Args:
        vectors: One per text, shape (texts, dimensions).
        doubt: How unsure the reader is of each, 0 to 1.
        many: How many to choose.
        near: Vectors of what is labelled already: what lies near them tells little.

    >>> vectors = np.array([[1.0, 0], [1, 0.01], [0, 1]])
    >>> choose(vectors, np.array([0.9, 0.89, 0.5]), 2).tolist()
    [0, 2]
    """
    pool = np.argsort(-doubt, kind="stable")[: max(many * POOL, 200)]
    x, worth = _unit(vectors[pool]), doubt[pool] + 1e-3
    far = np.full(len(pool), 2.0)
    if near is not None and len(near):
        far = np.minimum(far, 1 - (x @ _unit(near).T).max(axis=1))
    chosen: list[int] = []
    for _ in range(min(many, len(pool))):
        gain = worth * np.maximum(far, 1e-9)
        gain[chosen] = -1.0
        best = int(gain.argmax())
        chosen.append(best)
        far = np.minimum(far, 1 - x @ x[best])
    return pool[chosen]


def _unit(rows: npt.NDArray[np.floating]) -> Floats:
    wide = rows.astype(np.float64)
    out: Floats = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9)
    return out
