"""What the default reader does with texts, whatever they are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.understanding import load, read_one
from touchline.understanding.fast.clauses import MOST
from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.fast.words import Vocabulary, cut, lowered, plain
from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, EVIDENCE, INTENTS, RESOLUTIONS, SEVERITIES, TEXTS, validate
from touchline.vocabulary.taxonomy import Taxonomy

TWICE = "The crew were lovely. But we landed four hours late and nobody told us why."
TEXTS_OF_ALL_KINDS = [
    "App crashes every time I open it",
    TWICE,
    "",
    "   \n ",
    "😡😡😡",
    "ok",
    "¿Dónde está mi pedido? Llevo tres semanas esperando y nadie contesta",
    "очень медленно, никто не отвечает",
    "xqzzv blorptang!",
    "Ich bin sehr zufrieden mit dem Kundenservice, danke!",
    "a" * 5000,
    "thanks\x00for nothing",
]


@pytest.fixture(scope="module")
def fast() -> FastUnderstander:
    return FastUnderstander(Taxonomy.template("b2c"))


def table(texts: Sequence[str], languages: Sequence[str | None] | None = None) -> pa.Table:
    ids = [str(i) for i in range(len(texts))]
    values = {"interaction_id": ids, "text": list(texts), "language": list(languages or [None] * len(texts))}
    return pa.table(values, schema=TEXTS)


def rows(reader: FastUnderstander, text: str, language: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reader.read(table([text], [language])).to_pylist()
    return found


def test_it_is_the_default() -> None:
    assert load(taxonomy=Taxonomy.template("b2c")).version.startswith("fast-")


def test_evidence_keeps_its_schema_and_vocabularies(fast: FastUnderstander) -> None:
    out = fast.read(table(TEXTS_OF_ALL_KINDS))
    validate(out, EVIDENCE)
    assert set(out["interaction_id"].to_pylist()) == {str(i) for i in range(len(TEXTS_OF_ALL_KINDS))}
    for name, known in (("emotion", EMOTIONS), ("effort", EFFORTS), ("resolution", RESOLUTIONS), ("intent", INTENTS),
                        ("severity", SEVERITIES), ("sentiment", (-1, 0, 1))):  # fmt: skip
        assert set(out[name].to_pylist()) <= set(known), name
    for row in out.to_pylist():
        text = TEXTS_OF_ALL_KINDS[int(row["interaction_id"])]
        assert 0 <= row["start"] <= row["end"] <= len(text)
        assert len(row["stage_evidence"]) == 9
        assert 0 < row["sentiment_confidence"] <= 1
        assert row["severity"] == 1 or row["sentiment"] == -1


def test_two_things_said_are_two_mentions_with_their_own_words(fast: FastUnderstander) -> None:
    good, bad = rows(fast, TWICE)
    assert (good["sentiment"], bad["sentiment"]) == (1, -1)
    assert TWICE[good["start"] : good["end"]] == "The crew were lovely."
    assert TWICE[bad["start"] : bad["end"]].startswith("But we landed")


def test_a_text_alone_and_in_any_batch_says_the_same(fast: FastUnderstander) -> None:
    together = fast.read(table(TEXTS_OF_ALL_KINDS)).drop_columns(["interaction_id"]).to_pylist()
    alone = [
        row
        for text in TEXTS_OF_ALL_KINDS
        for row in fast.read(table([text])).drop_columns(["interaction_id"]).to_pylist()
    ]
    turned = fast.read(table(TEXTS_OF_ALL_KINDS[::-1]))
    backwards = [
        row
        for i in range(len(TEXTS_OF_ALL_KINDS))
        for row in turned.filter(pa.compute.equal(turned["interaction_id"], str(len(TEXTS_OF_ALL_KINDS) - 1 - i)))
        .drop_columns(["interaction_id"])
        .to_pylist()
    ]
    fresh = FastUnderstander(Taxonomy.template("b2c")).read(table(TEXTS_OF_ALL_KINDS)).drop_columns(["interaction_id"])
    for one, two, three, four in zip(together, alone, backwards, fresh.to_pylist(), strict=True):
        for other in (two, three, four):
            for name, value in one.items():
                if isinstance(value, float) or name == "stage_evidence":
                    np.testing.assert_allclose(value, other[name], rtol=2e-4, atol=2e-4)
                else:
                    assert value == other[name], (name, one, other)


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_text_is_read(texts: list[str]) -> None:
    reader = FastUnderstander(Taxonomy.template("b2c")) if not hasattr(test_any_text_is_read, "reader") else None
    if reader:
        test_any_text_is_read.reader = reader  # type: ignore[attr-defined]
    out = test_any_text_is_read.reader.read(table([t.encode("utf-8", "ignore").decode() for t in texts]))  # type: ignore[attr-defined]
    validate(out, EVIDENCE)
    assert len(set(out["interaction_id"].to_pylist())) == len(texts)


@pytest.mark.parametrize(
    ("text", "language", "understood"),
    [
        ("Llevo tres semanas esperando el pedido y nadie me contesta", "es", True),
        ("Ich warte seit drei Wochen auf meine Bestellung", "de", True),
        ("Cela fait trois semaines que j'attends ma commande", "fr", True),
        ("Estou à espera da minha encomenda há três semanas", "pt", True),
        ("Aspetto il mio ordine da tre settimane e nessuno risponde", "it", True),
        ("I have been waiting three weeks for my order", "en", True),
        ("Czekam na moje zamówienie od trzech tygodni i nikt nie odpowiada", "pl", False),
        ("очень медленно, никто не отвечает", "ru", False),
        ("三週間も待っているのに届きません", "ja", False),
    ],
)
def test_languages_are_told_and_those_not_read_are_marked(
    fast: FastUnderstander, text: str, language: str, understood: bool
) -> None:
    (row, *_) = rows(fast, text)
    assert (row["language"], row["understood"]) == (language, understood)
    if understood and language != "en":
        assert row["sentiment"] == -1
    if not understood:
        assert (row["sentiment"], row["emotion"], len(set(row["stage_evidence"]))) == (0, "neutral", 1)


def test_phrases_are_told_on_request_and_change_nothing_else(fast: FastUnderstander) -> None:
    texts = table(TEXTS_OF_ALL_KINDS)
    quiet, told = fast.read(texts), fast.explain(texts)
    assert quiet.drop_columns(["phrases"]).equals(told.drop_columns(["phrases"]))
    said = [phrase for row in fast.explain(table(["The refund never came"]))["phrases"].to_pylist() for phrase in row]
    assert any("refund" in phrase for phrase in said)
    for row in told.to_pylist():
        text = " ".join(lowered(TEXTS_OF_ALL_KINDS[int(row["interaction_id"])]).split())
        assert all(" ".join(lowered(phrase).split()) in text for phrase in row["phrases"])


def test_what_is_told_are_words_and_not_the_stops_between_them(fast: FastUnderstander) -> None:
    texts = table(["Fine.", "ok.", "The lamp was tiny, broken, late, and nobody answered; it never worked."])
    told = [phrase for row in fast.explain(texts)["phrases"].to_pylist() for phrase in row]
    assert "fine" in told
    assert not [phrase for phrase in told if set(phrase) & set(".,")]


def test_a_text_has_a_bounded_number_of_mentions(fast: FastUnderstander) -> None:
    out = fast.read(table(["I love the app. I hate the app. " * 200]))
    assert 2 <= out.num_rows <= MOST


def test_one_text_is_read_in_milliseconds(fast: FastUnderstander) -> None:
    one = table(["The parcel came two days late and the box was crushed."])
    fast.read(one)
    took = []
    for _ in range(20):
        began = time.process_time()
        fast.read(one)
        took.append(time.process_time() - began)
    assert float(np.median(took)) < 0.02  # an order of magnitude; the rate is the benchmark's


def test_stages_of_ones_own_work_at_once() -> None:
    own = FastUnderstander(Taxonomy.template("support"))
    assert own.version != FastUnderstander(Taxonomy.template("b2c")).version
    (row,) = read_one(own, "I have been on hold for fifty minutes").to_pylist()
    assert len(row["stage_evidence"]) == len(Taxonomy.template("support").ids)
    assert max(row["stage_evidence"]) > min(row["stage_evidence"])


@given(st.lists(st.text(), max_size=5))
def test_words_lie_where_they_are_said_to_be(texts: list[str]) -> None:
    known: dict[str, int] = {}
    words = cut(texts, Vocabulary([], lambda word: known.setdefault(word, len(known))))
    names = {row: word for word, row in known.items()}
    for text, row, start in zip(words.text.tolist(), words.row.tolist(), words.start.tolist(), strict=True):
        said = lowered(texts[text].replace("\x00", " "))[start:]
        assert plain(said)[:1] == names[row][:1] or said[:1] == names[row][:1]
