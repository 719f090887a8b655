"""Labelled stretches of text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.features import Lexical
from training.corpus.reading import Item, Labels
from training.features import Examples, examples


@dataclass(frozen=True)
class Said:
    """Labelled stretches of text: whole comments first, then their mentions where there are several."""

    texts: list[str]
    spans: list[tuple[int, int]]
    labels: list[Labels]
    whole: npt.NDArray[np.bool_]
    languages: list[str]

    @classmethod
    def of(cls, items: list[Item]) -> Said:
        """Lay items out."""
        rows = [(i.text, (0, len(i.text)), i.whole, True, i.language) for i in items]
        rows += [
            (i.text, (m.start, m.end), m.labels, False, i.language)
            for i in items
            if len(i.mentions) > 1
            for m in i.mentions
        ]
        texts, spans, labels, whole, languages = (list(column) for column in zip(*rows, strict=True))
        return cls(texts, spans, labels, np.array(whole), languages)

    def examples(self, known: Lexical) -> tuple[Examples, Examples]:
        """Return the features of the stretches and of the texts around them."""
        return examples(self.texts, self.spans, known), examples(self.texts, None, known)
