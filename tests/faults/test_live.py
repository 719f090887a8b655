"""One server, and everything that is thrown at it over HTTP: no request fails, none is counted twice, none runs."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.faults.swarm import key_for, own_environment, record
from tests.server.serving import Server, serving, start

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

SOAK = bool(os.environ.get("TOUCHLINE_SOAK"))


@dataclass
class Live:
    """A server and a key to all of it."""

    server: Server
    key: str

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        return httpx.request(method, self.server.url + path, headers=headers, timeout=60, **options)

    def post(self, body: Any, **headers: str) -> httpx.Response:
        return self.call("POST", "/api/v1/interactions", json=body, headers=headers)

    def stored(self, seconds: float = 30, least: int = 0) -> dict[str, int]:
        """Return the counts of the workspace, once nothing waits."""
        until = time.monotonic() + seconds
        while True:
            answer = self.call("GET", "/api/v1/status")
            assert answer.status_code in (200, 503), answer.text
            told: dict[str, int] = answer.json()
            if answer.status_code == 200 and told["waiting"] == 0 and told["stored"] >= least:
                return told
            assert time.monotonic() < until, f"{told} after {seconds} s"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live") / "acme"
    with serving(folder) as server:
        yield Live(server, key_for(folder, "ingest", "read", "cases", "admin", "export"))


def at(days: float = 1.0) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))


# ------------------------------------------------------------------------------------------- once, however often


def test_the_same_batch_fifty_times_from_eight_sides_counts_once(live):
    before = live.stored()
    rng = random.Random(5)
    batch = [record(f"same-{n}", rng) for n in range(60)]

    def send(number: int) -> int:
        mixed = batch[:]
        random.Random(number).shuffle(mixed)
        headers = {"Idempotency-Key": f"same-{number % 9}"} if number % 3 == 0 else {}
        return live.post(mixed if number % 3 else batch, **headers).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(50)))
    assert set(answers) <= {202, 409}
    after = live.stored(least=before["stored"] + 60)
    assert after["stored"] - before["stored"] == 60
    assert after["revised"] == before["revised"]


def test_records_without_ids_count_once_per_idempotency_key(live):
    before = live.stored()
    body = [{"occurred_at": at(), "customer_ref": "n1", "text": "late"}] * 3
    first = live.post(body, **{"Idempotency-Key": "none-1"})
    again = live.post(body, **{"Idempotency-Key": "none-1"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert live.post(body[:2], **{"Idempotency-Key": "none-1"}).status_code == 422
    assert live.post(body).status_code == 400, "nothing would tell it from another"
    assert live.stored(least=before["stored"] + 3)["stored"] == before["stored"] + 3


def test_a_replay_is_the_same_after_a_restart(tmp_path):
    server = start(tmp_path / "acme")
    try:
        key = key_for(tmp_path / "acme")
        one = Live(server, key)
        body = [{"occurred_at": at(), "text": "late"}]
        first = one.post(body, **{"Idempotency-Key": "before"})
        server.kill()
        server = start(tmp_path / "acme", port=int(server.url.rpartition(":")[2]))
        again = Live(server, key).post(body, **{"Idempotency-Key": "before"})
        assert again.json() == first.json()
        assert Live(server, key).post([{"id": "x"}], **{"Idempotency-Key": "before"}).status_code == 422
        assert Live(server, key).stored()["stored"] == 1
    finally:
        server.kill()


# --------------------------------------------------------------------------------------------------- visible soon


def test_what_was_acknowledged_is_shown_within_seconds(live):
    """`python -m benchmarks.visible` measures it at 200 a second; here a machine with other work gets some slack."""
    before = live.stored()
    began = time.monotonic()
    for n in range(20):
        assert live.post([record(f"seen-{n}-{i}", random.Random(n)) for i in range(10)]).status_code == 202
    live.stored(least=before["stored"] + 200, seconds=15)
    assert time.monotonic() - began < 15


# --------------------------------------------------------------------------------------------------- clocks and time


CLOCKS = [
    "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "2026-03-29T02:30:00+01:00",
    "2024-02-29T12:00:00Z", "2024-02-29", at(3_650), at(-1), at(-3_650), "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
    1_700_000_000, 1_700_000_000_000, 1_700_000_000_000_000, -1, 0, 10**30, 1e308, "yesterday", "", "24:00", True, [],
    "2026-13-01T00:00:00Z", "2026-02-30", "2026-01-01T25:00:00Z", "２０２６-01-01", "2026-01-01T00:00:00+99:00",
]  # fmt: skip


def test_any_time_is_stored_or_quarantined_with_a_reason(live):
    before = live.stored()
    answer = live.post([{"id": f"clock-{n}", "occurred_at": when, "text": "late"} for n, when in enumerate(CLOCKS)])
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert told["accepted"] + told["quarantined"] == len(CLOCKS)
    assert all(item.get("reason") for item in told["items"] if item["status"] != "accepted")
    after = live.stored(least=before["stored"] + told["accepted"])
    assert after["stored"] + after["quarantined"] - before["stored"] - before["quarantined"] == len(CLOCKS)
    assert live.call("GET", "/api/v1/stages").status_code == 200


# --------------------------------------------------------------------------------------------------------- fuzzing


SEEDS = [
    b'[{"id": "f1", "occurred_at": "2026-11-01T10:00:00Z", "customer_ref": "c1", "text": "late", "channel": "email"}]',
    b'{"id": "f2", "occurred_at": "2026-11-01", "answers": [{"question": "nps", "kind": "nps", "value": 3}]}',
    b'{"id": "f3", "occurred_at": 1700000000}\n{"id": "f4", "occurred_at": "2026-11-01T10:00:00Z"}\n',
    b'{"id": "f5", "occurred_at": "2026-11-01T10:00:00Z", "attributes": {"tier": "vip", "a": {"b": [1, 2]}}}',
]
PIECES = [
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b"[" * 5_000, b"{" * 500, b'"a":', b"1e999", b"-0",
    b"NaN", b"Infinity", b"\r\n", b"\xc3\x28", "\u202e\u200b👩‍👩‍👧".encode(), b"'; DROP TABLE stored; --",
    b"=cmd|' /C calc'!A0",
    b"null", b"true", b"[]", b"{}", b'"' + b"x" * 70_000 + b'"', b"9" * 400, b"<script>alert(1)</script>", b"\x1f\x8b",
]  # fmt: skip
KINDS = ["application/json", "application/x-ndjson", "text/plain", "text/csv", "", "application/json; charset=utf-16"]


def mutated(rng: random.Random) -> bytes:
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        here = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0:
                data[here:here] = rng.choice(PIECES)
            case 1:
                del data[here : here + rng.randrange(1, 20)]
            case 2 if data:
                data[min(here, len(data) - 1)] ^= 1 << rng.randrange(8)
            case 3:
                data[here:here] = data[rng.randrange(len(data) + 1) :][:200]
            case 4:
                data[here:here] = rng.randbytes(rng.randrange(1, 30))
            case _:
                data = data[:here]
    return bytes(data)


def test_fuzzed_bodies_are_answered_and_counted(live):
    before = live.stored()
    rng = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID") if SOAK else 11)
    received = 0
    paths = ["/api/v1/interactions", "/api/v1/events/track", "/api/v1/events", "/api/v1/interactions?live=maybe"]
    with httpx.Client(base_url=live.server.url, timeout=30, headers={"Authorization": f"Bearer {live.key}"}) as client:
        for number in range(10_000 if SOAK else 600):
            body, headers = mutated(rng), {"Content-Type": rng.choice(KINDS)}
            if rng.random() < 0.2:
                body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
            if rng.random() < 0.1:
                headers["Content-Encoding"] = rng.choice(("gzip", "br", "deflate", "zstd", "identity", "gzip, gzip"))
            if rng.random() < 0.5:
                headers["Idempotency-Key"] = f"fuzz-{number}"
            began = time.monotonic()
            answer = client.post(rng.choice(paths), content=body, headers=headers)
            assert answer.status_code < 500, (answer.status_code, answer.text, headers, body[:500])
            assert time.monotonic() - began < 10
            if answer.status_code in (200, 202):
                told = answer.json()
                assert told["accepted"] + told["quarantined"] == told["received"]
                received += told["received"]
            else:
                assert set(answer.json()["error"]) >= {"what", "where", "todo"}, answer.text
    after = live.stored(seconds=60)
    assert received > 50
    grown = {name: after[name] - before[name] for name in ("stored", "duplicate", "revised", "quarantined", "received")}
    assert grown["received"] == received
    assert sum(grown[name] for name in ("stored", "duplicate", "revised", "quarantined")) == received


def test_a_body_that_unpacks_to_far_more_than_it_is_gets_413(live):
    bomb = gzip.compress(b'[{"id": "b", "text": "' + b"x" * (300 << 20) + b'"}]')
    answer = live.call(
        "POST", "/api/v1/interactions", content=bomb,
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json", "Idempotency-Key": "bomb"},
    )  # fmt: skip
    assert answer.status_code == 413, answer.text[:300]


def test_the_openapi_document_promises_nothing_that_fails(live):
    """Requests made from the document itself: none is answered by 5xx, whatever is in it."""
    import schemathesis

    schema = schemathesis.openapi.from_dict(live.call("GET", "/api/v1/openapi.json").json())
    schema.config.update(base_url=live.server.url)
    examples = 40 if SOAK else 1
    failed = []
    quiet = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.method.upper() == "DELETE" or "rotate" in operation.path or "erase" in operation.path:
            continue  # these would end our own key, or our own data

        @given(case=operation.as_strategy())
        @settings(
            max_examples=examples, deadline=None, database=None, derandomize=not SOAK, suppress_health_check=quiet,
            phases=(Phase.explicit, Phase.generate),
        )  # fmt: skip
        def asked(case: Any) -> None:
            answer = case.call(headers={"Authorization": f"Bearer {live.key}"}, timeout=60)
            if answer.status_code >= 500 and answer.status_code not in (503, 507):
                failed.append(f"{case.method} {case.formatted_path} {answer.status_code} {answer.text[:300]}")

        asked()
    assert failed == []


# -------------------------------------------------------------------------------------------------- words that run


XSS = [
    "<script>alert('xssmark')</script>", "<img src=x onerror=alert('xssmark')>", "<svg/onload=alert('xssmark')>",
    "\"><script>alert('xssmark')</script>", "\" onfocus=alert(1) autofocus x=\"xssmark",
    "' onmouseover='alert(1)' x='xssmark", "javascript:alert('xssmark')", "</title><script>xssmark</script>",
    "</script><script>xssmark</script>", "<iframe srcdoc='<script>xssmark</script>'>",
    "{{ 7*7 }} {% debug %} xssmark", "<a href=javascript:xssmark>x</a>", "<!--xssmark-->",
    "<style>@import 'https://evil.example/xssmark'</style>", "<math><mtext></p><img src onerror=xssmark>",
    "＜script＞xssmark＜/script＞", "<scr\u200bipt>xssmark</scr\u200bipt>", "\u202e<tpircs>xssmark",
    "&lt;script&gt;xssmark", "<div hx-get=/xssmark hx-trigger=load>", "]]><script>xssmark</script>",
    "<template><script>xssmark</script></template>",
]  # fmt: skip


class Elements(HTMLParser):
    """Collects what would run, or was made from a customer's words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script" and "src" not in given
        if tag in ("iframe", "object", "embed", "base", "style") or (tag == "script" and self._is_code(given)):
            self.bad.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            told = (value or "").strip().lower()
            if name.startswith("on") or name == "style" or name == "srcdoc" or "javascript:" in told[:20]:
                self.bad.append(self.get_starttag_text() or tag)
            if name.startswith("hx-") and "xssmark" in told:
                self.bad.append(self.get_starttag_text() or tag)
        if tag == "img" and given.get("src") == "x":
            self.bad.append(self.get_starttag_text() or tag)

    @staticmethod
    def _is_code(given: dict[str, str | None]) -> bool:
        return "src" not in given and given.get("type") != "application/json"


