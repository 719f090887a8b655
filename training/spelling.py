"""Training the sentiment by spelling (`touchline.understanding.fast.spelling`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from touchline.understanding.fast.spelling import LANGUAGES, RUNS, runs
from touchline.understanding.fast.words import PIECE, lowered, plain
from training.public import xlmt
from training.said import Said

_C: Final = 1.0
#: Chosen on the tweets' val splits.
SHARE: Final = 0.75
SCALE: Final = 1.4


def words_of(text: str) -> list[str]:
    """Return the plain words and marks of a text."""
    return [word for word in map(plain, PIECE.findall(lowered(text))) if word.strip()]


def counts(texts: Iterable[str]) -> csr_matrix:
    """Return how often each run of letters is in each text."""
    rows = [np.concatenate([runs(word) for word in words_of(text)] or [np.empty(0, np.int64)]) for text in texts]
    ends = np.cumsum([0, *map(len, rows)])
    found = csr_matrix((np.ones(ends[-1], np.float32), np.concatenate(rows), ends), shape=(len(rows), RUNS))
    found.sum_duplicates()
    return found


def spelling(said: Said) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the tables and numbers of the model, learnt from the tweets' train splits and the corpus."""
    rows = [(text, sign) for language in LANGUAGES for text, sign in xlmt(language, "train")]
    rows += [
        (text[a:b], label.sentiment)
        for text, (a, b), label, language in zip(said.texts, said.spans, said.labels, said.languages, strict=True)
        if language in LANGUAGES
    ]
    found = counts(text for text, _ in rows)
    frequency = np.log((1 + found.shape[0]) / (1 + np.bincount(found.indices, minlength=RUNS))) + 1
    frequency = frequency.astype(np.float32)
    seen = found.multiply(frequency).tocsr()
    # the length as it is worked out when reading: every run on its own
    length = np.sqrt(found @ (frequency**2))
    seen = csr_matrix(seen.multiply(1 / np.maximum(length, 1e-3)[:, None]))
    model = LogisticRegression(C=_C, max_iter=300).fit(seen, [sign for _, sign in rows])
    weights = (model.coef_.T * frequency[:, None]).astype(np.float32)
    unit = float(np.abs(weights).max()) / 32_000
    tables = {
        "spelling": np.round(weights / unit).astype(np.int16),
        "spelling_frequency": frequency.astype(np.float16),
    }
    numbers = {
        "spelling_unit": unit, "spelling_bias": model.intercept_.tolist(), "spelling_share": SHARE,
        "spelling_scale": SCALE,
    }  # fmt: skip
    return tables, numbers
