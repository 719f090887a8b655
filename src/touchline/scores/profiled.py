"""Who may be scored as a person: everybody but those who did not agree to profiling, or no longer do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from touchline.warehouse.base import Warehouse


def unprofiled(warehouse: Warehouse) -> ir.Table:
    """Return the keys of the persons who may not be scored, as an Ibis table of ``customer_key``."""
    withheld = warehouse.table("withheld")
    theirs = withheld.filter(withheld.purpose == "profiling").select(own=withheld.customer_key)
    identity = warehouse.table("identity")
    named = theirs.left_join(identity, theirs.own == identity.customer_key)
    return named.select(customer_key=named.person_key.fill_null(named.own)).distinct()


def profiled(warehouse: Warehouse, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which of some persons may be scored, shape (n,)."""
    found = warehouse.ask(("unprofiled",), lambda: unprofiled(warehouse))
    mask: NDArray[np.bool_] = ~np.isin(keys, found["customer_key"].to_numpy())
    return mask
