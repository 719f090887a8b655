"""What starts a play, for whom, once; its deadlines, its messages, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from touchline.server.care.facade import Case, change
from touchline.server.care.models import Comment
from touchline.server.outbox import managing as targets
from touchline.server.outbox.hearing import Told
from touchline.server.outbox.models import Delivery
from touchline.server.plays import connecting, following, reading, running
from touchline.server.plays.models import Run, Step, Waiting
from touchline.workspace.consenting import Said, say

from .conftest import NOW, SLUG, YAML, Room


def test_a_bad_mark_opens_a_case_with_its_deadlines_and_a_draft_in_their_language(room: Room) -> None:
    room.play()
    (run,) = room.says("c1", text="Das Paket kam viel zu spät, ich bin sehr verärgert", language="de")
    case = Case.objects.get()
    assert (case.customer, case.priority, case.play, case.source) == ("c1", "high", "win-back", "play")
    assert (run.case, run.arm, run.stage) == (case.number, "treated", "delivery")
    assert case.due_at == run.at + timedelta(hours=48)
    steps = list(run.steps.all())
    assert [step.do for step in steps] == ["acknowledge", "call", "resolve", "ask again"]
    assert [step.due_at - run.at for step in steps] == [timedelta(hours=n) for n in (4, 4, 48, 168)]
    assert steps[0].message == "Das mit Delivery tut uns leid. Plays & Co"
    assert "Draft (acknowledge)" in Comment.objects.get().text
    assert room.says("c1", value=5.0) == []  # good words start nothing
    assert room.says("c1") == []  # within the cool-down
    assert [one.customer for one in room.says("c1", at=NOW + timedelta(days=31))] == ["c1"]


def test_what_is_imported_afterwards_starts_nothing_and_nothing_starts_twice(room: Room) -> None:
    room.play()
    assert room.says("c2", live=False) == []
    assert len(room.says("c3")) == 1
    assert running.look(room.held, NOW + timedelta(hours=1)) == []
    assert Case.objects.count() == 1


def test_a_play_that_is_off_starts_nothing_when_it_is_switched_on_later(room: Room) -> None:
    made = room.play(on=False)
    assert room.says("c2") == []
    made.active = True
    made.save()
    assert running.look(room.held, NOW + timedelta(hours=1)) == []


def test_killed_in_the_middle_it_begins_again_where_it_was(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """As SIGKILL."""

    def killed(*_args: object, **_more: object) -> None:
        raise Killed

    room.play()
    with monkeypatch.context() as patch:
        patch.setattr(running, "_steps", killed)
        with pytest.raises(Killed), transaction.atomic():
            room.says("c4")
    assert (Case.objects.count(), Run.objects.count()) == (0, 0)
    assert len(running.look(room.held, NOW)) == 1
    assert (Case.objects.count(), Run.objects.count(), Step.objects.count()) == (1, 1, 4)


def test_who_does_not_want_to_be_contacted_is_neither_written_to_nor_called(room: Room) -> None:
    room.play()
    with room.held.writing() as workspace:
        say(workspace, [Said("c5", "contact", False, NOW, "test", "test")])
        workspace.drain()
    (run,) = room.says("c5", at=NOW + timedelta(minutes=1))
    assert not run.contact
    states = {step.do: (step.state, step.message) for step in run.steps.all()}
    assert states == {
        "acknowledge": ("skipped", ""), "call": ("skipped", ""), "resolve": ("open", ""), "ask again": ("skipped", ""),
    }  # fmt: skip
    assert "does not want to be contacted" in Comment.objects.get().text


def test_those_held_out_have_no_case_and_are_always_the_same(room: Room) -> None:
    room.play(YAML.replace("hold_out: 0", "hold_out: 0.5"))
    everyone = [f"c{one}" for one in range(40)]
    first = {run.customer: run.arm for run in room.says(*everyone)}
    assert set(first.values()) == {"treated", "held out"}
    assert Case.objects.count() == sum(arm == "treated" for arm in first.values())
    later = NOW + timedelta(days=40)
    assert first == {run.customer: run.arm for run in room.says(*everyone, at=later)}


def test_cases_go_round_to_whoever_works_on_them(room: Room) -> None:
    room.play()
    owners = [run.owner for run in room.says(*(f"c{one}" for one in range(7, 13)))]
    assert sorted(owners) == sorted(["ann@plays.example", "bob@plays.example", "max@plays.example"] * 2)
    assert len(set(owners[:3])) == 3
    room.play(
        YAML.replace("win-back", "by-load").replace("round robin", "load").replace("csat]", "csat], stages: [usage]")
    )
    Case.objects.filter(owner__email="bob@plays.example").delete()
    assert [run.owner for run in room.says("c20", stage="usage") if run.play.slug == "by-load"] == ["bob@plays.example"]


def test_a_segment_that_is_asked_for_is_kept_to_and_may_say_who_owns_it(room: Room) -> None:
    text = YAML.replace("limits:", "when: {segments: {region: [apac]}}\nlimits:").replace(
        "{by: round robin}", "{by: segment, segment: region, owners: {apac: ann@plays.example}}"
    )
    room.play(text)
    assert room.says("c2") == []
    assert [run.owner for run in room.says("c3")] == ["ann@plays.example"]


def test_a_standing_that_falls_starts_a_play(room: Room) -> None:
    falls = YAML.replace("{on: answer, kinds: [csat]}", "{on: jsi_falls, by: 15, within: 28}")
    below = falls.replace("win-back", "low").replace("jsi_falls, by: 15, within: 28", "jsi_below, below: 40")
    room.play(falls)
    room.play(below)
    found = [
        [run.play.slug for run in room.says("c5", at=NOW + timedelta(minutes=number))] for number in range(1, 7)
    ]  # fmt: skip
    flat = [slug for some in found for slug in some]
    assert sorted(flat) == ["low", "win-back"]
    assert flat[0] == "win-back"  # it falls before it is low


def test_the_standing_is_the_engines(room: Room) -> None:
    from touchline.questions import EVERYTHING
    from touchline.scores.standing import standing

    for number, value in enumerate((1.0, 3.0, 5.0, 1.0)):
        room.says(f"c{number}", value=value, at=NOW + timedelta(hours=number), text="This is dangerous, I will sue you")
    warehouse, at = room.held.workspace.warehouse, NOW + timedelta(days=2)
    rows = standing(warehouse, EVERYTHING, at=at, limit=None, half_life=30).to_dicts()
    found = reading.standings(warehouse, [row["key"] for row in rows], at, 30)
    assert len(rows) == 40
    for row in rows:
        assert found[row["key"]] == pytest.approx((row["jsi"], row["n_eff"]))


def test_a_case_that_is_resolved_ends_the_run_but_asking_again(room: Room) -> None:
    room.play()
    (run,) = room.says("c1")
    number = Case.objects.get().number
    change(SLUG, number, {"status": "resolved", "outcome": "recovered"}, by=None, version=None)
    run.refresh_from_db()
    assert (run.state, run.outcome) == ("done", "recovered")
    states = [(step.do, step.state) for step in run.steps.all()]
    assert states == [("acknowledge", "skipped"), ("call", "skipped"), ("resolve", "done"), ("ask again", "open")]
    change(SLUG, number, {"status": "in_progress"}, by=None, version=None)
    run.refresh_from_db()
    assert (run.state, run.steps.get(do="resolve").state) == ("open", "open")


def test_what_is_late_is_told_once(room: Room) -> None:
    targets.create(SLUG, "erp", "webhook", {"url": "https://hooks.example.com/x"}, ["play.overdue", "case.*"])
    room.play()
    (run,) = room.says("c1")
    assert following.follow(run.at + timedelta(hours=3)) == "0 steps acknowledged, 0 are late"
    assert following.follow(run.at + timedelta(hours=5)) == "0 steps acknowledged, 2 are late"
    assert following.follow(run.at + timedelta(hours=6)) == "0 steps acknowledged, 0 are late"
    assert [row.kind for row in Delivery.objects.all()] == ["case.opened", "play.overdue", "play.overdue"]
    following.end_step(SLUG, run.pk, 2, "ann")
    assert run.steps.get(number=2).by == "ann"


def test_business_hours_stand_still_over_a_weekend(room: Room) -> None:
    """From Friday noon: 4 clock hours are over on Friday, 6 business hours on Monday."""
    room.play(YAML.replace("call, within: 4 business hours", "call, within: 6 business hours"))
    (run,) = room.says("c1", at=datetime(2026, 3, 27, 12, tzinfo=UTC))
    due = {step.do: step.due_at for step in run.steps.all()}
    assert due["acknowledge"] == datetime(2026, 3, 27, 16, 0, 5, tzinfo=UTC)
    assert due["call"] == datetime(2026, 3, 30, 10, 0, 5, tzinfo=UTC)


def test_a_ticket_that_is_closed_elsewhere_resolves_the_case(room: Room) -> None:
    room.play()
    (run,) = room.says("c1")
    told = Told(SLUG, "desk", str(run.case), "9", "closed", "", "")
    connecting.of_other(told)
    run.refresh_from_db()
    assert (Case.objects.get().status, run.state) == ("resolved", "done")
    connecting.of_other(told)  # twice changes nothing
    connecting.of_other(Told(SLUG, "desk", str(run.case), "9", "", "They are happy again", "Kim"))
    assert "Kim, desk: They are happy again" in [one.text for one in Comment.objects.all()]


def test_an_alert_and_a_gate_start_plays_for_those_whom_they_are_about(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from touchline.server.monitoring import facade as monitoring

    room.play(YAML.replace("{on: answer, kinds: [csat]}", "{on: alert, stages: [delivery]}"))
    room.play(YAML.replace("win-back", "held").replace("{on: answer, kinds: [csat]}", "{on: gate}"))
    monkeypatch.setattr(monitoring, "affected", lambda alert, local: ["c1", "c2"] if alert == 7 else [])
    alert = monitoring.AlertNotice(
        "opened", SLUG, 7, "stage:delivery", "delivery", "Delivery fell", "12 points", "/x", "shift", "jsi", NOW
    )
    gate = monitoring.GateNotice(SLUG, "renewal", "person", "c3", "hold", "", 40.0, 70.0, ("JSI 40",), (), NOW)
    with transaction.atomic():
        connecting.of_alert(alert)
        connecting.of_alert(alert)
        connecting.of_gate(gate)
    assert Waiting.objects.count() == 2
    started = running.look(room.held, NOW)
    assert sorted((run.customer, run.play.slug) for run in started) == [
        ("c1", "win-back"), ("c2", "win-back"), ("c3", "held"),
    ]  # fmt: skip
    assert Waiting.objects.count() == 0
