"""Consent is honoured in processing: who says no is not read, not counted or not scored, and who says yes is again."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.files import answer, fingerprint, take_in, write_csv

from touchline.errors import InputError
from touchline.questions import Local
from touchline.workspace import consenting
from touchline.workspace.consenting import Correction, Said

WHO = "C1"


def said(purpose, granted, *, ref=WHO, day=1):
    return Said(ref, purpose, granted, datetime(2026, 5, day, tzinfo=UTC), "form", "tester")


def rows():
    return [answer(n) for n in range(1, 43)]


@pytest.fixture
def filled(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", rows()))
    return workspace


def prints(workspace):
    return {name: mark for name, mark in fingerprint(workspace).items() if name != "withheld"}


def test_without_analysis_nothing_of_them_is_read_or_counted(filled, make, tmp_path):
    before = prints(filled)
    consenting.say(filled, [said("analysis", False)])
    ask = filled.warehouse.value
    assert ask("SELECT count(*) FROM interactions WHERE customer_ref = $ref", ref=WHO) == 0
    words = "SELECT count(*) FROM evidence JOIN stored USING (interaction_id) WHERE customer_ref = 'C1'"
    assert ask(words) == 0
    other = make()
    take_in(other, write_csv(tmp_path / "b.csv", [row for row in rows() if row["customer"] != WHO]))
    now, theirs = fingerprint(filled), fingerprint(other)
    for name in ("touches", "mentions", "answers", "journey", "evidence"):
        assert now[name] == theirs[name], name
    assert filled.check() == []
    assert filled.status().balanced
    consenting.say(filled, [said("analysis", True, day=2)])
    assert prints(filled) == before


def test_what_comes_later_is_not_read_either(filled, tmp_path):
    consenting.say(filled, [said("analysis", False)])
    take_in(filled, write_csv(tmp_path / "b.csv", [answer(n, customer=WHO) for n in range(50, 60)]))
    assert filled.warehouse.value("SELECT count(*) FROM interactions WHERE customer_ref = 'C1'") == 0
    late = "SELECT count(*) FROM evidence WHERE interaction_id LIKE 'survey/a5_'"
    assert filled.warehouse.value(late) == 0
    assert filled.rebuild().equal


def test_an_older_word_does_not_undo_a_later_one(filled):
    consenting.say(filled, [said("analysis", False, day=9)])
    consenting.say(filled, [said("analysis", True, day=3)])
    assert not consenting.may(filled, WHO, "analysis")


def test_a_person_says_it_for_all_their_references(filled):
    filled.identify([("C2", WHO)])
    consenting.say(filled, [said("analysis", False, ref="C2")])
    assert filled.warehouse.value("SELECT count(*) FROM interactions WHERE customer_ref IN ('C1', 'C2')") == 0
    filled.identify([("C2", None)])
    assert filled.warehouse.value("SELECT count(*) FROM interactions WHERE customer_ref = 'C1'") > 0


def test_asked_first_nobody_is_read_without_a_yes(make, tmp_path):
    workspace = make()
    path = workspace.folder.settings
    path.write_text(path.read_text().replace("[privacy]", '[privacy]\nask_first = ["analysis"]'))
    workspace.close()
    with type(workspace)(workspace.folder.root) as opened:
        take_in(opened, write_csv(tmp_path / "a.csv", rows()))
        assert opened.warehouse.value("SELECT count(*) FROM interactions") == 0
        assert opened.warehouse.value("SELECT count(*) FROM evidence") == 0
        consenting.say(opened, [said("analysis", True)])
        assert opened.warehouse.value("SELECT count(DISTINCT customer_ref) FROM interactions") == 1
        assert opened.warehouse.value("SELECT count(*) FROM evidence") > 0
        assert opened.rebuild().equal
        assert opened.check() == []


def test_without_profiling_they_count_and_are_not_scored(filled):
    journey = Local(filled)
    stages = journey.stages().to_dicts()
    assert WHO in [row["ref"] for row in journey.standing(limit=None).to_dicts()]
    consenting.say(filled, [said("profiling", False)])
    assert WHO not in [row["ref"] for row in journey.standing(limit=None).to_dicts()]
    assert journey.standing(key=WHO).to_dicts()[0]["band"] == "no data"
    assert journey.stages().to_dicts() == stages
    counted = sum(row["customers"] for row in journey.lifecycle().to_dicts())
    assert counted == 6
    consenting.say(filled, [said("profiling", True, day=2)])
    assert WHO in [row["ref"] for row in journey.standing(limit=None).to_dicts()]


def test_without_recording_the_words_of_calls_are_not_used(workspace, tmp_path):
    calls = [answer(n, customer="C1", comment="The delivery was terribly late") | {"kind": "call"} for n in (1, 2)]
    calls += [answer(3, customer="C1", comment="The delivery was terribly late") | {"kind": "message"}]
    take_in(workspace, write_csv(tmp_path / "a.csv", calls), overrides={"kind": "kind"})
    read = "SELECT count(DISTINCT interaction_id) FROM evidence"
    assert workspace.warehouse.value(read) == 3
    consenting.say(workspace, [said("recording", False)])
    assert workspace.warehouse.value(read) == 1
    shown = workspace.warehouse.fetch("SELECT kind, text FROM interactions ORDER BY kind").to_pylist()
    assert [row["text"] is None for row in shown] == [True, True, False]
    assert workspace.check() == []


def test_contact_is_told(filled):
    assert consenting.may(filled, WHO, "contact")
    consenting.say(filled, [said("contact", False)])
    assert not consenting.may(filled, WHO, "contact")
    held = {one.purpose: one for one in consenting.agreements(filled, WHO)}
    assert not held["contact"].granted
    assert held["contact"].source == "form"
    assert held["analysis"].source == "settings"
    with pytest.raises(InputError, match="no purpose"):
        consenting.may(filled, WHO, "sale")


def test_a_file_of_consents_long_or_wide():
    long = pa.table({"customer": ["a"], "purpose": ["Profiling"], "granted": ["opt-out"], "at": ["2026-01-02"]})
    assert [(s.ref, s.purpose, s.granted) for s in consenting.read(long, file="l.csv", by="x")] == [
        ("a", "profiling", False)
    ]
    wide = pa.table({"Kunde": ["a", "b"], "contact": ["ja", ""], "analysis": ["no", "yes"]})
    found = consenting.read(wide, file="w.csv", by="x", mapping={"customer": "Kunde"})
    assert [(s.ref, s.purpose, s.granted) for s in found] == [
        ("a", "analysis", False),
        ("a", "contact", True),
        ("b", "analysis", True),
    ]
    bad = pa.table({"customer": ["a"], "contact": ["perhaps"]})
    with pytest.raises(InputError, match=r"w.csv, row 2, column contact: 'perhaps' is neither yes nor no"):
        consenting.read(bad, file="w.csv", by="x")


def test_a_field_is_put_right_and_stays_when_the_file_comes_again(filled, tmp_path):
    assert (
        consenting.correct(filled, [Correction("text", "All was fine", interaction="survey/a1")], by="me", why="typo")
        == 1
    )
    text = "SELECT text FROM interactions WHERE interaction_id = 'survey/a1'"
    assert filled.warehouse.value(text) == "All was fine"
    kept = "SELECT text FROM revisions WHERE interaction_id = 'survey/a1'"
    assert filled.warehouse.value(kept) == "The courier was friendly"
    again = take_in(filled, write_csv(tmp_path / "c.csv", rows()[:5]))
    assert again.duplicate == 5
    assert filled.warehouse.value(text) == "All was fine"
    assert filled.check() == []
    assert filled.status().balanced
    assert filled.rebuild().equal


def test_an_attribute_of_a_customer_is_put_right_everywhere(filled):
    n = filled.warehouse.value("SELECT count(*) FROM stored WHERE customer_ref = 'C1'")
    assert consenting.correct(filled, [Correction("attributes.region", "latam", ref=WHO)], by="me", why="wrong") == n
    found = filled.warehouse.fetch(
        "SELECT DISTINCT seg_region FROM touches t JOIN customers USING (customer_key) WHERE customer_ref = 'C1'"
    )
    assert found["seg_region"].to_pylist() == ["latam"]
    with pytest.raises(InputError, match="cannot be corrected"):
        consenting.correct(filled, [Correction("customer_ref", "x", ref=WHO)], by="me", why="")


def test_consent_of_the_erased_is_refused(filled):
    from touchline.workspace import erasing

    erasing.erase(filled, WHO, by="x")
    with pytest.raises(InputError, match="were erased"):
        consenting.say(filled, [said("contact", True)])


REFS, PURPOSES = st.sampled_from(["C1", "C2", "C3"]), st.sampled_from(["analysis", "profiling"])
ROWS = st.lists(st.tuples(REFS, PURPOSES, st.booleans(), st.integers(1, 9)), min_size=1, max_size=8)


@given(ROWS)
@settings(max_examples=8)
def test_any_order_of_what_was_said_ends_in_what_was_said_last(tmp_path_factory, told):
    from touchline.workspace import Workspace

    spaced = [(ref, purpose, yes, day, n) for n, (ref, purpose, yes, day) in enumerate(told)]
    folder = tmp_path_factory.mktemp("w")
    with Workspace.create(folder / "w") as workspace:
        take_in(workspace, write_csv(folder / "a.csv", rows()[:14]))
        for ref, purpose, yes, day, _ in spaced:
            consenting.say(workspace, [said(purpose, yes, ref=ref, day=day)])
        for ref in ("C1", "C2", "C3"):
            mine = [(day, n, yes) for r, p, yes, day, n in spaced if (r, p) == (ref, "analysis")]
            expected = max(mine)[2] if mine else True
            n = workspace.warehouse.value("SELECT count(*) FROM interactions WHERE customer_ref = $ref", ref=ref)
            assert (n > 0) == expected == consenting.may(workspace, ref, "analysis")
