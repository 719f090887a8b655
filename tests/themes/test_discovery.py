"""Discovery: what customers raise becomes themes, always the same ones."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.themes.conftest import SAID, mentions

from touchline.themes import Book, Found, Matcher, Mentions, discover
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.vocabulary.taxonomy import Taxonomy


def joined(*parts: Mentions) -> Mentions:
    return Mentions(
        words=[w for p in parts for w in p.words],
        customer=np.concatenate([p.customer for p in parts]),
        sentiment=np.concatenate([p.sentiment for p in parts]),
        stage=[s for p in parts for s in p.stage],
        theme=[t for p in parts for t in p.theme],
    )


def said(text: str, people: int, *, sentiment: int = -1, first: int = 50_000, stage: str = UNASSIGNED) -> Mentions:
    """Some customers say a text, each in words of their own around it."""
    around = ("{}", "well, {}", "{}!", "again: {}", "{}, once more")
    return Mentions(
        words=[around[i % len(around)].format(text) for i in range(people)],
        customer=np.arange(first, first + people),
        sentiment=np.full(people, sentiment, np.int64),
        stage=[stage] * people,
        theme=[None] * people,
    )


def test_what_several_customers_say_in_several_ways_becomes_a_theme(taxonomy):
    found = {f.id: f for f in discover(mentions(), Book(), taxonomy).fresh}
    fee = found["pain_hidden_fee"]
    assert (fee.polarity, fee.stage, fee.phrases[0], fee.name) == ("pain", "support", "hidden fees", "Hidden fees")
    assert any(f.polarity == "pain" and "coffee machine" in f.phrases[0] for f in found.values())
    assert found["delight_friendli"].name.lower().startswith("friendly")
    assert found["topic_bicycl"].polarity == "topic"


def test_names_are_words_that_customers_said(taxonomy):
    texts = " ".join(text.lower() for _, _, text in SAID)
    for found in discover(mentions(), Book(), taxonomy).fresh:
        for part in found.name.lower().replace(":", ",").split(","):
            assert part.strip() in texts, found.name


def test_the_order_of_mentions_does_not_matter(taxonomy):
    once = discover(mentions(), Book(), taxonomy).book
    order = list(range(len(mentions())))
    for seed in range(5):
        random.Random(seed).shuffle(order)
        assert discover(mentions(order=order), Book(), taxonomy).book == once


def test_a_second_run_finds_nothing_new(taxonomy):
    first = discover(mentions(), Book(), taxonomy)
    assert first.fresh
    second = discover(mentions(), first.book, taxonomy)
    assert (second.fresh, second.book) == ((), first.book)


def test_new_data_add_themes_and_change_none(taxonomy):
    book = discover(mentions(), Book(), taxonomy).book
    more = joined(mentions(), mentions(first=9_000), said("the parking meter eats coins", 12))
    after = discover(more, book, taxonomy)
    assert after.book.found[: len(book.found)] == book.found
    assert after.fresh
    assert all({"parking", "meter", "coins"} & set(" ".join(f.phrases).split()) for f in after.fresh)


def test_found_from_nothing_again_a_theme_has_the_id_that_it_had(taxonomy):
    before = {f.id for f in discover(mentions(), Book(), taxonomy).fresh}
    more = joined(mentions(), said("the parking meter eats coins", 12))
    assert before <= {f.id for f in discover(more, Book(), taxonomy).fresh}


def test_one_customer_who_says_it_often_founds_nothing(taxonomy):
    loud = replace(said("the parking meter eats coins", 40), customer=np.full(40, 7))
    assert discover(loud, Book(), taxonomy).fresh == ()


def test_a_sentence_that_is_copied_founds_nothing(taxonomy):
    copied = replace(said("x", 40), words=["Pursuant to the warehouse lien ordinance"] * 40)
    assert discover(copied, Book(), taxonomy).fresh == ()


def test_verdicts_and_small_talk_found_nothing(taxonomy):
    assert discover(said("really terrible, never again, thanks a lot yesterday", 40), Book(), taxonomy).fresh == ()


def test_personal_data_that_was_redacted_founds_nothing(taxonomy):
    masked = joined(said("[EMAIL_1] and [PHONE]", 20), said("XXXX on XX/XX/2024 1681c", 20, first=60_000))
    assert discover(masked, Book(), taxonomy).fresh == ()


def test_mentions_with_a_theme_of_the_taxonomy_found_nothing(taxonomy):
    placed = replace(said("the parking meter eats coins", 20), theme=["late_delivery"] * 20)
    assert discover(placed, Book(), taxonomy).fresh == ()


def test_a_subject_that_pleases_some_and_angers_others_is_two_themes(taxonomy):
    both = joined(said("the lounge was cold", 20), said("the lounge was cosy", 20, sentiment=1, first=70_000))
    found = {f.id: f for f in discover(both, Book(), taxonomy).fresh}
    sides = {f.polarity for f in found.values() if "lounge" in " ".join(f.phrases)}
    assert sides == {"pain", "delight"}
    assert len({f.name for f in found.values()}) == len(found)


def test_themes_that_share_a_word_are_one_group(taxonomy):
    parts = [said(f"the ticket {word}", 12, first=1000 * i) for i, word in enumerate(("printer", "barrier", "scanner"))]
    groups = {f.group for f in discover(joined(*parts), Book(), taxonomy).fresh if "ticket" in f.phrases[0]}
    assert groups == {"Ticket"}


def test_nothing_gives_nothing(taxonomy):
    empty = Mentions([], np.empty(0, np.int64), np.empty(0, np.int64), [], [])
    assert discover(empty, Book(), taxonomy).fresh == ()
    silent = Mentions(["", "!!!", "😀"], np.arange(3), np.zeros(3, np.int64), [UNASSIGNED] * 3, [None] * 3)
    assert discover(silent, Book(), taxonomy).fresh == ()


def test_a_theme_found_before_is_not_found_under_another_name(taxonomy):
    known = Found("pain_meter", "Meters", "Other", UNASSIGNED, "pain", ("parking meter",), hidden=True)
    assert discover(said("the parking meter eats coins", 12), Book((known,)), taxonomy).fresh == ()


WORDS = st.sampled_from(("gate", "lounge", "ticket", "meter", "coins", "kiosk", "very", "not", "the", "good"))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.lists(WORDS, max_size=5), st.integers(0, 12), st.sampled_from((-1, 0, 1))), max_size=60),
    st.randoms(use_true_random=False),
)
def test_any_mentions_reach_a_fixed_point_in_any_order(rows, shuffler):
    taxonomy = Taxonomy.template("b2c")

    def of(order: list[int]) -> Mentions:
        return Mentions(
            words=[" ".join(rows[i][0]) for i in order],
            customer=np.array([rows[i][1] for i in order], np.int64),
            sentiment=np.array([rows[i][2] for i in order], np.int64),
            stage=[UNASSIGNED] * len(order),
            theme=[None] * len(order),
        )

    order = list(range(len(rows)))
    found = discover(of(order), Book(), taxonomy, least=3)
    assert discover(of(order), found.book, taxonomy, least=3).fresh == ()
    shuffler.shuffle(order)
    assert discover(of(order), Book(), taxonomy, least=3).book == found.book
    given_ = Matcher.of(found.book).assign(of(order).words, of(order).sentiment, [None] * len(order))
    assert {theme for theme in given_ if theme} <= set(found.book.by_id)
