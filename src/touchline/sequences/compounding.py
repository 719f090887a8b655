"""Compounding: does trouble at one stage come with trouble at a later one, whatever it was about?

Of customers with a scored interaction about A and later one about B: negative at A if any of theirs about A before the
first later one about B is negative, negative at B if any about B from there on is. Compounding is

    P(negative at B | negative at A) - P(negative at B | not negative at A)

Where both stages are of the journey's order, A is the earlier one; else both directions are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Spoken:
    """When customers spoke of a stage, with a score; rows, and of customers without one the number of all rows or -1.

    Attributes:
        rows: Those about the stage, ascending.
        first: Each customer's first of them, shape (customers,).
        last: The last.
        first_bad: The first negative one.
        last_bad: The last negative one.
    """

    rows: Ints
    first: Ints
    last: Ints
    first_bad: Ints
    last_bad: Ints


def _spoken(journeys: Journeys, scored: Bools, bad: Bools, code: int) -> _Spoken:
    about = (journeys.coded("about").codes == code) & scored
    rows = np.flatnonzero(about)
    return _Spoken(rows, *_ends(journeys, rows), *_ends(journeys, np.flatnonzero(about & bad)))


def _ends(journeys: Journeys, rows: Ints) -> tuple[Ints, Ints]:
    owner = journeys.owner[rows]
    first, last = np.full(journeys.customers, len(journeys)), np.full(journeys.customers, -1)
    first[owner[::-1]] = rows[::-1]  # of several the one that is put there last stays
    last[owner] = rows
    return first, last


def sides(journeys: Journeys, pairs: list[tuple[int, int]]) -> list[tuple[Ints, Bools, Bools]]:
    """Return, for each pair, the numbers of the customers asked, and whether each was negative at A and at B."""
    s = signs(journeys)
    scored, bad = s != NO_SIGN, (s < 0) & (s != NO_SIGN)
    spoken = {code: _spoken(journeys, scored, bad, code) for code in {code for pair in pairs for code in pair}}
    found = []
    for a, b in pairs:
        one, other = spoken[a], spoken[b]
        asked = np.flatnonzero(one.first < other.last)
        begin, bad_at_a = one.first[asked], one.first_bad[asked]
        at_a = bad_at_a == begin
        later = np.flatnonzero(~at_a & (bad_at_a < other.last[asked]))  # it may yet be before the first about B
        cut = other.rows[np.searchsorted(other.rows, begin[later])]
        at_a[later] = bad_at_a[later] < cut
        found.append((asked, at_a, other.last_bad[asked] > begin))
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
