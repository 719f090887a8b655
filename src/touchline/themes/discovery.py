"""Discovery: the mentions that no theme speaks for found new ones; the book keeps what it has."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.themes.book import SIGN, Book, Found, Side
from touchline.themes.candidates import Terms, candidates
from touchline.themes.matching import Matcher
from touchline.themes.naming import SPELLING, wordings
from touchline.themes.selection import DELIGHT, PAIN, TOPIC, Chosen, choose, for_a_phrase
from touchline.themes.stream import kinds_of, stream
from touchline.understanding.stages import content
from touchline.vocabulary.names import fold
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.vocabulary.taxonomy import Taxonomy

Ints = npt.NDArray[np.int64]

#: Discovery knows which English words name no theme; of other languages it knows too few.
LANGUAGES: Final = ("en", "und")
#: How many customers a theme needs grows with the square root of all who spoke, so that there are neither too few
#: themes in small data nor too many in large; at least so many, and this share of all.
ROOT: Final = 0.2
SHARE: Final = 0.002
LEAST: Final = 5
#: So many themes that share a word make a group of their own.
GROUP: Final = 3
#: A theme is at home on a stage that this share of its mentions is about, and this share of those with a stage.
HOME: Final = 0.1
HOME_STAGED: Final = 0.4
OTHER: Final = "Other"
_POLARITY: Final[dict[int, Side]] = {PAIN: "pain", DELIGHT: "delight", TOPIC: "topic"}


@dataclass(frozen=True, slots=True)
class Mentions:
    """What discovery reads, one entry per mention.

    Attributes:
        words: What was said.
        customer: Who said it.
        sentiment: -1, 0 or 1.
        stage: The stage that it is about, or ``unassigned``.
        theme: The taxonomy's theme, as it was read, or None.
    """

    words: Sequence[str]
    customer: Ints
    sentiment: Ints
    stage: Sequence[str]
    theme: Sequence[str | None]

    def __len__(self) -> int:
        """How many."""
        return len(self.words)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a run found.

    Attributes:
        book: The book with it.
        fresh: The themes that are new.
        least: Customers that a new theme needed; one founded by a phrase, half of them.
    """

    book: Book
    fresh: tuple[Found, ...]
    least: int


def discover(mentions: Mentions, book: Book, taxonomy: Taxonomy, *, least: int | None = None) -> Discovery:
    """Find the themes that customers raise and that neither the taxonomy nor the book has.

    The result is a function of the mentions, the book and the taxonomy; the order of the mentions does not matter, and
    a second run over the same mentions finds nothing new.

    Args:
        mentions: All mentions of the workspace in one of `LANGUAGES`.
        book: What was found before; it is kept as it is.
        taxonomy: Names the stages, and has the ids that are taken.
        least: Distinct customers that a new theme needs, a phrase half of them; by default as `needed` says.
    """
    wanted = least or needed(len(np.unique(mentions.customer)))
    at = np.flatnonzero([theme is None for theme in mentions.theme])
    words = [mentions.words[i] for i in at.tolist()]
    _, who = np.unique(mentions.customer[at], return_inverse=True)
    who = who.astype(np.int64)
    covered = np.zeros(len(at), np.bool_)
    if book.found:
        covered[Matcher.of(book).matches(words, mentions.sentiment[at]).mention] = True
    said = stream(words)
    terms = candidates(said, who, for_a_phrase(wanted))
    folded = {text: i for i, text in enumerate(dict.fromkeys(" ".join(w.casefold().split()) for w in words))}
    wording = np.array([folded[" ".join(w.casefold().split())] for w in words], np.int64)
    chosen = choose(terms, mentions.sentiment[at], who, wording, covered, wanted)
    return _founded(chosen, terms, _Open(words, who, mentions.sentiment[at], [mentions.stage[i] for i in at.tolist()]),
                    book, taxonomy, wanted)  # fmt: skip


def needed(customers: int) -> int:
    """Return how many customers a new theme needs among so many who spoke.

    >>> [needed(n) for n in (100, 5_000, 100_000)]
    [5, 15, 200]
    """
    return max(LEAST, math.ceil(ROOT * math.sqrt(customers)), math.ceil(SHARE * customers))


@dataclass(frozen=True, slots=True)
class _Open:
    """The mentions without a theme of the taxonomy."""

    words: list[str]
    customer: Ints
    sentiment: Ints
    stage: list[str]


