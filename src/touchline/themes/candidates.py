"""Phrases that may name a theme: single words and runs of two or three, that enough customers say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.themes.stream import Stream, kinds_of
from touchline.understanding.matching import PhraseTable

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Two words make a phrase when they stand together more often than chance puts them there: normalised pointwise mutual
#: information, 0 for chance and 1 for words that never part.
TOGETHER: Final = 0.15
#: Candidates that are looked at, those of most customers first.
MOST: Final = 8_000


@dataclass(frozen=True, slots=True)
class Terms:
    """Candidates and where they occur.

    Attributes:
        phrase: Stems of each candidate.
        together: How its words belong together, in [0, 1]; 0 for a single word.
        mention: Mention of each occurrence, one per pair of candidate and mention.
        term: Candidate of each occurrence, ascending.
    """

    phrase: tuple[tuple[str, ...], ...]
    together: Floats
    mention: Ints
    term: Ints


def candidates(said: Stream, customer: Ints, least: int) -> Terms:
    """Return the candidates that at least so many customers say.

    Args:
        said: The words of mentions.
        customer: Customer of each mention, numbered from 0.
        least: Customers that a candidate needs.
    """
    if not len(said.stem):
        none = np.empty(0, np.int64)
        return Terms((), np.empty(0), none, none)
    size = len(said.stems)
    member, telling, negation = kinds_of(said.stems)
    who = customer[said.mention]
    joined = (np.diff(said.sentence, append=-1) == 0) & (np.diff(said.mention, append=-1) == 0)
    after = np.concatenate((said.stem[1:], [0])).astype(np.int64)
    alone = np.flatnonzero(telling[said.stem])
    worth = telling[said.stem] | telling[after] | negation[said.stem]
    pair = np.flatnonzero(joined & member[said.stem] & member[after] & worth & ~negation[after])
    key = said.stem[pair] * size + after[pair]
    pairs, inverse = _frequent(key, who[pair], least)
    npmi = _together(said.stem, pairs, np.bincount(inverse[inverse >= 0], minlength=len(pairs)), size)
    close = npmi >= TOGETHER
    number = np.full(len(said.stem), -1, np.int64)
    number[pair] = np.where((inverse >= 0) & close[np.maximum(inverse, 0)], inverse, -1) if len(pairs) else -1
    triple = np.flatnonzero((number[:-1] >= 0) & (number[1:] >= 0))
    triples, _ = _frequent(number[triple] * max(len(pairs), 1) + number[triple + 1], who[triple], least)
    single, _ = _frequent(said.stem[alone], who[alone], least)
    phrases: list[tuple[tuple[str, ...], float]] = [((said.stems[w],), 0.0) for w in single.tolist()]
    halves = [tuple(said.stems[w] for w in divmod(key, size)) for key in pairs.tolist()]
    phrases += [(p, float(v)) for p, v, kept in zip(halves, npmi, close.tolist(), strict=True) if kept]
    for key_ in triples.tolist():
        one, two = divmod(key_, len(pairs))
        phrases.append(((*halves[one], halves[two][1]), float(min(npmi[one], npmi[two]))))
    return _occurrences(said, phrases, customer, least)


def _frequent(keys: Ints, who: Ints, least: int) -> tuple[Ints, Ints]:
    """Return the keys of enough customers, and for each occurrence its place among them, or -1."""
    if not len(keys):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    known, inverse = np.unique(keys, return_inverse=True)
    people = int(who.max()) + 1
    spoken = np.unique(inverse * people + who) // people
    enough = np.bincount(spoken, minlength=len(known)) >= least
    place = np.where(enough, np.cumsum(enough) - 1, -1)
    return known[enough], place[inverse]


def _together(stem: Ints, pairs: Ints, count: Ints, size: int) -> Floats:
    """Normalised pointwise mutual information of pairs of stems, below 0 cut off."""
    if not len(pairs):
        return np.empty(0)
    total = float(len(stem))
    alone = np.bincount(stem, minlength=size) / total
    share = np.maximum(count, 1) / total
    chance = alone[pairs // size] * alone[pairs % size]
    return np.asarray(np.clip(np.log(share / chance) / -np.log(share), 0.0, 1.0), np.float64)


def _occurrences(said: Stream, phrases: list[tuple[tuple[str, ...], float]], customer: Ints, least: int) -> Terms:
    """Find every candidate as a matcher will: in order, with up to one word inside."""
    numbers = {stem: i for i, stem in enumerate(said.stems)}
    phrases = sorted(phrases)
    table = PhraseTable.build([tuple(numbers[w] for w in p) for p, _ in phrases], len(said.stems))
    hits = table.find(said.stem, said.sentence, gap=1)
    mentions = int(said.mention[-1]) + 1
    once = np.unique(hits.phrase * mentions + said.mention[hits.start])
    term, mention = once // mentions, once % mentions
    people = int(customer.max(initial=0)) + 1
    support = np.bincount(np.unique(term * people + customer[mention]) // people, minlength=len(phrases))
    enough = support >= least
    if enough.sum() > MOST:
        enough[np.lexsort((np.arange(len(support)), -support))[MOST:]] = False
    place = np.cumsum(enough) - 1
    kept = enough[term]
    return Terms(
        phrase=tuple(p for (p, _), fine in zip(phrases, enough.tolist(), strict=True) if fine),
        together=np.array([v for (_, v), fine in zip(phrases, enough.tolist(), strict=True) if fine], np.float64),
        mention=mention[kept],
        term=place[term[kept]],
    )
