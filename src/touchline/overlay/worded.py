"""Words for what the overlay names by a code."""

from __future__ import annotations

from typing import Final

from touchline.vocabulary.named import named
from touchline.words import phrase

_SHAPES: Final = {
    "sawtooth": phrase("sawtooth"), "rapid drop": phrase("rapid drop"), "trough": phrase("trough"),
    "peak": phrase("peak"),
}  # fmt: skip


def shaped(shape: str) -> str:
    """Return what a shape of the line is called."""
    return _SHAPES.get(shape, shape)


def feeling(emotion: str) -> str:
    """Return what an emotion is called."""
    return named("emotion", emotion).replace("_", " ") if "_" in emotion else named("emotion", emotion)
