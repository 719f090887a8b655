"""The lexicon files are sound."""

from __future__ import annotations

from collections import Counter

from touchline.understanding.entries import sections, text
from touchline.understanding.lexicon import FILES, lexicon
from touchline.understanding.stages import content
from touchline.understanding.stemming import stem
from touchline.understanding.tokens import Kinds, cut


def test_every_file_says_where_it_comes_from() -> None:
    for name in FILES:
        assert "written by hand for Touchline" in text(name)


def test_the_lexicon_is_large_and_no_entry_has_two_weights() -> None:
    entries = [entry for weight, part in sections("sentiment.txt").items() for entry in part if weight]
    assert len(entries) >= 1500
    assert [entry for entry, n in Counter(entries).items() if n > 1] == []


def test_forms_contractions_and_misspellings_have_one_meaning() -> None:
    words = lexicon().words
    assert words["doesnt"] == words["doesn't"] > 0
    assert words["terible"] == words["terrible"] > 0
    assert words["sloooow"] == words["slow"] > 0
    assert words["flibbertigibbet"] == 0


def test_stems_join_what_customers_mean_alike() -> None:
    for family in (("arrive", "arrived", "arriving", "arrives"), ("delivery", "delivered"), ("never", "not", "wasn't")):
        assert len(set(map(stem, family))) == 1
    assert content("Still waiting for the parcel!") == content("still wait for my parcels")


def test_tokens_cover_every_character() -> None:
    texts = ["Great :) <3 it's SOOO late... 3.5 stars", "", "\n\n", "İ👍🏽\x00", "e-mail: a@b.c"]
    batch = cut(texts, Kinds([]))
    assert sum(map(len, batch.tokens)) == len(batch.joined) == int(batch.start[-1])
    assert batch.joined == "\n".join(texts)
