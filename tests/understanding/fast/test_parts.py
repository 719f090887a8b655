"""The parts of the default reader that make it fast say what the slow way would say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchline.understanding.fast import tokens
from touchline.understanding.fast.look import heard
from touchline.understanding.fast.product import gridded, product
from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.fast.seen import Seen
from touchline.understanding.fast.shares import best, softmaxes
from touchline.understanding.fast.sounding import Sounding
from touchline.understanding.fast.spelling import LANGUAGES
from touchline.understanding.fast.tokens import PADDING, Tokens
from touchline.understanding.fast.weights import weights
from touchline.understanding.fast.words import Vocabulary, cut
from touchline.understanding.runs import runs
from touchline.vocabulary.taxonomy import Taxonomy

from .test_reader import table

NUMBERS = st.floats(-30, 30, width=32)


def numbered(found: Tokens, words: list[bytes]) -> list[int]:
    data = np.frombuffer(b" ".join(words) + b" " * PADDING, np.uint8)
    size = np.array([len(word) for word in words], np.int64)
    return found.numbers(data, np.cumsum(size + 1) - size - 1, size).tolist()


@given(
    st.lists(st.lists(st.binary(min_size=1, max_size=80).filter(lambda word: 0 not in word), max_size=30), max_size=4)
)
def test_equal_tokens_have_equal_numbers_and_others_have_others(batches: list[list[bytes]]) -> None:
    met: list[bytes] = []

    def add(token: bytes) -> int:
        met.append(token)
        return len(met) - 1

    found = Tokens(add)
    for batch in batches:
        if batch:
            assert [met[number] for number in numbered(found, batch)] == batch
    short = [word for word in met if len(word) <= tokens.LONGEST]
    assert len(short) == len(set(short))


def test_tokens_that_crowd_one_slot_are_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_slot", lambda mixed: np.zeros(len(mixed), np.int64))
    met: list[bytes] = []
    found = Tokens(lambda token: met.append(token) or len(met) - 1)
    words = [str(number).encode() for number in range(100)]
    for _ in range(3):
        assert numbered(found, words) == list(range(100))
    assert len(met) == 100


@given(
    arrays(np.float32, st.tuples(st.integers(1, 40), st.just(24)), elements=NUMBERS),
    arrays(np.float32, (24, 7), elements=NUMBERS),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_rows_of_a_product_do_not_hang_on_the_others(left, right, rough, random) -> None:  # type: ignore[no-untyped-def]
    grid = gridded(right, rough=rough)
    together = product(left, grid)
    order = list(range(len(left)))
    random.shuffle(order)
    assert (product(left[order], grid) == together[order]).all()
    assert all((product(left[i : i + 1], grid)[0] == together[i]).all() for i in range(len(left)))
    room = np.abs(left).sum(axis=1, keepdims=True) @ np.abs(right).max(axis=0, keepdims=True)
    steps = 24 * np.abs(right).max(axis=0) / 2**6
    assert (np.abs(together - left.astype(np.float64) @ right) <= room / 2**8 + steps + 1e-3).all()


def test_loud_rows_are_exact_too() -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(0, 1e4, (600, 108)).astype(np.float32), rng.normal(size=(108, 40))
    together = product(left, gridded(right))
    assert (together[-1] == product(left[-1:], gridded(right))[0]).all()
    assert np.corrcoef(together.ravel(), (left @ right).ravel())[0, 1] > 0.999


def test_what_is_seen_is_multiplied_as_if_it_were_written_out() -> None:
    rng = np.random.default_rng(0)
    sums, dense = rng.normal(size=(600, 20)).astype(np.float32), rng.random((600, 4), np.float32)
    seen = Seen(sums, np.sqrt(rng.random((600, 1), np.float32)), dense)
    weights = rng.normal(size=(24, 9))
    weights[16:20] = 0  # the last columns of the sums say nothing
    for rough in (False, True):
        whole = product(seen.table, gridded(weights, rough=rough))
        few = gridded(heard(weights, 20), rough=rough)
        assert len(few.whole) == 20
        np.testing.assert_array_equal(product(seen, few), whole)
        some = np.array([5, 599, 0])
        np.testing.assert_array_equal(product(seen.of(some), few), whole[some])


@given(arrays(np.float32, st.tuples(st.integers(1, 9), st.just(10)), elements=NUMBERS))
def test_shares_are_those_of_each_row_alone(logits) -> None:  # type: ignore[no-untyped-def]
    both = softmaxes(logits, (4, 6), (1.0, 2.0))
    for i in range(len(logits)):
        for whole, alone in zip(both, softmaxes(logits[i : i + 1], (4, 6), (1.0, 2.0)), strict=True):
            assert (whole[i] == alone[0]).all()
    for share in both:
        np.testing.assert_allclose(share.sum(axis=1), 1, rtol=1e-5)
        assert (best(share) == share.argmax(axis=1)).all()


def test_words_sound_as_they_are_spelt() -> None:
    by = weights().spelling
    assert by is not None
    plain = ["sehr", "schlecht", "muy", "bien", "très", "0000", "!"]
    numbers = np.array([0, 1, 2, 3, 4, 5, 6, 1, 1], np.int64)
    group = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3], np.int64)
    language = np.array([1, 0, 2, 1, 4], np.int64)
    sounding = Sounding(by)
    parts = np.array([by.part(word) for word in plain])
    for _ in range(2):
        found = sounding.logits(numbers, plain, group, language)
        np.testing.assert_array_equal(found, by.logits(parts, numbers, group, language))


def test_each_language_has_a_spelling_of_its_own() -> None:
    by = weights().spelling
    assert by is not None
    parts, only = np.array([by.part("mal")]), np.array([0], np.int64)
    logits = {place: tuple(by.logits(parts, only, only, np.array([place]))[0]) for place in range(len(LANGUAGES))}
    assert len(set(logits.values())) == len(LANGUAGES)
    columns = 3 * LANGUAGES.index("fr") + np.arange(3)
    expected = parts[0, columns] / np.sqrt(parts[0, -1]) + by.bias[LANGUAGES.index("fr")]
    np.testing.assert_allclose(logits[LANGUAGES.index("fr")], expected, rtol=1e-5)


def test_the_reader_of_emotions_says_nothing_else() -> None:
    by = weights()
    width, half, columns = by.rows.shape[1], len(by.straight) // 2, by.columns("emotion")
    theirs = np.flatnonzero((by.inner == 0).all(axis=1))  # the hidden layer does not see its columns
    emotions = len(by.heads["emotion"][1])
    assert theirs.tolist() == [side + at for side in (0, half) for at in range(width - emotions + 1, width)]
    said = by.straight[theirs]
    assert (said[: emotions - 1, columns] != 0).any(axis=1).all()
    said[: emotions - 1, columns] = 0
    assert not said.any()
    assert not by.letters[:, width - emotions + 1 :].any()  # a word that was never met says nothing


@given(st.lists(st.integers(0, 20), max_size=40), st.integers(1, 6), st.integers(1, 30))
def test_runs_cover_all_and_stay_small(sizes: list[int], texts: int, characters: int) -> None:
    found = list(runs(np.array(sizes, np.int64), texts=texts, characters=characters))
    assert [i for run in found for i in range(run.start, run.stop)] == list(range(len(sizes)))
    for run in found:
        assert run.stop - run.start <= texts
        assert sum(sizes[run]) <= characters or run.stop - run.start == 1


@pytest.mark.parametrize(
    ("before", "text"), [("it was very", "good service"), ("İstanbul", "ΟΔΟΣ good"), ("not", "good")]
)
def test_the_text_before_has_no_say(before: str, text: str) -> None:
    fast = FastUnderstander(Taxonomy.template("b2c"))
    alone = fast.read(table([text])).drop_columns(["interaction_id"]).to_pylist()
    second = [row for row in fast.read(table([before, text])).to_pylist() if row.pop("interaction_id") == "1"]
    assert second == alone


def test_what_was_met_is_forgotten_when_it_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Vocabulary(["late", "again"], lambda word: -1)
    first = cut(["late again, late"], known)
    monkeypatch.setattr(Vocabulary, "ROOM_TOKENS", 2)
    assert known.forget()
    assert not known.forget()
    again = cut(["late again, late"], known)
    assert (
        (first.row.tolist(), first.start.tolist())
        == (again.row.tolist(), again.start.tolist())
        == ([0, 1, 0], [0, 5, 12])
    )
