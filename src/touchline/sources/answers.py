"""Scores, as people write them: ``9``, ``9 - likely``, ``4/5``, ``8,5``, ``★★★★``, ``Very satisfied``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_STARS: Final = re.compile(r"([★⭐\ufe0f]+)([☆✩]*)$")
_NUMBER: Final = r"([+-]?\d+(?:[.,]\d+)?)"
_OF: Final = re.compile(_NUMBER + r"\s*(?:/|out of|of|von|sur|de)\s*(\d+)\s*(?:stars?|points?|sterne)?$", re.IGNORECASE)
_LED: Final = re.compile(_NUMBER + r"(?:\s*[-–—:=.)(]+\s*|\s+)[^\d\s].*$|" + _NUMBER + r"$", re.DOTALL)
_ENDED: Final = re.compile(r"[^\d]+[(\[:=-]\s*" + _NUMBER + r"\s*[)\]]?$")
_PERCENT: Final = re.compile(_NUMBER + r"\s*%$")
_WORDS: Final = {
    word: float(value)
    for value, words in enumerate(
        (
            """very dissatisfied; extremely dissatisfied; very unsatisfied; very poor; terrible; awful; very bad;
            strongly disagree; very difficult; sehr unzufrieden; tres insatisfait; muy insatisfecho""",
            """dissatisfied; unsatisfied; somewhat dissatisfied; poor; bad; disagree; difficult; unzufrieden;
            insatisfait; insatisfecho""",
            """neutral; neither satisfied nor dissatisfied; neither agree nor disagree; neither; ok; okay; fair;
            average; neither easy nor difficult; teils teils; neutre""",
            "satisfied; somewhat satisfied; good; agree; easy; zufrieden; satisfait; satisfecho",
            """very satisfied; extremely satisfied; excellent; very good; strongly agree; very easy; great;
            sehr zufrieden; tres satisfait; très satisfait; muy satisfecho""",
        ),
        1,
    )
    for word in " ".join(words.split()).split("; ")
}
#: The scales that surveys use, narrowest first.
_SCALES: Final = ((1.0, 5.0), (0.0, 5.0), (1.0, 7.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))


#: More of a column's cells than this are no strays: they belong to a wider scale.
_MOST_STRAY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Score:
    """A value and, where the cell tells it, the scale's top."""

    value: float
    top: float | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """The range that a column's values fit, and what share of them could be read and lies in it."""

    low: float
    high: float
    share: float


def parse_score(text: str) -> Score | None:
    """Read one score, or say that it is none.

    >>> parse_score("9 - very likely"), parse_score("4/5"), parse_score("8,5").value
    (Score(value=9.0, top=None), Score(value=4.0, top=5.0), 8.5)
    >>> parse_score("★★★★☆"), parse_score("Very satisfied").value, parse_score("pending") is None
    (Score(value=4.0, top=5.0), 5.0, True)
    """
    text = text.strip()
    if found := _STARS.match(text):
        full, empty = found[1].replace("\ufe0f", ""), found[2]
        return Score(float(len(full)), float(len(full + empty)) if empty else 5.0)
    if found := _OF.match(text):
        return Score(_float(found[1]), _float(found[2]))
    if found := _PERCENT.match(text):
        return Score(_float(found[1]), 100.0)
    if found := _LED.match(text) or _ENDED.match(text):
        return Score(_float(next(g for g in found.groups() if g)))
    word = _WORDS.get(text.casefold().strip(" .!"))
    return Score(word, 5.0) if word is not None else None


def find_scale(values: list[str], cells: Sequence[int] = ()) -> Scale | None:
    """The narrowest usual scale that holds all but stray values of a column; None if most are no scores.

    Args:
        values: The different values.
        cells: How many cells hold each; one, by default. A value is a stray only where few cells hold it.

    >>> find_scale(["1", "5", "4", "3"])
    Scale(low=1.0, high=5.0, share=1.0)
    >>> find_scale(["3", "6", "1", "2", "4"], [4, 3, 2, 2, 1])  # a quarter of the cells say 6
    Scale(low=1.0, high=7.0, share=1.0)
    """
    held = dict(zip(values, cells or [1] * len(values), strict=True))
    scores = [parse_score(v) for v in values]
    read = [s for s in scores if s is not None]
    if len(read) < 0.8 * len(values) or not read:
        return None
    tops = {s.top for s in read if s.top}
    if {s.value for s in read} == {0.0, 1.0} and not tops:
        return Scale(0.0, 1.0, len(read) / len(values))
    allowed = max(1, int(0.1 * len(read))) if len(read) >= 5 else 0
    for low, high in _SCALES:
        if tops and high < max(tops):
            continue
        outside = [v for v, s in zip(values, scores, strict=True) if s is not None and not low <= s.value <= high]
        strays = len(outside)
        if cells and sum(held[v] for v in outside) > _MOST_STRAY * sum(cells):
            continue
        if strays <= allowed and (not strays or high in {5.0, 7.0, 10.0}):
            return Scale(low, high, (len(read) - strays) / len(values))
    return None


def read_scores(cells: pa.StringArray, high: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read a column of scores.

    Args:
        cells: Text, trimmed, NULL where missing.
        high: The scale's top; a cell that tells another one (``4/10`` on a scale to 5) is bad.

    Returns:
        float64 values (NaN where missing or bad) and a mask of the bad.
    """
    nulls = cells.is_null().to_numpy(zero_copy_only=False)
    try:
        values = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        coded = cells.dictionary_encode()
        table = np.array([*(_value(str(v), high) for v in coded.dictionary.to_pylist()), math.nan])
        values = table[coded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)]
    return values, ~np.isfinite(values) & ~nulls


def _value(text: str, high: float | None) -> float:
    score = parse_score(text)
    if score is None or (score.top is not None and high is not None and score.top != high):
        return math.nan
    return score.value


def _float(text: str) -> float:
    return float(text.replace(",", "."))
