"""What teaching needs to know of the network: its heads' classes, and the features that a correction is learnt from."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from touchline.understanding.fast.features import DENSE
from touchline.understanding.fast.look import OF_MENTIONS
from touchline.understanding.fast.model import Model
from touchline.understanding.teaching.seeing import Space
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.vocabulary.taxonomy import Taxonomy

_SIGNS = {-1: "negative", 0: "neutral", 1: "positive"}


def classes(model: Model, taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Return the classes of every head of mentions, as labels name them."""
    found: dict[str, tuple[str, ...]] = {}
    for head in OF_MENTIONS:
        values = model.weights.heads[head][1]
        if head == "stage":
            found[head] = (*taxonomy.ids, UNASSIGNED)
        elif head == "sentiment":
            found[head] = tuple(_SIGNS[value] for value in values)
        else:
            found[head] = tuple(value if isinstance(value, str) else f"{value:g}" for value in values)
    return found


def examples(taxonomy: Taxonomy) -> tuple[tuple[str, str], ...]:
    """Return what a taxonomy says of its stages in sentences, each with its stage."""
    found = []
    for stage in taxonomy.stages:
        found += [(text, stage.id) for text in (*stage.examples, f"{stage.name}. {stage.description}")]
    return tuple(found)


def space(model: Model) -> Space:
    """Return the features of a mention: sums of its words' rows, counts, the hidden layer, the encoder's vector.

    Of the inputs only the mention's own half is taken: what is learnt of a whole text should not colour a mention by
    the text around it.
    """
    weights = model.weights
    wide, deep = weights.inner.shape
    half, cut = wide // 2, weights.columns("vector")
    long = cut.stop - cut.start
    inputs = np.zeros((wide, half + deep + long), np.float32)
    inputs[:half, :half] = np.eye(half, dtype=np.float32)
    inputs[:, half + deep :] = weights.straight[:, cut]
    hidden = np.zeros((deep, half + deep + long), np.float32)
    hidden[:, half : half + deep] = np.eye(deep, dtype=np.float32)
    hidden[:, half + deep :] = weights.outer[:, cut]
    shift = np.concatenate((np.zeros(half + deep, np.float32), weights.bias[cut]))
    ends = (0, half - DENSE, half, half + deep, half + deep + long)
    return Space(inputs, hidden, shift, tuple(pairwise(ends)))
