"""A niced pool of processes that read texts, so that reading never holds up an answer.

Texts go there and evidence comes back as Arrow. Each process loads the model of a workspace when it first reads for
it. A process that dies is replaced, and what it was reading is read again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.journal.base import decode, encode

if TYPE_CHECKING:
    from types import TracebackType

    from touchline.understanding.base import Understander

_NICE: Final = 4
_PROCESSES: Final = 1
#: Fewer texts than this are read where they are asked for: sending them costs more than reading them.
_FEW: Final = 64


class Readers:
    """The pool."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool = self._fresh()

    @staticmethod
    def _fresh() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn"), initializer=_begin)

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def reader(self, folder: Path, own: Understander) -> Understander:
        """Return what reads a workspace's texts in the pool, as its own model would."""
        return own if own.method == "llm" else Pooled(self, folder, own)  # that one waits, and keeps its budget here

    def read(self, folder: Path, version: str, texts: pa.Table) -> pa.Table:
        """Read texts as a workspace's reader of some version does."""
        try:
            return decode(self._pool.submit(_read, str(folder), version, encode(texts)).result())
        except BrokenProcessPool:  # killed, perhaps for want of memory: once more in a fresh one
            with self._lock:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = self._fresh()
            return decode(self._pool.submit(_read, str(folder), version, encode(texts)).result())


class Pooled:
    """An understander whose reading happens in the pool."""

    def __init__(self, readers: Readers, folder: Path, own: Understander) -> None:
        self._readers, self._folder, self._own = readers, folder, own
        self.method = own.method

    @property
    def version(self) -> str:
        """That of the workspace's reader."""
        return self._own.version

    def read(self, texts: pa.Table) -> pa.Table:
        """See `touchline.understanding.base.Understander.read`."""
        if texts.num_rows < _FEW:
            return self._own.read(texts)
        return self._readers.read(self._folder, self.version, texts)

    def explain(self, texts: pa.Table) -> pa.Table:
        """See `touchline.understanding.base.Understander.explain`."""
        return self._own.explain(texts)

    def __getattr__(self, name: str) -> Any:
        """Anything else that a reader can do, the workspace's own does here."""
        return getattr(self._own, name)


def _begin() -> None:
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@lru_cache(maxsize=4)
def _loaded(folder: str, _version: str) -> Understander:
    from touchline.workspace import Workspace

    with Workspace(Path(folder)) as workspace:
        return workspace.understander


def _read(folder: str, version: str, payload: bytes) -> bytes:
    return encode(_loaded(folder, version).read(decode(payload)))
