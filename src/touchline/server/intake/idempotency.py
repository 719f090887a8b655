"""``Idempotency-Key``: a request that is sent again is answered as the first time, and nothing happens twice.

Answers are kept in the server's database, so they outlive a restart. Should the process die between the journal's
commit and the keeping of the answer, the request that comes again makes the same records with the same ids, which the
warehouse knows as duplicates.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from touchline.server.intake import database
from touchline.server.intake.models import Reply
from touchline.server.intake.refusing import Refused, bad, later

_log = logging.getLogger("touchline.intake")
LONGEST: Final = 255
#: Answers are kept at least a day; they are looked at for removal once an hour.
KEPT: Final = timedelta(hours=48)
_CLEAN: Final = 3600.0
_MOST_TOGETHER: Final = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it was given."""

    status: int
    body: bytes


def check(key: str | None) -> str | None:
    """Return a request's key, or None where it has none.

    Raises:
        Refused: 400, it is empty, too long or not printable.
    """
    if key is None:
        return None
    if not key or len(key) > LONGEST or not key.isprintable():
        what = f"an Idempotency-Key has 1 to {LONGEST} printable characters"
        raise bad(what, where="Idempotency-Key", todo="use a new UUID for each request")
    return key


def scope_of(workspace: str, caller: str, key: str) -> str:
    """Return what a key is kept under: the same key of another caller or workspace is another one."""
    text = "\x1f".join(("idempotency", workspace, caller, key))
    return hmac.new(settings.SECRET_KEY.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def digest_of(*parts: str | bytes) -> str:
    """Return what tells one request from another."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


class Replies:
    """The answers that were given, and the keys that are being worked on.

    Keys that come at the same time are looked up with one query, and answers that are ready at the same time written in
    one transaction.
    """

    def __init__(self) -> None:
        self._working: set[str] = set()
        self._wanted: dict[str, asyncio.Future[Reply | None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._waiting: list[tuple[Reply, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._cleaned = time.monotonic() - _CLEAN

    async def begin(self, scope: str, asked: str) -> Answered | None:
        """Return the answer that was given before; None says: go on, and `keep` or `drop` when you are done.

        Raises:
            Refused: 409, a request of this key is being worked on; 422, the key was used for another request.
        """
        if scope in self._working:
            raise Refused(
                409, "a request with this Idempotency-Key is being worked on", where="Idempotency-Key",
                todo="wait for its answer, or send this again in a moment", headers={"retry-after": "1"},
            )  # fmt: skip
        self._working.add(scope)
        try:
            found = await self._found(scope)
            if found is None:
                return None
            if not hmac.compare_digest(found.asked, asked):
                raise Refused(
                    422, "this Idempotency-Key was used for another request", where="Idempotency-Key",
                    todo="use a new key for a new request",
                )  # fmt: skip
        except BaseException:
            self.drop(scope)
            raise
        self.drop(scope)
        return Answered(found.status, zlib.decompress(bytes(found.body)))

    def drop(self, scope: str) -> None:
        """Forget that a key is being worked on; the request may be sent again."""
        self._working.discard(scope)

    async def keep(self, scope: str, asked: str, answered: Answered) -> None:
        """Keep an answer; return when it is on disk.

        Raises:
            Refused: 503, it could not be kept. The records are in the journal: the same request again does no harm.
        """
        body = zlib.compress(answered.body, 1)
        reply = Reply(scope=scope, asked=asked, status=answered.status, body=body, created_at=timezone.now())
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((reply, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        try:
            await done
        finally:
            self.drop(scope)

    async def _found(self, scope: str) -> Reply | None:
        found: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        self._wanted[scope] = found
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await found

    async def _look(self) -> None:
        while self._wanted:
            group, self._wanted = self._wanted, {}
            try:
                there = await database.asked(_kept, list(group))
            except Exception as error:  # whoever waits is told
                for found in group.values():
                    if not found.done():
                        found.set_exception(error)
            else:
                for scope, found in group.items():
                    if not found.done():
                        found.set_result(there.get(scope))

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            try:
                await database.asked(_store, [reply for reply, _ in group])
            except (DatabaseError, Refused) as error:
                _log.error("answers could not be kept: %s", error)
                for _, done in group:
                    if not done.done():
                        done.set_exception(later(503, "the answer could not be kept"))
            else:
                for _, done in group:
                    if not done.done():
                        done.set_result(None)
        if time.monotonic() - self._cleaned > _CLEAN:
            self._cleaned = time.monotonic()
            try:
                await database.asked(_clean, timezone.now() - KEPT)
            except (DatabaseError, Refused) as error:
                _log.warning("old answers could not be removed: %s", error)


def _kept(scopes: Sequence[str]) -> dict[str, Reply]:
    found: dict[str, Reply] = {}
    for start in range(0, len(scopes), _MOST_TOGETHER):
        found |= Reply.objects.in_bulk(scopes[start : start + _MOST_TOGETHER], field_name="scope")
    return found


def _store(replies: list[Reply]) -> None:
    with transaction.atomic():
        Reply.objects.bulk_create(replies, ignore_conflicts=True)


def _clean(before: datetime) -> None:
    Reply.objects.filter(created_at__lt=before).delete()
