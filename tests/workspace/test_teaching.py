"""What a workspace teaches its reader: kept, versioned, undone, and applied to what is stored."""

from __future__ import annotations

import json

import pytest

from touchline.errors import InputError, SettingsError, WorkspaceError
from touchline.evaluation.labels import Labelled, Labels
from touchline.sources import open_export
from touchline.workspace import Workspace

SAID = (
    "The courier left it in the rain",
    "parcel came two days late",
    "Mein Paket ist nie angekommen",
    "you can reach me at anna@example.com about the late parcel",
    "the app crashes when I open the map",
    "lovely chat with Ben, sorted in minutes",
    "checkout kept asking for my card",
    "the invoice was wrong again",
)
LABELS = [
    (f"{what} {how}", {"stage": stage, "sentiment": mood})
    for what, stage in (("the tracking page", "usage"), ("the voucher", "renewal"), ("the locker", "purchase"))
    for how, mood in (
        ("is a mess", "negative"), ("was odd", "negative"), ("was fine", "positive"), ("is here", "neutral"),
        ("does not open", "negative"), ("works now", "positive"), ("again", "neutral"), ("pleased me", "positive"),
    )
]  # fmt: skip


def evidence(workspace):
    return workspace.warehouse.fetch("FROM evidence ORDER BY interaction_id, mention")


@pytest.fixture
def filled(make, tmp_path):
    file = tmp_path / "said.csv"
    lines = [f"{i},c{i},2026-03-01T10:00:00,{text},customer" for i, text in enumerate(SAID)]
    file.write_text("\n".join(["id,customer,time,text,author", *lines]) + "\n", encoding="utf-8")
    workspace = make()
    roles = {name: name for name in ("id", "customer", "time", "text", "author")}
    workspace.take_in(open_export(file, taxonomy=workspace.taxonomy, overrides=roles))
    return workspace


def test_teaching_reads_the_stored_texts_again_and_undo_brings_them_back_to_the_bit(filled):
    before, model = evidence(filled), filled.understander.version
    made = filled.teaching.teach(LABELS, file="labels.csv")
    taught = evidence(filled)
    assert (made.number, made.parent, made.given, made.labels) == (1, 0, 24, 24)
    assert set(taught["model"].to_pylist()) == {f"{model}:taught-{made.taught}"}
    assert not taught.drop_columns(["model"]).equals(before.drop_columns(["model"]))
    assert filled.teaching.undo() == 0
    assert evidence(filled).equals(before)
    assert filled.teaching.redo() == 1
    assert evidence(filled).equals(taught)
    filled.teaching.use(0)
    assert evidence(filled).equals(before)
    assert filled.check() == []


def test_scores_are_told_where_there_are_labels_enough(filled):
    made = filled.teaching.teach(LABELS, file="labels.csv")
    scores = {score.head: score for score in made.scores}
    assert set(scores) == {"stage", "sentiment"}
    assert all(0 <= score.before <= 1 and 0 <= score.after <= 1 for score in scores.values())
    filled.teaching.use(0)
    assert all(score.before is None for score in filled.teaching.teach(LABELS[:6], file="few.csv").scores)


def test_more_labels_join_those_before_and_the_later_one_of_a_text_counts(filled):
    filled.teaching.teach(LABELS[:10], file="one.csv")
    second = filled.teaching.teach([*LABELS[10:], (LABELS[0][0], {"stage": "delivery"})], file="two.csv")
    assert (second.parent, second.given, second.labels) == (1, 15, 24)
    held = dict(filled.teaching.lesson.rows)
    assert held[LABELS[0][0]] == {"stage": "delivery", "sentiment": LABELS[0][1]["sentiment"]}
    filled.teaching.undo()
    assert dict(filled.teaching.lesson.rows)[LABELS[0][0]] == LABELS[0][1]


def test_what_was_undone_is_not_learnt_again(filled):
    filled.teaching.teach(LABELS[:10], file="wrong.csv")
    filled.teaching.undo()
    made = filled.teaching.teach(LABELS[10:], file="right.csv")
    assert (made.number, made.parent, made.labels) == (2, 0, 14)


def test_in_two_goes_or_one_it_learns_the_same(filled):
    filled.teaching.teach(LABELS[:10], file="one.csv")
    both = filled.teaching.teach(LABELS[10:], file="two.csv")
    filled.teaching.use(0)
    assert filled.teaching.teach(LABELS, file="all.csv").taught == both.taught


