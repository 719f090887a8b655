"""Passing requests on to the web process, over its Unix socket."""

from __future__ import annotations

import ipaddress
import os
import string
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final
from urllib.parse import quote, urlsplit

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from yarl import URL

from touchline.server.home import ADDRESS

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: What belongs to one connection and is never passed on, and what only the door may say.
_OWN: Final = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
        b"transfer-encoding", b"upgrade", b"expect", b"proxy-connection", b"forwarded", b"x-forwarded-for",
        b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip", b"x-touchline-client",
    }
)  # fmt: skip
#: What the client would add that the request may not have.
_ADDED: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_TIMES: Final = aiohttp.ClientTimeout(total=None, connect=32.0, sock_connect=2.0, sock_read=120.0)
#: Connections, and the bytes of a line of an answer's head.
_CONNECTIONS, _LINE = 64, 64 * 1024
#: Answers up to as many bytes are passed on whole: that takes half as long as piece by piece.
_WHOLE: Final = 256 * 1024
_PLAIN: Final = string.punctuation.replace("#", "")


class Proxy:
    """The web process, as seen from the door."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._scheme = urlsplit(os.environ.get(ADDRESS, "http://")).scheme
        trusted = filter(None, os.environ.get("TOUCHLINE_TRUSTED_PROXIES", "").split(","))
        self._trusted = [ipaddress.ip_network(text.strip()) for text in trusted]

    async def __aenter__(self) -> Proxy:
        self._web = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(self._socket, limit=_CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),  # else the cookies of one person's answer go with others' requests
            auto_decompress=False,
            skip_auto_headers=_ADDED,
            timeout=_TIMES,
            max_line_size=_LINE,
            max_field_size=_LINE,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._web.close()

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
        """Send a request to the web process, and its answer back; what is large is not held in memory as a whole."""
        chunked = "transfer-encoding" in request.headers and "content-length" not in request.headers
        try:
            answer = await self._web.request(
                request.method,
                URL("http://web" + _target(request), encoded=True),
                headers=self._headers(request),
                data=request.stream() if chunked or "content-length" in request.headers else None,
                chunked=True if chunked else None,
                allow_redirects=False,
            )
            length = answer.content_length
            body = await answer.read() if length is not None and length <= _WHOLE else None
        except (aiohttp.ClientError, TimeoutError):
            return JSONResponse(
                {"error": {"what": "the web process is starting or busy", "todo": "try again in a moment"}},
                status_code=503,
                headers={"retry-after": "2"},
            )
        response = StreamingResponse(_pieces(answer), answer.status) if body is None else Response(body, answer.status)
        response.raw_headers = [(name.lower(), value) for name, value in answer.raw_headers if name.lower() not in _OWN]
        return response

    def _headers(self, request: Request) -> list[tuple[str, str]]:
        return [
            *((name.decode("latin-1"), _text(value)) for name, value in request.headers.raw if name not in _OWN),
            ("x-touchline-client", self.client_of(request).encode("ascii", "replace").decode()),
            ("x-forwarded-proto", self._scheme),
        ]


def _target(request: Request) -> str:
    """Return a request's path and query as they were sent; what has no place in an address is escaped."""
    path, query = request.scope.get("raw_path") or request.url.path.encode(), request.scope["query_string"]
    return quote(path + (b"?" + query if query else b""), safe=_PLAIN)


def _text(value: bytes) -> str:
    """Return a header's value as what is written as the same bytes, where those are UTF-8 as they should be."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.content.iter_any():
            yield piece
    finally:
        answer.close()
