"""Which part of some touches costs more than its share: excess over the rest, beyond chance, among many parts.

Every touch has a *cost*: what it takes from a score, times its weight. With the costs C and weights w of the part v and
of the rest of the touches looked at, and the weight W that the score has in all,

    rate_v = C_v / w_v          excess_v = (w_v / W) (rate_v - rate_rest)

are the points that would come back if the part cost no more than the rest. With cost ``-50 w s`` and all of a stage's
touches it is DESIGN's "Root cause impact". The excess of a part within a part is of the same points.

Beyond chance: the difference of rates is a sum over customers c, ``D_v = sum(psi_vc)``, each part being what c adds to
it at the common rate. ``t_v = D_v / sqrt(sum(psi_vc^2))``; how large the largest t of so many parts is by chance comes
from the same sums with every customer weighed anew by a Poisson weight less one. So p is corrected for all parts looked
at, however they overlap.
Source: Chernozhukov, Chetverikov and Kato 2013 (multiplier bootstrap of a maximum); Westfall and Young 1993.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.scores.bootstrap import resampled_sums

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Draws of customers behind p-values and intervals.
DRAWS: Final = 400
_TAILS: Final = (0.025, 0.975)
_LEAST: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Rows:
    """What customers add to parts; one entry per touch and part that it is in.

    Attributes:
        unit: The customer (account) of each entry, numbered from 0.
        part: The part, numbered from 0.
        weight: What it adds to the part's weight.
        cost: What it adds to the part's cost.
    """

    unit: Ints
    part: Ints
    weight: Floats
    cost: Floats


@dataclass(frozen=True, slots=True)
class Excess:
    """Parts against the rest; one entry each.

    Attributes:
        points: That would come back.
        low: Lower end of a 95 % bootstrap interval, extended to contain ``points``.
        high: Upper end.
        rate: Cost per weight in the part.
        rest: Cost per weight in the rest.
        t: The studentised difference.
        p: One-sided, corrected for all tested parts; NaN where a part was not tested.
    """

    points: Floats
    low: Floats
    high: Floats
    rate: Floats
    rest: Floats
    t: Floats
    p: Floats


def excess(
    keys: Ints, rows: Rows, everyone: Rows, whole: Rows, parts: int, tested: npt.NDArray[np.bool_], seed: int = 0
) -> Excess:
    """Compare parts of some touches with the rest of them.

    Args:
        keys: The key of each unit, shape (units,).
        rows: What is in the parts.
        everyone: All touches looked at, as part 0.
        whole: All touches of the score, as part 0: their weight is W.
        parts: How many parts.
        tested: Which parts may be claimed, shape (parts,); p is corrected for these.
        seed: Of the draws.

    >>> one = np.ones(40)
    >>> part = np.repeat([0, 1], 20)
    >>> cost = np.tile([0.0, 1.0, 1.0, 1.0], 10) * (part == 0)
    >>> unit, zero = np.arange(40), np.zeros(40, dtype=np.int64)
    >>> all_ = Rows(unit, zero, one, cost)
    >>> found = excess(unit, Rows(unit, part, one, cost), all_, all_, 2, np.ones(2, bool))
    >>> found.points.tolist(), bool(found.p[0] < 0.01), bool(found.p[1] > 0.5)
    ([0.375, -0.375], True, True)
    """
    many = len(keys)
    own, in_part = _by_unit(rows, many)
    total, _ = _by_unit(everyone, many)
    all_of, _ = _by_unit(whole, many)
    w, cost = (np.bincount(in_part, own.values[:, i], parts).astype(np.float64) for i in (0, 1))
    rest_w, rest_cost = total.values[:, 0].sum() - w, total.values[:, 1].sum() - cost
    whole_w = all_of.values[:, 0].sum()
    there = (w > _LEAST) & (rest_w > _LEAST)
    rate, rest = _ratio(cost, w, there), _ratio(rest_cost, rest_w, there)
    points = w / whole_w * (rate - rest) if whole_w > 0 else np.full(parts, np.nan)
    drawn = resampled_sums(
        np.concatenate([keys[own.unit], keys[total.unit], keys[all_of.unit]]),
        np.concatenate([in_part, np.full(len(total.unit), parts), np.full(len(all_of.unit), parts + 1)]),
        np.concatenate([own.values, total.values, all_of.values]),
        parts + 2,
        replicates=DRAWS,
        seed=seed,
    )
    dw, dc = drawn[:parts, 0], drawn[:parts, 1]
    dtw, dtc = drawn[parts, 0], drawn[parts, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        samples = dw / drawn[parts + 1, 0] * (dc / dw - (dtc - dc) / (dtw - dw))
    low, high = spread(points, samples)
    common = total.values[:, 1].sum() / max(total.values[:, 0].sum(), _LEAST)
    b = _ratio(np.ones(parts), rest_w, there)
    a = _ratio(np.ones(parts), w, there) + b
    x = own.values[:, 1] - common * own.values[:, 0]
    y = np.zeros(many)
    y[total.unit] = total.values[:, 1] - common * total.values[:, 0]
    squares = a**2 * np.bincount(in_part, x * x, parts) - 2 * a * b * np.bincount(in_part, x * y[own.unit], parts)
    error = np.sqrt(np.maximum(squares + b**2 * (y @ y), 0.0))
    moved = (dc - cost[:, None]) - common * (dw - w[:, None])
    moved_all = (dtc - total.values[:, 1].sum()) - common * (dtw - total.values[:, 0].sum())
    difference = rate - rest
    t, p = largest(difference, error, a[:, None] * moved - b[:, None] * moved_all, tested & there)
    return Excess(points, low, high, rate, rest, t, p)


def against_mean(
    keys: Ints, rows: Rows, whole: Rows, parts: int, tested: npt.NDArray[np.bool_], seed: int = 0
) -> tuple[Floats, Floats]:
    """Return t and p of parts that cost more than the tested parts do on average.

    What negative words name costs by its nature; a theme stands out where it costs more than themes do. One alone is
    compared with nothing.

    Args:
        keys: The key of each unit, shape (units,).
        rows: What is in the parts; only costs count.
        whole: All touches of the score, as part 0.
        parts: How many parts.
        tested: Which parts take part, shape (parts,).
        seed: Of the draws.
    """
    own, in_part = _by_unit(rows, len(keys))
    mine = tested[in_part]
    unit, part, cost = own.unit[mine], in_part[mine], own.values[mine, 1]
    count = int(tested.sum())
    share = 1 / count if count > 1 else 0.0
    scale = 1 / (1 - share)
    total = max(float(whole.weight.sum()), _LEAST)
    mean = np.bincount(unit, cost, len(keys)) * share
    sums, middle = np.bincount(part, cost, parts), float(mean.sum())
    squares = np.bincount(part, cost * cost - 2 * cost * mean[unit], parts) + mean @ mean
    drawn = resampled_sums(
        np.concatenate([keys[unit], keys]),
        np.concatenate([part, np.full(len(keys), parts)]),
        np.concatenate([cost, mean])[:, None],
        parts + 1,
        replicates=DRAWS,
        seed=seed,
    )[:, 0]
    moved = (drawn[:parts] - sums[:, None]) - (drawn[parts] - middle)
    error = scale * np.sqrt(np.maximum(squares, 0.0)) / total
    difference = (scale * (sums - middle) / total).astype(np.float64)
    return largest(difference, error, scale * moved / total, tested)


def largest(difference: Floats, error: Floats, moved: Floats, tested: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return t of differences, and how often the largest t of all tested ones is as large by chance.

    Args:
        difference: Shape (parts,).
        error: Its standard error.
        moved: What it is in each draw when there is nothing in it, shape (parts, draws).
        tested: Which are looked at.
    """
    t, p = np.full(len(difference), np.nan), np.full(len(difference), np.nan)
    there = np.flatnonzero(tested & (error > _LEAST) & np.isfinite(difference))
    if not len(there):
        return t, p
    t[there] = difference[there] / error[there]
    top = np.sort((moved[there] / error[there, None]).max(axis=0))
    p[there] = (1 + len(top) - np.searchsorted(top, t[there], side="left")) / (1 + len(top))
    return t, p


