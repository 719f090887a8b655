"""Cuts a batch of texts into words, once, and numbers them; nothing else of the fast tier touches strings.

What stands between blanks is looked up as bytes (`touchline.understanding.fast.tokens`). Only a token that was not met
before is cut by a regular expression into pieces; a dictionary remembers the number of every piece. A piece that it has
not met is spelt plainly and, when that is unknown too, gets a row made of its letters (`Vocabulary.unseen`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.understanding.fast import scripts
from touchline.understanding.fast.places import Places
from touchline.understanding.fast.tokens import PADDING, Column, Tokens

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Strengths = npt.NDArray[np.int8]
#: Texts, as strings or as Arrow holds them.
Texts: TypeAlias = Sequence[str] | pa.Array

#: A token is in lower case by now. This sign counts as a blank.
END: Final = "\x00"
PIECE: Final = re.compile(
    r" ?[^\W_]+(?:'[^\W_]+)*| ?(?:[:;=]'?-?[)(\]\[/\\|dpo3*]+(?!\w)|<3|:\(|\^\^)|[.!?…]+|\n+|[^\S\n]+|.", re.DOTALL
)
_APOSTROPHES: Final = "’‘ʼ`´"
_DIGITS: Final = re.compile(r"\d+")
_STRETCHED: Final = re.compile(r"(\w)\1{2,}|(\W)\2+")
_LONGEST: Final = 40
_BLANK: Final = 0x20

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
        called: What a taxonomy calls every word of the tokens met; see `stem`.
        number: Number of each word in the vocabulary, shape (words,).
        opens: First word of each text that has any.
        foreign: Texts with letters of another script than Latin, ascending.
        places: Where they lie.
    """

    texts: int
    row: Ints
    hash: npt.NDArray[np.uint32]
    text: Ints
    strength: Strengths
    called: Ints
    number: Ints
    opens: Ints
    foreign: Ints
    places: Places

    @property
    def stem(self) -> Ints:
        """What a taxonomy calls each word, shape (words,)."""
        return self.called.take(self.places.inside)

    @property
    def start(self) -> Ints:
        """First character of each word in its text, shape (words,)."""
        return self.places.starts(np.arange(len(self.row)))


class Vocabulary(dict[str, int]):
    """Number of every piece met so far, and the words in every token met so far.

    Args:
        words: The words that have a row of their own, in the order of the rows.
        unseen: Makes the row of a word that has none and returns its number.
        stem: Says what a taxonomy calls a word.
    """

    #: Pieces, tokens and words of tokens that are remembered.
    ROOM: Final = 400_000
    ROOM_TOKENS: Final = 200_000
    ROOM_WORDS: Final = 1_000_000

    def __init__(
        self, words: Sequence[str], unseen: Callable[[str], int], stem: Callable[[str], int] = lambda word: 0
    ) -> None:
        super().__init__()
        self._rows = {word: row for row, word in enumerate(words)}
        self._unseen, self._stem = unseen, stem
        self.tokens = Tokens(self._cut)
        self._start()

    def _start(self) -> None:
        self._row: list[int] = []
        self._hash: list[int] = []
        self._kind: list[int] = []
        self._called: list[int] = []
        self.plain: list[str] = []
        # of tokens: their first word, how many, the break behind them; parts, characters, blanks around
        self.first, self.many, self.tail = Column(), Column(), Column("b")
        self.parts, self.long, self.lead, self.trail, self.foreign = (Column() for _ in range(5))
        # of the words in them
        self.row, self.hash, self.called, self.number = Column(), Column("I"), Column(), Column()
        self.strength, self.offset, self.gap = Column("b"), Column(), Column()

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
        self._called.append(self._stem(piece) if kind == WORD or kind >= 10 else 0)
        self[piece] = number
        return number

    def _cut(self, token: bytes) -> int:
        """Number a token that was not met before: cut it into words, with the break before each."""
        text = token.decode("utf-8", "surrogatepass")
        bare = text.strip()
        lead = len(text) - len(text.lstrip())
        low = lowered(text)
        pending = at = behind = 0
        self.first.add(len(self.row))
        words = len(self.row)
        for piece in PIECE.findall(low):
            number = self[piece]
            row, kind = self._row[number], self._kind[number]
            made = kind - 10 if kind >= 10 else max(kind, 0)
            if row < 0:  # no word: it may break
                pending = max(pending, made)
            else:
                self.row.add(row)
                self.hash.add(self._hash[number])
                self.called.add(self._called[number])
                self.number.add(number)
                self.strength.add(max(pending, made if kind >= 10 else 0))
                self.offset.add(at)
                self.gap.add(at - behind if behind else -1)
                pending = kind if WORD < kind < 10 else 0  # a mark with a row breaks before the next word
            at += len(piece)
            if not piece.isspace():
                behind = at
        self.many.add(len(self.row) - words)
        self.tail.add(pending)
        self.long.add(len(text))
        self.parts.add(len(text.split()))
        self.lead.add(lead)
        self.trail.add(len(text) - lead - len(bare))
        self.foreign.add(scripts.other(text))
        return len(self.first) - 1

    def forget(self) -> bool:
        """Start afresh when more was met than there is room for; what a piece gets does not change by it."""
        fits = len(self.first) < self.ROOM_TOKENS and len(self.row) < self.ROOM_WORDS
        if len(self) < self.ROOM and fits:
            return False
        self.clear()
        self.tokens.clear()
        self._start()
        return True


