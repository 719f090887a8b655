"""A gate that many may pass at once, until one asks to be alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Gate:
    """Counts who is inside; a thread that is inside may enter again.

    >>> gate = Gate()
    >>> with gate.passing(), gate.alone(patience=1.0):
    ...     "nobody else"
    'nobody else'
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._here = threading.local()
        self._inside = 0
        self._closed_by: int | None = None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Be inside; wait while somebody is alone."""
        depth = getattr(self._here, "depth", 0)
        if not depth:
            with self._changed:
                self._changed.wait_for(lambda: self._closed_by in (None, threading.get_ident()))
                self._inside += 1
        self._here.depth = depth + 1
        try:
            yield
        finally:
            self._here.depth = depth
            if not depth:
                with self._changed:
                    self._inside -= 1
                    self._changed.notify_all()

    @contextmanager
    def alone(self, patience: float, hurry: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Let nobody in, and wait until the others are out.

        Args:
            patience: Seconds until those inside are hurried, and until they are given up on after that.
            hurry: Makes them leave.

        Raises:
            TimeoutError: They did not leave; nothing is closed then.
        """
        own = 1 if getattr(self._here, "depth", 0) else 0
        with self._changed:
            self._changed.wait_for(lambda: self._closed_by is None)
            self._closed_by = threading.get_ident()
            try:
                if not self._left(own, patience):
                    hurry()
                    if not self._left(own, patience):
                        raise TimeoutError
            except BaseException:
                self._closed_by = None
                self._changed.notify_all()
                raise
        try:
            yield
        finally:
            with self._changed:
                self._closed_by = None
                self._changed.notify_all()

    def _left(self, own: int, patience: float) -> bool:
        until = time.monotonic() + patience
        while self._inside > own:
            if not self._changed.wait(until - time.monotonic()) and time.monotonic() >= until:
                return False
        return True