def test_it_is_there_when_the_workspace_is_opened_again_and_after_a_rebuild(filled):
    filled.teaching.teach(LABELS, file="labels.csv")
    before = evidence(filled)
    filled.close()
    with Workspace(filled.folder.root) as again:
        assert again.understander.version == before["model"][0].as_py()
        again.rebuild()
        assert evidence(again).equals(before)


def test_a_process_killed_before_it_read_the_texts_again_leaves_that_to_the_next(filled, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(Workspace, "catch_up", lambda self, progress=None: None)
        made = filled.teaching.teach(LABELS, file="labels.csv")
    filled.close()
    with Workspace(filled.folder.root) as again:
        again.catch_up()
        assert all(f"taught-{made.taught}" in model for model in evidence(again)["model"].to_pylist())


def test_other_stages_let_it_learn_the_labels_anew(filled):
    made = filled.teaching.teach(LABELS, file="labels.csv")
    path = filled.folder.taxonomy
    text = path.read_text("utf-8")
    filled.close()
    path.write_text(text.replace("description: >-", "description: >-\n  For us.", 1), encoding="utf-8")
    with Workspace(filled.folder.root) as again:
        again.catch_up()
        (version,) = again.teaching.versions
        assert version.taught != made.taught
        assert again.understander.version.endswith(f":taught-{version.taught}")
        assert (version.labels, version.scores) == (made.labels, made.scores)


def test_labels_are_redacted_before_they_are_kept(filled):
    filled.teaching.teach([*LABELS, ("ask tom@example.org", {"sentiment": "neutral"})], file="labels.csv")
    kept = "".join(path.read_text("utf-8") for path in filled.folder.taught.glob("*.jsonl"))
    assert "tom@example.org" not in kept
    assert "ask [" in kept


def test_what_to_label_next_is_never_asked_twice(filled):
    first = filled.teaching.candidates(3)
    assert len({c.text for c in first}) == 3
    assert {c.text for c in first} <= set(evidence_texts(filled))
    filled.teaching.skip([first[0].text])
    filled.teaching.teach([(first[1].text, {"sentiment": "neutral"})], file="label")
    later = {c.text for c in filled.teaching.candidates(100)}
    assert not later & {first[0].text, first[1].text}
    assert later | {first[0].text, first[1].text} <= set(evidence_texts(filled))
    assert filled.teaching.candidates(3) == filled.teaching.candidates(3)


def evidence_texts(workspace):
    return workspace.warehouse.fetch("SELECT DISTINCT text FROM stored")["text"].to_pylist()


def test_the_public_door_takes_a_table_of_labels(filled):
    rows = tuple(Labelled(i, text, labels=labels) for i, (text, labels) in enumerate(LABELS))
    made = filled.teach(Labels("labels.csv", rows, ("stage", "sentiment")))
    assert (made.file, made.labels) == ("labels.csv", 24)
    assert json.loads(json.dumps(made.as_json()))["scores"][0]["head"] == "stage"


def test_errors_say_what_to_do(filled, make):
    with pytest.raises(InputError, match="nothing to undo"):
        filled.teaching.undo()
    with pytest.raises(InputError, match="nothing to redo"):
        filled.teaching.redo()
    with pytest.raises(InputError, match="no version 7; use one of 0"):
        filled.teaching.use(7)
    with pytest.raises(InputError, match=r"x\.csv: there are no labels"):
        filled.teaching.teach([("a", {})], file="x.csv")
    other = make().folder
    text = other.settings.read_text("utf-8").replace("[understanding]", '[understanding]\nuse = "phrases"')
    other.settings.write_text(text, encoding="utf-8")
    with Workspace(other.root) as workspace, pytest.raises(SettingsError, match="cannot be taught"):
        workspace.teaching.teach(LABELS, file="labels.csv")


def test_damage_is_told_and_not_read_over(filled):
    filled.teaching.teach(LABELS, file="labels.csv")
    (filled.folder.taught / "1.npz").write_bytes(b"PK broken")
    filled.forget_reader()
    with pytest.raises(WorkspaceError, match="--undo"):
        _ = filled.understander
    filled.teaching.undo()
    (filled.folder.taught / "index.json").write_text("{", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        _ = filled.teaching.current
