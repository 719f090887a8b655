"""A log of process mining: nobody says a word in it, and every question of journeys still has an answer."""

from __future__ import annotations

from itertools import pairwise

import pytest

pytestmark = pytest.mark.shared_data

#: Each answers with rows, or with a sentence of what is missing.
SAID = {
    "issues": "nothing could come back",
    "causes": "there is nothing to explain",
    "survival": "Name two steps instead",
    "value": "their revenue is not known",
    "service": "Nothing says when a customer is answered",
    "attribution --conversion Closed": "No interaction has a channel",
}


@pytest.fixture(scope="module")
def workspace(touchline, asked, shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("helpdesk")
    touchline("init", folder)
    (imported,) = asked("import", shared_data / "event_logs" / "helpdesk.xes.gz", "-w", folder)
    assert (imported["received"], imported["stored"], imported["quarantined"]) == (21_348, 21_348, 0)
    return folder


def test_what_is_kept_is_what_the_log_says(asked, workspace):
    status = asked("status", "-w", workspace)
    assert status["balanced"]
    assert status["interactions"] == 21_348
    assert asked("check", "-w", workspace)["sound"]


def test_the_paths_are_those_of_the_log(asked, workspace):
    paths = asked("show", "paths", "-w", workspace)
    assert (paths["facts"]["customers"], paths["facts"]["interactions"]) == (4_580, 21_348)
    steps = asked("show", "funnel", "Assign seriousness", "Resolve ticket", "Closed", "-w", workspace)["rows"]
    assert steps[0]["n"] == 4_495
    assert all(one["n"] >= other["n"] for one, other in pairwise(steps))
    cohorts = asked("show", "cohorts", "-w", workspace)
    assert sum(row["size"] for row in cohorts["rows"] if row["cohort"] and row["period"] == 0) == 4_580


def test_time_until_a_step_is_that_of_the_log(asked, workspace):
    found = asked("show", "survival", "--start", "Assign seriousness", "--end", "Closed", "-w", workspace)
    assert found["facts"]["medians"][0]["customers"] > 4_000
    assert 39 < found["facts"]["medians"][0]["median_days"] < 41


def test_credit_goes_to_what_the_log_names(asked, workspace):
    found = asked("show", "attribution", "--conversion", "Closed", "--of", "agent", "--model", "last", "-w", workspace)
    assert 4_500 < sum(row["credit"] or 0 for row in found["rows"]) <= 4_574  # those of under five customers are hidden
    assert {row["name"] for row in found["rows"]} > {"Value 1", "Value 2"}


@pytest.mark.parametrize("question", SAID)
def test_what_the_log_cannot_tell_is_said(asked, workspace, question):
    found = asked("show", *question.split(), "-w", workspace)
    assert any(SAID[question] in note for note in found["notes"]), found["notes"]
