"""A person's rights over HTTP, and what the server's own database forgets."""

from __future__ import annotations

import io
import json
import zipfile
import zlib

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from tests.privacy.scanner import found

from touchline.server.intake.models import Reply
from touchline.server.people import audit
from touchline.server.people.facade import Access, record
from touchline.server.privacy import facade

WHO = "cust-zebrafinch"


def remembered(body: bytes, scope: str) -> None:
    Reply.objects.create(scope=scope, asked="x", status=202, body=zlib.compress(body), created_at=timezone.now())


def test_every_model_says_what_it_holds_of_customers():
    assert facade.unlisted() == []


def test_erased_over_http(key, held):
    admin = key("admin")
    access = Access("w", None, "k", "agent", "agent", frozenset())
    record(access, "customer.seen", "w", WHO)
    record(access, "customer.seen", "w", "C1")
    remembered(json.dumps({"id": f"x/{WHO}"}).encode(), "a")
    remembered(b'{"id": "x/C1"}', "b")
    answer = admin.post("erase", {"customer": WHO, "why": f"{WHO} wrote"})
    assert answer.status_code == 200, answer.content
    receipt = answer.json()
    assert receipt["done"]
    assert receipt["counts"]["warehouse"] == 1
    assert receipt["counts"]["journal"] == 1
    assert WHO not in answer.content.decode()
    assert found(held.workspace.folder.inside, "zebrafinch") == []
    assert [reply.scope for reply in Reply.objects.all()] == ["b"]
    lines = list(audit.lines("w"))
    assert not any(WHO in line["what"] for line in lines)
    assert [line["what"] for line in lines if line["action"] == "customer.seen"] == ["[erased]", "C1"]
    assert audit.broken(lines) is None
    assert held.workspace.check() == []
    again = admin.post("erase", {"customer": WHO}).json()
    assert again["id"] == receipt["id"]
    assert [one["id"] for one in admin.get("erasures").json()["erasures"]] == [receipt["id"]]


def test_the_log_stays_append_only_afterwards(key):
    access = Access("w", None, "k", "agent", "agent", frozenset())
    record(access, "customer.seen", "w", WHO)
    assert audit.erase_from("w", lambda text: text.replace(WHO, "[erased]")) == 1
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE people_entry SET what = 'changed'")


def test_exported_over_http(key):
    access = Access("w", None, "k", "agent", "agent", frozenset())
    record(access, "customer.seen", "w", WHO)
    answer = key("export").post("export", {"customer": WHO})
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = json.loads(archive.read("everything.json"))
    assert len(told["interactions"]) == 1
    assert [line["action"] for line in told["people.Entry"]] == ["customer.seen"]
    assert not any(WHO in line["what"] for line in audit.lines("w") if line["action"] == "customer.exported")


def test_consent_over_http(key):
    admin = key("admin")
    said = {"customer": WHO, "purpose": "contact", "granted": False, "source": "phone"}
    assert admin.post("consents", {"consents": [said]}).json() == {"consents": 1}
    assert not facade.may("w", WHO, "contact")
    told = {one["purpose"]: one for one in admin.post("agreements", {"customer": WHO}).json()["agreements"]}
    assert told["contact"]["granted"] is False
    assert told["contact"]["source"] == "phone"
    assert admin.post("consents", {"consents": [said | {"purpose": "sale"}]}).status_code in (400, 422)


def test_corrected_over_http(key, held):
    body = {"interaction": "survey/a50", "field": "text", "value": "All fine", "why": "typo"}
    assert key("admin").post("correct", body).json() == {"interactions": 1}
    assert held.workspace.warehouse.value("SELECT text FROM stored WHERE interaction_id = 'survey/a50'") == "All fine"


def test_retained_and_redacted_over_http(key):
    admin = key("admin")
    assert admin.post("retain").json() == {"whole": 0, "text": 0, "quarantine": 0}
    assert admin.post("redact").json() == {"interactions": 0, "labels": 0}


def test_nobody_of_that_name(key):
    answer = key("admin").post("erase", {"customer": "nobody"})
    assert answer.status_code == 400
    assert answer.json()["error"]["what"] == "there is no customer 'nobody'"


@pytest.mark.parametrize("path", ["erase", "export", "lift", "consents", "agreements", "correct", "retain", "redact"])
def test_who_may_only_read_may_none_of_it(key, path):
    assert key("read").post(path, {"customer": WHO}).status_code == 403
    nobody = key("read")
    nobody.token = ""
    assert nobody.post(path, {"customer": WHO}).status_code == 401


def test_let_in_again_over_http(key):
    admin = key("admin")
    admin.post("erase", {"customer": WHO})
    assert admin.post("lift", {"customer": WHO}).json()["lifted"]
    assert admin.post("lift", {"customer": "C1"}).status_code == 400
