"""Poisson bootstrap over customers: a weight depends on the customer and the replicate, on nothing else.

Whole customers are drawn, because one customer's touches go together. A weight is Poisson with mean 1, read
from a hash of (customer key, replicate, seed), so that any order of rows, any split of the work and any engine
draw the same samples. Source: Hanley and MacGibbon 2006, "Creating non-parametric bootstrap samples using
Poisson frequencies".
"""

from __future__ import annotations

from math import exp, factorial
from typing import Final

import numpy as np
from numpy.typing import NDArray

REPLICATES: Final = 200

_LANES: Final = 4  # one 64-bit hash gives four 16-bit draws
_CHUNK: Final = 4096  # customers at a time: their weights stay in the processor's cache
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_DRAW_ENDS: Final = np.round(65536 * np.cumsum([exp(-1) / factorial(k) for k in range(12)]))
_DRAWS: Final = np.searchsorted(_DRAW_ENDS, np.arange(65536), side="right").astype(np.uint8)


def poisson_weights(keys: NDArray[np.int64], replicates: int = REPLICATES, seed: int = 0) -> NDArray[np.uint8]:
    """Return how often each customer is drawn in each replicate.

    Args:
        keys: Customer keys, shape (n,).
        replicates: How many samples, r.
        seed: Another seed gives other samples.

    Returns:
        Weights, shape (n, r): Poisson with mean 1, to one part in 65,536.

    >>> poisson_weights(np.array([7, 8]), replicates=6)[1].tolist() == \
        poisson_weights(np.array([8]), replicates=6)[0].tolist()
    True
    """
    words = -(-replicates // _LANES)
    steps = np.arange(1, words + 1, dtype=np.uint64) * _GOLDEN
    offset = np.uint64(int(_GOLDEN) * (seed + 1) % 2**64)
    start = _mixed(keys.astype(np.int64).view(np.uint64) + offset)
    lanes = _mixed(start[:, None] + steps).astype("<u8", copy=False).view("<u2")
    drawn: NDArray[np.uint8] = _DRAWS[lanes][:, :replicates]
    return drawn


def resampled_sums(
    keys: NDArray[np.int64],
    groups: NDArray[np.int64],
    values: NDArray[np.float64],
    count: int,
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Return the sums of values by group in every replicate.

    Args:
        keys: The customer of each row, shape (n,).
        groups: The group of each row, 0 to count - 1, shape (n,). At most one row per customer and group
            keeps
            the sums equal to the last bit under any order of rows.
        values: What to add up, shape (n, v).
        count: Number of groups, g.
        replicates: How many samples, r.
        seed: Another seed gives other samples.

    Returns:
        Sums, shape (g, v, r).
    """
    from scipy.sparse import csr_array

    width = values.shape[1]
    order = np.argsort(keys, kind="stable")
    keys, groups, values = keys[order], groups[order], values[order]
    known, first = np.unique(keys, return_index=True)
    customer = np.repeat(np.arange(len(known)), np.diff(np.append(first, len(keys))))
    out = np.zeros((count * width, replicates))
    for start in range(0, len(known), _CHUNK):
        chunk = known[start : start + _CHUNK]
        end = start + len(chunk)
        rows = slice(first[start], first[end] if end < len(known) else len(keys))
        cells = (groups[rows, None] * width + np.arange(width)).ravel()
        columns = np.repeat(customer[rows] - start, width)
        matrix = csr_array((values[rows].ravel(), (cells, columns)), shape=(count * width, len(chunk)))
        out += matrix @ poisson_weights(chunk, replicates, seed).astype(np.float64)
    return out.reshape(count, width, replicates)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return SplitMix64's finaliser of each word (Steele, Lea and Flood, 2014). Overwrites its argument."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x ^= x >> np.uint64(shift)
        x *= np.uint64(factor)
    x ^= x >> np.uint64(31)
    return x
