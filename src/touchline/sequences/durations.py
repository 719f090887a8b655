"""How long things took: whole seconds by group, kept exactly, so that counts of slices add up to the same quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SECOND: Final = 1_000_000  # microseconds
_LONGEST: Final = 2**32 - 1  # seconds: 136 years
_BINS: Final = 1 << 16  # of all groups together: their counts stay near the processor


@dataclass(frozen=True, slots=True)
class Durations:
    """A multiset of whole seconds by group, in no order.

    Attributes:
        parts: Groups and seconds, each of shape (durations,).
    """

    parts: tuple[tuple[npt.NDArray[Any], npt.NDArray[np.uint32]], ...] = ()

    @classmethod
    def of(cls, groups: npt.ArrayLike, microseconds: Ints) -> Durations:
        """Keep durations, cut to whole seconds.

        Args:
            groups: Of each, from 0; one number for all of them, or shape (durations,).
            microseconds: Shape (durations,), none negative.
        """
        seconds = microseconds // SECOND
        np.minimum(seconds, _LONGEST, out=seconds)
        return cls(((np.broadcast_to(groups, seconds.shape), seconds.astype(np.uint32)),))

    def __add__(self, other: Durations) -> Durations:
        return Durations(self.parts + other.parts)

    def quantiles(self, groups: npt.ArrayLike, shares: tuple[float, ...] = (0.5, 0.9)) -> Floats:
        """Return quantiles in seconds, shape (groups, shares); NaN for a group without a duration.

        Between two durations they are interpolated, as `numpy.quantile` does. Only those are put in order that lie
        near a quantile: all are counted into bins of equal width first.

        Args:
            groups: Which groups, shape (groups,).
            shares: Which quantiles, 0 to 1.

        >>> Durations.of([0, 0, 1], np.array([1, 4, 9]) * SECOND).quantiles([0, 1, 2], (0.5,)).ravel().tolist()
        [2.5, 9.0, nan]
        """
        wanted = np.asarray(groups, dtype=np.int64)
        seconds = np.concatenate([np.zeros(0, np.uint32), *(part for _, part in self.parts)])
        many = 1 + max(int(part.max(initial=0)) for part in (wanted, *(part for part, _ in self.parts)))
        longest, fine = int(seconds.max(initial=0)), max(min(len(seconds) // 16, _BINS) // many, 1)
        coarse = max(longest.bit_length() - fine.bit_length() + 1, 0)  # bits that a bin leaves out
        width = (longest >> coarse) + 1
        bins = seconds >> np.uint32(coarse)
        bins = bins.astype(np.int64 if many * width > _LONGEST else np.uint32, copy=False)
        begin = 0
        for group, _ in self.parts:
            bins[begin : (begin := begin + len(group))] += np.multiply(group, width, dtype=bins.dtype, casting="unsafe")
        sizes = np.bincount(bins, minlength=many * width)
        upto = np.append(0, np.cumsum(sizes))
        first = upto[wanted * width]
        n = upto[(wanted + 1) * width] - first
        found = np.full((len(wanted), len(shares)), np.nan)
        there = n > 0
        place = (n[there, None] - 1) * np.array(shares)
        ranks = first[there, None] + np.stack([np.floor(place), np.ceil(place)]).astype(np.int64)
        held = np.searchsorted(upto, ranks, side="right") - 1
        near = np.zeros(len(sizes), dtype=np.bool_)
        near[held] = True
        rows = np.flatnonzero(near.take(bins))
        ordered = np.sort((bins.take(rows).astype(np.int64) << 32) | seconds.take(rows))
        skipped = np.append(0, np.cumsum(np.where(near, 0, sizes)))
        low, high = ordered[ranks - skipped[held]] & _LONGEST
        found[there] = low + (high - low) * (place - np.floor(place))
        return found
