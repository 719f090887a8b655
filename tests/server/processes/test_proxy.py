"""What the door passes on is what was sent, and nothing of anybody else's."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.requests import Request

from touchline.server.processes.proxy import Proxy


def request(path: str, **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": raw,
        "client": ("203.0.113.7", 4711),
    })  # fmt: skip


async def _asked(socket: Path, *requests: Request) -> tuple[list[str], list[list[tuple[bytes, bytes]]]]:
    """Pass requests on, one after the other, to a web process that sets a cookie with every answer."""
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            heads.append(head.decode())
            number = len(heads)
            writer.write(
                b"HTTP/1.1 302 Found\r\nSet-Cookie: sessionid=secret%d; Path=/\r\nLocation: /in\r\n"
                b"Content-Length: 2\r\n\r\nok" % number
            )
            await writer.drain()

    server = await asyncio.start_unix_server(answer, str(socket))
    given = []
    async with Proxy(str(socket)) as proxy:
        for one in requests:
            response = await proxy.pass_on(one)
            given.append(response.raw_headers)
            async for _part in response.body_iterator:  # type: ignore[attr-defined]
                pass
            await response.background()
    server.close()
    return heads, given


def test_nobodys_cookie_goes_with_another_request(tmp_path: Path) -> None:
    """The session of one who logged in is theirs alone: the next request has the cookies that it came with, or none."""
    heads, given = asyncio.run(_asked(
        tmp_path / "web", request("/login", host="cx.example"), request("/", host="cx.example"),
        request("/", host="cx.example", cookie="sessionid=own"),
    ))  # fmt: skip
    assert (b"set-cookie", b"sessionid=secret1; Path=/") in given[0]
    assert "cookie:" not in heads[1].lower()
    assert [line for line in heads[2].splitlines() if line.lower().startswith("cookie:")] == ["cookie: sessionid=own"]


def test_it_is_passed_on_as_it_came(tmp_path: Path) -> None:
    """Redirects are the browser's to follow; the address is the door's word, whatever the request says."""
    heads, given = asyncio.run(
        _asked(tmp_path / "web", request("/a%20b", host="cx.example", x_forwarded_for="10.0.0.1", connection="close"))
    )
    assert heads[0].startswith("GET /a%20b HTTP/1.1\r\n")
    assert "host: cx.example" in heads[0].lower()
    assert "x-touchline-client: 203.0.113.7" in heads[0]
    assert "10.0.0.1" not in heads[0]
    assert (b"location", b"/in") in given[0]
