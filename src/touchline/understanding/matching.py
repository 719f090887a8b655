"""Finds phrases in a long stream of word numbers: a trie that is walked at all positions at once.

One step of the walk is one vectorised look-up for every match that is still alive, so that the cost is linear in the
stream for phrases of bounded length, whatever the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hits:
    """Occurrences of phrases, sorted by start, then by phrase.

    Attributes:
        start: Position of the first word in the stream.
        end: Position of the last word.
        phrase: Number of the phrase.
        gaps: Words that were skipped in between.
    """

    start: Ints
    end: Ints
    phrase: Ints
    gaps: Ints

    def __len__(self) -> int:
        """How many."""
        return len(self.start)

    def where(self, keep: npt.NDArray[np.bool_] | Ints) -> Hits:
        """Return the hits that a mask or an index keeps."""
        return Hits(self.start[keep], self.end[keep], self.phrase[keep], self.gaps[keep])


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """A trie of phrases over word numbers.

    Attributes:
        first: State after each word number, -1 where no phrase begins with it. Shape (words,).
        keys: Sorted ``state * words + word`` of the further edges.
        targets: State behind each key.
        phrase: Phrase that ends in each state, -1 for none.
        goes_on: Whether a state has edges.
        inner: Whether any of these edges is for a word, shape (words,).
    """

    first: Ints
    keys: Ints
    targets: Ints
    phrase: Ints
    goes_on: npt.NDArray[np.bool_]
    inner: npt.NDArray[np.bool_]

    @classmethod
    def build(cls, phrases: Iterable[tuple[int, ...]], words: int) -> PhraseTable:
        """Build it from word-number sequences, numbered in order; the numbers are below ``words``."""
        edges: dict[int, int] = {}
        first = np.full(words, -1, np.int64)
        ends: list[int] = []
        for number, phrase in enumerate(phrases):
            state = -1
            for depth, word in enumerate(phrase):
                key = state * words + word
                following = int(first[word]) if depth == 0 else edges.get(key, -1)
                if following < 0:
                    following = len(ends)
                    ends.append(-1)
                    if depth == 0:
                        first[word] = following
                    else:
                        edges[key] = following
                state = following
            ends[state] = number
        keys = np.fromiter(edges, np.int64, len(edges))
        order = np.argsort(keys)
        goes_on = np.zeros(len(ends), np.bool_)
        goes_on[keys // words] = True
        inner = np.zeros(words, np.bool_)
        inner[keys % words] = True
        targets = np.fromiter(edges.values(), np.int64, len(edges))
        return cls(first, keys[order], targets[order], np.array(ends, np.int64), goes_on, inner)

    def find(self, words: Ints, group: Ints, *, gap: int = 0) -> Hits:
        """Return every occurrence within one group, with up to ``gap`` words skipped inside a phrase.

        Args:
            words: Word numbers, shape (n,).
            group: Number of the sentence of each word, ascending, shape (n,); a phrase never leaves its sentence.
            gap: Words that may be skipped, in all.

        >>> table = PhraseTable.build([(5, 7), (7,)], words=9)
        >>> hits = table.find(np.array([5, 6, 7]), np.array([0, 0, 0]), gap=1)
        >>> list(zip(hits.start.tolist(), hits.end.tolist(), hits.phrase.tolist(), hits.gaps.tolist()))
        [(0, 2, 0, 1), (2, 2, 1, 0)]
        """
        state = self.first.take(words)
        at = np.flatnonzero(state >= 0)
        state = state[at]
        start, used = at, np.zeros(len(at), np.int64)
        found: list[tuple[Ints, Ints, Ints, Ints]] = []
        while len(at):
            ended = self.phrase[state] >= 0
            found.append((start[ended], at[ended], self.phrase[state[ended]], used[ended]))
            alive = self.goes_on[state]
            start, at, state, used = start[alive], at[alive], state[alive], used[alive]
            steps = [self._step(words, group, start, at, state, used, skip, gap) for skip in range(gap + 1)]
            start, at, state, used = (np.concatenate(parts) for parts in zip(*steps, strict=True))
        if not found:
            none = np.empty(0, np.int64)
            return Hits(none, none, none, none)
        starts, ends, phrases, gaps = (np.concatenate(parts) for parts in zip(*found, strict=True))
        long = int((ends - starts).max(initial=0)) + 1
        # by start, phrase, end and gaps, as one number
        order = np.argsort(((starts * len(self.phrase) + phrases) * long + ends - starts) * (gap + 1) + gaps)
        return Hits(starts[order], ends[order], phrases[order], gaps[order])

    def _step(
        self, words: Ints, group: Ints, start: Ints, at: Ints, state: Ints, used: Ints, skip: int, gap: int
    ) -> tuple[Ints, Ints, Ints, Ints]:
        following = at + 1 + skip
        fine = np.flatnonzero(following < len(words))
        fine = fine[self.inner[words[following[fine]]]]  # few are
        fine = fine[(used[fine] + skip <= gap) & (group[following[fine]] == group[start[fine]])]
        start, following, state, used = start[fine], following[fine], state[fine], used[fine]
        keys = state * len(self.first) + words[following]
        place = np.minimum(np.searchsorted(self.keys, keys), max(len(self.keys) - 1, 0))
        hit = self.keys[place] == keys if len(self.keys) else np.zeros(len(keys), np.bool_)
        return start[hit], following[hit], self.targets[place[hit]], used[hit] + skip


def leftmost_longest(hits: Hits, *, rounds: int = 6) -> Hits:
    """Keep hits that do not overlap: from the left, the longest one first.

    Chains of overlaps are settled link by link; after ``rounds`` links the undecided rest is dropped, so that the cost
    stays linear in texts made to break it.
    """
    order = np.lexsort((-hits.end, hits.start))
    hits = hits.where(order)
    hits = hits.where(np.flatnonzero(np.diff(hits.start, prepend=-1) > 0))
    kept: list[Hits] = []
    for _ in range(rounds):
        if not len(hits):
            break
        reach = np.maximum.accumulate(np.concatenate(([-1], hits.end[:-1])))
        free = hits.start > reach
        kept.append(hits.where(free))
        covered = np.maximum.accumulate(np.where(free, hits.end, -1))
        hits = hits.where(~free & (hits.start > covered))
    if not kept:
        return hits
    parts = (np.concatenate([getattr(k, name) for k in kept]) for name in ("start", "end", "phrase", "gaps"))
    merged = Hits(*parts)
    return merged.where(np.argsort(merged.start, kind="stable"))
