"""k-means, deterministic for a seed; the silhouette; and how alike two clusterings are."""

from __future__ import annotations

from math import isqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.sequences.clustering.features import Matrix
from touchline.warehouse.index.journeys import Floats, Ints

_ROUNDS: Final = 30
#: Multiplications up to which linear algebra stays in one thread: faster where others work beside, and always the same.
_ALONE: Final = 200_000
#: The squared distance of a centre that is gone.
_NOWHERE: Final = np.float32(1e30)


def fit(points: Matrix, k: int, seed: int, restarts: int = 4) -> Matrix:
    """Return the centres of k clusters: the best of several starts by k-means++, moved by Lloyd's rounds.

    Args:
        points: Shape (points, features).
        k: How many clusters; fewer come back where there are not so many different points.
        seed: Another seed starts elsewhere.
        restarts: How many starts.

    >>> line = np.array([[0.0], [0.1], [9.0], [9.1]], dtype=np.float32)
    >>> sorted(round(x, 2) for x in fit(line, 2, 0).ravel().tolist())
    [0.05, 9.05]

    Source: Lloyd 1982; Arthur and Vassilvitskii 2007.
    """
    return fits(points[None], k, seed, restarts)[0]


def fits(sets: Matrix, k: int, seed: int, restarts: int) -> list[Matrix]:
    """Return the centres of several sets of points, each as `fit` finds them by itself.

    Args:
        sets: Shape (sets, points, features).
        k: How many clusters.
        seed: Of every set.
        restarts: How many starts of each.
    """
    starts = []
    for points in sets:
        rng = np.random.default_rng(seed)
        starts.append([_spread(points, k, rng) for _ in range(restarts)])
    return [_cheapest(points, moved) for points, moved in zip(sets, _moved(sets, starts, k), strict=True)]


def _cheapest(points: Matrix, found: list[Matrix]) -> Matrix:
    """Return the centres that points are nearest to, the first of equally good ones."""
    best: tuple[float, Matrix] | None = None
    for centres in found:
        cost = float(_nearest(points, centres)[1].sum(dtype=np.float64))
        if best is None or cost < best[0] - 1e-9:
            best = cost, centres
    assert best is not None  # noqa: S101  there is one restart at least
    return best[1]


def assign(points: Matrix, centres: Matrix) -> Ints:
    """Return the number of each point's nearest centre."""
    return _nearest(points, centres)[0].astype(np.int64)


def _nearest(points: Matrix, centres: Matrix) -> tuple[npt.NDArray[np.int8], Matrix]:
    """Return each point's nearest centre, and its squared distance less the square of the point itself."""
    away = (centres * centres).sum(axis=1)[:, None] - 2 * product(points, centres.T).T
    return _least(away[None])


def _least(away: Matrix) -> tuple[npt.NDArray[np.int8], Matrix]:
    """Return where the least lies along the middle axis, and the least, both flat; the first of equal ones."""
    least = away[:, 0].copy()
    where = np.zeros(least.shape, dtype=np.int8)
    for number in range(1, away.shape[1]):
        line = away[:, number]
        np.maximum(where, (line < least).view(np.int8) * np.int8(number), out=where)  # numbers only go up
        np.minimum(least, line, out=least)
    return where.ravel(), least.ravel()


def _spread(points: Matrix, k: int, rng: np.random.Generator) -> Matrix:
    """Choose starts far from each other: each with a chance that grows with its squared distance (k-means++)."""
    chosen = [int(rng.integers(len(points)))]
    squares = (points * points).sum(axis=1)
    away = np.full(len(points), np.inf)
    for _ in range(k - 1):
        last = points[chosen[-1]]
        fresh = squares - 2 * np.einsum("ij,j->i", points, last) + float((last * last).sum())
        away = np.minimum(away, np.maximum(fresh, 0.0))
        away[away < 1e-9] = 0.0
        total = np.cumsum(away, dtype=np.float64)
        if total[-1] <= 0:
            break
        chosen.append(int(np.searchsorted(total, rng.random() * total[-1], side="right")))
    return points[np.minimum(chosen, len(points) - 1)]


