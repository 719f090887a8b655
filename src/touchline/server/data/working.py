"""Processes that work for a page: started, waited for, and ended when they take too long."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import InputError, TooSlow, WorkspaceError
from touchline.server.data import away
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

_SPAWN: Final = multiprocessing.get_context("spawn")
#: Processes that work at once; others are asked to come back.
_MOST: Final = 3
_places = threading.BoundedSemaphore(_MOST)


class Failed(InputError):
    """What was wrong in the other process."""


@dataclass(slots=True)
class Work:
    """A process that works."""

    process: SpawnProcess
    answer: Connection

    def wait(self, seconds: float | None = None) -> Any:
        """Return what it returns; it is ended in any case.

        Raises:
            Failed: It could not do it.
            TooSlow: It took longer than that.
            WorkspaceError: It ended without a word.
        """
        try:
            if not self.answer.poll(seconds):
                raise TooSlow(
                    phrase("it took longer than {seconds} s", seconds=Number(f"{seconds:.0f}")),
                    todo=phrase("use a smaller file, or the command line"),
                )
            what, value = self.answer.recv()
        except EOFError:
            raise WorkspaceError(
                phrase("the process that read it ended"),
                todo=phrase("it may have been short of memory: use a smaller file"),
            ) from None
        finally:
            self.end()
        if what == "failed":
            raise Failed(value["what"], where=value["where"], todo=value["todo"])
        return value

    def end(self) -> None:
        """End it."""
        self.answer.close()
        if self.process.is_alive():
            self.process.terminate()
        self.process.join()
        _places.release()


def start(work: Callable[..., Any], *arguments: Any) -> Work:
    """Begin something in a process of its own.

    Raises:
        TooSlow: Too much is being done.
    """
    if not _places.acquire(timeout=10):
        raise TooSlow(phrase("other files are being read"), todo=phrase("try again in a moment"))
    try:
        receive, send = _SPAWN.Pipe(duplex=False)
        process = _SPAWN.Process(target=away.begin, args=(send, work, arguments), daemon=True, name="touchline-data")
        process.start()
    except BaseException:
        _places.release()
        raise
    send.close()
    return Work(process, receive)


def run(work: Callable[..., Any], *arguments: Any, seconds: float) -> Any:
    """Do something in a process of its own and return what it returns; `Work.wait` tells the errors."""
    return start(work, *arguments).wait(seconds)
