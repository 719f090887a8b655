"""Who sends a request, and for which workspace."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.server.home import Home
from touchline.server.intake import database
from touchline.server.intake.refusing import Refused, bad
from touchline.server.people.facade import Access, by_key, operator
from touchline.server.workspaces import facade as workspaces

if TYPE_CHECKING:
    from starlette.requests import Request

#: Seconds for which a key that was good is believed to be good, unless one has ended meanwhile.
REMEMBERED: Final = 1.0
_MOST: Final = 1_000
_LOCAL: Final = "serving.json"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request.

    Attributes:
        workspace: The slug of the workspace that it is for.
        folder: Where that is.
        id: Tells callers of a workspace apart.
        name: What people call them.
    """

    workspace: str
    folder: Path
    id: str
    name: str

    @property
    def origin(self) -> str:
        """How the journal names them."""
        return f"api:{self.id}"


def unknown() -> Refused:
    """Return the refusal of somebody without a good key."""
    return Refused(
        401, "the API key is missing or not valid", where="Authorization",
        todo="send Authorization: Bearer tl_... with a key that may ingest",
        headers={"www-authenticate": 'Bearer realm="touchline"'},
    )  # fmt: skip


def token_of(request: Request) -> str:
    """Return the key of a request: a bearer token, or the user name of Basic authentication.

    Event libraries send the latter.

    Raises:
        Refused: 401, there is none.
    """
    kind, _, told = request.headers.get("authorization", "").partition(" ")
    told = told.strip()
    if kind.lower() == "basic":
        try:
            told = base64.b64decode(told, validate=True).decode().partition(":")[0]
        except ValueError:
            raise unknown() from None
    elif kind.lower() != "bearer":
        raise unknown()
    if not told:
        raise unknown()
    return told


class Callers:
    """Tells who sends a request; what was found is remembered for a second, or until a key is revoked or rotated."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, Caller]] = {}
        self._asked: dict[tuple[int, bytes], asyncio.Future[Caller]] = {}
        self._ended = Home.from_environment().keys
        self._as_of = self._stamp()

    def _stamp(self) -> int:
        try:
            return os.stat(self._ended).st_mtime_ns
        except FileNotFoundError:  # no key has ended yet
            return 0

    async def of(self, request: Request) -> Caller:
        """Return who sends a request that brings records.

        Raises:
            Refused: 401, the key is not good; 403, it may not ingest; 404, it is of another workspace; 400, it has to
                say which workspace it means.
        """
        token = token_of(request)
        said = request.query_params.get("workspace", "") if request.scope["query_string"] else ""
        name = hashlib.sha256(f"{token}\x1f{said}".encode("utf-8", "surrogatepass")).digest()
        stamp = self._stamp()
        if stamp != self._as_of:
            self._known.clear()
            self._as_of = stamp
        seen, caller = self._known.get(name, (0.0, None))
        if caller is None or time.monotonic() - seen > REMEMBERED:
            asked = self._asked.get((stamp, name))
            if asked is None:  # who comes while it is looked up waits for the same answer
                asked = self._asked[stamp, name] = asyncio.ensure_future(self._look_up(name, stamp, token, said))
            caller = await asyncio.shield(asked)
        return caller

    async def _look_up(self, name: bytes, stamp: int, token: str, said: str) -> Caller:
        began = time.monotonic()
        try:
            caller = await database.asked(_caller, token, said)
        finally:
            del self._asked[stamp, name]
        if len(self._known) >= _MOST:
            self._known.clear()
        if stamp == self._as_of:  # else one ended while this was looked up, and it may be this one
            self._known[name] = began, caller
        return caller


def _caller(token: str, said: str) -> Caller:
    access = by_key(token) if token.startswith("tl_") else _local(token, said)
    if access is None:
        raise unknown()
    if not access.may("ingest"):
        raise Refused(403, "the key may not ingest", where="Authorization", todo="use a key with the scope ingest")
    if access.workspace and said and said != access.workspace:
        raise nowhere(said)
    workspace = found(access.workspace or said)
    return Caller(workspace.slug, workspace.root, access.key_id or f"user-{access.user_id}", access.name)


def found(slug: str) -> workspaces.Workspace:
    """Return a workspace by its slug; without one, the only one.

    Raises:
        Refused: 404, there is none; 400, there are several.
    """
    if slug:
        workspace = workspaces.find(slug)
        if workspace is None:
            raise nowhere(slug)
        return workspace
    everyone = workspaces.everyone()
    if len(everyone) != 1:
        raise bad("there are several workspaces", where="workspace", todo="say which: ?workspace=SLUG")
    return everyone[0]


def nowhere(slug: str) -> Refused:
    """Return the refusal of a workspace that is not the caller's."""
    return Refused(404, f"there is no workspace {slug!r} for this key", where="workspace", todo="leave it out")


def _local(token: str, said: str) -> Access | None:
    """Return the access of the machine's own command line, which reads its token in the workspace's folder."""
    for workspace in workspaces.everyone():
        if said and workspace.slug != said:
            continue
        try:
            own = json.loads((workspace.root / ".touchline" / _LOCAL).read_text())["token"]
        except (OSError, ValueError, KeyError, TypeError):  # not served yet, or just being written: no such token
            continue
        if hmac.compare_digest(str(own).encode(), token.encode("utf-8", "surrogatepass")):
            return operator(workspace.slug)
    return None
