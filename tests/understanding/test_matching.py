"""The phrase table finds what a plain search finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchline.understanding.matching import Hits, PhraseTable, leftmost_longest

WORDS = 4
PHRASES = st.lists(
    st.lists(st.integers(1, WORDS), min_size=1, max_size=4).map(tuple), min_size=1, max_size=8, unique=True
)
STREAM = st.lists(st.tuples(st.integers(0, WORDS), st.booleans()), max_size=25)


def stream(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    words = np.array([w for w, _ in pairs], np.int64)
    return words, np.cumsum(np.array([new for _, new in pairs], np.int64))


@given(PHRASES, STREAM, st.integers(0, 1))
def test_every_occurrence_within_a_sentence_is_found(
    phrases: list[tuple[int, ...]], pairs: list[tuple[int, bool]], gap: int
) -> None:
    words, group = stream(pairs)
    hits = PhraseTable.build(phrases, WORDS + 1).find(words, group, gap=gap)
    found = set(zip(hits.start.tolist(), hits.end.tolist(), hits.phrase.tolist(), hits.gaps.tolist(), strict=True))
    assert len(found) == len(hits) or gap  # with a gap, one place may be reached in two ways

    def places(phrase: tuple[int, ...], at: int, left: int) -> set[tuple[int, int]]:
        if at >= len(words) or words[at] != phrase[0]:
            return set()
        if len(phrase) == 1:
            return {(at, left)}
        return {p for skip in range(left + 1) for p in places(phrase[1:], at + 1 + skip, left - skip)}

    wanted = {
        (start, end, number, gap - left)
        for number, phrase in enumerate(phrases)
        for start in range(len(words))
        for end, left in places(phrase, start, gap)
        if group[start] == group[end]
    }
    assert found == wanted


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=10))
def test_overlaps_are_settled_from_the_left_the_longest_first(spans: list[tuple[int, int]]) -> None:
    spans = sorted({(start, start + length) for start, length in spans})
    numbers = np.arange(len(spans))
    starts = np.array([s for s, _ in spans], np.int64)
    ends = np.array([e for _, e in spans], np.int64)
    kept = leftmost_longest(Hits(starts, ends, numbers, np.zeros(len(spans), np.int64)), rounds=20)
    wanted, reach = [], -1
    for start, end in sorted(spans, key=lambda s: (s[0], -s[1])):
        if start > reach:
            wanted.append((start, end))
            reach = end
    assert list(zip(kept.start.tolist(), kept.end.tolist(), strict=True)) == wanted
