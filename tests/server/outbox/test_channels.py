"""How people and services are told: mail, Slack, Teams and Apprise; and what none of them may do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as live
from django.core import mail

from touchline.errors import OutgoingRefused, SettingsError
from touchline.outgoing import Client
from touchline.server.outbox.channels import NAMES, every, services
from touchline.server.outbox.channels.base import GivenWrong, Letter, Outcome
from touchline.server.outbox.mailing import mail_settings

from .conftest import Fake, Says

BODY = {
    "title": "Delivery fell <!channel> 12 points", "text": "Since Monday; [click](https://evil.example)",
    "facts": {"Customers": "41", "JSI": "48 ± 5"}, "url": "/w/acme/alerts/7", "priority": "urgent",
    "buttons": [{"text": "Acknowledge", "url": "/w/acme/alerts/7?do=ack"}, {"text": "x", "url": "javascript:alert(1)"}],
}  # fmt: skip


def _letter(body: dict[str, Any] | None = None) -> Letter:
    return Letter("acme", "msg_1", "alert.opened", BODY if body is None else body, datetime.now(UTC))


def _send(name: str, given: dict[str, str], client: Client, body: dict[str, Any] | None = None) -> Outcome:
    return every()[name].send(given, _letter(body), client, None)  # type: ignore[arg-type]


def test_every_channel_is_there() -> None:
    assert tuple(every()) == NAMES
    assert all(field.name.isidentifier() for one in every().values() for field in one.fields)


def test_slack_gets_blocks_with_buttons_and_no_command_of_a_customer(fake: Fake) -> None:
    assert _send("slack", {"url": f"{fake.url}/services/T/B/x"}, fake.client).good
    told = fake.calls[0].json
    assert [block["type"] for block in told["blocks"]] == ["header", "section", "section", "actions"]
    buttons = told["blocks"][-1]["elements"]
    assert [one["text"]["text"] for one in buttons] == ["Open in Touchline", "Acknowledge"]
    assert buttons[0]["url"] == f"{live.URL}/w/acme/alerts/7"
    assert len({one["action_id"] for one in buttons}) == 2
    markdown = json.dumps([block for block in told["blocks"] if "fields" in block]) + told["text"]
    assert "<!channel>" not in markdown


def test_teams_gets_an_adaptive_card_with_buttons(fake: Fake) -> None:
    assert _send("teams", {"url": fake.url}, fake.client).good
    attached = fake.calls[0].json["attachments"][0]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attached["content"]
    assert (card["type"], card["version"], card["body"][0]["color"]) == ("AdaptiveCard", "1.4", "Attention")
    assert [one["title"] for one in card["actions"]] == ["Open in Touchline", "Acknowledge"]
    assert "[click](" not in json.dumps(card["body"])


def test_a_mail_is_text_and_html_and_carries_the_deliverys_id(settings: Any) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.example.com", "Touchline <cx@example.com>"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    body = BODY | {"title": "Two\nlines", "text": "<b>bold</b>"}
    given = {"to": "ann@example.com, Bob <bob@example.com>"}
    assert _send("email", given, Client(), body).good
    sent = mail.outbox[0]
    assert sent.extra_headers["Message-ID"] == "<msg_1@example.com>"
    assert (sent.subject, len(sent.to)) == ("Two lines", 2)
    assert "&lt;b&gt;" in str(sent.alternatives[0][0])
    with pytest.raises(GivenWrong, match="no e-mail address"):
        every()["email"].shown({"to": "ann@example.com, nobody"})


def test_without_a_mail_server_it_says_which_setting_is_missing(settings: Any) -> None:
    settings.EMAIL_HOST = ""
    outcome = _send("email", {"to": "ann@example.com"}, Client())
    assert (outcome.good, outcome.hopeless) == (False, True)
    assert "TOUCHLINE_EMAIL" in outcome.told
    with pytest.raises(SettingsError, match="no address of a mail server"):
        mail_settings("http://example.com")
    assert mail_settings("smtps://mail.example.com")["EMAIL_USE_SSL"]
    assert not mail_settings("smtp://127.0.0.1:2525?plain=1")["EMAIL_USE_TLS"]


def test_apprise_offers_more_than_a_hundred_services_and_none_that_calls_past_us() -> None:
    offered = services.schemes()
    assert len(set(offered.values())) > 100
    assert {"discord", "tgram", "pagerduty", "slack", "pover", "twilio"} <= offered.keys()
    refused = {"mailto", "mailtos", "syslog", "rsyslog", "mqtt", "xmpp", "irc", "macosx", "windows", "dbus", "smpp"}
    assert not refused & offered.keys()


@pytest.mark.parametrize("url", ["mailto://a:b@gmail.com", "syslog://", "nothing", "mqtt://10.0.0.1/x", "discord://"])
def test_apprise_urls_that_are_not_offered_are_refused(url: str) -> None:
    with pytest.raises(GivenWrong):
        services.shown({"url": url})


def test_apprise_calls_what_may_be_called_only(fake: Fake, tmp_path: Any) -> None:
    given = {"url": f"json://127.0.0.1:{fake.port}/in?+X-Key=1"}
    outcome = _send("apprise", given, Client())
    assert (outcome.good, "unencrypted" in outcome.told) == (False, True)
    assert fake.calls == []
    assert "private" in _send("apprise", {"url": "jsons://10.0.0.1/"}, Client()).told
    assert "metadata" in _send("apprise", {"url": "jsons://169.254.169.254/latest"}, Client()).told
    assert _send("apprise", given, fake.client).good
    assert fake.calls[0].json["title"].startswith("Delivery fell")
    fake.answer = lambda _call: Says(302, headers={"Location": f"{fake.url}/elsewhere"})
    assert not _send("apprise", given, fake.client).good
    assert len(fake.calls) == 2  # nothing is followed
    fake.answer = lambda _call: Says(429, headers={"Retry-After": "30"})
    wait = _send("apprise", given, fake.client).wait
    assert wait is not None
    assert wait.total_seconds() == 30


def test_the_watch_outlives_its_module_and_lets_everybody_else_do_as_they_like(
    fake: Fake, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of a process a module's names are None before the last file is closed."""
    watch = services._watcher()
    with services._at_work(fake.client):
        for name in [name for name in vars(services) if not name.startswith("__") and name != "_here"]:
            monkeypatch.setattr(services, name, None)
        with pytest.raises(OutgoingRefused, match="open a file"):
            watch("open", (str(tmp_path / "secret"), "r", 0))
        watch("open", (pytest.__file__, "r", 0))
        watch("import", ("os",))
    monkeypatch.setattr(services, "_here", None)
    watch("open", (str(tmp_path / "secret"), "r", 0))
    watch("socket.connect", (None, ("127.0.0.1", 1)))


def test_a_plug_in_that_goes_its_own_way_is_stopped(fake: Fake, tmp_path: Any) -> None:
    import socket
    import subprocess

    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    with services._at_work(fake.client) as work:
        with pytest.raises(OutgoingRefused, match="socket"):
            socket.create_connection(("127.0.0.1", fake.port))
        with pytest.raises(OutgoingRefused):
            subprocess.run(["true"], check=False)
        with pytest.raises(OutgoingRefused, match="open a file"):
            secret.read_text()
        assert work.failure
    assert secret.read_text() == "s3cret"
    url = f"slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#x?template={secret}"
    outcome = _send("apprise", {"url": url}, fake.client)
    assert (outcome.good, fake.calls) == (False, [])
