"""English is read; other languages are marked, never guessed at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from touchline.understanding import read_one
from touchline.understanding.base import Understander
from touchline.vocabulary.schemas import TEXTS

TOLD = [
    ("The parcel arrived late and nobody answered the phone.", "en"),
    ("Das Paket ist nie angekommen und niemand antwortet mir.", "de"),
    ("El paquete no ha llegado y nadie contesta el teléfono.", "es"),
    ("Le colis n'est jamais arrivé et personne ne répond.", "fr"),
    ("A encomenda não chegou e ninguém responde ao telefone.", "pt"),
    ("Il pacco non è mai arrivato e nessuno risponde.", "it"),
    ("Het pakket is niet aangekomen en niemand neemt op.", "nl"),
    ("Посылка так и не пришла", "ru"),
    ("荷物が届きません", "ja"),
    ("包裹没有到", "zh"),
    ("الطرد لم يصل", "ar"),
    ("פריט חסר בהזמנה", "he"),
    ("택배가 아직 안 왔어요", "ko"),
]


@pytest.mark.parametrize(("text", "language"), TOLD)
def test_languages_are_told(text: str, language: str, reader: Understander) -> None:
    row = read_one(reader, text).to_pylist()[0]
    assert row["language"] == language
    assert row["understood"] == (language == "en")


def test_what_is_not_understood_is_marked_and_not_scored(reader: Understander) -> None:
    (row,) = read_one(reader, "Der Support ist super, aber die Lieferung war leider eine Katastrophe! 😡").to_pylist()
    assert not row["understood"]
    assert (row["sentiment"], row["polarity"], row["emotion"], row["intent"]) == (0, 0.0, "neutral", "none")
    assert (row["effort"], row["resolution"], row["theme"], row["touchpoint"]) == ("none", "na", None, None)
    assert set(row["stage_evidence"]) == {0.0}
    assert row["phrases"] == []


@pytest.mark.parametrize("text", ["Great!", "slow", "👍", ":(", "terrible app"])
def test_short_texts_of_known_words_are_read(text: str, reader: Understander) -> None:
    (row,) = read_one(reader, text).to_pylist()
    assert row["understood"]
    assert row["sentiment"] != 0


@pytest.mark.parametrize("text", ["", "   ", "...", "qwrtz", "Nurmijärvi"])
def test_texts_without_known_words_are_not(text: str, reader: Understander) -> None:
    (row,) = read_one(reader, text).to_pylist()
    assert (row["language"], row["understood"]) == ("und", False)


def test_a_declared_language_counts_where_the_words_do_not_tell(reader: Understander) -> None:
    assert read_one(reader, "super", language="de-AT").to_pylist()[0]["language"] == "de"
    clear = "I have been waiting for my order and they are not answering."
    assert read_one(reader, clear, language="de").to_pylist()[0]["language"] == "en"


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("folder", "language"),
    [("english", "en"), ("spanish", "es"), ("german", "de"), ("french", "fr"), ("italian", "it"), ("portuguese", "pt")],
)
def test_tweets_are_seldom_taken_for_another_language(
    folder: str, language: str, shared_data: Path, reader: Understander
) -> None:
    texts = (shared_data / "xlmt_sentiment" / folder / "test_text.txt").read_text(encoding="utf-8").split("\n")
    ids = [str(i) for i in range(len(texts))]
    out = reader.read(pa.table({"interaction_id": ids, "text": texts, "language": [None] * len(texts)}, schema=TEXTS))
    told = np.array(out["language"].to_pylist())
    assert np.isin(told, [language, "und"]).mean() >= 0.93
