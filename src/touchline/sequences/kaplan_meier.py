"""Kaplan-Meier: the share who have not reached an end yet, though not everybody was watched for as long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.scores.intervals import wilson

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Floats, Ints

    #: Distinct whole numbers, ascending, and how often each was met.
    Counted = tuple[Ints, Ints]

_Z: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Curve:
    """A survival curve: one entry per distinct time at which someone reached the end.

    Attributes:
        times: Seconds, ascending.
        at_risk: How many were still watched, and had not reached it, just before.
        ended: How many reached it then.
        survival: Share who have not reached it by then.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n: How many there are.
        last: The longest that anybody was watched, seconds; the curve says nothing of later.
    """

    times: Ints
    at_risk: Ints
    ended: Ints
    survival: Floats
    low: Floats
    high: Floats
    n: int
    last: int

    def at(self, seconds: int) -> tuple[float, float, float, int, int]:
        """Return survival, low, high, how many are at risk after that time, and how many have ended by it.

        NaN past the last time that anybody was watched, unless everybody has ended.
        """
        place = int(np.searchsorted(self.times, seconds, side="right"))
        ended = int(self.ended[:place].sum())
        if seconds > self.last and not (len(self.survival) and self.survival[-1] == 0):
            return float("nan"), float("nan"), float("nan"), 0, ended
        if place == 0:
            low = float(wilson(self.n, self.n)[1]) if self.n else float("nan")
            return (1.0 if self.n else float("nan")), low, 1.0 if self.n else float("nan"), self.n, 0
        i = place - 1
        remain = int(self.at_risk[i] - self.ended[i])
        return float(self.survival[i]), float(self.low[i]), float(self.high[i]), remain, ended

    def median(self) -> tuple[float, float, float]:
        """Return the time by which half have reached the end, and its 95 % interval; NaN where that lies beyond.

        The interval is where the curve's own interval crosses one half (Brookmeyer and Crowley 1982).
        """
        first = [self._crossing(line) for line in (self.survival, self.low, self.high)]
        return first[0], first[1], first[2]

    def _crossing(self, line: Floats) -> float:
        under = np.flatnonzero(line <= 0.5)
        return float(self.times[under[0]]) if len(under) else float("nan")


def curve(ended: Counted, open_: Counted) -> Curve:
    """Return the Kaplan-Meier curve of exact counts.

    The interval is Greenwood's variance on the scale of log(-log S), which keeps it inside 0 to 1. Before the first
    end it is Wilson's of n out of n; once nobody is left at S = 0, it goes up to the bound before.

    Args:
        ended: Seconds until the end, of those who reached it.
        open_: Seconds watched, of those who did not; equal times count as at risk.

    >>> found = curve((np.array([2, 4]), np.array([1, 1])), (np.array([3, 5]), np.array([1, 1])))
    >>> found.survival.tolist(), found.at_risk.tolist(), found.median()[0]
    ([0.75, 0.375], [4, 2], 4.0)

    Source: Kaplan and Meier 1958; Greenwood 1926; Kalbfleisch and Prentice 1980.
    """
    times, died = ended
    risk = at_least(ended, times) + at_least(open_, times)
    total = int(died.sum() + open_[1].sum())
    last = max(int(times[-1]) if len(times) else 0, int(open_[0][-1]) if len(open_[0]) else 0)
    survival = np.cumprod((risk - died) / np.maximum(risk, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(survival)
        error = np.sqrt(np.cumsum(died / (risk * (risk - died)))) / np.abs(log)
        low, high = (survival ** np.exp(sign * _Z * error) for sign in (1.0, -1.0))
    over = survival == 0.0
    low[over] = 0.0
    if over.any() and not over[0]:
        high[over] = high[np.flatnonzero(over)[0] - 1]
    elif len(over) and over[0]:
        high[over] = float(wilson(0, total)[2])
    return Curve(times, risk, died, survival, low, high, total, last)


def median_of(ended: Counted, open_: Counted) -> float:
    """Return the median alone: `curve` with nothing else; NaN where it lies beyond.

    >>> median_of((np.array([2, 4]), np.array([1, 1])), (np.array([3, 5]), np.array([1, 1])))
    4.0
    """
    times, died = ended
    upto = np.cumsum(died)
    total = int(died.sum() + open_[1].sum())
    # Half are gone by when half have ended, whatever became of the others: no later time need be looked at.
    last = int(np.searchsorted(upto, 0.5001 * total)) + 1
    for some in (slice(last), slice(None)):
        risk = int(upto[-1]) - upto[some] + died[some] if len(upto) else upto
        risk = risk + at_least(open_, times[some])
        under = np.flatnonzero(np.cumprod((risk - died[some]) / np.maximum(risk, 1)) <= 0.5)
        if len(under):
            return float(times[under[0]])
    return float("nan")


def at_least(counted: Counted, times: Ints) -> Ints:
    """Return how many of the counted numbers are at least each time.

    >>> at_least((np.array([1, 3]), np.array([2, 1])), np.array([1, 2, 3, 4])).tolist()
    [3, 1, 1, 0]
    """
    values, counts = counted
    if values is times:
        upto: Ints = np.cumsum(counts)
        own: Ints = int(counts.sum()) - upto + counts
        return own
    before = np.bincount(np.searchsorted(times, values, side="right"), counts, len(times) + 1)
    left: Ints = int(counts.sum()) - np.cumsum(before[:-1]).astype(np.int64)
    return left
