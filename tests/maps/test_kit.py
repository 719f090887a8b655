"""The workshop kit is whole: its agendas fit their time, and its prompts fit the maps."""

from __future__ import annotations

import string

import pytest

from touchline.errors import MapError
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.kit import FILLS, kit


def test_the_agendas_last_as_long_as_they_say():
    assert {one.id: one.minutes for one in kit().agendas if "days" not in one.id} == {
        "two-hours": 120, "two-and-a-half-hours": 150,
    }  # fmt: skip
    days = kit().agenda("two-and-a-half-days")
    assert len(days.sessions) == 5
    assert all(180 <= session.minutes <= 240 for session in days.sessions)


@pytest.mark.parametrize("agenda", kit().agendas, ids=lambda one: one.id)
def test_an_agenda_follows_the_kit(agenda):
    order = [one.id for one in kit().exercises]
    items = [item for session in agenda.sessions for item in session.items]
    assert all(item.minutes > 0 and item.what for item in items)
    assert all(bool(item.exercise) != bool(item.name) for item in items)
    done = list(dict.fromkeys(item.exercise for item in items if item.exercise))
    assert set(done) <= set(order)
    assert [one for one in ("scope", "persona", "story", "empathy", "grid", "line", "reveal") if one in done] == done[
        :7
    ]
    assert done[-1] == "followups"


@pytest.mark.parametrize("exercise", kit().exercises, ids=lambda one: one.id)
def test_an_exercise_asks_for_what_maps_can_hold(exercise):
    assert exercise.aim
    assert exercise.how
    assert exercise.prompts
    assert exercise.output
    assert set(exercise.fill) <= set(FILLS)
    assert {prompt.lane for prompt in exercise.prompts} <= {*LANE_KINDS, ""}
    gaps = {gap for _, gap, _, _ in string.Formatter().parse(exercise.sentence) if gap}
    assert gaps == ({prompt.id for prompt in exercise.prompts} if exercise.sentence else set())


def test_belief_is_written_down_before_anybody_sees_the_data():
    for agenda in kit().agendas:
        done = [item.exercise for session in agenda.sessions for item in session.items]
        assert done.index("line") < done.index("reveal")
    assert "sentiment" not in kit().exercise("line").fill


def test_the_scope_sentence_shows_what_is_still_open():
    scope = kit().exercise("scope")
    examples = {prompt.id: prompt.example for prompt in scope.prompts}
    assert "[" not in scope.told(examples)
    assert "Nora, who orders from us for the first time" in scope.told(examples)
    half = scope.told({"persona": "Nora {end}"})
    assert "Nora {end} gets from [start] to [end]" in half


def test_what_is_not_there_is_told():
    with pytest.raises(MapError, match="there are workshop"):
        kit("party")
    with pytest.raises(MapError, match="there are scope, persona"):
        kit().exercise("juggling")
    with pytest.raises(MapError, match="there are two-hours"):
        kit().agenda("a week")
