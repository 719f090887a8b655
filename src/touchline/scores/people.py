"""Who is behind a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from touchline.scores.base import Figure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from touchline.warehouse.duckdb import DuckWarehouse


def people(warehouse: DuckWarehouse, keys: NDArray[np.int64], *, limit: int = 100) -> Figure:
    """Return some customers, those last seen first.

    Args:
        warehouse: Knows their references.
        keys: Customer keys, shape (n,).
        limit: How many are listed at most; all are counted.

    Returns:
        A figure ``customers``: ``customer`` (the reference), ``account``, ``role``, ``first_seen``, ``last_seen``,
        ``interactions``.
    """
    with warehouse.given(wanted=pa.table({"customer_key": pa.array(keys, pa.int64())})):
        table = warehouse.fetch(
            "SELECT customer_ref AS customer, account_ref AS account, role, first_seen, last_seen, interactions"
            " FROM customers SEMI JOIN wanted USING (customer_key)"
            f" ORDER BY last_seen DESC, customer_ref LIMIT {int(limit)}"
        )
    notes = (f"{limit} of {len(keys)} are shown.",) if len(keys) > limit else ()
    return Figure("customers", table, f"{len(keys)} customers, those last seen first.", notes, {"customers": len(keys)})
