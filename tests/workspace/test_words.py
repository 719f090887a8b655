"""What is searched is what is stored: after imports, revisions, erasures, rebuilds, and with a damaged file."""

from __future__ import annotations

import random
import stat
import unicodedata

import pytest

from touchline.errors import TooSlow
from touchline.workspace import Workspace, words
from touchline.workspace.erasing import erase
from touchline.workspace.feedback import feedback
from touchline.workspace.words import hits, search_of


def take(workspace, rows, name="said.csv"):
    from touchline.cli.data import export_of

    path = workspace.folder.root / name
    lines = "\n".join(f'{one},{who},2026-03-{1 + i % 28:02d},chat,"{text}"' for i, (one, who, text) in enumerate(rows))
    path.write_text(f"id,customer,date,channel,comment\n{lines}\n", encoding="utf-8")
    workspace.take_in(export_of(path, workspace=workspace))


@pytest.fixture
def opened(tmp_path):
    with Workspace.create(tmp_path / "w") as workspace:
        take(workspace, [("1", "c1", "The parcel was late."), ("2", "c2", "Quick refund, thanks.")])
        yield workspace


def found(workspace, said):
    return {row["text"] for row in feedback(workspace, words=said, limit=1000).to_dicts()}


def folded(text):
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def test_any_words_are_found_as_by_looking_at_every_text(tmp_path, monkeypatch):
    """Random texts and searches, in several slices and additions, against plain Python."""
    monkeypatch.setattr(words, "_SLICE", 40)
    chance = random.Random(7)
    bank = (
        "late",
        "parcel",
        "café",
        "refund",
        "Ärger",
        "support",
        "naïve",
        "slow",
        "delivery",
        "déjà",
        "vu",
        "broken",
        "again",
        "invoice",
    )
    rows = [(str(i), f"c{i % 9}", " ".join(chance.choices(bank, k=4))) for i in range(150)]
    with Workspace.create(tmp_path / "w") as workspace:
        take(workspace, rows[:100], "one.csv")
        workspace.words.bring_up()
        take(workspace, rows[100:], "two.csv")
        texts = workspace.warehouse.fetch("SELECT text FROM mentions JOIN interactions USING (interaction_id)")
        stored = [folded(text).split() for text in set(texts["text"].to_pylist())]
        for _ in range(60):
            said = [chance.choice(bank)[: chance.randint(2, 8)] for _ in range(chance.randint(1, 3))]
            wanted = {
                " ".join(text) for text in stored if all(any(w.startswith(folded(s)) for w in text) for s in said)
            }
            assert {folded(text) for text in found(workspace, " ".join(said))} == wanted, said


def test_what_comes_in_is_found_and_what_was_before_is_not(opened):
    assert found(opened, "parcel") == {"The parcel was late."}
    take(opened, [("1", "c1", "The box was late."), ("3", "c3", "My parcel came.")])
    assert found(opened, "parcel") == {"My parcel came."}
    assert found(opened, "box") == {"The box was late."}


def test_nobody_else_may_read_it(opened):
    feedback(opened, words="parcel")
    for path in opened.folder.inside.glob("words.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.parametrize("harm", ["gone", "damaged", "cut", "of before"])
def test_a_file_that_cannot_be_used_is_made_anew(opened, harm, monkeypatch):
    assert found(opened, "parcel")
    path = opened.folder.words
    if harm == "gone":
        path.unlink()
    elif harm == "damaged":
        path.write_bytes(b"no database at all" * 100)
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:700])
    else:
        monkeypatch.setattr(words, "LAYOUT", "another")
    assert found(opened, "parcel") == {"The parcel was late."}


def test_an_erased_person_is_in_no_byte_of_it(opened):
    take(opened, [("9", "c9", "Zanzibarquirk is what I said.")], "own.csv")
    assert found(opened, "zanzibarquirk")
    erase(opened, "c9", by="test")
    assert not list(opened.folder.inside.glob("words.db*"))
    assert not found(opened, "zanzibarquirk")
    opened.words.bring_up()
    for path in opened.folder.inside.glob("words.db*"):
        assert b"zanzibarquirk" not in path.read_bytes().lower()
    assert found(opened, "parcel") == {"The parcel was late."}


def test_a_rebuild_leaves_the_search_right(opened):
    assert found(opened, "refund")
    opened.rebuild()
    assert found(opened, "refund") == {"Quick refund, thanks."}


def test_a_search_does_not_wait_for_many(opened, monkeypatch):
    monkeypatch.setattr(words, "FEW", 1)
    opened.words.kept_up = True
    with pytest.raises(TooSlow, match="searchable"):
        feedback(opened, words="parcel")
    opened.words.bring_up()
    assert found(opened, "parcel")


def test_scripts_without_blanks_and_signs_are_looked_for_as_letters():
    assert hits(["配達が遅れた", "fine"], search_of("配達")).keys() == {0}
    assert hits(["so good \U0001f600", "fine"], search_of("\U0001f600"))[0].spans == ((8, 9),)
