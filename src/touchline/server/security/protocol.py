"""HTTP as the door's server speaks it, with bounds that it lacks: on the size of a request's head, and on its time."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from touchline.server.security.rules import MOST_HEADERS, MOST_PATH, Refusal

#: Seconds that a connection may stay without a whole request line and headers.
HEAD_SECONDS: Final = 20.0
_MOST: Final = MOST_HEADERS + MOST_PATH + 1024
_BODY: Final = json.dumps(Refusal(431, "the headers are too large", "send fewer").as_json()).encode()
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\ncache-control: no-store\r\n"
    b"x-content-type-options: nosniff\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Protocol(HttpToolsProtocol):
    """One connection. Without bounds, a client that never ends its headers fills the memory or keeps a slot."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._head_open, self._head_bytes = False, 0
        self._patience: asyncio.TimerHandle | None = None
        self._wait()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes; refuse a head that has grown too large."""
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        was_open = self._head_open
        super().data_received(data)
        # the piece that a head begins in may hold the end of a body before it
        self._head_bytes = self._head_bytes + len(data) if was_open and self._head_open else 0
        if self._head_bytes > _MOST and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head_open, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._head_open = False
        self._stop_waiting()
        super().on_headers_complete()


def options() -> dict[str, Any]:
    """Return what `uvicorn.run` is told for that."""
    return {"http": Protocol, "ws": "none", "limit_concurrency": 2_000, "timeout_keep_alive": 30}
