"""Spans of time as people write them: ``30d``, ``12h``, ``90 min``, ``4 weeks``."""

from __future__ import annotations

import re
from typing import Final

from touchline.errors import QuestionError
from touchline.words import phrase

_SECONDS: Final = {"s": 1, "sec": 1, "second": 1, "min": 60, "m": 60, "minute": 60, "h": 3600, "hour": 3600,
                   "d": 86400, "day": 86400, "w": 604800, "week": 604800}  # fmt: skip
_SPAN: Final = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$", re.IGNORECASE)


def microseconds(text: str, where: str = "") -> int:
    """Read a span of time.

    Args:
        text: A number and seconds (s), minutes (min), hours (h), days (d) or weeks (w).
        where: Which option it was given for, for the error.

    Raises:
        QuestionError: It is no span, or nothing long.

    >>> microseconds("30d") == 30 * 86400 * 1_000_000, microseconds("2 hours") == 7200 * 1_000_000
    (True, True)
    """
    found = _SPAN.match(text)
    unit = found[2].lower() if found else ""
    each = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
    length = round(float(found[1]) * each * 1_000_000) if found and each else 0
    if length <= 0:
        raise QuestionError(
            phrase("{text} is no span of time", text=repr(text)),
            where=where,
            todo=phrase("write it as 30d, 12h, 90min or 4 weeks"),
        )
    return length
