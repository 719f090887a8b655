"""`touchline evaluate`: a table of labels, compared with what is read."""

from __future__ import annotations

import csv

import pytest

ROWS = [
    ["The parcel never came", "delivery", "-1", "anger", ""],
    ["the process was confusing", "delivery", "-1", "confusion", "post_delivery_survey"],
    ["", "usage", "0", "", ""],
    ["It is blue", "usige", "0", "", ""],
    ["Checkout was easy", "purchase", "1", "satisfaction", ""],
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["text", "stage", "sentiment", "emotion", "source"], *ROWS])
    return path


def test_it_says_how_right_we_are_and_what_was_skipped(run, file):
    found = run("evaluate", file, width=130)
    assert found.code == 0
    for words in ("3 texts", "Accuracy", "Macro-F1", "majority", "Coverage", "is \\ taken for", "by chance"):
        assert words in found.told, words
    assert "row 4, column text: the text is missing" in found.err
    assert "row 5, column stage: there is no stage 'usige'" in found.err


def test_as_json_it_holds_everything(run, file):
    found = run("evaluate", file, "--json").json
    assert [one["label"] for one in found["judged"]] == ["stage", "sentiment", "emotion"]
    assert found["coverage"]["n"] == 3
    assert len(found["skipped"]) == 2
    stage = found["judged"][0]
    assert {"accuracy", "macro_f1", "classes", "confusion", "calibration", "baselines"} <= set(stage)
    assert stage["accuracy"]["low"] <= stage["accuracy"]["value"] <= stage["accuracy"]["high"]
    assert found["judged"][2]["calibration"] is None


@pytest.mark.parametrize("width", [60, 100])
def test_it_keeps_to_the_terminal(run, file, width):
    lines = run("evaluate", file, width=width).out.splitlines()
    assert max(map(len, lines)) <= width


def test_a_workspace_reads_with_its_own_stages_and_settings(run, file, asked):
    alone, there = (run("evaluate", file, *options, "--json").json for options in ((), ("-w", asked)))
    assert alone["judged"] == there["judged"]
    assert there["model"] == alone["model"]


def test_other_stages_by_template(run, file):
    found = run("evaluate", file, "--template", "saas", "--json").json
    assert any("expansion" in line for line in found["skipped"])


def test_a_mistake_is_told_with_what_spoke_for_it(run, tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text("text,sentiment\nThe parcel never came,positive\n", encoding="utf-8")
    told = run("evaluate", path).told
    assert "sentiment, row 2: negative, " in told
    assert "% sure, but it is positive" in told
    assert told.count("came") >= 2


def test_a_table_without_labels_is_an_error(run, tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("text,topic\na,b\n", encoding="utf-8")
    found = run("evaluate", path)
    assert (found.code, found.out) == (2, "")
    assert "no column of labels" in found.told
