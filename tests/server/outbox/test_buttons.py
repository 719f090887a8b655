"""Buttons that act: pressed in Slack, signed and answered; or opened as a link, with a log-in. Each once."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from touchline.errors import QuestionError
from touchline.server.outbox import acts, managing, pressing, queue
from touchline.server.outbox.models import Delivery, Handle, Press, Target
from touchline.server.outbox.worker import send_due
from touchline.server.people.facade import Access
from touchline.server.people.models import Entry, Membership
from touchline.server.workspaces.facade import Workspace

from .conftest import Call, Fake, Says

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
EMAIL = "ann@acme.example"


class Lamp:
    """A thing that buttons switch on."""

    def __init__(self) -> None:
        self.on: list[str] = []

    def do(self, _slug: str, of: str, who: Access) -> str:
        if of == "broken":
            raise QuestionError("this lamp is broken", todo="buy another")
        if of not in self.on:
            self.on.append(of)
        return f"{who.name} has switched on lamp {of}."


@pytest.fixture
def lamp(monkeypatch: pytest.MonkeyPatch) -> Lamp:
    made = Lamp()
    one = acts.Act(
        "lamp.on", "Switch on", "lamp.on", lambda of: f"lamp {of}", lambda slug, of: f"/w/{slug}/#lamp-{of}", made.do
    )
    monkeypatch.setitem(acts._acts, one.name, one)
    return made


@pytest.fixture
def people(acme: str) -> dict[str, Any]:
    found = {}
    for name, role in (("ann", "agent"), ("vic", "viewer"), ("max", "admin")):
        found[name] = get_user_model().objects.create(email=f"{name}@acme.example")
        Membership.objects.create(user=found[name], workspace=Workspace.objects.get(slug=acme), role=role)
    return found


@pytest.fixture
def slack(acme: str, fake: Fake, people: dict[str, Any]) -> Target:
    """A Slack whose users.info knows one address."""

    def answer(call: Call) -> Says:
        if call.path.startswith("/api/users.info"):
            who = {"U1": EMAIL, "U3": "vic@acme.example", "U5": EMAIL}.get(call.path.rpartition("=")[2], "")
            team = "T9" if call.path.endswith("U5") else "T1"
            return Says(body={"ok": True, "user": {"team_id": team, "is_email_confirmed": True,
                                                   "profile": {"email": who}}})  # fmt: skip
        return Says(body={"ok": True})

    fake.answer = answer
    said = {"url": f"{fake.url}/services/T1/B1/x", "signing": SECRET, "token": "xoxb-1"}
    return managing.create(acme, "team", "slack", said)[0]


def _told(slug: str, target: str, fake: Fake, of: str = "7") -> dict[str, Any]:
    with transaction.atomic():
        body = {"title": "Dark <in here>", "acts": [{"act": "lamp.on", "of": of}, {"act": "lamp.gone", "of": "1"}]}
        queue.put(slug, target, "case.opened", body, key=f"k{of}")
    send_due(client=fake.client)
    return fake.calls[-1].json


def _call(target: Target, fake: Fake, value: str, *, user: str = "U1", at: float | None = None, secret: str = SECRET,
          reply: str = "", number: int = 1) -> tuple[int, bytes]:  # fmt: skip
    payload = {
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": user, "name": f"n-{user}", "team_id": "T1"},
        "trigger_id": f"{number}", "response_url": reply or f"{fake.url}/actions/T1/1",
        "actions": [{"type": "button", "action_id": "a", "value": value, "action_ts": "1"}],
    }  # fmt: skip
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return _signed(target, body, at, secret), body


def _signed(target: Target, body: bytes, at: float | None = None, secret: str = SECRET) -> int:
    stamp = str(int(time.time() if at is None else at))
    made = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    answer = Browser().generic(
        "POST", f"/api/v1/heard/{target.inbound}", body, content_type="application/x-www-form-urlencoded",
        headers={"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"},
    )  # fmt: skip
    return answer.status_code


def test_a_press_in_slack_acts_in_the_name_of_who_pressed_once_and_the_message_says_so(
    acme: str, slack: Target, fake: Fake, lamp: Lamp
) -> None:
    told = _told(acme, "team", fake)
    (button,) = told["blocks"][-1]["elements"]
    assert (button["text"]["text"], "url" in button) == ("Switch on", False)
    at = time.time()
    status, body = _call(slack, fake, button["value"], at=at)
    assert status == 200
    assert lamp.on == []  # it is written down, and heard; a thread does it
    assert _signed(slack, body, at) == 200  # the same call again
    assert Press.objects.count() == 1
    assert pressing.work(client=fake.client) == 1
    assert lamp.on == ["7"]
    asked, answered = fake.calls[-2:]
    assert asked.headers["authorization"] == "Bearer xoxb-1"
    assert answered.path == "/actions/T1/1"
    said = answered.json
    assert said["replace_original"] is True
    assert [block["type"] for block in said["blocks"]] == ["header", "context"]  # the button is gone
    assert "ann@acme.example has switched on lamp 7." in json.dumps(said["blocks"][-1])
    assert pressing.work(client=fake.client) == 0
    entry = Entry.objects.get(action="lamp.on")
    assert (entry.name, entry.what) == (EMAIL, "lamp 7, by slack")
    assert Press.objects.get().reply == ""
    _call(slack, fake, button["value"], number=2)  # pressed again: the act itself changes nothing
    pressing.work(client=fake.client)
    assert lamp.on == ["7"]


def test_what_is_not_signed_just_now_by_this_app_is_not_believed(
    acme: str, slack: Target, fake: Fake, lamp: Lamp
) -> None:
    value = _told(acme, "team", fake)["blocks"][-1]["elements"][0]["value"]
    assert _call(slack, fake, value, secret="another")[0] == 403
    assert _call(slack, fake, value, at=time.time() - 301)[0] == 403
    assert _call(slack, fake, value, at=time.time() + 301)[0] == 403
    assert _call(slack, fake, value[:-2] + "aa")[0] == 403  # signed by Slack, but not a button of ours
    other = acts.sealed(acts.Button("other", "msg", "lamp.on", "7"))
    assert _call(slack, fake, other)[0] == 403
    assert _call(slack, fake, "")[0] == 200  # a button that only leads somewhere
    assert _signed(slack, b"payload=nothing") == 403
    assert _signed(slack, b"payload=%5B1%5D") == 403
    managing.change(acme, "team", {"signing": "replaced"}, None)
    assert _call(slack, fake, value)[0] == 403
    assert (Press.objects.count(), lamp.on) == (0, [])


@pytest.mark.parametrize("user", ["U2", "U5"])
def test_somebody_unknown_is_told_how_to_say_who_they_are(
    acme: str, slack: Target, fake: Fake, lamp: Lamp, people: dict[str, Any], user: str
) -> None:
    """U2 has no address here; U5 has Ann's, but in another organisation that shares the channel."""
    value = _told(acme, "team", fake)["blocks"][-1]["elements"][0]["value"]
    assert _call(slack, fake, value, user=user)[0] == 200
    pressing.work(client=fake.client)
    said = fake.calls[-1].json
    assert (said["response_type"], said["replace_original"], lamp.on) == ("ephemeral", False, [])
    assert "nobody here knows who you are" in said["text"]
    link = said["text"].partition("<")[2].partition("|")[0]
    path = "/w/" + link.partition("/w/")[2]
    assert Entry.objects.filter(action="button.refused").exists()
    assert Browser().get(path).status_code == 302  # to the log-in
    browser = Browser()
    browser.force_login(people["ann"])
    assert f"n-{user}" in browser.get(path).content.decode()
    assert Handle.objects.count() == 0
    assert browser.post(path).status_code == 200
    _call(slack, fake, value, user=user, number=2)
    pressing.work(client=fake.client)
    assert lamp.on == ["7"]
    boss = Browser()
    boss.force_login(people["max"])
    assert f"n-{user}" in boss.get("/w/acme/targets/team").content.decode()
    told = boss.get("/api/v1/chat-people").json()["people"]
    assert [(one["their"], one["email"], one["made_by"]) for one in told] == [(user, EMAIL, EMAIL)]
    assert boss.delete(f"/api/v1/chat-people/{told[0]['person']}").status_code == 204
    assert boss.delete(f"/api/v1/chat-people/{told[0]['person']}").status_code == 400
    stated = {"team": "T1", "their": user, "email": "nobody@acme.example"}
    assert boss.post("/api/v1/chat-people", stated, content_type="application/json").status_code == 400
    stated["email"] = EMAIL
    assert boss.post("/api/v1/chat-people", stated, content_type="application/json").status_code == 201
    assert boss.post(f"/w/acme/targets/people/{Handle.objects.get().pk}/forget").status_code == 302
    assert Handle.objects.count() == 0


