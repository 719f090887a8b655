"""What the sentiment of tweets is held to: a linear machine over runs of characters, learnt from eight languages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from training.public import LANGUAGES, xlmt

Ints = npt.NDArray[np.int64]


def available() -> bool:
    """Return whether scikit-learn is installed; reading does without."""
    return find_spec("sklearn") is not None


def characters(language: str) -> Ints:
    """Return what it says of the sentiment of one language's test tweets: -1, 0 or 1, shape (tweets,)."""
    found: Ints = _machine().predict([text for text, _ in xlmt(language, "test")]).astype(np.int64)
    return found


def learnt(rows: Sequence[tuple[str, int]]) -> Any:
    """Return the machine, learnt from texts and their sign: runs of 2 to 5 characters by TF-IDF, a linear SVM."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    weigh = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    machine = make_pipeline(weigh, LinearSVC(random_state=0))
    return machine.fit([text for text, _ in rows], [sign for _, sign in rows])


@cache
def _machine() -> Any:
    return learnt([row for language in LANGUAGES for row in xlmt(language, "train")])  # 14,712 tweets
