"""What is told to Prometheus is well formed and right."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.server.operations.door import Measured, route_of
from touchline.server.operations.metrics import SECONDS, Counter, Histogram, gauge

LINE = re.compile(r'[a-z_]+(?:\{(?P<labels>(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?P<value>\S+)')


@given(st.lists(st.floats(0, 100), max_size=60))
def test_a_histogram_counts_what_is_at_most_each_bound(seconds):
    took = Histogram("touchline_x_seconds", "X.", ("route",))
    for one in seconds:
        took.add(one, "a")
    samples = {labels.get("le", suffix): value for suffix, labels, value in took.family().samples}
    if not seconds:
        assert samples == {}
        return
    for bound in SECONDS:
        told = next(value for le, value in samples.items() if le[0] != "_" and float(le) == bound)
        assert told == sum(one <= bound for one in seconds)
    assert samples["+Inf"] == samples["_count"] == len(seconds)
    assert math.isclose(samples["_sum"], sum(seconds))


@given(st.text(), st.floats(allow_nan=False))
def test_any_label_and_value_makes_one_line(text, value):
    lines = gauge("touchline_x", "What\nit \\ is.", [({"name": text}, value)]).text().split("\n")
    assert len(lines) == 4
    found = LINE.fullmatch(lines[2])
    assert found
    told = found["value"].replace("Inf", "inf")
    assert float(told) == value


def test_counters_add_up_from_threads():
    from concurrent.futures import ThreadPoolExecutor

    counts = Counter("touchline_x_total", "X.", ("of",))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: counts.add(str(n % 2)), range(4000)))
    assert [value for _, _, value in counts.family().samples] == [2000, 2000]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/interactions", "/api/v1/interactions"),
        ("/api/v1/interactions/", "/api/v1/interactions"),
        ("/api/v1/interactionsX", "web"),
        ("/v1/track", "/v1"),
        ("/w/acme/customers/ann@example.org", "web"),
    ],
)
def test_the_door_tells_no_path_but_its_own(path, route):
    assert route_of(path) == route


def test_the_door_tells_every_route_of_intake():
    from touchline.server.intake import facade

    told = {route_of(re.sub(r"\{.*?\}", "any", route.path)) for route in facade.routes()}
    assert "web" not in told
    assert len(told) >= 4


def test_the_door_counts_answers_and_errors(tmp_path):
    import asyncio

    async def app(scope, receive, send):
        if scope["path"] == "/broken":
            raise ValueError("broken")
        await send({"type": "http.response.start", "status": 202, "headers": []})

    measured = Measured(app, tmp_path / "door.metrics")

    async def asked(path):
        async def send(_message):
            return None

        await measured({"type": "http", "path": path}, None, send)

    asyncio.run(asked("/api/v1/events"))
    with pytest.raises(ValueError, match="broken"):
        asyncio.run(asked("/broken"))
    measured.write()
    text = (tmp_path / "door.metrics").read_text()
    assert 'touchline_door_requests_total{route="/api/v1/events",status="202"} 1' in text
    assert 'touchline_door_requests_total{route="web",status="500"} 1' in text
    assert 'touchline_door_request_seconds_count{route="web"} 1' in text
