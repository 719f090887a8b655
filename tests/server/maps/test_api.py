"""Maps over HTTP: made, changed by two at once, told apart from what was measured, commented on and shared."""

from __future__ import annotations

import json

import pytest
from tests.server.maps.conftest import SLUG

pytestmark = pytest.mark.django_db
API = "/api/v1/maps"


def post(client, path, body=None):
    return client.post(f"{API}{path}", json.dumps(body or {}), content_type="application/json")


@pytest.fixture
def journey(visitor):
    """A map from the template, and somebody who may change it."""
    client = visitor("analyst", name="ann")
    answer = post(client, "", {"template": "journey", "name": "How people buy"})
    assert answer.status_code == 201, answer.content
    return client, answer.json()


def test_a_map_is_made_from_a_template_and_listed(journey, visitor):
    client, made = journey
    assert (made["id"], made["version"], made["created_by"]) == ("how-people-buy", 1, "ann@example.org")
    assert [one["id"] for one in client.get(API).json()["maps"]] == ["how-people-buy"]
    again = post(client, "", {"template": "journey", "name": "How people buy"}).json()
    assert again["id"] == "how-people-buy-2"
    assert visitor("viewer").get(f"{API}/how-people-buy").json()["map"] == made["map"]
    assert post(visitor("viewer"), "", {"template": "journey"}).status_code == 403
    assert post(client, "", {"template": "journey", "yaml": "x"}).status_code == 400
    assert client.get(f"{API}/nothing").status_code == 404
    assert client.get(f"{API}?colour=red").status_code == 400


def test_two_people_change_one_map(journey, visitor):
    ann, made = journey
    bob, which = visitor("manager", name="bob"), made["id"]
    card = made["map"]["cards"][0]["id"]
    first = post(ann, f"/{which}/edits", {"base": 1, "edits": [_set(card, text="Asks around")], "key": "k1"}).json()
    assert (first["version"], first["since"]) == (2, [])
    second = post(bob, f"/{which}/edits", {"base": 1, "edits": [_set(card, owner="Bob")]}).json()
    assert second["version"] == 3
    assert [one["by"] for one in second["since"]] == ["ann@example.org"]
    clash = post(bob, f"/{which}/edits", {"base": 1, "edits": [_set(card, text="Rings")]})
    assert clash.status_code == 409
    told = clash.json()
    assert told["version"] == 3
    assert told["edits"] == [_set(card, text="Rings")]
    assert "ann@example.org and bob@example.org changed the same" in told["error"]["what"]
    news = ann.get(f"{API}/{which}/edits?after=2").json()
    assert (news["version"], news["changes"][0]["edits"]) == (3, [_set(card, owner="Bob")])
    assert ann.get(f"{API}/{which}/edits?after=3").json() == {"version": 3, "changes": []}
    again = post(ann, f"/{which}/edits", {"base": 1, "edits": [_set(card, text="Asks around")], "key": "k1"}).json()
    assert again == first  # what came after it is fetched as ever
    nothing = post(
        ann, f"/{which}/edits", {"base": 2, "edits": [{"op": "move", "of": "card", "id": card, "before": card}]}
    )
    assert (nothing.json()["version"], [one["version"] for one in nothing.json()["since"]]) == (3, [3])
    assert post(ann, f"/{which}/edits", {"base": 3, "edits": [{"op": "paint"}]}).status_code == 400
    undone = post(ann, f"/{which}/edits", {"base": 3, "edits": first["undo"]}).json()
    assert undone["version"] == 4


def _set(card, **values):
    return {"op": "set", "of": "card", "id": card, "values": values}


def test_history_names_versions_and_brings_them_back(journey):
    client, made = journey
    which, card = made["id"], made["map"]["cards"][0]["id"]
    post(client, f"/{which}/edits", {"base": 1, "edits": [{"op": "remove", "of": "card", "id": card}], "note": "no"})
    post(client, f"/{which}/versions", {"version": 1, "name": "as agreed"})
    told = client.get(f"{API}/{which}/versions").json()["versions"]
    assert [(one["version"], one["name"], one["note"]) for one in told] == [
        (2, "", "no"),
        (1, "as agreed", "from the template journey"),
    ]
    assert len(client.get(f"{API}/{which}/versions/2").json()["changes"]) == 1
    assert client.get(f"{API}/{which}/versions/9").status_code == 404
    assert post(client, f"/{which}/restore", {"version": 1, "base": 1}).status_code == 409
    back = post(client, f"/{which}/restore", {"version": 1, "base": 2}).json()
    assert back["version"] == 3
    assert sorted(one["id"] for one in back["map"]["cards"]) == sorted(one["id"] for one in made["map"]["cards"])
    assert client.get(f"{API}/{which}/versions/1").json()["map"] == made["map"]


