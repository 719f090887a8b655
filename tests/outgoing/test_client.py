"""What is sent, where it is connected to, and what ends a request."""

from __future__ import annotations

import ast
import datetime
import ssl
import threading
import time
from ipaddress import ip_address
from pathlib import Path

import pytest

import touchline
from touchline.errors import OutgoingFailed, OutgoingRefused
from touchline.outgoing import Client, Policy

PUBLIC = ["93.184.215.14"]
HTTP = "http://hooks.example.com"  # allowed by name in these tests, so that no certificate is needed


def test_the_connection_goes_to_the_address_that_was_checked_with_the_host_that_was_named(wire, receiver):
    client, done = wire(PUBLIC, allow=(HTTP,))
    answer = client.send(
        "POST", f"{HTTP}/a%20b?c=d", body=b"{}", headers={"X-Mine": "1", "Host": "evil", "Expect": "x"}
    )
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"ok", "2")
    assert done.looked_up == ["hooks.example.com"]
    assert done.connected == [(PUBLIC[0], 80)]
    head = receiver.heads[0].decode()
    assert head.startswith("POST /a%20b?c=d HTTP/1.1\r\nHost: hooks.example.com\r\n")
    assert "X-Mine: 1" in head
    assert "evil" not in head
    assert "Expect" not in head


def test_a_name_that_changes_its_address_is_looked_up_once(wire):
    """DNS rebinding: the second look-up would lead inside, and there is none."""
    client, done = wire(PUBLIC, ["127.0.0.1"], allow=())
    done.port = 1  # nothing listens there: what would be called fails, and is not looked up again
    with pytest.raises(OutgoingFailed):
        client.send("GET", "https://rebind.example.com/")
    assert done.looked_up == ["rebind.example.com"]
    assert done.connected == [(PUBLIC[0], 443)]
    with pytest.raises(OutgoingRefused, match="loopback"):  # the next request looks, and refuses
        client.send("GET", "https://rebind.example.com/")
    assert len(done.connected) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["http://169.254.169.254/", "https://127.0.0.1/", "https://example.com/", "/elsewhere"])
def test_a_redirect_is_an_answer_and_nobody_follows_it(status, to, wire, receiver):
    receiver.says = lambda link, _: link.sendall(
        f"HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
    )
    client, done = wire(PUBLIC, allow=(HTTP,))
    assert client.send("POST", HTTP, body=b"x").status == status
    assert (len(done.looked_up), len(done.connected), len(receiver.heads)) == (1, 1, 1)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb"])
def test_a_header_cannot_carry_another(value, wire, receiver):
    client, _ = wire(PUBLIC, allow=(HTTP,))
    with pytest.raises(OutgoingFailed):
        client.send("GET", HTTP, headers={"X-Mine": value})
    assert b"X-Evil" not in b"".join(receiver.heads)


def test_an_answer_has_a_largest_size(wire, receiver):
    def endless(link, _):
        link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            link.sendall(b"x" * 65_536)

    receiver.says = endless
    client, _ = wire(PUBLIC, allow=(HTTP,))
    with pytest.raises(OutgoingFailed, match="larger than"):
        client.send("GET", HTTP, most=1 << 20)


def drip_head(link, _):
    for letter in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000:
        link.sendall(bytes([letter]))
        time.sleep(0.02)


def drip_body(link, _):
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        link.sendall(b"x")
        time.sleep(0.02)


def silent(link, _):
    link.settimeout(3)
    link.recv(1)


@pytest.mark.parametrize("says", [drip_head, drip_body, silent])
def test_time_is_for_all_of_it_however_the_bytes_drip(says, wire, receiver):
    receiver.says = says
    client, _ = wire(PUBLIC, allow=(HTTP,))
    began = time.monotonic()
    with pytest.raises(OutgoingFailed, match="too slow"):
        client.send("GET", HTTP, seconds=0.4)
    assert time.monotonic() - began < 15  # it would drip for minutes


