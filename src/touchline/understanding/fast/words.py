"""Cuts a batch of texts into words, once, and numbers them; nothing else of the fast tier touches strings.

One regular expression covers every character of the joined batch; a word takes the blank before it along, which halves
the pieces. A dictionary remembers the number of every piece; a piece that it has not met is spelt plainly and, when
that is unknown too, gets a row made of its letters (`Vocabulary.unseen`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Arrays = tuple[Ints, npt.NDArray[np.uint32], Ints, Ints, Ints]

#: The batch is in lower case by now. What parts two texts is the end-of-text sign.
END: Final = "\x00"
PIECE: Final = re.compile(
    r" ?[^\W_]+(?:'[^\W_]+)*| ?(?:[:;=]'?-?[)(\]\[/\\|dpo3*]+(?!\w)|<3|:\(|\^\^)|[.!?…]+|\n+|[^\S\n]+|.", re.DOTALL
)
_APOSTROPHES: Final = "’‘ʼ`´"
_DIGITS: Final = re.compile(r"\d+")
_STRETCHED: Final = re.compile(r"(\w)\1{2,}|(\W)\2+")
_LONGEST: Final = 40

#: What a piece is to the cutting of clauses: nothing, a word, or the strength of the break that it makes.
WORD, COMMA, JOIN, CONTRAST, SENTENCE, TEXT = 0, 1, 2, 3, 4, 5
BLANK: Final = -1
_BREAKS: Final = {
    ",": COMMA,
    ";": CONTRAST,
    ":": COMMA,
    "-": COMMA,
    "–": CONTRAST,
    "—": CONTRAST,
    "•": CONTRAST,
    "|": CONTRAST,
}
JOINING: Final = frozenset(("and", "then", "plus", "also", "because", "so"))
TURNING: Final = frozenset(
    ("but", "however", "yet", "unfortunately", "sadly", "nevertheless", "nonetheless", "except", "although", "though",
     "while", "whereas", "despite", "only", "luckily", "fortunately", "thankfully", "otherwise", "meanwhile")
)  # fmt: skip


def plain(piece: str) -> str:
    """Return a piece as the vocabulary spells it: no blank before it, numbers as their length, letters twice at most.

    >>> plain(" soooo"), plain("2019"), plain("!!!")
    ('soo', '0000', '!')
    """
    word = _STRETCHED.sub(lambda found: found[1] * 2 if found[1] else found[2], piece.strip(" "))
    return _DIGITS.sub(lambda found: "0" * min(len(found[0]), 5), word)


def weight_of(piece: str) -> int:
    """Return what a plain piece is to the cutting of clauses: `BLANK`, `WORD` or the strength of its break."""
    if piece == END:
        return TEXT
    head = piece[:1]
    if not head or head.isspace():
        return SENTENCE if head == "\n" else BLANK
    if head in ".!?…":
        return SENTENCE
    return _BREAKS.get(piece, WORD)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of texts, as numbers.

    Attributes:
        texts: How many texts there are.
        row: Row of each word (and of each mark that has one), shape (words,).
        hash: Spelling of each word, hashed: two neighbours' make the number of their pair, shape (words,).
        text: Text of each word, ascending, shape (words,).
        strength: Break before each word, 0 to `TEXT`, shape (words,).
        start: First character of each word in its text, shape (words,).
        stem: What a taxonomy calls each word, shape (words,).
        number: Number of each word in the vocabulary, shape (words,).
    """

    texts: int
    row: Ints
    hash: npt.NDArray[np.uint32]
    text: Ints
    strength: Ints
    start: Ints
    stem: Ints
    number: Ints


