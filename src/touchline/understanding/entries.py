"""Reads the lexicon files: sections in brackets, entries between commas.

The notation is explained at the head of ``lexicon/sentiment.txt``. Files are read once per process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

NUMBERS: Final = (
    *(str(n) for n in range(2, 25)),
    "30", "36", "40", "45", "48", "50", "60", "72", "90", "100",
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty", "thirty",
    "several", "many", "multiple", "countless", "numerous",
)  # fmt: skip

_SECTION: Final = re.compile(r"^\[(.+)\]$")
_VOWELS: Final = frozenset("aeiou")


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """Return the entries of every section of one lexicon file, as written and in order.

    Sections of the same name are joined.

    >>> sections("modifiers.txt")["negator"][:3]
    ('not', 'no', 'never')
    """
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text(name).splitlines():
        if match := _SECTION.match(line):
            lines = found.setdefault(match[1], [])
        elif not line.startswith("#"):
            lines.append(line)
    return {key: tuple(e for e in map(str.strip, " ".join(lines).split(",")) if e) for key, lines in found.items()}


@cache
def text(name: str) -> str:
    """Return a lexicon file as it stands."""
    return (files("touchline.understanding") / "lexicon" / name).read_text(encoding="utf-8")


def expand(entry: str) -> Iterator[tuple[str, ...]]:
    """Yield every word sequence that an entry stands for: forms, numbers, contractions.

    >>> sorted(expand("annoy~"))
    [('annoy',), ('annoyed',), ('annoying',), ('annoys',)]
    >>> sorted(expand("wasn't good"))
    [('was', 'not', 'good'), ("wasn't", 'good')]
    """
    for words in product(*(_choices(word) for word in entry.split())):
        yield tuple(part for word in words for part in word.split())


def _choices(word: str) -> tuple[str, ...]:
    if word.endswith("~"):
        return forms(word[:-1])
    if "<n>" in word:
        return NUMBERS if word == "<n>" else tuple(word.replace("<n>", n) for n in NUMBERS if n.isdigit())
    if word == "can't":
        return ("can't", "can not", "cannot")
    if word.endswith("n't") and word != "ain't":
        return (word, ("will" if word == "won't" else word[:-3]) + " not")
    return (word,)


def forms(word: str) -> tuple[str, ...]:
    """Return a word and its regular inflections.

    >>> forms("worry")
    ('worry', 'worries', 'worried', 'worrying')
    """
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return (word, word[:-1] + "ies", word[:-1] + "ied", word + "ing")
    if word.endswith("e"):
        return (word, word + "s", word + "d", word[:-1] + "ing")
    if word.endswith(("s", "x", "ch", "sh")):
        return (word, word + "es", word + "ed", word + "ing")
    return (word, word + "s", word + "ed", word + "ing")
