"""Linear time, on texts made to break it as well. Rates belong to the benchmarks; here only orders of magnitude."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

from touchline.understanding.base import Understander
from touchline.vocabulary.schemas import TEXTS

HARD = {
    "one word of a megabyte": "a" * 1_000_000,
    "only emoji": "😡" * 50_000,
    "control characters": "\x00\x01\x07\x1b" * 25_000,
    "a phrase ten thousand times": "not good but " * 10_000,
    "a sentence ten thousand times": "Late. " * 10_000,
    "overlapping phrases": "still no still not " * 5_000,
    "only marks": ".,;:!?-'" * 12_000,
    "letters and apostrophes": "a'" * 50_000,
    "zero width": "\u200b\u200d\ufeff" * 30_000,
    "right to left": "\u202eمرحبا " * 10_000,
    "lone surrogate": "late \ud800 " * 1000,
}


@pytest.mark.parametrize("name", HARD)
def test_hard_texts_take_50_ms_per_10_kb_at_most(name: str, reader: Understander) -> None:
    text = HARD[name]
    if "surrogate" in name:
        with pytest.raises(UnicodeEncodeError):  # Arrow itself refuses it, so that no such text arrives here
            pa.array([text])
        return
    given = pa.table({"interaction_id": ["x"], "text": [text], "language": [None]}, schema=TEXTS)
    began = time.process_time()
    out = reader.read(given)
    took = time.process_time() - began
    assert 1 <= out.num_rows <= 12
    assert took <= 0.050 * len(text) / 10_000 + 0.05
