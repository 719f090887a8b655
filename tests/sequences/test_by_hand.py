"""What the benchmarks time ours against says the same as ours."""

from __future__ import annotations

from pathlib import Path

from benchmarks import near_limit_trouble
from benchmarks.indexing import journeys


def test_trouble_by_hand_has_the_same_numbers(tmp_path: Path) -> None:
    near_limit_trouble.check(near_limit_trouble.with_words(journeys(tmp_path, 20_000)))
