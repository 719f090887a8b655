"""Cuts a batch of texts into tokens, once, with exact places.

The batch is joined by line breaks and cut by one regular expression that covers every character, so that a token's
place is the running sum of the lengths before it. Word numbers come from a dictionary that remembers what it has seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_EMOTICON: Final = (
    r"<3|</3|\^\^|[:;=]['^-]?[)(\]\[DPpOo3/\\|*]+(?![^\W_])|(?<![^\W_])[xX]D+(?![^\W_])|(?<![^\W_])D[:=](?!\w)"
    r"|>:\(|(?<![\w)])\(-?[:;]|-_+-"
)
TOKEN: Final = re.compile(
    rf"[^\W_]+(?:'[^\W_]+)*|[^\S\n]+|\n|{_EMOTICON}|[.!?…]+|[^\w\s.!?…:;=<>^(xXD-]|.", re.DOTALL
)
_APOSTROPHES: Final = str.maketrans("’‘ʼ`´", "'''''")

#: Strength of the break that a token makes: 3 ends a sentence, 1 may part two clauses.
SENTENCE: Final = 3
CONTRAST: Final = 2
CLAUSE: Final = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of texts as a stream of tokens.

    Attributes:
        joined: The texts, joined by line breaks.
        offset: Where each text begins in ``joined``, shape (texts + 1,); the last is one past the end.
        tokens: The tokens in lower case, including blanks and marks.
        start: Where each token begins in ``joined``, shape (tokens + 1,).
        kind: What each token is: one of the codes below.
        word: Indices of the tokens that are words or signs (emoji, emoticons).
        text: Number of the text of each word, ascending, shape (words,).
        points: Unicode code points of ``joined``.
    """

    joined: str
    offset: Ints
    tokens: list[str]
    start: Ints
    kind: Ints
    word: Ints
    text: Ints
    points: npt.NDArray[np.uint32]


#: Kinds of tokens.
BLANK, MARK, COMMA, PAUSE, STOP, LOUD, QUESTION, LINE, SIGN, WORD = range(10)


class Kinds(dict[str, int]):
    """Kind of every token seen so far; unseen ones are told by their first character."""

    def __init__(self, signs: Sequence[str], limit: int = 200_000) -> None:
        super().__init__(dict.fromkeys(signs, SIGN))
        self._limit = limit

    def __missing__(self, token: str) -> int:
        """Tell the kind, and remember it while there is room."""
        kind = _kind(token)
        if len(self) < self._limit and len(token) < 40:
            self[token] = kind
        return kind


def _kind(token: str) -> int:
    head = token[0]
    if head.isalnum():
        return WORD
    if head == "\n":
        return LINE
    if head.isspace():
        return BLANK
    if head in ".!?…":
        if "?" in token:
            return QUESTION
        return LOUD if "!" in token else STOP
    if head in ",،、":
        return COMMA
    if head in ";—–•·|/" or token == ":":
        return PAUSE
    return MARK


def cut(texts: Sequence[str], kinds: Kinds) -> Batch:
    """Cut texts into tokens.

    >>> batch = cut(["It's late.", "Why?"], Kinds([]))
    >>> [batch.tokens[i] for i in batch.word], batch.text.tolist()
    (["it's", 'late', 'why'], [0, 0, 1])
    """
    joined = "\n".join(texts)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offset = np.concatenate(([0], np.cumsum(lengths + 1)))
    tokens = TOKEN.findall(_lower(joined).translate(_APOSTROPHES) if "’" in joined else _lower(joined))
    sizes = np.fromiter(map(len, tokens), np.int64, len(tokens))
    start = np.concatenate(([0], np.cumsum(sizes)))
    kind = np.fromiter(map(kinds.__getitem__, tokens), np.int64, len(tokens))
    word = np.flatnonzero(kind >= SIGN)
    text = np.searchsorted(offset, start[word], side="right") - 1
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    return Batch(joined, offset, tokens, start, kind, word, text, points)


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)
