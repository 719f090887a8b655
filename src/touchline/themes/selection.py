"""Which candidates found themes: the fewest that speak for the most customers, one after another.

A *unit* is a candidate on one side: said of pain or of delight. Words that are neither count on the side where more
customers say the candidate; where hardly anyone says it with a feeling, all of it is a *topic*. First the phrases,
which say more than words; then single words for what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.themes.candidates import Terms

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: A phrase joins the theme of another when this share of its mentions say that one too.
WITHIN: Final = 0.5
#: A word of a theme's anchor joins it only when nearly all its mentions are the theme's.
WORD_WITHIN: Final = 0.8
#: A candidate of fewer mentions on its side joins nothing: that it says the same may be chance.
SPOKEN: Final = 5
#: A sentence that is sent again and again is one wording; a theme is what is said in several.
WORDINGS: Final = 3
#: A phrase says more than a word, so it needs only this share of the customers, but so many of them.
PHRASE: Final = 0.5
PEOPLE: Final = 5
#: A candidate takes a side when this share of its customers, and so many of them, say it with a feeling.
FELT: Final = 0.1
FEELING: Final = 3
PAIN, DELIGHT, TOPIC = 0, 1, 2
SIDES: Final = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """One theme to be founded.

    Attributes:
        anchor: Candidate that founded it.
        others: Candidates that joined, those of most customers first.
        side: `PAIN`, `DELIGHT` or `TOPIC`.
    """

    anchor: int
    others: tuple[int, ...]
    side: int


@dataclass(slots=True)
class _Units:
    """Occurrences of units in mentions, sorted by unit, and the same sorted by mention."""

    unit: Ints
    mention: Ints
    pair: Ints
    of_pair: Ints
    first: Ints
    by_mention: Ints
    start: Ints


def choose(terms: Terms, sentiment: Ints, customer: Ints, wording: Ints, covered: Bools, least: int) -> list[Chosen]:
    """Choose the themes to found, in order.

    Args:
        terms: Candidates and where they occur.
        sentiment: -1, 0 or 1 of each mention.
        customer: Customer of each mention, numbered from 0.
        wording: Number of the words of each mention: equal for equal ones.
        covered: Whether a mention has a theme already.
        least: Customers without a theme so far that a new one needs; see also `for_a_phrase`.
    """
    if not len(terms.term):
        return []
    count = SIDES * len(terms.phrase)
    units = _units(
        terms.term * SIDES + _sides(terms, sentiment, customer), terms.mention, customer, count, len(sentiment)
    )
    left = np.bincount(units.pair, minlength=len(units.of_pair))
    size = np.diff(units.first)
    length = np.array([len(p) for p in terms.phrase], np.int64).repeat(SIDES)
    value = np.where(length > 1, 0.5 + terms.together.repeat(SIDES), 1.0) * (1 + 0.25 * (length > 2))
    worded = _distinct(units.unit, wording[units.mention], count) >= WORDINGS
    open_ = np.ones(count, np.bool_)
    done = covered.copy()
    _cover(units, np.flatnonzero(covered), left)
    people = np.bincount(units.of_pair[left > 0], minlength=count)
    chosen: list[Chosen] = []
    for phrases in (True, False):
        mine = ((length > 1) == phrases) & worded
        enough = for_a_phrase(least) if phrases else least
        while True:
            score = np.where(mine & open_ & (people >= enough), people * value, 0.0)
            best = int(score.argmax())
            if not score[best]:
                break
            others = _joining(units, best, open_, size, length, terms) if phrases else ()
            open_[[best, *others]] = False
            rows = [units.mention[units.first[u] : units.first[u + 1]] for u in (best, *others)]
            fresh = np.unique(np.concatenate(rows))
            fresh = fresh[~done[fresh]]
            done[fresh] = True
            people -= np.bincount(_cover(units, fresh, left), minlength=count)
            chosen.append(Chosen(best // SIDES, tuple(u // SIDES for u in others), best % SIDES))
    return chosen


def for_a_phrase(least: int) -> int:
    """Return how many customers a phrase needs where a word needs so many.

    >>> for_a_phrase(40), for_a_phrase(8), for_a_phrase(3)
    (20, 5, 3)
    """
    return max(min(PEOPLE, least), math.ceil(PHRASE * least))


def _distinct(group: Ints, value: Ints, groups: int) -> Ints:
    """Count the distinct values of each group."""
    most = int(value.max(initial=0)) + 1
    counts: Ints = np.bincount(np.unique(group * most + value) // most, minlength=groups)
    return counts


def _sides(terms: Terms, sentiment: Ints, customer: Ints) -> Ints:
    """Side of each occurrence; where the mention takes none, that of more customers who do."""
    count, sign, who = len(terms.phrase), sentiment[terms.mention], customer[terms.mention]
    pain, delight = (_distinct(terms.term[felt], who[felt], count) for felt in (sign < 0, sign > 0))
    everyone = _distinct(terms.term, who, count)
    common = np.where(delight > pain, DELIGHT, PAIN)
    felt = np.where(sign < 0, PAIN, np.where(sign > 0, DELIGHT, common[terms.term]))
    topic = np.maximum(pain, delight) < np.maximum(FEELING, FELT * everyone)
    return np.where(topic[terms.term], TOPIC, felt)


def _units(unit: Ints, mention: Ints, customer: Ints, count: int, mentions: int) -> _Units:
    order = np.lexsort((mention, unit))
    unit, mention = unit[order], mention[order]
    people = int(customer.max(initial=0)) + 1
    pairs, pair = np.unique(unit * people + customer[mention], return_inverse=True)
    by_mention = np.argsort(mention, kind="stable")
    return _Units(
        unit=unit,
        mention=mention,
        pair=pair.astype(np.int64),
        of_pair=pairs // people,
        first=np.searchsorted(unit, np.arange(count + 1)).astype(np.int64),
        by_mention=by_mention,
        start=np.searchsorted(mention[by_mention], np.arange(mentions + 1)).astype(np.int64),
    )


def _cover(units: _Units, mentions: Ints, left: Ints) -> Ints:
    """Take mentions away; return the unit of each (unit, customer) pair that has none left, once each."""
    count = units.start[mentions + 1] - units.start[mentions]
    inner = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    at = units.by_mention[np.repeat(units.start[mentions], count) + inner]
    pairs, taken = np.unique(units.pair[at], return_counts=True)
    left[pairs] -= taken
    gone: Ints = units.of_pair[pairs[left[pairs] == 0]]
    return gone


def _joining(units: _Units, best: int, open_: Bools, size: Ints, length: Ints, terms: Terms) -> tuple[int, ...]:
    """Return the open units of the same side that say what a phrase says: its words, or mostly in its mentions."""
    said = units.mention[units.first[best] : units.first[best + 1]]
    count = units.start[said + 1] - units.start[said]
    inner = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    beside = units.unit[units.by_mention[np.repeat(units.start[said], count) + inner]]
    near, shared = np.unique(beside, return_counts=True)
    fine = open_[near] & (near % SIDES == best % SIDES) & (near != best)
    words = set(terms.phrase[best // SIDES])
    part = np.array([length[u] > 1 or terms.phrase[u // SIDES][0] in words for u in near.tolist()], np.bool_)
    within = np.where(length[near] > 1, WITHIN, WORD_WITHIN)
    joins = near[fine & part & (size[near] >= SPOKEN) & (shared >= within * size[near])].tolist()
    same = [
        unit
        for unit, phrase in zip(range(best % SIDES, len(open_), SIDES), terms.phrase, strict=True)
        if len(phrase) > 1 and set(phrase) == words and open_[unit] and unit != best and size[unit]
    ]
    return tuple(sorted({*joins, *same}, key=lambda u: (-size[u], terms.phrase[u // SIDES])))
