"""Light English stemming: enough that "parcels" meets "parcel" and "arriving" meets "arrived"; no more."""

from __future__ import annotations

from functools import cache
from typing import Final

from touchline.understanding.entries import sections

_VOWELS: Final = frozenset("aeiouy")
_LONGEST: Final = 24
NEGATION: Final = "not"


@cache
def irregular() -> dict[str, str]:
    """Return base forms of irregular words and of words that customers use for the same thing."""
    return dict(entry.split("=", 1) for entry in sections("words.txt")["irregular"])


def stem(word: str) -> str:
    """Return the stem of a lower-case word. Every negation has the same stem, ``not``.

    >>> [stem(w) for w in ("arriving", "arrived", "parcels", "stopped", "deliveries", "wasn't", "hotel's")]
    ['arriv', 'arriv', 'parcel', 'stop', 'deliver', 'not', 'hotel']
    """
    if len(word) <= 3 or len(word) > _LONGEST:
        return NEGATION if word in ("no", "not") else word
    if word in ("never", "cannot", "without") or word.endswith("n't"):
        return NEGATION
    if "'" in word:
        word = word[: word.index("'")]
    word = irregular().get(word, word)
    word = _singular(word)
    return _bare(word)


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1]


def _bare(word: str) -> str:
    for ending in ("ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and not _VOWELS.isdisjoint(base):
            if base[-1] == base[-2] and base[-1] not in "lsz":
                base = base[:-1]
            word = base
            break
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word.endswith("y") and word[-2] not in _VOWELS:
        word = word[:-1] + "i"
    return word
