"""Guests of a workshop: let in by a code for some hours, to its notes and votes, and to nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.server.maps.conftest import SLUG

from touchline.maps.library import template
from touchline.server.maps import guests, keeping, workshop_said, workshops
from touchline.server.maps.circles import Circle
from touchline.server.maps.views import guests as pages
from touchline.server.maps.workshop_models import Door, Dot, Note, Workshop
from touchline.server.people.facade import ROLES, Access, Rates

pytestmark = pytest.mark.django_db
ANN = Access(SLUG, 1, None, "ann@example.org", "analyst", ROLES["analyst"])
SCRIPT = {"headers": {"Touchline-Part": "board"}}


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch):
    monkeypatch.setattr(guests, "ACTS", Rates(1000.0))
    monkeypatch.setattr(guests, "LOOKS", Rates(1000.0))
    monkeypatch.setattr(guests, "GUESSES", guests.Guesses())


@pytest.fixture
def workshop(visitor) -> Workshop:
    """A workshop in which notes are written, and nobody's name is kept."""
    visitor("analyst", name="ann")
    keeping.create(SLUG, template("journey"), "ann@example.org")
    made = workshops.make(SLUG, "ann@example.org", title="Wall", of="journey", agenda="two-hours", dots=2)
    at = next(one.at for one in workshops.lines(made) if one.exercise and one.exercise.id not in ("line", "moments"))
    return workshops.go(SLUG, made.pk, at)


def joined(door: Door, name: str = "") -> Client:
    client = Client()
    answer = client.post("/workshops/join", {"code": guests.shown(door).lower(), "name": name})
    assert answer.status_code == 302, answer.content
    assert answer["Location"] == f"/workshops/guest/{door.workshop_id}"
    return client


def note(client: Client, workshop: Workshop, text: str, **more: str):
    exercise = workshops.now_on(workshop).exercise
    assert exercise is not None
    step = next(keeping.load(SLUG, "journey").map.steps()).id if exercise.id in workshops.ALONG else ""
    given = {"do": "write", "prompt": exercise.prompts[0].id, "step": step, "text": text, **more}
    return client.post(f"/workshops/guest/{workshop.pk}/part", given, **SCRIPT)


def test_a_guest_writes_and_votes_and_sees_nothing_else(workshop, visitor) -> None:
    keeping.keep_to(SLUG, "journey", seen_by=Circle(), changed_by=None)  # whoever may not see the map is let in too
    leader = visitor("admin")
    room = f"/w/{SLUG}/workshops/{workshop.pk}"
    leader.post(f"{room}/door", {"hours": "2"})
    door = Door.objects.get()
    assert guests.shown(door) in leader.get(room).content.decode()
    assert timedelta(hours=1, minutes=59) < door.expires_at - timezone.now() <= timedelta(hours=2)

    bob, eve = joined(door, "Bob"), joined(door)
    assert "Too late" in note(bob, workshop, "Too late").content.decode()
    page = bob.get(f"/workshops/guest/{workshop.pk}").content.decode()
    assert "Too late" in page
    assert f"/w/{SLUG}" not in page  # no way into the workspace
    one = Note.objects.get()
    assert one.by == ""  # nobody sees who wrote what: the name is not kept
    for do, more in (("edit", {"text": "Mine"}), ("remove", {})):
        answer = eve.post(f"/workshops/guest/{workshop.pk}/part", {"do": do, "note": one.pk, **more}, **SCRIPT)
        assert answer.status_code == 400
    assert note(bob, workshop, "Much too late", do="edit", note=str(one.pk)).status_code == 200
    assert Note.objects.get().text == "Much too late"

    workshops.voting(SLUG, workshop.pk, True)
    for client, status in ((bob, 200), (eve, 200), (eve, 200), (eve, 400)):  # two dots each
        answer = client.post(f"/workshops/guest/{workshop.pk}/part", {"do": "dot", "note": one.pk}, **SCRIPT)
        assert answer.status_code == status
    assert Dot.objects.count() == 3
    for do in ("group", "move", "name", "ungroup", "cards", "go", "close"):
        answer = bob.post(f"/workshops/guest/{workshop.pk}/part", {"do": do, "note": one.pk}, **SCRIPT)
        assert answer.status_code == 400, do
    for path in (room, f"{room}/board", f"{room}/part", f"/w/{SLUG}/maps", "/api/v1/workshops", f"{room}/door"):
        assert bob.get(path).status_code in (302, 401, 405), path
    other = workshops.make(SLUG, "ann@example.org", title="Other", of="journey", agenda="two-hours")
    assert bob.get(f"/workshops/guest/{other.pk}").status_code == 404
    assert bob.get(f"/workshops/guest/{workshop.pk}/board?after=0").status_code == 200
    assert workshop_said.people(Workshop.objects.get(pk=workshop.pk)) == 1


