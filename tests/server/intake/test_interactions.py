"""POST /api/v1/interactions: what is accepted, what goes to quarantine and why, and that it is all on disk."""

from __future__ import annotations

import gzip
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from tests.server.intake.conftest import WHEN, one


def verdict(door, item):
    (told,) = door.send("interactions", [item]).json()["items"]
    return told


def test_one_object_is_on_disk_when_it_is_answered(door):
    answer = door.send("interactions", one(1, customer_ref="c1", text="call me at ann@example.org"))
    assert answer.status_code == 202
    assert answer.json()["items"] == [{"item": 0, "status": "accepted", "id": "shop/i1"}]
    (row,) = door.rows()
    assert row["interaction_id"] == "shop/i1"
    assert row["customer_ref"] == "c1"
    assert row["text"] == "call me at [EMAIL_1]"
    assert row["occurred_at"] == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/jsonl; charset=utf-8", "application/json", ""])
def test_lines(door, kind):
    body = "\n".join(json.dumps(one(i)) for i in range(3)).encode() + b"\r\n\n"
    answer = door.send("interactions", body, headers={"content-type": kind})
    assert answer.json()["accepted"] == 3
    assert len(door.rows()) == 3


def test_a_broken_line_stops_none_of_the_others(door):
    body = b"\n".join([json.dumps(one(1)).encode(), b'{"id": oops}', json.dumps(one(2)).encode()])
    told = door.send("interactions", body, headers={"content-type": "application/x-ndjson"}).json()
    assert [item["status"] for item in told["items"]] == ["accepted", "quarantined", "accepted"]
    (row,) = door.quarantined()
    assert row["raw"] == b'{"id": oops}'
    assert row["row"] == 2


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed_bodies(door, packing):
    body = json.dumps([one(i) for i in range(500)]).encode()
    packed = gzip.compress(body) if packing == "gzip" else pa.compress(body, "zstd", asbytes=True)
    answer = door.send("interactions", packed, headers={"content-encoding": packing})
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 500


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"occured_at": WHEN}, "occured_at", "did you mean 'occurred_at'?"),
        ({"customer_id": "c"}, "customer_id", "did you mean 'customer_ref'?"),
        ({"timestamp": WHEN}, "timestamp", "did you mean 'occurred_at'?"),
        ({"row": 3}, "row", "there is no field"),
        ({"occurred_at": None}, "occurred_at", "is empty"),
        ({"occurred_at": "soon"}, "occurred_at", "which is no time"),
        ({"occurred_at": True}, "occurred_at", "which is no time"),
        ({"occurred_at": [1]}, "occurred_at", "which is no time"),
        ({"occurred_at": "1234-05-06"}, "occurred_at", "which no clock shows"),
        ({"occurred_at": 1e300}, "occurred_at", "which no clock shows"),
        ({"valid_from": "soon"}, "valid_from", "which is no time"),
        ({"id": None, "text": "no id beside one with an id"}, "id", "has no id"),
        ({"interaction_id": "other"}, "id", "are not the same"),
        ({"id": ["a"]}, "id", "which is no text"),
        ({"text": {"a": 1}}, "text", "which is no text"),
        ({"customer_ref": True}, "customer_ref", "which is no text"),
        ({"kind": "vibe"}, "kind", "which is no kind"),
        ({"author": "Ann"}, "author", "which is no author"),
        ({"role": "king"}, "role", "which is no role"),
        ({"purpose": "fun"}, "purpose", "which is no purpose"),
        ({"currency": "gold"}, "currency", "which is no currency"),
        ({"value": "much"}, "value", "which is no amount"),
        ({"value": True}, "value", "which is no text"),
        ({"sequence": 1.5}, "sequence", "which is no sequence"),
        ({"solicited": "perhaps"}, "solicited", "which is no solicited"),
        ({"date_only": "yes"}, "date_only", "true or false"),
        ({"answers": {"nps": 9}}, "answers", "no list"),
        ({"answers": 0}, "answers", "no list"),
        ({"answers": [9]}, "answers", "answer 1 is no object"),
        ({"answers": [{"kind": "nps"}]}, "answers", "has no value"),
        ({"answers": [{"kind": "nps", "value": 11}]}, "answers", "outside of 0 to 10"),
        ({"answers": [{"kind": "joy", "value": 1}]}, "answers", "use one of nps"),
        ({"answers": [{"kind": "nps", "valeu": 1}]}, "answers", "did you mean 'value'?"),
        ({"answers": [{"kind": "csat", "value": "fine-ish"}]}, "answers", "which is no number"),
        ({"attributes": ["vip"]}, "attributes", "no object"),
        ({"attributes": {str(i): i for i in range(257)}}, "attributes", "257 attributes are more than 256"),
        ({"text": "a\0b"}, None, "NUL"),
    ],
)
def test_what_cannot_be_accepted_says_why_and_is_kept(door, change, column, said):
    bad = {name: value for name, value in (one(1) | change).items() if value is not None}
    told = door.send("interactions", [one(0), bad, one(2)]).json()
    assert (told["accepted"], told["quarantined"]) == (2, 1)
    wrong = told["items"][1]
    assert wrong["status"] == "quarantined"
    assert wrong.get("column") == column
    assert said in wrong["reason"]
    (row,) = door.quarantined()
    assert json.loads(row["raw"]) == bad
    assert [row["interaction_id"] for row in door.rows()] == ["shop/i0", "shop/i2"]


