"""Times, in whatever form an export writes them.

The rules, as ``touchline preview`` states them:

* A time without a zone is in the workspace's zone. Clocks going back: the earlier of the two. A time that the
  clocks skipped is moved on by what they skipped (02:30 becomes 03:30).
* A date alone means noon there, and is marked.
* ``3/4/2024``: day or month first is decided per column, from the values that leave no doubt; without such
  values the day comes first. ``13/4`` and ``4/13`` are read either way; ``3.4.2024`` always has the day
  first.
* A bare number is a date (``20240131``), seconds, milli-, micro- or nanoseconds since 1970, or an Excel day.
* Before 1990 or more than a day ahead is a clock that was not set: quarantine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)

#: What a user may state as the format of a column of times.
PATTERN: Final = re.compile(r"(D/M/Y|M/D/Y|s|ms|us|excel|.*%[A-Za-z].*)$")

_DAY: Final = 86_400_000_000
_QUARTER: Final = 900_000_000
_EPOCH: Final = datetime(1970, 1, 1)
_EXCEL: Final = datetime(1899, 12, 30)
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero ene",
            "feb february februar fevrier febrero fev fevr",
            "mar march marz mars marzo mrz maerz",
            "apr april avril abril avr abr",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio juil",
            "aug august aout agosto ago",
            "sep sept september septembre septiembre",
            "oct october oktober octobre octubre okt",
            "nov november novembre noviembre",
            "dec december dezember decembre diciembre dez dic",
        ),
        1,
    )
    for name in names.split()
}
_ZONES: Final = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "mez": 1, "mesz": 2,
}  # fmt: skip
_CLOCK: Final = (
    r"(?:(?:[T,\s]|\s*(?:at|um|a las|à)\s)\s*"
    r"(?P<h>\d{1,2})(?:[:.h](?P<mi>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?(?:\s*uhr|\s*h)?)?"
    r"\s*(?P<zone>z|[+-]\d{2}:?\d{2}|[+-]\d{2}|(?:utc|gmt)[+-]\d{1,2}(?::?\d{2})?|[a-z]{2,4})?"
    r"\s*(?:\([^)]*\)|\[[^\]]*\])?$"
)
_FLAGS: Final = re.IGNORECASE
_YMD: Final = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<mo>\d{1,2})(?P=sep)(?P<d>\d{1,2})" + _CLOCK, _FLAGS)
_NUMERIC: Final = re.compile(r"(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})" + _CLOCK, _FLAGS)
_NAMED: Final = re.compile(
    r"(?:[^\W\d]{2,10}\.?,?\s+)?(?:"
    r"(?P<d>\d{1,2})(?:st|nd|rd|th|\.|er)?[\s-]+(?:de\s+)?(?P<name>[^\W\d]{3,10})\.?,?[\s-]+(?:de\s+)?(?P<y>\d{4}|\d{2})|"
    r"(?P<name2>[^\W\d]{3,10})\.?\s+(?P<d2>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y2>\d{4}))" + _CLOCK,
    _FLAGS,
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z)?)?$")
_ACCENTS: Final = str.maketrans("äáàâéèêíóôúûü", "aaaaeeeioouuu")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that was read: microseconds since 1970 on the wall clock, or in UTC if it told its zone."""

    micros: int
    zoned: bool = False
    date_only: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times.

    Attributes:
        micros: int64, microseconds since 1970 in UTC; 0 where missing or bad.
        date_only: bool; only a date was known.
        bad: bool; there is a value and it cannot be read.
    """

    micros: np.ndarray
    date_only: np.ndarray
    bad: np.ndarray


def parse_time(text: str, *, day_first: bool = True, pattern: str = "") -> Moment | None:
    """Read one time, or say that it is none.

    Args:
        text: The cell.
        day_first: What ``3/4/2024`` means.
        pattern: A `strptime` pattern when the user gave one; or a unit: ``s``, ``ms``, ``us``, ``excel``.

    >>> str(timedelta(microseconds=parse_time("12 Jan 2024 3:04 pm").micros) + datetime(1970, 1, 1))
    '2024-01-12 15:04:00'
    >>> parse_time("2024-01-12T15:04:00+02:00") == Moment(1705064640000000, zoned=True)
    True
    >>> parse_time("soon") is None
    True
    """
    text = text.strip()
    try:
        if pattern:
            return _patterned(text, pattern)
        if text.replace(".", "", 1).isdigit() and text.isascii():
            return _number(text)
        return _dated(text, day_first)
    except (ValueError, OverflowError):
        return None


def _dated(text: str, day_first: bool) -> Moment | None:
    if found := _YMD.match(text):
        return _moment(int(found["y"]), int(found["mo"]), int(found["d"]), found)
    if found := _NUMERIC.match(text):
        one, two = int(found["a"]), int(found["b"])
        swap = one <= 12 and (two > 12 or not (day_first or found["sep"] == "."))
        month, day = (one, two) if swap else (two, one)
        return _moment(_year(found["y"]), month, day, found)
    if found := _COMPACT.match(text):
        return _compact(found)
    if found := _NAMED.match(text):
        month_name = (found["name"] or found["name2"]).casefold().translate(_ACCENTS)
        if month_name in _MONTHS:
            year = _year(found["y"] or found["y2"])
            return _moment(year, _MONTHS[month_name], int(found["d"] or found["d2"]), found)
    return None


def looks_like_time(text: str) -> bool:
    """Could this cell be a time? Small bare numbers do not count.

    >>> looks_like_time("2024-01-31"), looks_like_time("1706659200"), looks_like_time("45000")
    (True, True, False)
    """
    if text.isdigit() and not (len(text) == 8 and text[:2] in {"19", "20"}) and len(text) not in {10, 13, 16, 19}:
        return False
    if text.replace(".", "", 1).isdigit() and len(text) < 8:
        return False
    moment = parse_time(text)
    return moment is not None and 0 <= moment.micros < 80 * 366 * _DAY


def day_first(values: list[str]) -> tuple[int, int]:
    """How many values can only have the day first, and how many only the month.

    >>> day_first(["13/04/2024", "04/13/2024", "03/04/2024", "25/12/2023"])
    (2, 1)
    """
    days = months = 0
    for value in values:
        found = _NUMERIC.match(value.strip())
        if found and found["sep"] != ".":
            days += int(found["a"]) > 12 >= int(found["b"])
            months += int(found["b"]) > 12 >= int(found["a"])
    return days, months


def is_ambiguous(value: str) -> bool:
    """Can this be read with the day or with the month first?"""
    found = _NUMERIC.match(value.strip())
    return bool(found and found["sep"] != "." and int(found["a"]) <= 12 and int(found["b"]) <= 12)


def read_times(cells: pa.StringArray, zone: str, how: str = "") -> Times:
    """Read a column of times.

    Args:
        cells: Text, trimmed, NULL where missing.
        zone: Of times that do not tell theirs.
        how: ``M/D/Y`` where the month comes first in doubt, or a pattern or unit of `parse_time`.
    """
    first, pattern = how != "M/D/Y", "" if how in {"", "D/M/Y", "M/D/Y"} else how
    fast = None if pattern else _iso(cells)
    micros, zoned, date_only, bad = fast or _each(cells, first, pattern)
    naive = ~zoned & ~bad
    micros = np.where(date_only, micros + _DAY // 2, micros)
    if zone != "UTC" and naive.any():
        micros = np.where(naive, _to_utc(micros, zone), micros)
    return Times(micros, date_only, bad)


Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _iso(cells: pa.StringArray) -> Columns | None:
    """All of them ISO 8601, all with or all without a zone, or epoch numbers: by Arrow, at 15 ns each."""
    none = np.zeros(len(cells), bool)
    sample = next((c for c in cells[:100].to_pylist() if c), "")
    try:
        if sample.isdigit() and len(sample) >= 10:
            digits = pc.unique(pc.binary_length(pc.drop_null(cells))).to_pylist()
            if not set(digits) <= {10, 13, 16, 19}:  # 12 and 14 digits may be 20240131101112
                return None
            stamps = pc.cast(cells, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
            return _scaled(stamps), ~none, none, none
        # Arrow reads "2024-01-31T10" and the like too; both readers agree on what it takes.
        zoned = len(sample) > 10 and bool(re.search(r"(Z|[+-]\d{2}:?\d{2})$", sample[10:]))
        unit = "ns" if re.search(r"\.\d{7,9}(Z|[+-]|$)", sample) else "us"
        stamps = pc.cast(cells, pa.timestamp(unit, tz="UTC" if zoned else None))
    except pa.ArrowInvalid:
        return None
    micros = pc.cast(stamps, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    if unit == "ns":
        micros = micros // 1000
    # A value with a zone is longer than a date.
    length = pc.binary_length(cells).fill_null(0).to_numpy(zero_copy_only=False)
    return micros, np.full(len(cells), zoned), length == 10, none


def _each(cells: pa.StringArray, first: bool, pattern: str) -> Columns:
    """Every different value by itself."""
    coded = cells.dictionary_encode()
    moments = [parse_time(str(v), day_first=first, pattern=pattern) for v in coded.dictionary.to_pylist()]
    moments.append(Moment(0, zoned=True))  # what a missing cell points to
    index = coded.indices.fill_null(len(moments) - 1).to_numpy(zero_copy_only=False)
    micros = np.array([m.micros if m else 0 for m in moments], np.int64)[index]
    zoned = np.array([m.zoned if m else False for m in moments], bool)[index]
    date_only = np.array([m.date_only if m else False for m in moments], bool)[index]
    bad = np.array([m is None for m in moments], bool)[index]
    return micros, zoned, date_only, bad


def _nulls(cells: pa.Array) -> np.ndarray:
    nulls: np.ndarray = cells.is_null().to_numpy(zero_copy_only=False)
    return nulls


def _scaled(stamps: np.ndarray) -> np.ndarray:
    """Seconds, milli-, micro- or nanoseconds since 1970, told by their size, as microseconds."""
    scaled: np.ndarray = np.select(
        [stamps < 10**11, stamps < 10**14, stamps < 10**17],
        [np.minimum(stamps, 10**11) * 1_000_000, np.minimum(stamps, 10**14) * 1000, stamps],
        stamps // 1000,
    )
    return scaled


def _to_utc(micros: np.ndarray, zone: str) -> np.ndarray:
    """Wall clock to UTC; offsets change only at quarters of an hour."""
    quarters, index = np.unique(micros // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(zone, int(q)) for q in quarters], np.int64)
    utc: np.ndarray = micros - offsets[index]
    return utc


@lru_cache(maxsize=1 << 17)
def _offset(zone: str, quarter: int) -> int:
    try:
        wall = _EPOCH + timedelta(microseconds=quarter * _QUARTER)
        offset = wall.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except OverflowError:
        return 0
    return (offset or timedelta()) // timedelta(microseconds=1)


def _patterned(text: str, pattern: str) -> Moment | None:
    scales = {"s": 1_000_000.0, "ms": 1_000.0, "us": 1.0}
    if pattern in scales:
        return Moment(int(float(text) * scales[pattern]), zoned=True)
    if pattern == "excel":
        return _excel(float(text))
    wall = datetime.strptime(text, pattern)
    has_clock = bool(re.search(r"%[HIpMSfXcT]", pattern))
    if wall.tzinfo is not None:
        return Moment(_micros(wall.astimezone(UTC).replace(tzinfo=None)), zoned=True)
    return Moment(_micros(wall), date_only=not has_clock)


def _number(text: str) -> Moment | None:
    value = float(text)
    compact = _COMPACT.match(text)
    if compact and text[:2] in {"19", "20"} and len(text) in {8, 12, 14} and "01" <= text[4:6] <= "12":
        return _compact(compact)
    if 20_000 <= value < 80_000:
        return _excel(value)
    if value < 10**8 or value >= 10**19:
        return None
    if text.isdigit():
        return Moment(int(_scaled(np.array([int(text)], np.int64))[0]), zoned=True)
    return Moment(round(value * (10**6 if value < 10**11 else 10**3 if value < 10**14 else 1)), zoned=True)


def _excel(days: float) -> Moment:
    wall = _EXCEL + timedelta(days=days)
    return Moment((_micros(wall) + 500) // 1000 * 1000, date_only=days == int(days))


def _compact(found: re.Match[str]) -> Moment:
    year, month, day, hour, minute, second = (int(g or 0) for g in found.groups()[:6])
    wall = datetime(year, month, day, hour, minute, second)
    return Moment(_micros(wall), zoned=bool(found[7]), date_only=found[4] is None)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def _moment(year: int, month: int, day: int, found: re.Match[str]) -> Moment | None:
    zone = _zone(found["zone"])
    if found["zone"] and zone is None:
        return None
    if found["h"] is None:
        return Moment(_micros(datetime(year, month, day)), date_only=True)
    hour, minute, second = int(found["h"]), int(found["mi"] or 0), int(found["s"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    elif found["mi"] is None and found.re is not _YMD:
        return None
    # 24:00 is the next day's midnight, and a leap second is the minute's last.
    wall = datetime(year, month, day, hour % 24 if hour == 24 else hour, minute, min(second, 59))
    micros = _micros(wall) + (_DAY if hour == 24 else 0) + int((found["f"] or "").ljust(6, "0")[:6])
    if zone is None:
        return Moment(micros)
    return Moment(micros - zone * 60_000_000, zoned=True)


def _zone(text: str | None) -> int | None:
    """Minutes ahead of UTC."""
    if not text:
        return None
    text = text.casefold()
    if text in _ZONES:
        return _ZONES[text] * 60
    found = re.match(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?$", text)
    if not found:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return -minutes if found[1] == "-" else minutes


def _micros(wall: datetime) -> int:
    return (wall - _EPOCH) // timedelta(microseconds=1)
