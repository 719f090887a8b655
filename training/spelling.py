"""Training the sentiment by spelling (`touchline.understanding.fast.spelling`).

A large encoder of many languages tells what single words mean (`training.vectors.vectors_abroad`). The machine learns
from the sum of a text's words beside the runs of their letters. What it makes of a word is then kept by the word's
number, so that reading needs neither the encoder nor a list of words; and words count that no tweet has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.svm import LinearSVC

from touchline.understanding.fast.spelling import LANGUAGES, RUNS, Spelling, number_of, runs
from touchline.understanding.fast.words import PIECE, lowered, plain
from training.public import tweets_apart
from training.said import Said
from training.vectors import DIMENSIONS, vectors_abroad
from training.wordlist import frequent_words

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Shares = Callable[[Sequence[str]], Floats]

#: Chosen by cross-validation over the tweets' train and val splits, the languages together: the cost of mistakes, what
#: a language's own weights may do beside those that all share, how much other data count beside its tweets, and how
#: loud a word's meaning is beside its runs.
_C: Final = 0.1
_OWN: Final = 0.7
_OTHERS: Final = 0.5
_MEANING: Final = 40.0


@dataclass(frozen=True, slots=True)
class Text:
    """A text to learn the sentiment of: its sign, how much it counts, and whether it is of the corpus."""

    language: str
    text: str
    sign: int
    weight: float
    corpus: bool


def words_of(text: str) -> list[str]:
    """Return the plain words and marks of a text."""
    return [word for word in map(plain, PIECE.findall(lowered(text))) if word.strip()]


def spelling(said: Said, shares: Shares) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the tables and numbers of the model.

    It is learnt from the tweets' train splits first, to choose on their val splits what it counts beside the network;
    then from both.

    Args:
        said: The corpus; what is said in other languages than `LANGUAGES` is left out.
        shares: What the network says of the sentiment of texts, shape (texts, 3).
    """
    beside, train, val = others(said), tweets("train"), tweets("val")
    chosen = _trust(alone([*train, *beside]), val, shares)
    tables, numbers = _learnt([*train, *val, *beside])
    return tables, numbers | {"spelling_trust": chosen}


def tweets(part: str) -> list[Text]:
    """Return the tweets of one split, train or val, in all `LANGUAGES`."""
    return [Text(code, text, sign, 1.0, False) for code in LANGUAGES for text, sign in tweets_apart(code, part)]


def others(said: Said) -> list[Text]:
    """Return what else the model learns from: English tweets, and the corpus in `LANGUAGES`."""
    found = [Text("en", text, sign, _OTHERS, False) for text, sign in tweets_apart("en", "train")]
    return found + [
        Text(language, text[a:b], label.sentiment, _OTHERS, True)
        for text, (a, b), label, language in zip(said.texts, said.spans, said.labels, said.languages, strict=True)
        if language in LANGUAGES
    ]


def alone(rows: Sequence[Text]) -> Spelling:
    """Return a model of some texts, to be heard without the network."""
    tables, numbers = _learnt(rows)
    return Spelling.of(tables, numbers | {"spelling_trust": [[0.0, 1.0]] * len(LANGUAGES)})


def heard(model: Spelling, rows: Sequence[Text]) -> Floats:
    """Return the logits of -1, 0, +1 of texts in `LANGUAGES`, shape (texts, 3)."""
    words = [words_of(row.text) for row in rows]
    group = np.repeat(np.arange(len(rows)), [len(some) for some in words])
    parts = np.array([model.part(word) for some in words for word in some], np.float32)
    return model.logits(parts, np.arange(len(parts)), group, np.array([LANGUAGES.index(row.language) for row in rows]))


def _learnt(rows: Sequence[Text]) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    found = _counts(row.text for row in rows)
    loudness = _loudness(found, np.array([row.sign for row in rows])).astype(np.float16).astype(np.float32)
    # the length as it is worked out when reading: every run on its own
    length = np.sqrt(found @ (loudness**2))
    seen = csr_matrix(found.multiply(loudness).multiply(1 / np.maximum(length, 1e-3)[:, None]), dtype=np.float64)
    codes = np.array([row.language for row in rows])
    groups = (*LANGUAGES, "en")
    # one block that all languages share, one of each; the corpus has a bias of its own, as its comments are no tweets
    blocks = [seen, *(csr_matrix(seen.multiply((_OWN * (codes == code))[:, None])) for code in groups)]
    blocks.append(csr_matrix(np.array([row.corpus for row in rows], np.float64)[:, None]))
    words, meaning = _meanings(rows)
    meant = (_bag(rows, words) @ meaning).astype(np.float64) / np.maximum(length, 1e-3)[:, None]
    blocks += [csr_matrix(meant), *(csr_matrix(meant * (_OWN * (codes == code))[:, None]) for code in groups)]
    model = LinearSVC(C=_C, dual=True, tol=0.05, max_iter=300, random_state=0)
    model.fit(hstack(blocks).tocsr(), [row.sign for row in rows], sample_weight=[row.weight for row in rows])
    weights = _of_languages(model.coef_[:, : RUNS * (1 + len(groups))], RUNS) * loudness[:, None]
    meant_by = meaning @ _of_languages(model.coef_[:, -DIMENSIONS * (1 + len(groups)) :], DIMENSIONS)
    numbers, first = np.unique([number_of(word) for word in words], return_index=True)
    tables = {"spelling_loudness": loudness.astype(np.float16), "spelling_words": numbers.astype(np.uint32)}
    for name, made in (("spelling", weights), ("spelling_meaning", meant_by[first])):
        step = (np.maximum(np.abs(made).max(axis=1), 1e-6) / 127).astype(np.float32)
        tables |= {name: np.round(made / step[:, None]).astype(np.int8), f"{name}_step": step}
    return tables, {"spelling_bias": [model.intercept_.tolist()] * len(LANGUAGES)}


