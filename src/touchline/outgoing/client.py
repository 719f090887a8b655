"""One request to another machine: look up, check, connect to what was checked, send, read within limits.

A redirect is an answer like any other: whoever asked sees its status, and nobody goes where it points. Proxies of the
environment are not used, since they would look the name up again.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from touchline.errors import OutgoingFailed
from touchline.outgoing.addresses import Target
from touchline.outgoing.policy import Policy

#: Returns the addresses of a host, for a port.
Resolver = Callable[[str, int], list[str]]
#: Connects to an address and port within so many seconds.
Connector = Callable[[tuple[str, int], float], socket.socket]

MOST_BYTES: Final = 1 << 20
SECONDS: Final = 15.0
_PIECE: Final = 1 << 16
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: 3xx too: nothing is followed.
        headers: By name in small letters; of repeated ones the last.
        body: All of it, as sent.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


def look_up(host: str, port: int) -> list[str]:
    """Return every address that this machine finds for a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def connect(address: tuple[str, int], seconds: float) -> socket.socket:
    """Connect to an address."""
    return socket.create_connection(address, seconds)


@dataclass(frozen=True, slots=True)
class Client:
    """Sends requests. Several threads may use it.

    Args:
        policy: What may be called.
        resolve: Looks names up; asked exactly once per request.
        connect: Connects to an address that was checked.
        tls: Verifies the receiver; by default against the machine's certificates.
    """

    policy: Policy = field(default_factory=Policy)
    resolve: Resolver = look_up
    connect: Connector = connect
    tls: ssl.SSLContext | None = None

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
        most: int = MOST_BYTES,
    ) -> Answer:
        """Send one request and return its answer, whatever its status.

        Args:
            method: GET, HEAD, POST, PUT, PATCH or DELETE.
            url: Where to.
            body: Sent as it is.
            headers: Beside those that describe the connection, which are ours.
            seconds: For all of it together: looking up, connecting, sending, reading.
            most: Bytes of the answer's body.

        Raises:
            OutgoingRefused: It may not be sent; nothing was connected.
            OutgoingFailed: It could not be sent, or no whole answer came back.
        """
        if method not in _METHODS:
            raise ValueError(f"there is no method {method!r}")
        target = Target.of(url)
        self.policy.check_before(target)
        with _Deadline(seconds, target.origin) as deadline:
            addresses = self.policy.checked(target, self._addresses(target, deadline))
            link = _Link(target, self._connected(target, addresses, deadline))
            try:
                answer = _exchange(link, method, body, headers or {}, most)
                if deadline.over:  # a connection that is cut reads as one that has ended
                    raise TimeoutError
                return answer
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise deadline.failure(error, unsent=False) from None
            finally:
                link.close()

    def _addresses(self, target: Target, deadline: _Deadline) -> list[str]:
        """Look a host up, no longer than there is time: the machine's own look-up knows no time-out."""
        found: list[list[str] | OSError] = []

        def ask() -> None:
            try:
                found.append(self.resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                found.append(error if isinstance(error, OSError) else OSError("the name cannot be looked up"))

        asking = threading.Thread(target=ask, name="look-up", daemon=True)
        asking.start()
        asking.join(deadline.left)
        if not found:
            raise deadline.failure(TimeoutError(), unsent=True)
        if isinstance(found[0], OSError):
            raise deadline.failure(found[0], unsent=True)
        return found[0]

    def _connected(self, target: Target, addresses: tuple[str, ...], deadline: _Deadline) -> socket.socket:
        """Connect to the first of the checked addresses that answers; with TLS, to the host that was named."""
        last: OSError = OSError("no address")
        for address in addresses:
            try:
                plain = self.connect((address, target.port), max(deadline.left, 0.001))
            except OSError as error:
                last = error
                continue
            plain.settimeout(max(deadline.left, 0.001))
            if target.scheme == "http":
                deadline.watch(plain)
                return plain
            context = self.tls or ssl.create_default_context()
            secured = context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
            deadline.watch(secured)
            try:
                secured.do_handshake()
            except OSError as error:
                secured.close()
                raise deadline.failure(error, unsent=True) from None
            return secured
        raise deadline.failure(last, unsent=True)


class _Link(http.client.HTTPConnection):
    """HTTP over a connection that is there already."""

    def __init__(self, target: Target, link: socket.socket) -> None:
        super().__init__(target.host, target.port)
        self.sock = link
        self.target = target

    def connect(self) -> None:
        """Connect to nothing: a second connection could lead elsewhere."""
        raise http.client.NotConnected


def _exchange(link: _Link, method: str, body: bytes, headers: Mapping[str, str], most: int) -> Answer:
    target = link.target
    link.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    link.putheader("Host", target.origin.partition("://")[2])
    link.putheader("Connection", "close")
    given = {name.lower() for name in headers}
    for name, value in (("User-Agent", "touchline"), ("Accept-Encoding", "identity")):
        if name.lower() not in given:
            link.putheader(name, value)
    for name, value in headers.items():
        if name.lower() not in _OWN_HEADERS:
            link.putheader(name, value)
    if body or method in {"POST", "PUT", "PATCH"}:
        link.putheader("Content-Length", str(len(body)))
    link.endheaders(body or None)
    with link.getresponse() as response:
        parts: list[bytes] = []
        size = 0
        while part := response.read1(_PIECE):
            size += len(part)
            if size > most:
                raise OSError(f"the answer is larger than {most:,} bytes")
            parts.append(part)
        if response.length:  # it promised more
            raise http.client.IncompleteRead(b"", response.length)
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, b"".join(parts)
        )


class _Deadline:
    """The time that a request has; when it is over, its connection is cut, so that no drip of bytes stretches it."""

    def __init__(self, seconds: float, origin: str) -> None:
        self._until = time.monotonic() + seconds
        self._origin = origin
        self._link: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self.over = False

    def __enter__(self) -> _Deadline:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._until - time.monotonic())

    def watch(self, link: socket.socket) -> None:
        """Cut this connection when time is over."""
        self._link = link
        self._timer = threading.Timer(self.left, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        self.over = True
        if self._link is not None:
            try:
                socket.socket.shutdown(self._link, socket.SHUT_RDWR)  # of TLS too, the connection below it
            except OSError:
                return  # it is closed already

    def failure(self, error: Exception, *, unsent: bool) -> OutgoingFailed:
        """Return the error for what went wrong, in few words; never the request, which may hold secrets."""
        if self.over or isinstance(error, TimeoutError) or not self.left:
            why = "too slow"
        elif isinstance(error, ssl.SSLCertVerificationError):
            why = f"its certificate does not hold: {error.verify_message}"
        elif isinstance(error, OSError) and not isinstance(error, http.client.HTTPException):
            why = error.strerror or str(error) or type(error).__name__
        else:
            why = type(error).__name__
        return OutgoingFailed(why, where=self._origin, unsent=unsent)
