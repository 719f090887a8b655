"""Training what tells languages that are read from those that are not (`touchline.understanding.fast.tongues`).

``python -m training tongues`` does this part alone; it needs nothing of the network. It learns from stretches of one to
twenty words: tweets, comments and public sets in the languages that are read, message catalogues in these and in some
fifty others, and sentences of `corpus/languages.tsv` and `corpus/tongues.tsv`. Every tenth text is kept apart to
calibrate on.
"""

from __future__ import annotations

import json
import random
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from touchline.understanding.fast.tongues import FOREIGN, READ, ROWS, WORDS, Tongues, runs, speaks
from touchline.understanding.fast.words import PIECE, lowered, plain
from training.catalogues import catalogues
from training.corpus.reading import Item, corpus
from training.lexical import polar_words
from training.public import banking77, goemotions, tweets_apart
from training.split import DEV, TEST

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TARGET: Final = Path(__file__).parents[1] / "src" / "touchline" / "understanding" / "fast" / "tongues.npz"
#: Languages that are not read, by family: languages of one family are one class.
FAMILIES: Final = (
    ("nl", "af", "fy"), ("da", "nb", "nn", "no", "sv", "is"), ("fi", "et"), ("pl", "dsb", "hsb"), ("cs", "sk"),
    ("hr", "bs", "sl", "sr"), ("lt", "lv"), ("hu",), ("ro",), ("tr", "az", "tk", "uz"), ("ca",), ("gl", "ast"),
    ("id", "ms"), ("vi",), ("sw", "ig", "kab"), ("eu",), ("sq",), ("ga", "gd", "cy", "br"), ("eo", "ia", "io"),
    ("ht", "tet", "mi"), ("lb",), ("tl",),
)  # fmt: skip
CLASSES: Final = len(READ) + len(FAMILIES)
_CLASS: Final = dict(zip(READ, range(len(READ)), strict=True)) | {
    language: len(READ) + place for place, family in enumerate(FAMILIES) for language in family
}
SEED: Final = 20261122
_STRETCHES: Final = {True: 30_000, False: 5_000}  # of a language that is read; of another, at most
_LENGTHS: Final = (1, 2, 3, 3, 4, 5, 6, 8, 10, 14, 20)
_UNACCENTED: Final = 0.2
_ENGLISH: Final = 2.0  # what an English stretch counts
_KEPT_APART: Final = 10
#: Chosen by `python -m training.families`, as is the number of stretches: what tells families apart that were left out.
_RIDGE: Final = 3e-5
_ROUNDS: Final = 80
_NEVER: Final = -1000.0
_LOUDEST: Final = 0.9995  # this share of the weights is within the steps of eight bits


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a text, and what it counts."""

    words: list[str]
    weight: float


def words_of(text: str) -> list[str]:
    """Return the plain words of a text that say something of its language, as the reader cuts them."""
    return [word[:40] for word in map(plain, PIECE.findall(lowered(text))) if speaks(word)]


def held_back(item: Item) -> bool:
    """Whether a comment of the corpus is judged on: dev and test domains, and a quarter of those that are not English.

    The network's own split has no such quarter: it learns from all comments of these languages.
    """
    return item.domain in (*DEV, *TEST) or (item.language != "en" and crc32(item.text.encode()) % 4 == 0)


def train(target: Path = TARGET) -> int:
    """Train, print scores on the texts kept apart, write the file; return its size in bytes."""
    began = time.perf_counter()

    def told(what: str) -> None:
        print(f"[{time.perf_counter() - began:5.0f} s] {what}", flush=True)

    learnt, apart = texts()
    model = uncalibrated(learnt)
    told(f"languages: learnt from texts in {len(learnt)} languages")
    rows, is_ = stretches(apart, random.Random(SEED + 1), 0.25)
    model, share, size = calibrated(model, rows, is_)
    foreign = is_ >= len(READ)
    for place, least in enumerate(WORDS):
        mine = np.searchsorted(WORDS, size, side="right") - 1 == place
        lost = (share[mine & ~foreign] >= FOREIGN[place]).mean()
        kept = (share[mine & foreign] < FOREIGN[place]).mean()
        print(f"  from {least} words: {lost:6.2%} of {int((mine & ~foreign).sum())} stretches of read languages lost, "
              f"{kept:6.2%} of {int((mine & foreign).sum())} of other languages taken as read")  # fmt: skip
    about = {"step": model.step, "bias": model.bias.tolist(), "certainty": model.certainty.tolist(),
             "families": FAMILIES}  # fmt: skip
    told_about = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    with target.open("wb") as file:
        np.savez_compressed(file, table=model.table.astype(np.int8), about=told_about)
    told(f"languages: {target.name} is written")
    return target.stat().st_size


def uncalibrated(learnt: dict[str, list[Text]]) -> Tongues:
    """Return a model of some texts by language, that does not know yet how sure it is.

    A family of which there is no text is never heard.
    """
    some, classes = stretches(learnt, random.Random(SEED), 1.0)
    weights, bias = _fitted(*_counted(some), classes, np.where(classes == 0, _ENGLISH, 1.0))
    step = float(np.quantile(np.abs(weights), _LOUDEST)) / 127
    table = np.clip(np.rint(weights / step), -127, 127)
    heard = np.bincount(classes, minlength=CLASSES) > 0
    certainty = np.tile([1.0, 0.0], (len(WORDS), 1))
    bias = np.where(heard, np.round(bias, 4), _NEVER)
    return Tongues(table.astype(np.float32), step, bias, certainty, FAMILIES, "in training")


def calibrated(model: Tongues, rows: Sequence[Sequence[str]], is_: Ints) -> tuple[Tongues, Doubles, Ints]:
    """Return the model that knows how sure it is, by stretches of a known class; its certainty of them, their words."""
    doubts, size = doubts_of(model, rows)
    model = replace(model, certainty=_certainty(doubts, size, is_ >= len(READ)))
    return model, model.certain(doubts, size), size


def doubts_of(model: Tongues, stretches: Sequence[Sequence[str]]) -> tuple[Doubles, Ints]:
    """Return the doubt of stretches of distinct words, and how many words each has."""
    known: dict[str, int] = {}
    for stretch in stretches:
        for word in stretch:
            known.setdefault(word, len(known))
    parts = model.parts(list(known)).astype(np.float64)
    size = np.array([len(stretch) for stretch in stretches], np.int64)
    at = np.array([known[word] for stretch in stretches for word in stretch], np.int64)
    sums = np.add.reduceat(parts[at], np.cumsum(size) - size, axis=0)
    return model.doubts(model.logits(sums, size)), size


def texts() -> tuple[dict[str, list[Text]], dict[str, list[Text]]]:
    """Return the texts by language, those to learn from and those kept apart."""
    rows: list[tuple[str, str, float]] = []
    for language, messages in catalogues().items():
        rows += [(language, message, 1.0) for message in messages]
    for name in ("languages.tsv", "tongues.tsv"):
        for line in (Path(__file__).parent / "corpus" / name).read_text("utf-8").splitlines():
            if not line.startswith("#"):
                language, _, sentence = line.partition("\t")
                rows.append((language, sentence, 5.0))
    for language in READ:
        rows += [(language, text, 3.0) for text, _ in tweets_apart(language, "train")]
    rows += [
        (item.language, item.text, 10.0 if item.language == "en" else 20.0) for item in corpus() if not held_back(item)
    ]
    rows += [("en", text, 1.0) for text, _ in goemotions("train")[:15_000]]
    rows += [("en", text, 1.0) for text, _ in banking77()[:3_000]]
    rows += [("en", word, 5.0) for word in polar_words()]
    learnt: dict[str, list[Text]] = {}
    apart: dict[str, list[Text]] = {}
    for language, text, weight in rows:
        words = words_of(text)
        if language in _CLASS and words:
            part = learnt if crc32(text.encode()) % _KEPT_APART else apart
            part.setdefault(language, []).append(Text(words, weight))
    return dict(sorted(learnt.items())), dict(sorted(apart.items()))


def stretches(texts: dict[str, list[Text]], draw: random.Random, share: float) -> tuple[list[list[str]], Ints]:
    """Draw stretches of distinct words, some without accents, and the class of each."""
    found: list[list[str]] = []
    classes: list[int] = []
    for language, some in texts.items():
        ends = np.cumsum([text.weight * min(len(text.words), 15) for text in some])
        most = _STRETCHES[language in READ] * share
        many = int(most if language in READ else min(most, 6 * sum(len(text.words) for text in some)))
        for _ in range(many):
            words = some[min(int(np.searchsorted(ends, draw.random() * ends[-1])), len(some) - 1)].words
            long = draw.choice(_LENGTHS)
            at = draw.randrange(len(words) - long + 1) if len(words) > long else 0
            stretch = words[at : at + long]
            if draw.random() < _UNACCENTED:
                stretch = [_unaccented(word) for word in stretch]
            found.append(list(dict.fromkeys(stretch)))
        classes += [_CLASS[language]] * many
    return found, np.array(classes)


def _unaccented(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _counted(stretches: Sequence[Sequence[str]]) -> tuple[Any, Any]:
    """Return the words of each stretch, by the root of how many, and the runs of each word: two sparse matrices."""
    known: dict[str, int] = {}
    for stretch in stretches:
        for word in stretch:
            known.setdefault(word, len(known))
    row, word = runs(list(known))
    each = csr_matrix((np.ones(len(row), np.float32), (word, row)), shape=(len(known), ROWS))
    size = np.array([len(stretch) for stretch in stretches])
    at = [known[word] for stretch in stretches for word in stretch]
    weight = np.repeat(1 / np.sqrt(size), size).astype(np.float32)
    said = csr_matrix((weight, at, np.concatenate(([0], np.cumsum(size)))), shape=(len(stretches), len(known)))
    return said, each


def _fitted(said: Any, each: Any, classes: Ints, weight: Doubles) -> tuple[Floats, Doubles]:
    """Return weights and bias of a softmax over the classes."""
    by_word, by_run, every = said.T.tocsr(), each.T.tocsr(), np.arange(len(classes))
    counts = (weight / weight.sum()).astype(np.float32)

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        both = flat.reshape(ROWS + 1, CLASSES).astype(np.float32)
        logits = said @ (each @ both[:-1]) + both[-1]
        logits -= logits.max(axis=1, keepdims=True)
        total = np.log(np.exp(logits).sum(axis=1))
        size = float((both[:-1].astype(np.float64) ** 2).sum())
        value = float((counts * (total - logits[every, classes])).sum()) + _RIDGE / 2 * size
        miss = np.exp(logits - total[:, None])
        miss[every, classes] -= 1
        miss *= counts[:, None]
        slope = by_run @ (by_word @ miss) + np.float32(_RIDGE) * both[:-1]
        return value, np.concatenate((slope, miss.sum(axis=0)[None])).ravel().astype(np.float64)

    start = np.zeros((ROWS + 1) * CLASSES)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS, "maxcor": 6})
    both = found.x.reshape(ROWS + 1, CLASSES)
    return both[:-1].astype(np.float32), both[-1]


def _certainty(doubts: Doubles, size: Ints, foreign: npt.NDArray[np.bool_]) -> Doubles:
    """Return slope and offset per number of words, as if there were as many stretches of either kind."""
    found = []
    for place in range(len(WORDS)):
        mine = np.searchsorted(WORDS, size, side="right") - 1 == place
        doubt, is_ = doubts[mine], foreign[mine]
        weight = np.where(is_, 0.5 / max(is_.sum(), 1), 0.5 / max((~is_).sum(), 1))

        signs = np.where(is_, 1.0, -1.0)

        def loss(v: Doubles, doubt: Doubles = doubt, sign: Doubles = signs, w: Doubles = weight) -> float:
            return float((w * np.logaddexp(0, -sign * (v[0] * doubt + v[1]))).sum())

        found.append([round(float(one), 4) for one in minimize(loss, np.array([1.0, 0.0]), method="BFGS").x])
    return np.array(found)


if __name__ == "__main__":
    print(f"{TARGET.name}: {train() / 1e6:.2f} MB")
