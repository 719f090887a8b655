"""Labels, themes and who is who, changed over HTTP: by those who may, with a line in the audit log."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.server.api.conftest import OWNER, Caller

from touchline.server.people import keys
from touchline.server.people.audit import lines
from touchline.server.workspaces.facade import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def callers(changed, db):
    """One who may administrate a copy of the world, and one who may only read it."""
    row = Workspace.objects.create(slug="copy", name="copy", folder=str(changed.workspace.folder.root))
    made = [Caller(Client(), keys.create(OWNER, row, "key", scopes)[1]) for scopes in (("admin", "read"), ("read",))]
    return tuple(made)


def actions():
    return [line["action"] for line in lines("copy")]


def test_two_references_become_one_person_and_two_again(callers, changed):
    admin, _ = callers
    before = admin.get("status").json()["customers"]
    assert admin.post("identity", {"claims": [{"customer": "C1", "same_as": "C2"}]}).json() == {"claims": 1}
    assert admin.get("status").json()["customers"] == before - 1
    assert admin.get("customers/C1/timeline").json()["facts"]["refs"] == ["C1", "C2"]
    assert admin.post("identity", {"claims": [{"customer": "C1"}]}).status_code == 200
    assert admin.get("status").json()["customers"] == before
    assert actions().count("identity.claimed") == 2


def test_a_theme_is_renamed_merged_hidden_and_back(callers):
    admin, _ = callers
    first, second = (row["theme"] for row in admin.get("themes").json()["rows"][:2])

    def shown():
        return {row["theme"]: row["name"] for row in admin.get("themes").json()["rows"]}

    assert admin.post(f"themes/{first}", {"do": "rename", "name": "New words"}).json()["name"] == "New words"
    assert shown()[first] == "New words"
    assert admin.post(f"themes/{first}", {"do": "merge", "into": second}).status_code == 200
    assert first not in shown()
    assert admin.post(f"themes/{first}", {"do": "unmerge"}).status_code == 200
    assert first in shown()
    assert admin.post(f"themes/{first}", {"do": "hide"}).status_code == 200
    assert first not in shown()
    assert admin.post(f"themes/{first}", {"do": "unhide"}).status_code == 200
    assert first in shown()
    assert {"theme.rename", "theme.merge", "theme.hide"} <= set(actions())


def test_the_reader_is_taught_and_goes_back(callers):
    admin, _ = callers
    asked = admin.get("labels/next", {"n": 12}).json()["texts"]
    assert len(asked) == 12
    labels = [{"text": one["text"], "sentiment": "negative", "stage": "Support"} for one in asked]
    made = admin.post("labels", {"labels": labels, "name": "test"})
    assert made.status_code == 200, made.content
    assert made.json()["labels"] == 12
    assert admin.get("reader").json()["current"] == 1
    again = {one["text"] for one in admin.get("labels/next", {"n": 12}).json()["texts"]}
    assert not again & {one["text"] for one in asked}
    assert admin.post("reader", {"to": "undo"}).json()["current"] == 0
    assert admin.post("reader", {"to": 1}).json()["current"] == 1
    assert {"labels.seen", "reader.taught", "reader.changed"} <= set(actions())


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("identity", {"claims": []}, "claims"),
        ("identity", {"claim": []}, "claim"),
        ("identity", {"claims": [{"customer": "C1", "same": "C2"}]}, "same"),
        ("themes/late_delivery", {"do": "burn"}, "do"),
        ("themes/late_delivery", {"do": "rename"}, "name"),
        ("themes/nothing", {"do": "hide"}, "nothing"),
        ("labels", {"labels": [{"text": "x"}]}, "no label"),
        ("labels", {"labels": [{"text": "x", "stage": "nowhere"}]}, "nowhere"),
        ("labels", {"labels": [{"text": "x", "effort": "huge"}]}, "huge"),
        ("labels", {"labels": [{"text": "x", "sentiment": "negative", "start": 0, "end": 9}]}, "part"),
        ("reader", {"to": 99}, "99"),
        ("reader", {"to": "undo"}, "undo"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_400(path, body, word, callers):
    answer = callers[0].post(path, body)
    assert answer.status_code == 400, answer.content
    assert word in answer.content.decode()


def test_a_body_that_is_no_json_is_400(callers):
    answer = callers[0].request("POST", "identity", None, "{")
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"what", "where", "todo"}


@pytest.mark.parametrize("path", ["identity", "labels", "labels/skip", "reader", "themes/discover", "themes/x"])
def test_who_may_only_read_changes_nothing(path, callers):
    assert callers[1].post(path, {}).status_code == 403


def test_what_was_seen_of_customers_is_in_the_audit_log(callers):
    reader = callers[1]
    reader.get("customers/C1/timeline")
    reader.get("interactions/nothing")
    reader.get("behind", {"question": "churn", "row": 0})
    assert actions()[-3:] == ["customer.seen", "interaction.seen", "customers.seen"]
