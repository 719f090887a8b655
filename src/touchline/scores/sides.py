"""Weights and signed weights of groups of touches in two periods: what a change is split from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N
from touchline.scores.groups import text_of
from touchline.scores.sums import touch_sums
from touchline.words import phrase

if TYPE_CHECKING:
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

    told = touch_sums(warehouse, periods.now, [column] if column else [], before=before)
    told = told.filter(pc.greater(pc.add(told["n_a"], told["n_b"]), 0))
    keys = [text_of(key) for key in told[column].to_pylist()] if column else ["all"] * told.num_rows
    order = sorted(range(len(keys)), key=lambda row: (keys[row] is None, keys[row]))
    n, customers, w, signed = (
        np.stack([told[name + side].to_numpy().astype(np.float64)[order] for side in ("_b", "_a")], axis=1)
        for name in ("n", "customers", "w", "s")
    )
    return Sides(tuple(keys[row] for row in order), n.astype(np.int64), customers.astype(np.int64), w, signed)


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
