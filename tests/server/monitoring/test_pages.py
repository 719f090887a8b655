"""The pages and routes: what they show, who may do what, and what a form that is wrong says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.server.monitoring.conftest import NOW, SLUG, angry, survey

from touchline.server.monitoring import applying, gating
from touchline.server.monitoring.gatespec import GateSpec
from touchline.server.monitoring.models import Alert, Gate, Monitor
from touchline.server.people.models import Membership, User
from touchline.server.workspaces.models import Workspace


@pytest.fixture
def enter(hold, client):
    def as_(role: str, segments: dict | None = None):
        user = User.objects.create(email=f"{role}@example.org", is_active=True)
        tenant = Workspace.objects.get(slug=SLUG)
        Membership.objects.create(user=user, workspace=tenant, role=role, segments=segments or {})
        client.force_login(user)
        return client

    return as_


def read(client, path: str, status: int = 200) -> str:
    answer = client.get(f"/w/{SLUG}/{path}")
    assert answer.status_code == status, answer.content[:500]
    return answer.content.decode()


def test_an_alert_is_told_as_a_story_and_taken_on(live, enter):
    late = "The parcel came four days late and nobody told me <b>why</b>."
    live(angry(30, text=late, attributes=[("region", "apac")]) + [
        survey(NOW + timedelta(minutes=28), 5.0, ref=f"fine{n}", attributes=[("region", "emea")]) for n in range(20)
    ])  # fmt: skip
    alert = Alert.objects.get()
    client = enter("agent")
    assert "Delivery: JSI fell" in read(client, "alerts")
    page = read(client, f"alerts/{alert.pk}")
    for told in (
        "customers: who?", "In their words", "four days late", "noticed by JSI of Delivery", "<svg", "How sure",
        "Since", "Probable causes", "The stage Delivery", "What was said since", "<b>region apac</b>",
    ):  # fmt: skip
        assert told in page
    assert "<b>why</b>" not in page
    assert "angry3" in read(client, f"alerts/{alert.pk}/customers")
    assert client.post(f"/w/{SLUG}/alerts/{alert.pk}/acknowledge").status_code == 302
    assert Alert.objects.get().acknowledged_by == "agent@example.org"
    assert client.post(f"/w/{SLUG}/alerts/{alert.pk}/close").status_code == 302
    assert "closed by hand" in read(client, f"alerts/{alert.pk}")
    assert "Delivery: JSI fell" in read(client, "alerts?state=closed")
    told = client.get(f"/api/v1/alerts/{alert.pk}").json()
    assert told["url"].endswith(f"/w/{SLUG}/alerts/{alert.pk}")
    assert "four days late" in told["verbatims"][0]["text"]
    assert (told["who"][0]["segment"], told["who"][0]["value"]) == ("region", "apac")
    assert "Hit more than others: region apac." in told["text"]
    answer = client.get("/api/v1/alerts", {"state": "all"}).json()["alerts"]
    assert [(one["state"], one["stage"]) for one in answer] == [("closed", "delivery")]
    assert "parcel" not in str(alert.story)  # nobody's words are kept


def test_a_monitor_is_set_tested_muted_and_removed(hold, enter):
    client = enter("admin")
    form = {"name": "APAC", "watch": "jsi", "kind": "shift", "stage": "delivery", "segment": "region=apac"}
    assert "would not have fired" in read(client, "monitors/new?test=1&name=A&watch=jsi&kind=shift&stage=delivery")
    assert client.post(f"/w/{SLUG}/monitors/save", form).status_code == 302
    made = Monitor.objects.get(name="APAC")
    assert made.spec["segment"] == {"region": "apac"}
    wrong = client.post(f"/w/{SLUG}/monitors/{made.pk}/save", form | {"kind": "threshold"})
    assert wrong.status_code == 400
    assert "a threshold on jsi needs below" in wrong.content.decode()
    client.post(f"/w/{SLUG}/monitors/{made.pk}/mute", {"days": "7"})
    assert "muted" in read(client, "monitors")
    client.post(f"/w/{SLUG}/monitors/{made.pk}/remove")
    assert not Monitor.objects.filter(name="APAC").exists()
    assert "APAC is removed" in read(client, "monitors")
    told = client.put("/api/v1/monitors", {"name": "Late", "stage": "delivry"}, content_type="application/json")
    assert told.status_code in (400, 403)


def test_a_gate_lists_whom_it_holds(hold, live, enter):
    applying.set_gate(SLUG, GateSpec("renewal", minimum=95.0), by="a test", origin="web")
    live(angry(80, prefix="lost", account_ref="a1"))
    gating.decide(hold, NOW + timedelta(hours=2))
    client = enter("admin")
    page = read(client, "gates")
    assert "accounts with a standing JSI of at least 95" in page
    told = client.get("/api/v1/gates/renewal/accounts/a1").json()
    assert (told["result"], told["may_pass"]) == ("hold", False)
    assert client.post(f"/w/{SLUG}/gates/{Gate.objects.get().pk}/release", {"ref": "a1"}).status_code == 302
    assert client.get("/api/v1/gates/renewal/accounts/a1").json()["may_pass"]
    assert client.get("/api/v1/gates/renewal/accounts/nobody").status_code == 404


def test_those_who_may_see_some_customers_are_refused(hold, enter):
    client = enter("manager", {"region": ["apac"]})
    for path in ("alerts", "monitors", "gates"):
        read(client, path, 403)
        assert client.get(f"/api/v1/{path}").status_code == 403


def test_a_viewer_changes_nothing(hold, enter):
    client = enter("viewer")
    assert client.post(f"/w/{SLUG}/monitors/save", {"name": "x"}).status_code == 403
    assert client.post(f"/w/{SLUG}/gates/save", {"stage": "renewal"}).status_code == 403
    assert "New monitor" not in read(client, "monitors")
