"""What takes long to ask is asked beside the request: a page comes at once, and shows it when it is there."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Final, TypeVar

from django.db import close_old_connections

Answer = TypeVar("Answer")
#: Seconds that a page waits for what is being asked.
PATIENCE: Final = 0.8
_pool = ThreadPoolExecutor(2, "laid")
_running: dict[str, Future[object]] = {}
_lock = threading.Lock()


def soon(name: str, make: Callable[[], Answer], patience: float = PATIENCE) -> Answer | None:
    """Return what `make` gives, or None where it takes longer than one has patience.

    It is made once, however many ask for the same name meanwhile; who asks later gets what was made, or waits on.

    Args:
        name: Names it.
        make: Makes it, in another thread, and sees to it that it is remembered.
        patience: Seconds.

    Raises:
        Exception: Whatever `make` raised.
    """
    with _lock:
        mine = _running.get(name)
        if mine is None:
            # the thread asks for whoever asked here: what they may see is known by it
            mine = _running[name] = _pool.submit(contextvars.copy_context().run, _made, make)
    try:
        found: Answer = mine.result(patience)  # type: ignore[assignment]  # the name stands for one kind of answer
    except NotYet:
        if not mine.done():
            return None
        raise  # it was `make` that ran out of time
    finally:
        if mine.done():
            with _lock:
                _running.pop(name, None)
    return found


def _made(make: Callable[[], Answer]) -> Answer:
    try:
        return make()
    finally:
        close_old_connections()
