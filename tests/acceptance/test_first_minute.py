"""The promise of the README: from a file of comments to the stage that loses customers, in two commands."""

from __future__ import annotations

import csv
import re

import pytest

import touchline as tl


@pytest.fixture(scope="module")
def world(touchline, tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    touchline("simulate", "--customers", "800", "--seed", "11", "--out", folder)
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """Where the command may keep what is temporary."""
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TMPDIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def first_look(asked, world, scratch):
    return asked("analyse", world / "interactions.csv", "--ces", "easy", "--report", world / "report.html")


def test_it_finds_the_stage_that_was_made_to_hurt(first_look):
    """Incidents of the simulated world start in delivery and resurface in support."""
    rows = {row["stage"]: row for row in first_look["stages"]["rows"]}
    sure = sorted((row["jsi"], stage) for stage, row in rows.items() if not row["low_n"] and stage != "unassigned")
    assert {stage for _, stage in sure[:3]} >= {"delivery", "support"}
    assert all(row["low"] <= row["jsi"] <= row["high"] for row in rows.values() if row["jsi"] is not None)


def test_it_says_why(first_look):
    causes = [row for row in first_look["causes"]["rows"] if row["stage"] == "delivery" and not row["hidden"]]
    assert causes[0]["theme"] == "late_delivery"
    assert causes[0]["impact"] > 0
    assert causes[0]["verbatims"]


def test_every_kind_of_score_is_there(first_look):
    rows = {row["stage"]: row for row in first_look["stages"]["rows"]}
    assert any(row["csat"] is not None for row in rows.values())
    assert any(row["ces"] is not None for row in rows.values())
    assert any(row["nps"] is not None for row in rows.values())


def test_what_it_finds_agrees_with_what_is_true_of_the_world(touchline, world, tmp_path):
    touchline("init", tmp_path)
    touchline("import", world / "interactions.csv", "-w", tmp_path)
    with (world / "truth" / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["interaction_id"]: row for row in csv.DictReader(file) if row["verbatim"]}
    with tl.open(tmp_path) as journey:
        said = journey.workspace.warehouse.fetch(
            "SELECT split_part(interaction_id, '/', -1) AS id, mode(stage) AS stage,"
            " sign(sum(polarity))::INT AS sentiment FROM mentions WHERE stage <> 'unassigned' GROUP BY ALL"
        ).to_pylist()
    found = [(truth[row["id"]], row) for row in said if row["id"] in truth]
    assert len(found) > 0.7 * len(truth)
    assert sum(true["stage"] == row["stage"] for true, row in found) > 0.8 * len(found)
    polar = [(int(true["sentiment"]), row["sentiment"]) for true, row in found if true["sentiment"] in ("-1", "1")]
    assert sum(true == mine for true, mine in polar) > 0.55 * len(polar)
    assert sum(true == -mine for true, mine in polar) < 0.2 * len(polar)


def test_nothing_is_left_behind(first_look, scratch):
    assert first_look
    assert list(scratch.iterdir()) == []


def test_the_report_is_one_file_with_every_stage(first_look, world):
    text = (world / "report.html").read_text(encoding="utf-8")
    assert all(row["name"] in text for row in first_look["stages"]["rows"])
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