def test_what_was_measured_is_laid_over_with_what_the_viewer_may_see(journey, visitor):
    client, made = journey
    which = made["id"]
    whole = client.get(f"{API}/{which}/overlay?days=0").json()
    assert whole["map"] == which
    volumes = {step: one["volume"] for step, one in whole["steps"].items()}
    assert sum(volumes.values()) > 0
    some = visitor("viewer", {"region": ["emea"]}).get(f"{API}/{which}/overlay?days=0").json()
    assert 0 < sum(one["volume"] for one in some["steps"].values()) < sum(volumes.values())
    fewer = client.get(f"{API}/{which}/overlay?days=0&segment=region:emea").json()
    assert {k: one["volume"] for k, one in fewer["steps"].items()} == {
        k: one["volume"] for k, one in some["steps"].items()
    }
    assert set(client.get(f"{API}/{which}/findings").json()) == {"findings", "validation"}
    assert client.get(f"{API}/{which}/overlay?colour=red").status_code == 400
    assert client.get(f"{API}/{which}/gaps").status_code == 400
    made = post(client, f"/{which}/future").json()
    assert (made["state"], made["of"]) == ("future", which)
    gaps = client.get(f"{API}/{which}/gaps?days=0").json()
    assert (gaps["current"], gaps["future"]) == (which, made["id"])
    assert client.get(f"{API}/{made['id']}/gaps?days=0").json() == gaps
    story = client.get(f"{API}/{which}/story?days=0").json()
    assert any(said["question"] == "stages" for one in story["passages"] for said in one["sentences"])
    assert client.get(f"{API}/{which}/story?days=0&kind=summary").json()["kind"] == "summary"
    assert client.get(f"{API}/{which}/story?of=Nobody").status_code == 400
    assert "priorities" in client.get(f"{API}/{which}/priorities?days=0").json()


def test_files_come_out_and_go_in_again(journey, visitor):
    client, made = journey
    which = made["id"]
    text = client.get(f"{API}/{which}/export?format=yaml").content.decode()
    assert post(client, "", {"yaml": text}).status_code == 409
    same = post(client, "", {"yaml": text, "replaces": True})
    assert (same.status_code, same.json()["version"]) == (201, 1)
    changed = post(client, "", {"yaml": text.replace("How people buy", "Buying"), "replaces": True}).json()
    assert (changed["name"], changed["version"]) == ("Buying", 2)
    assert post(client, "", {"yaml": "id: x\nlanes: [\n"}).status_code == 400
    whole = json.loads(client.get(f"{API}/{which}/export?format=json").content)
    assert post(client, "", {"map": {**whole, "id": "other"}}).status_code == 201
    svg = client.get(f"{API}/{which}/export?format=svg&measured=true&days=0")
    assert svg.content.startswith(b"<?xml")
    assert 'filename="how-people-buy.svg"' in svg["Content-Disposition"]
    viewer = visitor("viewer")
    assert viewer.get(f"{API}/{which}/export?format=markdown").status_code == 200
    assert viewer.get(f"{API}/{which}/export?format=svg&measured=true").status_code == 403
    assert client.get(f"{API}/{which}/export?format=exe").status_code == 400


def test_comments_name_colleagues_and_are_settled(journey, visitor):
    ann, made = journey
    which, card = made["id"], made["map"]["cards"][0]["id"]
    bob = visitor("viewer", name="bob")
    said = post(bob, f"/{which}/comments", {"text": "@ann is this so?", "of": "card", "part": card})
    assert said.status_code == 201
    assert said.json()["mentions"] == ["ann@example.org"]
    reply = post(ann, f"/{which}/comments", {"text": "It is.", "reply_to": said.json()["id"]}).json()
    assert (reply["of"], reply["part"], reply["reply_to"]) == ("card", card, said.json()["id"])
    assert post(bob, f"/{which}/comments", {"text": "?", "of": "card", "part": "none"}).status_code == 400
    assert post(visitor("agent"), f"/{which}/comments/{reply['id']}", {"done": True}).status_code == 403
    done = post(ann, f"/{which}/comments/{reply['id']}", {"done": True}).json()
    assert (done["id"], done["resolved_by"]) == (said.json()["id"], "ann@example.org")
    assert len(ann.get(f"{API}/{which}/comments").json()["comments"]) == 2


def test_a_map_is_put_away_and_taken_out(journey):
    client, made = journey
    which = made["id"]
    assert client.delete(f"{API}/{which}").json()["archived_at"]
    assert client.get(API).json() == {"maps": []}
    assert len(client.get(f"{API}?archived=true").json()["maps"]) == 1
    assert post(client, f"/{which}/unarchive").json()["archived_at"] is None
    assert post(client, f"/{which}/review").json()["reviewed_by"] == "ann@example.org"


def test_a_tenant_does_not_see_another(journey, visitor):
    from touchline.server.maps import keeping
    from touchline.server.maps.errors import MapMissing

    _, made = journey
    assert keeping.load(SLUG, made["id"])
    with pytest.raises(MapMissing):
        keeping.load("elsewhere", made["id"])


def test_who_looks_at_a_map_is_seen_while_they_ask(journey, visitor, monkeypatch):
    from touchline.server.maps import presence

    now = [0.0]
    monkeypatch.setattr(presence, "ROOMS", presence.Rooms(lambda: now[0]))
    ann, made = journey
    bob, which = visitor("viewer", name="bob"), f"{API}/{made['id']}/edits?after=1"
    assert "people" not in ann.get(which).json()
    assert ann.get(f"{which}&here=card:c1").json()["people"] == []
    assert bob.get(f"{which}&here=map").json()["people"] == [{"name": "ann@example.org", "of": "card", "part": "c1"}]
    assert ann.get(f"{which}&here=map").json()["people"] == [{"name": "bob@example.org", "of": "map", "part": ""}]
    now[0] = presence.GONE + 1  # bob closed the page
    assert ann.get(f"{which}&here=map").json()["people"] == []
    for wrong in ("card", "map:x", "wall:c1", "card:" + "x" * 300):
        assert ann.get(f"{which}&here={wrong}").status_code == 400
    hidden = {"seen_by": {"roles": [], "people": []}, "changed_by": None}
    ann.put(f"{API}/{made['id']}/access", json.dumps(hidden), content_type="application/json")
    assert bob.get(f"{which}&here=map").status_code == 404
    assert ann.get(f"{which}&here=map").json()["people"] == []
