"""The shipped weights: one file, tables in eight bits with a scale per row, loaded in a fraction of a second."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.spelling import Spelling

Floats = npt.NDArray[np.float32]

FILE: Final = "weights.npz"


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained model.

    Attributes:
        words: The words that have a row.
        rows: Their rows, shape (words, width).
        letters: Rows of hashed letters, for all other words.
        pairs: Rows of hashed pairs.
        straight: From the inputs to the heads.
        inner: From the inputs to the hidden layer.
        inner_bias: Its bias.
        outer: From the hidden layer to the heads.
        bias: Of the heads.
        heads: First and last column of each head, and what its columns stand for.
        temperature: Per head, what its logits are divided by so that confidence is right.
        valence: Polarity of the words.
        negates: Which of them negate.
        mark: Which are "!", "?", numbers, strengthening words.
        numbers: Other numbers that training chose.
        spelling: Sentiment by spelling, for some languages; None where it was not trained.
        version: Names the weights.
    """

    words: tuple[str, ...]
    rows: Floats
    letters: Floats
    pairs: Floats
    straight: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    bias: Floats
    heads: dict[str, tuple[slice, tuple[Any, ...]]]
    temperature: dict[str, float]
    valence: Floats
    negates: npt.NDArray[np.bool_]
    mark: npt.NDArray[np.int8]
    numbers: dict[str, Any]
    spelling: Spelling | None
    version: str

    def columns(self, head: str) -> slice:
        """Return the columns of a head."""
        return self.heads[head][0]


def pack(
    tables: Mapping[str, npt.NDArray[Any]], about: Mapping[str, Any], words: list[str]
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a weights file; ``rows``, ``letters`` and ``pairs`` in eight bits, the rest as they are."""
    packed: dict[str, npt.NDArray[Any]] = {}
    for name, table in tables.items():
        if name in ("rows", "letters", "pairs"):
            scale = np.maximum(np.abs(table).max(axis=1), 1e-8) / 127
            packed[name] = np.round(table / scale[:, None]).astype(np.int8)
            packed[f"{name}_scale"] = scale.astype(np.float32)
        else:
            packed[name] = table
    packed["words"] = np.frombuffer("\n".join(words).encode(), np.uint8)
    packed["about"] = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    return packed


@cache
def _content() -> bytes:
    return (files("touchline.understanding.fast") / FILE).read_bytes()


@cache
def digest() -> str:
    """Return what names the shipped weights, without unpacking them."""
    return hashlib.sha256(_content()).hexdigest()[:12]


@cache
def weights() -> Weights:
    """Return the shipped weights, loaded once per process."""
    with np.load(io.BytesIO(_content())) as held:
        return unpack(dict(held), digest())


def unpack(held: dict[str, npt.NDArray[Any]], version: str) -> Weights:
    """Return the model that a file's arrays are."""
    about = json.loads(held["about"].tobytes())

    def table(name: str) -> Floats:
        out: Floats = held[name].astype(np.float32)
        out *= held[f"{name}_scale"][:, None]
        return out

    plain = ("straight", "inner", "inner_bias", "outer", "bias", "valence", "negates", "mark")
    return Weights(
        words=tuple(held["words"].tobytes().decode().split("\n")),
        rows=table("rows"),
        letters=table("letters"),
        pairs=table("pairs"),
        **{name: held[name] for name in plain},
        heads={name: (slice(*place), tuple(values)) for name, (place, values) in about["heads"].items()},
        temperature=about["temperature"],
        numbers=about["numbers"],
        spelling=Spelling.of(held, about["numbers"]) if "spelling" in held else None,
        version=version,
    )
