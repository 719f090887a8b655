"""Mentions as a stream of content words: what phrases are found in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.entries import sections
from touchline.understanding.stages import is_common
from touchline.understanding.stemming import NEGATION, stem
from touchline.understanding.tokens import COMMA, WORD, Batch, Kinds, cut

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Mentions are cut in runs of this many, so that memory stays bounded.
RUN: Final = 20_000
#: No phrase names a theme after a word such as ``xxxx``, ``1681c`` or one of two letters.
_NO_WORD: Final = re.compile(r"x+|\w{1,2}|.*\d.*|.{25,}")
#: What redaction put in the place of personal data: ``[EMAIL]``, ``<PHONE_2>``.
_PLACEHOLDER: Final = re.compile(r"[\[<{][A-Z][A-Z_]*(?:[ _]?\d+)?[\]>}]")


class Vocabulary(dict[str, int]):
    """Number of the stem of each word; -1 for fillers, which are dropped.

    Attributes:
        stems: The stems, by number.
    """

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(sections("words.txt")["filler"], -1))
        self.stems: list[str] = []
        self._numbers: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        """Stem it, and remember it."""
        base = stem(word)
        number = self._numbers.setdefault(base, len(self.stems))
        if number == len(self.stems):
            self.stems.append(base)
        self[word] = number
        return number


@dataclass(frozen=True, slots=True)
class Stream:
    """The content words of mentions, in order.

    Attributes:
        stems: Stem by number.
        stem: Number of the stem of each word, shape (words,).
        mention: Mention of each word, ascending.
        sentence: Number of the stretch between two marks that each word stands in, ascending.
    """

    stems: tuple[str, ...]
    stem: Ints
    mention: Ints
    sentence: Ints


def stream(texts: Sequence[str]) -> Stream:
    """Cut the words of mentions; fillers are dropped, and commas, stops and line breaks part stretches."""
    vocabulary = Vocabulary()
    parts: list[tuple[Ints, Ints, Ints]] = []
    stretches = 0
    for start in range(0, len(texts), RUN):
        batch, stretch = stretched(texts[start : start + RUN])
        strings = [batch.tokens[i] for i in batch.word.tolist()]
        numbers = np.fromiter(map(vocabulary.__getitem__, strings), np.int64, len(strings))
        kept = numbers >= 0
        parts.append((numbers[kept], batch.text[kept] + start, stretch[kept] + stretches))
        stretches += int(stretch[-1]) + 1 if len(stretch) else 0
    if not parts:
        none = np.empty(0, np.int64)
        return Stream((), none, none, none)
    number, mention, sentence = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Stream(tuple(vocabulary.stems), number, mention, sentence)


@cache
def _kinds() -> Kinds:
    """Kinds of tokens, remembered from one batch to the next; no sign is a word here."""
    return Kinds([])


#: The stem of a word, remembered while there is room.
stemmed = lru_cache(maxsize=100_000)(stem)


def stretched(texts: Sequence[str]) -> tuple[Batch, Ints]:
    """Cut texts into words, and number the stretches between marks that each word stands in."""
    batch = cut([_PLACEHOLDER.sub(",", text) for text in texts], _kinds())
    words = batch.kind[batch.word] == WORD
    batch = Batch(batch.joined, batch.offset, batch.tokens, batch.start, batch.kind, batch.word[words],
                  batch.text[words], batch.points)  # fmt: skip
    parting = np.cumsum((batch.kind >= COMMA) & (batch.kind < WORD)).astype(np.int64)
    return batch, parting[batch.word]


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    text = (files("touchline.themes") / "words.txt").read_text(encoding="utf-8")
    found: dict[str, frozenset[str]] = {}
    for part in re.split(r"^\[", text, flags=re.MULTILINE)[1:]:
        name, _, words = part.partition("]")
        found[name] = frozenset(stem(word.strip()) for word in words.replace("\n", " ").split(",") if word.strip())
    return found["generic"] - found["nominal"], found["nominal"]


@cache
def is_generic(word: str) -> bool:
    """Whether a word names no theme: ``again``, ``great``, ``told``."""
    return stem(word) in _lists()[0]


def kinds_of(stems: Sequence[str]) -> tuple[Bools, Bools, Bools]:
    """Tell the part that each stem may take in a phrase.

    Returns:
        ``member``: it may stand in a phrase; ``telling``: it says what the phrase is about; ``negation``.

    >>> [kind.tolist() for kind in kinds_of(["refund", "realli", "work", "not"])]
    [[True, False, True, True], [True, False, False, False], [False, False, False, True]]
    """
    generic, nominal = _lists()
    negation = np.array([s == NEGATION for s in stems], np.bool_)
    bare = np.array([s in generic or _NO_WORD.fullmatch(s) is not None for s in stems], np.bool_)
    common = np.array([is_common(s) for s in stems], np.bool_)
    told = np.array([s in nominal for s in stems], np.bool_)
    works = np.array([s in ("work", "help") for s in stems], np.bool_)
    return (~bare | works | negation), (~bare & (~common | told) & ~negation), negation
