"""When did a series change its level? Circular binary segmentation, tested by permutation.

Of values y with weights w, an arc from i to j is compared with everything outside it,

    Z(i, j)^2 = (sum of w (y - mean) from i to j)^2 / (w_in (1 - w_in / w))

and the largest Z over all arcs with the largest when values (each with its weight) change places at random: on a series
without any change, whatever its distribution, it is passed in at most the stated share of cases. An arc may touch an
end, so that one step and a bump that goes back are found alike. Each piece is searched again; in the end every point
must still tell apart the pieces on its two sides. A slow drift, or values that hang on those before, break the
assumption. Source: Olshen, Venkatraman, Lucito and Wigler 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: The share of series without a change in which one is claimed.
ALARM: Final = 0.05
PERMUTATIONS: Final = 999
#: Values on either side of a point, at least.
LEAST: Final = 3
_DRAWS: Final = 300
_TAILS: Final = (0.025, 0.975)
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Point:
    """A change of level.

    Attributes:
        at: Place of the first value of the new level.
        low: First place of the 95 % interval of ``at``, from values drawn again around both levels.
        high: Last place of it.
        start: Where the level before begins.
        end: One past where the level after ends.
        before: Weighted mean before.
        after: Weighted mean after.
    """

    at: int
    low: int
    high: int
    start: int
    end: int
    before: float
    after: float


def change_points(
    y: Floats, w: Floats | None = None, *, alarm: float = ALARM, least: int = LEAST, seed: int = 0
) -> tuple[list[Point], float]:
    """Find where a series changes its level.

    Args:
        y: Values in order, shape (n,).
        w: What each weighs, above 0; None: all alike.
        alarm: The share of series without a change in which one may be claimed.
        least: Values on either side of a point, at least.
        seed: Of permutations and draws.

    Returns:
        The points in order, and p of the whole series: that nothing changed.

    >>> y = np.array([5.0, 6, 5, 6, 5, 6, 5, 9, 10, 9, 10, 9, 10, 9])
    >>> points, p = change_points(y)
    >>> [point.at for point in points], p < 0.01
    ([7], True)
    """
    w = np.ones(len(y)) if w is None else w
    rng = np.random.default_rng(seed)
    cuts, p = _cut(y, w, least, alarm, rng)
    cuts = _confirmed(y, w, sorted(cuts), alarm, rng)
    edges = [0, *cuts, len(y)]
    points = []
    for start, at, end in zip(edges, edges[1:], edges[2:], strict=False):
        low, high = _span(y[start:end], w[start:end], at - start, rng)
        before, after = _mean(y[start:at], w[start:at]), _mean(y[at:end], w[at:end])
        points.append(Point(at, start + low, start + high, start, end, before, after))
    return points, p


def largest_arc(y: Floats, w: Floats, least: int = LEAST) -> tuple[Floats, Ints]:
    """Return the largest Z^2 over arcs of each series, and its arc.

    Args:
        y: Shape (series, n).
        w: Same shape.
        least: Values inside, outside, and between an arc's end and the series' at least, where these are any.

    Returns:
        Shapes (series,) and (series, 2); -1 where the series is too short.
    """
    many, n = y.shape
    mean = (w * y).sum(axis=1, keepdims=True) / w.sum(axis=1, keepdims=True)
    sums = np.concatenate([np.zeros((many, 1)), np.cumsum(w * (y - mean), axis=1)], axis=1)
    weights = np.concatenate([np.zeros((many, 1)), np.cumsum(w, axis=1)], axis=1)
    total = weights[:, -1:]
    best, arc = np.full(many, -1.0), np.full((many, 2), -1, dtype=np.int64)
    rows = np.arange(many)
    places = np.arange(n + 1)
    for length in range(least, n - least + 1):
        i = places[: n + 1 - length]
        j = i + length
        i = i[((i == 0) | (i >= least)) & ((j == n) | (n - j >= least))]
        if not len(i):
            continue
        inside = weights[:, i + length] - weights[:, i]
        z = (sums[:, i + length] - sums[:, i]) ** 2 / np.maximum(inside * (1 - inside / total), _TINY)
        top = z.argmax(axis=1)
        better = z[rows, top] > best + _TINY
        best = np.where(better, z[rows, top], best)
        arc[better] = np.stack([i[top[better]], i[top[better]] + length], axis=1)
    return best, arc


def _cut(y: Floats, w: Floats, least: int, alarm: float, rng: np.random.Generator) -> tuple[list[int], float]:
    """Return the places at which a series is cut, again and again, and p of the first cut."""
    n = len(y)
    if n < 2 * least or np.ptp(y) <= _TINY:
        return [], 1.0
    orders = rng.permuted(np.tile(np.arange(n), (PERMUTATIONS, 1)), axis=1)
    observed, arc = largest_arc(y[None], w[None], least)
    by_chance, _ = largest_arc(y[orders], w[orders], least)
    p = float((1 + (by_chance >= observed[0] - 1e-9).sum()) / (1 + PERMUTATIONS))
    if p > alarm:
        return [], p
    i, j = arc[0].tolist()
    inner = [place for place in (i, j) if 0 < place < n]
    cuts = list(inner)
    for start, end in zip([0, *inner], [*inner, n], strict=True):
        found, _ = _cut(y[start:end], w[start:end], least, alarm, rng)
        cuts += [start + place for place in found]
    return cuts, p


def _confirmed(y: Floats, w: Floats, cuts: list[int], alarm: float, rng: np.random.Generator) -> list[int]:
    """Return the cuts that tell apart the pieces on their two sides, the least sure one dropped first."""
    while cuts:
        edges = [0, *cuts, len(y)]
        p = [_apart(y[a:c], w[a:c], b - a, rng) for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)]
        worst = int(np.argmax(p))
        if p[worst] <= alarm:
            return cuts
        cuts = cuts[:worst] + cuts[worst + 1 :]
    return cuts


def _apart(y: Floats, w: Floats, at: int, rng: np.random.Generator) -> float:
    """Return how likely two pieces are as far apart by chance."""
    orders = rng.permuted(np.tile(np.arange(len(y)), (PERMUTATIONS, 1)), axis=1)

    def gap(values: Floats, weights: Floats) -> Floats:
        first = (weights * values)[:, :at].sum(axis=1) / weights[:, :at].sum(axis=1)
        second = (weights * values)[:, at:].sum(axis=1) / weights[:, at:].sum(axis=1)
        found: Floats = np.abs(second - first)
        return found

    observed = gap(y[None], w[None])[0]
    return float((1 + (gap(y[orders], w[orders]) >= observed - 1e-12).sum()) / (1 + PERMUTATIONS))


def _span(y: Floats, w: Floats, at: int, rng: np.random.Generator) -> tuple[int, int]:
    """Return the 95 % interval of a point between two levels: both drawn again around their means, and cut anew."""
    n = len(y)
    level = np.where(np.arange(n) < at, _mean(y[:at], w[:at]), _mean(y[at:], w[at:]))
    left = np.sqrt(w) * (y - level)
    left = left * np.sqrt(n / max(n - 2, 1))
    drawn = level + left[rng.integers(0, n, (_DRAWS, n))] / np.sqrt(w)
    weights = np.tile(w, (_DRAWS, 1))
    mean = (weights * drawn).sum(axis=1, keepdims=True) / w.sum()
    sums = np.cumsum(weights * (drawn - mean), axis=1)[:, :-1]
    before = np.cumsum(w)[:-1]
    z = sums**2 / (before * (1 - before / w.sum()))
    places = 1 + z.argmax(axis=1)
    low, high = np.quantile(places, _TAILS, method="closest_observation")
    return min(int(low), at), max(int(high), at)


def _mean(y: Floats, w: Floats) -> float:
    return float((w * y).sum() / w.sum())