def test_a_role_that_may_not_a_lamp_that_cannot_and_a_slack_that_is_away(
    acme: str, slack: Target, fake: Fake, lamp: Lamp
) -> None:
    value = _told(acme, "team", fake, "broken")["blocks"][-1]["elements"][0]["value"]
    _call(slack, fake, value, user="U3")
    pressing.work(client=fake.client)
    assert "does not allow to work on cases" in fake.calls[-1].json["text"]
    _call(slack, fake, value)
    pressing.work(client=fake.client)
    assert fake.calls[-1].json["text"] == "This lamp is broken; buy another."
    assert {one.state for one in Press.objects.all()} == {"refused"}
    good = _told(acme, "team", fake, "9")["blocks"][-1]["elements"][0]["value"]
    before, fake.answer = fake.answer, lambda _call: None
    _call(slack, fake, good)
    pressing.work(client=fake.client)  # who it is cannot be asked: later
    assert (lamp.on, Press.objects.latest("id").state) == ([], "waiting")
    fake.answer = before
    pressing.work(client=fake.client, now=timezone.now() + timedelta(seconds=6))
    assert lamp.on == ["9"]


def test_an_answer_goes_where_the_webhook_leads_and_nowhere_else(
    acme: str, slack: Target, fake: Fake, lamp: Lamp
) -> None:
    value = _told(acme, "team", fake)["blocks"][-1]["elements"][0]["value"]
    _call(slack, fake, value, reply="https://evil.example/steal")
    said = len([call for call in fake.calls if call.method == "POST"])
    pressing.work(client=fake.client)
    assert lamp.on == ["7"]
    assert len([call for call in fake.calls if call.method == "POST"]) == said


