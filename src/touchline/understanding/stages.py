"""Compiles a taxonomy into phrases with weights, and reads stages, touchpoints and themes from a text with them.

The evidence of a phrase f for a stage s is ``log(1 + c(f, s) / A) * specificity(f)``, c being how strongly
the taxonomy ties them together: a multinomial model with additive smoothing A, less the part that all stages
share, which cancels in a softmax. Specificity is one minus the normalised entropy of c(f, .): a word that
several stages use tells little. One damping factor for text with many phrases, which are not independent,
calibrates the sum.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.entries import sections
from touchline.understanding.lexicon import lexicon
from touchline.understanding.matching import Hits, PhraseTable
from touchline.understanding.stemming import NEGATION, stem
from touchline.understanding.tokens import TOKEN
from touchline.vocabulary.model import Stage
from touchline.vocabulary.taxonomy import Taxonomy

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Phrase = tuple[str, ...]

OTHER: Final = 0
FILLER: Final = 1

SMOOTHING: Final = 0.5
#: How strongly each part of the taxonomy ties a phrase to its stage.
KEYWORD, TOUCHPOINT, NAME, THEME, EXAMPLE, PAIR, DESCRIPTION = 3.0, 2.0, 1.5, 2.0, 0.4, 0.6, 0.25
#: What a word that speaks of everything ("app", "call") keeps of that, when a taxonomy names it alone; and
#: what a phrase keeps of which one word is left without fillers ("transferred me").
COMMON: Final = 0.3
COLLAPSED: Final = 0.4
THEME_WORD: Final = 0.25
THEME_LEAST: Final = 1.6

_ROOM = 200_000


class Stems(dict[str, int]):
    """Number of the stem of each word: `FILLER`, a stem of the taxonomy, or `OTHER`."""

    def __init__(self, numbers: dict[str, int]) -> None:
        super().__init__(dict.fromkeys(sections("words.txt")["filler"], FILLER))
        self._numbers = numbers

    def __missing__(self, word: str) -> int:
        """Stem it, and remember it while there is room."""
        number = self._numbers.get(stem(word), OTHER)
        if len(self) < _ROOM and len(word) < 40:
            self[word] = number
        return number


@dataclass(frozen=True, slots=True)
class StageModel:
    """A compiled taxonomy.

    Attributes:
        stems: Numbers of words.
        table: Finds its phrases in a stream of stem numbers without fillers.
        length: Words of each phrase.
        stage: Evidence of each phrase for each stage, shape (phrases, stages).
        touchpoint: The same for touchpoints, shape (phrases, touchpoints).
        theme: The same for themes, shape (phrases, themes).
        touchpoint_ids: Ids, in column order, the last being None.
        theme_ids: Ids, in column order, the last being None.
        stage_of_touchpoint: Stage number of each touchpoint.
        pain: Whether each theme is a pain (else a delight).
        mood: Polarity that a whole theme phrase brings along, shape (phrases,).
    """

    stems: Stems
    table: PhraseTable
    length: Ints
    stage: Floats
    touchpoint: Floats
    theme: Floats
    touchpoint_ids: tuple[str | None, ...]
    theme_ids: tuple[str | None, ...]
    stage_of_touchpoint: Ints
    pain: Mask
    mood: Floats


Ties = defaultdict[Phrase, dict[int, float]]


def compile_taxonomy(taxonomy: Taxonomy) -> StageModel:
    """Compile a taxonomy."""
    stages: Ties = defaultdict(dict)
    touchpoints: Ties = defaultdict(dict)
    themes: Ties = defaultdict(dict)
    for column, stage in enumerate(taxonomy.stages):
        _tie_stage(stages, column, stage)
    for column, touchpoint in enumerate(taxonomy.touchpoints):
        for words, weight in ((touchpoint.keywords, KEYWORD), ((touchpoint.name,), TOUCHPOINT)):
            _tie(touchpoints, column, words, weight)
    mood: dict[Phrase, float] = {}
    for column, theme in enumerate(taxonomy.themes):
        for phrase, keeps in _phrases(theme.phrases):
            _add(themes, phrase, column, keeps * (0.6 + len(phrase)))
            if len(phrase) > 1:
                mood[phrase] = -1.0 if theme.polarity == "pain" else 1.0
    _tie_theme_words(themes, taxonomy)
    known = list({**stages, **touchpoints, **themes})
    numbers = {word: i for i, word in enumerate(dict.fromkeys(w for p in known for w in p), start=FILLER + 1)}
    index = {stage_id: i for i, stage_id in enumerate(taxonomy.ids)}
    return StageModel(
        stems=Stems(numbers),
        table=PhraseTable.build((tuple(numbers[w] for w in p) for p in known), len(numbers) + FILLER + 1),
        length=np.array([len(p) for p in known], np.int64),
        stage=_evidence(_matrix(known, stages, len(taxonomy.stages))),
        touchpoint=_evidence(_matrix(known, touchpoints, len(taxonomy.touchpoints))),
        theme=_matrix(known, themes, len(taxonomy.themes)),
        touchpoint_ids=(*(t.id for t in taxonomy.touchpoints), None),
        theme_ids=(*(t.id for t in taxonomy.themes), None),
        stage_of_touchpoint=np.array([index[t.stage] for t in taxonomy.touchpoints], np.int64),
        pain=np.array([t.polarity == "pain" for t in taxonomy.themes], np.bool_),
        mood=np.array([mood.get(p, 0.0) for p in known]),
    )


def _tie_stage(ties: Ties, column: int, stage: Stage) -> None:
    _tie(ties, column, stage.keywords, KEYWORD)
    _tie(ties, column, (stage.name, *stage.aliases), NAME)
    for sub_stage in stage.sub_stages:
        _tie(ties, column, (sub_stage.name,), NAME / 2)
        for touchpoint in sub_stage.touchpoints:
            _tie(ties, column, touchpoint.keywords, TOUCHPOINT)
            _tie(ties, column, (touchpoint.name,), NAME)
    for theme in stage.themes:
        _tie(ties, column, theme.phrases, THEME)
    for sentence in stage.examples:
        words = content(sentence)
        telling = [not is_common(w) and not is_polar(w) for w in words]
        for word in {w for w, tells in zip(words, telling, strict=True) if tells}:
            _add(ties, (word,), column, EXAMPLE)
        for i in range(len(words) - 1):
            if telling[i] or telling[i + 1]:
                _add(ties, (words[i], words[i + 1]), column, PAIR)
    for word in set(content(stage.description)):
        if not is_common(word) and not is_polar(word):
            _add(ties, (word,), column, DESCRIPTION)


def _tie(ties: Ties, column: int, phrases: Iterable[str], weight: float) -> None:
    for phrase, keeps in _phrases(phrases):
        alone = len(phrase) == 1
        if alone and is_polar(phrase[0]) and weight != KEYWORD:
            continue
        _add(ties, phrase, column, weight * keeps * (COMMON if alone and is_common(phrase[0]) else 1.0))


def _tie_theme_words(ties: Ties, taxonomy: Taxonomy) -> None:
    """Single words of themes: two of them together may name a theme in other words than its phrases."""
    used: defaultdict[str, set[int]] = defaultdict(set)
    for column, theme in enumerate(taxonomy.themes):
        for phrase, _ in _phrases((*theme.phrases, theme.name)):
            for word in phrase:
                if not is_common(word) and word != NEGATION:
                    used[word].add(column)
    for word, columns in used.items():
        for column in columns:
            _add(ties, (word,), column, THEME_WORD * math.log(1 + len(taxonomy.themes) / len(columns)))


def _add(ties: Ties, phrase: Phrase, column: int, weight: float) -> None:
    ties[phrase][column] = ties[phrase].get(column, 0.0) + weight


def _phrases(texts: Iterable[str]) -> Iterator[tuple[Phrase, float]]:
    """Yield each distinct phrase and what it keeps of its weight."""
    found: dict[Phrase, float] = {}
    for text in texts:
        phrase = content(text)
        if phrase and phrase != (NEGATION,):
            collapsed = len(phrase) == 1 and " " in text.strip()
            found[phrase] = max(found.get(phrase, 0.0), COLLAPSED if collapsed else 1.0)
    yield from found.items()


def content(text: str) -> Phrase:
    """Return the stems of a text without its fillers.

    >>> content("Still waiting for my parcel!")
    ('still', 'wait', 'parcel')
    """
    filler = _classes()[0]
    words = TOKEN.findall(text.lower().replace("’", "'"))
    return tuple(stem(w) for w in words if w[0].isalnum() and w not in filler)


@cache
def _classes() -> tuple[frozenset[str], frozenset[str]]:
    given = sections("words.txt")
    return frozenset(given["filler"]), frozenset(map(stem, given["common"])) | {NEGATION}


def is_common(word: str) -> bool:
    """Whether a stem speaks of everything, or is a number."""
    return word in _classes()[1] or word.isdigit()


@cache
def is_polar(word: str) -> bool:
    """Whether a stem is a verdict ("confus", "great"): it tells how it was, not where."""
    return word in _verdicts()


@cache
def _verdicts() -> frozenset[str]:
    lex = lexicon()
    number = {n: w for w, n in lex.words.items()}
    alone = lex.table.phrase[lex.table.first]
    verdicts = (
        number[w]
        for w, state in enumerate(lex.table.first.tolist())
        if state >= 0 and alone[w] >= 0 and abs(lex.valence[alone[w]]) >= 2.5 and w in number
    )
    return frozenset(map(stem, verdicts))


def _matrix(known: list[Phrase], ties: Ties, columns: int) -> Floats:
    matrix = np.zeros((len(known), columns))
    for row, phrase in enumerate(known):
        for column, weight in ties.get(phrase, {}).items():
            matrix[row, column] = weight
    return matrix


def _evidence(ties: Floats) -> Floats:
    """Log evidence of each phrase, weighed by how specific the phrase is."""
    total = ties.sum(axis=1, keepdims=True)
    share = np.divide(ties, total, out=np.zeros_like(ties), where=total > 0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    entropy = -(share * logs).sum(axis=1, keepdims=True)
    specificity = 1.0 - entropy / math.log(max(ties.shape[1], 2))
    evidence: Floats = np.log1p(ties / SMOOTHING) * specificity
    return evidence


def find(model: StageModel, words: Ints, sentence: Ints) -> tuple[Hits, Ints]:
    """Find the taxonomy's phrases; one word may be skipped inside a phrase of two or more.

    Args:
        model: The compiled taxonomy.
        words: Stem number of each word, shape (words,).
        sentence: Number of the sentence of each word.

    Returns:
        The hits, with starts and ends as word positions, and the position of each content word.
    """
    kept = np.flatnonzero(words != FILLER)
    hits = model.table.find(words[kept], sentence[kept], gap=1)
    return Hits(kept[hits.start], kept[hits.end], hits.phrase, hits.gaps), kept


def strengths(model: StageModel, hits: Hits, words: int) -> Floats:
    """Weight of each hit: less inside a longer phrase, less with a gap."""
    long = (model.length[hits.phrase] > 1) & (hits.gaps == 0)
    cover = np.zeros(words + 1, np.int64)
    np.add.at(cover, hits.start[long], 1)
    np.add.at(cover, hits.end[long] + 1, -1)
    covered = (np.cumsum(cover)[hits.start] > 0) & (model.length[hits.phrase] == 1)
    return np.where(covered, 0.3, np.where(hits.gaps > 0, 0.6, 1.0))
