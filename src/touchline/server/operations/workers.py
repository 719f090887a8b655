"""Threads that other apps keep in the web process, beside the one that goes by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol


class Worker(Protocol):
    """Works until it is stopped."""

    def start(self) -> None:
        """Begin, and return."""
        ...

    def stop(self) -> None:
        """End what is under way, and return then."""
        ...


_makers: dict[str, Callable[[], Worker]] = {}


def keep(name: str, make: Callable[[], Worker]) -> None:
    """Have a worker made and started whenever the web process runs; one of the same name is replaced."""
    _makers[name] = make


@contextmanager
def working() -> Iterator[None]:
    """Keep all workers as long as this lasts."""
    with ExitStack() as stack:
        for make in _makers.values():
            worker = make()
            worker.start()
            stack.callback(worker.stop)
        yield
