"""The large reader: the packaged encoder with linear heads, and small networks beside it. Only for training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from touchline.understanding.fast.features import Lexical
from training.features import examples
from training.labels import HEADS, codes
from training.net import Net
from training.said import Said
from training.vectors import vectors

Floats = npt.NDArray[np.float32]
_SCALE = 3.0
_C = 0.1
#: What the encoder's heads count beside the networks'; chosen on dev.
_SHARE = 0.5


class Teacher:
    """Reads texts as the encoder's heads and some small networks do together.

    Args:
        said: What the heads learn from; English only, as the encoder is.
        nets: Networks trained on the same labels.
        known: Their vocabulary.
    """

    def __init__(self, said: Said, nets: Sequence[Net], known: Lexical) -> None:
        self._nets, self._known = nets, known
        self._heads: dict[str, LogisticRegression] = {}
        inputs = _inputs([text[a:b] for text, (a, b) in zip(said.texts, said.spans, strict=True)], said.texts)
        negative = np.array([label.sentiment < 0 for label in said.labels])
        for head in HEADS:
            rows = negative if head == "severity" else np.ones(len(negative), np.bool_)
            model = LogisticRegression(C=_C, max_iter=400, class_weight="balanced")
            self._heads[head] = model.fit(inputs[rows], codes(said.labels, head)[rows])

    def reads(self, texts: Sequence[str], spans: Sequence[tuple[int, int]] | None = None) -> dict[str, Floats]:
        """Return a distribution per text and head."""
        spans = [(0, len(text)) for text in texts] if spans is None else spans
        inputs = _inputs([text[a:b] for text, (a, b) in zip(texts, spans, strict=True)], texts)
        part, whole = examples(texts, spans, self._known), examples(texts, None, self._known)
        logits = [net.logits(part, whole) for net in self._nets]
        found = {}
        for head, model in self._heads.items():
            small = np.mean(
                [_log_softmax(out[:, net.heads[head]]) for out, net in zip(logits, self._nets, strict=True)], axis=0
            )
            large = np.log(model.predict_proba(inputs) + 1e-6)
            both = np.exp(_log_softmax(_SHARE * large + (1 - _SHARE) * small))
            found[head] = both.astype(np.float32)
        return found


def _inputs(parts: Sequence[str], texts: Sequence[str]) -> Floats:
    return np.concatenate([vectors(parts), vectors(texts)], axis=1) * np.float32(_SCALE)


def _log_softmax(z: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