def test_a_look_up_has_its_time_too():
    over = threading.Event()
    client = Client(Policy(), lambda host, port: [str(over.wait(60))])
    began = time.monotonic()
    try:
        with pytest.raises(OutgoingFailed, match="too slow") as told:
            client.send("GET", "https://example.com/", seconds=0.2)
        assert told.value.unsent
        assert time.monotonic() - began < 15
    finally:
        over.set()


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 abc OK\r\n\r\n",
    ],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_a_failure(answer, wire, receiver):
    receiver.says = lambda link, _: link.sendall(answer)
    client, _ = wire(PUBLIC, allow=(HTTP,))
    with pytest.raises(OutgoingFailed) as told:
        client.send("GET", f"{HTTP}/secret-path", headers={"Authorization": "Bearer s3cret"})
    assert not told.value.unsent
    assert "s3cret" not in str(told.value)
    assert "secret-path" not in str(told.value)


def test_what_was_never_sent_says_so():
    client = Client(Policy.of(["http://127.0.0.1:9"]))
    with pytest.raises(OutgoingFailed) as told:
        client.send("GET", "http://127.0.0.1:9/")
    assert told.value.unsent


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for hooks.example.com that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("hooks.example.com"), x509.IPAddress(ip_address("192.0.2.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def secured(receiver, certificate):
    """The receiver behind TLS; what host each client named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    named: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    return context, named


def tls_receiver(context):
    """Serve one TLS connection on the loopback, in a thread; return its port."""
    import socket
    import threading

    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(30)

    def serve() -> None:
        with listening:
            plain, _ = listening.accept()
            plain.settimeout(30)
            with plain:
                try:
                    with context.wrap_socket(plain, server_side=True) as link:
                        heard = b""
                        while not heard.endswith(b"{}"):  # head and body may come apart
                            heard += link.recv(65_536) or b"{}"
                        link.sendall(b"HTTP/1.1 204 None\r\n\r\n")
                except OSError:  # the client does not trust us, or has gone
                    return

    threading.Thread(target=serve, daemon=True).start()
    return listening.getsockname()[1]


def test_tls_names_and_verifies_the_host_not_the_address(wire, secured, certificate):
    context, named = secured
    client, done = wire(PUBLIC, tls=ssl.create_default_context(cafile=str(certificate)))
    done.port = tls_receiver(context)
    assert client.send("POST", "https://hooks.example.com/x", body=b"{}").status == 204
    assert named == ["hooks.example.com"]
    assert done.connected == [(PUBLIC[0], 443)]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_of_another_host_or_of_nobody_is_refused(trusted, wire, secured, certificate):
    context, _ = secured
    client, done = wire(PUBLIC, tls=ssl.create_default_context(cafile=str(certificate) if trusted else None))
    done.port = tls_receiver(context)
    url = "https://other.example.com/" if trusted else "https://hooks.example.com/"
    with pytest.raises(OutgoingFailed, match="certificate") as told:
        client.send("POST", url, body=b"secret")
    assert told.value.unsent


#: Who may open connections of its own, and why.
OPENS = {
    "outgoing/client.py": "the only way out",
    "server/cli.py": "to the server that it has just started: is it ready?",
    "server/outbox/channels/email.py": "to the operator's own mail server",
    "server/outbox/channels/services.py": "Apprise's calls, each made by the client instead",
    "server/processes/proxy.py": "to the web process, over a Unix socket",
    "simulation/desk.py": "to the demo's own server, as its agents would",
    "simulation/live.py": "to the demo's own server, as its customers would",
}


def test_nothing_else_in_the_package_opens_connections():
    """Whoever calls out does it through `touchline.outgoing`; the client that users run is theirs."""
    root = Path(touchline.__file__).parent
    libraries = {"urllib.request", "http.client", "httpx", "requests", "aiohttp", "urllib3", "smtplib", "ftplib"}
    found = set()
    for path in root.rglob("*.py"):
        here = path.relative_to(root).as_posix()
        if here.startswith("client/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
            if libraries & set(names):
                found.add(here)
            if isinstance(node, ast.Attribute) and node.attr in ("create_connection", "urlopen"):
                found.add(here)
    assert found <= OPENS.keys(), "call out through touchline.outgoing, or say why not in OPENS"
