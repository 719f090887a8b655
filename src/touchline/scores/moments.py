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
CROSS: Final = ("waWb", "saWb", "waSb", "saSb")


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

    def take(self, rows: Counts) -> Self:
        """Return the groups at these positions; one past the last is an empty group."""
        taken = (np.append(getattr(self, name), 0)[rows] for name in (*_COUNTS, *_SUMS))
        return type(self)(*taken)

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
        return cls(*(_array(answer, name) for name in CROSS))

    @classmethod
    def none(cls, groups: int) -> Self:
        """Return the products of sides that share nobody."""
        return cls(*np.zeros((4, groups)))

    def take(self, rows: Counts) -> Self:
        """Return the groups at these positions; one past the last is an empty group."""
        return type(self)(*(np.append(part, 0.0)[rows] for part in (self.ww, self.sw, self.ws, self.ss)))


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
    return _summed(_rows(table, by, s, weight, extra), tuple(by), {"": None}, tuple(extra or {}))


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
    rows = _rows(a, by, s, weight, extra, _first=True).union(_rows(b, by, s, weight, extra, _first=False))
    return _summed(rows, tuple(by), {"_a": rows._first, "_b": ~rows._first}, tuple(extra or {}))


def _rows(
    table: ir.Table,
    by: Sequence[str],
    s: str,
    weight: str | None,
    extra: Mapping[str, str] | None,
    **side: bool,
) -> ir.Table:
    """Return per row what is summed."""
    import ibis

    w = ibis.literal(1.0) if weight is None else table[weight]
    return table.select(
        *by,
        _cluster=cluster(table),
        _customer=table.customer_key,
        _sign=table[s],
        _w=w,
        _s=w * table[s],
        **{name: table[column].cast("float64") for name, column in (extra or {}).items()},
        **{name: ibis.literal(value) for name, value in side.items()},
    )


def _summed(
    rows: ir.Table,
    by: tuple[str, ...],
    sides: Mapping[str, ir.BooleanValue | None],
    extra: tuple[str, ...],
) -> ir.Table:
    """Sum rows to clusters and those to groups; ``sides`` maps a suffix to the condition of its rows."""
    parts: dict[str, ir.Value] = {}
    for x, side in sides.items():
        counts = {f"n{x}": True, f"negative{x}": rows._sign < 0, f"positive{x}": rows._sign > 0}
        parts |= {name: rows.count(where=_both(side, condition)) for name, condition in counts.items()}
        added = {"w": "_w", "s": "_s", **{name: name for name in extra}}
        parts |= {f"{name}{x}": rows[column].sum(where=side).fill_null(0) for name, column in added.items()}
    clusters = rows.group_by([*by, "_cluster"]).agg(**parts)

    whole: dict[str, ir.Value] = {name: clusters[name].sum() for name in parts}
    for x in sides:
        w, signed = clusters[f"w{x}"], clusters[f"s{x}"]
        whole |= {f"clusters{x}": clusters.count(where=clusters[f"n{x}"] > 0)}
        whole |= {f"ww{x}": (w * w).sum(), f"sw{x}": (signed * w).sum(), f"ss{x}": (signed * signed).sum()}
    if len(sides) == 2:
        wa, sa, wb, sb = (clusters[name] for name in ("w_a", "s_a", "w_b", "s_b"))
        products = (wa * wb, sa * wb, wa * sb, sa * sb)
        whole |= {name: product.sum() for name, product in zip(CROSS, products, strict=True)}

    # Counted apart: a customer who changed account is in two clusters of a group, yet is one customer.
    people = rows.select(*by, "_customer", *(["_first"] if len(sides) == 2 else [])).distinct()
    conditions = {"": None} if len(sides) == 1 else {"_a": people._first, "_b": ~people._first}
    customers = {f"customers{x}": people.count(where=condition) for x, condition in conditions.items()}
    if not by:
        return clusters.agg(**whole).cross_join(people.agg(**customers))
    sums = clusters.group_by(list(by)).agg(**whole)
    counted = people.group_by({f"_{name}": people[name] for name in by}).agg(**customers)
    matching = [sums[name].identical_to(counted[f"_{name}"]) for name in by]
    return sums.inner_join(counted, matching).drop(*(f"_{name}" for name in by))


def _both(side: ir.BooleanValue | None, condition: ir.BooleanValue | bool) -> ir.BooleanValue | None:
    if condition is True:
        return side
    return condition if side is None else side & condition


def _array(answer: pa.Table, name: str) -> Floats:
    column: Floats = answer.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
    return np.nan_to_num(column, nan=0.0)
