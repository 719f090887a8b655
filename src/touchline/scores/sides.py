"""Weights and signed weights of groups of touches in two periods: what a change is split from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N
from touchline.scores.filtering import filtered
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from touchline.scores.periods import Periods
    from touchline.warehouse.base import Warehouse


@dataclass(frozen=True, slots=True)
class Sides:
    """Groups before (column 0) and after (column 1); arrays have the shape (groups, 2).

    Attributes:
        keys: What tells the groups apart; the group of touches without such a value has None.
        n: Touches.
        customers: Distinct customers.
        w: Sum of w.
        s: Sum of w s.
    """

    keys: tuple[str | None, ...]
    n: NDArray[np.int64]
    customers: NDArray[np.int64]
    w: NDArray[np.float64]
    s: NDArray[np.float64]

    @property
    def small(self) -> NDArray[np.bool_]:
        """Groups that under five customers, but some, are in; in either period."""
        few = (self.customers > 0) & (self.customers < HIDDEN_N)
        return np.logical_or(few[:, 0], few[:, 1])


def sides(warehouse: Warehouse, periods: Periods, column: str | None) -> Sides:
    """Return the groups that a column of the touches makes (one group without a column).

    Raises:
        QuestionError: There is no period to compare with.
    """
    before = periods.before
    if before is None:
        raise QuestionError(
            phrase("a change needs two periods, and this one has no first day"),
            where="since",
            todo=phrase("give since, or the previous period"),
        )

    def build() -> ir.Table:
        import ibis

        parts = []
        for filters, after in ((before, False), (periods.now, True)):
            touches = filtered(warehouse, "touches", filters)
            key = ibis.literal("all") if column is None else touches[column].cast("string")
            parts.append(touches.select("customer_key", "weight", "s", key=key, after=ibis.literal(after)))
        rows = parts[0].union(parts[1])
        people = rows.group_by(["key", "after", "customer_key"]).agg(
            n=rows.count(), w=rows.weight.sum(), s=(rows.weight * rows["s"]).sum()
        )
        return people.group_by(["key", "after"]).agg(
            n=people.n.sum(), customers=people.count(), w=people.w.sum(), s=people["s"].sum()
        )

    rows = warehouse.ask(("sides", column, before, periods.now), build).to_pylist()
    keys = tuple(sorted({row["key"] for row in rows}, key=lambda key: (key is None, key)))
    made = {name: np.zeros((len(keys), 2)) for name in ("n", "customers", "w", "s")}
    for row in rows:
        for name, numbers in made.items():
            numbers[keys.index(row["key"]), int(row["after"])] = row[name]
    return Sides(keys, made["n"].astype(np.int64), made["customers"].astype(np.int64), made["w"], made["s"])


def means(
    w: NDArray[np.float64], s: NDArray[np.float64], otherwise: float | NDArray[np.float64] = np.nan
) -> NDArray[np.float64]:
    """Return s / w; where a period has no weight the other period's, and ``otherwise`` where both have none.

    >>> means(np.array([[2.0, 0.0]]), np.array([[1.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    own = np.divide(s, w, out=np.full(w.shape, np.nan), where=w > 0)
    other = own[..., ::-1]
    filled: NDArray[np.float64] = np.where(np.isnan(own), other, own)
    return np.where(np.isnan(filled), otherwise, filled)
