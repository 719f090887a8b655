"""How many clusters: those that are apart (silhouette), among those that come back from other customers (stability)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.sequences.clustering.features import Matrix
from touchline.sequences.clustering.kmeans import adjusted_rand, assign, distances, fit, fits, silhouettes
from touchline.vocabulary.coded import mix
from touchline.warehouse.index.journeys import Ints

#: Customers that centres are fitted on, that silhouettes are taken of, and that each half has.
FITTED: Final = 5_000
JUDGED: Final = 1_200
HALF: Final = 1_200
#: Pairs of halves.
PAIRS: Final = 5
#: A number of clusters is stable from this mean adjusted Rand index on.
STABLE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Choice:
    """A number of clusters, judged.

    Attributes:
        k: The number.
        silhouette: Mean over the customers that were judged.
        stability: Mean adjusted Rand index between clusterings fitted on two halves, over `PAIRS` draws.
        centres: Of the fit, shape (k, features).
    """

    k: int
    silhouette: float
    stability: float
    centres: Matrix

    @property
    def stable(self) -> bool:
        """Does it come back from other customers?"""
        return self.stability >= STABLE


def choices(matrix: Matrix, keys: Ints, ks: Sequence[int], seed: int) -> list[Choice]:
    """Judge numbers of clusters.

    Which customers are fitted and judged follows from their keys and the seed alone.

    Args:
        matrix: Features, shape (customers, features).
        keys: Customer keys.
        ks: The numbers.
        seed: Another seed draws other samples.
    """
    drawn = mix(keys, np.full(len(keys), seed, dtype=np.int64))
    likely = (
        np.flatnonzero(drawn <= np.partition(drawn, FITTED)[FITTED]) if len(keys) > FITTED else np.arange(len(keys))
    )
    points = matrix[likely[np.argsort(drawn[likely], kind="stable")][:FITTED]]
    judged = points[:JUDGED]
    away = distances(judged)
    rng = np.random.default_rng(seed)
    half = min(HALF, len(points) // 2)
    halves = []
    for _ in range(PAIRS):
        drawn = rng.permutation(len(points))[: 2 * half]
        halves += [points[drawn[:half]], points[drawn[half:]]]
    found = []
    for k in ks:
        centres = fit(points, k, seed)
        labels = [assign(judged, found) for found in fits(np.stack(halves), k, seed, 2)]
        alike = [adjusted_rand(one, other) for one, other in zip(labels[::2], labels[1::2], strict=True)]
        apart = float(silhouettes(away, assign(judged, centres)).mean())
        found.append(Choice(k, apart, float(np.mean(alike)), centres))
    return found


def chosen(judged: Sequence[Choice]) -> Choice:
    """Return the stable number with the highest silhouette; where none is stable, the most stable."""
    stable = [choice for choice in judged if choice.stable]
    if stable:
        return max(stable, key=lambda choice: (choice.silhouette, -choice.k))
    return max(judged, key=lambda choice: (choice.stability, -choice.k))