def test_a_named_guest_is_named(workshop) -> None:
    Workshop.objects.filter(pk=workshop.pk).update(anonymous=False)
    bob = joined(guests.open_door(SLUG, workshop.pk, "ann"), "  Bob   Stone ")
    note(bob, workshop, "Too late")
    assert Note.objects.get().by == "Bob Stone"


def test_a_code_ends(workshop) -> None:
    first = guests.open_door(SLUG, workshop.pk, "ann")
    bob = joined(first)
    second = guests.open_door(SLUG, workshop.pk, "ann", hours=1)
    assert bob.get(f"/workshops/guest/{workshop.pk}").status_code == 404  # a new code ends the one before
    eve = joined(second)
    assert eve.get(f"/workshops/guest/{workshop.pk}").status_code == 200
    Door.objects.filter(pk=second.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert eve.get(f"/workshops/guest/{workshop.pk}").status_code == 404
    assert note(eve, workshop, "x").status_code == 404
    third = guests.open_door(SLUG, workshop.pk, "ann")
    assert guests.close_door(SLUG, workshop.pk)
    assert Client().post("/workshops/join", {"code": third.code}).status_code == 404
    workshops.close(SLUG, workshop.pk, over=True)
    assert guests.door_of(Workshop.objects.get(pk=workshop.pk)) is None


def test_guessing_and_flooding_are_stopped(workshop, monkeypatch) -> None:
    door, thief = guests.open_door(SLUG, workshop.pk, "ann"), Client()
    for _ in range(guests.Guesses.MOST):
        assert thief.post("/workshops/join", {"code": "WRNGCDE2"}).status_code == 404
    assert thief.post("/workshops/join", {"code": door.code}).status_code == 429
    monkeypatch.setattr(guests, "GUESSES", guests.Guesses())
    bob = joined(door)
    monkeypatch.setattr(guests, "ACTS", Rates(0.001))
    assert [note(bob, workshop, "x").status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr(guests, "ACTS", Rates(1000.0))
    monkeypatch.setattr(guests, "_MOST_NOTES", 2)
    assert [note(bob, workshop, "x").status_code for _ in range(2)] == [200, 400]
    forged = Client()
    forged.cookies[pages.COOKIE] = bob.cookies[pages.COOKIE].value[:-2] + "xx"
    assert forged.get(f"/workshops/guest/{workshop.pk}").status_code == 404
    cookie = bob.cookies[pages.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/workshops/guest")


def test_who_may_open_it(workshop, visitor) -> None:
    assert visitor("viewer").post(f"/w/{SLUG}/workshops/{workshop.pk}/door").status_code == 403
    api = f"/api/v1/workshops/{workshop.pk}/door"
    ann = visitor("analyst", name="ann")
    told = ann.post(api, "{}", content_type="application/json").json()
    assert told["url"].endswith(reverse("join-workshop"))
    assert ann.get(api).json()["code"] == told["code"]
    assert visitor("viewer").get(api).status_code == 403
    assert ann.delete(api).json() == {"closed": True}
    assert ann.get(api).json() == {"code": None, "url": None, "expires_at": None}
    assert ann.post(api, '{"hours": 500}', content_type="application/json").status_code in (400, 422)
