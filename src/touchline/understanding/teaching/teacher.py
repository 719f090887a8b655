"""A large encoder as teacher: what it makes of the labels, it says of texts without labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from touchline.understanding.teaching.checking import Rows, check
from touchline.understanding.teaching.lesson import Lesson
from touchline.understanding.teaching.seeing import Teachable

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: What it is less sure of is left out.
SURE: Final = 0.7
#: Length of its vectors beside ours, so that the same strengths suit both.
_LENGTH: Final = 2.0
_DIGITS: Final = 3


class Encodes(Protocol):
    """Turns texts into vectors, one per text, of length 1."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return vectors, shape (texts, dimensions)."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """What a teacher said of texts without labels: per text and head, the classes that may be right and how surely."""

    rows: tuple[tuple[str, Mapping[str, Mapping[str, float]]], ...] = ()

    @property
    def version(self) -> str:
        """12 hex digits that change with what was said."""
        return hashlib.sha256(json.dumps(self.rows, sort_keys=True).encode()).hexdigest()[:12]

    def of(self, head: str, names: Sequence[str]) -> tuple[list[str], Floats]:
        """Return the texts of which something was said of one head, and what, as distributions over its classes."""
        texts, shares = [], []
        for text, said in self.rows:
            share = np.array([said.get(head, {}).get(name, 0.0) for name in names])
            if share.sum() > 0:
                texts.append(text)
                shares.append(share / share.sum())
        return texts, np.array(shares).reshape(len(texts), len(names))


class Teacher:
    """Labels texts like those of a lesson.

    Args:
        encoder: The large encoder.
        reader: The reader to be taught.
        lesson: Labelled texts.
        texts: Texts without labels.
    """

    def __init__(self, encoder: Encodes, reader: Teachable, lesson: Lesson, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.seen = reader.with_taught(None).see(self.texts)
        own = encoder.encode(lesson.texts).astype(np.float64)
        others = encoder.encode(self.texts).astype(np.float64)
        middle = others.mean(axis=0) if len(others) else 0.0
        self._own, self._others = (own - middle) * _LENGTH, (others - middle) * _LENGTH
        self._folds = lesson.folds()
        self._strength: dict[str, float | None] = {}

    def share(self, head: str, at: Ints, rows: Rows, keep: Mask) -> Floats:
        """Return what it says of the texts without labels, shape (texts, classes); zeros where it is not sure.

        Args:
            head: The head.
            at: Places in the lesson of the labels.
            rows: The labels, in the order of ``at``.
            keep: Which of them it may look at.
        """
        mine = Rows(self._own[at], rows.base, rows.targets, rows.weights)
        if head not in self._strength:
            self._strength[head] = check(mine, self._folds[at]).strength
        strength = self._strength[head]
        said = np.zeros((len(self.texts), rows.base.shape[1]))
        if strength is None or not len(self.texts):
            return said
        learnt = mine.taken(keep).fit(strength)
        share = np.exp(learnt.logs(self._others, self.seen.logs[head].astype(np.float64))).round(_DIGITS)
        sure = share.max(axis=1) >= SURE
        said[sure] = share[sure]
        return said

    def guesses(self, said: Mapping[str, tuple[Sequence[str], Floats]]) -> Guesses:
        """Return what was said as guesses about texts.

        Args:
            said: Per head its classes and what `share` gave.
        """
        rows = []
        for place, text in enumerate(self.texts):
            heads = {
                head: {names[int(i)]: float(share[place, i]) for i in np.flatnonzero(share[place])}
                for head, (names, share) in said.items()
                if share[place].any()
            }
            if heads:
                rows.append((text, heads))
        return Guesses(tuple(rows))
