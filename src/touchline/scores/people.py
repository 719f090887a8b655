"""Who is behind a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.scores.base import Figure
from touchline.words import phrase

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from touchline.warehouse.base import Warehouse

_TOLD: Final = ("customer_ref", "account_ref", "role", "first_seen", "last_seen", "interactions")


def people(warehouse: Warehouse, keys: NDArray[np.int64], *, limit: int = 100) -> Figure:
    """Return some customers, those last seen first.

    Args:
        warehouse: Knows their references.
        keys: Customer keys, shape (n,).
        limit: How many are listed at most; all are counted.

    Returns:
        A figure ``customers``: ``customer`` (the reference), ``account``, ``role``, ``first_seen``, ``last_seen``,
        ``interactions``.
    """
    known = warehouse.having("customers", "customer_key", pa.array(keys, pa.int64()))
    order = [("last_seen", "descending"), ("customer_ref", "ascending")]
    first = known.take(pc.select_k_unstable(known, min(limit, known.num_rows), order)) if known.num_rows else known
    table = first.select(_TOLD).rename_columns(["customer", "account", *_TOLD[2:]])
    notes = (phrase("{limit} of {n} are shown.", limit=limit, n=len(keys)),) if len(keys) > limit else ()
    return Figure(
        "customers",
        table,
        phrase("{n} customers, those last seen first.", n=len(keys)),
        notes,
        {"customers": len(keys)},
    )
