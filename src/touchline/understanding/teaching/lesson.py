"""A lesson: labelled texts, each once, in an order that does not hang on the order in which they came."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Parts that cross-validation cuts a lesson into.
FOLDS: Final = 5


def text_hash(text: str) -> str:
    """Return what names a text: blanks and case aside, equal texts have equal names.

    >>> text_hash("Too  late ") == text_hash("too late") != text_hash("too late!")
    True
    """
    return hashlib.sha256(" ".join(text.split()).casefold().encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Given(NamedTuple):
    """What someone said of a text, or of one thing that it says.

    Attributes:
        text: The whole text.
        labels: Kind of label to its value.
        start: First character of what the labels are of; None for the whole text.
        end: One past its last character; None for the whole text.

    >>> Given("Late, but lovely shoes.", {"stage": "usage"}, 6, 23).words
    'but lovely shoes.'
    """

    text: str
    labels: Mapping[str, str]
    start: int | None = None
    end: int | None = None

    @property
    def words(self) -> str:
        """What the labels are of."""
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Labelled texts.

    Attributes:
        texts: Each text once, ordered by `text_hash`.
        labels: Of each text, kind of label to its value: ``{"stage": "delivery", "sentiment": "negative"}``.
    """

    texts: tuple[str, ...] = ()
    labels: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def of(cls, rows: Iterable[tuple[str, Mapping[str, str]]]) -> Lesson:
        """Return a lesson of rows; where a text comes twice, the later label of a kind counts.

        >>> lesson = Lesson.of([("Late!", {"stage": "usage"}), ("late! ", {"stage": "delivery"})])
        >>> lesson.texts, lesson.labels
        (('late! ',), ({'stage': 'delivery'},))
        """
        held: dict[str, tuple[str, dict[str, str]]] = {}
        for text, labels in rows:
            name = text_hash(text)
            known = held[name][1] if name in held else {}
            held[name] = (text, dict(sorted({**known, **labels}.items())))
        ordered = [held[name] for name in sorted(held)]
        return cls(tuple(text for text, _ in ordered), tuple(labels for _, labels in ordered))

    def __len__(self) -> int:
        """How many texts."""
        return len(self.texts)

    def plus(self, later: Lesson) -> Lesson:
        """Return both lessons as one; where both have a label, the later one's counts."""
        return Lesson.of([*self.rows, *later.rows])

    @property
    def rows(self) -> list[tuple[str, Mapping[str, str]]]:
        """Texts with their labels."""
        return list(zip(self.texts, self.labels, strict=True))

    @property
    def kinds(self) -> dict[str, int]:
        """How many labels there are of each kind."""
        counts: dict[str, int] = {}
        for labels in self.labels:
            for kind in labels:
                counts[kind] = counts.get(kind, 0) + 1
        return counts

    @property
    def version(self) -> str:
        """12 hex digits that change with the texts and labels, whatever order they came in."""
        return hashlib.sha256(json.dumps([[t, dict(labels)] for t, labels in self.rows]).encode()).hexdigest()[:12]

    def folds(self) -> Ints:
        """Return the part of each text in cross-validation, 0 to `FOLDS` - 1, by its hash alone."""
        return np.array([int(text_hash(text)[-8:], 16) % FOLDS for text in self.texts], dtype=np.int64)

    def codes(self, kind: str, names: Iterable[str]) -> Ints:
        """Return the class of each text, -1 where it has none of the names."""
        place = {name: i for i, name in enumerate(names)}
        return np.array([place.get(labels.get(kind, ""), -1) for labels in self.labels], dtype=np.int64)
