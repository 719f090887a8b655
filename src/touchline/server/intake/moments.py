"""Times at the door: ISO 8601, or numbers since 1970 whose size tells seconds, milli-, micro- or nanoseconds.

A clock that is years off is no reason to lose a record: its time is kept as it was told, and marked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.sources.base import MISSING
from touchline.sources.cells import clean
from touchline.sources.flattening import whole
from touchline.sources.times import EARLIEST, read_times

#: Outside of these, a time is none that any clock shows.
FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2100, 1, 1, tzinfo=UTC)
#: A clock may be ahead of ours by this much before it is marked.
AHEAD: Final = timedelta(days=1)

_MISSING: Final = pa.array(MISSING)

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Moments:
    """A column of times.

    Attributes:
        micros: Microseconds since 1970, UTC; 0 where missing or bad.
        date_only: Only a date was told: noon in the workspace's zone.
        missing: Nothing was told.
        bad: What was told is no time.
        outside: It is a time, and no clock shows it.
        ahead: More than a day after now.
        behind: Before 1990.
    """

    micros: Int64s
    date_only: Bools
    missing: Bools
    bad: Bools
    outside: Bools
    ahead: Bools
    behind: Bools


def moments(values: list[Any], zone: str, now: datetime) -> Moments:
    """Read times: texts and numbers, each by itself.

    Args:
        values: As JSON has them.
        zone: Of texts that do not tell theirs.
        now: The present moment.

    >>> told = moments(["2026-03-01T10:00:00Z", 1772359200, 1772359200000, "soon"], "UTC", datetime.now(UTC))
    >>> told.micros.tolist()[:3], told.bad.tolist()
    ([1772359200000000, 1772359200000000, 1772359200000000], [False, False, False, True])
    """
    rows = len(values)
    if set(map(type, values)) <= _WRITTEN:
        none = np.zeros(rows, bool)
        return _judged(_texts(values, none), none, none, zone, now, values)
    said = np.array([type(value) in (int, float) for value in values], bool)
    other = np.array([value is not None and not isinstance(value, str | int | float) for value in values], bool)
    other |= np.array([isinstance(value, bool) for value in values], bool)
    return _judged(_texts(values, said | other), said, other, zone, now, values)


_WRITTEN: Final = {str, type(None)}


def _judged(texts: pa.Array, said: Bools, other: Bools, zone: str, now: datetime, values: list[Any]) -> Moments:
    """Return the moments of a column: texts, and where numbers are said, and where something that is neither."""
    rows = len(texts)
    missing: Bools = texts.is_null().to_numpy(zero_copy_only=False) & ~said & ~other
    times = read_times(texts, zone) if texts.null_count < rows else None
    micros = times.micros.astype(np.int64) if times else np.zeros(rows, np.int64)
    date_only = times.date_only & ~missing if times else np.zeros(rows, bool)
    bad = times.bad | other if times else other
    if said.any():
        scaled = _scaled(np.array([_float(value) for value in values], np.float64))
        bad |= said & ~np.isfinite(scaled)
        fits = said & np.isfinite(scaled) & (np.abs(scaled) < 2**62)
        micros = np.where(fits, np.where(fits, scaled, 0).astype(np.int64), micros)
        micros[said & ~fits] = 2**62  # outside of all clocks
    sound = ~missing & ~bad
    first, last, early, late = (_micros(moment) for moment in (FIRST, LAST, EARLIEST, now + AHEAD))
    outside = sound & ((micros < first) | (micros >= last))
    sound &= ~outside
    micros = np.where(sound, micros, 0)
    return Moments(micros, date_only, missing, bad, outside, sound & (micros > late), sound & (micros < early))


def _texts(values: list[Any], left_out: Bools) -> pa.Array:
    if left_out.any():
        values = [None if gone else v for v, gone in zip(values, left_out.tolist(), strict=True)]
    try:
        cells = pa.array(values, pa.string())
    except UnicodeEncodeError:
        cells = pa.array([text if text is None else whole(text) for text in values], pa.string())
    cells = clean(cells)
    empty = pc.is_in(cells, _MISSING)
    return pc.if_else(empty, None, cells) if pc.any(empty).as_py() else cells


def _float(value: object) -> float:
    if type(value) not in (int, float):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf


def _scaled(stamps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    size = np.abs(stamps)
    scales = np.select([size < 1e11, size < 1e14, size < 1e17], [1e6, 1e3, 1.0], 1e-3)
    scaled: npt.NDArray[np.float64] = np.round(stamps * scales)
    return scaled


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
