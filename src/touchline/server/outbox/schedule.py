"""When a delivery that failed is tried again: the schedule that Standard Webhooks names, with jitter.

The waits are those of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: ten
tries within about three days. Each wait is drawn from its own length up to a fifth more, so that what failed together
does not come again together. A receiver that says ``Retry-After`` is believed, up to a day.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

#: Before the second, the third ... try.
WAITS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)  # fmt: skip
TRIES: Final = len(WAITS) + 1
_JITTER: Final = 0.2
_LONGEST: Final = timedelta(days=1)


def wait(tries: int, asked: timedelta | None = None, *, drawn: Callable[[], float] = random.random) -> timedelta | None:
    """Return how long to wait for the next try; None when it is given up.

    Args:
        tries: How many there were, all in vain.
        asked: What the receiver asked for.
        drawn: Gives numbers from 0 to 1.

    >>> wait(1, drawn=lambda: 0.0), wait(2, drawn=lambda: 1.0), wait(10)
    (datetime.timedelta(seconds=5), datetime.timedelta(seconds=360), None)
    >>> wait(1, timedelta(minutes=2), drawn=lambda: 0.0)
    datetime.timedelta(seconds=120)
    """
    if tries >= TRIES:
        return None
    least = WAITS[tries - 1]
    if asked is not None:
        least = max(timedelta(0), min(asked, _LONGEST))
    return least * (1 + _JITTER * drawn())


def asked(header: str, now: datetime | None = None) -> timedelta | None:
    """Return what a ``Retry-After`` header asks for: seconds, or a date; None if it cannot be read.

    >>> asked("120"), asked("soon")
    (datetime.timedelta(seconds=120), None)
    >>> asked("Sun, 01 Mar 2026 10:00:30 GMT", datetime(2026, 3, 1, 10, tzinfo=UTC))
    datetime.timedelta(seconds=30)
    """
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(timedelta(0), at - (now or datetime.now(UTC)))
