"""Who is named in a comment, and who looks after a map that waits for its review, has a mail; unless they want none."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from tests.server.maps.conftest import SLUG

from touchline.server.maps.circles import Circle
from touchline.server.maps.keeping import keep_to
from touchline.server.maps.models import Sheet
from touchline.server.maps.reminding import remind_of_late
from touchline.server.outbox import facade, worker
from touchline.server.outbox.models import Target
from touchline.server.people.facade import User

pytestmark = pytest.mark.django_db
API = "/api/v1/maps"


def post(client, path, body=None):
    return client.post(f"{API}{path}", json.dumps(body or {}), content_type="application/json")


@pytest.fixture
def desk(visitor, settings):
    """Ann, who has made a map, and Bob; there is a mail server."""
    settings.EMAIL_HOST = "mail.example"
    ann, bob = visitor("analyst", name="ann"), visitor("viewer", name="bob")
    assert post(ann, "", {"template": "journey", "name": "Shop"}).status_code == 201
    return ann, bob


def sent() -> list[tuple[list[str], str]]:
    worker.send_due()
    found = [(one.to, one.subject) for one in mail.outbox]
    mail.outbox.clear()
    return found


def test_who_is_named_has_a_mail_once(desk) -> None:
    ann, bob = desk
    post(ann, "/shop/comments", {"text": "@bob, and @ann and @nobody: is this so?"})
    worker.send_due()
    (letter,) = mail.outbox
    assert letter.to == ["bob@example.org"]
    assert letter.subject == "ann@example.org names you on the map Shop"
    assert "is this so?" in letter.body
    assert "/account#mails" in letter.body
    assert sent() == [(["bob@example.org"], letter.subject)]  # nothing was sent again
    assert facade.targets(SLUG) == []
    assert bob.get(f"/w/{SLUG}/maps").content.decode().count("#comment-") == 1

    bob.post("/account/mails", {"mail": ["reviews"]})
    post(ann, "/shop/comments", {"text": "@bob, once more"})
    assert sent() == []
    assert 'value="reviews" checked' in bob.get("/account").content.decode()
    bob.post("/account/mails", {"mail": ["reviews", "mentions"]})
    post(ann, "/shop/comments", {"text": "@bob, a third time"})
    assert len(sent()) == 1


def test_nobody_is_mailed_of_what_they_may_not_see_or_without_a_mail_server(desk, settings) -> None:
    ann, _bob = desk
    settings.EMAIL_HOST = ""
    post(ann, "/shop/comments", {"text": "@bob"})
    settings.EMAIL_HOST = "mail.example"
    keep_to(SLUG, "shop", seen_by=Circle(), changed_by=None)
    post(ann, "/shop/comments", {"text": "@bob"})
    assert sent() == []
    assert not Target.objects.exists()


def test_who_looks_after_a_map_is_mailed_when_its_review_is_due(desk) -> None:
    ann, bob = desk
    later = (timezone.now() + timedelta(days=91)).date()
    assert remind_of_late(later) == 1
    assert sent() == [(["ann@example.org"], "Does the map Shop still hold?")]  # who made it
    assert remind_of_late(later) == 0
    ann.post(f"/w/{SLUG}/maps/shop/review")
    edit = {"op": "set", "of": "map", "values": {"owner": "Bob"}}
    assert post(ann, "/shop/edits", {"base": 1, "edits": [edit]}).status_code == 200
    long_ago = timezone.now() - timedelta(days=200)
    Sheet.objects.update(created_at=long_ago, reviewed_at=long_ago)
    assert remind_of_late() == 1
    assert sent() == [(["bob@example.org"], "Does the map Shop still hold?")]
    for client, mine in ((bob, True), (ann, False)):
        assert ("Does “Shop” still hold?" in client.get(f"/w/{SLUG}/maps").content.decode()) is mine
    User.objects.filter(email="bob@example.org").update(is_active=False)
    Sheet.objects.update(reminded_at=None)
    assert remind_of_late() == 1
    assert sent() == [(["ann@example.org"], "Does the map Shop still hold?")]  # Bob has left: who made it