def _moved(sets: Matrix, starts: list[list[Matrix]], k: int) -> list[list[Matrix]]:
    """Return where centres come to rest, of each set and start; all move together. A centre without points is gone."""
    many, points = sets.shape[:2]
    features, each = sets.shape[2] + 1, len(starts[0])
    wide = each * k
    rows = max(1, _ALONE // (features * wide))
    pieces = -(-points // rows)
    # Points with a 1 at the end, in pieces; what fills the last piece is 0, and weighs nothing.
    padded = np.zeros((many, pieces * rows, features), dtype=np.float32)
    padded[:, :points, :-1] = sets
    padded[:, :points, -1] = 1
    padded = padded.reshape(many, pieces, rows, features)
    centres = np.zeros((many, each, k, features), dtype=np.float32)
    for number, one in enumerate(starts):
        for other, start in enumerate(one):
            centres[number, other, : len(start), :-1] = start
            centres[number, other, : len(start), -1] = 1
    numbers = np.arange(k, dtype=np.int8)[:, None]
    moving, labels = np.arange(many), None
    for _ in range(_ROUNDS):
        here = centres[moving]
        sides = -2 * here
        squares = np.einsum("mskf,mskf->msk", here[..., :-1], here[..., :-1])
        sides[..., -1] = np.where(here[..., -1] > 0, squares, _NOWHERE)
        away = np.matmul(sides.reshape(-1, 1, wide, features), padded.swapaxes(2, 3)).reshape(-1, k, rows)
        fresh = _least(away)[0].reshape(-1, pieces, each, 1, rows)
        if labels is not None:
            changed = (labels != fresh).any(axis=(1, 2, 3, 4))
            if not changed.all():  # the other sets are at rest
                moving, fresh, padded = moving[changed], fresh[changed], padded[changed]
            if not len(moving):
                break
        labels = fresh
        member = (fresh == numbers).astype(np.float32).reshape(-1, pieces, wide, rows)
        sums = np.matmul(member, padded).sum(axis=1).reshape(-1, each, k, features)
        centres[moving] = sums / np.maximum(sums[..., -1:], 1)
    return [[found[found[:, -1] > 0, :-1] for found in one] for one in centres]


def product(left: Matrix, right: Matrix) -> Matrix:
    """Return the product of two matrices, made in pieces small enough for one thread, as square as they can be."""
    each, width = right.shape
    columns = max(1, min(width, isqrt(_ALONE // max(each, 1))))
    rows = max(1, _ALONE // max(each * columns, 1))
    out = np.empty((len(left), width), dtype=np.float32)
    for begin in range(0, len(left), rows):
        some = left[begin : begin + rows]
        for first in range(0, width, columns):
            here = np.s_[first : first + columns]
            np.matmul(some, right[:, here], out=out[begin : begin + rows, here])
    return out


def distances(points: Matrix) -> Matrix:
    """Return the distance of every point to every other, shape (points, points)."""
    squares = (points * points).sum(axis=1)
    found = product(points, points.T)
    found *= -2
    found += squares[:, None]
    found += squares
    np.sqrt(np.maximum(found, 0.0, out=found), out=found)
    np.fill_diagonal(found, 0.0)
    return found


def silhouettes(away: Matrix, labels: Ints) -> Floats:
    """Return each point's silhouette: (b - a) / max(a, b), with a the mean distance within its cluster.

    b is the least mean distance to another cluster. A point alone in its cluster has 0, as all have in a single one.

    Args:
        away: From `distances`.
        labels: Cluster of each point, from 0.

    >>> line = np.array([[0.0], [1.0], [9.0], [10.0]], dtype=np.float32)
    >>> silhouettes(distances(line), np.array([0, 0, 1, 1])).round(3).tolist()
    [0.895, 0.882, 0.882, 0.895]

    Source: Rousseeuw 1987.
    """
    k = int(labels.max(initial=0)) + 1
    member = (labels[:, None] == np.arange(k)).astype(np.float32)
    size = member.sum(axis=0)
    sums = product(away, member).astype(np.float64)
    rows = np.arange(len(labels))
    own = size[labels]
    within = sums[rows, labels] / np.maximum(own - 1, 1)
    sums[rows, labels] = np.inf
    other = np.where(size > 0, sums / np.maximum(size, 1), np.inf).min(axis=1)
    larger = np.maximum(within, other)
    with np.errstate(invalid="ignore"):
        return np.where((own > 1) & np.isfinite(other) & (larger > 0), (other - within) / larger, 0.0)


def adjusted_rand(one: npt.NDArray[np.integer], other: npt.NDArray[np.integer]) -> float:
    """Return how alike two clusterings of the same points are: 1 the same, 0 as chance has it.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0

    Source: Hubert and Arabie 1985.
    """
    width = int(other.max(initial=0)) + 1
    table = np.bincount(one * width + other, minlength=(int(one.max(initial=0)) + 1) * width).reshape(-1, width)

    def pairs(counts: npt.NDArray[np.integer]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    whole = len(one) * (len(one) - 1) / 2
    chance = rows * columns / whole if whole else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)
