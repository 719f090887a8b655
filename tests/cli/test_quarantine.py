"""`touchline quarantine`: listed with filters, shown escaped, tried again, mended."""

from __future__ import annotations

import json
import shutil

import pytest
from tests.files import answer, answers, take_in, write_csv

from touchline.workspace import Workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with 50 answers, and three that could not be accepted, of two files."""
    root = tmp_path_factory.mktemp("made")
    bad = [answer(1, nps="ten"), answer(2, nps="nine", comment="\x1b[2Jred")]
    with Workspace.create(root / "acme") as workspace:
        take_in(workspace, write_csv(root / "a.csv", [*answers(*range(10, 40)), *bad]))
        take_in(workspace, write_csv(root / "b.csv", [*answers(*range(40, 60)), answer(3, date="soon")]))
    return root / "acme"


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "acme")


def test_they_are_listed_page_by_page_and_by_filter(run, folder):
    held = run("quarantine", "-w", folder, "--json").json
    assert [row["file"] for row in held] == ["b.csv", "a.csv", "a.csv"]
    assert [row["row"] for row in run("quarantine", "-w", folder, "--column", "nps", "--json").json] == [33, 32]
    assert len(run("quarantine", "-w", folder, "--reason", "NO time", "--json").json) == 1
    assert len(run("quarantine", "-w", folder, "--file", "a.csv", "--limit", 1, "--json").json) == 1
    rest = run("quarantine", "-w", folder, "--after", held[0]["id"], "--json").json
    assert rest == held[1:]
    assert f"--after {held[1]['id']}" in run("quarantine", "-w", folder, "--limit", 2).told
    assert "Nothing of that" in run("quarantine", "-w", folder, "--file", "c.csv").told


def test_control_characters_are_shown_and_not_obeyed(run, folder):
    shown = run("quarantine", "-w", folder, width=200)
    assert "\x1b[2J" not in shown.out
    assert "\\x1b[2Jred" in shown.told
    assert "\\x1b[2Jred" in run("quarantine", "-w", folder, "--json").json[1]["raw"]


def test_values_are_mended_for_all_that_the_filter_leaves(run, folder):
    told = run("quarantine", "fix", "-w", folder, "--replace", "nps:ten=10", "--column", "nps").told
    assert "2 tried = 1 accepted + 0 there already + 1 still in quarantine" in told
    assert "which is no score" in told
    mended = run("quarantine", "fix", "-w", folder, "--set", "nps=9", "--file", "a.csv", "--json").json
    assert (mended["tried"], mended["accepted"]) == (1, 1)
    (left,) = run("quarantine", "-w", folder, "--json").json
    assert (
        run("quarantine", "fix", left["id"], "-w", folder, "--set", "date=2026-01-05", "--json").json["accepted"] == 1
    )
    counts = run("status", "-w", folder, "--json").json
    assert (counts["received"], counts["stored"], counts["quarantined"], counts["balanced"]) == (53, 53, 0, True)
    assert run("check", "-w", folder).code == 0


def test_a_json_patch_and_other_bytes(run, folder, tmp_path):
    patch = tmp_path / "patch.json"
    patch.write_text(json.dumps([{"op": "replace", "path": "/nps", "value": "7"}]))
    assert run("quarantine", "fix", "-w", folder, "--patch", patch, "--column", "nps", "--json").json["accepted"] == 2
    (left,) = run("quarantine", "-w", folder, "--json").json
    line = tmp_path / "line"
    line.write_text("a3,C3,2026-01-05 10:00,5,fine,emea")
    assert run("quarantine", "fix", left["id"], "-w", folder, "--raw", line, "--json").json["accepted"] == 1


def test_a_retry_that_changes_nothing_says_why(run, folder):
    told = run("quarantine", "retry", "-w", folder).told
    assert "3 tried = 0 accepted + 0 there already + 3 still in quarantine" in told
    assert "no time" in told
    assert run("quarantine", "retry", "-w", folder, "--json").json["reasons"][0]["records"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fix"], "nothing is to be changed"),
        (["fix", "--set", "nps"], "write it as COLUMN=VALUE"),
        (["fix", "--replace", "nps=3"], "names no value that is held"),
        (["fix", "--raw", "x"], "name its id"),
        (["fix", "1", "--raw", "/none/x"], "cannot be read"),
        (["fix", "--patch", "/none/x"], "cannot be read"),
        (["retry", "999"], "no quarantined record 999"),
    ],
)
def test_what_cannot_be_done_is_told(run, folder, arguments, said):
    found = run("quarantine", *arguments, "-w", folder)
    assert found.code == 2
    assert said in found.told
