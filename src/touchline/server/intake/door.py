"""What the door process holds: a lane per workspace, callers, answers, room; and one request's way through them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from touchline.server.intake import bodies, idempotency
from touchline.server.intake.files import Importer, sweep
from touchline.server.intake.idempotency import Answered, Replies
from touchline.server.intake.journals import Place
from touchline.server.intake.keys import Callers
from touchline.server.intake.lanes import Asked, Given, Lane
from touchline.server.intake.receipts import Lot, Receipt
from touchline.server.intake.refusing import Refused, bad
from touchline.server.intake.room import Limits, Room
from touchline.sources.headers import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

_log = logging.getLogger("touchline.intake")
#: Threads that read large bodies and make batches of them; small ones have a thread of their own.
_MAKERS: Final = 2
#: A body up to as many bytes is unpacked and read on the event loop: handing it to a thread costs more.
SMALL: Final = 16 * 1024
_SHOWN: Final = ("all", "faults")


@dataclass
class Door:
    """The door, open."""

    limits: Limits = field(default_factory=Limits.from_environment)

    def __post_init__(self) -> None:
        self.room = Room(self.limits)
        self.callers = Callers()
        self.replies = Replies()
        self.importer = Importer(self.limits)
        self._pool = ThreadPoolExecutor(_MAKERS, thread_name_prefix="touchline-intake")
        self._quick = ThreadPoolExecutor(1, thread_name_prefix="touchline-quick")
        self._lanes: dict[tuple[str, Path], Lane] = {}
        self._opening = asyncio.Lock()
        sweep()

    async def lane(self, slug: str, folder: Path) -> Lane:
        """Return the way into a workspace's journal; its journal is opened when it is first needed.

        Raises:
            WorkspaceMissing: There is no workspace in the folder.
            WorkspaceError: Its journal cannot be opened.
        """
        found = self._lanes.get((slug, folder))
        if found is None or not found.place.in_place:
            async with self._opening:
                found = self._lanes.get((slug, folder))
                if found is not None and not found.place.in_place:
                    del self._lanes[slug, folder]
                    await found.close()
                    found = None
                if found is None:
                    place = await asyncio.to_thread(Place, slug, folder)
                    found = self._lanes[slug, folder] = Lane(place, self.limits, self._pool, self._quick)
        return found

    async def close(self) -> None:
        """Write what waits, and close the journals."""
        for lane in self._lanes.values():
            await lane.close()
        self._lanes.clear()
        self.importer.close()
        self._pool.shutdown()
        self._quick.shutdown()

    async def worked(self, size: int, work: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function returns; in a thread, where its work is large."""
        if size <= SMALL:
            return work(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    async def body(self, request: Request) -> tuple[bytes, bytes]:
        """Return a request's body as it was sent, and unpacked.

        Raises:
            Refused: See `bodies.read` and `bodies.unpacked`.
        """
        packing = bodies.coding(request)
        sent = await bodies.read(request, self.limits)
        plain = await self.worked(len(sent), bodies.unpacked, sent, packing, self.limits.unpacked)
        return sent, plain

    @contextmanager
    def holding(self, request: Request) -> Iterator[None]:
        """Count a request and its body while it is worked on; see `Room`."""
        told = request.headers.get("content-length", "")
        size = min(int(told) if told.isdigit() else self.limits.body, self.limits.body)
        with self.room.request(), self.room.holding(size):
            yield

    async def once(
        self, scope: str | None, asked: str, work: Callable[[], Awaitable[Answered]]
    ) -> tuple[Answered, bool]:
        """Do something once per key; return the answer, and whether it is that of an earlier request.

        Raises:
            Refused: 409 or 422, see `Replies.begin`; and what the work raises, which is not kept.
        """
        if scope is None:
            return await work(), False
        known = await self.replies.begin(scope, asked)
        if known:
            return known, True
        try:
            answered = await work()
        except BaseException:
            self.replies.drop(scope)
            raise
        await self.replies.keep(scope, asked, answered)
        return answered, False


def parameters(request: Request, known: Sequence[str]) -> Mapping[str, str]:
    """Return a request's parameters.

    Raises:
        Refused: 400, one is not known or is there twice.
    """
    if not request.scope["query_string"]:
        return {}
    told = request.query_params
    for name in told:
        if name not in (*known, "workspace"):
            names = ", ".join(sorted((*known, "workspace")))
            raise bad(f"there is no parameter {name!r}", where=name[:100], todo=f"there are: {names}")
    return told


def said_live(told: Mapping[str, str]) -> bool:
    """Return whether a request says that it is live; what happened in the last 48 hours is live in any case.

    Raises:
        Refused: 400, it says neither true nor false.
    """
    value = told.get("live", "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise bad(f"live={value!r} is neither true nor false", where="live", todo="leave it out, or say live=true")
    return value in ("true", "1")


def said_source(told: Mapping[str, str], otherwise: str) -> str:
    """Return what a request's items call their source where they name none.

    Raises:
        Refused: 400, it cannot be a name.
    """
    source = told.get("source", otherwise).strip()
    if not source or len(source) > 100 or not source.isprintable() or not normalise(source):
        raise bad("the source cannot be a name", where="source", todo="say for example source=shop")
    return source


def said_verdicts(told: Mapping[str, str]) -> str:
    """Return which verdicts a request wants to see.

    Raises:
        Refused: 400, there are no such.
    """
    shown = told.get("verdicts", "all")
    if shown not in _SHOWN:
        raise bad(f"there is no verdicts={shown!r}", where="verdicts", todo="say all or faults")
    return shown


def answered(given: Given, asked: Asked, key: bytes, shown: str, status: int = 202) -> Answered:
    """Return the answer to a request whose items are on disk.

    Args:
        given: What became of them.
        asked: What was asked.
        key: The workspace's secret, for the receipt.
        shown: ``all`` verdicts, or ``faults``: those with something to tell.
        status: Of HTTP.
    """
    quarantined = len(given.faults)
    lots = (Lot(given.offset) if given.whole else Lot(given.offset, given.rows, given.start),)
    there = given.rows if given.repeated else 0
    receipt = Receipt(asked.size, quarantined, there, given.claims, lots if given.rows and not there else ())
    token = receipt.token(key)
    body = {
        "receipt": token,
        "status_url": f"/api/v1/receipts/{token}",
        "received": asked.size,
        "accepted": asked.size - quarantined,
        "quarantined": quarantined,
        "items": [*_verdicts(given, asked.size, shown)],
    }
    return Answered(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def _verdicts(given: Given, size: int, shown: str) -> Iterator[dict[str, Any]]:
    for place in range(size):
        fault, notes = given.faults.get(place), given.notes.get(place)
        if fault is not None:
            verdict: dict[str, Any] = {"item": place, "status": "quarantined"}
            if fault.column is not None:
                verdict["column"] = fault.column
            yield verdict | {"reason": fault.reason}
        elif notes or shown == "all":
            verdict = {"item": place, "status": "accepted"}
            if given.ids.get(place):
                verdict["id"] = given.ids[place]
            yield verdict | ({"notes": list(notes)} if notes else {})


def retryable(request: Request) -> str | None:
    """Return the request's Idempotency-Key, checked."""
    return idempotency.check(request.headers.get("idempotency-key"))


__all__ = ["Door", "Refused", "answered", "parameters", "retryable", "said_live", "said_source", "said_verdicts"]
