"""The sums of `touchline.scores.moments` over touches: of rows in memory where there are any, else asked for.

Both ways add up the same; a warehouse in this process holds its touches, a cluster is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from touchline.scores.filtering import filtered
from touchline.scores.moments import CROSS, clustered, paired
from touchline.scores.rows import MONTH, Bools, Floats, Ints, Rows, added, held_rows, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse


def touch_sums(
    warehouse: Warehouse,
    filters: Filters,
    by: Sequence[str] = (),
    *,
    before: Filters | None = None,
    extra: Mapping[str, str] | None = None,
) -> pa.Table:
    """Return one row per group of touches with the fields of `Moments`, and of `Cross` where there are two sides.

    Args:
        warehouse: The data.
        filters: Which touches, resolved.
        by: Columns that make the groups, ``month`` among them; none makes one group, of nothing where there is nothing.
        before: Touches of a second side: fields get ``_a`` (of ``filters``) and ``_b`` at their ends.
        extra: More sums: the answer's column to a column of the touches.
    """
    by, extra = tuple(by), extra or {}
    mine = held_rows(warehouse, "touches", filters)
    other = None if before is None else held_rows(warehouse, "touches", before)
    if mine is None or (before is not None and other is None):

        def build() -> ir.Table:
            now = _with_month(filtered(warehouse, "touches", filters), by)
            if before is None:
                return clustered(now, by, extra=extra)
            return paired(now, _with_month(filtered(warehouse, "touches", before), by), by, extra=extra)

        return warehouse.ask(("touch sums", by, filters, before, tuple(extra.items())), build)
    if other is None:
        return _summed(mine, by, {"": None}, extra)
    both, first = mine.beside(other)
    return _summed(both, by, {"_a": first, "_b": ~first}, extra)


def _with_month(touches: ir.Table, by: Sequence[str]) -> ir.Table:
    return touches.mutate(month=touches.day.truncate("M")) if MONTH in by else touches


def _summed(x: Rows, by: Sequence[str], sides: Mapping[str, Bools | None], extra: Mapping[str, str]) -> pa.Table:
    """Sum rows to clusters and those to groups, as `clustered` and `paired` do."""
    group, columns = x.groups(by)
    many = max((len(values) for values in columns.values()), default=1)
    unit, units = x.numbered("cluster")
    cell, group_of = pairs(group, unit, many, units)
    person, people = x.numbered("customer")
    s, weight = x.floats("s"), x.floats("weight")
    summed = {"n": np.ones(len(x)), "negative": s < 0, "positive": s > 0, "w": weight, "s": weight * s}
    summed |= {name: np.nan_to_num(x.floats(column)) for name, column in extra.items()}
    whole: dict[str, Floats] = {}
    parts: dict[str, Floats] = {}
    for suffix, side in sides.items():
        here: slice | Ints = slice(None) if side is None else np.flatnonzero(side)
        for name, values in summed.items():
            sums = added(cell[here], values[here], len(group_of))
            parts[name + suffix] = sums
            whole[name + suffix] = added(group_of, sums, many)
        n, w, ws = (parts[name + suffix] for name in ("n", "w", "s"))
        products = {"clusters": n > 0, "ww": w * w, "sw": ws * w, "ss": ws * ws}
        whole |= {name + suffix: added(group_of, product, many) for name, product in products.items()}
        # counted apart: a customer who changed account is in two clusters of a group, yet is one customer
        _, theirs = pairs(group[here], person[here], many, people)
        whole["customers" + suffix] = np.bincount(theirs, minlength=many).astype(np.float64)
    if len(sides) > 1:
        wa, sa, wb, sb = (parts[name] for name in ("w_a", "s_a", "w_b", "s_b"))
        products = dict(zip(CROSS, (wa * wb, sa * wb, wa * sb, sa * sb), strict=True))
        whole |= {name: added(group_of, product, many) for name, product in products.items()}
    return pa.table(columns | {name: pa.array(values) for name, values in whole.items()})