def _founded(
    chosen: list[Chosen], terms: Terms, open_: _Open, book: Book, taxonomy: Taxonomy, wanted: int
) -> Discovery:
    taken = {theme.id for theme in taxonomy.themes} | set(book.by_id)
    first = np.searchsorted(terms.term, np.arange(len(terms.phrase) + 1))
    fresh: list[Found] = []
    for choice in chosen:
        side = _POLARITY[choice.side]
        sign = SIGN[side]
        ours = (choice.anchor, *choice.others)
        where = [terms.mention[first[t] : first[t + 1]] for t in ours]
        where = [rows[open_.sentiment[rows] * sign >= 0] for rows in where]
        felt = where[0][open_.sentiment[where[0]] == sign]
        told = felt if len(felt) else where[0]
        named = wordings(terms.phrase[ours[0]], [open_.words[i] for i in told.tolist()], open_.customer[told])
        spelled = [
            wordings(terms.phrase[t], [open_.words[i] for i in rows.tolist()], open_.customer[rows], read=SPELLING)
            for t, rows in zip(ours[1:], where[1:], strict=True)
        ]
        id_ = _id(side, terms.phrase[choice.anchor], taken)
        taken.add(id_)
        home = _home(np.unique(np.concatenate(where)), open_.stage)
        phrases = tuple(
            dict.fromkeys(_spelled(terms.phrase[t], w.phrase) for t, w in zip(ours, (named, *spelled), strict=True))
        )
        fresh.append(Found(id_, named.name, "", home, side, phrases))
    fresh = _named_apart(_grouped(fresh, book, taxonomy), book, taxonomy)
    return Discovery(book.with_found(*fresh), tuple(fresh), wanted)


def _spelled(stems: tuple[str, ...], phrase: str) -> str:
    """Return a wording that the matcher reads as these stems; a word that stood inside it is left out."""
    if content(phrase) == stems:
        return phrase
    rest = list(stems)
    kept = []
    for word in phrase.split():
        if rest and content(word) == (rest[0],):
            kept.append(word)
            rest.pop(0)
    return " ".join(kept) if not rest else " ".join(stems)


def _id(side: Side, stems: tuple[str, ...], taken: set[str]) -> str:
    base = f"{side}_{fold('_'.join(stems))}"
    if not base.isascii():
        base = f"{side}_" + "_".join(f"{ord(c):x}" if not c.isascii() else c for c in "_".join(stems))
    number, id_ = 1, base
    while id_ in taken:
        number += 1
        id_ = f"{base}_{number}"
    return id_


def _home(rows: Ints, stage: list[str]) -> str:
    """Return the stage that most of some mentions are about, where it is enough of them."""
    counts = Counter(stage[i] for i in rows.tolist())
    counts.pop(UNASSIGNED, None)
    if not counts:
        return UNASSIGNED
    best = min(counts, key=lambda s: (-counts[s], s))
    enough = counts[best] >= max(HOME * len(rows), HOME_STAGED * counts.total())
    return best if enough else UNASSIGNED


def _grouped(fresh: list[Found], book: Book, taxonomy: Taxonomy) -> list[Found]:
    """Put each theme under the word that it shares with others, else under its stage."""
    words: dict[str, tuple[str, ...]] = {f.id: content(f.phrases[0]) for f in (*book.found, *fresh)}
    sharing: defaultdict[str, set[str]] = defaultdict(set)
    spelled: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for found in (*book.found, *fresh):
        for stem in set(words[found.id]):
            if kinds_of([stem])[1][0]:
                sharing[stem].add(found.id)
        for word in " ".join(found.phrases).split():
            for stem in content(word):
                spelled[stem][word] += 1
    known = {stem: f.group for f in book.found for stem in words[f.id] if content(f.group) == (stem,)}
    grouped = []
    for found in fresh:
        shared = [s for s in words[found.id] if s in known or len(sharing[s]) >= GROUP]
        if shared:
            stem = min(shared, key=lambda s: (s not in known, -len(sharing[s]), s))
            name = known.get(stem) or min(spelled[stem], key=lambda w: (-spelled[stem][w], w)).capitalize()
        else:
            name = taxonomy.stage(found.stage).name if found.stage != UNASSIGNED else OTHER
        grouped.append(replace(found, group=name))
    return grouped


def _named_apart(fresh: list[Found], book: Book, taxonomy: Taxonomy) -> list[Found]:
    """Tell themes of one name apart by what their customers feel."""
    names = Counter(
        fold(name) for name in (*(f.name for f in (*book.found, *fresh)), *(t.name for t in taxonomy.themes))
    )
    verdict = {"pain": "criticised", "delight": "praised", "topic": "mentioned"}
    return [replace(f, name=f"{f.name}, {verdict[f.polarity]}") if names[fold(f.name)] > 1 else f for f in fresh]
