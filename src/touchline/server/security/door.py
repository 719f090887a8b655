"""The rules at the door: what is refused before any app sees it, and the headers that every answer leaves with."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http.request import split_domain_port, validate_host
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from touchline.server.security import rules

#: A body's next piece must come within this many seconds ...
_PAUSE: Final = 30.0
#: ... and after so many seconds all of it must have come at this many bytes a second.
_BEGIN: Final = 60.0
_LEAST_RATE: Final = 1_000


class Guarded:
    """An ASGI application behind the rules.

    Args:
        app: What answers.
        hosts: The names that this server goes by, as in Django's ``ALLOWED_HOSTS``.
        origin: The address that people use.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], origin: str) -> None:
        self._app, self._hosts, self._origin = app, list(hosts), origin
        self._headers = [(name.encode(), value.encode()) for name, value in rules.headers().items()]
        self._scheme = origin.partition("://")[0]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"there is no {scope['type']} here")
        refusal = self._refused(scope)
        if refusal is not None:
            await self._answer(refusal, send)
            return
        body = _Steady(receive)
        answered = _Answered()
        try:
            await self._app(scope, body, self._completed(send, body, answered))
        except TooSlowBody:
            if not answered.begun:
                await self._answer(_SLOW, send)

    def _refused(self, scope: Scope) -> rules.Refusal | None:
        lines: list[tuple[bytes, bytes]] = scope["headers"]
        target = scope.get("raw_path", b"") + b"?" + scope.get("query_string", b"")
        refusal = rules.refused_method(scope["method"]) or rules.refused_shape(target, scope["path"], lines)
        if refusal is not None:
            return refusal
        given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in lines}
        host = given.get("host", "")
        domain, _ = split_domain_port(host)
        if not domain or not validate_host(domain, self._hosts):
            return rules.Refusal(400, "this server does not go by that name", rules.HOST_TODO)
        return rules.refused_origin(scope["method"], given, (self._origin, f"{self._scheme}://{host}"))

    async def _answer(self, refusal: rules.Refusal, send: Send) -> None:
        body = json.dumps(refusal.as_json()).encode()
        lines = [
            (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"), (b"connection", b"close"), *self._headers,
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": refusal.status, "headers": lines})
        await send({"type": "http.response.body", "body": body})

    def _completed(self, send: Send, body: _Steady, answered: _Answered) -> Send:
        """Return a `send` that gives every answer the headers that it lacks."""

        async def complete(message: Message) -> None:
            if answered.instead:
                return
            if message["type"] == "http.response.start":
                answered.begun = True
                if body.slow:  # whatever the application makes of that
                    answered.instead = True
                    await self._answer(_SLOW, send)
                    return
                message = {**message, "headers": self._all(list(message.get("headers", [])))}
            await send(message)

        return complete

    def _all(self, lines: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        there = {name.lower(): value.decode("latin-1") for name, value in lines}
        kept = there.get(b"cache-control", "")
        cache = rules.cached(kept, there.get(b"content-type", ""), b"etag" in there)
        lines = [line for line in lines if line[0].lower() not in (b"cache-control", b"server")]
        lines.append((b"cache-control", cache.encode()))
        return lines + [line for line in self._headers if line[0] not in there]


@dataclass(slots=True)
class _Answered:
    """Whether an answer has begun, and whether it is another than the application's."""

    begun: bool = False
    instead: bool = False


_SLOW: Final = rules.Refusal(408, "the body came too slowly", "send it again, in smaller parts")


class TooSlowBody(Exception):
    """A body drips in, to keep the door busy."""


class _Steady:
    """A `receive` that gives up on a body that drips."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._began, self._size, self._whole = receive, time.monotonic(), 0, False
        self.slow = False

    async def __call__(self) -> Any:
        """Return the next piece.

        Raises:
            TooSlowBody: It does not come.
        """
        if self._whole:  # what follows is only whether the client has gone
            return await self._receive()
        try:
            async with asyncio.timeout(_PAUSE):
                message = await self._receive()
        except TimeoutError:
            self.slow = True
            raise TooSlowBody from None
        self._size += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        spent = time.monotonic() - self._began
        if not self._whole and spent > _BEGIN and self._size < _LEAST_RATE * spent:
            self.slow = True
            raise TooSlowBody
        return message
