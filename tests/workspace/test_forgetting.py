"""What a reader was taught forgets the texts of those who are erased, and is redacted again with the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import InputError
from touchline.privacy import redact_text
from touchline.settings import new_toml
from touchline.sources import open_export
from touchline.understanding.teaching.lesson import Given
from touchline.workspace import Workspace
from touchline.workspace.forgetting import key_of, same_part

SAID = (
    ("t1", "ann", "The courier left it in the rain"),
    ("t2", "ann", "Checkout was easy, but the parcel came two days late"),
    ("t3", "bob", "the app crashes when I open the map"),
    ("t4", "cleo", "ring me on +44 20 7946 0958 about the late parcel"),
)
OTHERS = [("the locker jams", {"stage": "purchase"}), ("the voucher was odd", {"stage": "renewal"})]


@pytest.fixture
def filled(make, tmp_path):
    file = tmp_path / "said.csv"
    lines = [f'{i},{who},2026-03-01T10:00:00,"{text}",customer' for i, who, text in SAID]
    file.write_text("\n".join(["id,customer,time,text,author", *lines]) + "\n", encoding="utf-8")
    workspace = make()
    roles = {name: name for name in ("id", "customer", "time", "text", "author")}
    workspace.take_in(open_export(file, taxonomy=workspace.taxonomy, overrides=roles))
    return workspace


def ids(workspace):
    return workspace.warehouse.fetch("SELECT interaction_id, text FROM stored ORDER BY text").to_pylist()


def kept(workspace):
    return "".join(path.read_text("utf-8") for path in workspace.folder.taught.glob("*.jsonl"))


def labels_of(*places):
    return [(SAID[place][2], {"stage": "delivery", "sentiment": "negative"}) for place in places]


def test_the_labels_of_an_interaction_go_from_every_version_and_the_rest_is_learnt_anew(filled):
    first = filled.teaching.teach([*labels_of(0, 2), *OTHERS], file="one.csv")
    second = filled.teaching.teach(labels_of(1), file="two.csv")
    (name,) = (row["interaction_id"] for row in ids(filled) if "rain" in row["text"])
    assert filled.teaching.forget([name]).labels == 1
    assert "rain" not in kept(filled)
    now = {version.number: version for version in filled.teaching.versions}
    assert (now[1].given, now[1].labels, now[2].given, now[2].labels) == (3, 3, 1, 4)
    assert now[2].taught not in ("", second.taught)
    models = filled.warehouse.fetch("SELECT DISTINCT model FROM evidence")["model"].to_pylist()
    assert models == [f"{filled.shipped.version}:taught-{now[2].taught}"]
    filled.teaching.undo()
    (again, _) = filled.teaching.versions
    assert again.taught not in ("", first.taught)
    assert filled.check() == []


def test_what_was_forgotten_is_as_if_it_had_never_been_taught(filled):
    filled.teaching.teach([*labels_of(0, 2), *OTHERS], file="one.csv")
    filled.teaching.forget([SAID[0][2]])
    without = filled.teaching.versions[-1].taught
    filled.teaching.use(0)
    assert filled.teaching.teach([*labels_of(2), *OTHERS], file="other.csv").taught == without


def test_a_customer_is_forgotten_with_parts_of_texts_and_what_was_skipped(filled):
    start = SAID[1][2].index("but")
    part = Given(SAID[1][2], {"stage": "delivery"}, start, len(SAID[1][2]))
    filled.teaching.teach([part, *labels_of(2), *OTHERS], file="one.csv")
    filled.teaching.skip([SAID[0][2]])
    found = filled.teaching.forget_customer("ann")
    assert (found.labels, found.skipped) == (1, 1)
    assert "parcel came two days late" not in kept(filled)
    assert "app crashes" in kept(filled)
    assert SAID[0][2] in {candidate.text for candidate in filled.teaching.candidates(9)}
    assert filled.teaching.forget_customer("ann").labels == 0


def test_labels_of_stored_texts_go_when_the_texts_are_gone_and_others_stay(filled):
    filled.teaching.teach([*labels_of(0, 2), *OTHERS], file="one.csv")
    assert filled.teaching.forget_gone().labels == 0
    filled.warehouse.execute("UPDATE stored SET text = '[ERASED]' WHERE text LIKE '%rain%'")  # as an erasure would
    assert filled.teaching.forget_gone().labels == 1
    assert {row[0] for row in filled.teaching.lesson.rows} == {SAID[2][2], *(text for text, _ in OTHERS)}


def test_the_last_label_can_be_forgotten(filled):
    filled.teaching.teach(labels_of(0), file="one.csv")
    before = filled.warehouse.fetch("SELECT * EXCLUDE model FROM evidence ORDER BY interaction_id, mention")
    filled.teaching.forget([SAID[0][2]])
    filled.teaching.use(0)
    shipped = filled.warehouse.fetch("SELECT * EXCLUDE model FROM evidence ORDER BY interaction_id, mention")
    filled.teaching.use(1)
    assert filled.warehouse.fetch("SELECT * EXCLUDE model FROM evidence ORDER BY interaction_id, mention") == shipped
    assert before != shipped
    assert len(filled.teaching.lesson) == 0


def test_redacted_labels_are_found_by_their_interaction(filled):
    filled.teaching.teach([*labels_of(3), *OTHERS], file="one.csv")
    (name,) = (row["interaction_id"] for row in ids(filled) if "PHONE" in row["text"])
    assert filled.teaching.forget([name]).labels == 1
    assert "PHONE" not in kept(filled)


def test_new_rules_redact_what_was_taught_under_the_old(filled):
    said = "order 4711-0815 is late, and the map is fine"
    part = Given(said, {"stage": "delivery"}, 0, said.index(","))
    filled.teaching.teach([part, *OTHERS], file="one.csv")
    assert "4711-0815" in kept(filled)
    root = filled.folder.root
    filled.close()
    text = filled.folder.settings.read_text("utf-8")
    assert "[privacy]" in text
    filled.folder.settings.write_text(text.replace("[privacy]", "[privacy]\norders = true", 1), encoding="utf-8")
    with Workspace(root) as workspace:
        assert workspace.teaching.redact_again().labels == 1
        assert "4711-0815" not in kept(workspace)
        assert "[ORDER_1]" in "".join(workspace.teaching.lesson.texts)
        assert workspace.teaching.redact_again().labels == 0


def test_a_process_killed_while_it_forgets_never_applies_what_was_to_go(filled, monkeypatch):
    filled.teaching.teach([*labels_of(0, 2), *OTHERS], file="one.csv")
    from touchline.workspace.taught import Files

    with monkeypatch.context() as patched:
        patched.setattr(Files, "write_rows", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            filled.teaching.forget([SAID[0][2]])
    assert not filled.folder.taught.joinpath("1.npz").exists()
    assert filled.teaching.forget([SAID[0][2]]).labels == 1
    assert "rain" not in kept(filled)


def test_errors_say_what_to_do(filled):
    with pytest.raises(InputError, match="no interaction and no label 'nothing'"):
        filled.teaching.forget(["nothing"])
    with pytest.raises(InputError, match="no customer 'nobody'"):
        filled.teaching.forget_customer("nobody")


def test_a_starter_has_a_section_of_privacy():
    assert "[privacy]" in new_toml("a", "taxonomy.yaml")


words = st.lists(
    st.sampled_from(["late", "parcel", "ann@example.org", "+44 20 7946 0958", "the", "10.0.0.7", "fine,", "Bob"]),
    min_size=1, max_size=12,
)  # fmt: skip


@given(words, st.data())
def test_a_part_of_a_redacted_text_is_cut_out_of_it_and_holds_nothing_personal(said, data):
    text = " ".join(said)
    clean = redact_text(text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    part = same_part(text, clean, start, end)
    assert part in clean
    assert part.count("[") == part.count("]")
    if clean == text:
        assert part == text[start:end]
    assert same_part(text, clean, None, None) == clean


@given(words)
def test_a_text_has_the_same_key_before_and_after_redaction(said):
    text = " ".join(said)
    assert key_of(text, redact_text) == key_of(redact_text(text), redact_text)
