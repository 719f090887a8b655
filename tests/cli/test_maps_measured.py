"""`touchline maps gaps`, `pains`, `priorities`, `learned`, `story`, `personas`, `inventory` and `stakeholders`."""

from __future__ import annotations

import csv
import io
from contextlib import nullcontext
from datetime import timedelta

import pytest

from touchline.maps import Belief, Card, Lane, Map, Phase, Stakeholder, Step
from touchline.maps.writing import write
from touchline.questions import open_workspace

LANES = (Lane("does", "actions"), Lane("hurts", "pains"), Lane("chance", "opportunities"), Lane("kpi", "kpis"))


@pytest.fixture(scope="module")
def kept(asked):
    """The workspace, opened once: what was asked before need not be worked out again."""
    with open_workspace(asked) as questions:
        yield questions


@pytest.fixture(autouse=True)
def opened_once(kept, monkeypatch):
    monkeypatch.setattr("touchline.questions.open_workspace", lambda folder: nullcontext(kept))


@pytest.fixture(scope="module")
def maps(tmp_path_factory, kept):
    """A current and a future map, as files."""
    first, last = kept.span()
    steps = (Step("pay", "Pays", "purchase"), Step("wait", "Waits", "delivery", believed=(Belief(jsi=90.0),)))
    current = Map(
        "now",
        "Lamp",
        phases=(Phase("p", "Buying", steps),),
        lanes=LANES,
        cards=(
            Card("look", "does", "pay", "Looks for a wallet"),
            Card("late", "hurts", "wait", "Late", theme="late_delivery", severity="gives up"),
            Card("tell", "chance", "wait", "Tell first", addresses=("late",), effort=2),
            Card("was", "chance", "wait", "Tracked", status="done", done=first + (last - first) / 2),
            Card("soon", "chance", "wait", "Just done", status="done", done=last - timedelta(days=1)),
        ),
        stakeholders=(Stakeholder("c", "Carrier", "partner", 2, 5, "Drives"),),
    )
    later = (Step("pay", "Pays", "purchase"), Step("wait", "Knows where it is", "delivery"))
    future = Map(
        "then",
        "Lamp, later",
        state="future",
        of="now",
        phases=(Phase("p", "Buying", later),),
        lanes=LANES,
        cards=(Card("goal", "kpi", "wait", "Feeling", metric="jsi", target=99.0),),
    )
    folder = tmp_path_factory.mktemp("maps")
    for one in (current, future):
        (folder / f"{one.id}.yaml").write_text(write(one), encoding="utf-8")
    return folder


def test_gaps_tell_where_the_journey_is_and_where_it_shall_be(run, asked, maps):
    files = (maps / "now.yaml", maps / "then.yaml")
    found = run("maps", "gaps", *files, "-w", asked, "--json").json
    (row,) = (one for one in found["rows"] if one["step"] == "wait")
    (stage,) = (one for one in run("show", "stages", "-w", asked, "--json").json["rows"] if one["stage"] == "delivery")
    assert (row["now"]["value"], row["target"], row["verdict"]) == (stage["jsi"], 99.0, "missed")
    told = run("maps", "gaps", *files, "-w", asked, width=160).told
    assert "Knows where it is" in told
    assert "missed" in told
    rows = list(csv.DictReader(io.StringIO(run("maps", "gaps", *files, "-w", asked, "--csv").out)))
    assert [one["metric"] for one in rows] == [one["metric"] for one in found["rows"]]
    assert float(next(one for one in rows if one["step"] == "wait")["now.value"]) == stage["jsi"]


def test_two_current_maps_have_no_gap(run, asked, maps):
    told = run("maps", "gaps", maps / "now.yaml", maps / "now.yaml", "-w", asked)
    assert told.code == 2
    assert "is no future map" in told.told


def test_priorities_rank_by_what_the_what_if_foretells(run, asked, maps):
    found = run("maps", "priorities", maps / "now.yaml", "-w", asked, "--json").json
    tell = next(one for one in found if one["card"] == "tell")
    assert (tell["themes"], tell["stage"], tell["pains"][0]["card"]) == (["late_delivery"], "delivery", "late")
    assert "Tell first" in run("maps", "priorities", maps / "now.yaml", "-w", asked, width=160).told


def test_pains_say_whom_they_hit_and_what_answers_them(run, asked, maps):
    (late,) = run("maps", "pains", maps / "now.yaml", "-w", asked, "--json").json
    assert (late["card"], late["severity"], late["answers"]) == ("late", "gives up", ["tell"])
    assert "Tell first" in run("maps", "pains", maps / "now.yaml", "-w", asked, width=160).told


def test_what_is_done_is_held_against_the_days_before(run, asked, maps):
    found = run("maps", "learned", maps / "now.yaml", "-w", asked, "--days", 28, "--json").json
    assert [(one["card"], one["days"], one["outcome"] == "too early") for one in found] == [
        ("soon", 2, True),
        ("was", 28, False),
    ]
    assert "too early" in run("maps", "learned", maps / "now.yaml", "-w", asked, width=160).told
    assert "No card is done" in run("maps", "learned", maps / "then.yaml", "-w", asked).told


def test_a_story_names_the_question_behind_each_sentence(run, asked, maps):
    plain = run("maps", "story", maps / "now.yaml", "-w", asked).told
    assert "Pays: looks for a wallet." in plain
    assert "[stages]" not in plain
    assert "[stages]" in run("maps", "story", maps / "now.yaml", "-w", asked, "--sources").told
    board = run("maps", "story", maps / "now.yaml", "--future", maps / "then.yaml", "-w", asked, "--json").json
    assert board["kind"] == "summary"
    assert "What to close" in [one["title"] for one in board["passages"]]


def test_a_persona_that_there_is_not_is_told(run, asked, maps):
    told = run("maps", "story", maps / "now.yaml", "--persona", "Ann", "-w", asked)
    assert told.code == 2
    assert "Ann" in told.told


def test_personas_are_proposed_where_none_are_declared(run, asked):
    assert "--propose" in run("maps", "personas", "-w", asked).told
    made = run("maps", "personas", "--propose", "-w", asked, "--json").json
    assert all(one["rule"] in one["toml"] for one in made)


def test_the_inventory_lists_every_touchpoint(run, asked, maps):
    found = run("maps", "inventory", maps / "now.yaml", "-w", asked, "--json").json
    assert {"courier_delivery", "checkout"} <= {one["id"] for one in found} or len(found) > 20
    assert "blind spot" in run("maps", "inventory", "-w", asked, width=160).told


def test_stakeholders_stand_on_the_grid(run, maps):
    assert "keep satisfied Carrier 5 2 Drives" in run("maps", "stakeholders", maps / "now.yaml").told
