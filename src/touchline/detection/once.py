"""A customer counts once in so many days.

What one customer says twice in a week is one grievance. Taken as two it would be half as surprising as it looks, and a
handful of customers with much to say would raise false alarms. So a detector takes the first touch of a customer and
leaves out the others until the window is over; its own past is learnt from the same touches. No assumption about how
alike a customer's touches are is needed.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.detection.base import Keys

Hashes = npt.NDArray[np.uint32]
#: [day, the hashes of the customers counted on it] of the window's days.
Seen = list[list[Any]]

#: Spreads keys over the hashes that are kept.
MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def first_of(seen: Seen, day: int, customer: Keys, window: int) -> tuple[Seen, npt.NDArray[np.int64]]:
    """Return who has been seen after a day's items, and the places of the items that count.

    Args:
        seen: Who has been counted, as this function returned it; ``[]`` at first.
        day: The day of the items, never before one already given.
        customer: Keys, shape (n,).
        window: Days in which a customer counts once; 0 counts every item.

    >>> seen, places = first_of([], 0, np.array([7, 7, 8], np.uint64), 7)
    >>> first_of(seen, 6, np.array([7, 9], np.uint64), 7)[1].tolist(), places.tolist()
    ([1], [0, 2])
    """
    if window <= 0:
        return [], np.arange(len(customer))
    kept = [entry for entry in seen if entry[0] > day - window]
    if not len(customer):
        return kept, np.arange(0)
    hashed = (customer * MIX >> np.uint64(32)).astype(np.uint32)
    unique, places = np.unique(hashed, return_index=True)
    known = [_hashes(entry[1]) for entry in kept]
    new = ~np.isin(unique, np.concatenate(known)) if known else np.ones(len(unique), dtype=bool)
    if kept and kept[-1][0] == day:
        added = np.union1d(known[-1], unique[new])
        kept = kept[:-1]
    else:
        added = unique[new]
    if len(added):
        kept = [*kept, [day, b64encode(added.astype("<u4").tobytes()).decode()]]
    return kept, np.sort(places[new])


def _hashes(text: str) -> Hashes:
    return np.frombuffer(b64decode(text), dtype="<u4")
