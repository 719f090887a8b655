"""``python -m training``: from named data to the shipped weights, in one go; the same seed gives the same weights."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.features import Lexical
from training.corpus.reading import Item, corpus
from training.emotions import with_emotions
from training.features import vocabulary
from training.lessons import SIZES, VECTOR, languages, of_emotions, of_labels, of_languages, of_teacher, of_tweets
from training.lexical import lexical, polar_words, spelt
from training.net import Net, train
from training.pool import pool
from training.public import goemotions
from training.said import Said
from training.split import split
from training.teacher import Teacher
from training.vectors import vectors
from training.wordlist import english_words, template_words

Floats = npt.NDArray[np.float32]

SEED: Final = 20261122
#: Columns of the network; `training.emotions` adds its own.
WIDTH: Final = 96
HIDDEN: Final = 96


@dataclass(frozen=True)
class Made:
    """A trained model before it is packed."""

    words: list[str]
    lexical: Lexical
    net: Net


def fit(items: list[Item] | None = None, *, without: Collection[str] = ()) -> Made:
    """Train on the train domains, or on all of them but some, of which nothing is learnt then, labelled or not."""
    start = time.perf_counter()

    def told(what: str) -> None:
        print(f"[{time.perf_counter() - start:5.0f} s] {what}", flush=True)

    learnt = [item for item in split(corpus() if items is None else items)["train"] if item.domain not in without]
    unlabelled = pool(without)
    texts = [item.text for item in learnt] + unlabelled + [text for text, _ in goemotions("train")]
    texts += [text for _, text in languages()]
    words = vocabulary(texts, least=2, always=[*polar_words(), *template_words(), *english_words()])
    known, letters = lexical(words), spelt(words)
    alone = vectors(words) * 3
    alone -= alone.mean(axis=0)
    told(f"{len(learnt)} comments, {len(unlabelled)} texts without labels, {len(words)} words")

    said = Said.of(learnt)
    english = Said.of([item for item in learnt if item.language == "en"])

    taught = [
        of_labels(said, known),
        of_emotions(known, draw=0.4, weight=0.5),
        of_tweets(known, draw=1.0, weight=0.8),
    ]
    rng = np.random.default_rng(SEED)
    first = Net.fresh(letters, alone, WIDTH, HIDDEN, SIZES, rng)
    train(first, taught, epochs=7, rng=rng, drop=0.15, decay=0.2, told=True)
    told("the network of the teacher is trained")
    teacher = Teacher(english, [first], known)
    told("the teacher is trained")
    extra = unlabelled + sorted({t[a:b] for t, (a, b) in zip(english.texts, english.spans, strict=True)})
    reads = teacher.reads(extra)
    vector = _turned(vectors(extra))
    told(f"the teacher has read {len(extra)} texts")
    taught.append(of_languages(said, known, draw=0.3, weight=0.5))
    taught.append(of_teacher(extra, reads, vector, known, draw=0.5, weight=0.7))
    rng = np.random.default_rng(SEED + 9)
    net = Net.fresh(letters, alone, WIDTH, HIDDEN, SIZES, rng)
    train(net, taught, epochs=8, rng=rng, drop=0.1, decay=0.1, told=True)
    told("the small model is trained")
    net = with_emotions(net, said, known)
    told("emotions are told apart")
    return Made(words, known, net)


def _turned(found: Floats) -> Floats:
    """Return vectors in their `VECTOR` main directions, on a common scale."""
    _, _, axes = np.linalg.svd(found[:20_000] - found.mean(axis=0), full_matrices=False)
    turned: Floats = ((found - found.mean(axis=0)) @ axes[:VECTOR].T).astype(np.float32)
    return turned / turned.std()