def logged_in(live: Live) -> httpx.Client:
    """Return a browser that is logged in as an administrator whose name is a script, by an invitation."""
    command = [sys.executable, "-m", "touchline", "people", "invite", "a@example.org", "--role", "admin", "--json"]
    done = subprocess.run(
        [*command, "--workspace", str(live.server.folder)],
        capture_output=True,
        text=True,
        check=False,
        env=own_environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    link = json.loads(done.stdout)["url"]
    client = httpx.Client(base_url=live.server.url, follow_redirects=True, timeout=60)
    page = client.get(httpx.URL(link).path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text[:500]
    fields = re.findall(r'<input[^>]*name="([^"]+)"', page.text)
    said = {name: "a-long-Passphrase-9" for name in fields if "password" in name}
    said |= {name: XSS[0] for name in fields if name == "name"} | {"csrfmiddlewaretoken": token[1]}
    answer = client.post(httpx.URL(link).path, data=said, headers={"Origin": live.server.url})
    assert answer.status_code == 200, answer.text[:800]
    return client


def test_what_customers_write_runs_on_no_page(live):
    batch = [
        {
            "id": f"xss-{n}-{i}-{words}", "customer_ref": f"{words}#{i}", "occurred_at": at(1 + i),
            "text": f"The delivery was late {words}", "channel": words, "touchpoint": words, "agent": words,
            "programme": words, "conversation_id": words, "stage": "delivery",
            "attributes": {"region": words, f"k{n} {words}": words},
            "answers": [{"question": words, "kind": "nps", "value": n % 11}],
        }
        for n, words in enumerate(XSS)
        for i in range(6)  # enough customers for a figure to be shown
    ]  # fmt: skip
    answer = live.post(batch)
    assert answer.status_code == 202, answer.text[:500]
    live.stored()
    with closing(logged_in(live)) as client:
        first = client.get("/")
        slug = re.search(r"/w/([\w-]+)/", first.text + str(first.url))
        assert slug, first.text[:500]
        base = f"/w/{slug[1]}"
        names = ("", "heatmap", "stages", "paths", "issues", "service", "value", "customers", "data")
        pages = [f"{base}/{name}" for name in names]
        pages += [f"{base}/customers/{quote(words, safe='')}%230" for words in XSS[:6]]
        pages += [
            f"{base}/{where}{quote(XSS[0], safe='')}" for where in ("", "stages?region=", "customers?q=", "who?x=")
        ]
        pages += [f"{base}/heatmap?by=region", f"/{quote(XSS[1], safe='')}", "/account", "/settings/", "/api/docs"]
        met = 0
        for page in pages:
            shown = client.get(page)
            assert shown.status_code < 500, (page, shown.text[:300])
            assert "script-src 'self'" in shown.headers["content-security-policy"]
            if not shown.headers.get("content-type", "").startswith("text/html"):
                continue
            found = Elements()
            found.feed(shown.text)
            assert found.bad == [], (page, found.bad[:5])
            met += "xssmark" in shown.text
        assert met, "the words are shown somewhere, escaped"


# ------------------------------------------------------------------------------------------------------- secrets


def test_the_log_holds_no_secret_and_no_words(live):
    token = live.server.serving["token"]
    live.call("GET", "/api/v1/nowhere?token=hunter2secret", headers={"Cookie": "touchline=sessionsecret"})
    live.post(
        [{"id": "log-1", "occurred_at": at(), "text": "words of a customer called Zebracorn", "nope": "Zebracorn"}]
    )
    httpx.post(f"{live.server.url}/login", data={"login": "a@b.example", "password": "loginsecret"}, timeout=30)
    httpx.get(f"{live.server.url}/api/v1/stages", headers={"Authorization": "Bearer tl_abc_wrongsecret"}, timeout=30)
    said = live.server.output()
    for secret in (token, live.key, "hunter2secret", "sessionsecret", "Zebracorn", "loginsecret", "wrongsecret"):
        assert secret not in said, f"the log holds {secret!r}"
    assert "Traceback" not in said, said[-3000:]


def test_many_slow_clients_keep_nobody_out(live):
    import socket

    host, port = "127.0.0.1", int(live.server.url.rpartition(":")[2])
    slow = [socket.create_connection((host, port), 5) for _ in range(200)]
    try:
        for link in slow:
            link.sendall(b"POST /api/v1/interactions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
        done: list[int] = []
        threads = [
            threading.Thread(
                target=lambda n=n: done.append(live.post([record(f"slow-{n}", random.Random(n))]).status_code)
            )
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert done == [202] * 8
    finally:
        for link in slow:
            link.close()


def test_every_error_has_one_shape(live):
    for method, path in (("GET", "/api/v1/nowhere"), ("POST", "/api/v1/stages"), ("GET", "/api/v1/stages?nope=1"),
                         ("PUT", "/api/v1/interactions"), ("TRACE", "/api/v1/stages")):  # fmt: skip
        answer = live.call(method, path)
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code)
        assert set(json.loads(answer.text)["error"]) >= {"what", "where", "todo"}, (method, path, answer.text)
