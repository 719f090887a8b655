"""Tells the language of each text of a batch from its function words, its letters and its script.

Small on purpose: it has to know when a text is *not* English, so that it is marked rather than misread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.entries import sections
from touchline.understanding.lexicon import lexicon
from touchline.understanding.tokens import Batch

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

UNKNOWN: Final = "und"
ENGLISH: Final = "en"

#: First and last code point of a script, and the language that it is taken for.
SCRIPTS: Final = (
    (0x0370, 0x03FF, "el"), (0x0400, 0x052F, "ru"), (0x0590, 0x05FF, "he"), (0x0600, 0x06FF, "ar"),
    (0x0900, 0x097F, "hi"), (0x0E00, 0x0E7F, "th"), (0x3040, 0x30FF, "ja"), (0xAC00, 0xD7AF, "ko"),
    (0x4E00, 0x9FFF, "zh"),
)  # fmt: skip

_LETTER = 0.8  # what one typical letter is worth, against 1 for a word that only one language has
_MOST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """Function words and letters by language.

    Attributes:
        languages: Their codes; English comes first.
        words: Weight of each word number for each language, shape (words, languages).
        letters: Language of each Latin code point below 0x180, -1 for none.
    """

    languages: tuple[str, ...]
    words: Floats
    letters: Ints


@cache
def profile() -> Profile:
    """Return the profile, built once per process. A word of k languages counts 1/k for each."""
    given = sections("languages.txt")
    languages = tuple(name.split()[0] for name in given if name.endswith("words"))
    lex = lexicon()
    words = np.zeros((len(lex.known), len(languages)))
    letters = np.full(0x180, -1, np.int64)
    for column, language in enumerate(languages):
        words[[lex.words[w] for w in given[f"{language} words"] if " " not in w], column] = 1.0
        for letter in "".join(given.get(f"{language} letters", ())):
            letters[ord(letter)] = column
    words[0] = 0.0
    words /= np.maximum(words.sum(axis=1, keepdims=True), 1.0)
    return Profile(languages, words, letters)


def tell(batch: Batch, words: Ints, declared: Sequence[str | None]) -> list[str]:
    """Return the language of each text: what the words say when that is sure, else what was declared.

    Args:
        batch: The texts, cut.
        words: Lexicon number of each word, shape (words,).
        declared: Declared language of each text, ISO 639-1 or a tag that begins with it.

    Returns:
        Codes; ``und`` where neither is known.
    """
    known = profile()
    texts = len(batch.offset) - 1
    score = _sums(known.words[words], batch.text, texts) + _letters(batch, known, texts)
    count = np.bincount(batch.text, minlength=texts)
    best = score.argmax(axis=1)
    top = score[np.arange(texts), best]
    english = score[:, 0]
    foreign = (best > 0) & (top >= 1.3) & (top >= 1.4 * english + 0.3) & (top >= 0.12 * count)
    native = (best == 0) & (top >= 0.8)
    codes = np.where(foreign | native, best, -1)
    found = [known.languages[code] if code >= 0 else "" for code in codes.tolist()]
    for text, language in _scripts(batch, texts):
        found[text] = language
    return [
        language or (stated or UNKNOWN).partition("-")[0].partition("_")[0].lower()[:3]
        for language, stated in zip(found, declared, strict=True)
    ]


def _sums(rows: Floats, group: Ints, groups: int) -> Floats:
    return np.column_stack([np.bincount(group, column, groups) for column in rows.T])


def _letters(batch: Batch, known: Profile, texts: int) -> Floats:
    odd = np.flatnonzero((batch.points > 0x7F) & (batch.points < 0x180))
    language = known.letters[_small(batch.points[odd])]
    odd, language = odd[language >= 0], language[language >= 0]
    text = np.searchsorted(batch.offset, odd, side="right") - 1
    count = np.bincount(text * len(known.languages) + language, minlength=texts * len(known.languages))
    return _LETTER * np.minimum(count, _MOST_LETTERS).reshape(texts, -1).astype(float)


def _small(points: npt.NDArray[np.uint32]) -> Ints:
    """Code points below 0x180 in lower case."""
    upper = ((points >= 0xC0) & (points <= 0xDE)).astype(np.int64)
    return points.astype(np.int64) + 32 * upper


def _scripts(batch: Batch, texts: int) -> list[tuple[int, str]]:
    """Texts that are mostly written in another script than Latin."""
    if not (far := np.flatnonzero(batch.points >= 0x370)).size:
        return []
    points = batch.points[far]
    text = np.searchsorted(batch.offset, far, side="right") - 1
    latin = (batch.points | 0x20) - ord("a") < 26
    latin_before = np.concatenate(([0], np.cumsum(latin)))
    letters = latin_before[np.minimum(batch.offset[1:], len(latin))] - latin_before[batch.offset[:-1]]
    counts = np.column_stack(
        [np.bincount(text[(points >= low) & (points <= high)], minlength=texts) for low, high, _ in SCRIPTS]
    )
    counts[:, 6] += np.where(counts[:, 6] > 0, counts[:, 8], 0)  # Japanese is kana with Han between
    best = counts.argmax(axis=1)
    mostly = np.flatnonzero((counts.sum(axis=1) > letters) & (counts.max(axis=1) > 0))
    return [(int(t), SCRIPTS[int(best[t])][2]) for t in mostly]
