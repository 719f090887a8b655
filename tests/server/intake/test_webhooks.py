"""POST /api/v1/webhooks/{source}: signatures, time, mapping; and how webhooks are made."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from standardwebhooks import Webhook as Signing
from tests.server.intake.conftest import OWNER, WHEN

from touchline.errors import SettingsError, SourceError
from touchline.server.intake import webhooks
from touchline.server.intake.models import Webhook
from touchline.server.intake.refusing import Refused
from touchline.server.people import keys
from touchline.server.workspaces import facade as workspaces

MAPPING = """
kind = "survey"
[file]
records = "responses"
[[column]]
name = "answers.comment"
role = "text"
[[column]]
name = "submitted"
role = "time"
[[column]]
name = "answers.nps"
role = "score"
score = "nps"
low = 0
high = 10
[[column]]
name = "who"
role = "customer"
"""


@pytest.fixture
def secret(door) -> str:
    return webhooks.create("acme", "forms", MAPPING)[1]


def body(**more) -> bytes:
    answer = {"submitted": WHEN, "who": "c1", "answers": {"comment": "late again", "nps": 3}, "plan": "pro", **more}
    return json.dumps({"form": 7, "responses": [answer]}).encode()


def signed(secret, content, *, name="d1", at=None):
    at = at or datetime.now(UTC)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signing(secret).sign(name, at, content.decode("utf-8", "replace")),
        "authorization": "",
    }


def send(door, content, headers, query=""):
    if not headers.get("authorization"):
        headers = {**headers, "authorization": ""}
    return door.send(f"webhooks/forms{query}", content, headers=headers)


def test_a_signed_delivery_is_mapped(door, secret):
    answer = send(door, body(), signed(secret, body()))
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    (row,) = door.rows()
    assert (row["source"], row["kind"], row["text"], row["customer_ref"]) == ("forms", "survey", "late again", "c1")
    assert [(a["kind"], a["value"]) for a in row["answers"]] == [("nps", 3.0)]
    assert dict(row["attributes"]) == {"plan": "pro"}


def test_a_delivery_that_comes_twice_counts_once(door, secret):
    first = send(door, body(), signed(secret, body()))
    again = send(door, body(), signed(secret, body(), at=datetime.now(UTC) + timedelta(minutes=1)))
    other = send(door, body(), signed(secret, body(), name="d2"))
    assert [told["stored"] for told in door.became(first, again, other)] == [1, 0, 1]


@pytest.mark.parametrize("minutes", [-6, 6, -525_600])
def test_an_old_or_early_time_is_refused(door, secret, minutes):
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert send(door, body(), signed(secret, body(), at=at)).status_code == 401
    assert door.counts().received == 0


def test_four_minutes_are_fine(door, secret):
    at = datetime.now(UTC) - timedelta(minutes=4)
    assert send(door, body(), signed(secret, body(), at=at)).status_code == 202


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""}, {"webhook-signature": "v1,AAAA"}, {"webhook-signature": "v1"},
        {"webhook-signature": "v1,!!!! v1,§"}, {"webhook-signature": "v2,AAAA"}, {"webhook-id": "other"},
        {"webhook-id": ""}, {"webhook-timestamp": "soon"}, {"webhook-timestamp": "nan"}, {"webhook-timestamp": "1e400"},
    ],
)  # fmt: skip
def test_forged_deliveries(door, secret, change):
    headers = {name: value.encode("latin-1", "replace") for name, value in (signed(secret, body()) | change).items()}
    assert send(door, body(), headers | {"authorization": b""}).status_code == 401
    assert door.counts().received == 0


def test_another_body_or_another_secret(door, secret):
    assert send(door, body(who="c2"), signed(secret, body())).status_code == 401
    assert send(door, b"\xff", signed(secret, body())).status_code == 401
    assert send(door, body(), signed(webhooks.fresh(), body())).status_code == 401


def test_nobody_learns_which_webhooks_there_are(door, secret):
    known = send(door, body(), signed(webhooks.fresh(), body()))
    unknown = door.send("webhooks/other", body(), headers=signed(secret, body()))
    assert known.status_code == unknown.status_code == 401


def test_of_two_secrets_both_are_good_until_the_next_rotation(door, secret):
    second = webhooks.rotate("acme", "forms")
    assert send(door, body(), signed(secret, body(), name="a")).status_code == 202
    assert send(door, body(), signed(second, body(), name="b")).status_code == 202
    third = webhooks.rotate("acme", "forms", keep_old=False)
    assert send(door, body(), signed(second, body(), name="c")).status_code == 401
    assert send(door, body(), signed(third, body(), name="d")).status_code == 202


def test_with_an_api_key_instead(door, secret):
    sent = {"authorization": f"Bearer {door.token}"}
    assert send(door, body(), sent).status_code == 400  # nothing names the delivery
    first = send(door, body(), sent | {"idempotency-key": "k"})
    again = send(door, body(), sent | {"idempotency-key": "k"})
    assert first.status_code == again.status_code == 202
    assert door.stored() == 1


def test_poison_stops_nothing(door, secret):
    content = json.dumps({"responses": [
        {"submitted": WHEN, "answers": {"nps": 9}}, {"submitted": "soon"}, 5,
        {"submitted": WHEN, "answers": {"nps": 99}},
        {}, {"submitted": "2036-01-01T00:00:00Z", "answers": {"comment": "early"}},
    ]}).encode()  # fmt: skip
    told = send(door, content, signed(secret, content)).json()
    assert (told["received"], told["accepted"], told["quarantined"]) == (6, 2, 4)
    assert [row["raw"] for row in reversed(door.quarantined())][:2] == [b'{"submitted": "soon"}', b"5"]
    assert dict(door.rows()[1]["attributes"]) == {"clock": "ahead"}
    assert door.counts().balanced


def test_secrets_are_sealed(door, secret, settings):
    hook = Webhook.objects.get()
    assert secret not in json.dumps(hook.secrets)
    assert webhooks.opened(hook).secrets == (secret,)
    settings.SECRET_KEY = "another"
    with pytest.raises(SettingsError, match="rotate"):
        webhooks.opened(hook)


def test_what_cannot_be_made(door, secret):
    for name in ("", "Forms", "../x", "a" * 99):
        with pytest.raises(Refused):
            webhooks.create("acme", name, MAPPING)
    with pytest.raises(Refused) as caught:
        webhooks.create("acme", "forms", MAPPING)
    assert caught.value.status == 409
    for mapping in ("", "x", '[[column]]\nname = "a"\nrole = "text"', '[[column]]\nname = "a"\nrole = "king"'):
        with pytest.raises(SourceError):
            webhooks.create("acme", "other", mapping)
    with pytest.raises(Refused):
        webhooks.create("acme", "other", MAPPING, secret="short")


def test_over_http(door):
    _, admin = keys.create(OWNER, workspaces.find("acme"), "admin", ("admin",))
    client, sent = Client(), {"authorization": f"Bearer {admin}"}

    def call(method, path, content=None):
        return client.generic(method, f"/api/v1/{path}", json.dumps(content or {}), "application/json", headers=sent)

    made = call("PUT", "webhooks/forms", {"mapping": MAPPING})
    assert made.status_code == 200, made.content
    secret = made.json()["secret"]
    assert send(door, body(), signed(secret, body())).status_code == 202
    assert call("PUT", "webhooks/forms", {"mapping": MAPPING}).status_code == 409
    assert "secret" not in call("GET", "webhooks").json()["webhooks"][0]
    assert call("PATCH", "webhooks/forms", {"mapping": "x"}).status_code == 400
    assert call("PATCH", "webhooks/forms", {"mapping": MAPPING}).status_code == 200
    assert call("POST", "webhooks/forms/rotate").json()["secret"] != secret
    assert call("DELETE", "webhooks/forms").status_code == 200
    assert call("DELETE", "webhooks/forms").status_code == 404
    sent["authorization"] = f"Bearer {door.token}"
    assert call("GET", "webhooks").status_code == 403


def test_what_was_rejected_can_be_mended(door, secret):
    from touchline.workspace import Workspace
    from touchline.workspace.mends import Mends

    answer = {"submitted_on": WHEN, "who": "c1", "answers": {"comment": "late", "nps": 3}}
    content = json.dumps([answer]).encode()
    assert send(door, content, signed(secret, content)).json()["quarantined"] == 1
    with Workspace(door.folder) as workspace:
        assert workspace.quarantine.fix(Mends(rename={"submitted_on": "submitted"})).accepted == 1
    (row,) = door.rows()
    assert (row["source"], row["text"]) == ("forms", "late")
