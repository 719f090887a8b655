"""Reads a batch of texts with the lexicon and a compiled taxonomy; everything here is arrays over words or clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding import clauses as cutting
from touchline.understanding import language as languages
from touchline.understanding import placing, sentiment, signals, stages
from touchline.understanding.lexicon import UNKNOWN, Lexicon
from touchline.understanding.matching import Hits, leftmost_longest
from touchline.understanding.stages import OTHER, StageModel
from touchline.understanding.tokens import LOUD, QUESTION, SENTENCE, SIGN, Batch, cut

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

POSITIVE: Final = 1.2
NEGATIVE: Final = -0.9
#: The clause before a "but", and the one behind an "although".
CONCEDED: Final = 0.5
#: A neutral clause sets the scene: it says less about the stage of the mention that it joined.
SCENE: Final = 0.5
THEME_MOOD: Final = 1.6
SARCASM: Final = -0.6
_POLARITY_SCALE = 3.0


@dataclass(frozen=True, slots=True)
class Read:
    """What a batch says, one row per mention, in the order of the texts.

    Attributes:
        batch: The texts, cut.
        language: Language of each text.
        understood: Whether each text could be understood.
        text: Text of each mention.
        first: First word of each mention.
        polarity: -1 to 1.
        sentiment: -1, 0 or 1.
        confidence: Of the sentiment.
        signals: Emotion, effort and the like.
        theme: Column of the theme.
        touchpoint: Column of the touchpoint.
        evidence: Stage evidence, shape (mentions, stages).
        told: Mention, first word, last word and weight of every phrase that had a say, heaviest first in a mention.
    """

    batch: Batch
    language: list[str]
    understood: Mask
    text: Ints
    first: Ints
    polarity: Floats
    sentiment: Ints
    confidence: Floats
    signals: signals.Signals
    theme: Ints
    touchpoint: Ints
    evidence: Floats
    told: tuple[Ints, Ints, Ints, Floats]


def read(texts: Sequence[str], declared: Sequence[str | None], lex: Lexicon, model: StageModel) -> Read:
    """Read texts that have been declared to be in some language, or not."""
    batch = cut(texts, lex.kinds)
    strings = [batch.tokens[i] for i in batch.word.tolist()]
    words = np.fromiter(map(lex.words.__getitem__, strings), np.int64, len(strings))
    stems = np.fromiter(map(model.stems.__getitem__, strings), np.int64, len(strings))
    language = languages.tell(batch, words, declared)
    understood = _understood(batch, lex, words, stems, language)

    strength = cutting.breaks(batch, words)
    sentence = np.cumsum(strength >= SENTENCE) - 1
    hits = lex.table.find(words, sentence)
    polar = leftmost_longest(hits.where(lex.polar[hits.phrase]))
    parts = cutting.clauses(strength, words, polar)
    opening = sentence[parts.first]
    asks = sentiment.ended(batch, sentence, QUESTION)[opening]
    loud = sentiment.ended(batch, sentence, LOUD)[opening]
    feeling = sentiment.weigh(batch, lex, polar, parts.of, parts.first, asks, loud)

    placed, _ = stages.find(model, stems, sentence)
    weight = stages.strengths(model, placed, len(words))
    clause = parts.of[placed.start]
    in_clause = placing.occurrences(placed, clause, len(parts.first), weight, len(model.length))
    place = placing.sure_stage(placing.stage_evidence(in_clause, model))
    good, bad = _with_mood(feeling, placed, clause, model)

    read_ = understood[batch.text[parts.first]]
    spoken, stage = np.where(read_, good + bad, 0.0), np.where(read_, place, -1)
    mention = cutting.mentions(parts.strength, np.bincount(parts.of), spoken, stage, asks & read_)
    count = int(mention[-1]) + 1 if len(mention) else 0
    first = parts.first[np.flatnonzero(np.diff(mention, prepend=-1) > 0)]
    text = batch.text[first]
    fine = understood[text]

    share = _shares(parts, opening) * read_
    score = _score(good * share, bad * share, feeling.sarcastic & read_, mention, count)
    verdict = np.where(score >= POSITIVE, 1, np.where(score <= NEGATIVE, -1, 0))
    asked = np.bincount(mention, asks & read_, count) > 0
    told = signals.count(lex, hits.where(read_[parts.of[hits.start]]), feeling.negated, mention[parts.of], count)

    scene = np.where((good + bad == 0)[clause] & (score != 0)[mention[clause]], SCENE, 1.0)
    kept = read_[clause]
    in_mention = placing.occurrences(
        placed.where(kept), mention[clause][kept], count, (weight * scene)[kept], len(model.length)
    )
    evidence = placing.stage_evidence(in_mention, model)
    named = kept & ~(feeling.negated[placed.start] & (model.length[placed.phrase] > 1))
    in_theme = placing.occurrences(placed.where(named), mention[clause][named], count, weight[named], len(model.length))
    return Read(
        batch=batch,
        language=language,
        understood=understood,
        text=text,
        first=first,
        polarity=score / np.sqrt(score * score + _POLARITY_SCALE**2),
        sentiment=verdict,
        confidence=_confidence(score, good * share, bad * share, mention, count, fine),
        signals=signals.read(told, verdict, score, asked),
        theme=placing.themes(in_theme, model, verdict),
        touchpoint=placing.touchpoints(in_mention, model, evidence),
        evidence=evidence,
        told=_told(feeling, placed.where(kept), weight[kept], mention[parts.of], read_[parts.of], evidence, model),
    )


def _understood(batch: Batch, lex: Lexicon, words: Ints, stems: Ints, language: list[str]) -> Mask:
    """English texts; and those too short to tell whose words are known."""
    texts = len(language)
    known = (lex.known[words] & (words != UNKNOWN)) | (stems > OTHER)
    size = np.bincount(batch.text, minlength=texts)
    share = np.bincount(batch.text, known, texts) / np.maximum(size, 1)
    english = np.array([code == languages.ENGLISH for code in language], np.bool_)
    unclear = np.array([code == languages.UNKNOWN for code in language], np.bool_)
    signs = np.bincount(batch.text, (batch.kind[batch.word] == SIGN) & known, texts) > 0
    return english | (unclear & ((share >= np.where(size <= 3, 0.3, 0.5)) | (signs & (size <= 3))))


def _with_mood(feeling: sentiment.Valences, placed: Hits, clause: Ints, model: StageModel) -> tuple[Floats, Floats]:
    """Add the polarity of whole theme phrases to clauses whose words alone do not tell it."""
    good, bad = feeling.good.astype(np.float64), feeling.bad.astype(np.float64)
    mood = np.where(feeling.negated[placed.start] | (placed.gaps > 0), 0.0, model.mood[placed.phrase])
    pain = np.bincount(clause[mood < 0], minlength=len(good)) > 0
    delight = np.bincount(clause[mood > 0], minlength=len(good)) > 0
    bad[pain & ~delight & (good + bad > NEGATIVE) & (good < 2 * POSITIVE)] -= THEME_MOOD
    good[delight & ~pain & (good + bad < POSITIVE) & (bad > NEGATIVE)] += THEME_MOOD
    return good, bad


def _shares(parts: cutting.Clauses, opening: Ints) -> Floats:
    """What each clause counts: less before a "but" and behind an "although" of its sentence."""
    number = np.arange(len(opening))
    last = np.full(int(opening[-1]) + 1 if len(opening) else 0, -1, np.int64)
    turning = np.flatnonzero(parts.turning)
    last[opening[turning]] = turning
    return np.where((number < last[opening]) | parts.conceding, CONCEDED, 1.0)


def _score(good: Floats, bad: Floats, sarcastic: Mask, mention: Ints, count: int) -> Floats:
    plus, minus = np.bincount(mention, good, count), np.bincount(mention, bad, count)
    mocking = np.bincount(mention, sarcastic, count) > 0
    return np.where(mocking, minus + SARCASM * plus - 1.0, plus + minus)


def _confidence(score: Floats, good: Floats, bad: Floats, mention: Ints, count: int, fine: Mask) -> Floats:
    """Grows with the size of the score, shrinks where praise and blame meet."""
    plus, minus = np.bincount(mention, good, count), -np.bincount(mention, bad, count)
    mixed = np.minimum(plus, minus) / np.maximum(plus + minus, 1.0)
    size = np.abs(score)
    polar = 0.42 + 0.5 * size / (size + 3.0) - 0.2 * mixed
    flat = 0.55 - 0.1 * np.minimum(size, 1.0) - 0.1 * mixed
    return np.where(fine, np.where((score >= POSITIVE) | (score <= NEGATIVE), polar, flat), 1 / 3)


def _told(
    feeling: sentiment.Valences,
    placed: Hits,
    weight: Floats,
    mention: Ints,
    read_: Mask,
    evidence: Floats,
    model: StageModel,
) -> tuple[Ints, Ints, Ints, Floats]:
    """Phrases that spoke for the mention's stage or polarity, heaviest first within a mention."""
    loudest = np.flatnonzero((np.abs(feeling.value) >= 0.8) & read_[feeling.hits.start])
    of_stage = mention[placed.start]
    winner = evidence.argmax(axis=1) if evidence.size else np.empty(0, np.int64)
    says = weight * model.stage[placed.phrase, winner[of_stage]]
    telling = np.flatnonzero(says >= 0.5)
    start = np.concatenate((feeling.hits.start[loudest], placed.start[telling]))
    end = np.concatenate((feeling.hits.end[loudest], placed.end[telling]))
    heavy = np.concatenate((np.abs(feeling.value[loudest]), 1.5 * says[telling]))
    of = mention[start]
    order = np.lexsort((end, start, -heavy, of))
    return of[order], start[order], end[order], heavy[order]
