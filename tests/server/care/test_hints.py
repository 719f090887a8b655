"""Somebody who loses patience in a conversation that goes on raises one hint to the desk, and only for now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from tests.server.plays.conftest import SLUG, bring, made, room, survey  # noqa: F401  a room that each test may change

from touchline.server.care import hints
from touchline.server.care.models import Hint
from touchline.server.people.models import Membership

if TYPE_CHECKING:
    from tests.server.plays.conftest import Room

pytestmark = pytest.mark.django_db
ANGRY = "I am furious. This is the third time that I explain it, I am so angry with you!"


def says(room: Room, ref: str, text: str, at: datetime, **more: Any) -> list[Hint]:  # noqa: F811
    row = survey(at, 5.0, ref=ref) | {"kind": "chat", "channel": "chat", "answers": None, "programme": None} | more
    with room.held.writing() as workspace:
        bring(workspace, [row | {"text": text, "conversation_ref": f"chat-{ref}"}], live=True)
    return hints.look(room.held, timezone.now())


@pytest.fixture(autouse=True)
def _looked(room: Room) -> None:  # noqa: F811
    hints._read.pop(SLUG, None)
    hints.look(room.held)


def test_one_hint_for_a_conversation_until_somebody_takes_it(room: Room) -> None:  # noqa: F811
    now = timezone.now()
    (hint,) = says(room, "c1", ANGRY, now)
    assert (hint.customer, hint.channel, hint.segments) == ("c1", "chat", {"region": "apac"})
    assert hint.emotion in ("anger", "frustration")
    assert says(room, "c1", ANGRY + " Hello?", now) == []
    assert [one["customer"] for one in room.client("ann").get(f"/api/v1/hints?workspace={SLUG}").json()["hints"]] == [
        "c1"
    ]
    desk = room.client("ann")
    assert "Losing patience right now" in desk.get(f"/w/{SLUG}/cases/hints").content.decode()
    went = desk.post(f"/w/{SLUG}/cases/hints/{hint.pk}/take")
    assert went["Location"].endswith("/customers/c1")
    assert "c1" not in desk.get(f"/w/{SLUG}/cases/hints").content.decode()
    assert desk.post(f"/api/v1/hints/{hint.pk}/take?workspace={SLUG}").status_code in (400, 403)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Thank you, that was quick and kind, I am happy", {}),
        (ANGRY, {"ago": timedelta(hours=1)}),
        (ANGRY, {"kind": "review"}),
        (ANGRY, {"author": "employee"}),
    ],
)
def test_what_is_not_now_not_angry_or_not_the_customers_raises_none(
    room: Room, text: str, more: dict[str, Any]  # noqa: F811
) -> None:  # fmt: skip
    at = timezone.now() - more.pop("ago", timedelta(0))
    assert says(room, "c2", text, at, **more) == []


def test_it_is_seen_by_those_who_may_see_the_customer_and_forgotten_after_a_day(room: Room) -> None:  # noqa: F811
    says(room, "c1", ANGRY, timezone.now())
    says(room, "c2", ANGRY, timezone.now())
    vic = Membership.objects.get(user=room.people["vic"]).access
    assert [one.customer for one in hints.hints(SLUG, vic)] == ["c1"]  # of apac
    Hint.objects.update(at=timezone.now() - timedelta(days=2))
    says(room, "c3", ANGRY, timezone.now())
    assert [one.customer for one in Hint.objects.all()] == ["c3"]
