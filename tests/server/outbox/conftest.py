"""A receiver on this machine that says what a test tells it to, and a client that reaches it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from touchline.outgoing import Client, Policy
from touchline.server.outbox import managing
from touchline.server.outbox.models import Target
from touchline.server.workspaces.facade import Workspace


@dataclass(frozen=True)
class Call:
    """One request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Says:
    """An answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fake:
    """A system that answers as it is told, and remembers what it was asked."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answer: Callable[[Call], Says | None] = lambda _call: Says()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> Client:
        return Client(Policy.of([self.url]))

    def said(self, method: str = "POST") -> list[Call]:
        return [call for call in self.calls if call.method == method]


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            fake.calls.append(call)
            said = fake.answer(call)
            if said is None:  # cut the connection without a word
                self.close_connection = True
                return
            out = b"" if said.body is None else json.dumps(said.body).encode()
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  the server's names

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def fake() -> Iterator[Fake]:
    made = Fake()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def acme(db: None) -> str:
    Workspace.objects.create(slug="acme", name="Acme", folder="/nowhere/acme")
    return "acme"


@pytest.fixture
def hook(acme: str, fake: Fake) -> tuple[Target, str]:
    """A webhook to the fake, and its secret."""
    return managing.create(acme, "erp", "webhook", {"url": f"{fake.url}/hooks/s3cret"})
