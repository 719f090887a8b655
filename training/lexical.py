"""The vocabulary that is shipped, and what the open lexicon says of its words."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_matrix

from touchline.understanding.entries import sections
from touchline.understanding.fast.features import Lexical
from touchline.understanding.fast.letters import LETTERS, grams
from touchline.understanding.fast.words import Vocabulary, plain
from touchline.understanding.lexicon import lexicon


def polar_words() -> dict[str, float]:
    """Return the single words of the lexicon that carry polarity."""
    lex = lexicon()
    alone = lex.table.phrase[lex.table.first]
    found = {}
    for word, number in lex.words.items():
        if number and number < len(alone) and lex.table.first[number] >= 0 and alone[number] >= 0:
            value = float(lex.valence[alone[number]])
            if value and re.fullmatch(r"\S+", word):
                found[plain(word)] = value
    return found


def lexical(words: list[str]) -> Lexical:
    """Return what is known of the rows of a vocabulary."""
    valence = polar_words()
    modifiers = sections("modifiers.txt")
    negators = {plain(word) for name in ("negator",) for word in modifiers[name]}
    boosters = {plain(word) for name, entries in modifiers.items() if name == "1.3" for word in entries}
    mark = np.zeros(len(words), np.int8)
    for row, word in enumerate(words):
        if set(word) <= set("!?") and word:
            mark[row] = 2 if "?" in word else 1
        elif word.startswith("0"):
            mark[row] = 3
        elif word in boosters:
            mark[row] = 4
    return Lexical(
        Vocabulary(words, lambda word: -1),
        np.array([valence.get(word, 0.0) for word in words], np.float32),
        np.array([word in negators or word.endswith("n't") for word in words], np.bool_),
        mark,
    )


def spelt(words: Iterable[str]) -> csr_matrix:
    """Return the hashed letters of each word, rows adding up to 1."""
    lists = [grams(word) for word in words]
    ends = np.cumsum([0, *map(len, lists)])
    data = np.concatenate([np.full(len(one), 1 / max(1, len(one)), np.float32) for one in lists])
    return csr_matrix((data, np.concatenate(lists), ends), shape=(len(lists), LETTERS))
