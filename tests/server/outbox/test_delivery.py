"""At least once, in order, when it is time; and what each answer of a receiver does."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from touchline.server.outbox import managing, schedule, sending, worker
from touchline.server.outbox.facade import TargetMissing, put, targets, tell
from touchline.server.outbox.models import Attempt, Delivery, Target
from touchline.server.outbox.worker import Worker, send_due
from touchline.server.privacy.stores import forget
from touchline.workspace.persons import Held

from .conftest import Fake, Says

Hook = tuple[Target, str]


def _put(*names: str, target: str = "erp") -> None:
    for name in names:
        with transaction.atomic():
            put("acme", target, "case.opened", {"case": name, "title": f"Case {name}"}, key=name)


def test_a_webhook_is_signed_as_standard_webhooks_says(hook: Hook, fake: Fake) -> None:
    _put("1")
    assert send_due(client=fake.client) == 1
    call = fake.calls[0]
    assert call.path == "/hooks/s3cret"
    Webhook(hook[1]).verify(call.body, call.headers)  # type: ignore[arg-type]  # raises where it is not good
    row = Delivery.objects.get()
    assert (call.json["type"], call.json["data"]["case"]) == ("case.opened", "1")
    assert call.headers["webhook-id"] == row.message
    assert (row.state, row.tries) == ("delivered", 1)
    fresh = managing.rotate("acme", "erp")
    _put("2")
    send_due(client=fake.client)
    for secret in (hook[1], fresh):  # both are good while the receiver changes over
        Webhook(secret).verify(fake.calls[1].body, fake.calls[1].headers)  # type: ignore[arg-type]


def test_what_is_rolled_back_is_never_told_and_a_key_is_told_once(hook: Hook, fake: Fake) -> None:
    with transaction.atomic():
        put("acme", "erp", "case.opened", {}, key="1")
        transaction.set_rollback(True)
    _put("2", "2", "3")
    assert send_due(client=fake.client) == 2
    assert [call.json["data"]["case"] for call in fake.calls] == ["2", "3"]
    with pytest.raises(TargetMissing, match="there are: erp"):
        put("acme", "erq", "case.opened", {}, key="1")


def test_what_fails_is_tried_again_by_the_schedule_with_the_same_id_and_keeps_the_order(hook: Hook, fake: Fake) -> None:
    fake.answer = lambda call: Says(200 if len(fake.calls) > 3 else 500)
    _put("1", "2")
    now, waits = timezone.now(), []
    for _ in range(4):
        assert send_due(client=fake.client, now=now) >= 1
        row = Delivery.objects.order_by("id")[0]
        waits.append((row.next_at - now).total_seconds())
        assert send_due(client=fake.client, now=now) == 0  # not before it is time
        now = row.next_at
    told = [call.json["data"]["case"] for call in fake.calls]
    assert told == ["1", "1", "1", "1", "2"]
    assert len({call.headers["webhook-id"] for call in fake.calls[:4]}) == 1
    for wait, least in zip(waits[:3], (5, 300, 1800), strict=True):
        assert least <= wait <= least * 1.2
    assert [one.status for one in Attempt.objects.filter(delivery=Delivery.objects.order_by("id")[0])] == [500] * 3 + [
        200
    ]


def test_what_never_arrives_is_a_dead_letter_that_can_be_sent_again(hook: Hook, fake: Fake) -> None:
    fake.answer = lambda _call: None
    _put("1", "2")
    now, began = timezone.now(), timezone.now()
    while Delivery.objects.filter(state="waiting", key="1").exists():
        assert send_due(client=fake.client, now=now)
        now = Delivery.objects.get(key="1").next_at
    first = Delivery.objects.get(key="1")
    assert (first.state, first.tries) == ("dead", schedule.TRIES)
    assert timedelta(days=3) < now - began < timedelta(days=4)
    assert Target.objects.get().why_off.startswith("nothing was delivered for three days")
    assert send_due(client=fake.client, now=now + timedelta(days=1)) == 0  # the second waits behind the switch
    fake.answer = lambda _call: Says()
    managing.switch("acme", "erp", on=True)
    managing.replay("acme", first.message)
    fake.calls.clear()
    send_due(client=fake.client)
    assert [call.json["data"]["case"] for call in fake.calls] == ["1", "2"]
    assert fake.calls[0].headers["webhook-id"] == first.message


def test_410_switches_the_target_off_and_nothing_is_lost(hook: Hook, fake: Fake) -> None:
    fake.answer = lambda _call: Says(410)
    _put("1", "2")
    assert send_due(client=fake.client) == 1
    assert [(one.name, one.on) for one in targets("acme")] == [("erp", False)]
    _put("3")
    assert send_due(client=fake.client, now=timezone.now() + timedelta(days=9)) == 0
    fake.answer = lambda _call: Says()
    managing.switch("acme", "erp", on=True)
    assert send_due(client=fake.client) == 3


def test_429_is_believed(hook: Hook, fake: Fake) -> None:
    fake.answer = lambda _call: Says(429, headers={"Retry-After": "77"})
    _put("1")
    now = timezone.now()
    send_due(client=fake.client, now=now)
    wait = (Delivery.objects.get().next_at - now).total_seconds()
    assert 77 <= wait <= 77 * 1.2


def test_a_redirect_is_not_followed_and_the_own_network_is_not_called(hook: Hook, fake: Fake) -> None:
    fake.answer = lambda _call: Says(307, headers={"Location": f"{fake.url}/elsewhere"})
    _put("1")
    send_due(client=fake.client)
    assert len(fake.calls) == 1
    assert Attempt.objects.get().status == 307
    Delivery.objects.update(next_at=timezone.now())
    send_due(most=1)  # as the server does, without an operator's leave
    assert "unencrypted" in Delivery.objects.get().told
    assert "s3cret" not in Delivery.objects.get().told
    assert len(fake.calls) == 1


@given(st.integers(1, 20), st.floats(0, 1), st.none() | st.integers(0, 10**7))
def test_a_wait_is_never_shorter_than_the_schedule_and_at_most_a_fifth_longer(
    tries: int, drawn: float, asked: int | None
) -> None:
    found = schedule.wait(tries, None if asked is None else timedelta(seconds=asked), drawn=lambda: drawn)
    if tries >= schedule.TRIES:
        assert found is None
        return
    assert found is not None
    least = schedule.WAITS[tries - 1] if asked is None else min(timedelta(seconds=asked), timedelta(days=1))
    assert least <= found <= least * 1.2 + timedelta(microseconds=1)


@given(st.text(max_size=40))
def test_any_retry_after_is_read_or_ignored(header: str) -> None:
    found = schedule.asked(header, datetime(2026, 3, 1, tzinfo=UTC))
    assert found is None or found >= timedelta(0)


def test_those_who_want_a_kind_are_told(hook: Hook, fake: Fake) -> None:
    managing.create("acme", "desk", "webhook", {"url": fake.url}, ["case.*"])
    managing.create("acme", "all", "webhook", {"url": fake.url}, ["*"])
    with transaction.atomic():
        assert tell("acme", "case.closed", {}, key="1") == ["all", "desk"]
        assert tell("acme", "alert.opened", {}, key="2") == ["all"]


def test_an_erased_customer_is_in_no_delivery(hook: Hook) -> None:
    with transaction.atomic():
        put("acme", "erp", "case.opened", {"customer": "crm:ann"}, key="1")
        put("acme", "erp", "case.opened", {"customer": "crm:bob"}, key="2")
    forget(Held(frozenset({"crm:ann"}), frozenset(), ()), "acme")
    assert [row.key for row in Delivery.objects.all()] == ["2"]


def test_what_is_old_is_forgotten(hook: Hook, fake: Fake) -> None:
    _put("1", "2")
    send_due(client=fake.client, most=1)
    Delivery.objects.filter(key="1").update(ended_at=timezone.now() - timedelta(days=31))
    managing.forget_old()
    assert [row.key for row in Delivery.objects.all()] == ["2"]


@pytest.mark.django_db(transaction=True)
def test_one_that_hangs_keeps_nobody_else_waiting(fake: Fake) -> None:
    """A receiver that says nothing holds one thread; another target is told meanwhile."""
    free = threading.Event()

    def slow(call: object) -> Says:
        if "slow" in getattr(call, "path", ""):
            free.wait(10)
        return Says()

    fake.answer = slow
    managing.create("acme", "slow", "webhook", {"url": f"{fake.url}/slow"})
    managing.create("acme", "quick", "webhook", {"url": f"{fake.url}/quick"})
    working = Worker(lambda: fake.client)
    working.start()
    try:
        _put("1", "2", target="slow")
        _put("1", "2", "3", target="quick")
        _until(lambda: Delivery.objects.filter(target__name="quick", state="delivered").count() == 3)
        assert not Delivery.objects.filter(target__name="slow", state="delivered").exists()
        free.set()
        _until(lambda: Delivery.objects.filter(state="delivered").count() == 5)
    finally:
        free.set()
        working.stop()
    assert [call.json["data"]["case"] for call in fake.calls if call.path == "/slow"] == ["1", "2"]


def _until(true: object, seconds: float = 8.0) -> None:
    over = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if true():  # type: ignore[operator]
            return
        over.wait(0.05)
    raise AssertionError("it did not become true")


def test_killed_in_the_middle_it_is_delivered_again_with_the_same_id(
    hook: Hook, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver has it, and the process ends before that is written down."""

    class Killed(BaseException):
        """As SIGKILL: nothing of ours runs after it."""

    def killed(*_args: object) -> None:
        raise Killed

    _put("1")
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_write", killed)
        with pytest.raises(Killed):
            send_due(client=fake.client)
    assert worker.due() == [Delivery.objects.get().pk]
    send_due(client=fake.client)
    assert len({call.headers["webhook-id"] for call in fake.calls}) == 1
    assert len(fake.calls) == 2
