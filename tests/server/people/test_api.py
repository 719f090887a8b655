"""People, invitations, keys, sessions and the audit log over HTTP."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from tests.server.people.conftest import World, bearer

from touchline.server.people import audit
from touchline.server.people.facade import by_key, record
from touchline.server.people.links import OPERATOR
from touchline.server.people.models import Key, Link, Membership


@pytest.fixture
def admin(world: World) -> dict[str, str]:
    return bearer(world.key("admin", "read")[1])


def ask(method: str, path: str, header: dict[str, str], body: object = None) -> tuple[int, Any]:
    """Ask the API; return the status and the answer."""
    sent = "" if body is None else json.dumps(body)
    answer = Client().generic(method, f"/api/v1{path}", sent, content_type="application/json", **header)  # type: ignore[arg-type]
    text = answer.getvalue().decode()
    return answer.status_code, json.loads(text) if text else None


def test_me_says_what_a_key_may_do(world: World) -> None:
    key, token = world.key("read", segments={"region": ["emea"]})
    status, me = ask("GET", "/me", bearer(token))
    assert status == 200
    assert me == {
        "workspace": "acme", "name": "test", "role": "viewer", "scopes": ["read"], "segments": {"region": ["emea"]},
        "key": key.prefix, "workspaces": [],
    }  # fmt: skip


def test_me_says_in_which_workspaces_a_person_is(world: World) -> None:
    Membership.objects.create(user=world.people["agent"], workspace=world.other, role="viewer")
    browser = world.client("agent")
    assert browser.get("/api/v1/me").status_code == 400  # which of the two?
    found = browser.get("/api/v1/me?workspace=other").json()
    assert (found["role"], found["workspaces"]) == (
        "viewer",
        [{"workspace": "acme", "role": "agent"}, {"workspace": "other", "role": "viewer"}],
    )


def test_people_are_those_of_the_workspace(world: World, admin: dict[str, str]) -> None:
    _status, found = ask("GET", "/people", admin)
    assert {one["email"] for one in found["people"]} == {
        one.email for role, one in world.people.items() if role != "stranger"
    }
    assert not any("password" in one for one in found["people"])


def test_a_role_is_changed_and_somebody_taken_out(world: World, admin: dict[str, str]) -> None:
    number = world.people["agent"].pk
    status, told = ask("PATCH", f"/people/{number}", admin, {"role": "viewer", "segments": {"region": ["emea"]}})
    assert (status, told["role"], told["segments"]) == (200, "viewer", {"region": ["emea"]})
    assert ask("DELETE", f"/people/{number}", admin) == (204, None)
    assert ask("DELETE", f"/people/{number}", admin)[0] == 404
    assert ask("DELETE", f"/people/{world.people['admin'].pk}", admin)[0] == 409
    assert ask("PATCH", f"/people/{world.people['stranger'].pk}", admin, {"role": "viewer"})[0] == 404


def test_an_invitation_tells_its_link_once(world: World, admin: dict[str, str]) -> None:
    status, made = ask("POST", "/invitations", admin, {"email": "new@acme.example", "role": "agent"})
    assert status == 201
    token = made["url"].rsplit("/", 1)[1]
    assert Client().get(f"/join/{token}").status_code == 200
    _status, found = ask("GET", "/invitations", admin)
    assert [one["email"] for one in found["invitations"]] == ["new@acme.example"]
    assert token not in json.dumps(found)
    assert ask("DELETE", f"/invitations/{made['id']}", admin) == (204, None)
    assert ask("DELETE", f"/invitations/{made['id']}", admin)[0] == 404
    assert Client().get(f"/join/{token}").status_code == 404


def test_an_invitation_of_another_workspace_cannot_be_taken_back(world: World, admin: dict[str, str]) -> None:
    from touchline.server.people import links

    link, _token = links.invite(OPERATOR, world.other, "new@other.example", "viewer")
    assert ask("DELETE", f"/invitations/{link.pk}", admin)[0] == 404
    assert Link.objects.get(pk=link.pk).is_open


def test_a_key_is_made_rotated_and_revoked(world: World, admin: dict[str, str]) -> None:
    status, made = ask("POST", "/keys", admin, {"name": "export", "scopes": ["read"], "days": 30})
    assert (status, made["scopes"], made["state"], made["made_by"]) == (201, ["read"], "good", None)
    assert by_key(made["key"]) is not None
    status, turned = ask("POST", f"/keys/{made['id']}/rotate", admin, {"overlap": 0})
    assert status == 201
    assert by_key(made["key"]) is None
    assert by_key(turned["key"]) is not None
    _status, found = ask("GET", "/keys", admin)
    assert turned["key"] not in json.dumps(found)
    assert ask("DELETE", f"/keys/{made['id']}", admin) == (204, None)
    assert by_key(turned["key"]) is None
    assert ask("DELETE", f"/keys/{made['id']}", admin)[0] == 409
    assert ask("POST", f"/keys/{made['id']}/rotate", admin, {})[0] == 409


def test_a_key_of_another_workspace_is_not_there(world: World, admin: dict[str, str]) -> None:
    key, _token = world.key("read", workspace=world.other)
    assert ask("DELETE", f"/keys/{key.prefix}", admin)[0] == 404
    assert ask("POST", f"/keys/{key.prefix}/rotate", admin, {})[0] == 404
    assert Key.objects.get(pk=key.pk).state == "good"


def test_secrets_are_not_kept_by_anybody_on_the_way(world: World, admin: dict[str, str]) -> None:
    for path, body in (("keys", {"name": "x", "scopes": ["read"]}), ("invitations", {"email": "a@b.example"})):
        answer = Client().post(f"/api/v1/{path}", body, content_type="application/json", **admin)  # type: ignore[arg-type]
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/keys", {"name": "x", "scopes": ["read"], "color": "red"}),
        ("/keys", {"name": "x", "scopes": []}),
        ("/keys", {"name": "", "scopes": ["read"]}),
        ("/keys", {"scopes": ["read"]}),
        ("/keys", [1]),
        ("/keys", {"name": "x\r\ny", "scopes": ["read"]}),
        ("/invitations", {"email": "a@b.example", "role": "king"}),
        ("/invitations", {"email": "not an address"}),
        ("/invitations", {"email": "a@b.example", "days": 1e99}),
    ],
)
def test_what_cannot_be_used_is_a_400_in_the_one_shape(
    world: World, admin: dict[str, str], path: str, body: object
) -> None:
    status, told = ask("POST", path, admin, body)
    assert status == 400
    assert set(told["error"]) == {"what", "where", "todo"}


def test_a_person_sees_and_ends_their_sessions(world: World) -> None:
    here, there = world.client("viewer"), world.client("viewer")
    for browser in (here, there):
        browser.get("/account")
    found = here.get("/api/v1/sessions").json()["sessions"]
    assert sorted(one["here"] for one in found) == [False, True]
    other = next(one["id"] for one in found if not one["here"])
    assert here.delete(f"/api/v1/sessions/{other}").status_code == 204
    assert here.delete(f"/api/v1/sessions/{other}").status_code == 404
    assert there.get("/api/v1/sessions").status_code == 401


def test_the_audit_log_is_paged_filtered_and_exported(world: World, admin: dict[str, str]) -> None:
    for number in range(7):
        record(OPERATOR, "thing.seen" if number % 2 else "thing.made", "acme", f"=SUM({number})")
    record(OPERATOR, "thing.seen", "other", "secret of another")
    _status, first = ask("GET", "/audit?limit=5", admin)
    assert len(first["lines"]) == 5
    _status, rest = ask("GET", f"/audit?after={first['next']}&limit=100", admin)
    numbers = [one["number"] for one in first["lines"] + rest["lines"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert rest["next"] is None
    assert audit.broken(first["lines"] + rest["lines"]) is None
    _status, some = ask("GET", "/audit?action=thing.made", admin)
    assert len(some["lines"]) == 4
    exported = Client().get("/api/v1/audit?format=ndjson", **admin).getvalue().decode()  # type: ignore[arg-type]
    lines = [json.loads(line) for line in exported.splitlines()]
    assert audit.broken(lines) is None
    assert "secret of another" not in exported
    rows = list(csv.DictReader(io.StringIO(Client().get("/api/v1/audit?format=csv", **admin).getvalue().decode())))  # type: ignore[arg-type]
    assert {row["what"][:2] for row in rows if row["action"].startswith("thing")} == {"'="}
    assert ask("GET", "/audit?format=xml", admin)[0] == 400
    assert ask("GET", "/audit?limit=0", admin)[0] == 400


def test_who_reads_the_log_out_is_in_it(world: World, admin: dict[str, str]) -> None:
    Client().get("/api/v1/audit?format=csv", **admin).getvalue()  # type: ignore[arg-type]
    assert list(audit.lines("acme"))[-1]["action"] == "audit.exported"
