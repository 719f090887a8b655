"""Answers that are kept, as bytes, until there is no room for them; each is worked out once at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

#: Beside its own bytes, what an answer costs at least: its key and its place.
_EACH = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        published: Names the data that it is of.
        body: Its bytes.
    """

    published: str
    body: bytes


class Remembered:
    """Answers by key; those used least lately go first.

    Args:
        room: How many bytes they may take together; a larger answer is given and not kept.

    >>> kept = Remembered(10_000)
    >>> kept.get("a", lambda: Answer("1", b"first")).body, kept.get("a", lambda: Answer("2", b"second")).body
    (b'first', b'first')
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.hits = 0
        self.misses = 0
        self._held = 0
        self._forgotten = 0
        self._lock = threading.Lock()
        self._answers: OrderedDict[object, Answer] = OrderedDict()
        self._waiting: dict[object, Future[Answer]] = {}

    @property
    def held(self) -> int:
        """How many bytes are taken."""
        return self._held

    def known(self, key: object) -> Answer | None:
        """Return an answer if it is there."""
        with self._lock:
            found = self._answers.get(key)
            if found:
                self._answers.move_to_end(key)
            return found

    def get(self, key: object, make: Callable[[], Answer]) -> Answer:
        """Return an answer, made if it is not there; whoever asks for it meanwhile waits for the same one.

        Args:
            key: Names it: equal keys have equal answers.
            make: Makes it. What it raises, those who wait get too, and nothing is kept.
        """
        with self._lock:
            if key in self._answers:
                self.hits += 1
                self._answers.move_to_end(key)
                return self._answers[key]
            waiting, forgotten = self._waiting.get(key), self._forgotten
            if waiting is None:
                mine: Future[Answer] = Future()
                self._waiting[key] = mine
                self.misses += 1
            else:
                self.hits += 1
        if waiting is not None:
            return waiting.result()
        try:
            answer = make()
        except BaseException as error:
            with self._lock:
                del self._waiting[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._waiting[key]
            if forgotten == self._forgotten:  # else it may tell of what was to be forgotten meanwhile
                self._keep(key, answer)
        mine.set_result(answer)
        return answer

    def forget(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._answers.clear()
            self._held = 0
            self._forgotten += 1

    def _keep(self, key: object, answer: Answer) -> None:
        size = len(answer.body) + _EACH
        if size > self.room:
            return
        self._answers[key] = answer
        self._held += size
        while self._held > self.room:
            _, gone = self._answers.popitem(last=False)
            self._held -= len(gone.body) + _EACH