def test_a_link_is_opened_with_a_log_in_asks_once_more_and_does_it_once(
    acme: str, fake: Fake, lamp: Lamp, people: dict[str, Any]
) -> None:
    """Teams lets buttons of a webhook lead somewhere, and no more; mail too."""
    managing.create(acme, "teams", "teams", {"url": f"{fake.url}/workflow"})
    card = _told(acme, "teams", fake)["attachments"][0]["content"]
    (action,) = card["actions"]
    assert (action["type"], action["title"]) == ("Action.OpenUrl", "Switch on")
    path = "/w/" + action["url"].partition("/w/")[2]
    assert Browser().get(path).status_code == 302
    viewer, browser, boss = Browser(), Browser(enforce_csrf_checks=True), Browser()
    viewer.force_login(people["vic"])
    browser.force_login(people["ann"])
    boss.force_login(people["max"])
    assert viewer.post(path).status_code == 403
    page = browser.get(path).content.decode()
    assert ("lamp 7" in page, EMAIL in page) == (True, True)
    assert browser.post(path).status_code == 403  # without the token against forgery
    assert lamp.on == []  # opening it did nothing
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    done = browser.post(path, {"csrfmiddlewaretoken": token})
    assert (done.status_code, done["Location"]) == (302, "/w/acme/#lamp-7")
    assert lamp.on == ["7"]
    lamp.on.clear()
    assert "has used this button" in boss.post(path).content.decode()
    assert lamp.on == []
    assert Entry.objects.get(action="lamp.on").what == "lamp 7, by link"
    bad = path[:-2] + "aa"
    assert boss.get(bad).status_code == 404
    _told(acme, "teams", fake, "broken")
    wrong = "/w/" + fake.calls[-1].json["attachments"][0]["content"]["actions"][0]["url"].partition("/w/")[2]
    assert "This lamp is broken" in boss.post(wrong).content.decode()
    assert Press.objects.filter(of="broken").count() == 0  # it can be used once it works
    Delivery.objects.all().delete()
    assert "not kept any more" in boss.post(wrong).content.decode()


def test_without_the_apps_secret_slacks_buttons_are_links_too(acme: str, fake: Fake, lamp: Lamp) -> None:
    managing.create(acme, "plain", "slack", {"url": f"{fake.url}/services/x"})
    (button,) = _told(acme, "plain", fake)["blocks"][-1]["elements"]
    assert ("value" in button, "/w/acme/do/" in button["url"]) == (False, True)


def test_presses_are_forgotten_with_their_buttons(acme: str, slack: Target, fake: Fake, lamp: Lamp) -> None:
    value = _told(acme, "team", fake)["blocks"][-1]["elements"][0]["value"]
    _call(slack, fake, value)
    assert pressing.forget_old() == 0
    assert pressing.forget_old(timezone.now() + acts.GOOD_FOR + timedelta(hours=1)) == 1
