"""Touches: what one conversation says about one stage, counted once.

Scores, mentions and proxies of a conversation meet at their stage. The score decides, else the dominating sentiment
of the mentions, else the proxy; negative wins a tie. Its time is the customer's first words or answer there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.vocabulary.coded import Bools, Floats, Ints

SCORED, SAID, SHOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Said:
    """Mentions that may count, in (timeline row, mention) order."""

    row: Ints
    stage: Ints
    sentiment: Ints
    severity: Floats
    confidence: Floats
    effort: Ints  # 1 high, -1 low, 0 none
    resolution: Ints  # 1 resolved, -1 unresolved, 0 not applicable


@dataclass(frozen=True, slots=True)
class Scored:
    """Signed answers at their stage."""

    row: Ints
    stage: Ints
    sign: Ints
    primary: Bools


@dataclass(frozen=True, slots=True)
class Touches:
    """One row per conversation and stage.

    Attributes:
        first: Timeline row of the customer's first words or answer there.
        stage: Stage code; -1 is unassigned.
        s: -1, 0, +1.
        basis: `SCORED`, `SAID` or `SHOWN`: what decided.
        severity: 1 unless s = -1.
        confidence: 1 of a score or a proxy, else the heaviest mention's.
        heaviest: Index of the heaviest mention, negative first; -1 where there was none.
        effort: 1 high, -1 low, 0 none.
        resolution: The last word on it: 1 resolved, -1 unresolved, 0 not applicable.
        mentions: How many mentions.
        contradiction: The score and the words point apart.
    """

    first: Ints
    stage: Ints
    s: Ints
    basis: Ints
    severity: Floats
    confidence: Floats
    heaviest: Ints
    effort: Ints
    resolution: Ints
    mentions: Ints
    contradiction: Bools


def gather(conversation: Ints, scored: Scored, said: Said, shown: Scored, stages: int) -> Touches:
    """Gather scores, mentions and proxies into touches.

    Args:
        conversation: Dense conversation number of every timeline row.
        scored: Signed answers.
        said: Mentions.
        shown: Proxies' signals (``primary`` is not looked at).
        stages: How many stages the taxonomy has.
    """
    parts = (scored, said, shown)
    row = np.concatenate([part.row for part in parts])
    stage = np.concatenate([part.stage for part in parts])
    key = conversation[row] * (stages + 1) + stage + 1
    keys, group = np.unique(key, return_inverse=True)
    count = len(keys)
    of_score, of_word, of_proxy = np.split(group, np.cumsum([len(part.row) for part in parts])[:2])
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, group, row)

    s_score = _score_sign(of_score, scored, count)
    has_score = np.bincount(of_score, minlength=count) > 0
    s_word, heaviest = _dominating(of_word, said, count)
    mentions = np.bincount(of_word, minlength=count)
    s_proxy = _towards_zero(of_proxy, shown.sign, count)

    s = np.where(has_score, s_score, np.where(mentions > 0, s_word, s_proxy))
    worst = np.ones(count)
    bad = said.sentiment < 0
    if bad.any():
        worst = np.full(count, -np.inf)
        np.maximum.at(worst, of_word[bad], said.severity[bad])
        worst = np.where(np.isinf(worst), 1.0, worst)
    certainty = np.append(said.confidence, 1.0)[heaviest]
    return Touches(
        first=first,
        stage=keys % (stages + 1) - 1,
        s=s,
        basis=np.where(has_score, SCORED, np.where(mentions > 0, SAID, SHOWN)),
        severity=np.where(s == -1, worst, 1.0),
        confidence=np.where(has_score | (mentions == 0), 1.0, certainty),
        heaviest=heaviest,
        effort=_strongest(of_word, said.effort, count),
        resolution=_last(of_word, said.row, said.resolution, count),
        mentions=mentions,
        contradiction=has_score & (s_score * s_word < 0) & (mentions > 0),
    )


def _towards_zero(group: Ints, sign: Ints, count: int) -> Ints:
    """Return the mean sign of each group, rounded towards 0."""
    n = np.bincount(group, minlength=count)
    total = np.bincount(group, weights=sign, minlength=count)
    return np.trunc(total / np.maximum(n, 1)).astype(np.int64)


def _score_sign(group: Ints, scored: Scored, count: int) -> Ints:
    """Return the sign of the primary question, else of the mean of all."""
    main = scored.primary
    has_main = np.bincount(group[main], minlength=count) > 0
    return np.where(
        has_main,
        _towards_zero(group[main], scored.sign[main], count),
        _towards_zero(group, scored.sign, count),
    )


def _dominating(group: Ints, said: Said, count: int) -> tuple[Ints, Ints]:
    """Return the sentiment with most weight, negative winning a tie, and the heaviest mention of each group."""
    weight = said.severity * said.confidence
    mass = [
        np.bincount(group[said.sentiment == sign], weights=weight[said.sentiment == sign], minlength=count)
        for sign in (-1, 1)
    ]
    s = np.where((mass[0] > 0) & (mass[0] >= mass[1]), -1, np.where(mass[1] > 0, 1, 0))
    heavy = np.where(said.sentiment == 0, 0.0, weight)
    ranked = np.lexsort((np.arange(len(group)), said.sentiment, -heavy, group))
    heaviest = np.full(count, -1, dtype=np.int64)
    groups, at = np.unique(group[ranked], return_index=True)
    heaviest[groups] = ranked[at]
    return s, heaviest


def _strongest(group: Ints, value: Ints, count: int) -> Ints:
    """Return 1 where any is 1, else -1 where any is -1, else 0."""
    high = np.bincount(group[value == 1], minlength=count) > 0
    low = np.bincount(group[value == -1], minlength=count) > 0
    return np.where(high, 1, np.where(low, -1, 0))


def _last(group: Ints, row: Ints, value: Ints, count: int) -> Ints:
    """Return the last value of each group that is not 0."""
    told = np.flatnonzero(value != 0)
    out = np.zeros(count, dtype=np.int64)
    ranked = told[np.lexsort((told, row[told]))]
    out[group[ranked]] = value[ranked]  # later assignments win
    return out
