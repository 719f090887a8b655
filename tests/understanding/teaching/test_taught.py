"""Evidence with and without what was taught."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.teaching.learning import teach
from touchline.understanding.teaching.lesson import FOLDS, Lesson
from touchline.understanding.teaching.taught import Taught, parted, spread
from touchline.understanding.teaching.teacher import Guesses, Teacher
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

TEXTS_READ = [
    "the gearbox was mended by a very kind mechanic",
    "the insurer will not cover my new roof box. The workshop fixed it though, thank you!",
    "ok",
    "",
    "車が壊れた",
]


def read(reader, texts=TEXTS_READ):
    ids = [str(i) for i in range(len(texts))]
    return reader.explain(pa.table({"interaction_id": ids, "text": texts, "language": ["en"] * len(texts)}, TEXTS))


def test_a_lesson_without_labels_changes_nothing(untaught):
    learnt = teach(untaught, Lesson())
    assert learnt.taught.corrections == {}
    assert read(untaught.with_taught(learnt.taught)).equals(read(untaught))


def test_it_learns_stages_that_it_never_saw(untaught, lesson):
    learnt = teach(untaught, lesson)
    stage = next(head for head in learnt.heads if head.head == "stage")
    assert stage.checked
    assert (stage.after == stage.gold).mean() >= max(0.9, (stage.before == stage.gold).mean())
    said = ["they mended the clutch in our garage", "the insurer refused to pay for the clutch"]
    evidence = read(untaught.with_taught(learnt.taught), said)["stage_evidence"].to_pylist()
    assert [int(np.argmax(row)) for row in evidence] == [0, 1]


def test_the_order_of_labels_does_not_matter(untaught, rows):
    one, other = (teach(untaught, Lesson.of(some)).taught for some in (rows, rows[::-1]))
    assert one.to_bytes() == other.to_bytes()


def test_teaching_the_same_twice_is_teaching_once(untaught, lesson):
    once = teach(untaught, lesson).taught
    assert teach(untaught, lesson.plus(lesson)).taught.to_bytes() == once.to_bytes()
    assert teach(untaught.with_taught(once), lesson).taught.to_bytes() == once.to_bytes()


def test_going_back_gives_the_same_evidence_to_the_last_bit(untaught, lesson):
    before = read(untaught)
    taught = untaught.with_taught(teach(untaught, lesson).taught)
    assert not read(taught).equals(before)
    assert read(taught.with_taught(None)).equals(before)
    assert taught.with_taught(None).version == untaught.version != taught.version
    assert read(untaught).equals(before)


def test_what_is_learnt_of_a_text_does_not_hang_on_its_neighbours(untaught, lesson):
    taught = untaught.with_taught(teach(untaught, lesson).taught)
    together = read(taught)
    for i, text in enumerate(TEXTS_READ):
        alone = read(taught, [text])
        mine = together.filter(pa.compute.equal(together["interaction_id"], str(i)))
        for name in ("sentiment", "start", "end", "understood"):
            assert alone[name].to_pylist() == mine[name].to_pylist()
        ours, theirs = (np.array(t["stage_evidence"].to_pylist()) for t in (alone, mine))
        assert np.abs(ours - theirs).max() < 1e-4


def test_what_is_not_understood_stays_so(untaught, lesson):
    taught = untaught.with_taught(teach(untaught, lesson).taught)
    row = read(taught, ["車が壊れた"]).to_pylist()[0]
    assert (row["understood"], row["sentiment"], set(row["stage_evidence"])) == (False, 0, {0.0})


def test_a_file_gives_back_what_was_written(untaught, lesson):
    taught = teach(untaught, lesson).taught
    again = Taught.from_bytes(taught.to_bytes())
    assert again.to_bytes() == taught.to_bytes()
    assert read(untaught.with_taught(again)).equals(read(untaught.with_taught(taught)))
    with pytest.raises(ValueError, match="no file"):
        Taught.from_bytes(b"PK nonsense")
    with pytest.raises(ValueError, match="no file"):
        Taught.from_bytes(taught.to_bytes()[:500])


def test_another_reader_refuses_it(untaught, lesson):
    taught = teach(untaught, lesson).taught
    with pytest.raises(ValueError, match="taught to fast"):
        FastUnderstander(Taxonomy.template("b2c"), taught=taught)


def test_few_labels_move_it_a_little_and_nothing_is_claimed(untaught, rows):
    learnt = teach(untaught, Lesson.of(rows[:4]))
    assert not any(head.checked for head in learnt.heads)
    assert {head.n for head in learnt.heads} == {4}


def test_labels_that_the_reader_does_not_know_are_left_out(untaught, rows):
    more = [*rows, ("no such stage", {"stage": "moon"}), ("no such kind", {"colour": "red"})]
    stage = next(head for head in teach(untaught, Lesson.of(more)).heads if head.head == "stage")
    assert stage.n == len(rows)


class Letters:
    """An encoder for tests: how often each letter comes."""

    def encode(self, texts):
        counts = np.array([[text.count(letter) for letter in "abcdefghiklmnoprstuvw"] for text in texts], np.float32)
        counts = counts.reshape(len(texts), 21)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1)


def test_a_teacher_adds_what_it_is_sure_of_and_the_same_is_learnt_without_it(untaught, lesson):
    others = [f"the garage mended the {thing} again" for thing in ("clutch", "door", "mirror", "wheel")]
    teacher = Teacher(Letters(), untaught, lesson, others)
    learnt = teach(untaught, lesson, teacher=teacher)
    assert learnt.guesses is not None
    assert {text for text, _ in learnt.guesses.rows} <= set(others)
    for _, said in learnt.guesses.rows:
        for share in said.values():
            assert max(share.values()) >= 0.7
    strengths = {head.head: head.strength for head in learnt.heads}
    again = teach(untaught, lesson, guesses=learnt.guesses, strengths=strengths)
    assert again.taught.to_bytes() == learnt.taught.to_bytes()
    assert teach(untaught, lesson, guesses=Guesses(), strengths=strengths).taught.version != learnt.taught.version


@given(
    arrays(np.float32, st.tuples(st.integers(1, 5), st.just(4)), elements=st.floats(-3, 3, width=32)),
    st.floats(0.01, 0.99),
)
def test_taking_unassigned_out_of_evidence_and_back_in_changes_nothing(logits, none):
    """Evidence that spreads a share evenly, as the reader's does, comes back; its level says nothing."""
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    mixed = (1 - none) * share + none / 4
    evidence = np.log(mixed * 4).astype(np.float32)
    back = spread(parted(evidence, np.full(len(evidence), none, np.float32)))
    gap = (back - back.mean(axis=1, keepdims=True)) - (evidence - evidence.mean(axis=1, keepdims=True))
    assert np.abs(gap).max() < 0.05


LABELS = st.dictionaries(st.sampled_from(["stage", "sentiment"]), st.sampled_from(["a", "b"]))


@given(st.lists(st.tuples(st.sampled_from(["one", "One ", "two", "three"]), LABELS), max_size=8))
def test_a_lesson_holds_each_text_once_with_its_latest_labels(rows):
    lesson = Lesson.of(rows)
    expected: dict[str, dict[str, str]] = {}
    for text, labels in rows:
        expected.setdefault(text.strip().lower(), {}).update(labels)
    assert {t.strip().lower(): dict(labels) for t, labels in lesson.rows} == expected
    assert Lesson.of(lesson.rows) == lesson
    assert set(lesson.folds().tolist()) <= set(range(FOLDS))
