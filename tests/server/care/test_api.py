"""Cases over HTTP, by keys; one that saw an old version gets 409 and both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.server.care.conftest import SLUG, WHO, Room

from touchline.server.care.models import Case
from touchline.server.people import keys
from touchline.server.people.links import OPERATOR
from touchline.server.workspaces.facade import find

pytestmark = pytest.mark.django_db


class Caller:
    def __init__(self, *scopes: str, **more: Any) -> None:
        _, self.token = keys.create(OPERATOR, find(SLUG), "test", scopes, **more)
        self.client = Client()

    def __call__(self, method: str, path: str, given: Any = None) -> tuple[int, Any]:
        answer = self.client.generic(
            method, f"/api/v1/{path}", "" if given is None else json.dumps(given), content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}"},
        )  # fmt: skip
        return answer.status_code, answer.json()


def test_a_case_over_http(room: Room) -> None:
    ask = Caller("cases")
    status, case = ask(
        "POST", "cases", {"customer": WHO, "reason": "Gave 1 of 10", "key": "n1", "due": "2 business days"}
    )
    assert (status, case["number"], case["due"], case["segments"]) == (201, 1, "2 business days", {"region": "emea"})
    assert ask("POST", "cases", {"customer": WHO, "reason": "Again", "key": "n1"})[1]["number"] == 1
    assert ask("GET", "cases?view=unassigned&words=zebrafinch")[1]["n"] == 1
    status, changed = ask("PATCH", "cases/1", {"version": 1, "status": "waiting", "owner": "ann@care.example"})
    assert (status, changed["version"], changed["due_at"], changed["owner"]) == (200, 2, None, "ann@care.example")
    status, told = ask("PATCH", "cases/1", {"version": 1, "team": "logistics"})
    assert status == 409
    assert (told["case"]["version"], told["case"]["status"], told["wanted"]) == (2, "waiting", {"team": "logistics"})
    assert set(told["error"]) == {"what", "where", "todo"}
    assert ask("POST", "cases/1/comments", {"text": "Hello @ann", "internal": True})[1]["mentions"] == [
        "ann@care.example"
    ]
    assert ask("POST", "cases/1/close", {"version": 2})[0] == 400
    status, closed = ask("POST", "cases/1/close", {"version": 2, "outcome": "recovered", "root_cause": "Depot"})
    assert (status, closed["status"], closed["outcome"]) == (200, "closed", "recovered")
    whole = ask("GET", "cases/1")[1]
    assert [line["kind"] for line in whole["history"]] == ["opened", "changed", "commented", "changed"]
    assert whole["history"][1]["by"] == "test"
    assert ask("GET", "cases/metrics")[1]["recovered"]["share"] == 1.0
    file = SimpleUploadedFile("a.txt", b"words")
    sent = ask.client.post("/api/v1/cases/1/files", {"file": file}, headers={"Authorization": f"Bearer {ask.token}"})
    assert sent.status_code == 201
    assert sent.json()["type"] == "text/plain"


@pytest.mark.parametrize(
    ("method", "path", "given", "status"),
    [
        ("GET", "cases?wiev=all", None, 400),
        ("GET", "cases?view=none", None, 400),
        ("GET", "cases?limit=0", None, 400),
        ("GET", "cases/77", None, 404),
        ("POST", "cases", {"customer": WHO}, 400),
        ("POST", "cases", {"customer": WHO, "reason": "x", "due": "soon"}, 400),
        ("POST", "cases", {"customer": WHO, "reason": "x", "status": "closed"}, 400),
        ("PATCH", "cases/77", {"version": 1}, 404),
        ("PATCH", "cases/1", {"team": "x"}, 400),
        ("GET", "cases/metrics?since=2026-01-01T00:00:00", None, 400),
        ("POST", "fixes", {"theme": "nothing", "said": "x", "did": "y"}, 400),
        ("GET", "fixes/9", None, 404),
    ],
)
def test_what_cannot_be_used_is_told(room: Room, method: str, path: str, given: Any, status: int) -> None:
    found, told = Caller("cases")(method, path, given)
    assert (found, set(told["error"])) == (status, {"what", "where", "todo"})


def test_a_key_that_sees_some_customers_works_on_no_cases(room: Room) -> None:
    room.open()
    mine = Caller("read", segments={"region": ["apac"]})
    for method, path, given in (
        ("GET", "cases", None), ("GET", "cases/1", None), ("PATCH", "cases/1", {"version": 1, "team": "x"}),
        ("POST", "cases/1/comments", {"text": "x"}), ("POST", "cases/1/close", {"version": 1, "outcome": "churned"}),
    ):  # fmt: skip
        status, told = mine(method, path, given)
        assert status == 403
        assert WHO not in json.dumps(told)
    assert Case.objects.get().version == 1