def lowered(text: str) -> str:
    """Put text into lower case without changing its length."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    for mark in _APOSTROPHES:
        lower = lower.replace(mark, "'")
    return lower


def cut(texts: Texts, vocabulary: Vocabulary) -> Words:
    """Cut texts into words.

    >>> words = cut(["Late, again!", "why"], Vocabulary(["late", "again", "why"], lambda word: -1))
    >>> words.row.tolist(), words.text.tolist(), words.start.tolist()
    ([0, 1, 2], [0, 0, 1], [0, 6, 0])
    """
    data, begins = _joined(texts)
    end = np.flatnonzero(data[:-PADDING] == _BLANK)
    start = np.empty_like(end)
    start[:1] = 0
    start[1:] = end[:-1] + 1
    filled = end > start
    if not filled.all():
        start, end = start[filled], end[filled]
    known = vocabulary
    token = known.tokens.numbers(data, start, end - start)
    first = np.searchsorted(start, begins)
    many = known.many.values().take(token)
    behind = np.cumsum(many)
    words = int(behind[-1]) if len(behind) else 0
    inside = np.repeat(known.first.values().take(token) - behind + many, many) + np.arange(words)
    edges = np.concatenate(([0], behind))[first]
    sizes = np.diff(edges)
    opens = edges[:-1][sizes > 0]
    strength = known.strength.values().take(inside)
    tail = known.tail.values().take(token)
    ends = np.flatnonzero(tail > 0)  # what stands behind a word breaks before the next one
    ends = ends[: np.searchsorted(behind.take(ends), words)]
    np.maximum.at(strength, behind[ends], tail[ends])
    strength[opens] = TEXT
    other = known.foreign.values().take(token) > 0
    return Words(
        texts=len(texts),
        row=known.row.values().take(inside),
        hash=known.hash.values().take(inside),
        text=np.repeat(np.arange(len(texts)), sizes),
        strength=strength,
        called=known.called.values(),
        number=known.number.values().take(inside),
        opens=opens,
        foreign=np.unique(np.searchsorted(first, np.flatnonzero(other), side="right") - 1),
        places=Places(
            token=token,
            first=first,
            behind=behind,
            start=start,
            begins=begins,
            continued=np.flatnonzero(data.view(np.int8) < -0x40),  # 0x80 to 0xBF
            inside=inside,
            parts=known.parts.values(),
            long=known.long.values(),
            lead=known.lead.values(),
            trail=known.trail.values(),
            offset=known.offset.values(),
            gap=known.gap.values(),
        ),
    )


def _joined(texts: Texts) -> tuple[Bytes, Ints]:
    """Return the bytes of texts, a blank behind each, and where each begins and the last one ends."""
    if isinstance(texts, pa.Array):  # the buffer as it is: no strings are made
        sizes = pc.binary_length(texts).to_numpy(zero_copy_only=False)
        whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)
        written = pc.binary_join(whole, " ")[0].as_buffer()
    else:
        several = [text.encode("utf-8", "surrogatepass") for text in texts]
        sizes = np.fromiter(map(len, several), np.int64, len(several))
        written = b" ".join(several)
    begins = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(sizes + 1, out=begins[1:])
    data = np.zeros(begins[-1] + PADDING, np.uint8)
    if len(texts):
        said = data[: begins[-1]]
        said[:-1] = np.frombuffer(written, np.uint8) if len(said) > 1 else 0
        said[-1] = _BLANK
        if not said.all():
            said[said == 0] = _BLANK
    return data, begins
