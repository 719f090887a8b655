"""The world of the API's tests, asked by the client through the server's own application."""

from __future__ import annotations

import httpx
import pytest
from django.test import Client
from tests.server.api.conftest import changed, fresh, held, key, reader, world

from touchline.client import Remote

__all__ = ["changed", "fresh", "held", "key", "reader", "world"]


@pytest.fixture
def remote(reader):
    """A client with a key that may read, in this process."""
    with client_of(reader.token) as made:
        yield made


def client_of(token: str, **options):
    """Return a client whose requests go straight to the application."""

    def serve(request: httpx.Request) -> httpx.Response:
        sent = {name: value for name, value in request.headers.items() if name not in ("content-length", "host")}
        answer = Client().generic(request.method, str(request.url.raw_path, "ascii"), request.content, headers=sent)
        return httpx.Response(answer.status_code, headers=list(answer.items()), content=answer.content)

    return Remote.to("http://testserver", token, transport=httpx.MockTransport(serve), **options)
