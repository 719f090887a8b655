"""Takes numbers out of the rows of figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from touchline.maps.measured import Measure

_Z: Final = 1.959963984540054


def taken(
    row: Mapping[str, Any] | None,
    name: str = "jsi",
    *,
    ends: tuple[str, str] = ("low", "high"),
    n: str = "n",
    by: float = 1.0,
) -> Measure:
    """Return a number of a figure's row with its interval; an empty one where there is no row or it is hidden.

    Args:
        row: The row.
        name: The number's column.
        ends: Those of its interval.
        n: That of what it rests on.
        by: What it is multiplied with: 100 makes percent of a share.

    >>> taken({"jsi": 40.0, "low": 38.0, "high": 43.0, "n": 90, "customers": 70})
    Measure(value=40.0, low=38.0, high=43.0, n=90, customers=70)
    """
    if row is None:
        return Measure()
    found = (number(row.get(one)) for one in (name, *ends))
    value, low, high = (None if one is None else by * one for one in found)
    return Measure(value, low, high, int(row.get(n) or 0), int(row.get("customers") or 0))


def number(value: Any) -> float | None:
    """Return a finite number, or None."""
    return None if value is None or not math.isfinite(value) else float(value)


def error(measure: Measure, towards: float | None = None) -> float | None:
    """Return the standard error that a 95 % interval tells; None without one, or where it has no width.

    Args:
        measure: A number with its interval.
        towards: A number; the interval's side that faces it is read, since intervals are rarely even.

    >>> round(error(Measure(40.0, 38.0, 43.0), towards=75.0), 2)
    1.53
    """
    if measure.value is None or measure.low is None or measure.high is None:
        return None
    if towards is None:
        width = (measure.high - measure.low) / 2
    else:
        width = measure.high - measure.value if towards > measure.value else measure.value - measure.low
    return width / _Z if width > 0 else None


def chance(distance: float, spread: float | None) -> float | None:
    """Return the two-sided p-value of a distance by the normal distribution; None without a spread.

    >>> round(chance(1.96, 1.0), 3)
    0.05
    """
    return None if spread is None else math.erfc(abs(distance) / spread / math.sqrt(2))


def adjusted(chances: list[float | None]) -> list[float | None]:
    """Return p-values corrected over one table (Benjamini-Hochberg); None stays None and is not counted.

    >>> adjusted([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    from touchline.scores.intervals import benjamini_hochberg

    found = benjamini_hochberg([math.nan if one is None else one for one in chances])
    return [number(one) for one in found.tolist()]
