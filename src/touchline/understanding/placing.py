"""Adds up what the taxonomy's phrases say: stage evidence, touchpoint and theme by mention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.matching import Hits
from touchline.understanding.stages import THEME_LEAST, StageModel

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Evidence of one phrase is multiplied by SCALE; a sum grows no further than SCALE * ROOF. Both were fitted so that
#: softmax(evidence) is right as often as it says on sentences written for the tests.
SCALE: Final = 1.8
ROOF: Final = 6.0
SURE: Final = 0.55
TOUCHPOINT_LEAST: Final = 0.6
#: A theme needs more words to be named in a mention that is neither good nor bad.
NEUTRAL_THEME: Final = 0.8


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Which phrases of the taxonomy occur in which group (a clause or a mention), each pair once.

    Attributes:
        group: Number of the group.
        hit: The strongest hit of the pair.
        weight: Its weight.
        matrix: The same as a sparse matrix, shape (groups, phrases).
    """

    group: Ints
    hit: Ints
    weight: Floats
    matrix: Any


def occurrences(hits: Hits, group: Ints, groups: int, weight: Floats, phrases: int) -> Occurrences:
    """Group hits; a phrase counts once per group, with its greatest weight.

    Args:
        hits: The hits.
        group: Group of each hit.
        groups: How many groups there are.
        weight: Weight of each hit.
        phrases: How many phrases there are.
    """
    from scipy.sparse import csr_matrix

    pair = group * phrases + hits.phrase
    order = np.argsort(pair, kind="stable")
    new = np.diff(pair[order], prepend=-1) > 0
    if not new.all():
        order = np.lexsort((-weight, pair))[new]
    rows, columns, data = group[order], hits.phrase[order], weight[order]
    ends = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=groups))))
    return Occurrences(rows, order, data, csr_matrix((data, columns, ends), shape=(groups, phrases)))


def stage_evidence(found: Occurrences, model: StageModel) -> Floats:
    """Log-likelihood of each stage, shape (groups, stages); 0 for a stage that nothing speaks of."""
    raw: Floats = found.matrix @ model.stage
    top = raw.max(axis=1, keepdims=True, initial=0.0)
    return np.asarray(SCALE * raw / (1 + top / ROOF), np.float64)


def sure_stage(evidence: Floats) -> Ints:
    """Stage that each row surely speaks of, -1 for none."""
    weight = np.exp(evidence - evidence.max(axis=1, keepdims=True, initial=0.0))
    share = weight.max(axis=1, initial=0.0) / weight.sum(axis=1)
    return np.where(share >= SURE, evidence.argmax(axis=1), -1)


def touchpoints(found: Occurrences, model: StageModel, evidence: Floats) -> Ints:
    """Best touchpoint of the stage that the words favour, as a column; the last column is "none"."""
    none = len(model.touchpoint_ids) - 1
    if not none:
        return np.zeros(len(evidence), np.int64)
    score: Floats = found.matrix @ model.touchpoint
    said = np.flatnonzero(score.max(axis=1) >= TOUCHPOINT_LEAST)  # few are: the others need no more of a look
    score = score[said]
    score[model.stage_of_touchpoint[None, :] != evidence[said].argmax(axis=1)[:, None]] = 0.0
    best = np.full(len(evidence), none, np.int64)
    best[said] = np.where(score.max(axis=1) >= TOUCHPOINT_LEAST, score.argmax(axis=1), none)
    return best


def themes(found: Occurrences, model: StageModel, sentiment: Ints) -> Ints:
    """Best theme that the mention's sentiment does not contradict, as a column; the last column is "none"."""
    none = len(model.theme_ids) - 1
    if not none:
        return np.zeros(len(sentiment), np.int64)
    score: Floats = found.matrix @ model.theme
    said = np.flatnonzero(score.max(axis=1) >= THEME_LEAST)
    score, sign = score[said], sentiment[said]
    score[model.pain[None, :] & (sign > 0)[:, None]] = 0.0
    score[~model.pain[None, :] & (sign < 0)[:, None]] = 0.0
    least = THEME_LEAST + np.where(sign == 0, NEUTRAL_THEME, 0.0)
    best = np.full(len(sentiment), none, np.int64)
    best[said] = np.where(score.max(axis=1) >= least, score.argmax(axis=1), none)
    return best
