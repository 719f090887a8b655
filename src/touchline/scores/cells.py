"""From arrays with NaN to columns with NULL, and which cells may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N
from touchline.words import phrase

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def column(numbers: ArrayLike, hide: ArrayLike | None = None) -> pa.Array:
    """Return numbers as doubles; NULL where they are not finite or ``hide`` is true.

    >>> column([1.0, float("nan"), 3.0], hide=[False, False, True]).to_pylist()
    [1.0, None, None]
    """
    numbers = np.asarray(numbers, dtype=np.float64)
    mask = ~np.isfinite(numbers)
    return pa.array(numbers, mask=mask if hide is None else mask | np.asarray(hide, dtype=bool))


def hidden(customers: ArrayLike) -> NDArray[np.bool_]:
    """Return where a figure is over too few customers to be shown."""
    few: NDArray[np.bool_] = np.asarray(customers) < HIDDEN_N
    return few


def low_n(customers: ArrayLike) -> NDArray[np.bool_]:
    """Return where a figure is over too few customers for an arrow or a rank."""
    few: NDArray[np.bool_] = np.asarray(customers) < LOW_N
    return few


def share(part: ArrayLike, whole: ArrayLike) -> NDArray[np.float64]:
    """Return part / whole, NaN where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    shares: NDArray[np.float64] = np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return shares


def shown(number: float | None, customers: int) -> float | None:
    """Return a number for a headline: None where it is not finite or over too few customers."""
    if number is None or not np.isfinite(number) or customers < HIDDEN_N:
        return None
    return float(number)


def hidden_note(hide: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the note that says how many rows are hidden, or none.

    >>> hidden_note(np.array([True, False]))
    ('1 of 2 rows hidden: fewer than 5 customers.',)
    """
    count = int(hide.sum())
    return (phrase("{count} of {n} rows hidden: fewer than 5 customers.", count=count, n=len(hide)),) if count else ()
