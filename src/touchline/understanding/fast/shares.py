"""Distributions over a few classes for many rows, worked out class by class: arrays are long, not wide.

The classes are added up one after the other, so that a row's bits do not hang on how many rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Return distributions over the columns.

    >>> softmax(np.zeros((1, 4), np.float32)).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    (out,) = softmaxes(logits, (logits.shape[1],), (temperature,))
    return out


def softmaxes(logits: Floats, sizes: Sequence[int], temperatures: Sequence[float]) -> list[Floats]:
    """Return distributions over several heads' columns, which stand one after the other.

    Args:
        logits: Shape (rows, columns).
        sizes: Columns of each head.
        temperatures: What each head's logits are divided by.

    Returns:
        One array per head, each column of which lies in one piece.
    """
    tall = logits.T.copy()
    heads, at = [], 0
    for size, temperature in zip(sizes, temperatures, strict=True):
        head = tall[at : at + size]
        head /= np.float32(temperature)
        head -= head.max(axis=0)
        heads.append(head)
        at += size
    np.exp(tall, out=tall)
    out = []
    for head in heads:
        total = head[0].copy()
        for row in head[1:]:
            total += row
        np.divide(head, total, out=head)
        out.append(head.T)
    return out


def best(shares: npt.NDArray[np.floating]) -> Ints:
    """Return the column of the greatest value of each row, the first of equals; 0 where there are no columns.

    >>> best(np.array([[0.1, 0.9], [0.5, 0.5]])).tolist()
    [1, 0]
    """
    found = np.zeros(len(shares), np.int64)
    if not shares.shape[1]:
        return found
    most = shares[:, 0].copy()
    for column in range(1, shares.shape[1]):
        values = shares[:, column]
        found[values > most] = column
        np.maximum(most, values, out=most)
    return found