@pytest.mark.parametrize("item", [None, 5, "x", [], [one(3)], True])
def test_what_is_no_object(door, item):
    told = door.send("interactions", [one(0), item]).json()
    assert told["items"][1]["reason"].startswith("this is no object")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2026-03-01T10:00:00Z", 1772359200), ("2026-03-01 11:00+01:00", 1772359200), (1772359200, 1772359200),
        (1772359200.25, 1772359200.25), (1772359200250, 1772359200.25), (1772359200250000, 1772359200.25),
        (1772359200250000000, 1772359200.25), ("1772359200", 1772359200), ("2026-03-01", 1772366400),
    ],
)  # fmt: skip
def test_times(door, said, seconds):
    assert verdict(door, one(occurred_at=said))["status"] == "accepted"
    (row,) = door.rows()
    assert row["occurred_at"].timestamp() == seconds
    assert row["date_only"] == (said == "2026-03-01")


@pytest.mark.parametrize(
    ("said", "mark"),
    [("2036-01-01T00:00:00Z", "ahead"), (2**31, "ahead"), ("1970-01-01T00:00:09Z", "behind"), (-5, "behind"),
     ("2016-01-01", None)],
)  # fmt: skip
def test_a_clock_that_is_years_off_is_kept_and_marked(door, said, mark):
    told = verdict(door, one(occurred_at=said, attributes={"tier": "vip"}))
    assert told["status"] == "accepted"
    assert ("notes" in told) == (mark is not None)
    (row,) = door.rows()
    assert dict(row["attributes"]).get("clock") == mark
    assert dict(row["attributes"])["tier"] == "vip"


def test_the_mark_is_no_content(door):
    first = door.send("interactions", one(occurred_at="2036-01-01T00:00:00Z"))
    again = door.send("interactions", [one(occurred_at="2036-01-01T00:00:00Z"), one(2)])
    first, again = door.became(first, again)
    assert (first["stored"], again["duplicate"], again["revised"]) == (1, 1, 0)


def test_kinds_are_told_by_what_is_there(door):
    items = [
        one(1), one(2, answers=[{"kind": "nps", "value": 9}]), one(3, event="login", text=None),
        one(4, event="login"), one(5, kind="Phone call"),
    ]  # fmt: skip
    door.send("interactions", items)
    assert [(row["kind"], row["solicited"]) for row in door.rows()] == [
        ("message", False), ("survey", True), ("event", None), ("message", False), ("call", False),
    ]  # fmt: skip


