"""Plays that the journey starts: X, then for a time not Y; live only, never in quiet hours, never too often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.plays.conftest import NOW, SLUG, YAML, bring, survey

from touchline.errors import InputError
from touchline.server.care.models import Case
from touchline.server.outbox.models import Delivery, Target
from touchline.server.plays import effect as effects
from touchline.server.plays import managing, recipe, running
from touchline.server.plays.models import Run
from touchline.server.plays.suggesting import suggested

if TYPE_CHECKING:
    from tests.server.plays.conftest import Room

pytestmark = pytest.mark.django_db
NUDGE = """
play: nudge
name: Help with the first steps
trigger: {on: journey, does: {event: signed_up}, after: 3 d, unless: {event: logged_in}}
limits: {cool_down: 0}
hold_out: 0
steps:
  - {do: write, within: 4 clock hours, message: hint}
messages:
  hint: {en: "Shall we help you to begin? {company}"}
"""


def happens(room: Room, ref: str, event: str, at: Any, *, live: bool = True) -> None:
    row = survey(at, 5.0, ref=ref) | {
        "kind": "event",
        "event": event,
        "answers": None,
        "programme": None,
        "stage": None,
    }
    with room.held.writing() as workspace:
        bring(workspace, [row], live=live)


def looks(room: Room, at: Any) -> list[str]:
    return sorted(run.customer for run in running.look(room.held, at))


@pytest.fixture(autouse=True)
def _on_since(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managing.timezone, "now", lambda: NOW - timedelta(days=1))


def test_who_did_the_one_and_not_the_other_gets_a_case_when_the_wait_is_over(room: Room) -> None:
    room.play(NUDGE)
    happens(room, "c1", "signed_up", NOW)
    happens(room, "c2", "signed_up", NOW)
    happens(room, "c2", "logged_in", NOW + timedelta(days=2))
    happens(room, "c3", "signed_up", NOW, live=False)
    assert looks(room, NOW + timedelta(days=2, hours=23)) == []
    assert looks(room, NOW + timedelta(days=3, seconds=1)) == ["c1"]
    assert looks(room, NOW + timedelta(days=3, hours=1)) == []
    run = Run.objects.get()
    assert run.why == "Did: signed up; not logged in, for 72 clock hours"
    assert Case.objects.get(number=run.case).play == "nudge"


def test_the_ready_first_steps_start_for_who_signed_up_and_has_no_value_yet(room: Room) -> None:
    """Whatever the system calls it: signing up is either event, and so is what they came for."""
    text, said = recipe.ready()["first-steps"]
    assert (said.trigger.on, said.quiet is not None, said.limits.once) == ("journey", True, True)
    room.play(text.replace("limits:", "hold_out: 0\nlimits:"))
    morning = NOW - timedelta(hours=2)
    for ref, event in (("c1", "account_created"), ("c2", "signed_up"), ("c3", "signed_up"), ("c4", "opened_mail")):
        happens(room, ref, event, morning)
    happens(room, "c2", "order_placed", morning + timedelta(days=2))
    assert looks(room, morning + timedelta(days=2, hours=23)) == []
    assert looks(room, morning + timedelta(days=3, minutes=1)) == ["c1", "c3"]
    run = Run.objects.get(customer="c1")
    assert (run.stage, run.steps.get(number=1).message.startswith("You have an account")) == ("onboarding", True)
    happens(room, "c1", "signed_up", morning + timedelta(days=5))
    assert looks(room, morning + timedelta(days=8, minutes=1)) == []  # once, ever


def test_in_quiet_hours_nothing_starts_and_afterwards_it_does(room: Room) -> None:
    room.play(NUDGE + 'quiet: {from: "20:00", to: "08:00", days: [sun]}\n')
    happens(room, "c1", "signed_up", NOW + timedelta(hours=11))  # due on Thursday at 23:00
    assert looks(room, NOW + timedelta(days=3, hours=12)) == []
    assert looks(room, NOW + timedelta(days=3, hours=20)) == ["c1"]


def test_nobody_is_spoken_to_more_often_than_the_cap_allows(room: Room) -> None:
    room.play(YAML)
    room.play(NUDGE.replace("cool_down: 0", "cool_down: 0, contacts: 3, contact_days: 7"))
    room.says("c1", at=NOW + timedelta(days=2))  # acknowledged, called, asked again: three
    for ref in ("c1", "c2"):
        happens(room, ref, "signed_up", NOW)
    assert looks(room, NOW + timedelta(days=3, hours=1)) == ["c2"]


def test_without_a_case_the_system_that_is_told_does_it(room: Room) -> None:
    Target.objects.create(workspace=SLUG, name="crm", channel="webhook", sealed="", wants=[])
    room.play(NUDGE + "opens: nothing\ntell: [crm]\n")
    happens(room, "c1", "signed_up", NOW)
    assert looks(room, NOW + timedelta(days=3, hours=1)) == ["c1"]
    run = Run.objects.get()
    assert (run.case, run.state, run.steps.get().by) == (None, "done", "crm")
    told = Delivery.objects.get(kind="play.message").body
    assert (told["customer"], told["text"]) == ("c1", "Shall we help you to begin? Plays & Co")
    assert not Case.objects.exists()
    page = room.client("max").get(f"/w/{SLUG}/plays/nudge").content.decode()
    assert "no case" in page
    assert "a customer does: signed up" in page


def test_the_past_is_played_over_before_it_is_switched_on(room: Room) -> None:
    for number in range(6):
        happens(room, f"c{number}", "signed_up", NOW - timedelta(days=20 - number), live=False)
    happens(room, "c0", "logged_in", NOW - timedelta(days=19), live=False)
    past = managing.past(room.held, recipe.read(NUDGE), 90)
    assert (past.runs, sum(past.by_week), past.told) == (2, 2, "")  # for three of them three days are not over yet
    assert not Run.objects.exists()


def test_a_stage_that_is_asked_for_is_the_position_then(room: Room) -> None:
    for stage in ("onboarding", "renewal"):
        room.play(NUDGE.replace("after: 3 d", f"after: 3 d, at: {stage}").replace("nudge", f"at-{stage}"))
    happens(room, "c1", "signed_up", NOW)
    assert looks(room, NOW + timedelta(days=3, hours=1)) == ["c1"]
    assert Run.objects.get().play.slug == "at-onboarding"


def test_the_surest_effect_is_suggested_first(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("harms", "sure", "large")
    for name in (*names, "new"):
        room.play(YAML.replace("win-back", name))
    room.play(YAML.replace("win-back", "elsewhere") + "stage: renewal\n")
    room.says("c1")
    Run.objects.all().delete()
    known = {"harms": (-0.2, -0.3, -0.1), "sure": (0.2, 0.1, 0.3), "large": (0.5, -0.1, 0.9)}

    def effect(_held: Any, play: Any) -> Any:
        nothing = effects.shares([], [])
        found = effects.Compared(nothing.treated, nothing.held_out, effects.Value(50, *known[play.slug]))
        return effects.Effect(found, nothing, None, 0)

    monkeypatch.setattr(effects, "effect", effect)
    for play in managing.Play.objects.filter(slug__in=names):
        Run.objects.create(workspace=SLUG, play=play, customer="c9", person=9, key="x", arm="treated", at=NOW, why="x")
    found = suggested(room.held, "c1", NOW + timedelta(hours=1))
    assert [one.play for one in found] == ["sure", "large", "new"]
    assert [one.as_dict()["measured"] for one in found] == [True, True, False]
    answer = room.client("max").get(f"/api/v1/customers/c1/next?workspace={SLUG}").json()["suggestions"]
    assert [one["play"] for one in answer] == ["sure", "large", "new"]
    assert room.client("vic").get(f"/api/v1/customers/c1/next?workspace={SLUG}").status_code == 403
    assert "What to do next" in room.client("max").get(f"/w/{SLUG}/customers/c1").content.decode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("does: {event: signed_up}, ", ""), "says what a customer does"),
        (("{event: signed_up}", "{}"), "may be anything"),
        (("{event: signed_up}", "{feels: sad}"), "feeling"),
        (("after: 3 d", "after: 2 business days"), "no business hours"),
        (("hold_out: 0", "hold_out: 0\nopens: nothing"), "somebody has to be told"),
        (("hold_out: 0", "hold_out: 0\nquiet: {from: '8', to: '9'}"), "no time of day"),
        (("on: journey, does: {event: signed_up}, after: 3 d, unless: {event: logged_in}",
          "on: answer"), ""),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_is_refused(change: tuple[str, str], told: str) -> None:
    text = NUDGE.replace(*change)
    if not told:
        assert recipe.read(text).trigger.on == "answer"
        text, told = text + 'quiet: {from: "20:00", to: "08:00"}\n', "only a trigger of journeys"
    with pytest.raises(InputError, match=told):
        recipe.read(text)
