"""A ticket per case in five systems: made once, told, closed on both sides; whatever gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from touchline.server.outbox import hearing, managing
from touchline.server.outbox.facade import Told, on_told, put
from touchline.server.outbox.models import Delivery, Target, Tie
from touchline.server.outbox.worker import send_due

from .conftest import Fake, Says
from .desks import DESKS, Desk

NAMES = sorted(DESKS)


@pytest.fixture(params=NAMES)
def desk(request: pytest.FixtureRequest, acme: str, fake: Fake) -> Desk:
    made: Desk = DESKS[request.param](name=request.param)
    fake.answer = made
    managing.create(acme, "desk", request.param, made.given(fake.url))
    return made


@pytest.fixture
def heard() -> Iterator[list[Told]]:
    told: list[Told] = []
    on_told(told.append)
    yield told
    hearing._listeners.clear()


def _put(*kinds: str, case: str = "acme-17") -> None:
    for kind in kinds:
        with transaction.atomic():
            put("acme", "desk", kind, {
                "case": case, "title": f"Late parcel: {kind}", "text": "<b>Three weeks</b> & nobody answers",
                "priority": "high", "facts": {"Stage": "Delivery"},
            }, key=f"{case}/{kind}")  # fmt: skip


def test_a_case_is_made_told_and_closed(desk: Desk, fake: Fake) -> None:
    _put("test", "case.opened", "case.updated", "case.closed")
    send_due(client=fake.client)
    assert {row.state for row in Delivery.objects.all()} == {"delivered"}, list(Delivery.objects.values_list("told"))
    (ticket,) = desk.tickets.values()
    assert (ticket["title"], ticket["state"], len(ticket["notes"])) == ("Late parcel: case.opened", "closed", 2)
    assert ticket["private"]
    assert Tie.objects.get().state == "closed"


def test_an_answer_that_gets_lost_makes_no_second_ticket(desk: Desk, fake: Fake) -> None:
    desk.lost = 1
    _put("case.opened")
    send_due(client=fake.client)
    row = Delivery.objects.get()
    assert (row.state, len(desk.tickets)) == ("waiting", 1)
    send_due(client=fake.client, now=row.next_at)
    assert Delivery.objects.get().state == "delivered"
    assert list(desk.tickets) == [Tie.objects.get().theirs]


def test_what_does_not_please_is_given_up_at_once_and_those_behind_it_go_on(desk: Desk, fake: Fake) -> None:
    _put("case.opened")
    fake.answer = lambda _call: Says(422)
    send_due(client=fake.client)
    fake.answer = desk
    _put("case.opened", case="acme-18")
    send_due(client=fake.client)
    states = [row.state for row in Delivery.objects.all()]
    assert states == (
        ["dead", "delivered"] if desk.name != "salesforce" else ["waiting", "waiting"]
    )  # its log-in fails
    fake.answer = lambda _call: Says(429, headers={"Retry-After": "9"})
    _put("case.updated", case="acme-18")
    now = timezone.now() + timedelta(minutes=9)
    send_due(client=fake.client, now=now)
    last = Delivery.objects.filter(tries__gt=0, state="waiting").order_by("id").last()
    assert last is not None
    assert last.next_at - now < timedelta(seconds=11)


def test_a_ticket_that_is_closed_there_is_told_once_and_only_if_it_is_signed(
    desk: Desk, fake: Fake, heard: list[Told]
) -> None:
    _put("case.opened")
    send_due(client=fake.client)
    (theirs,) = desk.tickets
    path = f"/api/v1/heard/{Target.objects.get().inbound}"
    headers, body = desk.closing(theirs, settings.URL + path)
    browser = Client()

    def tell(body: bytes, headers: dict[str, str]) -> int:
        return browser.post(path, body, content_type="application/json", headers=headers).status_code

    assert tell(body, {}) == 403
    assert tell(body, {name: value[:-2] + "xx" for name, value in headers.items()}) == 403
    forged = body.replace(theirs.encode(), b"9999")
    if "Authorization" not in headers:
        assert tell(forged, headers) == 403
    assert heard == []
    assert [tell(body, headers), tell(body, headers)] == [200, 200]
    assert [(one.workspace, one.target, one.case, one.state) for one in heard] == [
        ("acme", "desk", "acme-17", "closed")
    ]
    assert Tie.objects.get().state == "closed"
    assert browser.post("/api/v1/heard/nobody", body, content_type="application/json").status_code == 403


def test_without_a_signing_secret_nothing_is_believed(acme: str, fake: Fake, heard: list[Told]) -> None:
    for name in NAMES:
        made = DESKS[name]()
        given = made.given(fake.url)
        given.pop("signing")
        target, _ = managing.create(acme, name, name, given)
        answer = Client().post(f"/api/v1/heard/{target.inbound}", b"{}", content_type="application/json")
        assert (answer.status_code, "no signing secret" in answer.content.decode()) == (403, True)
