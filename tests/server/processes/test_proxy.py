"""What the door passes on is what was sent, and nothing of anybody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message

from touchline.server.processes.proxy import Proxy


def request(path: str, method: str = "GET", query: bytes = b"", body: Sequence[bytes] = (), **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    parts = iter(body)

    async def receive() -> Message:
        return {"type": "http.request", "body": next(parts, b""), "more_body": next_is_there()}

    def next_is_there() -> bool:
        return bool(parts.__length_hint__())  # type: ignore[attr-defined]

    return Request({
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
        "headers": raw, "client": ("203.0.113.7", 4711),
    }, receive)  # fmt: skip


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


async def _told(socket: Path, one: Request, answer: bytes) -> tuple[bytes, int, bytes]:
    """Pass a request on to a web process that gives an answer; return what it got, and what the asker got."""
    got = bytearray()

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend(await reader.readuntil(b"\r\n\r\n"))
        if b"content-length: 6" in got.lower():
            got.extend(await reader.readexactly(6))
        elif b"chunked" in got.lower():
            got.extend(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(respond, str(socket))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def stay() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async with Proxy(str(socket)) as proxy:
        response = await proxy.pass_on(one)
        await response({"type": "http"}, stay, send)
    server.close()
    return bytes(got), sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("target", ["//two", "/a/../b/%2e%2e/c", "/%41%2f%20", "/a;b=c", "/a:b@c"])
def test_an_address_is_passed_on_to_the_letter(tmp_path: Path, target: str) -> None:
    """Whoever tidies an address asks for another page than the rules have looked at."""
    got, _, _ = asyncio.run(_told(tmp_path / "web", request(target, query=b"q=%41+b&q=c%23&[x]={y}"), OK))
    assert got.startswith(f"GET {target}?q=%41+b&q=c%23&[x]={{y}} HTTP/1.1\r\n".encode())


def test_letters_beyond_ascii_are_escaped_in_addresses_and_kept_in_headers(tmp_path: Path) -> None:
    got, _, _ = asyncio.run(_told(tmp_path / "web", request("/café", note="grüße"), OK))
    assert got.startswith(b"GET /caf%C3%A9 HTTP/1.1\r\n")
    assert "note: grüße\r\n".encode() in got


def test_nothing_is_added_to_what_was_sent(tmp_path: Path) -> None:
    got, _, _ = asyncio.run(_told(tmp_path / "web", request("/", host="cx.example", expect="100-continue"), OK))
    names = {line.split(b":")[0].lower() for line in got.split(b"\r\n")[1:] if line}
    assert names == {b"host", b"x-touchline-client", b"x-forwarded-proto"}


@pytest.mark.parametrize("length", [{"content_length": "6"}, {"transfer_encoding": "chunked"}])
def test_a_body_arrives_whole_however_it_is_sent(tmp_path: Path, length: dict[str, str]) -> None:
    one = request("/", "POST", body=[b"abc", b"def"], **length)
    got, status, body = asyncio.run(_told(tmp_path / "web", one, OK))
    assert got.endswith(b"abcdef" if "content_length" in length else b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
    assert (status, body) == (200, b"ok")


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
@pytest.mark.parametrize("told", [True, False])
def test_an_answer_arrives_whole_whether_or_not_it_tells_its_length(tmp_path: Path, size: int, told: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: %d\r\n" % size if told else b"Connection: close\r\n")
    _, status, body = asyncio.run(_told(tmp_path / "web", request("/"), head + b"\r\n" + b"x" * size))
    assert (status, body) == (200, b"x" * size)


def test_a_head_alone_keeps_the_length_that_it_tells(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    _, status, body = asyncio.run(_told(tmp_path / "web", request("/", "HEAD"), head))
    assert (status, body) == (200, b"")


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"])
def test_a_web_process_that_dies_is_told_as_busy(tmp_path: Path, answer: bytes) -> None:
    _, status, body = asyncio.run(_told(tmp_path / "web", request("/", "POST"), answer))
    assert status == 503
    assert b"try again in a moment" in body


def test_without_a_web_process_it_is_told_as_starting(tmp_path: Path) -> None:
    async def asked() -> int:
        async with Proxy(str(tmp_path / "none")) as proxy:
            return (await proxy.pass_on(request("/"))).status_code

    assert asyncio.run(asked()) == 503
