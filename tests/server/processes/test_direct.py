"""Who answers without a look at the routes, and who does not."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from touchline.server.processes.direct import Direct


async def _routed(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("routed")(scope, receive, send)


async def _taken(_request: Request) -> Response:
    return PlainTextResponse("taken")


async def _read(_request: Request) -> Response:
    return PlainTextResponse("read")


@pytest.mark.parametrize(
    ("method", "path", "who"),
    [
        ("POST", "/take", b"taken"),
        ("POST", "/take/", b"routed"),
        ("POST", "/other", b"routed"),
        ("GET", "/take", b"read"),
        ("GET", "/other", b"read"),
        ("HEAD", "/take", b"read"),
        ("PUT", "/take", b"routed"),
        ("OPTIONS", "/take", b"routed"),
    ],
)
def test_method_and_path_say_who_answers(method: str, path: str, who: bytes) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    asyncio.run(Direct(_routed, {"/take": _taken}, _read)(scope, receive, send))
    assert sent[-1]["body"] == who
