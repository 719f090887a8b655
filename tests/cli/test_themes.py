"""`touchline themes`, as it is typed."""

from __future__ import annotations

import pytest
from tests.files import answer, take_in, write_csv

from touchline.workspace import Workspace

SAID = (
    "The parking meter is terrible",
    "a horrible parking meter",
    "what an awful parking meter",
    "Parcel came a week late",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("themes") / "acme"
    with Workspace.create(root) as workspace:
        rows = [answer(n, customer=f"C{n}", comment=SAID[n % 4], nps=0) for n in range(40)]
        take_in(workspace, write_csv(root / "a.csv", rows))
    return root


def test_a_theme_is_found_listed_and_edited(run, folder):
    there = ("--workspace", folder)
    dry = run("themes", "discover", "--dry-run", "--json", *there).json
    assert not (folder / "themes.yaml").exists()
    found = run("themes", "discover", "--json", *there).json
    assert (dry["themes"], dry["dry_run"], found["dry_run"]) == (found["themes"], True, False)
    (theme,) = found["themes"]
    id_ = theme["id"]
    assert id_ == "pain_park_meter"
    assert "0 new themes" in run("themes", "discover", *there).told

    assert "Meter fails" in run("themes", "rename", id_, "Meter fails", *there).told
    rows = run("themes", "--json", *there).json["rows"]
    assert {row["theme"]: row["n"] for row in rows} == {id_: 30, "late_delivery": 10}
    assert next(row for row in rows if row["theme"] == id_)["name"] == "Meter fails"
    told = run("themes", *there).told
    assert "Meter" in told
    assert "100%" in told
    assert "parking meter" in run("themes", "list", "--csv", *there).out.lower()

    run("themes", "split", id_, "--phrases", "awful parking meter,awful meter", "--name", "Awful meter", *there)
    run("themes", "merge", "late_delivery", id_, *there)
    counts = {row["name"]: row["n"] for row in run("themes", "list", "--json", *there).json["rows"]}
    assert counts == {"Meter fails": 30, "Awful meter": 10}
    run("themes", "merge", "late_delivery", "--undo", *there)
    run("themes", "hide", id_, *there)
    counts = {row["theme"]: row["n"] for row in run("themes", "list", "--json", *there).json["rows"]}
    assert (id_ in counts, counts["late_delivery"]) == (False, 10)
    run("themes", "hide", id_, "--undo", *there)
    assert "is pinned" in run("themes", "pin", id_, *there).told
    assert "not pinned" in run("themes", "unpin", id_, *there).told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("rename", "late_delivry", "x"), "did you mean late_delivery?"),
        (("merge", "late_delivery"), "merge needs two themes"),
        (("split", "late_delivery", "--phrases", "the"), "phrases"),
    ],
)
def test_an_edit_that_cannot_be_ends_with_code_2(run, folder, typed, told):
    ran = run("themes", *typed, "--workspace", folder)
    assert ran.code == 2
    assert told in ran.told


def test_without_a_workspace_it_says_so(run, tmp_path):
    assert run("themes", "--workspace", tmp_path).code == 3
