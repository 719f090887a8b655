"""Texts as the small model sees them: rows of words, hashed pairs, a few counts. Made by the reader's own code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.features import Lexical, Stream, stream
from touchline.understanding.fast.words import PIECE, WORD, lowered, plain, weight_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def vocabulary(texts: Iterable[str], *, least: int, always: Iterable[str] = ()) -> list[str]:
    """Return the words that get a row of their own, by frequency: those met often enough, and some in any case."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(plain(piece) for piece in PIECE.findall(lowered(text)) if not piece.isspace())
    counts.pop("", None)
    chosen = [word for word, n in counts.most_common() if n >= least and (weight_of(word) == WORD or len(word) <= 2)]
    known = set(chosen)
    return chosen + [word for word in dict.fromkeys(always) if word not in known]


@dataclass(frozen=True, slots=True)
class Examples:
    """Sparse features of stretches of text, and of the whole texts around them.

    Attributes:
        words: Rows of words per example, as (indptr, indices).
        pairs: Hashed pairs per example, the same way.
        dense: Counts, shape (examples, `touchline.understanding.fast.features.DENSE`).
    """

    words: tuple[Ints, Ints]
    pairs: tuple[Ints, Ints]
    dense: Floats

    def __len__(self) -> int:
        """How many."""
        return len(self.dense)


def examples(texts: Sequence[str], spans: Sequence[tuple[int, int]] | None, lexical: Lexical) -> Examples:
    """Return the features of one stretch of each text (``spans``, by characters), or of each text whole."""
    said: Stream = stream(texts, lexical)
    keep = np.ones(len(said.text), dtype=np.bool_)
    if spans is not None:
        low, high = np.array(spans, dtype=np.int64).reshape(-1, 2).T
        start = said.start
        keep = (start >= low[said.text]) & (start < high[said.text])
    return Examples(
        _lists(said.row[keep], said.text[keep], len(texts)),
        _lists(*said.pairs_of(keep), len(texts)),
        said.dense(said.text, np.bincount(said.text[keep], minlength=len(texts)), keep),
    )


def _lists(values: Ints, of: Ints, many: int) -> tuple[Ints, Ints]:
    return np.concatenate(([0], np.cumsum(np.bincount(of, minlength=many)))), values
