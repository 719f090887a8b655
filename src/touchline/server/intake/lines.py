"""Requests that wait for a thread to make batches of them: few items in one line, many in another.

In one line, a post alone would wait until the five hundred before it, and those after them, are read and redacted.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import Final, Generic, TypeVar

W = TypeVar("W")

#: A request with as many items is a batch of its own, so that the journal knows it when it comes again.
ALONE: Final = 100
#: A group ends after as many items.
GROUP_ITEMS: Final = 2_000
#: Seconds that single posts are gathered for at most.
_LONGEST_REST: Final = 0.02
#: Of many items so many are worked on before few may go first; each slice has a cost of its own.
SLICE: Final = 100
#: Seconds that a slice waits for few items at most.
_LONGEST_WAY: Final = 0.05
_LATELY: Final = 1.0


class Precedence:
    """Lets few items go before many that another thread works on, a slice of them at a time.

    A thread gives its turn at Python up whenever it calls into Arrow, which a batch of few items does a hundred times,
    and waits for the next turn as long as one of many items keeps it: beside such a one it takes several times as long.
    """

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()
        self._last = -inf

    @contextmanager
    def first(self) -> Iterator[None]:
        """Go before the others."""
        self._free.clear()
        try:
            yield
        finally:
            self._last = monotonic()
            self._free.set()

    def give_way(self) -> None:
        """Wait while another goes first, but not long: those who come first all the time must not stop the others."""
        self._free.wait(_LONGEST_WAY)

    def slices(self, items: int) -> Iterator[slice]:
        """Yield which of so many items to work on next, in order; before each slice of many, few may go first.

        All are one slice where they are few themselves, or where nobody went first lately.
        """
        many = items >= ALONE
        each = SLICE if many and monotonic() - self._last < _LATELY else max(items, 1)
        for start in range(0, max(items, 1), each):
            if many:
                self.give_way()
            yield slice(start, min(start + each, items))


class Line(Generic[W]):
    """Requests that wait, and the groups of them that are being made.

    Args:
        pool: Threads that groups are made in.
        make: Makes a group; runs in a thread.
        at_once: How many groups may be made at once.
        rests: Whether what comes while a group is made waits twice as long as that took, for more to come. A batch of
            one costs nearly what a batch of thirty does, and one that comes alone waits for nothing.
    """

    def __init__(
        self, pool: ThreadPoolExecutor, make: Callable[[Sequence[W]], None], *, at_once: int, rests: bool
    ) -> None:
        self._pool, self._make_group, self._rests = pool, make, rests
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[W, int]] = deque()
        self._some = asyncio.Event()
        self._queued = 0
        self._ended = self._took = 0.0
        self._working: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(at_once)
        self._gathering = asyncio.create_task(self._gather())

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken."""
        return self._gathering.done()

    def put(self, one: W, size: int) -> None:
        """Let a request of so many items wait."""
        self._waiting.append((one, size))
        self._queued += size
        self._some.set()

    async def close(self) -> None:
        """Make what waits, then end."""
        while self._waiting or self._working:
            await asyncio.sleep(0.01)
        self._gathering.cancel()

    async def _gather(self) -> None:
        while True:
            await self._slots.acquire()
            await self._some.wait()
            rest = self._ended + min(2 * self._took, _LONGEST_REST) - self._loop.time()
            if self._rests and self._queued < ALONE and rest > 0:
                await asyncio.sleep(rest)
            group, size = [], 0
            while self._waiting and size < GROUP_ITEMS:
                one, items = self._waiting.popleft()
                group.append(one)
                size += items
            self._queued -= size
            if not self._waiting:
                self._some.clear()
            task = asyncio.create_task(self._make(group))
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _make(self, group: Sequence[W]) -> None:
        begun = self._loop.time()
        try:
            await self._loop.run_in_executor(self._pool, self._make_group, group)
        finally:
            self._ended = self._loop.time()
            self._took = self._ended - begun
            self._slots.release()
