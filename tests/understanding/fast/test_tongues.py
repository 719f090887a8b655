"""Texts in languages that are not read are marked; those in languages that are read are not lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training.corpus.reading import FOLDER, written
from training.split import DEV
from training.understood import NEAR, SENTENCE, understood, unread

from touchline.understanding.fast import scripts
from touchline.understanding.fast.hearing import Hearing
from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.fast.tongues import READ, ROWS, WORDS, runs, speaks, tongues
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

SHORT_AND_ODD = [
    "ok", "OK", "great!!!", "NPS 10", "9/10", "10", "n/a", "hi", "thx", "meh", "JOKE", "rude", "lol", "iPhone 14 Pro",
    "Samsung Galaxy S23 Ultra", "Vodafone", "John Smith", "TERRIBLE SERVICE", "wrost app evr", "gr8 app luv it",
    "app keeps crashin after teh update", "pls fix asap", "5 stars", "Wifi down again", "Super!", "top", "Danke",
    "sehr gut", "nicht gut", "schlechter Service", "nul", "ok merci", "tres bien", "service client nul",
    "muy bien", "pesimo servicio", "todo ok", "obrigado", "muito bom", "nao funciona", "ottimo", "pessimo servizio",
    "tutto bene", "Das Update ist buggy, App crasht", "El check-in fue easy y el staff super", "Refund bitte",
]  # fmt: skip


@pytest.fixture(scope="module")
def fast() -> FastUnderstander:
    return FastUnderstander(Taxonomy.template("b2c"))


def rows(
    reader: FastUnderstander, texts: list[str], languages: list[str | None] | None = None
) -> list[tuple[str, bool]]:
    ids = [str(i) for i in range(len(texts))]
    declared = pa.array(languages or [None] * len(texts), pa.string())
    found = reader.read(pa.table({"interaction_id": ids, "text": texts, "language": declared}, schema=TEXTS))
    by_id = {row["interaction_id"]: (row["language"], row["understood"]) for row in found.to_pylist()}
    return [by_id[one] for one in ids]


def test_sentences_in_other_languages_are_not_understood(fast: FastUnderstander) -> None:
    far = [row.text for row in unread() if row.language not in NEAR]
    long = [text for text in far if len(text.split()) >= SENTENCE]
    short = [text for text in far if len(text.split()) < SENTENCE]
    assert len(long) > 200
    assert np.mean(understood(fast, long)) < 0.10
    assert np.mean(understood(fast, short)) < 0.15
    comments = [row.text for row in unread() if row.language not in NEAR and row.origin == "written"]
    assert np.mean(understood(fast, [text for text in comments if len(text.split()) >= SENTENCE])) < 0.05


def test_comments_in_languages_that_are_read_are_not_lost(fast: FastUnderstander) -> None:
    english = [item.text for name in DEV for item in written(FOLDER / "written" / f"{name}.tsv")]
    assert np.mean(understood(fast, english)) > 0.99
    for language in READ[1:]:
        texts = [item.text for item in written(FOLDER / "written" / f"{language}.tsv")]
        assert np.mean(understood(fast, texts)) > 0.97, language


def test_short_and_odd_texts_are_not_lost(fast: FastUnderstander) -> None:
    lost = [text for text, read in zip(SHORT_AND_ODD, understood(fast, SHORT_AND_ODD), strict=True) if not read]
    assert len(lost) <= 1, lost


def test_what_was_not_understood_is_not_guessed(fast: FastUnderstander) -> None:
    text = "Paczka niestety nigdy do nas nie dotarła, a infolinia milczy."
    found = fast.read(pa.table({"interaction_id": ["1"], "text": [text], "language": [None]}, schema=TEXTS))
    (row,) = found.to_pylist()
    assert (row["understood"], row["sentiment"], row["emotion"]) == (False, 0, "neutral")
    assert row["language"] in ("pl", "und")
    assert len(set(row["stage_evidence"])) == 1


def test_a_declared_language_counts_where_the_words_leave_doubt(fast: FastUnderstander) -> None:
    polish = "Paczka niestety nigdy do nas nie dotarła, a infolinia milczy."
    assert rows(fast, [polish], ["en"]) != [("en", True)]  # a whole Polish sentence is no English one
    assert rows(fast, ["Walinikata pesa mara mbili"], ["sw-KE"]) == [("sw", False)]
    assert rows(fast, ["thanks, arrived on time"], ["en"]) == [("en", True)]


def test_what_is_said_of_a_text_does_not_hang_on_its_batch() -> None:
    texts = [row.text for row in unread()][::3] + SHORT_AND_ODD
    words = [[word for word in text.lower().split() if speaks(word)] for text in texts]
    plain = sorted({word for some in words for word in some})
    number = {word: place for place, word in enumerate(plain)}

    def foreign(order: list[int], by: Hearing) -> dict[int, tuple[float, int]]:
        at = np.array([number[word] for i in order for word in words[i]], np.int64)
        text = np.repeat(np.arange(len(order)), [len(words[i]) for i in order])
        share, family = by.foreign(at, plain, text, len(order))
        return {i: (float(share[place]), int(family[place])) for place, i in enumerate(order)}

    every = list(range(len(texts)))
    together = foreign(every, Hearing(tongues()))
    backwards = foreign(every[::-1], Hearing(tongues()))
    kept = Hearing(tongues())
    alone = {i: foreign([i], kept)[i] for i in every}
    assert together == backwards == alone  # to the last bit


@settings(max_examples=50)
@given(st.lists(st.text(min_size=1, max_size=40), max_size=8))
def test_any_words_have_runs(words: list[str]) -> None:
    row, word = runs(words)
    assert len(row) == len(word)
    assert not len(row) or (row.min() >= 0 and row.max() < ROWS)
    for place, one in enumerate(words):
        alone, _ = runs([one])
        assert sorted(row[word == place].tolist()) == sorted(alone.tolist())


def test_sums_of_parts_are_whole_and_fit() -> None:
    model = tongues()
    parts = model.parts(["a" * 40, "x", "Straße", "nie"])
    assert parts.dtype == np.int16
    assert np.array_equal(model.parts(["nie"])[0], parts[3])
    assert 40 * 4 * np.abs(model.table).max() < np.iinfo(np.int16).max


def test_more_doubt_is_never_less_certain() -> None:
    doubts = np.linspace(-5, 5, 41)
    for words in WORDS:
        share = tongues().certain(doubts, np.full(len(doubts), words))
        assert (np.diff(share) > 0).all()
        assert share[0] < 0.5 < share[-1]


def test_rare_scripts_are_no_language_that_is_read(fast: FastUnderstander) -> None:
    assert scripts.language("ძალიან ცუდი მომსახურება") == "ka"
    assert scripts.language("ᎣᏏᏲ ᎣᏍᏓ") == "und"
    assert scripts.language("Phục vụ rất tốt") is None
    assert [read for _, read in rows(fast, ["ძალიან ცუდი მომსახურება", "ᎣᏏᏲ ᎣᏍᏓ ᎣᏏᏲ", "சேவை மோசம்"])] == [False] * 3
