"""The page and the API of targets: secrets are shown once, deliveries are seen and sent again."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from touchline.server.outbox import managing
from touchline.server.outbox.models import Delivery, Target
from touchline.server.outbox.worker import send_due
from touchline.server.people.models import Membership
from touchline.server.workspaces.facade import Workspace

from .conftest import Fake, Says


@pytest.fixture
def admin(acme: str) -> Client:
    user = get_user_model().objects.create(email="ann@acme.example")
    Membership.objects.create(user=user, workspace=Workspace.objects.get(slug=acme), role="admin")
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_target_is_made_tried_and_taken_away_on_the_page(admin: Client, fake: Fake) -> None:
    empty = admin.get("/w/acme/targets").content.decode()
    assert "Nobody is told yet" in empty
    wrong = admin.post("/w/acme/targets/make", {"channel": "webhook", "name": "No Name", "field-url": "http://127.1/"})
    assert wrong.status_code == 400
    assert "no name of a target" in wrong.content.decode()
    url = f"{fake.url}/hooks/s3cret"
    said = {"channel": "webhook", "name": "erp", "field-url": url, "wants": ["case.opened"]}
    made = admin.post("/w/acme/targets/make", said)
    secret = re.search(r"whsec_[\w+/=]{44}", made.content.decode())
    assert secret is not None
    page = admin.get("/w/acme/targets/erp").content.decode()
    assert secret[0] not in page
    assert "s3cret" not in page
    assert fake.url in page
    assert "s3cret" not in Target.objects.get().sealed
    assert admin.post("/w/acme/targets/erp/test").status_code == 302
    fake.answer = lambda _call: Says(410)
    send_due(client=fake.client)
    assert "answered 410" in admin.get("/w/acme/targets/erp").content.decode()
    fake.answer = lambda _call: Says()
    admin.post("/w/acme/targets/erp/switch", {"on": "1"})
    send_due(client=fake.client)
    message = Delivery.objects.get().message
    told = admin.get(f"/w/acme/targets/deliveries/{message}").content.decode()
    assert ("answered 410" in told, "delivered (200)" in told) == (True, True)
    admin.post(f"/w/acme/targets/deliveries/{message}/replay")
    assert Delivery.objects.get().state == "waiting"
    admin.post("/w/acme/targets/erp/change", {"field-url": "", "wants": ["alert.*"]})
    assert Target.objects.get().wants == ["alert.*"]
    assert managing.vault.opened(Target.objects.get().sealed)["url"] == url  # an empty field keeps it
    admin.post("/w/acme/targets/erp/remove")
    assert managing.vault.opened(Target.objects.get().sealed) == {}
    assert admin.get("/w/acme/targets/erp").status_code == 404


@pytest.mark.parametrize("channel", ["webhook", "email", "slack", "teams", "apprise", "zendesk", "jira", "hubspot"])
def test_every_channel_has_its_form(admin: Client, channel: str) -> None:
    text = admin.get(f"/w/acme/targets?channel={channel}").content.decode()
    ids = set(re.findall(r'<input id="([^"]+)"', text))
    assert ids <= set(re.findall(r'<label for="([^"]+)"', text))
    assert f'name="channel" value="{channel}"' in text


def test_the_api_does_what_the_page_does(admin: Client, fake: Fake) -> None:
    def post(path: str, body: object, method: str = "post") -> tuple[int, dict[str, object]]:
        answer = getattr(admin, method)(f"/api/v1/{path}", body, content_type="application/json")
        return answer.status_code, answer.json() if answer.content else {}

    status, made = post("targets", {"name": "erp", "channel": "webhook", "fields": {"url": f"{fake.url}/x"}})
    assert (status, str(made["secret"])[:6], made["to"]) == (201, "whsec_", fake.url)
    assert post("targets", {"name": "erp", "channel": "webhook", "fields": {"url": f"{fake.url}/x"}})[0] == 409
    assert post("targets", {"name": "b", "channel": "webhook", "fields": {"uri": "x"}})[0] == 400
    assert post("targets/erp/test", {})[0] == 202
    send_due(client=fake.client)
    listed = admin.get("/api/v1/deliveries?state=delivered").json()["deliveries"]
    one = admin.get(f"/api/v1/deliveries/{listed[0]['message']}").json()
    assert [attempt["status"] for attempt in one["attempts"]] == [200]
    assert post("targets/erp", {"on": False}, "patch")[1]["on"] is False
    assert "secret" not in admin.get("/api/v1/targets").json()["targets"][0]
    assert admin.delete("/api/v1/targets/erp").status_code == 204
    assert admin.get("/api/v1/channels").json()["channels"][0]["channel"] == "webhook"


def test_who_sees_some_customers_sees_no_delivery(admin: Client) -> None:
    Membership.objects.update(segments={"region": ["emea"]})
    assert admin.get("/w/acme/targets").status_code == 403
    assert admin.get("/api/v1/deliveries").status_code == 403