def _of_languages(coefficients: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    """Return the weights of each language, those that all share among them; shape (width, 3 x languages)."""
    shared, *own = (coefficients[:, at * width : (at + 1) * width].T for at in range(1 + len(LANGUAGES)))
    return np.concatenate([shared + _OWN * one for one in own], axis=1)


def _meanings(rows: Sequence[Text]) -> tuple[list[str], Floats]:
    """Return the words of some texts and the most frequent ones of `LANGUAGES`, and what each means."""
    said = (word for row in rows if row.language in LANGUAGES for word in words_of(row.text))
    often = (word for code in LANGUAGES for word in map(plain, frequent_words(code)))
    words = [word for word in dict.fromkeys([*said, *often]) if len(word) > 1 and any(map(str.isalpha, word))]
    found = vectors_abroad(words)
    found -= found.mean(axis=0)
    return words, found * (np.float32(_MEANING) / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6))


def _bag(rows: Sequence[Text], words: Sequence[str]) -> csr_matrix:
    """Return how often each text has each of some words."""
    place = {word: at for at, word in enumerate(words)}
    found = [[place[word] for word in words_of(row.text) if word in place] for row in rows]
    ends = np.cumsum([0, *map(len, found)])
    index = np.array([at for some in found for at in some], np.int64)
    return csr_matrix((np.ones(len(index), np.float32), index, ends), shape=(len(rows), len(words)))


def _loudness(found: csr_matrix, sign: Ints) -> npt.NDArray[np.float64]:
    """Return how loud each run is: the rarer the louder, and the more one sign has of it than the others.

    Inverse document frequency, times one plus the greatest log-count ratio of the three signs without its own sign.

    Source: Wang and Manning 2012, who weigh by log-count ratios in a machine for two classes.
    """
    rare = np.log((1 + found.shape[0]) / (1 + np.bincount(found.indices, minlength=RUNS))) + 1
    sides = []
    for one in (-1, 0, 1):
        its, others = (np.bincount(found[rows].indices, minlength=RUNS) for rows in (sign == one, sign != one))
        its, others = its + 1, others + 2  # of one sign, of two
        sides.append(np.abs(np.log(its / its.sum()) - np.log(others / others.sum())))
    loudness: npt.NDArray[np.float64] = rare * (1 + np.max(sides, axis=0))
    return loudness


def _counts(texts: Iterable[str]) -> csr_matrix:
    """Return how often each run of letters is in each text."""
    known: dict[str, Ints] = {}
    rows = []
    for text in texts:
        words = words_of(text)
        for word in words:
            if word not in known:
                known[word] = runs(word)
        rows.append(np.concatenate([known[word] for word in words] or [np.empty(0, np.int64)]))
    ends = np.cumsum([0, *map(len, rows)])
    found = csr_matrix((np.ones(ends[-1], np.float32), np.concatenate(rows), ends), shape=(len(rows), RUNS))
    found.sum_duplicates()
    return found


def _trust(model: Spelling, val: Sequence[Text], shares: Shares) -> list[list[float]]:
    """Return what the network and the spelling count in each language: as makes the val split the likeliest."""
    found = []
    for code in LANGUAGES:
        rows = [row for row in val if row.language == code]
        network = np.log(np.maximum(shares([row.text for row in rows]).astype(np.float64), 1e-6))
        own = heard(model, rows).astype(np.float64)
        sign = np.array([row.sign + 1 for row in rows])

        def unlikely(
            trust: npt.NDArray[np.float64],
            network: npt.NDArray[np.float64] = network,
            own: npt.NDArray[np.float64] = own,
            sign: Ints = sign,
        ) -> float:
            both = trust[0] * network + trust[1] * own
            both -= both.max(axis=1, keepdims=True)
            return float((np.log(np.exp(both).sum(axis=1)) - both[np.arange(len(sign)), sign]).mean())

        best = minimize(unlikely, np.array([0.5, 1.0]), method="L-BFGS-B", bounds=[(0.0, 3.0), (0.0, 6.0)])
        found.append([round(float(one), 3) for one in best.x])
    return found
