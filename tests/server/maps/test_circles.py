"""Maps that some see and some change: for whoever may not see one it is not there, whatever they ask."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from tests.report.test_maps_pictures import made
from tests.server.maps.conftest import SLUG

from touchline.errors import InputError
from touchline.report.maps_pictures import prepared
from touchline.server.maps import circles, keeping, making, pictures, remarks, reminding
from touchline.server.maps.circles import Circle
from touchline.server.maps.models import Sheet
from touchline.server.maps.urls import urlpatterns

pytestmark = pytest.mark.django_db
API = "/api/v1/maps"
PAGE = f"/w/{SLUG}/maps"
SECRET = "secret-plan"
EVERY = {"seen_by": None, "changed_by": None}


def send(client: Client, method: str, path: str, body=None):
    return client.generic(method, path, json.dumps(body or {}), content_type="application/json")


@pytest.fixture
def ann(visitor):
    """Who made two maps, one of them for herself."""
    client = visitor("analyst", name="ann")
    for name in ("Secret plan", "Open plan"):
        assert send(client, "POST", API, {"template": "journey", "name": name}).status_code == 201
    pictures.put(SLUG, SECRET, made("PNG"), "ann@example.org")
    keep(client, seen_by={})
    return client


def keep(client, **circles_):
    answer = send(client, "PUT", f"{API}/{SECRET}/access", EVERY | circles_)
    assert answer.status_code == 200, answer.content
    return answer.json()


def sees(client) -> bool:
    listed = SECRET in [one["id"] for one in client.get(API).json()["maps"]]
    assert (client.get(f"{API}/{SECRET}").status_code == 200) is listed
    assert (client.get(f"{PAGE}/{SECRET}").status_code == 200) is listed
    assert (f"{PAGE}/{SECRET}" in client.get(PAGE).content.decode()) is listed
    return listed


def routes() -> list[tuple[str, str]]:
    """Every page and operation of one map, and nothing of another kind."""
    from touchline.server.maps.facade import router, sharing_router

    values = {"slug": SLUG, "which": SECRET, "other": "open-plan", "version": "1", "number": "1"}
    values["name"] = prepared(made("PNG")).name
    pages = [
        ("/" + re.sub(r"<\w+:(\w+)>", lambda one: values[one[1]], str(one.pattern)), method)
        for one in urlpatterns if "<slug:which>" in str(one.pattern)
        for method in ("GET", "POST")
    ]  # fmt: skip
    operations = [
        ("/api/v1" + re.sub(r"{(\w+)}", lambda one: values[one[1]], path), method)
        for path, view in (*router.path_operations.items(), *sharing_router.path_operations.items())
        if "{which}" in path
        for operation in view.operations
        for method in operation.methods
    ]  # fmt: skip
    return pages + operations


#: What each operation has to be sent, so that it looks for the map at all.
BODIES = {
    "edits": {"base": 1, "edits": [{"op": "remove", "of": "card", "id": "x"}]}, "versions": {"version": 1},
    "restore": {"version": 1}, "comments": {"text": "ha"}, "access": EVERY,
}  # fmt: skip


@pytest.mark.parametrize(("path", "method"), routes())
def test_a_map_that_one_may_not_see_is_nowhere(ann, visitor, path, method):
    bob = visitor("manager", name="bob")
    before = keeping.load(SLUG, SECRET)
    if path.startswith("/api"):
        answer = send(bob, method, path, BODIES.get(path.rpartition("/")[2]))
    elif method == "POST":
        answer = bob.post(path, {"seen_by": "all", "changed_by": "all", "days": "7", "name": "x", "text": "x"})
    else:
        answer = bob.get(path)
    assert answer.status_code in (404, 405), answer.content[:300]
    if answer.status_code == 405:
        other = {"GET": "POST", "POST": "GET"}[method]
        assert (path, other) in routes()
    assert b"Secret plan" not in answer.content
    after = keeping.load(SLUG, SECRET)
    assert (after.version, after.sheet.archived_at, after.sheet.seen_by) == (1, None, before.sheet.seen_by)
    assert not after.sheet.remarks.exists()
    assert not after.sheet.shares.exists()


def test_the_routes_are_all_there():
    assert len(routes()) > 50
    assert (f"{API}/{SECRET}/export", "GET") in routes()
    assert (f"{PAGE}/{SECRET}/story", "GET") in routes()


def test_the_matrix_can_fail(ann):
    """Whoever sees the map gets it under the same addresses."""
    found = {
        path: ann.get(path).status_code for path, method in routes() if method == "GET" and path.startswith("/api")
    }
    assert {path for path, status in found.items() if status == 404} <= {
        f"{API}/{SECRET}/shares/1",
        f"{API}/{SECRET}/comments/1",
    }
    assert found[f"{API}/{SECRET}/overlay"] == 200


def test_pages_of_all_maps_leave_it_out(ann, visitor):
    kept = keeping.load(SLUG, SECRET)
    lane = next(one for one in kept.map.lanes if one.kind == "opportunities")
    step = next(kept.map.steps())
    card = {"lane": lane.id, "step": step.id, "text": "A secret bet"}
    edit = {"op": "add", "of": "card", "id": "bet", "values": card}
    answer = send(ann, "POST", f"{API}/{SECRET}/edits", {"base": 1, "edits": [edit]})
    assert answer.status_code == 200, answer.content
    bob = visitor("manager", name="bob")
    for path in (f"/w/{SLUG}/roadmap", f"/w/{SLUG}/roadmap/measured", f"/w/{SLUG}/touchpoints", f"/w/{SLUG}/personas",
                 f"/w/{SLUG}/workshops", f"{PAGE}/new", PAGE):  # fmt: skip
        for who, told in ((ann, True), (bob, False), (ann, True)):  # what is remembered for one is not for the other
            page = who.get(path)
            assert page.status_code == 200, path
            body = page.content.decode()
            if not told:
                assert "ecret" not in body, path
        if path.endswith(("roadmap", "new", "maps")):
            assert "ecret" in ann.get(path).content.decode(), path
    future = send(ann, "POST", f"{API}/{SECRET}/future").json()
    assert bob.get(f"{API}/{future['id']}").status_code == 404
    assert bob.get(f"{API}/open-plan/gaps?against={SECRET}").status_code == 404
    assert bob.get(f"{PAGE}/open-plan/compare/{SECRET}").status_code == 404
    made = bob.post(f"{PAGE}/make", {"from": "copy", "copy": SECRET, "name": "Mine"})
    assert made.status_code == 400
    moved = bob.post(f"/w/{SLUG}/roadmap/status", {"card": f"{SECRET}/bet", "status": "done"}, follow=True)
    assert b"A secret bet" not in moved.content
    assert keeping.load(SLUG, SECRET).version == 2


def test_who_is_in_the_circle_sees_it(ann, visitor):
    people = {role: visitor(role, name=f"a-{role}") for role in ("viewer", "agent", "manager", "admin")}
    assert {role for role, one in people.items() if sees(one)} == {"admin"}
    keep(ann, seen_by={"roles": ["agent"]})
    assert {role for role, one in people.items() if sees(one)} == {"agent", "admin"}
    told = keep(ann, seen_by={"people": ["A-Viewer@example.org"]})
    assert told == {"seen_by": {"roles": [], "people": ["a-viewer@example.org"]}, "changed_by": None, "may_keep": True}
    assert {role for role, one in people.items() if sees(one)} == {"viewer", "admin"}
    keep(ann)
    assert {role for role, one in people.items() if sees(one)} == set(people)
    assert sees(ann)


def test_who_may_see_it_may_not_always_change_it(ann, visitor):
    bob, cid = visitor("manager", name="bob"), visitor("analyst", name="cid")
    keep(ann, changed_by={"people": ["cid@example.org"]})
    card = keeping.load(SLUG, SECRET).map.cards[0].id

    def change(who, text):
        edits = [{"op": "set", "of": "card", "id": card, "values": {"text": text}}]
        base = keeping.load(SLUG, SECRET).version
        return send(who, "POST", f"{API}/{SECRET}/edits", {"base": base, "edits": edits}).status_code

    assert [change(who, f"t{at}") for at, who in enumerate((ann, bob, cid, visitor("admin")))] == [200, 403, 200, 200]
    text = bob.get(f"{API}/{SECRET}/export").content.decode() + "\ntags: [mine]\n"
    refused = [
        send(bob, "DELETE", f"{API}/{SECRET}"), send(bob, "POST", f"{API}/{SECRET}/review"),
        send(bob, "POST", f"{API}/{SECRET}/restore", {"version": 1}), bob.post(f"{PAGE}/{SECRET}/archive"),
        send(bob, "POST", f"{API}/{SECRET}/shares"), bob.post(f"{PAGE}/{SECRET}/share", {"days": "7"}),
        send(bob, "POST", f"{API}/{SECRET}/versions", {"version": 1, "name": "x"}),
        send(bob, "POST", API, {"yaml": text, "replaces": True}),
    ]  # fmt: skip
    assert [one.status_code for one in refused] == [403] * len(refused)
    page = bob.get(f"{PAGE}/{SECRET}").content.decode()
    assert "data-toolbar" not in page
    assert "data-toolbar" in cid.get(f"{PAGE}/{SECRET}").content.decode()
    assert send(bob, "POST", f"{API}/{SECRET}/comments", {"text": "looks fine"}).status_code == 201
    keep(ann, seen_by={"roles": ["manager"]}, changed_by={"people": ["cid@example.org"]})
    assert change(cid, "again") == 404  # who changes it is one of those who see it


def test_only_its_maker_and_administrators_say_who(ann, visitor):
    keep(ann)
    bob = visitor("manager", name="bob")
    assert send(bob, "PUT", f"{API}/{SECRET}/access", {"seen_by": {}, "changed_by": None}).status_code == 403
    assert bob.get(f"{API}/{SECRET}/access").json() == {"seen_by": None, "changed_by": None, "may_keep": False}
    assert send(visitor("viewer"), "PUT", f"{API}/{SECRET}/access", EVERY).status_code == 403
    keep(visitor("admin"), seen_by={"roles": ["viewer"]})
    assert sees(ann)
    for wrong in ({"roles": ["admin"]}, {"roles": ["chief"]}, {"people": ["nobody@example.org"]}):
        assert send(ann, "PUT", f"{API}/{SECRET}/access", EVERY | {"seen_by": wrong}).status_code == 400
    wrong = send(ann, "PUT", f"{API}/{SECRET}/access", EVERY | {"changed_by": {"roles": ["viewer"]}})
    assert (wrong.status_code, "analyst, manager" in wrong.json()["error"]["todo"]) == (400, True)
    assert keeping.load(SLUG, SECRET).sheet.seen_by == {"roles": ["viewer"], "people": []}


def test_the_form_needs_no_script(ann, visitor):
    visitor("manager", name="bob")
    page = ann.get(f"{PAGE}/{SECRET}/shares").content.decode()
    assert 'name="seen_by" value="some" checked' in page
    said = {"seen_by": "some", "seen_by_roles": ["viewer"], "seen_by_people": ["bob@example.org"], "changed_by": "some"}
    assert ann.post(f"{PAGE}/{SECRET}/access", said).status_code == 302
    sheet = keeping.load(SLUG, SECRET).sheet
    assert sheet.seen_by == {"roles": ["viewer"], "people": ["bob@example.org"]}
    assert sheet.changed_by == {"roles": [], "people": []}
    page = ann.get(f"{PAGE}/{SECRET}/shares").content.decode()
    assert 'name="seen_by_people" value="bob@example.org" checked' in page
    assert 'action="/w/mapped/maps/secret-plan/access"' in ann.get(f"{PAGE}/{SECRET}").content.decode()  # the dialog
    assert ann.post(f"{PAGE}/{SECRET}/access", {"seen_by": "all"}).status_code == 400
    bob = visitor("manager", name="bob").get(f"{PAGE}/{SECRET}/shares").content.decode()
    assert "disabled" in bob
    assert "Make a link" not in bob


def test_comments_and_messages_stay_within_the_circle(ann, visitor, monkeypatch):
    told = []
    for module in (remarks, reminding):
        monkeypatch.setattr(module, "tell", lambda workspace, kind, body, key: told.append(body))
    bob = visitor("manager", name="bob")
    post = send(ann, "POST", f"{API}/{SECRET}/comments", {"text": "@bob look"}).json()
    assert post["mentions"] == []
    keep(ann, seen_by={"people": ["bob@example.org"]})
    send(ann, "POST", f"{API}/{SECRET}/comments", {"text": "@bob look at the price"})
    assert ("price" in bob.get(PAGE).content.decode(), "price" in str(told), "Secret" in str(told)) == (
        True,
        False,
        False,
    )
    keep(ann, seen_by={})
    assert "price" not in bob.get(PAGE).content.decode()
    sheet = Sheet.objects.get(slug=SECRET)
    Sheet.objects.filter(pk=sheet.pk).update(created_at=sheet.created_at.replace(year=sheet.created_at.year - 2))
    assert reminding.remind_of_late() == 1
    assert "Secret" not in str(told)


def test_its_workshops_are_nowhere_either(ann, visitor):
    made = ann.post(
        f"/w/{SLUG}/workshops/make", {"title": "Behind doors", "map": SECRET, "agenda": "two-hours", "dots": "3"}
    )
    assert made.status_code == 302
    bob = visitor("manager", name="bob")
    assert "Behind doors" in ann.get(f"/w/{SLUG}/workshops").content.decode()
    assert "Behind doors" not in bob.get(f"/w/{SLUG}/workshops").content.decode()
    for path in ("", "/board", "/beside"):
        assert bob.get(f"{made['Location']}{path}").status_code == 404, path
    for path, do in (("/part", "write"), ("/lead", "close")):
        assert bob.post(f"{made['Location']}{path}", {"do": do, "text": "ha"}).status_code == 404, path
    assert ann.get(made["Location"]).status_code == 200


def test_a_link_opens_it_for_those_outside(ann):
    url = send(ann, "POST", f"{API}/{SECRET}/shares", {"days": 7}).json()["url"]
    assert b"Secret plan" in Client().get(url).content


def test_a_copy_is_kept_to_the_same_people_and_its_maker(ann, visitor):
    bob, cid = visitor("manager", name="bob"), visitor("analyst", name="cid")
    keep(ann, seen_by={"people": ["bob@example.org"]})
    assert bob.post(f"{PAGE}/make", {"from": "copy", "copy": SECRET, "name": "Mine"}).status_code == 302
    assert [who.get(f"{API}/mine").status_code for who in (ann, bob, cid)] == [200, 200, 404]
    assert bob.post(f"{PAGE}/{SECRET}/future").status_code == 302
    assert [who.get(f"{API}/{SECRET}-future").status_code for who in (ann, bob, cid)] == [200, 200, 404]


def test_commands_and_jobs_see_all(ann):
    assert SECRET in [one.map.id for one in keeping.everyone(SLUG)]
    kept = keeping.keep_to(SLUG, SECRET, seen_by=Circle(("viewer",)), changed_by=None)
    assert kept.sheet.seen_by == {"roles": ["viewer"], "people": []}
    assert making.copy(SLUG, SECRET, "command line", name="X").sheet.seen_by == {
        "roles": ["viewer"],
        "people": ["ann@example.org"],
    }


def test_a_key_is_in_the_circle_of_its_role_only(ann):
    from touchline.server.people.facade import ROLES, Access

    keep(ann, seen_by={"roles": ["viewer"], "people": ["ann@example.org"]})
    sheet = Sheet.objects.get(slug=SECRET)
    key = Access(SLUG, None, "k1", "reader", "viewer", ROLES["viewer"])
    assert circles.may_see(sheet, key)
    assert not circles.may_see(sheet, Access("other", None, "k1", "reader", "admin", ROLES["admin"]))
    sheet.seen_by = {"roles": [], "people": ["reader"]}
    assert not circles.may_see(sheet, key)
    with pytest.raises(InputError, match="no role"):
        circles.drawn(SLUG, "read", ["admin"], [])
