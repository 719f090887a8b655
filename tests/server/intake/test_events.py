"""POST /api/v1/events, and the paths that event libraries use themselves."""

from __future__ import annotations

import base64
import json

import pytest
from tests.server.intake.conftest import WHEN


def call(kind, place=0, **more):
    return {"type": kind, "messageId": f"m{place}", "userId": "u1", "timestamp": WHEN, **more}


def test_a_track_call(door):
    told = door.send(
        "events",
        call(
            "track", event="Plan Upgraded",
            properties={"plan": {"name": "Pro"}, "seats": 5, "email": "ann@example.org"},
            context={"campaign": {"name": "spring"}, "page": {"path": "/plans"}, "ip": "10.0.0.7", "locale": "en-GB"},
            channel="web",
        ),
    ).json()  # fmt: skip
    assert told["items"][0]["id"] == "events/m0"
    assert "email" in told["items"][0]["notes"][0]
    (row,) = door.rows()
    assert (row["kind"], row["event"], row["customer_ref"]) == ("event", "Plan Upgraded", "u1")
    assert (row["channel"], row["campaign"]) == ("web", "spring")
    assert dict(row["attributes"]) == {"plan.name": "Pro", "seats": "5", "page.path": "/plans", "locale": "en-GB"}


def test_an_order_has_money(door):
    door.send("events", call("track", event="Order Completed", properties={"revenue": 25.5, "currency": "EUR"}))
    (row,) = door.rows()
    assert (row["kind"], float(row["value"]), row["currency"]) == ("order", 25.5, "EUR")


def test_pages_and_screens(door):
    door.send(
        "events", {"batch": [call("page", 1, name="Pricing"), call("screen", 2), call("page", 3, category="Docs")]}
    )
    assert [row["event"] for row in door.rows()] == ["Viewed Pricing page", "Viewed a screen", "Viewed Docs page"]


def test_identify_says_who_is_who_and_what_holds(door):
    told = door.send("events", [
        call("identify", 1, anonymousId="a1", traits={"plan": "pro", "name": "Ann", "email": "x"}),
        call("identify", 2, anonymousId="a2"),
        call("alias", 3, previousId="old"),
        call("group", 4, groupId="g1", traits={"name": "Acme", "employees": 70}),
    ]).json()  # fmt: skip
    assert told["accepted"] == 4
    plan, group = door.rows()
    assert (plan["author"], dict(plan["attributes"])) == ("system", {"plan": "pro"})
    assert (group["account_ref"], dict(group["attributes"])) == ("g1", {"name": "Acme", "employees": "70"})
    (claims,) = [entry.table for entry in door.entries() if entry.kind == "identity"]
    assert claims.to_pylist() == [
        {"ref": "a1", "same_as": "u1"}, {"ref": "a2", "same_as": "u1"}, {"ref": "old", "same_as": "u1"},
    ]  # fmt: skip


def test_what_is_said_again_of_who_is_who_is_not_written_again(door):
    answers = [door.send("events", call("identify", place, anonymousId="a1")) for place in range(3)]
    assert [entry.kind for entry in door.entries()] == ["identity"]
    assert [told["claims"] for told in door.became(*answers)] == [1, 1, 1]
    door.restart()
    door.send("events", call("identify", 9, anonymousId="a1"))
    assert len(door.entries()) == 1


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"type": "sing"}, "type"), ({"type": None}, "type"), ({"event": None}, "event"), ({"userId": None}, "userId"),
        ({"properties": [1]}, "properties"), ({"timestamp": "soon"}, "occurred_at"),
        ({"timestamp": None}, "occurred_at"),
        ({"type": "alias"}, "previousId"), ({"type": "alias", "previousId": "u1"}, "previousId"),
        ({"type": "group"}, "groupId"), ({"messageId": None}, "id"),
    ],
)  # fmt: skip
def test_what_cannot_be_accepted_is_kept_as_it_was(door, change, column):
    bad = call("track", 1, event="x") | change
    told = door.send("events", {"batch": [call("track", 0, event="x"), bad]}).json()
    assert told["items"][1]["column"] == column
    assert told["quarantined"] == 1
    (row,) = door.quarantined()
    assert row["column"] == column
    assert json.loads(row["raw"]) == bad


def test_the_batch_gives_what_a_call_lacks(door):
    lacking = {"type": "track", "event": "x", "userId": "u", "messageId": "m"}
    door.send("events", {"sentAt": WHEN, "context": {"library": {"name": "analytics.js"}}, "batch": [lacking]})
    assert [row["channel"] for row in door.rows()] == ["web"]


@pytest.mark.parametrize(("path", "kind"), [("/v1/track", "track"), ("/v1/identify", "identify"), ("/v1/batch", "")])
def test_libraries_find_their_own_paths(door, path, kind):
    basic = base64.b64encode(f"{door.token}:".encode()).decode()
    one = call(kind or "track", event="x", traits={"plan": "pro"}) | {"type": kind or "track"}
    body = {"batch": [one]} if path == "/v1/batch" else {n: v for n, v in one.items() if n != "type"}
    answer = door.send(path, body, headers={"authorization": f"Basic {basic}"})
    assert answer.status_code == 200  # the libraries take nothing else for a success
    assert answer.json()["accepted"] == 1


def test_unknown_calls(door):
    assert door.send("/v1/sing", call("track", event="x")).status_code == 404


@pytest.mark.parametrize("body", [{"batch": []}, {"batch": [{}] * 10_001}])
def test_batches_of_none_or_too_many(door, body):
    assert door.send("events", body).status_code in (400, 413)