def test_what_stands_in_an_item_is_what_is_kept(door):
    full = one(
        7, kind="survey", channel="E-Mail", author="agent", account_ref=5, conversation_ref="t1", sequence=3,
        solicited=True, programme="post", purpose="transactional", stage="delivery", touchpoint="parcel",
        language="en-GB", answers=[{"question": "How?", "kind": "csat", "value": "4/5", "low": 1, "high": 5}],
        agent="a", team="t/x", location="de", value=12.5, currency="eur", campaign="c", role="owner",
        attributes={"plan": {"seats": 5}, "tags": ["a", "b"], "nothing": None}, valid_from="2026-01-01T00:00:00Z",
    )  # fmt: skip
    assert verdict(door, full)["status"] == "accepted"
    (row,) = door.rows()
    expected = {
        "kind": "survey", "channel": "email", "author": "employee", "account_ref": "5", "sequence": 3,
        "purpose": "transaction", "language": "en", "role": "decision_maker", "currency": "EUR",
        "attributes": [("plan.seats", "5"), ("tags", "a, b")],
        "answers": [{"question": "How?", "kind": "csat", "value": 4.0, "low": 1.0, "high": 5.0}],
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert float(row["value"]) == 12.5


def test_half_a_character_becomes_a_question_mark(door):
    half = "a\ud800b"
    items = [one(1, **{half: 1}), one(2, text=half, attributes={"\ud800": "\udfff"})]
    told = door.send("interactions", items).json()
    assert [item["status"] for item in told["items"]] == ["quarantined", "accepted"]
    (row,) = door.rows()
    assert (row["text"], row["attributes"]) == ("a?b", [("?", "?")])


@pytest.mark.parametrize(
    "body", [b"hello", b'{"id": 1', b"\xff\xfe\x00", b"5", b'"x"', b"null", b"[]", b"[" * 100_000, b"1" * 5_000]
)
def test_what_is_no_json_is_refused_whole(door, body):
    answer = door.send("interactions", body)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"what", "where", "todo"}
    assert door.counts().received == 0


@pytest.mark.parametrize(
    ("query", "where"),
    [("lvie=true", "lvie"), ("live=soon", "live"), ("source=", "source"), ("verdicts=some", "verdicts")],
)
def test_unknown_parameters_are_refused(door, query, where):
    answer = door.send(f"interactions?{query}", one())
    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == where


def test_source_live_and_verdicts(door):
    told = door.send("interactions?source=kiosk&live=true&verdicts=faults", [one(1, source=None), one(2), {}])
    assert [item["item"] for item in told.json()["items"]] == [2]
    (entry,) = door.entries()
    assert entry.live
    assert entry.origin.startswith("api:")
    assert entry.table["source"].to_pylist() == ["kiosk", "shop"]


def test_keys(door, tmp_path):
    from tests.server.intake.conftest import OWNER

    from touchline.server.people import keys
    from touchline.server.workspaces import facade as workspaces
    from touchline.workspace import Workspace

    for sent in ("", "Bearer nonsense", "Bearer tl_aaaaaaaaaa_x", "Basic !!", "Digest x"):
        answer = door.send("interactions", one(), headers={"authorization": sent})
        assert answer.status_code == 401
        assert "www-authenticate" in answer.headers
    _, reading = keys.create(OWNER, workspaces.find("acme"), "reader", ("read",))
    assert door.send("interactions", one(), headers={"authorization": f"Bearer {reading}"}).status_code == 403
    Workspace.create(tmp_path / "other").close()
    workspaces.add(tmp_path / "other", "other", "other")
    assert door.send("interactions?workspace=other", one()).status_code == 404
    assert door.send("interactions?workspace=nowhere", one()).status_code == 404
    assert door.counts().received == 0
    assert door.send("interactions?workspace=acme", one()).status_code == 202


def test_the_local_command_line_may(door):
    (door.folder / ".touchline" / "serving.json").write_text(json.dumps({"token": "secret"}))
    assert door.send("interactions", one(), headers={"authorization": "Bearer secret"}).status_code == 202
    assert door.send("interactions", one(), headers={"authorization": "Bearer secrets"}).status_code == 401


def test_people_who_were_erased_do_not_come_back(door):
    from touchline.privacy.tombstones import REFUSED
    from touchline.workspace import Workspace

    with Workspace(door.folder) as workspace:
        workspace.graveyard.begin(["gone"], [], by="tests", why="asked for")
    told = door.send("interactions", [one(1, customer_ref="gone"), one(2, customer_ref="here")]).json()
    assert told["items"][0] == {"item": 0, "status": "quarantined", "column": "customer_ref", "reason": REFUSED}
    (kept,) = door.quarantined()
    assert kept["raw"] == b""
    assert [row["customer_ref"] for row in door.rows()] == ["here"]


