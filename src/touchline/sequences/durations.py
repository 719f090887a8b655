"""How long things took: whole seconds by group, kept exactly, so that counts of slices add up to the same quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SECOND: Final = 1_000_000  # microseconds
_BITS: Final = 32  # of a packed number, for the seconds: 136 years
_LONGEST: Final = 2**_BITS - 1


@dataclass(frozen=True, slots=True)
class Durations:
    """A multiset of whole seconds by group, in no order.

    Attributes:
        packed: Group and seconds in one number each, shape (durations,).
    """

    packed: Ints

    @classmethod
    def of(cls, groups: npt.ArrayLike, microseconds: Ints) -> Durations:
        """Keep durations, cut to whole seconds.

        Args:
            groups: Of each, from 0; one number for all of them, or shape (durations,).
            microseconds: Shape (durations,), none negative.
        """
        seconds = np.minimum(microseconds // SECOND, _LONGEST)
        return cls((np.asarray(groups, dtype=np.int64) << _BITS) + seconds)

    @classmethod
    def none(cls) -> Durations:
        """Return no durations."""
        return cls(np.zeros(0, np.int64))

    def __add__(self, other: Durations) -> Durations:
        return Durations(np.concatenate([self.packed, other.packed]))

    def quantiles(self, groups: npt.ArrayLike, shares: tuple[float, ...] = (0.5, 0.9)) -> Floats:
        """Return quantiles in seconds, shape (groups, shares); NaN for a group without a duration.

        Between two durations they are interpolated, as `numpy.quantile` does.

        Args:
            groups: Which groups, shape (groups,).
            shares: Which quantiles, 0 to 1.

        >>> Durations.of([0, 0, 1], np.array([1, 4, 9]) * SECOND).quantiles([0, 1, 2], (0.5,)).ravel().tolist()
        [2.5, 9.0, nan]
        """
        wanted = np.asarray(groups, dtype=np.int64)
        ordered = np.sort(self.packed)
        begin = np.searchsorted(ordered, wanted << _BITS)
        n = np.searchsorted(ordered, (wanted + 1) << _BITS) - begin
        found = np.full((len(wanted), len(shares)), np.nan)
        there = n > 0
        for column, share in enumerate(shares):
            place = (n[there] - 1) * share
            low = begin[there] + np.floor(place).astype(np.int64)
            high = begin[there] + np.ceil(place).astype(np.int64)
            first, last = (ordered[at] & _LONGEST for at in (low, high))
            found[there, column] = first + (last - first) * (place - np.floor(place))
        return found
