"""Workshops over HTTP: followed by their tag, taken part in and led as on the pages; nobody is told who wrote what."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from tests.server.maps.conftest import SLUG
from tests.server.maps.test_workshops import MAP

from touchline.server.maps import keeping, workshops
from touchline.server.maps.circles import Circle
from touchline.server.maps.workshop_models import Dot, Feeling, Note
from touchline.server.people import keys
from touchline.server.people.links import OPERATOR
from touchline.server.workspaces.facade import Workspace

pytestmark = pytest.mark.django_db
API = "/api/v1/workshops"


def send(client, path, body=None, method="POST", **more):
    return client.generic(method, f"{API}{path}", json.dumps(body or {}), content_type="application/json", **more)


def done(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.json()


@pytest.fixture
def room(visitor):
    """Somebody who leads, somebody who takes part, and the path of their workshop."""
    keeping.create(SLUG, MAP, "ann@example.org")
    lead, part = visitor("analyst", name="ann"), visitor("viewer", name="ben")
    made = done(send(lead, "", {"title": "Late parcels", "map": "ordering", "dots": 3}), 201)
    return lead, part, f"/{made['id']}"


def go(lead, path, exercise):
    lines = done(lead.get(f"{API}{path}"))["lines"]
    return done(send(lead, f"{path}/agenda", {"at": next(one["at"] for one in lines if one["exercise"] == exercise)}))


def key(*scopes, name="a program"):
    _key, token = keys.create(OPERATOR, Workspace.objects.get(slug=SLUG), name, scopes)
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def test_a_workshop_is_made_listed_and_led_by_those_who_may_change_maps(room):
    lead, part, path = room
    told = done(part.get(API))["workshops"]
    assert [(one["title"], one["map"], one["anonymous"]) for one in told] == [("Late parcels", "ordering", True)]
    kit = done(part.get(f"{API}/kit"))
    assert "two-hours" in [one["id"] for one in kit["agendas"]]
    state = go(lead, path, "grid")
    assert [one["id"] for one in state["steps"]] == ["looks", "waits"]
    assert state["clock"] | {"seconds": 0} == {"running": False, "ends_at": None, "seconds": 0, "minutes": 30}
    assert done(send(lead, f"{path}/clock", {"do": "start"}))["clock"]["ends_at"]
    for name, body in (
        ("agenda", {"at": 1}), ("clock", {"do": "stop"}), ("voting", {"on": True}), ("cards", {"notes": [1]}),
        ("beliefs", {}), ("sentence", {}), ("moments", {"step": "waits"}), ("close", {}),
    ):  # fmt: skip
        assert send(part, f"{path}/{name}", body).status_code == 403, name
    assert send(part, "", {"title": "x", "map": "ordering"}).status_code == 403
    assert done(send(lead, f"{path}/close"))["closed_at"]
    assert send(lead, f"{path}/clock", {"do": "stop"}).status_code == 400
    assert done(send(lead, f"{path}/close", {"over": False}))["closed_at"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/agenda", {"at": 999}), ("/agenda", {"at": 1, "fast": True}), ("/clock", {"do": "sing"}),
        ("/notes", {"text": "x", "prompt": "weather"}), ("/notes", {"text": "a\x00b", "prompt": "pains"}),
        ("/notes", {"text": "x", "prompt": "pains", "step": "gone"}), ("/feelings", {"step": "waits", "value": 6}),
        ("/notes", {"text": "x", "prompt": "pains", "theme": "a\x00"}), ("/groups", {"notes": [1]}),
        ("/cards", {"notes": [1]}), ("/moments", {"step": "gone"}), ("/moments?colour=red", {"step": "waits"}),
        ("?colour=red", None), ("/notes/99999999/dots", {}),
    ],
)  # fmt: skip
def test_what_it_does_not_know_is_refused(room, path, body):
    lead, _part, at = room
    go(lead, at, "grid")
    before = done(lead.get(f"{API}{at}"))["version"]
    answer = lead.get(f"{API}{at}{path}") if body is None else send(lead, f"{at}{path}", body)
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["error"]["what"]
    assert done(lead.get(f"{API}{at}"))["version"] == before


def test_what_is_not_there_is_404(room):
    lead, _part, _path = room
    assert lead.get(f"{API}/999999999999999999999").status_code == 404
    assert send(lead, "/999/notes", {"text": "x", "prompt": "pains"}).status_code == 404
    assert send(lead, "", {"title": "x", "map": "nothing"}).status_code == 404
    assert send(lead, "", {"title": "x", "map": "ordering", "agenda": "nothing"}).status_code == 400


def test_a_client_follows_it_by_its_tag(room):
    lead, part, path = room
    first = part.get(f"{API}{path}")
    tag = first["ETag"]
    assert part.get(f"{API}{path}", headers={"If-None-Match": tag}).status_code == 304
    assert lead.get(f"{API}{path}", headers={"If-None-Match": tag}).status_code == 200  # they see another state
    moved = go(lead, path, "grid")
    news = part.get(f"{API}{path}", headers={"If-None-Match": tag})
    assert (news.status_code, news.json()["version"]) == (200, moved["version"])
    kept = keeping.load(SLUG, "ordering")
    from touchline.maps import Edit

    keeping.change(SLUG, "ordering", kept.version, [Edit("set", "step", "waits", {"name": "Waits long"})], "ann")
    later = part.get(f"{API}{path}", headers={"If-None-Match": news["ETag"]})
    assert [one["name"] for one in done(later)["steps"]] == ["Looks", "Waits long"]


def test_notes_are_written_changed_moved_grouped_and_removed(room):
    lead, part, path = room
    go(lead, path, "grid")
    one = done(send(part, f"{path}/notes", {"text": " No  word ", "prompt": "pains", "step": "waits"}), 201)
    two = done(send(lead, f"{path}/notes", {"text": "No date", "prompt": "pains"}), 201)
    assert [(note["text"], note["mine"], note["may_change"]) for note in two["notes"]] == [
        ("No word", False, True), ("No date", True, True),
    ]  # fmt: skip
    assert send(part, f"{path}/notes/{two['made']}", {"text": "mine"}, "PATCH").status_code == 400
    assert send(part, f"{path}/notes/{two['made']}", {}, "PATCH").status_code == 400
    moved = done(send(part, f"{path}/notes/{two['made']}", {"step": "looks", "before": one["made"]}, "PATCH"))
    assert [(note["id"], note["step"]) for note in moved["notes"]] == [(two["made"], "looks"), (one["made"], "waits")]
    wrong = send(part, f"{path}/notes/{one['made']}", {"text": "other words", "step": "gone"}, "PATCH")
    assert wrong.status_code == 400
    assert Note.objects.get(pk=one["made"]).text == "No word"  # both or neither
    reworded = done(send(part, f"{path}/notes/{one['made']}", {"text": "Not a word"}, "PATCH"))
    assert [note["text"] for note in reworded["notes"]] == ["No date", "Not a word"]  # it stayed in its place
    heap = done(send(part, f"{path}/groups", {"notes": [one["made"], two["made"]], "name": "Silence"}), 201)
    assert [(group["name"], sorted(group["notes"])) for group in heap["groups"]] == [
        ("Silence", sorted([one["made"], two["made"]]))
    ]
    named = done(send(part, f"{path}/groups/{heap['made']}", {"name": "Nobody says"}, "PATCH"))
    assert [group["name"] for group in named["groups"]] == ["Nobody says"]
    assert done(send(part, f"{path}/groups/{heap['made']}", method="DELETE"))["groups"] == []
    assert send(part, f"{path}/groups/{heap['made']}", method="DELETE").status_code == 400
    assert send(part, f"{path}/notes/{two['made']}", method="DELETE").status_code == 400
    left = done(send(lead, f"{path}/notes/{one['made']}", method="DELETE"))
    assert [note["id"] for note in left["notes"]] == [two["made"]]


def test_nobody_learns_who_wrote_voted_or_felt_what(room, visitor):
    lead, part, path = room
    go(lead, path, "grid")
    note = done(send(part, f"{path}/notes", {"text": "No word", "prompt": "pains", "step": "waits"}), 201)["made"]
    done(send(lead, f"{path}/voting", {"on": True}))
    voted = done(send(part, f"{path}/notes/{note}/dots"), 201)
    assert (voted["notes"][0]["dots"], voted["notes"][0]["my_dots"], voted["you"]["dots_left"]) == (None, 1, 2)
    done(send(part, f"{path}/feelings", {"step": "waits", "value": 1}))
    seen = done(lead.get(f"{API}{path}"))
    assert (seen["notes"][0]["dots"], seen["notes"][0]["my_dots"], seen["notes"][0]["by"]) == (None, 0, "")
    alone = next(one for one in seen["feelings"] if one["step"] == "waits")
    assert alone == {"step": "waits", "n": 1, "mine": None, "low": None, "high": None, "jsi": None}
    both = done(send(lead, f"{path}/feelings", {"step": "waits", "value": 3}))["feelings"]
    assert next(one for one in both if one["step"] == "waits")["jsi"] == 25
    ended = done(send(lead, f"{path}/voting", {"on": False}))
    assert ended["notes"][0]["dots"] == 1
    hidden = {one.who for rows in (Note, Dot, Feeling) for one in rows.objects.all()}
    for client in (lead, part, visitor("admin", name="eve")):
        text = client.get(f"{API}{path}").content.decode()
        assert "ben@example.org" not in text
        assert not [one for one in hidden if one in text]
    # a key with a colleague's name is not that colleague
    spy = done(Client().get(f"{API}{path}", **key("read", "maps", name="ben@example.org")))
    assert [one["mine"] for one in spy["notes"]] == [False]
    assert [one["my_dots"] for one in spy["notes"]] == [0]
    assert {one["mine"] for one in spy["feelings"]} == {None}


def test_named_notes_say_who_wrote_them(room):
    lead, part, _path = room
    made = done(send(lead, "", {"title": "Named", "map": "ordering", "anonymous": False}), 201)
    go(lead, f"/{made['id']}", "grid")
    told = done(send(part, f"/{made['id']}/notes", {"text": "No word", "prompt": "pains"}), 201)
    assert [one["by"] for one in told["notes"]] == ["ben@example.org"]


def test_a_key_that_only_reads_looks_and_takes_no_part(room):
    lead, _part, path = room
    go(lead, path, "grid")
    reads, leads = key("read"), key("read", "maps")
    assert done(Client().get(f"{API}{path}", **reads))["you"] == {"takes_part": False, "leads": False, "dots_left": 3}
    body = {"text": "No word", "prompt": "pains"}
    assert send(Client(), f"{path}/notes", body, **reads).status_code == 403
    assert send(Client(), f"{path}/notes", body, **leads).status_code == 201


def test_notes_become_cards_feelings_beliefs_and_dots_moments(room):
    lead, part, path = room
    go(lead, path, "grid")
    on = done(send(part, f"{path}/notes", {"text": "No word", "prompt": "pains", "step": "waits"}), 201)["made"]
    off = done(send(part, f"{path}/notes", {"text": "Too dear", "prompt": "pains"}), 201)["made"]
    told = send(lead, f"{path}/cards", {"notes": [on, off]})
    assert told.status_code == 400
    assert "Too dear" in told.json()["error"]["what"]
    assert keeping.load(SLUG, "ordering").map.cards == ()
    assert done(send(lead, f"{path}/cards", {"notes": [on, off], "step": "looks"}))["made"] == 2
    done(send(part, f"{path}/feelings", {"step": "waits", "value": 2}))
    assert done(send(lead, f"{path}/beliefs"))["made"] == 1
    state = done(send(lead, f"{path}/moments", {"step": "waits"}))
    assert [one["moment"] for one in state["steps"]] == [False, True]
    go(lead, path, "scope")
    done(send(lead, f"{path}/sentence"))
    now = keeping.load(SLUG, "ordering").map
    assert {card.text: card.step for card in now.cards} == {"No word": "waits", "Too dear": "looks"}
    assert [(step.moment, step.belief().jsi) for step in now.steps()] == [(False, None), (True, 25)]
    assert now.scope
    assert "from the workshop “Late parcels”" in [one.note for one in keeping.history(SLUG, "ordering")][-2]


def test_a_workshop_of_a_map_that_one_may_not_see_is_not_there(room, visitor):
    lead, part, path = room
    go(lead, path, "grid")
    note = done(send(part, f"{path}/notes", {"text": "No word", "prompt": "pains"}), 201)["made"]
    keeping.keep_to(SLUG, "ordering", seen_by=Circle(("analyst",)), changed_by=None)
    assert done(part.get(API)) == {"workshops": []}
    assert "Late parcels" not in part.get(f"/w/{SLUG}/workshops").content.decode()
    for answer in (
        part.get(f"{API}{path}"), send(part, f"{path}/notes", {"text": "x", "prompt": "pains"}),
        send(part, f"{path}/notes/{note}", {"text": "x"}, "PATCH"), send(part, f"{path}/groups/1", method="DELETE"),
        send(visitor("manager"), f"{path}/voting", {"on": True}), send(visitor("manager"), f"{path}/close"),
        part.get(f"/w/{SLUG}/workshops/{path[1:]}"), part.get(f"/w/{SLUG}/workshops/{path[1:]}/board"),
    ):  # fmt: skip
        assert answer.status_code == 404
        assert "ordering" not in answer.content.decode().lower()
    assert [one["id"] for one in done(lead.get(API))["workshops"]] == [int(path[1:])]
    keeping.keep_to(SLUG, "ordering", seen_by=None, changed_by=Circle(("manager",)))
    other = visitor("analyst", name="cid")
    assert send(other, f"{path}/cards", {"notes": [note], "step": "waits"}).status_code == 403
    assert keeping.load(SLUG, "ordering").version == 1


def test_the_page_and_the_api_are_one_room(room):
    lead, _part, path = room
    go(lead, path, "grid")
    number = int(path[1:])
    lead.post(
        f"/w/{SLUG}/workshops/{number}/part",
        {"do": "write", "prompt": "pains", "step": "waits", "text": "from the page"},
    )
    assert [one["text"] for one in done(lead.get(f"{API}{path}"))["notes"]] == ["from the page"]
    assert workshops.find(SLUG, number).version == done(lead.get(f"{API}{path}"))["version"]