def test_who_is_erased_while_their_record_waits_is_refused(door, monkeypatch):
    from touchline.server.intake.lanes import Lane
    from touchline.workspace import Workspace

    sound, begun = Lane._still_allowed, []

    def erased_meanwhile(self, group):
        if not begun:
            begun.append(True)
            with Workspace(door.folder) as workspace:
                workspace.graveyard.begin(["gone"], [], by="tests", why="asked for")
        return sound(self, group)

    monkeypatch.setattr(Lane, "_still_allowed", erased_meanwhile)
    told = door.send("interactions", [one(1, customer_ref="gone"), one(2, customer_ref="here")]).json()
    assert [item["status"] for item in told["items"]] == ["quarantined", "accepted"]
    assert [row["customer_ref"] for row in door.rows()] == ["here"]


def test_settings_are_read_again_when_they_change(door):
    door.send("interactions", one(1, text="order number A-123456 is late"))
    path = door.folder / "touchline.toml"
    text = path.read_text()
    path.write_text(text.replace("[privacy]", "[privacy]\norders = true"))
    door.send("interactions", one(2, text="order number A-123456 is late"))
    path.write_text("broken = [")
    assert door.send("interactions", one(3, text="order number A-123456 is late")).status_code == 202
    path.write_text(text)
    assert ["[ORDER_1]" in row["text"] for row in door.rows()] == [False, True, True]


def test_a_key_ends_at_the_door_at_once(door):
    """Keys that were good are remembered there, and forgotten the moment that one is revoked or rotated."""
    from tests.server.intake.conftest import OWNER

    from touchline.server.people import keys
    from touchline.server.workspaces import facade as workspaces

    row = workspaces.find(door.slug)
    for number in range(8):
        key, token = keys.create(OWNER, row, f"till {number}", ("ingest",))
        headers = {"authorization": f"Bearer {token}"}
        assert door.send("interactions", one(number), headers=headers).status_code == 202
        assert door.send("interactions", one(number), headers=headers).status_code == 202
        if number % 2:
            keys.revoke(OWNER, key)
        else:
            keys.rotate(OWNER, key, overlap=0)
        assert door.send("interactions", one(number), headers=headers).status_code == 401
    assert door.send("interactions", one(99)).status_code == 202, "other keys stay good"


def test_a_key_is_looked_up_once_for_all_who_wait(door, monkeypatch):
    """Three hundred posts a second must not ask the database three hundred times whenever a key's second is over."""
    from touchline.server.intake import keys

    asked, look = [], keys._caller

    def slowly(token: str, said: str) -> keys.Caller:
        asked.append(token)
        time.sleep(0.2)
        return look(token, said)

    monkeypatch.setattr(keys, "_caller", slowly)
    answers = door.together(*(door.sending("interactions", one(number)) for number in range(20)))
    assert [answer.status_code for answer in answers] == [202] * 20
    assert asked == [door.token]
    wrong = {"authorization": "Bearer tl_wrong"}
    refused = door.together(*(door.sending("interactions", one(30 + n), headers=wrong) for n in range(5)))
    assert [answer.status_code for answer in refused] == [401] * 5
    assert asked == [door.token, "tl_wrong"]


def test_a_post_alone_does_not_wait_for_a_large_one(door, monkeypatch):
    """Five hundred items take a tenth of a second and more; the posts of a till have a line of their own."""
    from touchline.server.intake import lanes

    held, begun, read = threading.Event(), threading.Event(), lanes.take

    def slowly(values, *arguments):
        if len(values) > 100:
            begun.set()
            held.wait(30)
        return read(values, *arguments)

    monkeypatch.setattr(lanes, "take", slowly)
    with ThreadPoolExecutor(1) as beside:
        large = beside.submit(door.send, "interactions", [one(number) for number in range(1000, 1300)])
        try:
            assert begun.wait(30)
            assert door.send("interactions", one(1)).status_code == 202
            assert not large.done()
        finally:
            held.set()
        assert large.result().status_code == 202
    assert len(door.rows()) == 301
