"""What customers say again within the week.

Two touches of one customer are one grievance, so a second must not count as if it were a first. It still tells
something: whether this customer went on as customers do who have said what this one said. Of past weeks a straight
line is learnt through what second touches were against the first, and third touches against the mean of the two
before; a touch is then measured against its line instead of the usual level. What a line leaves over is uncorrelated
with what the customer said before, so bets on both add no evidence twice, however alike touches are (exactly where
the expectation is a line, on average over customers where it is curved); chatty customers count three times at most.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.detection.base import Floats, Ints, Keys
from touchline.detection.once import MIX, Seen

#: Touches of a customer in the window that count.
TURNS: Final = 3
#: Second or third touches of the past before which they are left out.
_LEAST_PAIRS: Final = 30
#: Sums of a turn: n, w, w y, w y^2, w x, w x y, w x^2, y being the mean of what was said before.
_SUMS: Final = 7
_LEAST_VARIANCE: Final = 0.01
#: Means of what was said are kept in so many steps.
_STEPS: Final = 255


@dataclass(frozen=True, slots=True)
class Turns:
    """Which items count.

    Attributes:
        place: Of each in what was given, ascending, shape (n,).
        turn: 0 of a customer's first touch in the window, 1 of the second, 2 of the third, shape (n,).
        before: The mean of what the customer said before in the window; 0 of a first touch, shape (n,).
        days: Since the first touch, shape (n,).
    """

    place: Ints
    turn: Ints
    before: Floats
    days: Ints

    def __getitem__(self, which: Ints) -> Turns:
        """Return some of them."""
        return Turns(self.place[which], self.turn[which], self.before[which], self.days[which])


def turns(seen: Seen, day: int, customer: Keys, value: Floats, window: int) -> tuple[Seen, Turns]:
    """Return who has been seen after a day's items, and which of them count.

    Args:
        seen: Who has been counted, as this function returned it; ``[]`` at first. Customers whose words were not kept
            (`once.first_of` keeps none) count no further in their window.
        day: The day of the items, never before one already given.
        customer: Keys, shape (n,).
        value: What each said, in [0, 1], shape (n,).
        window: Days from a first touch in which a customer counts `TURNS` times; 0 counts every item as a first.

    >>> seen, first = turns([], 0, np.array([7, 7, 8], np.uint64), np.array([0.0, 1.0, 1.0]), 7)
    >>> first.turn.tolist(), turns(seen, 6, np.array([7, 7], np.uint64), np.zeros(2), 7)[1].before.tolist()
    ([0, 1, 0], [0.5019607843137255])
    """
    n = len(customer)
    if window <= 0:
        nought = np.zeros(n, np.int64)
        return [], Turns(np.arange(n), nought, np.zeros(n), nought)
    kept = [entry for entry in seen if entry[0] > day - window]
    if not n:
        return kept, Turns(np.arange(0), np.arange(0), np.zeros(0), np.arange(0))
    unique, of = np.unique((customer * MIX >> np.uint64(32)).astype(np.uint32), return_inverse=True)
    tables = [_table(entry) for entry in kept]
    said, count = np.zeros(len(unique)), np.zeros(len(unique), np.int64)
    met = np.full(len(unique), day)
    found = []
    for entry, table in zip(kept, tables, strict=True):
        _, mine, theirs = np.intersect1d(unique, table[0], assume_unique=True, return_indices=True)
        said[mine], count[mine], met[mine] = table[1][theirs] / _STEPS, table[2][theirs], entry[0]
        found.append((mine, theirs))
    known = count > 0
    order = np.argsort(of, kind="stable")
    sorted_of = of[order]
    nth = np.empty(n, np.int64)
    nth[order] = np.arange(n) - np.searchsorted(sorted_of, sorted_of)
    place, turn, before = [], [], []
    for each in range(TURNS):
        items = np.flatnonzero(nth == each)
        items = items[count[of[items]] < TURNS]
        who = of[items]
        place.append(items)
        turn.append(count[who])
        before.append(said[who])
        told = (said[who] * count[who] + value[items]) / (count[who] + 1)
        said[who] = np.rint(told * _STEPS) / _STEPS
        count[who] += 1
    for i, (mine, theirs) in enumerate(found):
        hashes, means, counts = tables[i]
        if (counts[theirs] != count[mine]).any():
            means, counts = means.copy(), counts.copy()
            means[theirs], counts[theirs] = np.rint(said[mine] * _STEPS), count[mine]
            tables[i] = hashes, means, counts
            kept[i] = _entry(kept[i][0], *tables[i])
    new: tuple[Any, ...] = unique[~known], np.rint(said[~known] * _STEPS), count[~known]
    if len(new[0]):
        if kept and kept[-1][0] == day:
            new = tuple(np.concatenate(both) for both in zip(tables[-1], new, strict=True))
            kept = kept[:-1]
        by_hash = np.argsort(new[0])
        kept = [*kept, _entry(day, *(column[by_hash] for column in new))]
    places = np.concatenate(place)
    ascending = np.argsort(places)
    places = places[ascending]
    return kept, Turns(
        places, np.concatenate(turn)[ascending], np.concatenate(before)[ascending], day - met[of[places]]
    )


def paired(which: Turns, value: Floats, weight: Floats) -> list[float]:
    """Return the sums of the touches of a day that are not first ones, shape ((TURNS - 1) * 7,).

    Args:
        which: Their turns.
        value: Of the items that count, shape (n,).
        weight: Of them.
    """
    row: list[float] = []
    for turn in range(1, TURNS):
        at = which.turn == turn
        x, y, w = value[at], which.before[at], weight[at]
        columns = (w, w * y, w * y * y, w * x, w * x * y, w * x * x)
        row += [float(at.sum()), *(float(column.sum()) for column in columns)]
    return row


def table(past: Mapping[str, Any]) -> Floats:
    """Return the sums that a past holds, zeros where it holds none: of another detector or an older version."""
    found: Floats = np.array(past["again"]) if "again" in past else np.zeros((TURNS - 1, _SUMS))
    return found


def passed(held: Floats, row: list[float], level: float) -> Floats:
    """Return the sums with those of a day that has become past, its touches less the usual level.

    Args:
        held: Shape (TURNS - 1, 7): n, w, w y, w y^2, w b, w b y, w b^2 with b = x - level.
        row: As `paired` returned it.
        level: The usual level of the day.
    """
    n, w, wy, wyy, wx, wxy, wxx = np.array(row).reshape(TURNS - 1, _SUMS).T
    b = wx - level * w, wxy - level * wy, wxx - 2 * level * wx + level**2 * w
    found: Floats = held + np.stack([n, w, wy, wyy, *b], axis=1)
    return found


@dataclass(frozen=True, slots=True)
class Lines:
    """What second and third touches are against what was said before: one line for each turn, shape (TURNS - 1,).

    Attributes:
        slope: In [0, 1]: how far a customer goes on as before.
        middle: The mean of what was said before.
        offset: What touches are on average, less the usual level.
        variance: Of what the line leaves over.
        error: Squared standard error of ``offset``.
        slope_error: Squared standard error of ``slope``.
        known: Whether enough has been seen.
    """

    slope: Floats
    middle: Floats
    offset: Floats
    variance: Floats
    error: Floats
    slope_error: Floats
    known: npt.NDArray[np.bool_]

    def expected(self, turn: Ints, before: Floats) -> tuple[Floats, Floats]:
        """Return what to add to the usual level for each touch, and the standard error of that."""
        off = before - self.middle[turn - 1]
        error = np.sqrt(self.error[turn - 1] + off**2 * self.slope_error[turn - 1])
        return self.offset[turn - 1] + self.slope[turn - 1] * off, error


def lines(held: Floats) -> Lines:
    """Return the lines through the sums of the past, as `passed` made them.

    >>> rng = np.random.default_rng(0)
    >>> y = rng.random(900)
    >>> which = Turns(np.arange(900), np.ones(900, np.int64), y, np.zeros(900, np.int64))
    >>> row = paired(which, 0.5 * y + 0.5 * rng.random(900), np.ones(900))
    >>> lines(passed(np.zeros((2, 7)), row, 0.4)).slope.round(1).tolist()
    [0.5, 0.0]
    """
    n, w, wy, wyy, wb, wyb, wbb = held.T
    whole = np.maximum(w, 1e-12)
    middle, offset = wy / whole, wb / whole
    apart, alike = np.maximum(wyy - w * middle**2, 0.0), wyb - w * middle * offset
    there = apart > 1e-9 * whole
    slope = np.clip(np.where(there, alike / np.where(there, apart, 1.0), 0.0), 0.0, 1.0)
    left = wbb - w * offset**2 - 2 * slope * alike + slope**2 * apart
    variance = np.maximum(left / whole, _LEAST_VARIANCE)
    each = np.maximum(n, 1.0)
    error = variance / each
    slope_error = np.where(there, error * whole / np.where(there, apart, 1.0), 0.0)
    return Lines(slope, middle, offset, variance, error, slope_error, n >= _LEAST_PAIRS)


def _table(entry: list[Any]) -> tuple[Any, Any, Any]:
    """Return the hashes, means and counts of a day; of customers whose words were not kept the count is full."""
    hashes = np.frombuffer(b64decode(entry[1]), dtype="<u4")
    if len(entry) == 2:
        return hashes, np.zeros(len(hashes)), np.full(len(hashes), TURNS)
    means, counts = (np.frombuffer(b64decode(text), dtype=np.uint8) for text in entry[2:])
    return hashes, means.astype(np.float64), counts.astype(np.int64)


def _entry(day: int, hashes: Any, means: Any, counts: Any) -> list[Any]:
    columns = (hashes.astype("<u4"), means.astype(np.uint8), counts.astype(np.uint8))
    return [day, *(b64encode(column.tobytes()).decode() for column in columns)]
