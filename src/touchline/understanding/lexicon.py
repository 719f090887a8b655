"""The lexicon compiled: every phrase that carries polarity, changes it, or tells a signal, in one phrase table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.entries import expand, sections, text
from touchline.understanding.matching import PhraseTable
from touchline.understanding.tokens import TOKEN, Kinds

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

UNKNOWN: Final = 0
FILES: Final = ("sentiment.txt", "modifiers.txt", "emoji.txt", "signals.txt", "languages.txt", "words.txt")
SIGNALS: Final = tuple(name for name in sections("signals.txt"))

_STRETCHED: Final = re.compile(r"(\w)\1{2,}|(\W)\2+")
_LONGEST: Final = 40
_ROOM: Final = 200_000


class Words(dict[str, int]):
    """Numbers of the words of the lexicon. An unseen word is looked up in its plainer spellings, then remembered."""

    def __missing__(self, word: str) -> int:
        """Return the number of the nearest known spelling, or `UNKNOWN`."""
        number = UNKNOWN
        if len(word) <= _LONGEST:
            number = next((self[w] for w in _spellings(word) if w in self), UNKNOWN)
            if len(self) < _ROOM:
                self[word] = number
        return number


def _spellings(word: str) -> Iterator[str]:
    if word.endswith("'s"):
        yield word[:-2]
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1\1\2", word)
        yield _STRETCHED.sub(r"\1\2", word)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What every phrase means. Arrays have one row per phrase of ``table``.

    Attributes:
        words: Word numbers.
        kinds: Token kinds, with the signs of the lexicon.
        table: Finds phrases in a stream of word numbers.
        valence: Polarity, -4 to 4; 0 where there is none.
        polar: Whether the phrase takes part in polarity at all, if only to switch off the words in it.
        negator: Whether it negates what follows.
        booster: Factor on what follows; 1 where it is none.
        expected: Whether its absence is a problem.
        sarcasm: Whether it turns the praise around it.
        signals: Which of `SIGNALS` it tells, shape (phrases, signals).
        known: Whether a word number occurs in an entry that is more than grammar, shape (words,).
        digest: Names the content of the files.
    """

    words: Words
    kinds: Kinds
    table: PhraseTable
    valence: Floats
    polar: Mask
    negator: Mask
    booster: Floats
    expected: Mask
    sarcasm: Mask
    signals: Floats
    known: Mask
    digest: str


class _Draft:
    """Phrases while they are collected: number of each, and its values by column."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.phrases: dict[tuple[int, ...], int] = {}
        self.columns: dict[str, dict[int, float]] = {}

    def number(self, word: str) -> int:
        return self.words.setdefault(word, len(self.words) + 1)

    def add(self, column: str, entries: Iterable[str], value: float = 1.0) -> None:
        values = self.columns.setdefault(column, {})
        for entry in entries:
            for words in expand(entry):
                phrase = tuple(self.number(word) for word in words)
                values[self.phrases.setdefault(phrase, len(self.phrases))] = value

    def values(self, column: str, default: float = 0.0) -> Floats:
        array = np.full(len(self.phrases), default)
        given = self.columns.get(column, {})
        array[list(given)] = list(given.values())
        return array


@cache
def lexicon() -> Lexicon:
    """Return the lexicon, compiled once per process."""
    draft = _Draft()
    for weight, entries in sections("sentiment.txt").items():
        draft.add("valence", entries, float(weight))
    signs = list(_add_emoji(draft))
    for name, entries in sections("modifiers.txt").items():
        if name[0].isdigit():
            draft.add("booster", entries, float(name))
        else:
            draft.add(name, entries)
    for name, entries in sections("signals.txt").items():
        draft.add(name, entries)
    known = len(draft.words)
    for name, entries in sections("languages.txt").items():
        if name.endswith("words"):
            draft.add(name, (entry for entry in entries if " " not in entry))
    polar = np.zeros(len(draft.phrases), np.bool_)
    for column in ("valence", "negator", "booster", "expected", "sarcasm"):
        polar[list(draft.columns[column])] = True
    return Lexicon(
        words=_words(draft),
        kinds=Kinds(signs),
        table=PhraseTable.build(draft.phrases, len(draft.words) + 1),
        valence=draft.values("valence"),
        polar=polar,
        negator=draft.values("negator") > 0,
        booster=draft.values("booster", 1.0),
        expected=draft.values("expected") > 0,
        sarcasm=draft.values("sarcasm") > 0,
        signals=np.column_stack([draft.values(name) for name in SIGNALS]),
        known=np.arange(len(draft.words) + 1) <= known,
        digest=hashlib.sha256("".join(text(name) for name in FILES).encode()).hexdigest()[:12],
    )


def _add_emoji(draft: _Draft) -> Iterator[str]:
    for line in text("emoji.txt").splitlines():
        if not line.startswith("#"):
            weight, *signs = line.lower().split()
            if weight == "sarcasm":
                draft.add("sarcasm", signs)
            else:
                draft.add("valence", signs, float(weight))
            yield from (sign for sign in signs if not TOKEN.fullmatch(sign) or not sign[0].isalnum())


def _words(draft: _Draft) -> Words:
    words = Words(draft.words)
    for word, number in draft.words.items():
        if word.endswith("n't") or word in ("i've", "that's", "what's", "where's"):
            words[word.replace("'", "")] = number
    for wrong, right in (entry.split("=", 1) for entry in sections("words.txt").get("spelling", ())):
        if right in draft.words:
            words.setdefault(wrong, draft.words[right])
    return words
