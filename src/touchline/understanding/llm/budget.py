"""What may still be sent today."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock

from touchline.settings import Llm
from touchline.understanding.llm.cache import Cache


def today() -> str:
    """Return the day in UTC, by which budgets are counted."""
    return _now().date().isoformat()


def _now() -> datetime:
    return datetime.now(UTC)


class Budget:
    """Reserves before something is sent, and settles when its price is known. Several threads may use it.

    What was reserved is on disk first: a process that is killed has counted what it sent.

    Args:
        limits: What may be spent per day.
        ledger: Where it is counted.
    """

    def __init__(self, limits: Llm, ledger: Cache) -> None:
        self._limits, self._ledger, self._lock = limits, ledger, Lock()

    def room(self) -> int:
        """Return how many texts may still be sent today."""
        return max(0, self._limits.texts_a_day - self._ledger.spent(today())[2])

    def reserve(self, tokens: int, texts: int) -> bool:
        """Reserve one request with so many tokens and texts; false when one of the three would be exceeded."""
        with self._lock:
            day = today()
            requests, used, sent = self._ledger.spent(day)
            fits = (
                requests < self._limits.requests_a_day
                and used + tokens <= self._limits.tokens_a_day
                and sent + texts <= self._limits.texts_a_day
            )
            if fits:
                self._ledger.spend(day, 1, tokens, texts)
            return fits

    def settle(self, reserved: int, used: int) -> None:
        """Correct the tokens of one request to what they were."""
        self._ledger.spend(today(), 0, used - reserved, 0)
