"""How often one caller may ask: a bucket of tokens per key or person, filled at a steady rate."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

#: Environment variable: requests per second that one key or person may make in the long run.
RATE: Final = "TOUCHLINE_API_RATE"
_USUAL: Final = 50.0
_BURST: Final = 4.0  # seconds' worth that may come at once
_CALLERS: Final = 10_000


class Rates:
    """The buckets of all callers, in this process.

    Args:
        rate: Requests per second.
        clock: Tells the time, in seconds.

    >>> now = [0.0]
    >>> rates = Rates(0.5, clock=lambda: now[0])
    >>> [rates.wait("k") for _ in range(3)]
    [0.0, 0.0, 2.0]
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self._clock = rate, clock
        self._lock = threading.Lock()
        self._callers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Count a request; return 0, or the seconds after which the caller may come again."""
        now, room = self._clock(), max(1.0, self.rate * _BURST)
        with self._lock:
            left, at = self._callers.pop(caller, (room, now))
            left = min(room, left + (now - at) * self.rate)
            granted = left >= 1.0
            self._callers[caller] = (left - 1.0 if granted else left, now)
            while len(self._callers) > _CALLERS:
                self._callers.popitem(last=False)
        return 0.0 if granted else (1.0 - left) / self.rate


def from_environment() -> Rates:
    """Return the buckets that the environment asks for."""
    return Rates(max(0.01, float(os.environ.get(RATE) or _USUAL)))
