"""Lessons of the small model: labels, public emotion and sentiment sets, languages, the large model's reading."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.features import Lexical
from training.features import examples
from training.labels import HEADS, balance, codes, one_hot
from training.net import Lesson
from training.public import EMOTION_OF, SENTIMENT_OF, goemotions, tweets_apart
from training.said import Said

Floats = npt.NDArray[np.float32]

#: Columns of the head that stands for the large encoder's vector.
VECTOR: Final = 64
#: Languages whose sentiment is read.
READ: Final = ("en", "es", "de", "fr", "pt", "it")
#: Languages that are told, and not read.
TOLD: Final = ("nl", "sv", "da", "no", "pl", "cs", "tr", "fi", "ro", "hu", "id", "vi")
SIZES: Final = {
    **{head: len(values) for head, values in HEADS.items()},
    "language": len(READ) + len(TOLD),
    "vector": VECTOR,
}
_SMOOTH: Final = 0.05


def of_labels(said: Said, known: Lexical, *, draw: float = 1.0) -> Lesson:
    """Return the lesson of the corpus."""
    targets, weights = {}, {}
    for head, values in HEADS.items():
        columns = codes(said.labels, head)
        targets[head] = one_hot(columns, len(values), _SMOOTH)
        weights[head] = balance(columns, len(values))
        if head == "severity":
            weights[head] = weights[head] * np.array([label.sentiment < 0 for label in said.labels], np.float32)
    return Lesson(*said.examples(known), targets, weights, draw)


def of_emotions(known: Lexical, *, draw: float, weight: float) -> Lesson:
    """Return the lesson of GoEmotions: rows whose emotions are one of ours; and their sentiment."""
    texts, emotion, sentiment = [], [], []
    for text, names in goemotions("train"):
        ours = {EMOTION_OF[name] for name in names}
        signs = {SENTIMENT_OF.get(name) for name in names}
        texts.append(text)
        emotion.append(HEADS["emotion"].index(ours.pop()) if len(ours) == 1 else -1)
        sign = signs.pop() if len(signs) == 1 else None
        sentiment.append(-1 if sign is None else sign + 1)
    part = examples(texts, None, known)
    return Lesson(part, part, *_known({"emotion": emotion, "sentiment": sentiment}, weight), draw)


def of_tweets(known: Lexical, *, draw: float, weight: float) -> Lesson:
    """Return the lesson of the tweets' train split in every language that is read."""
    rows = [(text, sign) for language in READ for text, sign in tweets_apart(language, "train")]
    part = examples([text for text, _ in rows], None, known)
    return Lesson(part, part, *_known({"sentiment": [sign + 1 for _, sign in rows]}, weight), draw)


def of_languages(said: Said, known: Lexical, *, draw: float, weight: float) -> Lesson:
    """Return the lesson of languages: whole texts, and their first words, as short texts are the hard ones."""
    rows = list(languages())
    rows += [
        (language, text) for language, text, whole in zip(said.languages, said.texts, said.whole, strict=True) if whole
    ]
    rows += [(language, " ".join(text.split()[:5])) for language, text in rows]
    codes_ = [(*READ, *TOLD).index(language) for language, _ in rows]
    part = examples([text for _, text in rows], None, known)
    weights = {"language": balance(np.array(codes_), SIZES["language"]) * np.float32(weight)}
    return Lesson(part, part, {"language": one_hot(np.array(codes_), SIZES["language"], _SMOOTH)}, weights, draw)


@cache
def languages() -> tuple[tuple[str, str], ...]:
    """Return sentences with their language: the tweets' train split, and those written for this project."""
    rows = [(language, text) for language in READ for text, _ in tweets_apart(language, "train")]
    path = Path(__file__).parent / "corpus" / "languages.tsv"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        if not line.startswith("#"):
            language, _, text = line.partition("\t")
            rows.append((language, text))
    return tuple(rows)


def of_teacher(
    texts: Sequence[str], reads: dict[str, Floats], vector: Floats, known: Lexical, *, draw: float, weight: float
) -> Lesson:
    """Return the lesson of texts without labels: what the large model reads in them, and its vectors of them."""
    part = examples(texts, None, known)
    every = np.ones(len(texts), np.float32)
    weights = dict.fromkeys(reads, weight * every) | {"vector": 0.5 * every}
    weights["severity"] = weight * reads["sentiment"][:, 0]
    return Lesson(part, part, reads | {"vector": vector}, weights, draw)


def _known(columns: dict[str, list[int]], weight: float) -> tuple[dict[str, Floats], dict[str, Floats]]:
    targets, weights = {}, {}
    for head, column in columns.items():
        at = np.array(column)
        size = len(HEADS[head])
        targets[head] = one_hot(np.maximum(at, 0), size, _SMOOTH)
        held = np.zeros(len(at), np.float32)
        held[at >= 0] = balance(at[at >= 0], size) * weight
        weights[head] = held
    return targets, weights
