"""A linear reader of emotions beside the network, in columns of its rows that are the reader's own.

The network learns GoEmotions' rows nearly by heart; a linear machine over the same words and pairs, each class
counting alike, carries over to unseen ones better. It learns from GoEmotions' train split and from the corpus at once,
and adds to the logits of the emotion.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.svm import LinearSVC

from touchline.understanding.fast.features import DENSE, PAIRS, Lexical
from touchline.understanding.fast.model import scale
from training.features import Examples, examples
from training.labels import HEADS, balance, codes
from training.net import Net
from training.public import EMOTION_OF, goemotions
from training.said import Said

Floats = npt.NDArray[np.float32]

#: Columns that it adds to the rows; nine classes lie in eight directions, as only differences count.
COLUMNS: Final = len(HEADS["emotion"]) - 1
#: Chosen on the dev domains, whose emotions it must not harm, with GoEmotions' dev split in view: the cost of mistakes,
#: what a row of the corpus counts beside one of GoEmotions, and what its scores count beside the network's logits.
_C: Final = 0.01
_CORPUS: Final = 3.0
_SHARE: Final = 1.0


def with_emotions(net: Net, said: Said, known: Lexical) -> Net:
    """Return a network that is `COLUMNS` wider and says more of the emotion."""
    names = HEADS["emotion"]
    rows = [(text, {EMOTION_OF[name] for name in found}) for text, found in goemotions("train")]
    public = [(text, names.index(next(iter(ours)))) for text, ours in rows if len(ours) == 1]
    theirs, ours = np.array([code for _, code in public]), codes(said.labels, "emotion")
    seen = [
        _counts(examples([text for text, _ in public], None, known), len(net.words)),
        _counts(examples(said.texts, said.spans, known), len(net.words)),
    ]
    counts = csr_matrix(vstack([found for found, _ in seen]))
    frequency = np.log((1 + counts.shape[0]) / (1 + np.bincount(counts.indices, minlength=counts.shape[1]))) + 1
    inputs = counts.multiply(frequency).multiply(np.concatenate([norm for _, norm in seen]))
    corpus = np.concatenate([np.zeros(len(theirs)), np.ones(len(ours))])  # a bias of its own
    model = LinearSVC(C=_C, dual=True, tol=0.02, max_iter=1_000, random_state=0)
    weight = np.concatenate([balance(theirs, len(names), power=1.0), _CORPUS * balance(ours, len(names), power=1.0)])
    model.fit(csr_matrix(hstack([inputs, corpus[:, None]])), np.concatenate([theirs, ours]), sample_weight=weight)
    return _folded(net, model.coef_[:, :-1].T * frequency[:, None] * _SHARE, model.intercept_ * _SHARE)


def _counts(part: Examples, words: int) -> tuple[csr_matrix, Floats]:
    """Return the words and pairs of each example, and what its sum is multiplied by."""
    many = len(part)
    blocks = [
        csr_matrix((np.ones(len(values), np.float64), values, ends), shape=(many, columns))
        for (ends, values), columns in ((part.words, words), (part.pairs, PAIRS))
    ]
    return csr_matrix(hstack(blocks)), scale(np.diff(part.words[0]))


def _folded(net: Net, weights: npt.NDArray[np.float64], bias: npt.NDArray[np.float64]) -> Net:
    words, width = net.words.shape
    weights = weights - weights.mean(axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(weights.T @ weights)
    turned = weights @ axes[:COLUMNS].T  # nothing is lost: the ninth direction is that of the mean
    # as loud as the network's own columns, as a row's columns share their scale when they are packed
    louder = float(np.sqrt((net.pairs**2).mean() / (turned[words:] ** 2).mean()))
    turned = (turned * louder).astype(np.float32)

    def wide(table: Floats, more: Floats | None = None) -> Floats:
        return np.concatenate([table, np.zeros((len(table), COLUMNS), np.float32) if more is None else more], axis=1)

    def deep(table: Floats, more: Floats | None = None) -> Floats:
        nothing = np.zeros((COLUMNS, table.shape[1]), np.float32)
        half = width + DENSE
        own = (table[:width], nothing if more is None else more, table[width:half])
        return np.concatenate([*own, table[half : half + width], nothing, table[half + width :]])

    cut = net.heads["emotion"]
    says = np.zeros((COLUMNS, net.straight.shape[1]), np.float32)
    says[:, cut] = axes[:COLUMNS] / louder
    shifted = net.bias.copy()
    shifted[cut] += (bias - bias.mean()).astype(np.float32)
    return replace(
        net,
        words=wide(net.words, turned[:words]),
        letters=wide(net.letters),
        pairs=wide(net.pairs, turned[words:]),
        project=wide(net.project),
        straight=deep(net.straight, says),
        inner=deep(net.inner),
        bias=shifted,
    )
