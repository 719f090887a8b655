"""Compounding: does trouble at one stage come with trouble at a later one, whatever it was about?

Of customers with a scored interaction about A and later one about B: negative at A if any of theirs about A before the
first later one about B is negative, negative at B if any about B from there on is. Compounding is

    P(negative at B | negative at A) - P(negative at B | not negative at A)

Where both stages are of the journey's order, A is the earlier one; else both directions are asked.
"""

from __future__ import annotations

from itertools import product
from operator import add
from typing import Final

import numpy as np

from touchline.scores.base import HIDDEN_N, Figure
from touchline.scores.cells import hidden_note
from touchline.scores.intervals import benjamini_hochberg, wilson
from touchline.scores.segments import SIGNIFICANT
from touchline.sequences.proportions import newcombe
from touchline.sequences.signs import signs
from touchline.sequences.tabling import table
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.warehouse.index.journeys import NO_SIGN, Bools, Ints, Journeys
from touchline.words import phrase

_COLUMNS: Final = {
    "before": "text", "after": "text", "n": "count", "customers": "count", "troubled": "count", "if_negative": "number",
    "if_negative_low": "number", "if_negative_high": "number", "if_not": "number", "if_not_low": "number",
    "if_not_high": "number", "difference": "number", "low": "number", "high": "number", "p": "number",
    "p_adjusted": "number", "significant": "flag",
}  # fmt: skip


def pairs_of(journeys: Journeys) -> list[tuple[int, int]]:
    """Return the pairs of codes of ``about`` that are asked: earlier and later stage."""
    names = journeys.coded("about").names
    place = {stage: number for number, stage in enumerate(journeys.stages)}
    return [
        (a, b)
        for a, b in product(range(len(names)), repeat=2)
        if a != b
        and UNASSIGNED not in (names[a], names[b])
        and not (names[a] in place and names[b] in place and place[names[a]] > place[names[b]])
    ]


def sides(journeys: Journeys, pairs: list[tuple[int, int]]) -> list[tuple[Ints, Bools, Bools]]:
    """Return, for each pair, the numbers of the customers asked, and whether each was negative at A and at B."""
    codes, s = journeys.coded("about").codes, signs(journeys)
    there = np.flatnonzero((codes >= 0) & (s != NO_SIGN))
    code, bad = codes[there], s[there] < 0
    starts = np.searchsorted(there, journeys.starts)
    begin, end = starts[:-1], starts[1:]
    rows = np.arange(len(there) + 1)
    following: dict[int, Ints] = {}
    negative: dict[int, Ints] = {}
    for stage in {stage for pair in pairs for stage in pair}:
        at = np.append(np.where(code == stage, rows[:-1], len(there)), len(there))
        following[stage] = np.minimum.accumulate(at[::-1])[::-1]
        negative[stage] = np.append(0, np.cumsum((code == stage) & bad))
    found = []
    for a, b in pairs:
        first = following[a][begin]
        cut = following[b][np.minimum(first + 1, len(there))]
        asked = np.flatnonzero((first < end) & (cut < end))
        middle = cut[asked]
        found.append((
            asked,
            negative[a][middle] > negative[a][begin[asked]],
            negative[b][end[asked]] > negative[b][middle],
        ))  # fmt: skip
    return found


def kernel(journeys: Journeys, pairs: list[tuple[int, int]]) -> Ints:
    """Count customers by pair, negative at A, negative at B: shape (pairs, 2, 2)."""
    counted = [np.bincount(2 * at_a + at_b, minlength=4).reshape(2, 2) for _, at_a, at_b in sides(journeys, pairs)]
    return np.array(counted, dtype=np.int64).reshape(len(pairs), 2, 2)


def compounding(journeys: Journeys) -> Figure:
    """Return every pair of stages, those where trouble compounds most first.

    Raises:
        QuestionError: There is no column ``about`` or ``s``.
    """
    names = journeys.coded("about").names
    every = pairs_of(journeys)
    counted = journeys.counted(lambda part: kernel(part, every), add)
    kept = np.flatnonzero(counted.sum(axis=(1, 2)))
    pairs, counted = [every[number] for number in kept], counted[kept]
    n = counted.sum(axis=2)
    enough = (n >= HIDDEN_N).all(axis=1)
    given, given_low, given_high = wilson(counted[:, 1, 1], n[:, 1])
    without, without_low, without_high = wilson(counted[:, 0, 1], n[:, 0])
    difference, low, high, p = (
        np.where(enough, x, np.nan) for x in newcombe(counted[:, 1, 1], n[:, 1], counted[:, 0, 1], n[:, 0])
    )
    adjusted = benjamini_hochberg(p)
    order = sorted(range(len(pairs)), key=lambda i: (np.isnan(difference[i]), -np.nan_to_num(difference[i]), pairs[i]))
    rows = [
        {
            "before": names[pairs[i][0]], "after": names[pairs[i][1]], "n": int(n[i].sum()),
            "customers": int(n[i].sum()), "troubled": int(n[i, 1]), "if_negative": given[i],
            "if_negative_low": given_low[i], "if_negative_high": given_high[i], "if_not": without[i],
            "if_not_low": without_low[i], "if_not_high": without_high[i], "difference": difference[i], "low": low[i],
            "high": high[i], "p": p[i], "p_adjusted": adjusted[i], "significant": bool(adjusted[i] < SIGNIFICANT),
        }
        for i in order
    ]  # fmt: skip
    made = table(rows, _COLUMNS)
    shown = [pairs[i] for i in order]
    return Figure(
        "compounding",
        made,
        phrase(
            "Of customers with a scored interaction about one stage (before) and later one about "
            "another (after): the share who are negative there, if they were negative before "
            "(troubled customers) and if they were not, with Wilson's 95 % intervals; their "
            "difference with Newcombe's; p-values are corrected over all pairs "
            "(Benjamini-Hochberg)."
        ),
        hidden_note(made["hidden"].to_numpy()),
        {"pairs": len(rows), "significant": sum(bool(row["significant"]) for row in rows)},
        behind=lambda row: _behind(journeys, shown[row]),
    )


def _behind(journeys: Journeys, pair: tuple[int, int]) -> Ints:
    """Return the customers who are negative at both."""
    who, at_a, at_b = sides(journeys, [pair])[0]
    keys: Ints = journeys.keys[who[at_a & at_b]]
    return keys
