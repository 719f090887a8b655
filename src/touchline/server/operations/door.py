"""What is measured in the door process, and told by the web process with everything else."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from touchline.server.home import WEB_SOCKET
from touchline.server.operations.measuring import DOOR
from touchline.server.operations.metrics import Counter, Histogram

_EVERY: Final = 2.0  # seconds between two writings
#: Paths that the door answers itself; all others are passed on and told as one.
_INTAKE: Final = ("/api/v1/interactions", "/api/v1/events", "/api/v1/files", "/api/v1/webhooks", "/v1")


class Measured:
    """An ASGI application whose requests are counted and timed, by the first words of their path.

    Args:
        app: What answers.
        to: The file that is written for the web process; by default beside its socket.
    """

    def __init__(self, app: ASGIApp, to: Path | None = None) -> None:
        self._app = app
        self._to = to or Path(os.environ[WEB_SOCKET]).parent / DOOR
        self._requests = Counter("touchline_door_requests_total", "Requests at the door.", ("route", "status"))
        self._took = Histogram("touchline_door_request_seconds", "From a request's head to its answer.", ("route",))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, name="door-metrics", daemon=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and measure it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan" and not self._thread.is_alive():
                self._thread.start()
            await self._app(scope, receive, send)
            return
        route, status, began = route_of(scope["path"]), "500", time.perf_counter()

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            self._requests.add(route, status)
            self._took.add(time.perf_counter() - began, route)

    def _go(self) -> None:
        while not self._stop.wait(_EVERY):
            self.write()

    def write(self) -> None:
        """Write what was measured so far, whole or not at all."""
        fresh = self._to.with_suffix(".new")
        fresh.write_text(self._requests.family().text() + self._took.family().text())
        os.replace(fresh, self._to)


def route_of(path: str) -> str:
    """Return what of a path may be told: a name of intake, else ``web``.

    >>> route_of("/api/v1/webhooks/shop"), route_of("/api/v1/customers/ann")
    ('/api/v1/webhooks', 'web')
    """
    return next((one for one in _INTAKE if path == one or path.startswith(f"{one}/")), "web")
