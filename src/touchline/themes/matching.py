"""Which mention has which theme: the phrases of a book, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.themes.book import SIGN, Book
from touchline.themes.stream import RUN, stretched
from touchline.understanding.matching import PhraseTable
from touchline.understanding.stages import FILLER, Stems, content

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: What a phrase counts less when a word stands inside it.
GAP: Final = 0.4


@dataclass(frozen=True, slots=True)
class Matches:
    """Which mention says a phrase of which theme; each pair once, the best theme of a mention first.

    Attributes:
        mention: Number of the mention, ascending.
        theme: Number of the theme in the book.
    """

    mention: Ints
    theme: Ints


@dataclass(frozen=True, slots=True)
class Matcher:
    """A book, compiled.

    Attributes:
        book: The book.
        stems: Numbers of words.
        table: Finds phrases.
        theme: Theme of each (phrase, theme) pair, sorted by phrase.
        first: Where the pairs of each phrase begin, shape (phrases + 1,).
        length: Words of each phrase.
        side: -1 for pains, 1 for delights, 0 for topics, per theme.
        parent: Id of the theme that each was split from, or empty.
    """

    book: Book
    stems: Stems
    table: PhraseTable
    theme: Ints
    first: Ints
    length: Ints
    side: Ints
    parent: tuple[str, ...]

    @classmethod
    def of(cls, book: Book) -> Matcher:
        """Compile a book."""
        ties: dict[tuple[str, ...], list[int]] = {}
        for number, found in enumerate(book.found):
            for phrase in found.phrases:
                if words := content(phrase):
                    ties.setdefault(words, []).append(number)
        known = list(ties)
        numbers = {w: i for i, w in enumerate(dict.fromkeys(w for p in known for w in p), start=FILLER + 1)}
        return cls(
            book=book,
            stems=Stems(numbers),
            table=PhraseTable.build((tuple(numbers[w] for w in p) for p in known), len(numbers) + FILLER + 1),
            theme=np.array([theme for p in known for theme in ties[p]], np.int64),
            first=np.concatenate(([0], np.cumsum([len(ties[p]) for p in known], dtype=np.int64))).astype(np.int64),
            length=np.array([len(p) for p in known], np.int64),
            side=np.array([SIGN[f.polarity] for f in book.found], np.int64),
            parent=tuple(f.of for f in book.found),
        )

    def assign(
        self, words: Sequence[str], sentiment: Sequence[int] | Ints, theme: Sequence[str | None]
    ) -> list[str | None]:
        """Return the theme of each mention.

        A theme of the taxonomy stays; a mention without one gets the found theme whose phrase it says, the longest
        phrase first, then the first said, unless its sentiment contradicts the theme. What people split, merged and hid
        comes last.

        Args:
            words: The words of each mention.
            sentiment: -1, 0 or 1 each.
            theme: The taxonomy's theme of each, as it was read.

        >>> from touchline.themes.book import Found
        >>> fee = Found("pain_hidden_fee", "Hidden fees", "Fee", "purchase", "pain", ("hidden fee",))
        >>> Matcher.of(Book((fee,))).assign(["I hate hidden fees", "no hidden fees!"], [-1, 1], [None, None])
        ['pain_hidden_fee', None]
        """
        given = list(theme)
        splits = {parent for parent in self.parent if parent}
        read = [i for i, id_ in enumerate(given) if id_ is None or id_ in splits]
        if read and self.book.found:
            found = self.matches([words[i] for i in read], np.asarray(sentiment, np.int64)[read])
            self._give(given, read, found)
        ends = self.book.stands_for
        return [ends.get(id_, id_) if id_ is not None else None for id_ in given]

    def _give(self, given: list[str | None], read: list[int], found: Matches) -> None:
        """Write the best theme of each mention that has none, then follow splits."""
        ids = [f.id for f in self.book.found]
        said: dict[int, list[int]] = {}
        for mention, number in zip(found.mention.tolist(), found.theme.tolist(), strict=True):
            said.setdefault(read[mention], []).append(number)
        for at, numbers in said.items():
            if given[at] is None:
                given[at] = next((ids[n] for n in numbers if not self.parent[n]), None)
            for _ in numbers:  # a split of a split is a step further
                below = next((ids[n] for n in numbers if self.parent[n] and self.parent[n] == given[at]), None)
                if below is None:
                    break
                given[at] = below

    def matches(self, words: Sequence[str], sentiment: Ints) -> Matches:
        """Find the themes that mentions speak of and do not contradict."""
        parts = [
            self._run(words[start : start + RUN], sentiment[start : start + RUN], start)
            for start in range(0, len(words), RUN)
        ]
        none = np.empty(0, np.int64)
        if not parts:
            return Matches(none, none)
        return Matches(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _run(self, words: Sequence[str], sentiment: Ints, offset: int) -> tuple[Ints, Ints]:
        batch, stretch = stretched(words)
        strings = [batch.tokens[i] for i in batch.word.tolist()]
        stems = np.fromiter(map(self.stems.__getitem__, strings), np.int64, len(strings))
        kept = np.flatnonzero(stems != FILLER)
        hits = self.table.find(stems[kept], stretch[kept], gap=1)
        mention = batch.text[kept[hits.start]]
        weight = self.length[hits.phrase] - GAP * hits.gaps
        row, theme = expand(self.first, hits.phrase)
        theme = self.theme[theme]
        mention, weight, start = mention[row], weight[row], hits.start[row]
        fine = self.side[theme] * sentiment[mention] >= 0
        mention, theme, weight, start = mention[fine], theme[fine], weight[fine], start[fine]
        order = np.lexsort((theme, start, -weight, mention))
        mention, theme = mention[order], theme[order]
        _, once = np.unique(mention * max(len(self.side), 1) + theme, return_index=True)
        once.sort()
        return mention[once] + offset, theme[once]


def expand(first: Ints, keys: Ints) -> tuple[Ints, Ints]:
    """Return, for each key, its row and every position from ``first[key]`` to before ``first[key + 1]``.

    >>> row, at = expand(np.array([0, 2, 3]), np.array([1, 0]))
    >>> row.tolist(), at.tolist()
    ([0, 1, 1], [2, 0, 1])
    """
    count = first[keys + 1] - first[keys]
    row = np.repeat(np.arange(len(keys)), count)
    inner = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, first[keys][row] + inner


def themed(book: Book, words: Sequence[str], sentiment: Ints, theme: Sequence[str | None]) -> list[str | None]:
    """Return what `Matcher.assign` does, for a book that is used once."""
    return list(theme) if book.empty else Matcher.of(book).assign(words, sentiment, theme)
