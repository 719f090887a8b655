"""Receivers that stand on this machine, and clients that cannot leave it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from touchline.outgoing import Client, Policy

#: What a receiver says to one connection.
Said = Callable[[socket.socket, bytes], None]


@dataclass
class Receiver:
    """A raw TCP server on the loopback; ``says`` gets the connection and the request's head."""

    port: int = 0
    says: Said = lambda link, head: link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    heads: list[bytes] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 200."""
    made = Receiver()
    listening = socket.create_server(("127.0.0.1", 0))
    made.port = listening.getsockname()[1]
    listening.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                link, _ = listening.accept()
            except TimeoutError:
                continue
            with link:
                link.settimeout(5)
                head = b""
                while b"\r\n\r\n" not in head and (part := link.recv(65_536)):
                    head += part
                made.heads.append(head)
                try:
                    made.says(link, head)
                except OSError:  # the client has cut the connection
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield made
    over.set()
    thread.join()
    listening.close()


@dataclass
class Wire:
    """Counts look-ups and connections; every connection goes to the receiver, whatever address it is for."""

    port: int
    addresses: list[list[str]]
    looked_up: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        return self.addresses[min(len(self.looked_up), len(self.addresses)) - 1]

    def connect(self, address: tuple[str, int], seconds: float) -> socket.socket:
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), seconds)


@pytest.fixture
def wire(receiver: Receiver) -> Callable[..., tuple[Client, Wire]]:
    """A client whose host names have the addresses given, one list per look-up, and what it did."""

    def make(*addresses: list[str], allow: tuple[str, ...] = (), **more: object) -> tuple[Client, Wire]:
        made = Wire(receiver.port, list(addresses) or [["93.184.215.14"]])
        return Client(Policy.of(allow), made.resolve, made.connect, **more), made

    return make
