"""The workspaces that this process holds open, and the thread of each that drains its journal.

Only the web process holds any. A drain begins when the journal has something new, at most once a second, so that
figures stay equal (and remembered) for that long, and what was acknowledged is seen within two.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from touchline.errors import NoSpaceLeft, TooSlow, TouchlineError, WarehouseDamaged, WorkspaceError, WorkspaceMissing
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.workspaces.models import Workspace
    from touchline.understanding.base import Understander
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.workspace import Workspace as Opened

_log = logging.getLogger("touchline.drain")
_LOOK: Final = 0.1  # seconds between looks at the journal
_PAUSE: Final = 1.0  # least seconds from one drain to the next
#: The same after one of more interactions than that: what each publication costs, the questions that are answered anew
#: among it, is then paid half as often.
_BUSY_PAUSE: Final = 2.0
_BUSY: Final = 1_000
_AFTER_TROUBLE: Final = 5.0
_SEARCHABLE: Final = 0.5  # seconds between looks at what is not searchable yet
_DISK_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
#: Says to the command line, in the workspace's folder, that a server holds it, and where.
SERVING: Final = "serving.json"

Answer = TypeVar("Answer")
#: Gives, for a workspace's folder and its model, one that has the texts read by other processes.
Reader = Callable[[Path, "Understander"], "Understander"]
_held: dict[str, Held] = {}
_after: list[Callable[[Held], None]] = []
_opening = threading.RLock()


class Healing(WarehouseDamaged):
    """The warehouse failed, and is opened again or built anew; the log has said so."""


class Held:
    """A workspace that is open in this process."""

    def __init__(self, slug: str, folder: Path, url: str, reader: Reader | None) -> None:
        from touchline.questions import Local
        from touchline.workspace import Workspace
        from touchline.workspace.healing import opened

        self.slug = slug
        self.token = secrets.token_urlsafe(32)
        self.trouble = ""
        self._failed = self._full = False
        self.questions = self.too_slow = 0
        self.workspace: Opened = Workspace(folder)
        if reader:
            self.workspace.read_elsewhere = lambda own: reader(folder, own)
        self._asked: Local = Local(self.workspace)
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._writing = threading.Lock()
        self._drained, self._pause = time.monotonic(), _PAUSE
        self._serving = folder / ".touchline" / SERVING
        #: How far a warehouse that failed is healed; empty when it is sound.
        self._healing = "" if opened(self.workspace, self._healed) else "it begins"
        if not self._healing:
            self._catch_up()
        self._announce(url)
        self._thread = threading.Thread(target=self._drain, name=f"drain-{slug}", daemon=True)
        self._thread.start()
        self.workspace.words.kept_up = True
        self._searching = threading.Thread(target=self._keep_words, name=f"words-{slug}", daemon=True)
        self._searching.start()

    def _catch_up(self) -> None:
        try:
            self.workspace.catch_up()
        except WorkspaceError as error:  # the drain goes on with it, and heals what is damaged
            self._failed = True
            self._tell(error)

    def _announce(self, url: str) -> None:
        text = json.dumps({"url": url, "workspace": self.slug, "pid": os.getpid(), "token": self.token})
        fresh = self._serving.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.replace(fresh, self._serving)

    def ask(self, question: Callable[[Local], Answer], *, seconds: float | None = None) -> Answer:
        """Ask the workspace something; all of the answer is of one state of the data.

        Args:
            question: Gets the workspace's questions.
            seconds: What its queries may take together.

        Raises:
            TooSlow: They took longer.
        """
        self.questions += 1
        try:
            with self._shown.reading(seconds):
                return question(self._asked)
        except TooSlow:
            self.too_slow += 1
            raise
        except Healing:
            raise
        except WarehouseDamaged as error:  # the drain has seen it, too
            self._healing = self._healing or "it begins"
            self.wake()
            raise self._being_healed() from error

    @property
    def _shown(self) -> DuckWarehouse:
        """The warehouse, unless it is being healed: what is half built would answer short."""
        if self._healing:
            raise self._being_healed()
        return self.workspace.warehouse

    def _being_healed(self) -> Healing:
        what = f"the warehouse failed and is built anew from the journal ({self._healing})"
        return Healing(what, where=self.slug, todo="ask again in a moment; nothing is lost")

    @contextmanager
    def writing(self) -> Iterator[Opened]:
        """Have the workspace for a change (labels, themes, erasure), while no drain runs."""
        with self._writing:
            yield self.workspace

    @property
    def published(self) -> str:
        """Names the data as they are shown."""
        return self._shown.published

    @property
    def waiting(self) -> int:
        """How many accepted interactions are not shown yet."""
        return self.workspace.journal.rows_after(self._shown.shown)

    def wake(self) -> None:
        """Look at the journal now."""
        self._woken.set()

    def _drain(self) -> None:
        while not self._stop.is_set():
            self._woken.wait(_LOOK)
            self._woken.clear()
            if not self._tried(self._brought_up):
                if self._full:
                    self._tried(self._make_room)
                self._stop.wait(_AFTER_TROUBLE)

    def _tried(self, step: Callable[[], None]) -> bool:
        """Do something; whatever fails must not end the thread, as the next try may succeed."""
        try:
            step()
        except Exception as error:
            self._tell(error)
            return False
        return True

    def _brought_up(self) -> None:
        """Heal the warehouse where anybody found it broken, and drain what is new."""
        from touchline.workspace.healing import heal

        broken = self.workspace.damage
        if isinstance(broken, WarehouseDamaged):
            self._healing = "it is read"
            with self._writing:
                heal(self.workspace, broken, self._healed)
        elif broken:
            self._reopen()
        if self._failed or self._healing or self.workspace.journal.head > self.workspace.warehouse.position:
            self._failed = True  # until it has ended well: it may have stored, and not placed
            self._stop.wait(max(0.0, self._drained + self._pause - time.monotonic()))
            self.drain()
            self._failed, self._healing = False, ""
            self._drained_now()
        self.trouble = ""

    def _drained_now(self) -> None:
        """Call those who wait for new data; one that fails keeps neither the drain nor the others from going on."""
        for listener in tuple(_after):
            try:
                listener(self)
            except Exception:  # it looks again after the next drain, or by the clock
                _log.exception("what follows a drain of %s failed", self.slug)

    def _tell(self, error: Exception) -> None:
        """Remember and log what is wrong, once."""
        self._full = isinstance(error, NoSpaceLeft) or (isinstance(error, OSError) and error.errno in _DISK_FULL)
        if str(error) != self.trouble:
            ours = self._full or isinstance(error, TouchlineError)
            _log.error("the drain of %s: %s", self.slug, error, exc_info=None if ours else error)
        self.trouble = str(error)

    def _make_room(self) -> None:
        """After a full disk: DuckDB refuses everything until its file is opened anew; one that was damaged may go."""
        from touchline.workspace.healing import forget_aside

        if self._healing:
            forget_aside(self.workspace.folder)
        self._reopen()

    def _reopen(self) -> None:
        with self._writing:
            self.workspace.let_go_of_warehouse()

    def _healed(self, what: str) -> None:
        _log.error("the warehouse of %s was healed: %s", self.slug, what)

    def _keep_words(self) -> None:
        """Make what came into the warehouse searchable, beside the drain."""
        said = ""
        while not self._stop.wait(_SEARCHABLE):
            try:
                if not self._healing:
                    self.workspace.words.bring_up()
                said = ""
            except Exception as error:  # the thread goes on: the next try may succeed
                if str(error) != said:
                    _log.exception("the search of %s was not brought up to the data", self.slug)
                said = str(error)

    def drain(self) -> None:
        """Bring the warehouse up to the journal."""
        with self._writing:
            self._drained = time.monotonic()
            done = self.workspace.drain(self._told)
            self._pause = _BUSY_PAUSE if done.rows > _BUSY else _PAUSE

    def _told(self, step: str, fraction: float) -> None:
        if self._healing:
            self._healing = f"{step}, {fraction:.0%}"

    def close(self) -> None:
        """Drain what waits, close the files, and say that nobody holds them any more."""
        self._stop.set()
        self._woken.set()
        self.workspace.words.leave()
        self._searching.join()
        self._thread.join()
        try:
            self.workspace.catch_up()
        except TouchlineError as error:
            _log.error("the last drain of %s: %s", self.slug, error)
        self._serving.unlink(missing_ok=True)
        self.workspace.close()


def after_drain(listener: Callable[[Held], None]) -> None:
    """Have a function called, in the drain's thread, each time that new records can be asked about."""
    if listener not in _after:
        _after.append(listener)


def hold_all(workspaces: list[Workspace], url: str, reader: Reader | None = None) -> None:
    """Open workspaces, each with its drain; those that are open stay so."""
    for one in workspaces:
        with _opening:
            if one.slug not in _held:
                try:
                    _held[one.slug] = Held(one.slug, one.root, url, reader)
                except WorkspaceMissing as error:  # one tenant's missing folder does not keep the others closed
                    _log.error("workspace %s: %s", one.slug, error)


def held(slug: str) -> Held:
    """Return an open workspace.

    Raises:
        WorkspaceMissing: This process does not hold it.
    """
    try:
        return _held[slug]
    except KeyError:
        raise WorkspaceMissing(phrase("the workspace {slug} is not open here", slug=repr(slug))) from None


def open_here() -> list[Held]:
    """Return the workspaces that this process holds."""
    return list(_held.values())


def let_go() -> None:
    """Close all workspaces."""
    with _opening:
        while _held:
            _held.popitem()[1].close()
