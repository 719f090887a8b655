"""Different numbers, in order."""

from __future__ import annotations

import numpy as np

from touchline.warehouse.index.journeys import Ints


def once(numbers: Ints) -> Ints:
    """Return the different ones of some numbers, ascending.

    >>> once(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ascending = np.sort(numbers)  # three times faster than np.unique's hashing
    new = np.ones(len(ascending), dtype=np.bool_)
    new[1:] = ascending[1:] != ascending[:-1]
    return ascending[new]
