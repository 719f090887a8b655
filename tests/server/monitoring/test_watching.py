"""Live data become alerts: once, in one transaction, and never from backfill."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.server.monitoring.conftest import NOW, SLUG, angry, bring, survey

from touchline.server.monitoring import incidents, telling, watching
from touchline.server.monitoring.models import Alert, Monitor, Seen, Watch


def opened() -> list[Alert]:
    return list(Alert.objects.filter(workspace=SLUG))


def test_a_new_workspace_is_watched_without_being_set_up(hold):
    names = set(Monitor.objects.values_list("name", flat=True))
    assert {f"JSI of {stage.name}" for stage in hold.workspace.taxonomy.stages} < names
    assert {"Severe items", "Silence of a source"} <= names
    assert Watch.objects.get().position == hold.workspace.warehouse.position


def test_thirty_angry_answers_raise_one_alert_with_its_story(hold, live, notices):
    live([survey(NOW, 5.0, ref="fine")])
    told = live(angry(30))
    (alert,) = opened()
    assert [one.event for one in told] == ["opened"] == [one.event for one in notices]
    assert (alert.place, alert.metric, alert.kind) == ("stage:delivery", "jsi", "shift")
    assert alert.before == pytest.approx(80, abs=4)
    assert alert.after < 40
    assert alert.since >= NOW - timedelta(days=1)
    assert alert.customers >= 14
    assert notices[0].title.startswith("Delivery: JSI fell")
    assert "customers are affected" in notices[0].text
    refs = hold.ask(lambda local: incidents.affected(alert, local, NOW))
    assert set(refs) <= {f"angry{n}" for n in range(30)} | {f"c{n}" for n in range(2000)}
    assert len(refs) == alert.customers or len(refs) > 14


def test_what_goes_on_is_the_same_alert(live, notices):
    for hour in range(4):
        live(angry(30, NOW + timedelta(hours=hour), prefix=f"h{hour}-"))
    (alert,) = opened()
    assert alert.times > 1
    assert [one.event for one in notices] == ["opened"]  # no more often than once a day
    assert alert.firings.count() == alert.times


def test_backfill_alerts_nobody(hold, notices):
    bring(hold.workspace, angry(60, NOW - timedelta(days=3)), live=False)
    watching.look(hold, NOW)
    assert opened() == []
    assert Watch.objects.get().position == hold.workspace.warehouse.position
    assert not Seen.objects.exists()


def test_a_touch_enters_once(hold, live):
    live([survey(NOW, 5.0, ref="twice", conversation_ref="t1")])
    before = Monitor.objects.get(name="JSI of Delivery").state
    live([survey(NOW + timedelta(minutes=5), 1.0, ref="twice", conversation_ref="t1")])
    state = Monitor.objects.get(name="JSI of Delivery").state
    assert state[""]["past"] == before[""]["past"]
    assert Seen.objects.count() == 3  # one touch, two answers


def test_killed_in_the_middle_it_begins_again_and_comes_to_the_same(hold, live, notices):
    """A listener that fails undoes the alert, the position and the states; the next look finds them once."""
    watch, state = Watch.objects.get().position, Monitor.objects.get(name="JSI of Delivery").state

    def fails(_notice):
        raise RuntimeError("the process ends here")

    telling.on_alert(fails)
    try:
        with pytest.raises(RuntimeError):
            live(angry(30))
    finally:
        telling._alerts.remove(fails)
    assert (opened(), Watch.objects.get().position) == ([], watch)
    assert Monitor.objects.get(name="JSI of Delivery").state == state
    notices.clear()
    watching.look(hold, NOW + timedelta(hours=1))
    assert len(opened()) == 1
    assert [one.event for one in notices] == ["opened"]
    assert watching.look(hold, NOW + timedelta(hours=1)) == []


def test_it_closes_by_itself_when_nothing_more_is_noticed(hold, live, notices):
    Monitor.objects.filter(name="Silence of a source").delete()
    live(angry(30))
    calm = opened()[0].calm_at
    watching.look(hold, calm - timedelta(minutes=1), clock=True)
    assert opened()[0].closed_at is None
    watching.look(hold, calm, clock=True)
    assert opened()[0].closed_why == "recovered"
    assert [one.event for one in notices] == ["opened", "closed"]
    live(angry(40, calm + timedelta(days=1), prefix="again"))
    assert len(opened()) == 2


def test_a_muted_monitor_tells_nobody(live, notices):
    incidents.mute(Monitor.objects.get(name="JSI of Delivery"), NOW + timedelta(days=7))
    live(angry(30))
    assert opened()[0].muted
    assert notices == []


def test_an_alert_outside_the_hours_waits_for_them(hold, live, notices):
    Monitor.objects.filter(name="Silence of a source").delete()
    one = Monitor.objects.get(name="JSI of Delivery")
    one.spec = {**one.spec, "days": ["tue"], "start": "08:00", "end": "18:00"}
    one.save()
    live(angry(30))  # a Monday
    assert len(opened()) == 1
    assert notices == []
    watching.look(hold, NOW + timedelta(days=1), clock=True)
    assert [one.event for one in notices] == ["opened"]


def test_what_nobody_takes_on_is_passed_on(hold, live, notices):
    Monitor.objects.filter(name="Silence of a source").delete()
    one = Monitor.objects.get(name="JSI of Delivery")
    one.spec = {**one.spec, "owner": "ann", "escalate_hours": 4.0, "escalate_to": "head of CX"}
    one.save()
    live(angry(30))
    watching.look(hold, NOW + timedelta(hours=4), clock=True)
    watching.look(hold, NOW + timedelta(hours=6), clock=True)
    watching.look(hold, NOW + timedelta(hours=9), clock=True)
    assert [(one.event, one.owner) for one in notices] == [("opened", "ann"), ("escalated", "head of CX")]


def test_another_taxonomy_or_model_lets_the_detectors_learn_anew(hold, live):
    live([survey(NOW, 5.0, ref="fine")])
    Watch.objects.update(derived="another")
    Monitor.objects.filter(name="JSI of Delivery").update(state={"": {"past": "of another model"}})
    live([survey(NOW + timedelta(hours=1), 5.0, ref="well")])
    assert Monitor.objects.get(name="JSI of Delivery").state[""]["past"]["days"] > 60


def test_a_source_that_falls_silent_is_noticed_by_the_clock_and_closed_when_it_speaks(hold, live, notices):
    watching.look(hold, NOW + timedelta(days=5), clock=True)
    assert opened() == []  # only files have spoken so far: nobody waits for them
    hours = range(0, 48, 2)
    live([survey(NOW + timedelta(hours=hour), 5.0 if hour % 10 else 1.0, ref=f"on{hour}") for hour in hours])
    watching.look(hold, NOW + timedelta(hours=50), clock=True)
    assert opened() == []
    watching.look(hold, NOW + timedelta(days=6), clock=True)
    watching.look(hold, NOW + timedelta(days=6, hours=1), clock=True)
    (alert,) = opened()
    assert (alert.place, alert.closed_at) == ("source:surveys", None)
    live([survey(NOW + timedelta(days=6, hours=2), 5.0, ref="back")])
    assert opened()[0].closed_why == "recovered"
    assert [(one.event, one.kind) for one in notices] == [("opened", "silence"), ("closed", "silence")]


def test_a_severe_item_is_an_alert_of_its_stage_and_joins_one_that_is_open(live, notices):
    burnt = "The parcel was dangerous: the battery caught fire and I will call my lawyer."
    live([survey(NOW, 1.0, ref="burnt", text=burnt)])
    (alert,) = opened()
    assert (alert.place, alert.kind, alert.n) == ("stage:delivery", "severe", 1)
    live(angry(30, NOW + timedelta(hours=1)))
    (alert,) = opened()
    assert alert.kind == "shift"
    assert set(alert.firings.values_list("monitor", flat=True)) == {"Severe items", "JSI of Delivery"}
