"""Which mention has which theme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.themes import Book, Edit, Found, Matcher


def theme(id_: str, *phrases: str, polarity: str = "pain", **more) -> Found:
    return Found(id_, id_.title(), "Group", "usage", polarity, phrases, **more)


def assigned(book: Book, *said: tuple[str, int, str | None]) -> list[str | None]:
    return Matcher.of(book).assign([w for w, _, _ in said], [s for _, s, _ in said], [t for _, _, t in said])


FEES = theme("fees", "hidden fee", "hidden charge")
REFUND = theme("refund", "refund")
LATE_REFUND = theme("late_refund", "refund late")
PRAISED = theme("praised", "refund", polarity="delight")
PARKING = theme("parking", "parking", polarity="topic")


def test_a_phrase_is_found_in_any_form_with_fillers_and_one_word_inside():
    said = [
        "Hidden FEES!",
        "a fee that was hidden",
        "hidden late fees",
        "hiding the fees",
        "hidden in all those late fees",
    ]
    assert assigned(Book((FEES,)), *((text, -1, None) for text in said)) == ["fees", None, "fees", None, "fees"]


def test_a_phrase_ends_with_its_sentence():
    assert assigned(Book((FEES,)), ("It was hidden. Fees apply.", -1, None)) == [None]


def test_the_longest_phrase_says_it_whatever_the_order_in_the_book():
    for book in (Book((REFUND, LATE_REFUND)), Book((LATE_REFUND, REFUND))):
        assert assigned(book, ("my refund is late", -1, None), ("my refund", -1, None)) == ["late_refund", "refund"]


def test_of_equally_long_phrases_the_first_said_decides():
    book = Book((PARKING, REFUND))
    assert assigned(book, ("refund and parking", -1, None), ("parking and refund", -1, None)) == ["refund", "parking"]


def test_a_theme_that_the_sentiment_contradicts_is_not_given():
    book = Book((REFUND, PRAISED, PARKING))
    said = [("the refund", sign, None) for sign in (-1, 0, 1)] + [("the parking", sign, None) for sign in (-1, 0, 1)]
    assert assigned(book, *said) == ["refund", "refund", "praised", "parking", "parking", "parking"]
    assert assigned(Book((REFUND,)), ("the refund", 1, None)) == [None]


def test_the_taxonomys_themes_come_first():
    assert assigned(Book((REFUND,)), ("my refund", -1, "refund_late"), ("my refund", -1, None)) == [
        "refund_late",
        "refund",
    ]


def test_a_split_takes_its_mentions_from_its_parent_only():
    late = theme("late", "weeks late", of="refund")
    very = theme("very", "eight weeks late", of="late")
    book = Book((REFUND, late, very))
    said = ["refund weeks late", "refund", "parcel weeks late", "refund eight weeks late"]
    assert assigned(book, *((text, -1, None) for text in said)) == ["late", "refund", None, "very"]
    own = Book((theme("overdue", "week overdue", of="late_delivery"),))
    assert assigned(own, ("a week overdue", -1, "late_delivery"), ("a week overdue", -1, None)) == ["overdue", None]


def test_merged_and_hidden_themes_stand_for_others_or_none():
    book = Book(
        (theme("fees", "hidden fee", into="refund"), REFUND, theme("parking", "parking", hidden=True)),
        (Edit("late_delivery", into="fees"), Edit("lost_delivery", hidden=True), Edit("refund_late", name="Late")),
    )
    said = [("hidden fee", -1, None), ("parking", 0, None), ("x", -1, "late_delivery"), ("x", -1, "lost_delivery")]
    assert assigned(book, *said, ("x", -1, "refund_late")) == ["refund", None, "refund", None, "refund_late"]


def test_an_empty_book_changes_nothing():
    assert assigned(Book(), ("x", 0, None), ("y", -1, "late_delivery")) == [None, "late_delivery"]
    assert Matcher.of(Book()).assign([], [], []) == []


@pytest.mark.parametrize("text", ["", " ", "\x00\x01", "😀" * 1000, "a" * 100_000, "fee " * 20_000, "hidden\nfee"])
def test_any_text_is_read(text):
    assert assigned(Book((FEES, REFUND)), (text, -1, None))[0] in (None, "fees")


WORDS = st.lists(st.sampled_from(("hidden", "fee", "refund", "late", "parking", "the", ".", "not")), max_size=8).map(
    " ".join
)
BOOK = Book((FEES, REFUND, LATE_REFUND, PRAISED, PARKING))


@given(st.lists(st.tuples(WORDS, st.sampled_from((-1, 0, 1))), min_size=1, max_size=12), st.integers(0, 11))
def test_a_mentions_theme_does_not_depend_on_its_neighbours(said, at):
    at %= len(said)
    together = assigned(BOOK, *((words, sign, None) for words, sign in said))
    assert assigned(BOOK, (said[at][0], said[at][1], None)) == [together[at]]


def test_runs_do_not_matter(monkeypatch):
    said = ["hidden fee", "refund", "nothing"] * 50
    signs = np.full(len(said), -1)
    whole = Matcher.of(BOOK).assign(said, signs, [None] * len(said))
    monkeypatch.setattr("touchline.themes.matching.RUN", 7)
    assert Matcher.of(BOOK).assign(said, signs, [None] * len(said)) == whole == ["fees", "refund", None] * 50
