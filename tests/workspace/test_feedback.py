"""What customers wrote is found by filters, sentiment and words, and nothing else is."""

from __future__ import annotations

import pytest

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.workspace import Workspace
from touchline.workspace.feedback import feedback

TEXTS = (
    ("c1", "2026-03-01", "chat", "The parcel came late and nobody answered."),
    ("c2", "2026-03-02", "email", "Parcel arrived on time, great service!"),
    ("c1", "2026-03-03", "chat", "Nobody ANSWERED my question about the parcel."),
    ("c3", "2026-03-04", "email", "My 100% refund_ is still missing, terrible."),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    from touchline.cli.data import export_of

    folder = tmp_path_factory.mktemp("feedback") / "w"
    with Workspace.create(folder) as workspace:
        rows = "\n".join(f'{i},{who},{day},{channel},"{text}"' for i, (who, day, channel, text) in enumerate(TEXTS))
        (folder / "said.csv").write_text(f"id,customer,date,channel,comment\n{rows}\n")
        workspace.take_in(export_of(folder / "said.csv", workspace=workspace))
        yield workspace


def found(opened, **options):
    return [row["text"] for row in feedback(opened, **options).to_dicts()]


def test_newest_first_and_in_pages(opened):
    whole = found(opened)
    assert whole == [text for *_, text in reversed(TEXTS)]
    assert found(opened, limit=1, skip=1) == whole[1:2]
    figure = feedback(opened, limit=1)
    assert (figure.facts["n"], figure.facts["customers"]) == (4, 3)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("parcel", (0, 1, 2)),
        ("parc", (0, 1, 2)),
        ('"parc"', ()),
        ("tèrrible", (3,)),
        ("PARCEL answered", (0, 2)),
        ('"nobody answered"', (0, 2)),
        ('"answered nobody"', ()),
        ("100%", (3,)),
        ("refund_", (3,)),
        ("%", (3,)),
        ("'; DROP TABLE interactions; --", ()),
        ('"', (0, 1, 2, 3)),
    ],
)
def test_every_word_begins_a_word_of_the_text(opened, words, expected):
    assert set(found(opened, words=words)) == {TEXTS[i][3] for i in expected}


def test_filters_and_sentiment_are_those_of_the_mentions(opened):
    assert set(found(opened, filters=Filters(channels=("email",)))) == {TEXTS[1][3], TEXTS[3][3]}
    good, bad = found(opened, sentiment="positive"), found(opened, sentiment="negative")
    assert TEXTS[1][3] in good
    assert TEXTS[0][3] in bad
    for row in feedback(opened, sentiment="negative").to_dicts():
        assert row["mentions"]
        assert all(mention["sentiment"] == -1 for mention in row["mentions"])
        assert all(mention["words"] in row["text"] for mention in row["mentions"])
    with pytest.raises(QuestionError):
        feedback(opened, sentiment="grumpy")
    with pytest.raises(QuestionError):
        feedback(opened, Filters(stages=("nowhere",)))


def test_what_fits_best_comes_first_and_says_where(opened):
    rows = feedback(opened, words="parcel").to_dicts()
    assert rows[0]["text"] == TEXTS[1][3]  # the shortest, and it is as new as the others
    for row in rows:
        assert [row["text"][span["start"] : span["end"]].lower() for span in row["found"]] == ["parcel"]
    by_time = [row["occurred_at"] for row in feedback(opened, words="parcel", order="newest").to_dicts()]
    assert by_time == sorted(by_time, reverse=True)
    whole = [row["interaction_id"] for row in rows]
    assert [
        feedback(opened, words="parcel", limit=1, skip=at).table["interaction_id"][0].as_py() for at in range(3)
    ] == whole


def test_filters_of_what_was_read(opened):
    whole = feedback(opened).to_dicts()
    for name in ("emotion", "effort", "intent"):
        for value in {mention[name] for row in whole for mention in row["mentions"]}:
            told = {
                row["interaction_id"] for row in whole if any(mention[name] == value for mention in row["mentions"])
            }
            assert {row["interaction_id"] for row in feedback(opened, **{name: value}).to_dicts()} == told
    assert feedback(opened, contradictions=True).facts["n"] == 0
    assert feedback(opened, Filters(stages=("unassigned",))).facts["n"] == sum(
        any(mention["stage"] == "unassigned" for mention in row["mentions"]) for row in whole
    )