def spread(points: Floats, samples: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % percentile interval of samples, extended to contain the points; NaN where there are none.

    Args:
        points: Shape (parts,).
        samples: Shape (parts, draws); NaN where a draw has none.
    """
    low, high = points.copy(), points.copy()
    for i, row in enumerate(samples):
        known = row[np.isfinite(row)]
        if len(known) and np.isfinite(points[i]):
            least, most = np.quantile(known, _TAILS)
            low[i], high[i] = min(low[i], least), max(high[i], most)
    return low, high


@dataclass(frozen=True, slots=True)
class _Units:
    """Sums by unit: which unit, and its weight and cost, shape (entries, 2)."""

    unit: Ints
    values: Floats


def _by_unit(rows: Rows, many: int) -> tuple[_Units, Ints]:
    """Sum rows to one entry per unit and part, in order."""
    own, place = np.unique(rows.part * max(many, 1) + rows.unit, return_inverse=True)
    sums = [np.bincount(place, column, len(own)) for column in (rows.weight, rows.cost)]
    return _Units(own % max(many, 1), np.stack(sums, axis=1).astype(np.float64)), own // max(many, 1)


def _ratio(top: Floats, bottom: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    out: Floats = np.divide(top, bottom, out=np.full(len(bottom), np.nan), where=there)
    return out
