"""An endpoint of the OpenAI protocol on this machine, whose model does what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from touchline.privacy import redact_text
from touchline.settings import Llm
from touchline.understanding import load
from touchline.understanding.base import Understander
from touchline.understanding.llm import LlmUnderstander, client, understander
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

SECRET = b"s" * 32


def label(text: str, **labels: Any) -> dict[str, Any]:
    """What an honest model says of a text: one mention, the whole of it."""
    bad = any(word in text.lower() for word in ("late", "broken", "rude", "worst"))
    return {
        "quote": text.strip(), "because": [], "stage": "delivery" if "late" in text.lower() else "unassigned",
        "stage_sure": "high", "sentiment": -1 if bad else 1, "sentiment_sure": "high",
        "emotion": "anger" if bad else "delight", "effort": "none", "resolution": "unresolved" if bad else "na",
        "intent": "complaint" if bad else "praise", "severity": 1, "theme": None, "touchpoint": None,
    } | labels  # fmt: skip


def honest(texts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": t["id"], "language": "en", "mentions": [label(t["text"])]} for t in texts]


@dataclass
class Call:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def texts(self) -> list[dict[str, Any]]:
        return json.loads(self.body["messages"][1]["content"])["texts"]

    @property
    def words(self) -> list[str]:
        return [text["text"] for text in self.texts]


@dataclass
class Endpoint:
    """The server. ``script`` answers the next calls first; then ``model`` labels the texts.

    A step of the script is (status, headers, body) with the body as text, or a function of the call that returns one.
    """

    url: str = ""
    model: Callable[[list[dict[str, Any]]], Any] = honest
    script: list[Any] = field(default_factory=list)
    always: Any = None
    calls: list[Call] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, call: Call) -> tuple[int, dict[str, str], str]:
        with self.lock:
            self.calls.append(call)
            step = self.script.pop(0) if self.script else self.always
        if step is not None:
            return step(call) if callable(step) else step
        said = self.model(call.texts)
        return 200, {}, completion(said if isinstance(said, str) else json.dumps({"results": said}))

    @property
    def sent(self) -> list[str]:
        return [words for call in self.calls for words in call.words]


def completion(content: str | None, tokens: int | None = 100) -> str:
    body: dict[str, Any] = {"choices": [{"message": {"role": "assistant", "content": content}}]}
    return json.dumps(body | ({"usage": {"total_tokens": tokens}} if tokens is not None else {}))


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A server; waits between retries are short."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(client, "_FIRST_WAIT", 0.005)
    fake = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, text = fake.answer(Call(self.path, dict(self.headers), body))
            data = text.encode()
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                return  # the caller has gone, as a time-out does

        def do_GET(self) -> None:
            fake.calls.append(Call(self.path, dict(self.headers), {}))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def default(b2c: Taxonomy) -> Understander:
    """Who reads what the model does not."""
    return load(taxonomy=b2c)


@pytest.fixture
def reader(endpoint: Endpoint, tmp_path: Path, b2c: Taxonomy, default: Understander) -> Callable[..., LlmUnderstander]:
    """Make an understander that asks the endpoint; settings are given by name."""

    def make(
        *, taxonomy: Taxonomy = b2c, path: Path | None = None, redaction: str = "r", **settings: Any
    ) -> LlmUnderstander:
        limits = Llm(**({"endpoint": endpoint.url, "model": "fake", "timeout": 5.0, "parallel": 2} | settings))
        return understander(
            taxonomy,
            limits,
            default=default,
            clean=redact_text,
            redaction=redaction,
            secret=SECRET,
            path=path or tmp_path / "understood.db",
        )

    return make


@pytest.fixture
def texts() -> Callable[..., pa.Table]:
    """Make a table of TEXTS."""

    def make(*words: str, language: str | None = None) -> pa.Table:
        rows = [{"interaction_id": f"i{n}", "text": text, "language": language} for n, text in enumerate(words)]
        return pa.Table.from_pylist(rows, schema=TEXTS)

    return make
