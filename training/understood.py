"""How many texts in languages that are not read are taken as understood, and how many in those that are, are lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.understanding.fast.tongues import READ
from touchline.vocabulary.schemas import TEXTS
from training.corpus.reading import corpus
from training.judging import Line
from training.public import xlmt
from training.split import TEST
from training.tongues import held_back

if TYPE_CHECKING:
    from touchline.understanding.base import Understander

FILE: Final = Path(__file__).parent / "corpus" / "unread.tsv"
#: So near to Spanish and Portuguese that they are told apart.
NEAR: Final = ("ca", "gl")
#: Sentences have this many words.
SENTENCE: Final = 4


@dataclass(frozen=True, slots=True)
class Unread:
    """A text in a language that is not read."""

    language: str
    origin: str
    text: str


def unread() -> list[Unread]:
    """Return the texts of `corpus/unread.tsv`; nothing is learnt from them."""
    rows = (line.split("\t") for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [Unread(*row) for row in rows]


def understood(reader: Understander, texts: Sequence[str]) -> list[bool]:
    """Return whether each text is understood."""
    ids = [str(number) for number in range(len(texts))]
    nothing = pa.nulls(len(texts), pa.string())
    table = pa.table({"interaction_id": ids, "text": list(texts), "language": nothing}, schema=TEXTS)
    found = reader.read(table).select(["interaction_id", "understood"]).to_pylist()
    by_id = {row["interaction_id"]: bool(row["understood"]) for row in found}
    return [by_id[one] for one in ids]


def lines(reader: Understander, domains: Sequence[str] = TEST) -> Iterator[Line]:
    """Yield the shares of texts that are understood and should not be, and of those that are not and should be."""
    rows = unread()
    far = [row.text for row in rows if row.language not in NEAR]
    sets = {
        "other languages, sentences from 4 words": ([t for t in far if len(t.split()) >= SENTENCE], 0.05),
        "other languages, shorter": ([t for t in far if len(t.split()) < SENTENCE], 0.15),
        "Catalan and Galician": ([row.text for row in rows if row.language in NEAR], None),
    }
    for name, (texts, goal) in sets.items():
        yield _line(name, "taken as understood", understood(reader, texts), goal)
    kept = [item for item in corpus() if held_back(item)]
    english = [item.text for item in kept if item.language == "en" and item.domain in domains]
    others = [item.text for item in kept if item.language != "en"]
    tweets = [text for language in READ[1:] for text, _ in xlmt(language, "test")]
    for name, texts, goal in (
        (", ".join(domains), english, 0.01),
        ("comments in the five other languages that are read", others, 0.03),
        ("tweets in these five", tweets, 0.03),
    ):
        yield _line(name, "not understood", [not one for one in understood(reader, texts)], goal)


def _line(name: str, what: str, found: Sequence[bool], goal: float | None) -> Line:
    share = sum(found) / len(found)
    return Line(name, what, len(found), share, share, share, "at most" if goal else "", goal, True)
