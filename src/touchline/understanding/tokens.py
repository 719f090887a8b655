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

#: The text is in lower case by now.
_EMOTICON: Final = (
    r"<3|</3|\^\^|[:;=]['^-]?(?:[)(\]\[/\\|*]+|[dpo3](?![^\W_]))|(?<![^\W_])d[:=](?!\w)|>:\(|(?<![\w)])\(-?[:;]|-_+-"
)
TOKEN: Final = re.compile(rf"[^\W_]+(?:'[^\W_]+)*|[^\S\n]+|\n|{_EMOTICON}|[.!?…]+|[^\w\s.!?…:;=<>^(d-]|.", re.DOTALL)
_REPEATED: Final = re.compile(r"(\W)\1+")
_APOSTROPHES: Final = str.maketrans("’‘ʼ`´", "'" * 5)

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

    def __missing__(self, piece: str) -> int:
        """Tell the kind, and remember it while there is room."""
        kind = SIGN if self.get(_REPEATED.sub(r"\1", piece)) == SIGN else _kind(piece)
        if len(self) < self._limit and len(piece) < 40:
            self[piece] = kind
        return kind


_HEADS: Final = {
    "\n": LINE, ",": COMMA, "،": COMMA, "、": COMMA, ".": STOP, "…": STOP, "!": LOUD, "?": QUESTION, ";": PAUSE,
    "—": PAUSE, "–": PAUSE, "•": PAUSE, "·": PAUSE, "|": PAUSE, ":": PAUSE, "-": PAUSE,
}  # fmt: skip


def _kind(piece: str) -> int:
    head = piece[0]
    if head.isalnum():
        return WORD
    if head in ".!?…":
        return QUESTION if "?" in piece else LOUD if "!" in piece else STOP
    return _HEADS.get(head, BLANK if head.isspace() else MARK)


def cut(texts: Sequence[str], kinds: Kinds) -> Batch:
    """Cut texts into tokens.

    >>> batch = cut(["It's late.", "Why?"], Kinds([]))
    >>> [batch.tokens[i] for i in batch.word], batch.text.tolist()
    (["it's", 'late', 'why'], [0, 0, 1])
    """
    joined = "\n".join(texts)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offset = np.concatenate(([0], np.cumsum(lengths + 1)))
    tokens = TOKEN.findall(_lower(joined).translate(_APOSTROPHES))
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
