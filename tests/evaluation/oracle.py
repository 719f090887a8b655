"""Scores by the book: loops over rows, no arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

Codes = Sequence[int]


def confusion(gold: Codes, predicted: Codes, classes: int) -> list[list[int]]:
    pairs = Counter(zip(gold, predicted, strict=True))
    return [[pairs[is_, taken] for taken in range(classes)] for is_ in range(classes)]


def accuracy(gold: Codes, predicted: Codes) -> float:
    return sum(a == b for a, b in zip(gold, predicted, strict=True)) / len(gold) if gold else math.nan


def scores_of(which: int, gold: Codes, predicted: Codes) -> tuple[float, float, float]:
    """Precision, recall and F1 of one class; NaN where there is nothing to divide by."""
    rows = list(zip(gold, predicted, strict=True))
    hits = sum(a == b == which for a, b in rows)
    found = sum(b == which for _, b in rows)
    there = sum(a == which for a, _ in rows)
    precision = hits / found if found else math.nan
    recall = hits / there if there else math.nan
    if not found and not there:
        return precision, recall, math.nan
    if not hits:
        return precision, recall, 0.0
    return precision, recall, 2 * precision * recall / (precision + recall)


def macro_f1(gold: Codes, predicted: Codes) -> float:
    met = sorted({*gold, *predicted})
    return sum(scores_of(c, gold, predicted)[2] for c in met) / len(met) if met else math.nan


def ece(confidence: Sequence[float], right: Sequence[bool], bins: int) -> float:
    """Expected calibration error over bins (b/B, (b+1)/B], the first of them closed below."""
    total = 0.0
    for b in range(bins):
        inside = [
            (c, r)
            for c, r in zip(confidence, right, strict=True)
            if (b / bins < c <= (b + 1) / bins) or (b == 0 and c == 0)
        ]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            share = sum(r for _, r in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(mean - share)
    return total
