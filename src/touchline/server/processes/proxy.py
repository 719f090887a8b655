"""Passing requests on to the web process, over its Unix socket."""

from __future__ import annotations

import ipaddress
import os
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

import httpcore
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from touchline.server.home import ADDRESS

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: What belongs to one connection and is never passed on, and what only the door may say.
_OWN: Final = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
        b"transfer-encoding", b"upgrade", b"proxy-connection", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto",
        b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip", b"x-touchline-client",
    }
)  # fmt: skip
_TIMES: Final = {"timeout": {"connect": 2.0, "read": 120.0, "write": 30.0, "pool": 30.0}}


class Proxy:
    """The web process, as seen from the door."""

    def __init__(self, socket: str) -> None:
        # No client above it: that keeps the cookies of one person's answer, and sends them with others' requests.
        self._web = httpcore.AsyncConnectionPool(uds=socket, max_connections=64, max_keepalive_connections=16)
        self._scheme = urlsplit(os.environ.get(ADDRESS, "http://")).scheme
        trusted = filter(None, os.environ.get("TOUCHLINE_TRUSTED_PROXIES", "").split(","))
        self._trusted = [ipaddress.ip_network(text.strip()) for text in trusted]

    async def __aenter__(self) -> Proxy:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._web.aclose()

    def client_of(self, request: Request) -> str:
        """Return the address that a request comes from: what a trusted proxy says, else the connection's."""
        own = request.client.host if request.client else ""
        for said in reversed(request.headers.get("x-forwarded-for", "").split(",")):
            if not self._is_trusted(own):
                break
            own = said.strip() or own
        return own

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self._trusted)
        except ValueError:
            return False

    async def pass_on(self, request: Request) -> Response:
        """Send a request to the web process, and its answer back, neither held in memory as a whole."""
        headers = [(name, value) for name, value in request.headers.raw if name not in _OWN]
        headers.append((b"x-touchline-client", self.client_of(request).encode("ascii", "replace")))
        headers.append((b"x-forwarded-proto", self._scheme.encode()))
        chunked = "transfer-encoding" in request.headers and "content-length" not in request.headers
        if chunked:
            headers.append((b"transfer-encoding", b"chunked"))
        query = request.scope["query_string"]
        path = request.scope.get("raw_path") or request.url.path.encode()
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=b"http", host=b"web", target=path + (b"?" + query if query else b"")),
            headers=headers,
            content=request.stream() if chunked or "content-length" in request.headers else None,
            extensions=_TIMES,
        )
        try:
            answer = await self._web.handle_async_request(sent)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
            return JSONResponse(
                {"error": {"what": "the web process is starting or busy", "todo": "try again in a moment"}},
                status_code=503,
                headers={"retry-after": "2"},
            )
        kept = [(name.lower(), value) for name, value in answer.headers if name.lower() not in _OWN]
        response = StreamingResponse(
            answer.aiter_stream(), status_code=answer.status, background=BackgroundTask(answer.aclose)
        )
        response.raw_headers = kept
        return response
