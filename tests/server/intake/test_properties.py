"""Whatever JSON comes: every item is accepted or quarantined, nothing is a server's error, the journal balances."""

from __future__ import annotations

import json
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchline.server.intake.reading import FIELDS
from touchline.vocabulary.schemas import KINDS

_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_TIMES = st.sampled_from(["2026-03-01T10:00:00Z", 1772359200, 1772359200000, "2036-01-01", "", "3/4/2024", -1, 10**30])
_ANSWERS = st.lists(
    st.fixed_dictionaries(
        {}, optional={name: _ANY | st.integers(0, 10) for name in ("question", "kind", "value", "low", "high")}
    )
    | _ANY,
    max_size=3,
)
_FIELDS = dict.fromkeys(sorted(FIELDS), _ANY) | {
    "id": st.integers(0, 5) | st.text(max_size=5),
    "occurred_at": _TIMES | _ANY,
    "kind": st.sampled_from(KINDS) | _ANY,
    "answers": _ANSWERS,
    "attributes": st.dictionaries(st.text(), _ANY, max_size=4) | _ANY,
}
_ITEMS = st.fixed_dictionaries({}, optional=_FIELDS) | _ANY
_CALLS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["track", "page", "screen", "identify", "group", "alias"]) | _ANY,
        "event": st.text() | _ANY, "userId": st.text() | _ANY, "anonymousId": st.text() | _ANY, "timestamp": _TIMES,
        "previousId": st.text() | _ANY, "groupId": st.text() | _ANY, "messageId": st.text() | _ANY,
        "properties": st.dictionaries(st.text(), _ANY, max_size=4) | _ANY, "traits": st.dictionaries(st.text(), _ANY),
        "context": st.dictionaries(st.sampled_from(["campaign", "page", "app", "library", "os"]), _ANY) | _ANY,
        "channel": _ANY, "name": _ANY,
    },
) | _ANY  # fmt: skip
_SUPPRESSED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def _balances(door, path, items):
    before = door.counts()
    answer = door.send(path, items, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code in (202, 400), answer.text
    after = door.counts()
    assert after.balanced
    if answer.status_code == 400:
        assert after.received == before.received
        return
    told = answer.json()
    assert told["received"] == told["accepted"] + told["quarantined"] == len(items)
    assert [item["item"] for item in told["items"]] == list(range(len(items)))
    assert [item["status"] for item in told["items"]].count("quarantined") == told["quarantined"]
    assert after.quarantined - before.quarantined == told["quarantined"]


@settings(max_examples=500, suppress_health_check=_SUPPRESSED)
@given(items=st.lists(_ITEMS, min_size=1, max_size=6))
def test_any_items(door, items):
    _balances(door, "interactions", items)


@settings(max_examples=300, suppress_health_check=_SUPPRESSED)
@given(items=st.lists(_CALLS, min_size=2, max_size=6))
def test_any_calls(door, items):
    _balances(door, "events", items)


@settings(max_examples=300, suppress_health_check=_SUPPRESSED)
@given(body=st.binary(max_size=200) | _ANY.map(lambda value: json.dumps(value).encode()), kind=st.sampled_from(
    ["application/json", "application/x-ndjson", ""]), packing=st.sampled_from(["", "gzip", "zstd", "br"]))  # fmt: skip
def test_any_bytes(door, body, kind, packing):
    for path in ("interactions", "events"):
        headers = {"content-type": kind, "content-encoding": packing, "idempotency-key": str(uuid4())}
        answer = door.send(path, body, headers=headers)
        assert answer.status_code < 500, answer.text
    assert door.counts().balanced


def test_what_was_drawn_can_be_stored(door):
    """Odd but accepted values reach the warehouse."""
    odd = [
        {
            "id": f"o{place}",
            "occurred_at": at,
            "text": text,
            "attributes": {text: text, "clock": "x"},
            "sequence": 2**52,
        }
        for place, (at, text) in enumerate(
            [("1900-01-01", "\u202e"), ("2099-12-31T23:59:59Z", "\U0010ffff"), (0, "'; DROP TABLE stored; --")]
        )
    ]
    answer = door.send("interactions", odd)
    (told,) = door.became(answer)
    assert told["stored"] == 3
