"""What other apps and the processes may ask of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from touchline.server.operations.api import router
from touchline.server.operations.disk import Disk, disk
from touchline.server.operations.door import Measured
from touchline.server.operations.jobs import Clock, Job, register
from touchline.server.operations.measuring import also
from touchline.server.operations.migrating import prepare
from touchline.server.operations.workers import Worker, keep, working

__all__ = ["Disk", "Job", "Measured", "Worker", "also", "disk", "keep", "prepare", "register", "router", "running"]


@contextmanager
def running(queue: Callable[[], float] | None = None) -> Iterator[None]:
    """Do what is done by the clock and by other apps' workers, as long as the web process runs.

    Args:
        queue: Says how many requests wait for a thread.
    """
    from touchline.server.operations import chores

    if queue:
        also("touchline_web_queue", "Requests that wait for a thread of the web process.", queue)
    chores.register_all()
    clock = Clock()
    clock.start()
    try:
        with working():
            yield
    finally:
        clock.stop()
