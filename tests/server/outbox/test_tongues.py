"""What is told is in the language of those who read it: a colleague's own, the server's; English for programs."""

from __future__ import annotations

import pytest
from django.core import mail as sent
from django.test import Client
from django.utils import timezone

from touchline.server.outbox import worker
from touchline.server.outbox.facade import mail, put
from touchline.server.outbox.models import Delivery, Target
from touchline.server.people.facade import User, language_of
from touchline.words import Day, phrase

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {
    "title": phrase("Does the map {map} still hold?", map="Ordering"), "url": "/w/acme/maps/ordering",
    "facts": {phrase("Last changed"): Day("2026-03-01")},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _mailing(settings) -> None:
    settings.EMAIL_HOST = "mail.acme.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def person(email: str, language: str) -> User:
    user = User.objects.create(email=email)
    client = Client()
    client.force_login(user)
    client.post("/language", {"language": language, "next": "/account"})
    user.refresh_from_db()
    return user


def test_each_reads_a_mail_in_the_language_that_they_chose() -> None:
    people = [person("ann@acme.example", "de"), person("eva@acme.example", "es"), person("bob@acme.example", "en")]
    assert [language_of(one) for one in people] == ["de", "es", "en"]
    mail("acme", people, "map.review", BODY, key="one")
    worker.send_due()
    told = {one.to[0]: (one.subject, one.body, str(one.alternatives[0][0])) for one in sent.outbox}
    german, spanish, english = (told[one.email] for one in people)
    assert english[0] == "Does the map Ordering still hold?"
    assert "Last changed: 1 March 2026" in english[1]
    assert "Open in Touchline: http" in english[1]
    assert "Letzte Änderung: 01.03.2026" in german[1]
    assert '<html lang="de">' in german[2]
    assert '<html lang="es">' in spanish[2]
    for words in ("still hold", "Last changed", "Open in Touchline", "Turn such mails off"):
        assert words not in german[0] + german[1] + spanish[0] + spanish[1]


@pytest.mark.parametrize(("channel", "said"), [("slack", "Gilt die Map Ordering noch?"),
                                               ("webhook", "Does the map Ordering still hold?")])  # fmt: skip
def test_nobody_s_own_language_is_the_server_s_and_programs_read_english(settings, channel: str, said: str) -> None:
    settings.TOLD_IN = "de"
    Target.objects.create(workspace="acme", name="there", channel=channel, sealed=b"", shown="x", wants=[])
    put("acme", "there", "map.review", BODY, key="two")
    body = Delivery.objects.get(key="two").body
    assert body["title"] == said
    assert body.get("said_in") == ("de" if channel == "slack" else None)
    assert set(body["facts"].values()) == {"01.03.2026" if channel == "slack" else "2026-03-01"}


def test_the_chosen_language_holds_in_another_browser() -> None:
    user = person("ann@acme.example", "es")
    other = Client()
    other.force_login(user)
    page = other.get("/account", headers={"accept-language": "de"})
    assert '<html lang="es"' in page.content.decode()
    assert timezone.now() >= user.created_at
