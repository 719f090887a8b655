"""Sums over whole customers, and the same sums in every sample of a Poisson bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.scores.bootstrap import poisson_weights
from touchline.warehouse.index.journeys import Floats, Ints

_CHUNK: Final = 4096  # customers at a time: their weights stay in the processor's cache
_TAILS: Final = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Entries:
    """What customers add to cells.

    Attributes:
        owner: Number of the customer of each entry, ascending.
        cell: The cell that it adds to, from 0.
        amount: What it adds; None: one each.
    """

    owner: Ints | npt.NDArray[np.int32]
    cell: Ints
    amount: Floats | None = None


def sums(keys: Ints, parts: Sequence[Entries], cells: int, replicates: int) -> Floats:
    """Return the sum of each cell, and that of each bootstrap sample.

    Args:
        keys: Customers' keys, shape (customers,): a weight depends on the key and the number of the sample alone.
        parts: What is added up.
        cells: How many cells.
        replicates: How many samples, r.

    Returns:
        Shape (cells, 1 + r); the first column is the plain sum. Sums of two slices of customers add up.

    >>> sums(np.array([7, 8]), [Entries(np.array([0, 0, 1]), np.array([0, 1, 1]))], 2, 0).tolist()
    [[1.0], [2.0]]
    """
    found = np.zeros((cells, 1 + replicates))
    for part in parts:
        found[:, 0] += np.bincount(part.cell, part.amount, cells)
    if not replicates or not cells:
        return found
    there = np.zeros(len(keys), dtype=np.bool_)
    for part in parts:
        there[part.owner] = True
    number = np.cumsum(there) - 1
    keys = keys[there]
    edges = np.append(np.arange(0, len(keys), _CHUNK), len(keys))
    columns = [number[part.owner] for part in parts]
    bounds = [np.searchsorted(column, np.arange(len(keys) + 1)) for column in columns]
    for begin, end in pairwise(edges):
        weights = poisson_weights(keys[begin:end], replicates).astype(np.float64)
        for part, bound in zip(parts, bounds, strict=True):
            found[:, 1:] += _product(part, bound[begin : end + 1], cells, weights)
    return found


def _product(part: Entries, bound: Ints, cells: int, weights: Floats) -> Floats:
    from scipy.sparse import csc_array

    rows = slice(bound[0], bound[-1])
    amount = np.ones(rows.stop - rows.start) if part.amount is None else part.amount[rows]
    matrix = csc_array((amount, part.cell[rows], bound - bound[0]), shape=(cells, len(weights)))
    product: Floats = matrix @ weights
    return product


def interval(samples: Floats, point: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % interval of samples along the last axis, widened to the point; NaN where there are none.

    Args:
        samples: Shape (..., r); NaN where a sample cannot tell.
        point: Shape (...).
    """
    if not samples.size:
        nothing = np.full(point.shape, np.nan)
        return nothing, nothing
    empty = np.asarray(np.isnan(samples).all(axis=-1))
    filled = np.where(empty[..., None], 0.0, samples)
    percentile = np.nanpercentile if np.isnan(filled).any() else np.percentile  # many times faster
    low, high = percentile(filled, _TAILS, axis=-1)
    low, high = np.where(empty, np.nan, low), np.where(empty, np.nan, high)
    return np.where(np.isnan(low), np.nan, np.fmin(low, point)), np.where(np.isnan(high), np.nan, np.fmax(high, point))
