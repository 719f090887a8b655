"""A table of labels: what is read of it, what is skipped and told, and what comes out."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from tests.evaluation import oracle

from touchline.errors import InputError
from touchline.evaluation import Labelled, Labels, evaluate, read_labels
from touchline.evaluation import report as reporting
from touchline.settings import Settings
from touchline.understanding import load
from touchline.vocabulary.taxonomy import Taxonomy

B2C = Taxonomy.template("b2c")
HEADER = ["text", "stage", "sentiment", "resolution", "channel", "note"]


@pytest.fixture(scope="module")
def understander():
    return load(taxonomy=B2C)


def table(tmp_path, rows, header=HEADER, name="labels.csv"):
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def judged(labels, understander, **more):
    return evaluate(labels, understander=understander, taxonomy=B2C, settings=Settings(), replicates=50, **more)


class TestLabels:
    def test_labels_may_be_written_in_several_ways(self, tmp_path):
        path = table(tmp_path, [
            ["a", "Delivery", "-1", "na", "email", ""],
            ["b", "fulfilment", "Negative", "NA", "", ""],
            ["c", "UNASSIGNED", "1.0", "unresolved", "", ""],
            ["d", "", "neutral", "", "", ""],
        ])  # fmt: skip
        found = read_labels(path, B2C)
        assert [dict(row.labels) for row in found.rows] == [
            {"stage": "delivery", "sentiment": "negative", "resolution": "na"},
            {"stage": "delivery", "sentiment": "negative", "resolution": "na"},
            {"stage": "unassigned", "sentiment": "positive", "resolution": "unresolved"},
            {"sentiment": "neutral"},
        ]
        assert (found.kinds, found.ignored, found.skipped) == (("stage", "sentiment", "resolution"), ("note",), ())
        assert [row.channel for row in found.rows] == ["email", None, None, None]

    @pytest.mark.parametrize(
        ("row", "column", "told"),
        [
            (["", "delivery", "1", "", "", ""], "text", "the text is missing"),
            (["x", "delivry", "1", "", "", ""], "stage", "there is no stage 'delivry'"),
            (["x", "delivery", "2", "", "", ""], "sentiment", "there is no sentiment '2'"),
            (["x", "", "", "solved", "", ""], "resolution", "there is no resolution 'solved'"),
        ],
    )
    def test_a_bad_row_is_told_and_skipped(self, tmp_path, row, column, told):
        good = ["fine", "usage", "1", "", "", ""]
        found = read_labels(table(tmp_path, [good, row, good]), B2C)
        assert [each.row for each in found.rows] == [2, 4]
        (bad,) = found.skipped
        assert (bad.row, bad.column) == (3, column)
        assert told in str(bad)
        assert "labels.csv, row 3, column" in str(bad)

    def test_rows_are_counted_as_the_file_has_them(self, tmp_path):
        path = tmp_path / "labels.jsonl"
        lines = [{"text": "a", "stage": "usage"}, {"text": None, "stage": "usage"}, {"text": "c", "stage": "x"}]
        path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        found = read_labels(path, B2C)
        assert ([row.row for row in found.rows], [bad.row for bad in found.skipped]) == ([1], [2, 3])

    @pytest.mark.parametrize(
        ("header", "rows", "told"),
        [
            (["comment", "stage"], [["a", "usage"]], "no column 'text'"),
            (["text", "topic"], [["a", "usage"]], "no column of labels"),
            (["text", "stage"], [["a", "b"]], "no row can be used"),
        ],
    )
    def test_a_table_that_cannot_be_used_is_an_error(self, tmp_path, header, rows, told):
        with pytest.raises(InputError, match=told):
            read_labels(table(tmp_path, rows, header), B2C)


TEXTS = [
    ("The parcel never came", "delivery", "negative"),
    ("Courier was friendly and on time", "delivery", "positive"),
    ("The app keeps crashing", "usage", "negative"),
    ("I waited an hour on hold and nobody helped", "support", "negative"),
    ("Checkout was easy", "purchase", "positive"),
    ("ok", "unassigned", "neutral"),
    ("It is blue", "usage", "neutral"),
]


def labels(rows=TEXTS, **context):
    return Labels(
        "t.csv",
        tuple(Labelled(2 + i, t, labels={"stage": s, "sentiment": m}, **context) for i, (t, s, m) in enumerate(rows)),
        ("stage", "sentiment"),
    )


def test_scores_are_those_of_what_classify_says(understander):
    """Predictions are taken from the same reader as `touchline classify`, then scored by the book."""
    from touchline.placement.comments import read_comments

    readings = read_comments([t for t, *_ in TEXTS], understander=understander, taxonomy=B2C, settings=Settings())
    found = judged(labels(), understander)
    for kind, gold, predicted in (
        ("stage", [s for _, s, _ in TEXTS], [r.main.stage for r in readings]),
        ("sentiment", [m for *_, m in TEXTS], [("negative", "neutral", "positive")[r.main.sentiment + 1] for r in readings]),  # noqa: E501
    ):  # fmt: skip
        names = sorted({*gold, *predicted})
        codes = [[names.index(name) for name in side] for side in (gold, predicted)]
        assert found.of(kind).accuracy.value == pytest.approx(oracle.accuracy(*codes))
        assert found.of(kind).macro_f1.value == pytest.approx(oracle.macro_f1(*codes))
        assert sum(map(sum, found.of(kind).confusion)) == len(TEXTS)
    assert found.coverage.unassigned == sum(r.main.stage == "unassigned" for r in readings)
    assert found.coverage.placeable == 6


def test_the_source_has_its_say(understander):
    """A vague text is placed by the survey that it answers."""
    vague = [("the process was confusing", "delivery", "negative")]
    alone = judged(labels(vague), understander)
    placed = judged(labels(vague, source="post_delivery_survey"), understander)
    assert (alone.of("stage").accuracy.value, placed.of("stage").accuracy.value) == (0.0, 1.0)


def test_the_result_does_not_hang_on_the_order_of_rows(understander):
    one, other = (judged(labels(rows), understander) for rows in (TEXTS, TEXTS[::-1]))
    assert one.of("stage").confusion == other.of("stage").confusion
    assert one.of("sentiment").calibration == other.of("sentiment").calibration or (
        one.of("sentiment").calibration.ece == pytest.approx(other.of("sentiment").calibration.ece)
    )


def test_the_worst_mistakes_are_the_most_confident_ones(understander):
    wrong = [(t, s, "positive" if m == "negative" else "negative") for t, s, m in TEXTS]
    found = judged(labels(wrong), understander, mistakes=3)
    told = [mistake for mistake in found.mistakes if mistake.label == "sentiment"]
    assert len(told) == 3
    assert [m.confidence for m in told] == sorted((m.confidence for m in told), reverse=True)
    assert all(m.gold != m.predicted and m.evidence for m in told[:1])
    every = [m for m in judged(labels(wrong), understander, mistakes=99).mistakes if m.label == "sentiment"]
    assert every[:3] == told
    assert all(m.confidence <= told[-1].confidence for m in every[3:])
    right = round(found.of("sentiment").accuracy.value * len(TEXTS))
    assert len(every) == len(TEXTS) - right


def test_sentiment_is_compared_with_the_majority_and_vader(understander):
    pytest.importorskip("vaderSentiment")
    found = judged(labels(), understander)
    assert [b.name for b in found.of("sentiment").baselines] == ["majority", "VADER"]
    assert [b.name for b in found.of("stage").baselines] == ["majority"]
    majority = found.of("sentiment").baselines[0]
    assert majority.accuracy.value == pytest.approx(3 / 7)
    ours = found.of("sentiment").macro_f1.value
    for other in found.of("sentiment").baselines:
        assert other.gain.value == pytest.approx(ours - other.macro_f1.value)


def test_vader_reads_as_its_authors_say():
    pytest.importorskip("vaderSentiment")
    from touchline.evaluation.baselines import vader

    assert np.array_equal(vader(["I hate it", "It is blue", "I love it"]), [0, 1, 2])


def test_without_vader_one_line_says_so(understander, monkeypatch):
    monkeypatch.setattr(reporting, "vader_available", lambda: False)
    found = judged(labels(), understander)
    assert [b.name for b in found.of("sentiment").baselines] == ["majority"]
    assert sum("VADER is not installed" in note for note in found.notes) == 1


def test_a_kind_that_no_row_carries_is_left_out(tmp_path, understander):
    path = table(tmp_path, [["a", "usage", "", "", "", ""]])
    assert [one.label for one in judged(read_labels(path, B2C), understander).judged] == ["stage"]


SAID = "Checkout was quick. But the courier was rude."


def test_labels_may_be_of_one_thing_that_a_text_says(tmp_path, understander):
    header = ("text", "start", "end", "mention", "stage")
    rows = [
        (SAID, "", "", "Checkout was quick.", "purchase"),
        (SAID, "20", "45", "", "delivery"),
        (SAID, "20", "45", "But the courier was rude.", "delivery"),
        ("-1 star, late", "", "", "'-1 star", "delivery"),
        (SAID, "", "", "", "delivery"),
    ]
    found = read_labels(table(tmp_path, rows, header), B2C)
    assert [row.words for row in found.rows] == [SAID[:19], SAID[20:], SAID[20:], "-1 star", SAID]
    assert found.ignored == ()
    one = judged(found, understander)
    alone = judged(Labels("x", tuple(Labelled(row.row, row.words, labels=row.labels) for row in found.rows),
                          ("stage",)), understander)  # fmt: skip
    assert one.of("stage").confusion == alone.of("stage").confusion


@pytest.mark.parametrize(
    ("part", "column", "what"),
    [
        (("20", "", ""), "end", "end is missing"),
        (("", "9", ""), "start", "start is missing"),
        (("20", "99", ""), "end", "nothing from character 20 to 99 of a text of 45"),
        (("9", "9", ""), "end", "nothing from character 9"),
        (("x", "9", ""), "start", "must be a number of characters, not 'x'"),
        (("-1", "9", ""), "start", "must be a number of characters, not '-1'"),
        (("", "", "the pilot"), "mention", "does not say 'the pilot'"),
        (("3", "", "Checkout"), "mention", "does not say 'Checkout' at that place"),
    ],
)
def test_a_part_that_is_not_there_skips_its_row(tmp_path, part, column, what):
    good = (SAID, "", "", "", "delivery")
    path = table(tmp_path, [good, (SAID, *part, "delivery")], ("text", "start", "end", "mention", "stage"))
    (bad,) = read_labels(path, B2C).skipped
    assert (bad.row, bad.column) == (3, column)
    assert what in bad.what