class Vocabulary(dict[str, int]):
    """Number of every piece met so far; a number points into `row`, `hash` and `kind`.

    Args:
        words: The words that have a row of their own, in the order of the rows.
        unseen: Makes the row of a word that has none and returns its number.
        stem: Says what a taxonomy calls a word.
    """

    ROOM: Final = 400_000

    def __init__(
        self, words: Sequence[str], unseen: Callable[[str], int], stem: Callable[[str], int] = lambda word: 0
    ) -> None:
        super().__init__()
        self._rows = {word: row for row, word in enumerate(words)}
        self._unseen, self._stem = unseen, stem
        self._row: list[int] = []
        self._hash: list[int] = []
        self._kind: list[int] = []
        self._lead: list[bool] = []
        self._called: list[int] = []
        self.plain: list[str] = []
        self._arrays: Arrays | None = None

    def __missing__(self, piece: str) -> int:
        """Number a piece that was not met before."""
        word = plain(piece)
        kind = weight_of(word)
        row = self._rows.get(word, -1)
        if row < 0 and kind == WORD:
            row = self._unseen(word[:_LONGEST])
        if kind == WORD and word in TURNING:
            kind = WORD + 10 + CONTRAST
        elif kind == WORD and word in JOINING:
            kind = WORD + 10 + JOIN
        number = len(self._row)
        self._row.append(row)
        self.plain.append(word[:_LONGEST])
        self._hash.append(crc32(word.encode("utf-8", "surrogatepass")))
        self._kind.append(kind)
        self._lead.append(piece[:1] == " ")
        self._called.append(self._stem(piece.lstrip(" ")) if kind == WORD or kind >= 10 else 0)
        self._arrays = None
        self[piece] = number
        return number

    def arrays(self) -> Arrays:
        """Return row, hash and kind of every number, whether its piece begins with a blank, and its stem."""
        if self._arrays is None:
            self._arrays = (
                np.array(self._row, dtype=np.int64),
                np.array(self._hash, dtype=np.uint32),
                np.array(self._kind, dtype=np.int64),
                np.array(self._lead, dtype=np.int64),
                np.array(self._called, dtype=np.int64),
            )
        return self._arrays

    def forget(self) -> bool:
        """Start afresh when more pieces were met than there is room for; what a piece gets does not change by it."""
        if len(self) < self.ROOM:
            return False
        self.clear()
        self._row, self._hash, self._kind, self._lead, self._called, self._arrays = [], [], [], [], [], None
        self.plain = []
        return True


def lowered(text: str) -> str:
    """Put text into lower case without changing its length."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    for mark in _APOSTROPHES:
        lower = lower.replace(mark, "'")
    return lower


def cut(texts: Sequence[str], vocabulary: Vocabulary) -> Words:
    """Cut texts into words.

    >>> words = cut(["Late, again!", "why"], Vocabulary(["late", "again", "why"], lambda word: -1))
    >>> words.row.tolist(), words.text.tolist(), words.start.tolist()
    ([0, 1, 2], [0, 0, 1], [0, 6, 0])
    """
    joined = lowered(END.join(text.replace(END, " ") for text in texts) + END) if texts else ""
    pieces = PIECE.findall(joined)
    number = np.fromiter(map(vocabulary.__getitem__, pieces), np.int64, len(pieces))
    row, spelt, kinds, leads, stems = vocabulary.arrays()
    kind = kinds[number]
    size = np.fromiter(map(len, pieces), np.int64, len(pieces))
    start = np.cumsum(size) - size
    ends = kind == TEXT
    text = np.cumsum(ends) - ends
    has = row[number] >= 0
    at = np.flatnonzero(has)
    opens = kind >= 10  # words that open a clause themselves
    made = np.where(opens, kind - 10, np.maximum(kind, 0))
    if not len(at):
        none = np.empty(0, np.int64)
        return Words(len(texts), none, none.astype(np.uint32), none, none, none, none, none)
    # the strongest break since the word before: marks without a row in between, and what the word itself opens
    between = np.where(has & ~opens, 0, made)
    first = np.concatenate(([0], at[:-1] + 1))
    strength = np.maximum.reduceat(between[: at[-1] + 1], first)
    marks = has & (kind > WORD) & ~opens  # a mark with a row ("!") is a word too, and breaks before the next one
    after = np.concatenate(([0], np.where(marks[at], kind[at], 0)[:-1]))
    strength = np.maximum(strength, after)
    of = text[at]
    strength[np.diff(of, prepend=-1) > 0] = TEXT
    where = start[at] + leads[number[at]]
    offset = np.concatenate(([0], start[ends][:-1] + 1)) if len(texts) else np.empty(0, np.int64)
    numbers = number[at]
    return Words(len(texts), row[numbers], spelt[numbers], of, strength, where - offset[of], stems[numbers], numbers)
