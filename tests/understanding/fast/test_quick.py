"""Sentiment alone is what the whole reader says, text by text."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import touchline
from touchline.errors import InputError
from touchline.placement.comments import read_comments
from touchline.settings import Settings
from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.quick import SENTIMENT, sentiment
from touchline.vocabulary.taxonomy import Taxonomy

B2C = Taxonomy.template("b2c")
READER = FastUnderstander(B2C)
SAYINGS = (
    "Checkout was easy, but the parcel arrived broken.", "Great app; terrible support. And the fees? Robbery!",
    "Love it, hate the price, love it again, and the courier was rude.", "", "   ", "!!!", "очень медленно", "meh",
    "Die Lieferung kam zu spät, aber der Kundendienst war sehr freundlich.", "late " * 300, "😀😡", "\x00 not\tgood\n",
    "Le service est lent. Mais le personnel est adorable, vraiment.", "So slow. So slow. So good. So bad.",
)  # fmt: skip
WORDS = st.lists(
    st.sampled_from([*" ".join(SAYINGS).split(), ",", ".", "but", "not", "\n", "\u2028", "é"]), max_size=40
)


def told(texts: list[str]) -> list[tuple[object, ...]]:
    read = read_comments(texts, understander=READER, taxonomy=B2C, settings=Settings(), phrases=False)
    return [(one.main.sentiment, one.main.polarity, one.main.confidence, one.language, one.understood) for one in read]


def alone(texts: list[str]) -> list[tuple[object, ...]]:
    return [
        (row["sentiment"], round(row["polarity"], 3), round(row["confidence"], 3), row["language"], row["understood"])
        for row in sentiment(texts).to_pylist()
    ]


def test_it_is_the_sentiment_of_the_heaviest_mention():
    texts = [*SAYINGS, *(" ".join(pair) for pair in zip(SAYINGS, SAYINGS[3:], strict=False))]
    assert alone(texts) == told(texts)


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=4))
def test_whatever_the_text(texts: list[str]) -> None:
    assert alone(texts) == told(texts)


def test_a_text_alone_is_read_to_the_bit_as_among_others():
    together = sentiment(SAYINGS)
    for number, text in enumerate(SAYINGS):
        assert sentiment([text]).equals(together.slice(number, 1))
    assert sentiment(SAYINGS[::-1]).equals(together.take(list(range(len(SAYINGS)))[::-1]))


def test_lists_columns_and_nothing():
    texts = pa.chunked_array([["so slow"], [None, "thank you so much"]])
    assert touchline.sentiment(texts)["sentiment"].to_pylist() == [-1, 0, 1]
    assert touchline.sentiment(["so slow", None, "thank you so much"]).equals(touchline.sentiment(texts))
    assert touchline.sentiment([]).schema.equals(SENTIMENT)


def test_a_declared_language_counts_where_few_words_tell():
    found = sentiment(["Walinikata pesa mara mbili", "thanks, arrived on time"], ["sw-KE", None])
    assert (found["language"].to_pylist(), found["understood"].to_pylist()) == (["sw", "en"], [False, True])
    assert found["sentiment"].to_pylist()[0] == 0


def test_what_is_no_text_is_refused():
    with pytest.raises(InputError, match="must be strings"):
        sentiment([1, 2])  # type: ignore[list-item]
    with pytest.raises(InputError, match="2 texts and 1 languages"):
        sentiment(["a", "b"], ["en"])
