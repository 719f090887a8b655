"""The rules at the door and in Django, for every app alike."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from touchline.server.security import door, rules

OWN = ("http://touchline.example",)
SAME = {"host": "touchline.example"}


async def _say(request: Request) -> Response:
    body = await request.body()
    return JSONResponse({"size": len(body)}, headers={"server": "leaky/1.0"})


async def _page(_request: Request) -> Response:
    return PlainTextResponse("<p>", media_type="text/html", headers={"cache-control": "private, max-age=60"})


APP = Starlette(routes=[Route("/page", _page), Route("/{path:path}", _say, methods=["GET", "POST", "PUT", "OPTIONS"])])


def guarded(method: str, path: str = "/", headers: dict[str, str] | None = None, **more: object) -> httpx.Response:
    async def ask() -> httpx.Response:
        app = door.Guarded(APP, ["touchline.example", "127.0.0.1"], OWN[0])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=OWN[0]) as client:
            return await client.request(method, path, headers=headers, **more)

    return asyncio.run(ask())


def test_every_answer_has_the_headers_also_a_refusal():
    for answer in (guarded("GET"), guarded("GET", headers={"host": "evil.example"}), guarded("TRACE")):
        for name, value in rules.headers().items():
            assert answer.headers[name] == value
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_nothing_inline_and_nothing_of_others_in_the_content_policy():
    policy = rules.content_policy({})
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy


def test_a_form_may_lead_on_to_the_organisations_log_in_only():
    policy = rules.content_policy({"TOUCHLINE_OIDC_URL": "https://login.example.com/realms/acme; script-src *"})
    assert "form-action 'self' https://login.example.com;" in policy
    assert "*" not in policy


def test_pages_are_kept_nowhere():
    assert guarded("GET", "/page").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "touchline.example.evil", "", "evil.example:8765", "127.0.0.1.evil"])
def test_another_name_is_refused(host):
    answer = guarded("GET", headers={"host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["touchline.example", "TOUCHLINE.example:80", "127.0.0.1:8765"])
def test_our_names_are_answered(host):
    assert guarded("GET", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG", "get", "GETS"])
def test_other_methods_are_refused(method):
    assert rules.refused_method(method).status == 405


FOREIGN = [
    {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://touchline.example.evil"},
    {"origin": "https://touchline.example"}, {"origin": "http://touchline.example:8080"},
    {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://touchline.example"},
]  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_another_site_sends_is_refused(method, headers):
    assert rules.refused_origin(method, SAME | headers, OWN).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"origin": "http://touchline.example"}, {"origin": "http://TOUCHLINE.example"},
        {"sec-fetch-site": "same-origin", "origin": "http://touchline.example"}, {"sec-fetch-site": "none"},
        {"origin": "https://shop.example", "authorization": "Bearer tl_x"},
    ],
    ids=str,
)  # fmt: skip
def test_our_own_pages_and_programs_get_through(headers):
    assert rules.refused_origin("POST", SAME | headers, OWN) is None


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, True),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, False),
        ({}, False),
    ],
)
def test_another_site_may_link_here_and_load_nothing(headers, refused):
    assert (rules.refused_origin("GET", headers, OWN) is not None) == refused


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/" + "a" * 9_000, {}, 414),
        ("/?" + "a" * 9_000, {}, 414),
        ("/", {"x-a": "b" * 40_000}, 431),
        ("/", {f"x-{n}": "b" for n in range(120)}, 431),
        ("/a%0d%0aX-Evil:1", {}, 400),
        ("/a%00", {}, 400),
        ("/a%1b[31m", {}, 400),
    ],
)
def test_a_head_that_no_honest_client_sends(path, headers, status):
    answer = guarded("GET", path, headers)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"what", "where", "todo"}


def test_two_lengths_or_two_hosts_are_refused():
    two = [(b"content-length", b"1"), (b"transfer-encoding", b"chunked")]
    assert rules.refused_shape(b"/", "/", two).status == 400
    for name in (b"host", b"content-length", b"authorization"):
        assert rules.refused_shape(b"/", "/", [(name, b"a"), (name.upper(), b"b")]).status == 400


def test_a_body_that_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(door, "_PAUSE", 0.05)

    async def body():
        yield b"a"
        await asyncio.sleep(1)
        yield b"b"

    assert guarded("POST", content=body()).status_code == 408


def test_a_body_that_comes_steadily_is_taken():
    assert guarded("POST", content=b"x" * 3_000_000).json() == {"size": 3_000_000}


@pytest.fixture(scope="module")
def live():
    """The guarded application behind the real server, in a thread."""
    import uvicorn

    from touchline.server.security import protocol

    held = socket.create_server(("127.0.0.1", 0))
    app = door.Guarded(APP, ["127.0.0.1"], "http://127.0.0.1")
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", **protocol.options()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield held.getsockname()[1]
    server.should_exit = True
    thread.join()
    held.close()


def exchange(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as link:
        try:
            for piece in pieces:
                link.sendall(piece)
                time.sleep(pause)
            found = b""
            while part := link.recv(65_536):
                found += part
        except ConnectionError:
            return found if "found" in locals() else b""
        return found


HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"


def test_a_whole_request_is_answered(live):
    assert exchange(live, HEAD + b"\r\n").startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "begun", [HEAD + b"X-A: ", HEAD, b"GET /", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"A: b\r\n" * 5_000]
)
def test_a_head_without_end_is_cut_off(live, begun):
    with socket.create_connection(("127.0.0.1", live), 10) as link:
        sent = 0
        try:
            link.sendall(begun)
            while sent < 40 << 20:
                sent += link.send(b"x" * 65_536)
        except OSError:
            assert sent < 40 << 20
            return
    pytest.fail("it took all of it")


POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\nConnection: close\r\n\r\n",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_two_servers_could_read_in_two_ways_is_refused(live, request_):
    answer = exchange(live, request_)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert not answer.startswith(b"HTTP/1.1 5")


def test_a_connection_that_sends_nothing_is_closed(live, monkeypatch):
    from touchline.server.security import protocol

    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: 127"):
        with socket.create_connection(("127.0.0.1", live), 10) as link:
            began = time.monotonic()
            link.sendall(begun)
            assert link.recv(100) == b""
            assert time.monotonic() - began < 3
