"""`touchline classify`: one comment, or a column of any table."""

from __future__ import annotations

import csv

import pyarrow.parquet as pq
import pytest

SIGNALS = [
    "stage", "stage_confidence", "decided_by", "touchpoint", "sub_stage", "theme", "sentiment", "polarity", "emotion",
    "effort", "resolution", "intent", "severity", "language",
]  # fmt: skip


def test_where_the_words_say_nothing_the_source_decides(run):
    found = run("classify", "the process was confusing", "--source", "post_delivery_survey", "--json").json
    assert (found["stage"], found["decided_by"]) == ("delivery", "source")
    assert found["sentiment"] == -1
    assert "the source decided" in run("classify", "the process was confusing", "--source", "post_delivery_survey").told


def test_the_touchpoint_and_its_sub_stage_are_named_declared_or_implied(run):
    def where(*arguments):
        found = run("classify", *arguments, "--json").json
        return found["stage"], found["sub_stage"], found["touchpoint"]

    vague = "it was confusing"
    assert where(vague, "--source", "checkout_survey") == ("purchase", "purchase.payment", "online_checkout")
    assert where(vague, "--touchpoint", "courier_delivery") == ("delivery", "delivery.shipping", "courier_delivery")
    named = "My parcel is late, the courier never rang"
    assert where(named) == ("delivery", "delivery.shipping", "courier_delivery")
    assert where(named, "--source", "checkout_survey")[2] == "courier_delivery"
    assert where(vague) == ("unassigned", None, None)
    assert "sub-stage" in run("classify", named).told


def test_where_nothing_says_it_the_stage_is_not_guessed(run):
    for words in ("Took ages.", "meh", "ok thanks"):
        assert run("classify", words, "--json").json["stage"] == "unassigned"


def test_words_that_surely_speak_of_a_stage_win_over_the_channel(run):
    found = run("classify", "My parcel is a week late, the courier never came", "--channel", "store", "--json").json
    assert (found["stage"], found["decided_by"]) == ("delivery", "words")
    assert found["evidence"]


def test_a_comment_that_says_several_things_is_taken_apart(run):
    found = run("classify", "Checkout was easy, but the parcel arrived broken.", "--json").json
    assert [(m["stage"], m["sentiment"]) for m in found["mentions"]] == [("purchase", 1), ("delivery", -1)]


def test_other_stages_by_template_and_by_file(run, tmp_path):
    text = "The import of our data failed during onboarding"
    assert run("classify", text, "--template", "saas", "--json").json["stage"] == "onboarding"
    own = tmp_path / "own.yaml"
    assert run("taxonomy", "new", own, "--template", "saas").code == 0
    assert run("classify", text, "--taxonomy", own, "--json").json["stage"] == "onboarding"


@pytest.fixture
def comments(tmp_path):
    path = tmp_path / "comments.csv"
    rows = ["late, again", "=HYPERLINK(1)", "", "The courier was friendly", 'a "quoted"\nline', "😀 مرحبا"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Comment", "stage"])
        writer.writerows([text, f"own {n}"] for n, text in enumerate(rows))
    return path


def test_a_table_gets_its_signals_and_keeps_its_rows(run, comments, tmp_path):
    out = tmp_path / "signals.csv"
    assert run("classify", "--file", comments, "--text", "Comment", "--out", out).code == 0
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["Comment", "stage", "touchline_stage", *SIGNALS[1:]]
    assert [row["stage"] for row in rows] == [f"own {n}" for n in range(6)]
    assert rows[3]["touchline_stage"] == "delivery"
    assert rows[1]["Comment"] == "'=HYPERLINK(1)"
    assert (rows[2]["Comment"], rows[2]["touchline_stage"]) == ("", "unassigned")
    assert rows[4]["Comment"] == 'a "quoted"\nline'


def test_parquet_out_has_types_and_equals_json(run, comments, tmp_path):
    out = tmp_path / "signals.parquet"
    assert run("classify", "--file", comments, "--text", "Comment", "--out", out).code == 0
    table = pq.read_table(out)
    told = run("classify", "--file", comments, "--text", "Comment", "--json").json
    assert [row["touchline_stage"] for row in table.to_pylist()] == [row["touchline_stage"] for row in told]
    types = {name: str(table.schema.field(name).type) for name in ("theme", "sentiment", "polarity", "Comment")}
    assert types == {"theme": "string", "sentiment": "int64", "polarity": "double", "Comment": "string"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "needs a comment"),
        (("--file", "{file}"), "--text is missing"),
        (("--file", "{file}", "--text", "Coment"), "Comment"),
        (("--file", "nowhere.csv", "--text", "Comment"), "no such file"),
        (("--file", "{file}", "--text", "Comment", "--out", "no/such/folder.csv"), "no/such"),
        (("x", "--taxonomy", "nowhere.yaml"), "nowhere.yaml"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told(run, comments, arguments, told):
    found = run("classify", *(str(a).format(file=comments) for a in arguments))
    assert found.code == 2
    assert told in found.told
    assert found.out == ""


def test_a_table_with_a_ragged_row_is_refused_rather_than_shortened(run, tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text("Comment,Who\nfine,A\nlate,B,C,D\n")
    found = run("classify", "--file", path, "--text", "Comment")
    assert (found.code, found.out) == (2, "")
    assert "row 3" in found.told


def test_the_sentiment_alone_is_the_same_as_among_the_rest(run, tmp_path):
    said = "Checkout was easy, but the parcel arrived broken and nobody answers."
    whole, alone = run("classify", said, "--json").json, run("classify", said, "--only", "sentiment", "--json").json
    assert alone["sentiment"] == whole["sentiment"] == -1
    assert alone["confidence"] == pytest.approx(whole["confidence"], abs=0.001)
    assert "negative" in run("classify", said, "--only", "sentiment").told
    comments = tmp_path / "comments.csv"
    comments.write_text('Comment,sentiment\n"still no parcel",x\n"thank you",y\n', encoding="utf-8")
    target = tmp_path / "signals.parquet"
    run("classify", "--file", comments, "--text", "Comment", "--only", "sentiment", "--out", target)
    found = pq.read_table(target).to_pydict()
    assert (found["sentiment"], found["touchline_sentiment"]) == (["x", "y"], [-1, 1])
    assert found["understood"] == [True, True]
    assert "stage" not in found
