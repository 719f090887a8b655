"""The few sums that every score with an interval is made from, gathered in one aggregation.

For clusters c with weight ``W_c = sum(w)`` and ``S_c = sum(w s)``, and any centre mu,

    A_c = sum over c of w (s - mu) = S_c - mu W_c
    sum(A_c^2) = sum(S_c^2) - 2 mu sum(S_c W_c) + mu^2 sum(W_c^2)

so that the mean, its interval (DESIGN section 5) and any difference need one pass over the touches. A cluster
is the customer, or the account when the touch has one; both keys are 64-bit hashes of one space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

_COUNTS: Final = ("n", "customers", "clusters", "negative", "positive")
_SUMS: Final = ("w", "s", "ww", "sw", "ss")
#: Sums over clusters of products of the two sides: W_a W_b, S_a W_b, W_a S_b, S_a S_b.
_CROSS: Final = ("waWb", "saWb", "waSb", "saSb")


@dataclass(frozen=True, slots=True)
class Moments:
    """Sufficient statistics of groups of touches; every field is an array with one entry per group.

    Attributes:
        n: Touches.
        customers: Distinct customers.
        clusters: Distinct clusters (G).
        negative: Touches with s = -1.
        positive: Touches with s = +1.
        w: Sum of w.
        s: Sum of w s.
        ww: Sum over clusters of W_c^2.
        sw: Sum over clusters of S_c W_c.
        ss: Sum over clusters of S_c^2.
    """

    n: Counts
    customers: Counts
    clusters: Counts
    negative: Counts
    positive: Counts
    w: Floats
    s: Floats
    ww: Floats
    sw: Floats
    ss: Floats

    @classmethod
    def of(cls, answer: pa.Table, suffix: str = "") -> Self:
        """Read the columns that `clustered` (or `paired`, with suffix ``_a`` or ``_b``) made."""
        n, customers, clusters, negative, positive = (
            _array(answer, name + suffix).astype(np.int64) for name in _COUNTS
        )
        sums = (_array(answer, name + suffix) for name in _SUMS)
        return cls(n, customers, clusters, negative, positive, *sums)

    @property
    def mean(self) -> Floats:
        """The weighted mean of s, NaN for an empty group."""
        return np.divide(self.s, self.w, out=np.full_like(self.w, np.nan), where=self.w > 0)


@dataclass(frozen=True, slots=True)
class Cross:
    """Sums over clusters of the products of two sides (a, b); arrays with one entry per group."""

    ww: Floats
    sw: Floats
    ws: Floats
    ss: Floats

    @classmethod
    def of(cls, answer: pa.Table) -> Self:
        """Read the columns that `paired` made."""
        return cls(*(_array(answer, name) for name in _CROSS))


def cluster(table: ir.Table) -> ir.IntegerColumn:
    """Return the cluster of each row: its account, else its customer."""
    return table.account_key.fill_null(table.customer_key)


def clustered(
    table: ir.Table,
    by: Sequence[str] = (),
    *,
    s: str = "s",
    weight: str | None = "weight",
    extra: Mapping[str, str] | None = None,
) -> ir.Table:
    """Return one row per group with the fields of `Moments`.

    Args:
        table: Touches, or anything with ``customer_key``, ``account_key`` and the columns named.
        by: Columns that make the groups; none makes one group (and no row at all where the table is empty).
        s: The column of -1, 0, +1.
        weight: The column of weights, or None where every row counts 1.
        extra: More sums over the rows: the answer's column to a numeric or boolean column of ``table``.
    """
    side = _terms(table, by, s, weight, extra or {})
    return _summed(side, tuple(by), ("",), tuple(extra or {}))


def paired(
    a: ir.Table,
    b: ir.Table,
    by: Sequence[str] = (),
    *,
    s: str = "s",
    weight: str | None = "weight",
    extra: Mapping[str, str] | None = None,
) -> ir.Table:
    """Return one row per group with the fields of `Moments` for two sides (``_a``, ``_b``) and of `Cross`.

    A customer on both sides is one cluster, which is what a difference needs. Arguments are those of
    `clustered`; ``extra`` sums get the suffixes too.
    """
    extra = extra or {}
    sides = [_terms(table, by, s, weight, extra) for table in (a, b)]
    names = [name for name in sides[0].columns if name not in (*by, "_cluster", "_customer")]
    one, other = (
        side.select(
            *by, "_cluster", "_customer",
            **{f"{name}{suffix}": side[name] if suffix == own else side[name] * 0
               for suffix in ("_a", "_b") for name in names},
        )
        for side, own in zip(sides, ("_a", "_b"), strict=True)
    )  # fmt: skip
    return _summed(one.union(other), tuple(by), ("_a", "_b"), tuple(extra))


def _terms(
    table: ir.Table, by: Sequence[str], s: str, weight: str | None, extra: Mapping[str, str]
) -> ir.Table:
    """Return per row what is summed: 1, w, w s, two signs and the extras."""
    import ibis

    w = ibis.literal(1.0) if weight is None else table[weight]
    signs = table[s]
    return table.select(
        *by,
        _cluster=cluster(table),
        _customer=table.customer_key,
        n=ibis.literal(1, "int64"),
        w=w,
        s=w * signs,
        negative=(signs < 0).cast("int64"),
        positive=(signs > 0).cast("int64"),
        **{name: table[column].cast("float64") for name, column in extra.items()},
    )


def _summed(
    rows: ir.Table, by: tuple[str, ...], suffixes: tuple[str, ...], extra: tuple[str, ...]
) -> ir.Table:
    """Sum rows to customers within clusters, those to clusters, and those to groups."""
    plain = [f"{name}{x}" for x in suffixes for name in ("n", "w", "s", "negative", "positive", *extra)]
    people = rows.group_by([*by, "_cluster", "_customer"]).agg(**{name: rows[name].sum() for name in plain})
    clusters = people.group_by([*by, "_cluster"]).agg(**{name: people[name].sum() for name in plain})
    sums = {name: clusters[name].sum() for name in plain}
    for x in suffixes:
        w, signed = clusters[f"w{x}"], clusters[f"s{x}"]
        sums |= {f"clusters{x}": (clusters[f"n{x}"] > 0).sum()}
        sums |= {f"ww{x}": (w * w).sum(), f"sw{x}": (signed * w).sum(), f"ss{x}": (signed * signed).sum()}
    if len(suffixes) == 2:
        wa, sa, wb, sb = (clusters[name] for name in ("w_a", "s_a", "w_b", "s_b"))
        products = (wa * wb, sa * wb, wa * sb, sa * sb)
        sums |= {name: product.sum() for name, product in zip(_CROSS, products, strict=True)}
    whole = clusters.group_by(list(by)).agg(**sums) if by else clusters.agg(**sums)
    # A customer who changed account is in two clusters of a group, yet is one customer.
    counts = {f"customers{x}": people["_customer"].nunique(where=people[f"n{x}"] > 0) for x in suffixes}
    if not by:
        return whole.cross_join(people.agg(**counts))
    counted = people.group_by(list(by)).agg(**counts).rename({f"_{name}": name for name in by})
    same = [whole[name].identical_to(counted[f"_{name}"]) for name in by]
    joined = whole.inner_join(counted, same)
    return joined.drop(*(f"_{name}" for name in by))


def _array(answer: pa.Table, name: str) -> Floats:
    column: Floats = answer.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
    return np.nan_to_num(column, nan=0.0)
