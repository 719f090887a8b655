"""The way of the many: requests whose answerer follows from method and path alone, without a look at any route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]

_READING: Final = ("GET", "HEAD")


class Direct:
    """An ASGI application before another: a router and its layers take as long as a record's way to disk.

    Args:
        app: What answers the rest.
        posts: By the path of a POST, who answers it.
        reads: Who answers every GET and HEAD.
    """

    def __init__(self, app: ASGIApp, posts: Mapping[str, Handler], reads: Handler) -> None:
        self._app, self._posts, self._reads = app, posts, reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        handler = None
        if scope["type"] == "http":
            handler = self._reads if scope["method"] in _READING else None
            if scope["method"] == "POST":
                handler = self._posts.get(scope["path"])
        if handler is None:
            await self._app(scope, receive, send)
            return
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)
