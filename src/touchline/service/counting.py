"""Shares, means and exact quantiles of groups of conversations, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.scores.intervals import mean_interval, t_interval
from touchline.scores.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_SUMS: Final = ("n", "customers", "clusters", "hits", "nn", "hn", "hh")
_MEANS: Final = ("n", "customers", "total", "squares")


def shares(table: ir.Table, told: Mapping[str, tuple[ir.BooleanValue, ir.BooleanValue]]) -> ir.Table:
    """Return per ``grp`` what the intervals of shares need.

    Args:
        table: Conversations with ``grp``, ``cluster`` and ``customer_key``.
        told: Per share who counts at all, and who of them is a hit.

    Returns:
        ``grp`` and per share NAME: ``NAME_n``, ``NAME_customers``, ``NAME_clusters``, ``NAME_hits`` and sums over
        clusters of n^2, h n and h^2 (``NAME_nn``, ``NAME_hn``, ``NAME_hh``).
    """
    flags: dict[str, ir.Value] = {}
    for name, (asked, hit) in told.items():
        counts = asked.fill_null(False)
        flags |= {f"{name}_n": counts.cast("int64"), f"{name}_h": (counts & hit.fill_null(False)).cast("int64")}
    rows = table.select("grp", "cluster", "customer_key", **flags)
    people = rows.group_by(["grp", "cluster", "customer_key"]).agg(**{name: rows[name].sum() for name in flags})
    parts = {name: people[name].sum() for name in flags}
    parts |= {f"{name}_c": (people[f"{name}_n"] > 0).cast("int64").sum() for name in told}
    clusters = people.group_by(["grp", "cluster"]).agg(**parts)
    sums: dict[str, ir.Value] = {}
    for name in told:
        n, h = clusters[f"{name}_n"], clusters[f"{name}_h"]
        sums |= {
            f"{name}_n": n.sum(), f"{name}_customers": clusters[f"{name}_c"].sum(),
            f"{name}_clusters": (n > 0).cast("int64").sum(), f"{name}_hits": h.sum(),
            f"{name}_nn": (n * n).sum(), f"{name}_hn": (h * n).sum(), f"{name}_hh": (h * h).sum(),
        }  # fmt: skip
    return clusters.group_by("grp").agg(**sums)


@dataclass(frozen=True, slots=True)
class Shares:
    """A share of groups: ``value``, ``low`` and ``high`` in 0 to 1 (NaN where nobody counts); one entry per group."""

    value: Floats
    low: Floats
    high: Floats
    n: Ints
    customers: Ints


def share_of(answer: pa.Table, name: str) -> Shares:
    """Return one share of an answer to `shares`, with the cluster-robust 95 % interval of `mean_interval`."""
    n, customers, clusters, hits, nn, hn, hh = (_numbers(answer, f"{name}_{part}") for part in _SUMS)
    return signed(n, customers, clusters, hits, nn, hn, hh)


def signed(n: Floats, customers: Floats, clusters: Floats, hits: Floats, nn: Floats, hn: Floats, hh: Floats) -> Shares:
    """Return a share and its interval: hits count +1 and the others -1 in the moments of DESIGN section 5."""
    count, people, groups, others, these = (part.astype(np.int64) for part in (n, customers, clusters, n - hits, hits))
    moments = Moments(count, people, groups, others, these, n, 2 * hits - n, nn, 2 * hn - nn, 4 * hh - 4 * hn + nn)
    value, low, high = ((1 + part) / 2 for part in mean_interval(moments))
    empty = n == 0
    return Shares(value, np.where(empty, np.nan, low), np.where(empty, np.nan, high), count, people)


def means(table: ir.Table, values: Mapping[str, ir.NumericValue]) -> ir.Table:
    """Return per ``grp`` count, customers, sum and sum of squares of each value that is there."""
    rows = table.select("grp", "customer_key", **{name: value.cast("float64") for name, value in values.items()})
    sums: dict[str, ir.Value] = {}
    for name in values:
        value = rows[name]
        sums |= {
            f"{name}_n": value.count(), f"{name}_customers": rows.customer_key.nunique(where=value.notnull()),
            f"{name}_total": value.sum(), f"{name}_squares": (value * value).sum(),
        }  # fmt: skip
    return rows.group_by("grp").agg(**sums)


def mean_of(answer: pa.Table, name: str) -> Shares:
    """Return one mean of an answer to `means`, with Student's 95 % interval."""
    n, customers, total, squares = (_numbers(answer, f"{name}_{part}") for part in _MEANS)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(n > 0, total / n, np.nan)
        variance = np.maximum(squares - n * mean**2, 0.0) / (n - 1)
    low, high = t_interval(n, mean, variance)
    return Shares(mean, np.maximum(low, 0.0), high, n.astype(np.int64), customers.astype(np.int64))


def quantile(values: ArrayLike, counts: ArrayLike, p: float) -> tuple[float, float, float]:
    """Return a quantile of counted values and its 95 % interval, all of them values that occurred.

    The quantile is the smallest value that at least a share p does not exceed. The interval lies between the order
    statistics whose ranks a binomial count of n and p keeps with 95 %: no shape of the distribution is assumed.

    Args:
        values: Distinct values.
        counts: How often each occurs, 1 or more.
        p: 0.5 is the median.

    >>> quantile([1, 2, 10], [3, 4, 3], 0.5)
    (2.0, 1.0, 10.0)

    Source: Conover 1999, section 3.2.
    """
    from scipy.stats import binom

    values, counts = np.asarray(values, np.float64), np.asarray(counts, np.int64)
    order = np.argsort(values)
    values, reached = values[order], np.cumsum(counts[order])
    n = int(reached[-1])
    ranks = [np.ceil(p * n), binom.ppf(0.025, n, p), binom.ppf(0.975, n, p) + 1]
    point, low, high = (float(values[np.searchsorted(reached, min(max(rank, 1), n))]) for rank in ranks)
    return point, low, high


def kappa(both: ArrayLike, first: ArrayLike, second: ArrayLike, neither: ArrayLike) -> Floats:
    """Return Cohen's kappa: agreement beyond chance of two yes-or-no judgements; NaN where it is not defined.

    >>> round(float(kappa(20, 5, 10, 15)), 3)
    0.4

    Source: Cohen 1960.
    """
    a, b, c, d = (np.asarray(part, np.float64) for part in (both, first, second, neither))
    with np.errstate(divide="ignore", invalid="ignore"):
        n = a + b + c + d
        seen = (a + d) / n
        chance = ((a + b) * (a + c) + (c + d) * (b + d)) / n**2
        found: Floats = np.where(chance < 1, (seen - chance) / (1 - chance), np.nan)
    return found


def _numbers(answer: pa.Table, name: str) -> Floats:
    column: Floats = answer.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
    return np.nan_to_num(column, nan=0.0)
