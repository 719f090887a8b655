"""What is told of alerts, cases and late steps has buttons: they do what they say, with the rights of who presses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from touchline.errors import TouchlineError
from touchline.server.care.facade import Case, change
from touchline.server.monitoring.facade import AlertNotice
from touchline.server.monitoring.models import Alert
from touchline.server.monitoring.spec import Spec
from touchline.server.outbox import acts, managing
from touchline.server.outbox.models import Delivery
from touchline.server.people.models import Membership
from touchline.server.plays import connecting, following
from touchline.server.plays.models import Step

from .conftest import NOW, SLUG, Room

#: What an alert keeps of its story.
TOLD = {
    "title": "Delivery: JSI fell 20 points", "spec": Spec("delivery falls", stage="delivery").as_dict(), "before": 70.0,
    "after": 50.0, "low": 15.0, "high": 25.0, "unit": "JSI", "n": 0, "customers": 9, "how_sure": 0.9, "causes": [],
    "who": [], "detail": {},
}  # fmt: skip


@pytest.fixture
def told(room: Room) -> Room:
    managing.create(SLUG, "chat", "slack", {"url": "https://hooks.slack.com/services/x"}, ["*"])
    return room


def buttons(kind: str) -> list[acts.Button]:
    row = Delivery.objects.filter(kind=kind).latest("id")
    return acts.buttons_of(SLUG, row.message, row.body["acts"])


def press(room: Room, button: acts.Button, who: str) -> str:
    access = Membership.objects.get(user=room.people[who]).access
    with transaction.atomic():
        return acts.do(button, access, "slack")


def test_a_case_is_acknowledged_and_taken(told: Room) -> None:
    told.play()
    told.says("c1")
    by_name = {one.act: one for one in buttons("case.opened")}
    assert list(by_name) == ["case.acknowledge", "case.take"]  # the play has given it to somebody
    case = Case.objects.get()
    owner = case.owner
    assert press(told, by_name["case.acknowledge"], "bob") == f"bob@plays.example has acknowledged case {case.number}."
    case.refresh_from_db()
    assert (case.status, case.owner, case.touched_at is not None) == ("in_progress", owner, True)
    assert "before" in press(told, by_name["case.acknowledge"], "ann")
    for _again in range(2):
        assert press(told, by_name["case.take"], "ann") == f"Case {case.number} is ann@plays.example's."
    case.refresh_from_db()
    assert case.owner == told.people["ann"]
    assert case.events.filter(kind="changed").count() == 2 if owner != told.people["ann"] else 1
    with pytest.raises(TouchlineError, match="does not allow"):
        press(told, by_name["case.take"], "vic")
    change(SLUG, case.number, {"status": "resolved"}, by=None, version=None)
    with pytest.raises(TouchlineError, match="over"):
        press(told, by_name["case.take"], "bob")
    assert buttons("case.closed") == []


def test_who_may_not_see_a_customer_cannot_press_either(told: Room) -> None:
    told.play()
    told.says("c2", attributes=[("region", "emea")])
    Membership.objects.filter(user=told.people["bob"]).update(segments={"region": ["apac"]})
    (take, _seen) = sorted(buttons("case.opened"), key=lambda one: one.act, reverse=True)
    with pytest.raises(TouchlineError, match="there is no case"):
        press(told, take, "bob")
    following.follow(timezone.now() + timedelta(days=9))
    with pytest.raises(TouchlineError, match="not there any more"):
        press(told, buttons("play.overdue")[0], "bob")


def test_a_late_step_is_done_once(told: Room) -> None:
    told.play()
    told.says("c3")
    following.follow(NOW + timedelta(hours=5))
    row = Delivery.objects.filter(kind="play.overdue").first()
    (button,) = acts.buttons_of(SLUG, row.message, row.body["acts"])
    number = int(button.of.partition("/")[2])
    assert press(told, button, "ann") == f"ann@plays.example has done step {number}."
    step = Step.objects.get(number=number)
    assert (step.state, step.by) == ("done", "ann@plays.example")
    assert "before" in press(told, button, "bob")
    assert Step.objects.get(number=number).by == "ann@plays.example"
    for of in ("1/9", "x", "9" * 30):
        with pytest.raises(TouchlineError):
            press(told, acts.Button(SLUG, "m", "step.done", of), "ann")


def test_an_alert_is_acknowledged_taken_and_muted(told: Room) -> None:
    row: dict[str, Any] = {
        "workspace": SLUG, "place": "stage:delivery", "stage": "delivery", "kind": "shift", "metric": "jsi",
        "opened_at": NOW, "since": NOW, "updated_at": NOW, "calm_at": NOW, "story": TOLD,
    }  # fmt: skip
    alert = Alert.objects.create(**row)
    notice = AlertNotice("opened", SLUG, alert.pk, "stage:delivery", "delivery", "t", "x", "/", "shift", "jsi", NOW)
    with transaction.atomic():
        connecting.of_alert(notice)
    seen, take, mute = buttons("alert.opened")
    assert "looks after" in press(told, seen, "ann")
    assert "before" in press(told, seen, "bob")
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.owner) == ("ann@plays.example", "ann@plays.example")
    press(told, take, "bob")
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.owner) == ("ann@plays.example", "bob@plays.example")
    press(told, mute, "bob")
    alert.refresh_from_db()
    assert alert.muted
    Membership.objects.filter(user=told.people["bob"]).update(segments={"region": ["apac"]})
    with pytest.raises(TouchlineError):  # an alert tells of all customers
        press(told, take, "bob")
    Alert.objects.update(closed_at=NOW)
    with pytest.raises(TouchlineError, match="over"):
        press(told, take, "ann")
    assert told.client("ann").get(f"/w/{SLUG}/do/{acts.sealed(seen)}").status_code == 200
