"""The threads of the web process that deliver: one looks for what is due, some send.

A target is sent to by one thread at a time, the oldest first, so that what it is told comes in order; a receiver that
hangs keeps one thread for some seconds, and no other target waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Final

from django.db import close_old_connections, connections
from django.db.models import Min
from django.utils import timezone

from touchline.outgoing import Client
from touchline.server.outbox import pressing
from touchline.server.outbox.models import WAITING, Delivery
from touchline.server.outbox.queue import written
from touchline.server.outbox.sending import send

_log = logging.getLogger("touchline.outbox")
THREADS: Final = 8
_LOOK: Final = 1.0  # seconds between looks where nothing was written here
_IN_A_ROW: Final = 50
_AFTER_TROUBLE: Final = 5.0


def due(now: datetime | None = None) -> list[int]:
    """Return the deliveries that may be tried now: of each target that is on, the oldest that waits, if it is time."""
    moment = now or timezone.now()
    waiting = Delivery.objects.filter(state=WAITING, target__why_off="", target__removed=False)
    oldest = waiting.order_by().values("target_id").annotate(first=Min("id")).values_list("first", flat=True)
    return list(
        Delivery.objects.filter(id__in=list(oldest), next_at__lte=moment)
        .order_by("next_at")
        .values_list("id", flat=True)
    )


def send_due(*, client: Client | None = None, now: datetime | None = None, most: int = 10_000) -> int:
    """Deliver all that is due in this thread, and return how many tries there were: for tests and the command line.

    Args:
        client: Sends.
        now: The time.
        most: Ends after so many.
    """
    tries = 0
    while tries < most and (found := due(now)):
        for number in found:
            send(Delivery.objects.select_related("target").get(pk=number), client=client, now=now)
            tries += 1
    return tries


class Worker:
    """Delivers until it is stopped."""

    def __init__(self, client: Callable[[], Client | None] = lambda: None) -> None:
        self._client = client
        self._stop = threading.Event()
        self._busy: set[int] = set()
        self._guard = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")
        self._presses = ThreadPoolExecutor(1, thread_name_prefix="buttons")
        self._pressed: Future[None] | None = None
        self._thread = threading.Thread(target=self._go, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the tries that are under way."""
        self._stop.set()
        written.set()
        self._thread.join(20)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._presses.shutdown(wait=True, cancel_futures=True)

    def _go(self) -> None:
        while not self._stop.is_set():
            written.wait(_LOOK)
            written.clear()
            try:
                self._hand_out()
            except Exception:  # a database that is away for a moment must not end the thread
                _log.exception("the outbox could not be looked at")
                self._stop.wait(_AFTER_TROUBLE)
            finally:
                close_old_connections()
        connections.close_all()

    def _hand_out(self) -> None:
        if (self._pressed is None or self._pressed.done()) and pressing.due() and not self._stop.is_set():
            self._pressed = self._presses.submit(self._press)
            self._pressed.add_done_callback(_told)
        found = due()
        if not found or self._stop.is_set():
            return
        for number, target in Delivery.objects.filter(id__in=found).values_list("id", "target_id"):
            with self._guard:
                if target in self._busy or len(self._busy) >= THREADS:
                    continue
                self._busy.add(target)
            self._pool.submit(self._send, number, target).add_done_callback(_told)

    def _press(self) -> None:
        """Work on the buttons that were pressed; deliveries that hang keep none of them waiting."""
        try:
            pressing.work(client=self._client())
        finally:
            written.set()
            connections.close_all()  # a thread that waits for work holds no connection

    def _send(self, number: int, target: int) -> None:
        """Send one, and then those of the same target that wait behind it."""
        try:
            for _ in range(_IN_A_ROW):
                delivery = Delivery.objects.select_related("target").filter(pk=number, state=WAITING).first()
                if delivery is None or delivery.target.why_off or delivery.target.removed or self._stop.is_set():
                    return
                if not send(delivery, client=self._client()).good:
                    return
                behind = Delivery.objects.filter(target_id=target, state=WAITING).order_by("id").first()
                if behind is None or behind.next_at > timezone.now():
                    return
                number = behind.pk
        finally:
            with self._guard:
                self._busy.discard(target)
            written.set()
            connections.close_all()


def _told(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _log.error("a delivery or a press could not be written down", exc_info=error)
