"""One kind of label judged: scores, confusion, calibration, what there is to beat, the worst mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from touchline.evaluation.calibration import Calibration, calibration
from touchline.evaluation.metrics import (
    REPLICATES,
    Estimate,
    accuracy,
    confusion,
    difference,
    estimate,
    f1,
    macro_f1,
    precision,
    recall,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Class:
    """One class: how many rows are it and were taken for it; the rest is NaN where it cannot be told."""

    name: str
    n: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """Another reader on the same rows, and how much better we are (``gain``, of macro-F1)."""

    name: str
    accuracy: Estimate
    macro_f1: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Judged:
    """One kind of label, judged.

    Attributes:
        label: Its kind: ``stage``, ``sentiment`` ...
        n: Rows that carry it.
        accuracy: Share right.
        macro_f1: Mean F1 of the classes that are there or were predicted.
        classes: Those classes, in the vocabulary's order.
        confusion: What they are (down) and were taken for (across), in the order of ``classes``.
        calibration: Of the confidence; None for kinds that have none.
        baselines: What there is to beat.
        wrong: Rows that are wrong, the most confident first, as places in what was judged.
    """

    label: str
    n: int
    accuracy: Estimate
    macro_f1: Estimate
    classes: tuple[Class, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration | None
    baselines: tuple[Baseline, ...]
    wrong: tuple[int, ...]


def judge(
    label: str,
    names: Sequence[str],
    gold: Ints,
    predicted: Ints,
    *,
    confidence: Floats | None = None,
    sure_of: npt.NDArray[np.bool_] | None = None,
    baselines: Mapping[str, Ints] | None = None,
    replicates: int = REPLICATES,
) -> Judged:
    """Judge what was predicted of rows whose label is known.

    Args:
        label: Its kind.
        names: Names of the classes, k of them.
        gold: Class code of each row, shape (n,).
        predicted: The code that was predicted, same shape.
        confidence: Of each prediction, 0 to 1; None where there is none.
        sure_of: Which rows the confidence speaks of; None is all. The others' mistakes come last.
        baselines: Name to what another reader predicted.
        replicates: Bootstrap samples behind the intervals.
    """
    counts = confusion(gold, predicted, len(names))
    met = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    speaks = np.ones(len(gold), dtype=np.bool_) if sure_of is None else sure_of
    right = gold == predicted
    rank = np.zeros(len(gold)) if confidence is None else np.where(speaks, confidence, -1.0)
    wrong = np.flatnonzero(~right)
    return Judged(
        label=label,
        n=len(gold),
        accuracy=estimate(accuracy, counts, replicates=replicates),
        macro_f1=estimate(macro_f1, counts, replicates=replicates),
        classes=_classes(names, counts, met),
        confusion=tuple(tuple(int(n) for n in counts[row, met]) for row in met),
        calibration=None if confidence is None else calibration(confidence[speaks], right[speaks]),
        baselines=tuple(
            _baseline(name, gold, predicted, other, len(names), replicates) for name, other in (baselines or {}).items()
        ),
        wrong=tuple(int(i) for i in wrong[np.argsort(-rank[wrong], kind="stable")]),
    )


def _classes(names: Sequence[str], counts: Ints, met: Ints) -> tuple[Class, ...]:
    rows, taken = counts.sum(axis=1), counts.sum(axis=0)
    scores = precision(counts), recall(counts), f1(counts)
    return tuple(Class(names[i], int(rows[i]), int(taken[i]), *(float(score[i]) for score in scores)) for i in met)


def _baseline(name: str, gold: Ints, ours: Ints, theirs: Ints, classes: int, replicates: int) -> Baseline:
    counts = confusion(gold, theirs, classes)
    return Baseline(
        name,
        estimate(accuracy, counts, replicates=replicates),
        estimate(macro_f1, counts, replicates=replicates),
        difference(macro_f1, gold, ours, theirs, classes, replicates=replicates),
    )
